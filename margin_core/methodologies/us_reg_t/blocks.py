"""Spreads as columns: all that may be spread together is one block, margined by its loss."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from margin_core.book.instruments import Settlement, Style
from margin_core.errors import ParameterError
from margin_core.methodologies.us_reg_t.decomposition import decompose
from margin_core.methodologies.us_reg_t.legs import INDICES
from margin_core.methodologies.us_reg_t.losses import strike
from margin_core.methodologies.us_reg_t.program import TIE_BREAK, Columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from margin_core.methodologies.us_reg_t.groups import Group
    from margin_core.methodologies.us_reg_t.program import Book

POLICIES = ("single", "nearest_long", "cboe_pairwise")


def blocks(book: Book) -> list[Columns]:
    """Return the columns of spreads, one block per set of series that may be one spread.

    Merging two spreads never raises the loss, so that one block stands for every vertical,
    butterfly, condor, iron spread and box within it. Which expiries a block may mix is the
    parameter ``expiry_policy``.

    References
    ----------
    FINRA 4210(f)(2)(A)(xxxii), (H)(i); Cboe manual, pages 9 and 36-38
    """
    families: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
    for place, leg in enumerate(book.series):
        if may_be_spread(book, place):
            families[leg.family].append(place)
    return [
        columns
        for places in families.values()
        for members in _members(book, places)
        if (columns := _columns(book, members)) is not None
    ]


def may_be_spread(book: Book, place: int) -> bool:
    """Return whether the account may spread the series.

    A margin account any; a cash account only European cash-settled options on an index.

    References
    ----------
    Reg T 220.8; FINRA 4210(f)(2)(N)
    """
    leg = book.series[place]
    settled = leg.option.settlement is Settlement.CASH and leg.option.style is Style.EUROPEAN
    return not book.terms.cash or (settled and leg.facts.asset_class in INDICES)


def expiry_policy(book: Book) -> str:
    """Return which expiries one spread may mix: a cash account's must all be one.

    Raises
    ------
    ParameterError
        If the parameter is none of ``POLICIES``.
    """
    policy = book.terms.p.expiry_policy
    if policy not in POLICIES:
        raise ParameterError(
            f"no expiry policy {policy!r}",
            where="us_reg_t.expiry_policy",
            remedy=f"It is one of {', '.join(POLICIES)}.",
        )
    return "single" if book.terms.cash else policy


def _members(book: Book, places: list[int]) -> list[list[int]]:
    """Return the sets of series that may be one spread under the expiry policy."""
    policy = expiry_policy(book)
    expiry = {place: book.series[place].option.expiry for place in places}
    short = {place for place in places if book.series[place].quantity < 0}
    if policy == "cboe_pairwise":
        return [places]
    if policy == "single":
        days = sorted(set(expiry.values()))
        return [[place for place in places if expiry[place] == day] for day in days]
    last_shorts = sorted({expiry[place] for place in short})
    return [
        [p for p in places if (expiry[p] <= day if p in short else expiry[p] >= day)]
        for day in last_shorts
    ]


def _columns(book: Book, places: list[int]) -> Columns | None:
    members = _spreadable(book, places)
    if not members:
        return None
    columns = Columns()
    taken = [
        (place, columns.add(_cost(book, place), whole=book.whole(place), uses=place))
        for place in members
    ]
    for call in (True, False):
        balance = [
            (column, _units(book, place))
            for place, column in taken
            if book.series[place].option.call is call
        ]
        if balance:
            columns.row(balance)
    _losses(book, columns, taken)
    if expiry_policy(book) == "cboe_pairwise":
        _pairwise(book, columns, taken)
    columns.read = lambda values: _read(book, taken, values)
    return columns


def _spreadable(book: Book, places: list[int]) -> list[int]:
    """Return the series of each right that is both long and short."""
    sides: dict[bool, set[bool]] = defaultdict(set)
    for place in places:
        leg = book.series[place]
        sides[leg.option.call].add(leg.quantity > 0)
    return [place for place in places if sides[book.series[place].option.call] == {True, False}]


def _cost(book: Book, place: int) -> float:
    return TIE_BREAK - book.alone[place] + book.loan[place]


def _units(book: Book, place: int) -> float:
    """Return the units that one contract owes (short) or is owed, in those of the index."""
    leg = book.series[place]
    units = leg.option.multiplier * leg.ratio
    return units if leg.quantity < 0 else -units


def _losses(book: Book, columns: Columns, taken: list[tuple[int, int]]) -> None:
    """Add a column that costs the greatest loss at any exercise price.

    As prices rise through an exercise price the slope of the loss changes by the units there,
    call or put; so slope and slack follow from one price to the next, and the rows stay sparse.
    Losses are counted in ``scale`` dollars, so that all coefficients are about 1: the solver's
    tolerances are absolute.
    """
    at: dict[float, list[tuple[int, float]]] = defaultdict(list)
    for place, column in taken:
        at[strike(book.series[place])].append((column, _units(book, place)))
    prices = sorted(at)
    size = max(abs(_units(book, place)) for place, _ in taken)
    scale = size * (prices[-1] - prices[0] or 1.0)
    puts = [
        (column, -_units(book, place) * (strike(book.series[place]) - prices[0]) / scale)
        for place, column in taken
        if not book.series[place].option.call
    ]
    loss, slack = columns.add(scale), columns.add()
    columns.row([(loss, 1.0), (slack, -1.0), *puts])
    slope: int | None = None
    for price, after in pairwise(prices):
        changed = columns.add(lower=-float("inf"))
        before = [] if slope is None else [(slope, 1.0)]
        columns.row([(changed, -1.0), *before, *((c, u / size) for c, u in at[price])])
        next_slack = columns.add()
        columns.row([(next_slack, -1.0), (slack, 1.0), (changed, (price - after) * size / scale)])
        slope, slack = changed, next_slack


def _pairwise(book: Book, columns: Columns, taken: list[tuple[int, int]]) -> None:
    """Let every short have a long that expires with it or later (Hall's condition)."""
    for call in (True, False):
        of_right = [(p, c) for p, c in taken if book.series[p].option.call is call]
        for day in sorted({_expiry(book, place) for place, _ in of_right})[1:]:
            late = [(c, _units(book, p)) for p, c in of_right if _expiry(book, p) >= day]
            columns.row(late, lower=-float("inf"))


def _expiry(book: Book, place: int) -> datetime:
    return book.series[place].option.expiry


def _read(book: Book, taken: list[tuple[int, int]], values: Sequence[float]) -> list[Group]:
    legs = [book.series[p].of(values[c]) for p, c in taken if values[c] > 0.0]
    return decompose(legs) if legs else []
