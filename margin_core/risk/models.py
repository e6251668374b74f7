"""Which formula values each option, and with which carry."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import Style
from margin_core.market.snapshot import DAYS_PER_YEAR
from margin_core.pricing import american, black, dividends
from margin_core.pricing.black import Greeks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from margin_core.book.instruments import Option
    from margin_core.market.snapshot import Carry, Market
    from margin_core.pricing.black import FloatArray

BUMP = 0.01  # of spot, vol and rate, where Greeks are differences


def option_grid(
    options: Sequence[Option],
    market: Market,
    spot: FloatArray,
    vol: FloatArray,
    days: FloatArray,
) -> FloatArray:
    """Value options on one underlying at every spot, volatility and day ahead.

    An option past its expiry is worth its intrinsic value at the spot of the cell. A European
    option is Black-Scholes-Merton, an American one spectral collocation; with discrete dividends
    either is valued on the spot less their present value.

    Parameters
    ----------
    options : sequence of Option
        All on the same underlying.
    market : Market
        Rates, yields, forwards and dividends; its spot is not used.
    spot : ndarray of shape (n_spot,)
        Reporting currency per unit.
    vol : ndarray of shape (n_options, n_vol)
        Annualised decimals.
    days : ndarray of shape (n_days,)
        Days from the valuation time.

    Returns
    -------
    ndarray of shape (n_options, n_days, n_vol, n_spot)
        Reporting currency per unit of the underlying.
    """
    values = np.empty((len(options), len(days), vol.shape[1], len(spot)))
    carries = [market.carry(option.underlying, option.expiry) for option in options]
    for members, formula in _by_formula(options, carries):
        chosen = [options[i] for i in members]
        rows = np.asarray(members)
        years = np.array([market.years_to(option.expiry) for option in chosen])
        left = np.maximum(years[:, None] - days[None, :] / DAYS_PER_YEAR, 0.0)
        strike = np.array([option.strike for option in chosen])
        rate = np.array([carries[i].rate for i in members])
        dividend_yield = np.array([carries[i].dividend_yield for i in members])
        call = np.array([option.call for option in chosen])
        match formula:
            case "european":
                values[rows] = black.grid(
                    spot, strike, left, vol[rows], rate, dividend_yield, call=call
                )
            case "american":
                values[rows] = _american(spot, strike, left, vol[rows], rate, dividend_yield, call)
            case _:
                for i in members:
                    values[i] = _with_dividends(options[i], carries[i], spot, vol[i], days, market)
    return values


def option_greeks(
    options: Sequence[Option], vol: FloatArray, market: Market, growth: FloatArray | None = None
) -> Greeks:
    """Return values and Greeks per unit of the underlying, at today's spot times ``growth``.

    Parameters
    ----------
    options : sequence of Option
    vol : ndarray of shape (n_options,)
        Annualised decimals.
    market : Market
    growth : ndarray of shape (n_options,), optional
        What each option's spot is multiplied by; 1 by default.

    Returns
    -------
    Greeks
        Arrays of shape (n_options,); units as in `black.Greeks`. With discrete dividends they are
        central differences of the value.
    """
    found = {field.name: np.zeros(len(options)) for field in fields(Greeks)}
    carries = [market.carry(option.underlying, option.expiry) for option in options]
    spot = np.array([market[option.underlying].spot for option in options])
    spot = spot if growth is None else spot * growth
    for members, formula in _by_formula(options, carries):
        if formula == "dividends":
            for option in dict.fromkeys(options[i] for i in members):
                same = [i for i in members if options[i] == option]
                differences = _differences(option, carries[same[0]], spot[same], vol[same], market)
                for name, value in differences.items():
                    found[name][same] = value
            continue
        chosen = [options[i] for i in members]
        greeks = (black if formula == "european" else american).greeks(
            spot[members],
            np.array([option.strike for option in chosen]),
            np.array([market.years_to(option.expiry) for option in chosen]),
            vol[members],
            np.array([carries[i].rate for i in members]),
            np.array([carries[i].dividend_yield for i in members]),
            call=np.array([option.call for option in chosen]),
        )
        for field in fields(Greeks):
            found[field.name][members] = getattr(greeks, field.name)
    return Greeks(**found)


def values_with_dividends(options: Sequence[Option], vol: FloatArray, market: Market) -> FloatArray:
    """Return values per unit, shape (n,), of options that share all but strike and right.

    Parameters
    ----------
    options : sequence of Option
        On one underlying with discrete dividends, of one expiry and style.
    vol : ndarray of shape (n,)
    market : Market
    """
    if not options:
        return np.zeros(0)
    first = options[0]
    carry = market.carry(first.underlying, first.expiry)
    price = dividends.american if first.style is Style.AMERICAN else dividends.european
    values = price(
        market[first.underlying].spot,
        np.array([[option.strike] for option in options]),
        market.years_to(first.expiry),
        vol[:, None],
        carry.rate,
        carry.schedule,
        call=np.array([[option.call] for option in options]),
        dividend_yield=carry.dividend_yield,
    )
    return np.asarray(values[:, 0])


def _differences(
    option: Option, carry: Carry, spot: FloatArray, vol: FloatArray, market: Market
) -> dict[str, FloatArray]:
    """Return the Greeks of an option with discrete dividends by central differences.

    Spots and volatilities, of shape (n,), are bumped together: each has a tree of its own.
    """
    day = 1.0
    vol_bump = np.minimum(BUMP, vol / 2)
    spot_bumps = np.array([0.0, BUMP, -BUMP, 0.0, 0.0, 0.0, 0.0])
    vol_bumps = np.array([0.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0])
    rate_bumps = np.array([0.0, 0.0, 0.0, 0.0, 0.0, BUMP, -BUMP])
    spots = spot * (1.0 + spot_bumps[:, None])
    vols = vol + vol_bump * vol_bumps[:, None]
    rates = np.broadcast_to(carry.rate + rate_bumps[:, None], spots.shape)
    cells = (spots[..., None], vols[..., None], rates[..., None])
    here, up, down, wild, calm, dear, cheap = _ahead(option, carry, *cells, 0.0, market)[..., 0]
    today = (spot[:, None], vol[:, None], carry.rate)
    later = _ahead(option, carry, *today, day / DAYS_PER_YEAR, market)[:, 0]
    return {
        "value": here,
        "delta": (up - down) / (2 * BUMP * spot),
        "gamma": (up - 2 * here + down) / (BUMP * spot) ** 2,
        "vega": (wild - calm) / (2 * vol_bump),
        "theta": (later - here) / day * DAYS_PER_YEAR,
        "rho": (dear - cheap) / (2 * BUMP),
    }


def _american(
    spot: FloatArray,
    strike: FloatArray,
    left: FloatArray,
    vol: FloatArray,
    rate: FloatArray,
    dividend_yield: FloatArray,
    call: NDArray[np.bool_],
) -> FloatArray:
    """Return values of shape (n_options, n_days, n_vol, n_spot).

    One exercise boundary per option and volatility serves every spot and every day before expiry.
    """
    solved = american.boundary(
        left.max(axis=1)[:, None], vol, rate[:, None], dividend_yield[:, None], call=call[:, None]
    )
    days = [
        american.value_on(solved, spot, strike[:, None], left[:, [day]])
        for day in range(left.shape[1])
    ]
    return np.stack(days, axis=1)


def _by_formula(options: Sequence[Option], carries: Sequence[Carry]) -> list[tuple[list[int], str]]:
    """Return the indices of the options that each formula values."""
    kinds = [
        "dividends" if carry.schedule else str(option.style)
        for option, carry in zip(options, carries, strict=True)
    ]
    return [
        ([i for i, kind in enumerate(kinds) if kind == formula], formula)
        for formula in ("european", "american", "dividends")
        if formula in kinds
    ]


def _with_dividends(
    option: Option,
    carry: Carry,
    spot: FloatArray,
    vol: FloatArray,
    days: FloatArray,
    market: Market,
) -> FloatArray:
    """Return values of shape (n_days, n_vol, n_spot); dividends before a day ahead are gone."""
    cells = spot[None, :], vol[:, None], carry.rate
    return np.stack([_ahead(option, carry, *cells, day, market) for day in days / DAYS_PER_YEAR])


def _ahead(
    option: Option,
    carry: Carry,
    spot: FloatArray,
    vol: FloatArray,
    rate: FloatArray | float,
    years: float,
    market: Market,
) -> FloatArray:
    """Return the value with discrete dividends, years ahead, of the arguments' common shape."""
    price = dividends.american if option.style is Style.AMERICAN else dividends.european
    return price(
        spot,
        option.strike,
        max(market.years_to(option.expiry) - years, 0.0),
        vol,
        rate,
        tuple((ex - years, amount) for ex, amount in carry.schedule if ex > years),
        call=option.call,
        dividend_yield=carry.dividend_yield,
    )
