"""The volatility that a price implies."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize.elementwise import find_root

from margin_core.errors import ConvergenceError
from margin_core.pricing import american as early_exercise
from margin_core.pricing.arrays import (
    TINY,
    BoolLike,
    FloatArray,
    by_chunks,
    floats,
    payoff_sign,
    require_not_negative,
    require_valid,
)
from margin_core.pricing.inversion import deviation

# A listed price carries no volatility below the one nor above the other.
VOL_FLOOR = 1e-4
VOL_CEILING = 20.0
# Of the logarithm of a volatility found by bracketing.
TOLERANCE = 1e-9
ROUNDING = 1e-12

Value = Callable[[FloatArray, NDArray[np.intp]], FloatArray]


class Status(IntEnum):
    """What an implied volatility stands for."""

    SOLVED = 0
    BELOW_INTRINSIC = 1  # the price is at most that at the floor, which is the vol given
    AT_EXPIRY = 2  # no time is left to be volatile in; the vol given is the floor
    ABOVE_BOUND = 3  # the price is at least that at the ceiling, which is the vol given


@dataclass(frozen=True, slots=True, eq=False)
class Implied:
    """Volatilities, annualised decimals and never NaN, and what each stands for (`Status`)."""

    vol: FloatArray
    status: NDArray[np.int8]


def implied(
    price: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    *,
    call: BoolLike,
    american: bool = False,
    vol_floor: float = VOL_FLOOR,
    vol_ceiling: float = VOL_CEILING,
) -> Implied:
    """Find the volatility at which an option is worth its price.

    Parameters
    ----------
    price : array_like
        Quote currency per unit, not negative. All arguments broadcast.
    spot, strike, years, rate, dividend_yield : array_like
        As in `black.value`.
    call : bool or ndarray of bool
        True for a call, False for a put.
    american : bool
        Whether the options may be exercised early.
    vol_floor, vol_ceiling : float
        Smallest and largest volatility to answer with.

    Returns
    -------
    Implied
        Arrays of the broadcast shape.

    Raises
    ------
    MarketDataError
        If an argument is impossible, as in `black.value` and `american.value`.
    """
    require_valid(spot, strike, years, 0.0, rate, dividend_yield)
    require_not_negative("price", price)
    bounds = (vol_floor, vol_ceiling)
    market = (spot, strike, years, rate, dividend_yield)
    vol, status = by_chunks(_solve_european, 2, price, *market, payoff_sign(call), *bounds)
    result = Implied(vol, status.astype(np.int8))
    if american:
        _replace_early(result, price, market, call, bounds)
    return result


def implied_by(
    value: Value,
    price: FloatArray,
    *,
    vol_floor: float = VOL_FLOOR,
    vol_ceiling: float = VOL_CEILING,
) -> Implied:
    """Find the volatility at which any option is worth its price, given how it is valued.

    Parameters
    ----------
    value : callable
        Takes volatilities and the indices of the options they are for, both of shape (n,), and
        returns the values of those options. It must not fall when volatility rises.
    price : ndarray of shape (n_options,)
        Quote currency per unit.
    vol_floor, vol_ceiling : float
        Smallest and largest volatility to answer with.

    Returns
    -------
    Implied
        Arrays of shape (n_options,), accurate to 1e-9 of the volatility.

    Raises
    ------
    ConvergenceError
        If the value does not rise from one side of a price to the other.
    """
    every = np.arange(price.size)
    vol = np.full(price.shape, vol_floor)
    status = np.full(price.shape, Status.SOLVED, dtype=np.int8)
    # What a price differs by from the ends' values in the last digits has no root to bracket.
    slack = ROUNDING * price
    status[price - slack <= value(vol, every)] = Status.BELOW_INTRINSIC
    above = price + slack >= value(np.full(price.shape, vol_ceiling), every)
    status[above & (status == Status.SOLVED)] = Status.ABOVE_BOUND
    vol[status == Status.ABOVE_BOUND] = vol_ceiling
    open_rows = np.flatnonzero(status == Status.SOLVED)

    def miss(log_vol: FloatArray, *args: NDArray[np.intp]) -> FloatArray:
        (rows,) = args
        return np.asarray(value(np.exp(log_vol), rows) - price[rows])

    ends = np.full((2, open_rows.size), np.log([[vol_floor], [vol_ceiling]]))
    found = find_root(
        miss,
        (ends[0], ends[1]),
        args=(open_rows,),
        tolerances={"xatol": TOLERANCE, "xrtol": 0.0, "fatol": 0.0, "frtol": 0.0},
    )
    if not found.success.all():
        raise ConvergenceError(
            f"no volatility gives the price {price[open_rows][~found.success][0]:g}",
            remedy="Check that the value rises with volatility.",
        )
    vol[open_rows] = np.exp(found.x)
    return Implied(vol, status)


def _replace_early(
    result: Implied,
    price: ArrayLike,
    market: tuple[ArrayLike, ...],
    call: BoolLike,
    bounds: tuple[float, float],
) -> None:
    """Put the American answer where early exercise can pay; elsewhere the European one holds."""
    shape = result.vol.shape
    prices, spot, strike, years, rate, dividend_yield = (
        np.broadcast_to(floats(part), shape).reshape(-1) for part in (price, *market)
    )
    calls = np.broadcast_to(call, shape).reshape(-1)
    # A boundary of no years is quick to solve, and says where exercise can pay before expiry.
    can_pay = early_exercise.boundary(0.0, 0.0, rate, dividend_yield, call=calls).early & (
        years > 0.0
    )
    chosen = np.flatnonzero(can_pay)

    def value(vol: FloatArray, rows: NDArray[np.intp]) -> FloatArray:
        these = chosen[rows]
        facts = (spot[these], strike[these], years[these], vol, rate[these], dividend_yield[these])
        return early_exercise.value(*facts, call=calls[these])

    if chosen.size:
        found = implied_by(value, prices[chosen], vol_floor=bounds[0], vol_ceiling=bounds[1])
        result.vol.reshape(-1)[chosen] = found.vol
        result.status.reshape(-1)[chosen] = found.status


def _solve_european(
    vol: FloatArray,
    status: FloatArray,
    price: FloatArray,
    spot: FloatArray,
    strike: FloatArray,
    years: FloatArray,
    rate: FloatArray,
    dividend_yield: FloatArray,
    sign: FloatArray,
    vol_floor: FloatArray,
    vol_ceiling: FloatArray,
) -> None:
    """Normalise prices to those of options out of the money on a forward, and solve for those.

    In units of the root of discounted forward times strike, the price of an option depends on its
    absolute log moneyness and its deviation, vol x root of years, alone.
    """
    carried = spot * np.exp(-dividend_yield * years)
    owed = strike * np.exp(-rate * years)
    unit = np.sqrt(carried * owed) + TINY
    time_value = (price - np.maximum(sign * (carried - owed), 0.0)) / unit
    room = np.minimum(carried, owed) / unit - time_value
    distance = np.abs(np.log((carried + TINY) / (owed + TINY)))
    time_value, room, distance, years = np.broadcast_arrays(time_value, room, distance, years)
    solvable = (time_value > 0.0) & (room > 0.0) & (years > 0.0)
    found = deviation(distance[solvable], time_value[solvable], room[solvable])
    vol[...] = np.where(room > 0.0, vol_floor, vol_ceiling)
    vol[solvable] = found / np.sqrt(years[solvable])
    status[...] = Status.SOLVED
    status[vol <= vol_floor] = Status.BELOW_INTRINSIC
    status[vol >= vol_ceiling] = Status.ABOVE_BOUND
    status[years == 0.0] = Status.AT_EXPIRY
    np.clip(vol, vol_floor, vol_ceiling, out=vol)
    vol[years == 0.0] = np.broadcast_to(vol_floor, vol.shape)[years == 0.0]
