"""Options on a stock with discrete cash dividends, on its escrowed spot.

Spot is split into the present value of the dividends due before expiry, which is certain, and the
rest, the escrowed spot, which is lognormal. Exercise pays on both together.
"""

import numpy as np
from numpy.typing import ArrayLike

from margin_core.pricing import black
from margin_core.pricing.arrays import (
    BoolLike,
    FloatArray,
    floats,
    payoff_sign,
    require_not_negative,
    require_valid,
)
from margin_core.pricing.tree import Dividends, Options, extrapolated, outstanding


def european(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    rate: ArrayLike,
    dividends: Dividends,
    *,
    call: BoolLike,
    dividend_yield: ArrayLike = 0.0,
) -> FloatArray:
    """Value European options by Black's formula on the escrowed spot.

    Parameters
    ----------
    spot, strike, years, vol, rate, dividend_yield : array_like
        As in `black.value`; all arguments broadcast. The yield comes on top of the dividends. A
        spot below the present value of the dividends counts as equal to it.
    dividends : tuple of (years to the ex-date, amount)
        Quote currency per unit. Only those after now and up to expiry count.
    call : bool or ndarray of bool
        True for a call, False for a put.

    Returns
    -------
    ndarray
        Quote currency per unit, of the broadcast shape.

    Raises
    ------
    MarketDataError
        If an argument is negative where it can't be, or not finite.
    """
    require_valid(spot, strike, years, vol, rate, dividend_yield)
    for number in (number for dividend in dividends for number in dividend):
        require_not_negative("dividend", number)
    years, rate = floats(years), floats(rate)
    due = outstanding(dividends, rate, 0.0, years)
    escrowed = np.maximum(floats(spot) - due, 0.0)
    return black.value(escrowed, strike, years, vol, rate, dividend_yield, call=call)


def american(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    rate: ArrayLike,
    dividends: Dividends,
    *,
    call: BoolLike,
    dividend_yield: ArrayLike = 0.0,
) -> FloatArray:
    """Value American options by a trinomial tree on the escrowed spot.

    Ex-dates are dates of the tree, its last step is Black's formula, and its error of first order
    is extrapolated away. Where along the last axis nothing but spot varies, its spots share a
    tree, which costs little more than one of them.

    Arguments, result and errors are those of `european`.

    References
    ----------
    Broadie and Detemple, American option valuation, Review of Financial Studies 9 (1996): the
    last step and the extrapolation.
    """
    floor = european(
        spot, strike, years, vol, rate, dividends, call=call, dividend_yield=dividend_yield
    )
    if floor.size == 0:
        return floor
    shape = floor.shape
    facts = [floats(fact) for fact in (years, strike, vol, rate, dividend_yield)]
    facts.append(payoff_sign(call))
    shared = bool(shape) and all(fact.ndim == 0 or fact.shape[-1] == 1 for fact in facts)
    n_spot = shape[-1] if shared else 1
    spots = np.broadcast_to(floats(spot), shape).reshape(-1, n_spot)
    times, strikes, vols, rates, yields, signs = (
        np.broadcast_to(fact, shape).reshape(-1, n_spot)[:, :1] for fact in facts
    )
    escrowed = np.maximum(spots - outstanding(dividends, rates, 0.0, times), 0.0)
    options = Options(escrowed, strikes, vols, rates, yields, signs)
    result: FloatArray = np.maximum(floor.reshape(-1, n_spot), signs * (spots - strikes))
    for time in np.unique(times[times > 0.0]):
        rows = np.flatnonzero(times[:, 0] == time)
        on_tree = extrapolated(options.rows(rows), float(time), dividends)
        result[rows] = np.maximum(result[rows], on_tree)
    # At vols of several hundred per cent the extrapolation may overshoot what there is to gain.
    growth = np.exp(np.maximum(-np.where(signs > 0.0, yields, rates) * times, 0.0))
    most = np.where(signs > 0.0, np.maximum(spots, 0.0), strikes) * growth
    return np.asarray(np.minimum(result, most).reshape(shape))
