"""The maximum potential loss of option spreads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from margin_core.margin.figure import Line, floored, given, largest, total
from margin_core.margin.last_bits import first_largest
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.methodologies.us_reg_t.legs import Series

_SOURCE = "finra_4210#(f)(2)(H)(i)b"
_PLACES = 9  # of a unit: so many are the same units, whatever they are multiplied from
_LEGS_SHOWN_AT_EVERY_PRICE = 4  # a larger spread shows its legs at the binding price only


def maximum_loss(legs: Sequence[Series]) -> Line:
    """Return the greatest loss of a spread at expiration, at least zero.

    The intrinsic values are netted at every exercise price in the spread, and at zero where its
    puts don't balance; premiums never enter.

    References
    ----------
    FINRA 4210(f)(2)(H)(i)b; Cboe 10.3(c)(5)(C)(v)(a); Cboe manual, pages 9 and 36-38
    """
    prices = price_points(legs)
    by_leg = losses(legs, prices)
    worst_price = prices[first_largest(by_leg.sum(axis=0).tolist())]
    few = len(legs) <= _LEGS_SHOWN_AT_EVERY_PRICE
    lines = [
        (_loss_line if few or price == worst_price else _sum_line)(legs, price, by_leg[:, i])
        for i, price in enumerate(prices)
    ]
    greatest = largest("Loss at each exercise price", *lines, source=_SOURCE)
    return floored("Maximum potential loss", greatest, source=_SOURCE)


def losses(legs: Sequence[Series], prices: Sequence[float]) -> np.ndarray:
    """Return the intrinsic value that each leg owes (positive) or is owed at each price.

    Parameters
    ----------
    legs : sequence of Series
    prices : sequence of float
        Prices of the stock, or of the index for its reduced values too.

    Returns
    -------
    ndarray of shape (n_legs, n_prices)
        Dollars, for the quantities held.
    """
    ratios = np.array([[leg.ratio] for leg in legs])
    strikes = np.array([[leg.option.strike] for leg in legs])
    rights = np.array([[1.0 if leg.option.call else -1.0] for leg in legs])
    units = np.array([[-leg.units if leg.quantity > 0 else leg.units] for leg in legs])
    worth = np.maximum(rights * (np.asarray(prices) * ratios - strikes), 0.0)
    signed: np.ndarray = units * worth + 0.0  # not -0.0
    return signed


def price_points(legs: Sequence[Series]) -> list[float]:
    """Return the prices at which a spread can lose most, in units of the index or the stock."""
    strikes = {strike(leg) for leg in legs}
    balanced = net(signed_units(leg) for leg in legs if not leg.option.call) == 0.0
    return sorted(strikes if balanced else strikes | {0.0})


def strike(leg: Series) -> float:
    """Return the exercise price in units of the index, where the contract is a reduced value."""
    return leg.option.strike / leg.ratio


def signed_units(leg: Series) -> float:
    """Return the units held, in those of the index, so that reduced-value contracts add up."""
    units = round(leg.units * leg.ratio, _PLACES)
    return units if leg.quantity > 0 else -units


def _loss_line(legs: Sequence[Series], price: float, by_leg: np.ndarray) -> Line:
    lines = (given(leg.label, loss) for leg, loss in zip(legs, by_leg.tolist(), strict=True))
    return total(_at(price), *lines)


def _sum_line(_: Sequence[Series], price: float, by_leg: np.ndarray) -> Line:
    return given(_at(price), sum(by_leg.tolist()))


def _at(price: float) -> str:
    return f"At {price:,.6g}"
