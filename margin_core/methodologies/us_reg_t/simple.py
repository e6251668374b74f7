"""A simple pairing, as a broker's program might do it: two legs, the dearest short first."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from margin_core.methodologies.us_reg_t.blocks import expiry_policy, may_be_spread
from margin_core.methodologies.us_reg_t.groups import Group, Kind
from margin_core.methodologies.us_reg_t.losses import maximum_loss, signed_units, strike
from margin_core.methodologies.us_reg_t.program import Book, book, standing_alone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from margin_core.book.instruments import Option
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


def joined_spreads(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Return the groups with pairs of two-leg spreads joined where that loses less.

    Equally many of each are joined, those first that spare most per contract: two credit spreads
    to an iron spread, which loses the wider one only, a debit and a credit spread to a butterfly
    or condor.
    """
    spreads = [group for group in groups if group.kind is Kind.SPREAD]
    others = [group for group in groups if group.kind is not Kind.SPREAD]
    left = [min(abs(leg.quantity) for leg in group.legs) for group in spreads]
    per_contract = [
        Group(Kind.SPREAD, tuple(leg.of(1.0) for leg in group.options)) for group in spreads
    ]
    ranked = sorted(
        (-_spared(per_contract[i], per_contract[k]), i, k)
        for i, k in combinations(range(len(spreads)), 2)
    )
    joined = []
    for spared, i, k in ranked:
        contracts = min(left[i], left[k])
        if spared < 0.0 and contracts > 0.0:
            left[i] -= contracts
            left[k] -= contracts
            joined.append(_times(_merged(per_contract[i], per_contract[k]), contracts))
    rest = [_times(one, n) for one, n in zip(per_contract, left, strict=True) if n > 0.0]
    return (*others, *joined, *rest)


def _joined(
    items: Book, left: np.ndarray, place: int, choose: Callable[[Book, np.ndarray, int], Choice]
) -> Iterator[Group]:
    """Yield the groups that a short option is put into, taking them from ``left``."""
    while left[place] > 0.0 and (choice := choose(items, left, place)) is not None:
        kind, partner = choice
        leg = items.series[place]
        per_contract = leg.option.multiplier if partner >= len(items.series) else 1.0
        contracts = float(min(left[place], np.floor(left[partner] / per_contract)))
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
        if left[partner] >= 1.0 and _spreadable(short, long, expiry_policy(items))
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


def _spreadable(short: Series, long: Series, policy: str) -> bool:
    one, other = short.option, long.option
    lives = other.expiry == one.expiry if policy == "single" else other.expiry >= one.expiry
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


def _spared(one: Group, other: Group) -> float:
    """Return what two spreads of one contract lose less as one; nothing if they can't be one."""
    merged = _merged(one, other)
    families = {leg.family for leg in merged.options}
    last_short = max(leg.option.expiry for leg in merged.options if leg.quantity < 0)
    alive = all(leg.option.expiry >= last_short for leg in merged.options if leg.quantity > 0)
    if len(families) > 1 or not alive:
        return 0.0
    apart = maximum_loss(one.options).amount + maximum_loss(other.options).amount
    return apart - maximum_loss(merged.options).amount


def _merged(one: Group, other: Group) -> Group:
    contracts: dict[Option, Series] = {}
    for leg in (*one.options, *other.options):
        held = contracts.get(leg.option)
        contracts[leg.option] = leg if held is None else leg.of(abs(held.quantity) + 1.0)
    return Group(Kind.SPREAD, tuple(contracts.values()))


def _times(group: Group, contracts: float) -> Group:
    legs = (leg.of(abs(leg.quantity) * contracts) for leg in group.options)
    return Group(group.kind, tuple(legs))
