"""Short straddles and strangles as columns: each short is the greater or the other side."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from margin_core.margin.last_bits import PLACES
from margin_core.methodologies.us_reg_t.groups import Group, Kind
from margin_core.methodologies.us_reg_t.options import counted_value
from margin_core.methodologies.us_reg_t.program import TIE_BREAK, Columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.methodologies.us_reg_t.program import Book


def straddles(book: Book) -> list[Columns]:
    """Return the columns of short straddles and strangles, one set per underlying.

    A straddle asks the greater requirement and the market value of the other option, so it saves
    what the other option asks beyond its value, whichever the greater one is. Sorted by
    requirement, a pairing is lawful if at every place the greater sides so far suffice for the
    other sides so far: a flow along the list, two columns a series instead of one a pair.
    """
    found: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for place in book.shorts:
        option = book.series[place].option
        found[option.underlying, option.otc].append(place)
    return [
        _columns(book, places)
        for places in found.values()
        if {book.series[place].option.call for place in places} == {True, False}
    ]


def _columns(book: Book, places: list[int]) -> Columns:
    columns = Columns()
    order = sorted(places, key=lambda place: _rank(book, place))
    flows: dict[bool, int] = {}  # greater calls still to be matched with puts; and the reverse
    sides = []
    for place in order:
        leg, last = book.series[place], place == order[-1]
        saved = book.alone[place] - counted_value(leg.of(1.0))
        greater = columns.add(TIE_BREAK, whole=book.whole(place), uses=place)
        other = columns.add(TIE_BREAK - saved, whole=book.whole(place), uses=place)
        sides.append((place, greater, other))
        for call_greater in (True, False):
            enters = leg.option.call is call_greater
            moved = (greater, 1.0) if enters else (other, -1.0)
            entries = [(moved[0], moved[1] * leg.option.multiplier)]
            if call_greater in flows:
                entries.append((flows[call_greater], 1.0))
            if not last:
                flow = columns.add()
                entries.append((flow, -1.0))
                columns.row(entries)
                flows[call_greater] = flow
            else:
                columns.row(entries)
    columns.read = lambda values: _read(book, sides, values)
    return columns


def _rank(book: Book, place: int) -> tuple[float, bool, int]:
    leg = book.series[place]
    asked = round(book.alone[place] / leg.option.multiplier, PLACES)
    return -asked, not leg.option.call, place


def _read(book: Book, sides: list[tuple[int, int, int]], values: Sequence[float]) -> list[Group]:
    """Match, along the list, each other side with the earliest greater sides of the other right."""
    waiting: dict[bool, deque[tuple[int, float]]] = {True: deque(), False: deque()}
    groups = []
    for place, greater, other in sides:
        leg = book.series[place]
        call, multiplier = leg.option.call, leg.option.multiplier
        if values[greater] > 0.0:
            waiting[call].append((place, values[greater] * multiplier))
        left = values[other] * multiplier
        while left > 0.0 and waiting[not call]:
            top, units = waiting[not call].popleft()
            matched = min(left, units)
            left -= matched
            if units > matched:
                waiting[not call].appendleft((top, units - matched))
            groups.append(_pair(book, top, place, matched))
    return groups


def _pair(book: Book, first: int, second: int, units: float) -> Group:
    legs = [book.series[place] for place in (first, second)]
    call, put = sorted(legs, key=lambda leg: not leg.option.call)
    return Group(
        Kind.STRADDLE,
        (call.of(units / call.option.multiplier), put.of(units / put.option.multiplier)),
    )
