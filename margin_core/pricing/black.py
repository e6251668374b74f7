"""European options: Black-76 and Black-Scholes-Merton values and Greeks on arrays."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from margin_core.errors import MarketDataError

FloatArray = NDArray[np.float64]
BoolLike = bool | NDArray[np.bool_]

# Temporaries of this many elements stay in the processor's cache.
CHUNK = 8192
# Stands in for a zero that is divided by or logged; its inverse can be squared without overflow.
TINY = 1e-150
INVERSE_ROOT_TWO_PI = 1.0 / math.sqrt(2.0 * math.pi)


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
    (out,) = _by_chunks(_value, 1, spot, strike, years, vol, rate, dividend_yield, _sign(call))
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
        *_by_chunks(_greeks, 6, spot, strike, years, vol, rate, dividend_yield, _sign(call))
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
    axes = [np.atleast_2d(np.asarray(axis, dtype=np.float64)) for axis in (spot, years, vol)]
    facts = [
        np.atleast_1d(np.asarray(fact, dtype=np.float64))
        for fact in (strike, rate, dividend_yield, _sign(call))
    ]
    n_options = max(part.shape[0] for part in (*axes, *facts))
    axes = [np.broadcast_to(axis, (n_options, axis.shape[1])) for axis in axes]
    facts = [np.broadcast_to(fact, (n_options,)) for fact in facts]
    n_spot, n_dates, n_vol = (axis.shape[1] for axis in axes)
    out = np.empty((n_options, n_dates, n_vol, n_spot))
    block = max(1, CHUNK // max(1, n_dates * n_vol * n_spot))
    for start in range(0, n_options, block):
        part = slice(start, start + block)
        _grid_block(out[part], *(axis[part] for axis in axes), *(fact[part] for fact in facts))
    return out


def require_valid(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
) -> None:
    """Refuse what no option formula can take, naming the argument.

    Raises
    ------
    MarketDataError
        If spot, strike, years or vol is negative, or anything is not finite.
    """
    named = {"spot": spot, "strike": strike, "years": years, "vol": vol}
    for name, given in named.items():
        lowest, highest = _range(given)
        if not (lowest >= 0.0 and highest < math.inf):
            _refuse(name, lowest if not lowest >= 0.0 else highest, "a number of zero or more")
    for name, given in {"rate": rate, "dividend yield": dividend_yield}.items():
        lowest, highest = _range(given)
        if not (lowest > -math.inf and highest < math.inf):
            _refuse(name, lowest if not lowest > -math.inf else highest, "a finite decimal")


def _range(given: ArrayLike) -> tuple[float, float]:
    """Smallest and largest element, NaN if there is one; zeros for an empty array."""
    array = np.asarray(given, dtype=np.float64)
    return (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)


def _refuse(name: str, number: float, accepted: str) -> None:
    raise MarketDataError(
        f"an option can't be valued with {name} {number:g}",
        remedy=f"Give a {name} that is {accepted}.",
    )


def _sign(call: BoolLike) -> FloatArray:
    """+1 for a call, -1 for a put: payoff is max(sign * (spot - strike), 0)."""
    return np.where(call, 1.0, -1.0)


def _by_chunks(
    kernel: Callable[..., None], n_out: int, *arguments: ArrayLike
) -> tuple[FloatArray, ...]:
    """Broadcast the arguments and run the kernel over cache-sized pieces of them."""
    arrays = [np.asarray(argument, dtype=np.float64) for argument in arguments]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    outputs = tuple(np.empty(shape) for _ in range(n_out))
    flat_outputs = [output.reshape(-1) for output in outputs]
    # A single number is left as it is: broadcasting it would only cost memory.
    flat = [a.reshape(-1) if a.size == 1 else np.broadcast_to(a, shape).reshape(-1) for a in arrays]
    for start in range(0, math.prod(shape), CHUNK):
        part = slice(start, start + CHUNK)
        kernel(
            *(output[part] for output in flat_outputs),
            *(piece if piece.size == 1 else piece[part] for piece in flat),
        )
    return outputs


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
    np.multiply(carried, ndtr(sign * d1), out=out)
    out -= discounted * ndtr(sign * d2)
    out *= sign
    np.maximum(out, 0.0, out=out)


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
    np.multiply(sign, yield_discount * ndtr(sign * d1), out=delta)
    owed = sign * discounted * ndtr(sign * d2)
    np.subtract(spot * delta, owed, out=value)
    np.maximum(value, 0.0, out=value)
    spot_deviation = spot * deviation
    density = np.exp(-0.5 * d1 * d1) * INVERSE_ROOT_TWO_PI
    density *= spot_deviation > 0.0
    np.divide(yield_discount * density, np.maximum(spot_deviation, TINY), out=gamma)
    np.multiply(carried * density, root_years, out=vega)
    # dV/dt = -(decay of the optionality) + carry; both end at expiry.
    np.multiply(dividend_yield * spot, delta, out=theta)
    theta -= rate * owed
    theta -= 0.5 * vega * vol / np.maximum(years, TINY)
    theta *= years > 0.0
    np.multiply(years, owed, out=rho)


def _d(
    carried: FloatArray, discounted: FloatArray, deviation: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Black's d1 and d2, infinite-like but never NaN where spot, strike or deviation is zero."""
    moneyness = np.log(np.maximum(carried, TINY) / np.maximum(discounted, TINY))
    d1 = moneyness / np.maximum(deviation, TINY)
    half = 0.5 * deviation
    d2 = d1 - half
    d1 += half
    return d1, d2


def _grid_block(
    out: FloatArray,
    spot: FloatArray,
    years: FloatArray,
    vol: FloatArray,
    strike: FloatArray,
    rate: FloatArray,
    dividend_yield: FloatArray,
    sign: FloatArray,
) -> None:
    """Fill out[option, date, vol, spot]; sign is folded into what is summed along each axis."""
    discounted = (sign * strike)[:, None] * np.exp(-rate[:, None] * years)
    growth = np.exp(-dividend_yield[:, None] * years)
    carry = (rate - dividend_yield)[:, None] * years
    log_spot = np.log(np.maximum(spot, TINY) / np.maximum(strike, TINY)[:, None])
    moneyness = sign[:, None, None] * (log_spot[:, None, :] + carry[:, :, None])
    deviation = vol[:, None, :] * np.sqrt(years)[:, :, None]
    half = (0.5 * sign[:, None, None] * deviation)[..., None]
    d1 = moneyness[:, :, None, :] / np.maximum(deviation, TINY)[..., None]
    d2 = d1 - half
    d1 += half
    carried = (sign[:, None] * growth)[:, :, None] * spot[:, None, :]
    np.multiply(ndtr(d1, out=d1), carried[:, :, None, :], out=out)
    d2 = ndtr(d2, out=d2)
    d2 *= discounted[:, :, None, None]
    out -= d2
    np.maximum(out, 0.0, out=out)
