"""American options: the European value and what the right to exercise early adds to it."""

from dataclasses import fields

import numpy as np
from numpy.typing import ArrayLike

from margin_core.errors import MarketDataError
from margin_core.pricing import black
from margin_core.pricing.arrays import (
    TINY,
    BoolLike,
    FloatArray,
    floats,
    payoff_sign,
    pieces,
    require_valid,
)
from margin_core.pricing.black import Greeks
from margin_core.pricing.exercise import Boundary, boundary, solve
from margin_core.pricing.premium import premium, slopes

__all__ = ["Boundary", "boundary", "greeks", "grid", "value", "value_on"]

# Options taken at a time, which bounds the memory that their nodes need.
ROWS = 1024
# Differences for vega (of vol) and rho (absolute): small against curvature, large against noise.
VOL_STEP = 1e-3
RATE_STEP = 1e-5


def value(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    *,
    call: BoolLike,
) -> FloatArray:
    """Value American options on an asset that pays a continuous yield.

    Parameters
    ----------
    spot, strike, years, vol, rate, dividend_yield : array_like
        As in `black.value`; all arguments broadcast. Without vol the value is that of the best
        date to exercise on.
    call : bool or ndarray of bool
        True for a call, False for a put.

    Returns
    -------
    ndarray
        Quote currency per unit, of the broadcast shape; never below the intrinsic value or the
        European one.

    Raises
    ------
    MarketDataError
        If an argument is impossible (as in `black.value`), or a negative rate and dividend yield
        give the option two exercise boundaries.
    """
    require_valid(spot, strike, years, vol, rate, dividend_yield)
    solved = boundary(years, vol, rate, dividend_yield, call=call)
    return value_on(solved, floats(spot)[..., None], strike, years)[..., 0]


def greeks(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    *,
    call: BoolLike,
) -> Greeks:
    """Value American options with all their Greeks.

    Delta and gamma are derivatives of the premium's integral, theta follows from them by the
    Black-Scholes equation, vega and rho are central differences of the value. An option that is
    due to be exercised has the Greeks of its intrinsic value.

    Arguments, units and errors are those of `value`.
    """
    require_valid(spot, strike, years, vol, rate, dividend_yield)
    result = black.greeks(spot, strike, years, vol, rate, dividend_yield, call=call)
    shape = result.value.shape
    columns = [
        np.broadcast_to(floats(part), shape).ravel()
        for part in (spot, strike, years, vol, rate, dividend_yield)
    ]
    calls = np.broadcast_to(call, shape).ravel()
    solved = boundary(*columns[2:], call=calls)
    early = np.flatnonzero(solved.early & (solved.years > 0.0))
    for part in pieces(early.size, ROWS):
        rows = early[part]
        found = _early_greeks(solved.part(rows), *(column[rows] for column in columns[:2]))
        for field in fields(Greeks):
            getattr(result, field.name).reshape(-1)[rows] = getattr(found, field.name)
    return result


def grid(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    *,
    call: BoolLike,
) -> FloatArray:
    """Value American options on a grid of dates, vols and spots, one boundary per option and vol.

    Parameters and result are those of `black.grid`, errors those of `value`.
    """
    require_valid(spot, strike, years, vol, rate, dividend_yield)
    spots, dates, vols = (np.atleast_2d(floats(axis)) for axis in (spot, years, vol))
    strikes, rates, yields = (
        np.atleast_1d(floats(fact))[:, None, None] for fact in (strike, rate, dividend_yield)
    )
    calls = np.atleast_1d(np.asarray(call))[:, None, None]
    longest = dates.max(axis=1)[:, None, None]
    solved = boundary(longest, vols[:, None, :], rates, yields, call=calls)
    return value_on(solved, spots[:, None, None, :], strikes, dates[:, :, None])


def value_on(solved: Boundary, spot: ArrayLike, strike: ArrayLike, years: ArrayLike) -> FloatArray:
    """Value American options given their boundary, at many spots and at any earlier date.

    Parameters
    ----------
    solved : Boundary
        Of a shape that broadcasts with strike and years.
    spot : array_like of shape (..., n_spot)
        Its last axis comes on top of the others: one boundary serves all its spots.
    strike, years : array_like
        As in `value`; years at most those of the boundary.

    Returns
    -------
    ndarray of shape (..., n_spot)
        Quote currency per unit.

    Raises
    ------
    MarketDataError
        If years is more than the boundary covers.
    """
    spot, strike, years = floats(spot), floats(strike), floats(years)
    if (years > solved.years * (1.0 + 1e-12)).any():
        raise MarketDataError(
            f"an exercise boundary of {solved.years.min():g} years can't value an option of "
            f"{years.max():g}",
            remedy="Solve for the boundary of the longest option.",
        )
    columns = [
        part[..., None] for part in (strike, years, solved.vol, solved.rate, solved.dividend_yield)
    ]
    call = solved.call[..., None]
    american = black.value(spot, *columns, call=call)
    early = np.broadcast_to(solved.early & (years > 0.0), american.shape[:-1])
    american[early] += _added(
        solved.rows(early),
        np.broadcast_to(spot, american.shape)[early],
        np.broadcast_to(strike, early.shape)[early],
        np.broadcast_to(years, early.shape)[early],
    )
    return np.maximum(american, payoff_sign(call) * (spot - strike[..., None]))


def _added(rows: Boundary, spot: FloatArray, strike: FloatArray, years: FloatArray) -> FloatArray:
    """Early exercise premium in money; spot is of shape (n_options, n_spot)."""
    added, log_moneyness = _as_puts(rows, spot, strike)
    for part in pieces(len(rows.years), ROWS):
        added[part] *= premium(rows.part(part), years[part], log_moneyness[part])
    return added


def _as_puts(rows: Boundary, spot: FloatArray, strike: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return how many puts of strike 1 each option amounts to, and their log moneyness."""
    call = rows.call[:, None]
    log_moneyness = np.log((spot + TINY) / (strike[:, None] + TINY))
    return np.where(call, spot, strike[:, None]), -payoff_sign(call) * log_moneyness


def _early_greeks(solved: Boundary, spot: FloatArray, strike: FloatArray) -> Greeks:
    """Greeks of options that may be exercised early, all of shape (n_options,)."""
    years, vol, rate, call = solved.years, solved.vol, solved.rate, solved.call
    carry = rate - solved.dividend_yield
    european = black.greeks(spot, strike, years, vol, rate, solved.dividend_yield, call=call)
    price = value_on(solved, spot[:, None], strike, years)[:, 0]
    scale, log_moneyness = _as_puts(solved, spot[:, None], strike)
    first, second = (part[:, 0] for part in slopes(solved, years, log_moneyness))
    moneyness = np.exp(log_moneyness[:, 0])
    added = (price - european.value) / (scale[:, 0] + TINY)
    # A call is S puts of moneyness K / S, so its slopes in S follow from those in moneyness.
    delta = european.delta + np.where(call, added - moneyness * first, first)
    bend = np.where(call, moneyness**2 / (spot + TINY), 1.0 / (strike + TINY))
    gamma = european.gamma + bend * second
    theta = rate * price - carry * spot * delta - 0.5 * (vol * spot) ** 2 * gamma
    vol_step = VOL_STEP * vol
    vega = _difference(solved, spot, strike, vol_step, 0.0) / (2.0 * vol_step + TINY)
    rho = _difference(solved, spot, strike, 0.0, RATE_STEP) / (2.0 * RATE_STEP)
    sign = payoff_sign(call)
    held = price > sign * (spot - strike)
    return Greeks(
        price,
        np.where(held, delta, sign),
        *(np.where(held, part, 0.0) for part in (gamma, vega, theta, rho)),
    )


def _difference(
    solved: Boundary,
    spot: FloatArray,
    strike: FloatArray,
    vol_step: FloatArray | float,
    rate_step: float,
) -> FloatArray:
    """Value at vol and rate one step up, less value one step down."""
    up, down = (
        value_on(
            solve(
                solved.years,
                solved.vol + side * vol_step,
                solved.rate + side * rate_step,
                solved.dividend_yield,
                call=solved.call,
            ),
            spot[:, None],
            strike,
            solved.years,
        )[:, 0]
        for side in (1.0, -1.0)
    )
    return np.asarray(up - down)
