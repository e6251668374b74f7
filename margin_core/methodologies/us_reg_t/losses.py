"""The maximum potential loss of option spreads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, binding, floored, given, largest, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.methodologies.us_reg_t.legs import Series

_SOURCE = "finra_4210#(f)(2)(H)(i)b"
_LEGS_SHOWN_AT_EVERY_PRICE = 4  # a larger spread shows its legs at the binding price only


def maximum_loss(legs: Sequence[Series]) -> Line:
    """Return the greatest loss of a spread at expiration, at least zero.

    The intrinsic values are netted at every exercise price in the spread, and at zero where its
    puts don't balance; premiums never enter.

    References
    ----------
    FINRA 4210(f)(2)(H)(i)b; Cboe 10.3(c)(5)(C)(v)(a); Cboe manual, pages 9 and 36-38
    """
    losses = [_loss_line(legs, price) for price in price_points(legs)]
    if len(legs) > _LEGS_SHOWN_AT_EVERY_PRICE:
        worst = binding(largest("", *losses))
        losses = [x if x is worst else given(x.label, x.amount) for x in losses]
    worst_loss = largest("Loss at each exercise price", *losses, source=_SOURCE)
    return floored("Maximum potential loss", worst_loss, source=_SOURCE)


def unlimited(legs: Sequence[Series]) -> bool:
    """Return whether the loss grows without end: more calls short than long."""
    return sum(signed_units(leg) for leg in legs if leg.option.call) < 0.0


def price_points(legs: Sequence[Series]) -> list[float]:
    """Return the prices at which a spread can lose most, in units of the index or the stock."""
    strikes = {strike(leg) for leg in legs}
    balanced = sum(signed_units(leg) for leg in legs if not leg.option.call) == 0.0
    return sorted(strikes if balanced else strikes | {0.0})


def loss(leg: Series, price: float) -> float:
    """Return the intrinsic value that a leg owes (positive) or is owed at ``price``."""
    gain = price * leg.ratio - leg.option.strike
    worth = leg.units * max(gain if leg.option.call else -gain, 0.0)
    return 0.0 - worth if leg.quantity > 0 else worth


def strike(leg: Series) -> float:
    """Return the exercise price in units of the index, where the contract is a reduced value."""
    return leg.option.strike / leg.ratio


def signed_units(leg: Series) -> float:
    """Return the units held, in those of the index, so that reduced-value contracts add up."""
    units = leg.units * leg.ratio
    return units if leg.quantity > 0 else -units


def _loss_line(legs: Sequence[Series], price: float) -> Line:
    return total(f"At {price:,.6g}", *(given(leg.label, loss(leg, price)) for leg in legs))
