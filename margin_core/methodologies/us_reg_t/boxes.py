"""Long boxes of European options, the only group up to nine months with loan value."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from margin_core.methodologies.us_reg_t.groups import Group, Kind
from margin_core.methodologies.us_reg_t.program import TIE_BREAK, Columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.methodologies.us_reg_t.program import Book


def boxes(book: Book) -> list[Columns]:
    """Return the columns of long European boxes, one set per expiry and contract size.

    A box is a long call and a short put at a lower exercise price, a short call and a long put at
    a higher one. The gap it is worth is a difference of the two prices, so each pair of options at
    one price is a column, and a flow up the prices keeps every higher pair behind a lower one.

    References
    ----------
    FINRA 4210(f)(2)(H)(v)e; Cboe manual, pages 10 and 49
    """
    found: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, leg in enumerate(book.series):
        option = leg.option
        if option.style == "european":
            key = (option.underlying, option.expiry, option.multiplier, option.otc)
            found[key].append(place)
    return [columns for places in found.values() if (columns := _columns(book, places))]


def _columns(book: Book, places: list[int]) -> Columns | None:
    by_strike: dict[float, dict[tuple[bool, bool], int]] = defaultdict(dict)
    for place in places:
        leg = book.series[place]
        by_strike[leg.option.strike][leg.option.call, leg.quantity > 0] = place
    low, high = ((True, True), (False, False)), ((True, False), (False, True))
    pairs = []  # (exercise price, whether the lower one, places)
    for price in sorted(by_strike):
        for lower, sides in ((True, low), (False, high)):
            if all(side in by_strike[price] for side in sides):
                pairs.append((price, lower, [by_strike[price][side] for side in sides]))
    if {lower for _, lower, _ in pairs} != {True, False}:
        return None
    columns = Columns()
    flow: int | None = None
    taken = []
    for price, lower, members in pairs:
        side = 1.0 if lower else -1.0
        column = columns.add(
            _cost(book, price * side, members), whole=all(book.whole(p) for p in members)
        )
        columns.uses += [(place, column, 1.0) for place in members]
        taken.append((lower, members, column))
        entries = [(column, side)] + ([] if flow is None else [(flow, 1.0)])
        if len(taken) < len(pairs):
            flow = columns.add()
            entries.append((flow, -1.0))
        columns.row(entries)
    columns.read = lambda values: _read(book, taken, values)
    return columns


def _cost(book: Book, signed_price: float, members: list[int]) -> float:
    """Return what a pair adds: the share of the gap it stands for, less the short's requirement.

    A box is worth its gap and asks a share of it, so it relieves the rest; a lower price takes
    from the gap and a higher one adds to it.
    """
    gap = -signed_price * book.series[members[0]].option.multiplier
    relieved = (1.0 - book.terms.p.box_share) * gap
    alone = sum(book.alone[place] - book.loan[place] for place in members)
    return TIE_BREAK - alone - relieved


def _read(
    book: Book, taken: list[tuple[bool, list[int], int]], values: Sequence[float]
) -> list[Group]:
    waiting: deque[tuple[list[int], float]] = deque()
    groups = []
    for lower, members, column in taken:
        left = values[column]
        if lower:
            if left > 0.0:
                waiting.append((members, left))
            continue
        while left > 0.0 and waiting:
            first, contracts = waiting.popleft()
            matched = min(left, contracts)
            left -= matched
            if contracts > matched:
                waiting.appendleft((first, contracts - matched))
            legs = tuple(book.series[place].of(matched) for place in (*first, *members))
            groups.append(Group(Kind.BOX, legs))
    return groups
