"""European options: Black-76 and Black-Scholes-Merton values and Greeks on arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from margin_core.pricing.arrays import (
    CHUNK,
    TINY,
    BoolLike,
    FloatArray,
    by_chunks,
    floats,
    payoff_sign,
    pieces,
    require_valid,
)
from margin_core.pricing.normal import cdf, cdf_and_density

__all__ = ["FloatArray", "Greeks", "black76", "greeks", "grid", "value"]


@dataclass(frozen=True, slots=True, eq=False)
class Greeks:
    """Value and sensitivities per unit of the underlying, arrays of one shape.

    At zero years or zero vol delta is the step (0.5 in size exactly at the forward) and gamma
    and vega are 0; at zero years theta and rho are 0 too.

    Attributes
    ----------
    value : ndarray
        Quote currency per unit.
    delta : ndarray
        Per 1.00 of spot.
    gamma : ndarray
        Delta per 1.00 of spot.
    vega : ndarray
        Per 1.00 of vol (100 vol points).
    theta : ndarray
        Per year of calendar time passing; negative for decay.
    rho : ndarray
        Per 1.00 of rate (100 percentage points), dividend yield held.
    """

    value: FloatArray
    delta: FloatArray
    gamma: FloatArray
    vega: FloatArray
    theta: FloatArray
    rho: FloatArray


def black76(
    forward: ArrayLike, strike: ArrayLike, years: ArrayLike, vol: ArrayLike, *, call: BoolLike
) -> FloatArray:
    """Value options on a forward, undiscounted.

    Parameters
    ----------
    forward, strike : array_like
        Quote currency per unit, not negative. All arguments broadcast.
    years : array_like
        Time to expiry, not negative; zero gives the intrinsic value.
    vol : array_like
        Annualised, a decimal, not negative; zero gives the intrinsic value.
    call : bool or ndarray of bool
        True for a call, False for a put.

    Returns
    -------
    ndarray
        Value at expiry's money, quote currency per unit, of the broadcast shape.

    Raises
    ------
    MarketDataError
        If an argument is negative or not finite.

    References
    ----------
    Black, The pricing of commodity contracts, Journal of Financial Economics 3 (1976), eq. 16.
    """
    return value(forward, strike, years, vol, 0.0, 0.0, call=call)


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
    """Value European options on an asset that pays a continuous yield.

    Parameters
    ----------
    spot, strike : array_like
        Quote currency per unit, not negative. All arguments broadcast.
    years : array_like
        Time to expiry, not negative; zero gives the intrinsic value.
    vol : array_like
        Annualised, a decimal, not negative; zero gives the forward's discounted intrinsic value.
    rate, dividend_yield : array_like
        Continuously compounded per year, decimals of either sign.
    call : bool or ndarray of bool
        True for a call, False for a put.

    Returns
    -------
    ndarray
        Quote currency per unit, of the broadcast shape.

    Raises
    ------
    MarketDataError
        If spot, strike, years or vol is negative, or anything is not finite.

    References
    ----------
    Merton, Theory of rational option pricing, Bell Journal of Economics 4 (1973).
    """
    require_valid(spot, strike, years, vol, rate, dividend_yield)
    (out,) = by_chunks(_value, 1, spot, strike, years, vol, rate, dividend_yield, payoff_sign(call))
    return out


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
    """Value European options with all their Greeks in one evaluation.

    Arguments, units and errors are those of `value`.
    """
    require_valid(spot, strike, years, vol, rate, dividend_yield)
    return Greeks(
        *by_chunks(_greeks, 6, spot, strike, years, vol, rate, dividend_yield, payoff_sign(call))
    )


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
    """Value European options on a grid of dates, vols and spots.

    The logarithm of moneyness is a sum of a spot term and a time term, so it is taken once per
    axis, not once per point of the grid.

    Parameters
    ----------
    spot : array_like of shape (n_spot,) or (n_options, n_spot)
        Quote currency per unit, not negative.
    strike, rate, dividend_yield : float or array_like of shape (n_options,)
        As in `value`.
    years : array_like of shape (n_dates,) or (n_options, n_dates)
        Time left to expiry at each date, not negative.
    vol : array_like of shape (n_vol,) or (n_options, n_vol)
        Annualised decimals, not negative.
    call : bool or ndarray of bool of shape (n_options,)
        True for a call, False for a put.

    Returns
    -------
    ndarray of shape (n_options, n_dates, n_vol, n_spot)
        Quote currency per unit.

    Raises
    ------
    MarketDataError
        If spot, strike, years or vol is negative, or anything is not finite.
    """
    require_valid(spot, strike, years, vol, rate, dividend_yield)
    spots, dates, vols = (np.atleast_2d(floats(axis)) for axis in (spot, years, vol))
    strikes, rates, yields, signs = (
        np.atleast_1d(floats(fact))[:, None]
        for fact in (strike, rate, dividend_yield, payoff_sign(call))
    )
    # Sign is folded into what each axis contributes, so that no point of the grid asks for it.
    log_spot = signs * np.log((spots + TINY) / (strikes + TINY))
    moneyness = log_spot[:, None, :] + (signs * (rates - yields) * dates)[:, :, None]
    carried = (signs * np.exp(-yields * dates))[:, :, None] * spots[:, None, :]
    owed = (signs * strikes * np.exp(-rates * dates))[:, :, None]
    deviation = vols[:, None, :] * np.sqrt(dates)[:, :, None]
    return _combine(moneyness, signs[:, :, None], deviation, carried, owed)


def _combine(
    moneyness: FloatArray,
    sign: FloatArray,
    deviation: FloatArray,
    carried: FloatArray,
    owed: FloatArray,
) -> FloatArray:
    """Values on the grid from its axes, each of shape (n_options or 1, n_dates or 1, any).

    d1 and d2 are moneyness / deviation +- deviation / 2: a product of two columns and two rows.
    """
    n_options, n_dates, n_spot = np.broadcast_shapes(
        moneyness.shape, (*deviation.shape[:2], 1), carried.shape
    )
    n_vol = deviation.shape[2]
    columns = np.stack([1.0 / (deviation + TINY), 0.5 * deviation], axis=-1)
    rows_1 = np.stack(np.broadcast_arrays(moneyness, sign), axis=-2)
    rows_2 = rows_1 * np.array([[1.0], [-1.0]])
    columns, rows_1, rows_2, carried, owed = (
        np.broadcast_to(part, (n_options, *part.shape[1:]))
        for part in (columns, rows_1, rows_2, carried[:, :, None, :], owed[..., None])
    )
    out = np.empty((n_options, n_dates, n_vol, n_spot))
    for part in pieces(n_options, CHUNK // max(1, n_dates * n_vol * n_spot)):
        np.multiply(cdf(columns[part] @ rows_1[part]), carried[part], out=out[part])
        out[part] -= cdf(columns[part] @ rows_2[part]) * owed[part]
        _drop_rounding(out[part])
    return out


def _value(
    out: FloatArray,
    spot: FloatArray,
    strike: FloatArray,
    years: FloatArray,
    vol: FloatArray,
    rate: FloatArray,
    dividend_yield: FloatArray,
    sign: FloatArray,
) -> None:
    carried = spot * np.exp(-dividend_yield * years)
    discounted = strike * np.exp(-rate * years)
    deviation = vol * np.sqrt(years)
    d1, d2 = _d(carried, discounted, deviation)
    np.multiply(carried, cdf(sign * d1), out=out)
    out -= discounted * cdf(sign * d2)
    out *= sign
    _drop_rounding(out)


def _greeks(
    value: FloatArray,
    delta: FloatArray,
    gamma: FloatArray,
    vega: FloatArray,
    theta: FloatArray,
    rho: FloatArray,
    spot: FloatArray,
    strike: FloatArray,
    years: FloatArray,
    vol: FloatArray,
    rate: FloatArray,
    dividend_yield: FloatArray,
    sign: FloatArray,
) -> None:
    yield_discount = np.exp(-dividend_yield * years)
    carried = spot * yield_discount
    discounted = strike * np.exp(-rate * years)
    root_years = np.sqrt(years)
    deviation = vol * root_years
    d1, d2 = _d(carried, discounted, deviation)
    exercised, density = cdf_and_density(sign * d1)
    np.multiply(sign, yield_discount * exercised, out=delta)
    owed = sign * discounted * cdf(sign * d2)
    np.subtract(spot * delta, owed, out=value)
    _drop_rounding(value)
    spot_deviation = spot * deviation
    density *= spot_deviation > 0.0
    np.divide(yield_discount * density, spot_deviation + TINY, out=gamma)
    np.multiply(carried * density, root_years, out=vega)
    # dV/dt = -(decay of the optionality) + carry; both end at expiry.
    np.multiply(dividend_yield * spot, delta, out=theta)
    theta -= rate * owed
    theta -= 0.5 * vega * vol / (years + TINY)
    theta *= years > 0.0
    np.multiply(years, owed, out=rho)


def _d(
    carried: FloatArray, discounted: FloatArray, deviation: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Black's d1 and d2, infinite-like but never NaN where spot, strike or deviation is zero."""
    moneyness = np.log((carried + TINY) / (discounted + TINY))
    d1 = moneyness / (deviation + TINY)
    half = 0.5 * deviation
    d2 = d1 - half
    d1 += half
    return d1, d2


def _drop_rounding(value: FloatArray) -> None:
    """Make a value that rounding left below zero as small above it: faster than a maximum."""
    np.abs(value, out=value)
