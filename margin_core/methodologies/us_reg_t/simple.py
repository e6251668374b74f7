"""A simple pairing, as a broker's program might do it: two legs, the dearest short first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from margin_core.methodologies.us_reg_t.blocks import may_be_spread
from margin_core.methodologies.us_reg_t.groups import Group, Kind
from margin_core.methodologies.us_reg_t.losses import signed_units, strike
from margin_core.methodologies.us_reg_t.program import Book, book, standing_alone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from margin_core.methodologies.us_reg_t.groups import Terms
    from margin_core.methodologies.us_reg_t.legs import Holdings, Series

Choice = tuple[Kind, int] | None  # what a short option is joined to, by its place


def pair_simply(held: Holdings, terms: Terms) -> tuple[Group, ...]:
    """Return a pairing of at most two legs a group.

    Short options in order of their uncovered requirement, the dearest first, are covered by
    stock; what remains is spread, each against the long option that leaves the least loss; what
    remains is joined to the dearest short of the other right; the rest stands alone.
    """
    items = book(held, terms)
    left = items.quantities
    groups: list[Group] = []
    dearest = sorted(items.shorts, key=lambda place: (-items.alone[place], place))
    for choose in (_stock_for, _long_for, _other_short_for):
        for place in dearest:
            groups += _joined(items, left, place, choose)
    return (*groups, *standing_alone(items, left))


def _joined(
    items: Book, left: np.ndarray, place: int, choose: Callable[[Book, np.ndarray, int], Choice]
) -> Iterator[Group]:
    """Yield the groups that a short option is put into, taking them from ``left``."""
    while left[place] > 0.0 and (choice := choose(items, left, place)) is not None:
        kind, partner = choice
        leg = items.series[place]
        per_contract = leg.option.multiplier if partner >= len(items.series) else 1.0
        contracts = min(left[place], np.floor(left[partner] / per_contract))
        left[place] -= contracts
        left[partner] -= contracts * per_contract
        other = items.legs[partner].of(contracts * per_contract)
        short = leg.of(contracts)
        yield Group(kind, (other, short))


def _stock_for(items: Book, left: np.ndarray, place: int) -> Choice:
    option = items.series[place].option
    if not items.allows("covered") or (items.terms.cash and not option.call):
        return None
    for number, lot in enumerate(items.stock):
        partner = len(items.series) + number
        covers = lot.facts.symbol == option.underlying and (lot.quantity > 0) is option.call
        if covers and left[partner] >= option.multiplier:
            return (Kind.COVERED_CALL if option.call else Kind.COVERED_PUT), partner
    return None


def _long_for(items: Book, left: np.ndarray, place: int) -> Choice:
    short = items.series[place]
    if not items.allows("spread") or not may_be_spread(items, place):
        return None
    losses = [
        (_loss(short, long), partner)
        for partner, long in enumerate(items.series)
        if left[partner] >= 1.0 and _spreadable(short, long)
    ]
    if not losses:
        return None
    least, partner = min(losses)
    return (Kind.SPREAD, partner) if least < items.alone[place] else None


def _other_short_for(items: Book, left: np.ndarray, place: int) -> Choice:
    if not items.allows("straddle") or items.terms.cash:
        return None
    others = [
        (-items.alone[partner], partner)
        for partner in items.shorts
        if left[partner] >= 1.0 and _other_side(items.series[partner], items.series[place])
    ]
    return (Kind.STRADDLE, min(others)[1]) if others else None


def _spreadable(short: Series, long: Series) -> bool:
    one, other = short.option, long.option
    lives = other.expiry >= one.expiry
    same = one.right is other.right and short.family == long.family
    return lives and same and signed_units(long.of(1.0)) == -signed_units(short.of(1.0))


def _loss(short: Series, long: Series) -> float:
    """Return the greatest loss of one contract spread against one."""
    gap = strike(long) - strike(short)
    return max(gap if short.option.call else -gap, 0.0) * short.option.multiplier * short.ratio


def _other_side(one: Series, other: Series) -> bool:
    first, second = one.option, other.option
    same = first.underlying == second.underlying and first.otc is second.otc
    return same and first.right is not second.right and first.multiplier == second.multiplier
