"""Stock hedged by options as columns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.instruments import Style
from margin_core.methodologies.us_reg_t import stock
from margin_core.methodologies.us_reg_t.groups import Group, Kind
from margin_core.methodologies.us_reg_t.hedges import short_sale_relief
from margin_core.methodologies.us_reg_t.legs import FUNDS, INDICES
from margin_core.methodologies.us_reg_t.program import TIE_BREAK, Columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.methodologies.us_reg_t.legs import Series, Shares
    from margin_core.methodologies.us_reg_t.program import Book


@dataclass(frozen=True, slots=True)
class _Hedge:
    """One lot of stock with one or two series, and what it asks per share.

    ``per_share`` is the requirement of the hedged stock on basis B, with what the stock exceeds
    the strike of its short call by.
    """

    kind: Kind
    lot: int  # place among the lots
    places: tuple[int, ...]
    per_share: float
    splits: bool = False  # may cover a part of a contract


def covers(book: Book) -> list[Columns]:
    """Return the columns of stock with options, one set per lot of stock.

    Long options relieve the stock's maintenance only if American; short ones are covered whatever
    their style. An odd lot may cover the part of a contract that it suffices for.

    References
    ----------
    FINRA 4210(f)(2)(F)(ii) and its interpretation 04, (H)(v) and its interpretation 01; Cboe
    manual, page 58
    """
    found = []
    for number, lot in enumerate(book.stock):
        hedges = list(_hedges(book, number, lot))
        if hedges:
            found.append(_columns(book, lot, hedges))
    return found


def _hedges(book: Book, number: int, lot: Shares) -> Iterator[_Hedge]:
    if lot.quantity > 0:
        yield from _covered_calls(book, number, lot)
        yield from _index_calls(book, number, lot)
        if not book.terms.cash and not book.terms.initial and lot.facts.marginable:
            yield from _protected(book, number, lot)
            yield from _collared(book, number, lot)
    elif not book.terms.cash:
        yield from _short_stock(book, number, lot)


def _covered_calls(book: Book, number: int, lot: Shares) -> Iterator[_Hedge]:
    rate = stock.long_rate(lot, book.terms.p, initial=book.terms.initial, cash=book.terms.cash)
    for place in _on(book, lot, call=True, long=False) if book.allows("covered") else ():
        strike = book.series[place].option.strike
        per_share = rate * min(lot.price, strike) + max(lot.price - strike, 0.0)
        plain = rate * lot.price
        cost = plain if book.terms.initial else per_share
        yield _Hedge(Kind.COVERED_CALL, number, (place,), cost, splits=not book.terms.cash)


def _index_calls(book: Book, number: int, lot: Shares) -> Iterator[_Hedge]:
    """Yield a fund against short calls on its index, or on a reduced value of that index."""
    facts = lot.facts
    fund = facts.asset_class in FUNDS and facts.index is not None and facts.index_ratio is None
    if not fund or facts.leverage != 1.0 or book.terms.cash:
        return
    rate = stock.long_rate(lot, book.terms.p, initial=book.terms.initial)
    for place in book.shorts if book.allows("index against fund") else ():
        leg = book.series[place]
        if leg.option.call and leg.facts.asset_class in INDICES:
            excess = 0.0 if book.terms.initial else leg.in_the_money / leg.spot
            per_share = lot.price * (rate * (1.0 - excess) + excess)
            yield _Hedge(Kind.INDEX_AGAINST_FUND, number, (place,), per_share)


def _protected(book: Book, number: int, lot: Shares) -> Iterator[_Hedge]:
    for place in _on(book, lot, call=False, long=True) if book.allows("protective") else ():
        plain = stock.long_rate(lot, book.terms.p, initial=False) * lot.price
        cost = min(_strike_and_distance(book, place), plain)
        yield _Hedge(Kind.PROTECTIVE_PUT, number, (place,), cost, splits=True)


def _collared(book: Book, number: int, lot: Shares) -> Iterator[_Hedge]:
    """Yield conversions and collars: a long put that lives as long as the short call or longer."""
    p = book.terms.p
    plain = stock.long_rate(lot, p, initial=False)
    puts = [] if not lot.facts.marginable else list(_on(book, lot, call=False, long=True))
    for call in _on(book, lot, call=True, long=False, american=True):
        price = book.series[call].option.strike
        excess = max(lot.price - price, 0.0)
        covered = plain * min(lot.price, price)
        for put in puts:
            kind, base = _with_put(book, put, call)
            if kind is not None and base < covered:
                yield _Hedge(kind, number, (put, call), base + excess)


def _with_put(book: Book, put: int, call: int) -> tuple[Kind | None, float]:
    p = book.terms.p
    long, short = book.series[put].option, book.series[call].option
    if long.expiry < short.expiry or long.strike > short.strike:
        return None, 0.0
    if long.strike == short.strike:
        kind = Kind.CONVERSION if book.allows("conversion") else None
        return kind, p.hedge_share * long.strike
    kind = Kind.COLLAR if book.allows("collar") else None
    return kind, min(_strike_and_distance(book, put), p.collar_share * short.strike)


def _short_stock(book: Book, number: int, lot: Shares) -> Iterator[_Hedge]:
    terms = book.terms
    tier = stock.short_tier(lot.of(1.0), terms.p).amount
    plain = terms.p.initial_short * lot.price if terms.initial else tier
    puts = list(_on(book, lot, call=False, long=False))
    for put in puts if book.allows("covered") else ():
        deep = 0.0 if terms.initial else book.series[put].in_the_money
        yield _Hedge(Kind.COVERED_PUT, number, (put,), plain + deep, splits=True)
    for call in _on(book, lot, call=True, long=True):
        fixed = lot.price * terms.p.short_sale_share
        relieved = min(_strike_and_distance(book, call), tier)
        if terms.initial and not short_sale_relief(lot, book.series[call]):
            continue
        if book.allows("protective"):
            cost = fixed if terms.initial else relieved
            yield _Hedge(Kind.PROTECTIVE_CALL, number, (call,), cost, splits=True)
        for put in puts if book.allows("reverse conversion") else ():
            yield from _reversal(book, number, call, put, fixed)


def _reversal(book: Book, number: int, call: int, put: int, fixed: float) -> Iterator[_Hedge]:
    long, short = book.series[call].option, book.series[put]
    matched = long.strike == short.option.strike and long.expiry >= short.option.expiry
    if matched and short.option.style is Style.AMERICAN:
        share = book.terms.p.hedge_share * long.strike
        cost = fixed + share if book.terms.initial else share + short.in_the_money
        yield _Hedge(Kind.REVERSE_CONVERSION, number, (call, put), cost)


def _on(
    book: Book, lot: Shares, *, call: bool, long: bool, american: bool | None = None
) -> Iterator[int]:
    """Yield the series on the stock of one right and side; of long ones the American only."""
    must_be_american = long if american is None else american
    for place, leg in enumerate(book.series):
        option = leg.option
        same = option.underlying == lot.facts.symbol and option.call is call
        style = option.style is Style.AMERICAN or not must_be_american
        if same and style and (leg.quantity > 0) is long:
            yield place


def _strike_and_distance(book: Book, place: int) -> float:
    leg = book.series[place]
    return book.terms.p.hedge_share * leg.option.strike + leg.out_of_the_money


def _columns(book: Book, lot: Shares, hedges: list[_Hedge]) -> Columns:
    columns = Columns()
    taken: list[tuple[_Hedge, int]] = []
    odd: dict[float, list[tuple[int, float]]] = defaultdict(list)
    for hedge in hedges:
        contracts = _contracts(book, hedge)
        if contracts is None:
            continue
        shares = _shares(book, lot, hedge)
        cost = _cost(book, lot, hedge, contracts, shares)
        if cost + TIE_BREAK >= 0.0:
            continue
        whole = all(book.whole(place) for place in hedge.places)
        for partial in (False, True) if _may_split(lot, hedge, shares, whole=whole) else (False,):
            column = columns.add(cost + TIE_BREAK, whole=whole and not partial)
            columns.uses += [(p, column, n) for p, n in zip(hedge.places, contracts, strict=True)]
            columns.uses.append((len(book.series) + hedge.lot, column, shares))
            taken.append((hedge, column))
            if partial:
                odd[shares].append((column, shares))
    for shares, entries in odd.items():
        columns.row(entries, lower=-float("inf"), upper=lot.units % shares)
    columns.read = lambda values: _read(book, lot, taken, values)
    return columns


def _contracts(book: Book, hedge: _Hedge) -> tuple[float, ...] | None:
    """Return the contracts of each series in one unit of a column; None if sizes never match."""
    sizes = [book.series[place].option.multiplier for place in hedge.places]
    largest = max(sizes)
    ratios = tuple(largest / size for size in sizes)
    return ratios if all(ratio.is_integer() for ratio in ratios) else None


def _shares(book: Book, lot: Shares, hedge: _Hedge) -> float:
    """Return the shares in one unit of a column; a fund must be worth as much as the index."""
    legs = [book.series[place] for place in hedge.places]
    if hedge.kind is Kind.INDEX_AGAINST_FUND:
        return legs[0].option.multiplier * legs[0].spot / lot.price
    return max(leg.option.multiplier for leg in legs)


def _may_split(lot: Shares, hedge: _Hedge, shares: float, *, whole: bool) -> bool:
    return whole and hedge.splits and lot.units % shares > 0.0


def _cost(
    book: Book, lot: Shares, hedge: _Hedge, contracts: tuple[float, ...], shares: float
) -> float:
    """Return what one unit of the hedge adds to stock and options each standing alone."""
    p, initial = book.terms.p, book.terms.initial
    if lot.quantity > 0:
        plain = stock.long_rate(lot, p, initial=initial, cash=book.terms.cash) * lot.price
    else:
        one = lot.of(1.0)
        plain = (stock.short_sale(one, p) if initial else stock.short_tier(one, p)).amount
    options = sum(
        n * (book.loan[place] - book.alone[place])
        for place, n in zip(hedge.places, contracts, strict=True)
    )
    return shares * (hedge.per_share - plain) + options


def _read(
    book: Book, lot: Shares, taken: list[tuple[_Hedge, int]], values: Sequence[float]
) -> list[Group]:
    units: dict[_Hedge, float] = defaultdict(float)  # a whole and a partial column are one group
    for hedge, column in taken:
        units[hedge] += max(values[column], 0.0)
    return [_group(book, lot, hedge, n) for hedge, n in units.items() if n > 0.0]


def _group(book: Book, lot: Shares, hedge: _Hedge, units: float) -> Group:
    contracts = _contracts(book, hedge) or ()
    legs: list[Series] = [
        book.series[place].of(units * n) for place, n in zip(hedge.places, contracts, strict=True)
    ]
    return Group(hedge.kind, (lot.of(units * _shares(book, lot, hedge)), *legs))
