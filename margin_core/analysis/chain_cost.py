"""What a check of each rule book takes on a chain: option prices, and what those are made of.

Three kinds of figures stand side by side and are never mixed: what is counted here from the
portfolio, gas that others measured or noted in their source, and an estimate of gas made from both.
The numbers behind them stand in ``chain_cost.toml``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from margin_core.book.instruments import Future, LpRange, Option, Perpetual, Stock, Style
from margin_core.margin import parameters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from margin_core.book.instruments import Instrument
    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.parameters import Table
    from margin_core.margin.result import MarginResult

DOCUMENT = parameters.read(__file__)
LINEAR = (Stock, Future, Perpetual)
NEAREST = 2  # measured cases beside a count


class Work(StrEnum):
    """What a check is made of."""

    SCENARIOS = "scenarios"  # the worst of a list, every option priced in each
    SETTLEMENT = "settlement"  # the largest loss at expiry, over every strike
    FORMULA = "formula"  # a sum over the positions, nothing priced
    OPTIMISATION = "optimisation"  # the cheapest of many groupings


COUNTED = {Work.SCENARIOS, Work.SETTLEMENT}


@dataclass(frozen=True, slots=True)
class Terms:
    """See ``chain_cost.toml`` for values, units, sources and reasons."""

    per_price: Table
    per_expiry: Table
    per_linear: Table
    per_range: Table
    further_prices: Table
    work: Table
    checked: Table
    gas_per_function: Table
    gas_per_price: tuple[float, float]
    measured: tuple[tuple[str, str, float, float, float], ...]
    transaction_gas_cap: float


TERMS = parameters.load(Terms, __file__)


@dataclass(frozen=True, slots=True)
class Operations:
    """How often each elementary function is computed; the exponentials hold those in ``cdf``."""

    ln: int
    exp: int
    sqrt: int
    cdf: int
    products: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A test whose gas its authors published; all of it, so an upper bound of a check."""

    name: str
    expiries: int
    options: int
    gas: float


@dataclass(frozen=True, slots=True)
class ChainCost:
    """What one check of one rule book takes for one portfolio.

    Each instrument counts once. ``scenarios`` is the longest list that an underlying is moved by;
    ``others`` are stocks, futures and perpetuals, ``ranges`` liquidity in price ranges. ``prices``
    are those of European options, ``american`` those that have no closed form, ``payoffs`` options
    settled at a strike, at most. ``operations`` leave American options out. They are None where
    nothing is priced or settled: a formula of a few products for each position, or an
    optimisation, of which no formula gives a count.
    """

    methodology: str
    title: str
    work: Work
    checked: str  # where the venue checks itself, if on a chain; else empty
    scenarios: int
    options: int
    others: int
    ranges: int
    expiries: int
    prices: int
    american: int
    payoffs: int
    lists: tuple[int, ...]  # of each European option: the scenarios it is priced in
    operations: Operations | None
    gas_of_functions: float
    gas: tuple[float, float]  # from, to: an estimate
    measured: tuple[Measured, ...]

    def prices_with(self, scenarios: int) -> int:
        """Return the prices of European options if no list held more scenarios than that."""
        return self.prices - sum(max(each - scenarios, 0) for each in self.lists)


def chain_cost(result: MarginResult, portfolio: Portfolio, terms: Terms = TERMS) -> ChainCost:
    """Return what a check of the rule book that gave ``result`` takes.

    Parameters
    ----------
    result : MarginResult
        Of ``portfolio``; its scenarios are counted.
    portfolio : Portfolio
    terms : Terms

    Returns
    -------
    ChainCost
        Volatilities, forwards and marks are taken as given, as a feed gives them.
    """
    key, work = result.methodology, _work(result, terms)
    held = _held(result, portfolio, terms)
    payoffs = _payoffs(held.prices) if work is Work.SETTLEMENT else 0
    european = [o for o in held.prices if o.style is Style.EUROPEAN]
    prices = sum(held.prices[option] for option in european)
    american = sum(held.prices.values()) - prices
    expiries = len({(option.underlying, option.expiry) for option in held.prices})
    done = (
        (terms.per_price, prices),
        (terms.per_expiry, expiries if prices else 0),
        (terms.per_linear, sum(held.linear.values())),
        (terms.per_range, sum(held.ranges.values())),
    )
    operations = _operations(done, payoffs) if work in COUNTED else None
    return ChainCost(
        methodology=key,
        title=result.title,
        work=work,
        checked=terms.checked[key] if key in terms.checked else "",  # noqa: SIM401 - a Table
        scenarios=max(held.moved.values(), default=0),
        options=len(held.prices),
        others=len(held.linear),
        ranges=len(held.ranges),
        expiries=expiries,
        prices=prices,
        american=american,
        payoffs=payoffs,
        lists=tuple(held.moved.get(option.underlying, 0) for option in european),
        operations=operations,
        gas_of_functions=_gas_of_functions(operations, prices, terms) if operations else 0.0,
        gas=(prices * terms.gas_per_price[0], prices * terms.gas_per_price[1]),
        measured=() if american else _nearest(work, len(held.prices), expiries, terms),
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """How often each instrument is valued, and how many scenarios move each underlying."""

    prices: dict[Option, int]
    linear: dict[Instrument, int]
    ranges: dict[Instrument, int]
    moved: dict[str, int]


def _held(result: MarginResult, portfolio: Portfolio, terms: Terms) -> _Held:
    moved = _moved(result)
    further = _count(terms.further_prices, result.methodology)
    instruments = dict.fromkeys(position.instrument for position in portfolio.positions)
    times = {each: moved.get(each.underlying, 0) for each in instruments}
    return _Held(
        {each: n + further for each, n in times.items() if isinstance(each, Option)},
        {each: max(n, 1) for each, n in times.items() if isinstance(each, LINEAR)},
        {each: max(n, 1) for each, n in times.items() if isinstance(each, LpRange)},
        moved,
    )


def _moved(result: MarginResult) -> dict[str, int]:
    """Return how many scenarios move each underlying, in the longest list that does."""
    lists: dict[tuple[str, str], int] = {}
    for outcome in result.scenarios:
        for symbol, _, _ in outcome.moves if not outcome.beside else ():
            lists[outcome.group, symbol] = lists.get((outcome.group, symbol), 0) + 1
    longest: dict[str, int] = {}
    for (_, symbol), number in lists.items():
        longest[symbol] = max(longest.get(symbol, 0), number)
    return longest


def _work(result: MarginResult, terms: Terms) -> Work:
    if result.scenarios:
        return Work.SCENARIOS
    if result.methodology in terms.work:
        return Work(terms.work[result.methodology])
    return Work.FORMULA


def _payoffs(options: Iterable[Option]) -> int:
    """Return how many payoffs there are at the strikes of each expiry, and at zero."""
    expiries: dict[tuple[object, ...], list[Option]] = {}
    for option in options:
        expiries.setdefault((option.underlying, option.expiry), []).append(option)
    return sum(
        len({0.0, *(option.strike for option in held)}) * len(held) for held in expiries.values()
    )


def _count(table: Table, name: str) -> int:
    return int(table[name]) if name in table else 0


def _operations(done: Iterable[tuple[Table, int]], payoffs: int) -> Operations:
    """Return operations of each kind, a payoff being one product."""
    sums = dict.fromkeys(("ln", "exp", "sqrt", "cdf", "products"), 0) | {"products": payoffs}
    for table, times in done:
        for name in sums:
            sums[name] += times * _count(table, name)
    return Operations(**sums)


def _gas_of_functions(operations: Operations, prices: int, terms: Terms) -> float:
    """Return the gas of the functions whose gas is published; roots and products are not."""
    gas = terms.gas_per_function
    inside = prices * _count(terms.per_price, "exp")  # of the normal distribution, in its gas
    alone = operations.exp - inside
    return float(operations.ln * gas["ln"] + operations.cdf * gas["cdf"] + alone * gas["exp"])


def _nearest(work: Work, options: int, expiries: int, terms: Terms) -> tuple[Measured, ...]:
    """Return the measured cases of the same work that are nearest in size."""
    cases = [
        Measured(name, int(in_expiries), int(number), gas)
        for name, what, in_expiries, number, gas in terms.measured
        if what == work and bool(number) == bool(options)
    ]

    def distance(case: Measured) -> tuple[float, int]:
        size = math.log1p(case.options) - math.log1p(options)
        return abs(size), abs(case.expiries - expiries)

    return tuple(sorted(cases, key=distance)[:NEAREST])
