"""Published Reg T and exchange margin examples, on the bases they are printed in.

Each row is margined in the grouping that its ``strategy`` names, whatever the cheapest is; the
cheapest pairing has a column of its own. The grouping follows from the words of the name.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from math import log10
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from margin_core.book.instruments import (
    AssetClass,
    Option,
    Right,
    Settlement,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import AccountType, Portfolio, Position
from margin_core.errors import MarginError, NotCoveredError
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.us_reg_t import PUBLISHED, margin
from margin_core.methodologies.us_reg_t.account import (
    DEPOSIT,
    GROSS,
    REGULATORY,
    named,
    requirement,
    terms,
)
from margin_core.methodologies.us_reg_t.groups import Group, Kind, Phase
from margin_core.methodologies.us_reg_t.legs import INDICES, Holdings, Series, holdings
from margin_core.methodologies.us_reg_t.losses import maximum_loss
from margin_core.methodologies.us_reg_t.pairing import nothing_paired
from margin_core.risk.marks import marks
from tests.replays import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from margin_core.margin.figure import Line

TODAY = date(2026, 1, 2)
CLOSE = time(16, tzinfo=ZoneInfo("America/New_York"))
CENT = 0.005
PARAMETERS = replace(PUBLISHED, expiry_policy="cboe_pairwise", exact_size=1e9, search_nodes=1e6)

CLASSES = {
    "broad_index": AssetClass.INDEX_BROAD,
    "narrow_index": AssetClass.INDEX_NARROW,
    "industry_index": AssetClass.INDEX_NARROW,
    "volatility_index": AssetClass.INDEX_VOLATILITY,
    "vol_index": AssetClass.INDEX_VOLATILITY,
    "etn_broad": AssetClass.ETN,
    "etn_narrow": AssetClass.ETN,
    **{str(kind): kind for kind in AssetClass},
}
FUND_ON = {
    AssetClass.INDEX_BROAD: AssetClass.ETF_BROAD,
    AssetClass.INDEX_NARROW: AssetClass.ETF_NARROW,
}

# What a strategy's name begins its words with says which group of stock and options it is ...
HEDGES = {
    "index call etf": Kind.INDEX_AGAINST_FUND,
    "index collar": Kind.INDEX_AGAINST_FUND,
    "index": Kind.LONG_STOCK,
    "reverse conversion": Kind.REVERSE_CONVERSION,
    "reversal": Kind.REVERSE_CONVERSION,
    "conversion": Kind.CONVERSION,
    "collar": Kind.COLLAR,
    "protective call": Kind.PROTECTIVE_CALL,
    "protective": Kind.PROTECTIVE_PUT,
    "married": Kind.PROTECTIVE_PUT,
    "covered put": Kind.COVERED_PUT,
    "covered": Kind.COVERED_CALL,
    "write": Kind.COVERED_CALL,
}
# ... or, of options alone, which groupings it may use: what is not named, all of them.
GROUPINGS = {
    "uncovered": (),
    "naked": (),
    "straddle": ("straddle",),
    "strangle": ("straddle",),
    "eurobox": ("box", "spread"),
    "box european": ("box", "spread"),
    **dict.fromkeys(("vertical", "calendar", "diagonal", "butterfly", "condor"), ("spread",)),
    **dict.fromkeys(("iron", "box", "jelly", "ladder", "ratio", "spread"), ("spread",)),
    **dict.fromkeys(("synthetic", "risk"), ("spread",)),
}


def figures(path: Path) -> Iterator[Figure]:
    """Yield every figure that a row of ``expected.csv`` asks for."""
    legs = defaultdict(list)
    for row in _rows(path / "legs.csv"):
        legs[row["example_id"]].append(row)
    for row in _rows(path / "expected.csv"):
        yield from _figures(row, legs[row["example_id"]])


def account(legs: list[dict[str, str]]) -> tuple[Portfolio, Market]:
    """Return the account that an example's legs describe."""
    names = _names(legs)
    positions, underlyings, quotes, marked = [], {}, {}, {}
    for leg in legs:
        facts, spot = names(leg)
        underlyings[facts.symbol], quotes[facts.symbol] = facts, Quote(facts.symbol, spot)
        sign = 1.0 if leg["side"] == "long" else -1.0
        instrument = _instrument(leg, facts.symbol)
        price = float(leg["price"] or 0.0)
        positions.append(Position(instrument, sign * float(leg["quantity"]), price))
        if isinstance(instrument, Option):
            marked[instrument] = InstrumentQuote(instrument, price, volatility=0.2)
    portfolio = Portfolio(
        tuple(positions),
        underlyings=tuple(underlyings.values()),
        account_type=AccountType(legs[0]["account_type"]),
    )
    return portfolio, Market(_at(TODAY), tuple(quotes.values()), tuple(marked.values()))


def _figures(row: dict[str, str], legs: list[dict[str, str]]) -> Iterator[Figure]:
    asked = {
        name: float(value)
        for name, value in row.items()
        if name.startswith("calc_") and value not in {"", None}
    }
    for quantity, expected in asked.items():
        figure = Figure(row["example_id"], quantity, expected, None, absolute=CENT)
        try:
            yield replace(figure, got=_compute(quantity, row["strategy"], *account(legs)))
        except MarginError as error:
            yield replace(figure, note=str(error))


def _compute(quantity: str, strategy: str, portfolio: Portfolio, market: Market) -> float:
    match quantity:
        case "calc_ilp_min_gross":
            return named(margin(portfolio, market, PARAMETERS).initial, GROSS)
        case "calc_max_potential_loss":
            return maximum_loss(_held(portfolio, market).series).amount
        case "calc_init_gross":
            return named(_grouped(strategy, Phase.INITIAL, portfolio, market), GROSS)
        case "calc_deposit_call":
            return named(_grouped(strategy, Phase.INITIAL, portfolio, market), DEPOSIT)
        case "calc_maint_gross":
            return named(_grouped(strategy, Phase.MAINTENANCE, portfolio, market), GROSS)
        case _:
            return named(_grouped(strategy, Phase.MAINTENANCE, portfolio, market), REGULATORY)


def _grouped(strategy: str, phase: Phase, portfolio: Portfolio, market: Market) -> Line:
    """Return the requirement of the grouping that ``strategy`` names."""
    kind = _lookup(HEDGES, strategy)
    held = _held(portfolio, market)
    in_phase = terms(portfolio, phase, PARAMETERS)
    if kind is not None and held.stock and not in_phase.cash:
        return requirement(_hedged(kind, nothing_paired(held, in_phase)), in_phase)
    allowed = None if held.stock else _lookup(GROUPINGS, strategy)
    chosen = PARAMETERS if allowed is None else replace(PARAMETERS, strategies=allowed)
    result = margin(portfolio, market, chosen)
    return result.initial if phase is Phase.INITIAL else result.maintenance


def _hedged(kind: Kind, alone: tuple[Group, ...]) -> list[Group]:
    """Return the group of ``kind`` that the legs make, and what it leaves of each."""
    lot = next(group.lot for group in alone if not group.options)
    options = [leg for group in alone for leg in group.options]
    wanted = [leg for leg in options if _belongs(kind, leg)]
    if kind is Kind.LONG_STOCK or not wanted:
        return list(alone)
    per_contract = wanted[0].option.multiplier
    if kind is Kind.INDEX_AGAINST_FUND:
        per_contract *= wanted[0].spot / lot.price
    contracts = min([lot.units / per_contract, *(abs(leg.quantity) for leg in wanted)])
    if contracts >= 1.0:
        contracts = float(int(contracts))
    grouped = Group(kind, (lot.of(contracts * per_contract), *(x.of(contracts) for x in wanted)))
    return [grouped, *_left(alone, grouped)]


def _belongs(kind: Kind, leg: Series) -> bool:
    call, long = leg.option.call, leg.quantity > 0
    match kind:
        case Kind.COVERED_CALL | Kind.INDEX_AGAINST_FUND:
            return call and not long
        case Kind.COVERED_PUT:
            return not call and not long
        case Kind.PROTECTIVE_PUT:
            return not call and long
        case Kind.PROTECTIVE_CALL:
            return call and long
        case Kind.REVERSE_CONVERSION:
            return call is long
        case _:
            return call is not long


def _left(alone: tuple[Group, ...], grouped: Group) -> Iterator[Group]:
    used = {leg.label.split(maxsplit=1)[1]: abs(leg.quantity) for leg in grouped.legs}
    for group in alone:
        (leg,) = group.legs
        rest = abs(leg.quantity) - used.get(leg.label.split(maxsplit=1)[1], 0.0)
        if rest > 0.0:
            yield Group(group.kind, (leg.of(rest),))


def _lookup(table: dict, strategy: str) -> object:
    """Return the first entry each of whose words begins one of the name's."""
    given = strategy.split("_")
    return next(
        (
            entry
            for words, entry in table.items()
            if all(any(name.startswith(word) for name in given) for word in words.split())
        ),
        None,
    )


def _held(portfolio: Portfolio, market: Market) -> Holdings:
    (held,) = holdings(portfolio, market, marks(portfolio, market), PARAMETERS)
    return held


def _names(legs: list[dict[str, str]]):
    """Return what tells a leg's underlying and spot: an index, its reduced value, its fund."""
    strikes = [float(leg["strike"]) for leg in legs if leg["strike"]]
    mean = sum(strikes) / len(strikes) if strikes else 0.0
    options = [leg for leg in legs if leg["instrument"] == "option"]
    on_index = any(_class(leg) in INDICES for leg in options)

    def spot(leg: dict[str, str]) -> float:
        return float(leg["underlying_price"] or mean)

    greatest = max((spot(leg) for leg in options), default=0.0)

    def facts(leg: dict[str, str]) -> tuple[Underlying, float]:
        kind, leverage = _class(leg), float(leg["leverage_factor"] or 1.0)
        if leg["instrument"] != "option":
            if on_index:
                kind = FUND_ON.get(kind, kind)
                return Underlying("FUND", kind, leverage=leverage, index="XYZ"), spot(leg)
            return Underlying("XYZ", kind, leverage=leverage), spot(leg)
        ratio = 10.0 ** round(log10(spot(leg) / greatest))
        if ratio < 1.0:
            return Underlying(f"XYZ/{ratio}", kind, index="XYZ", index_ratio=ratio), spot(leg)
        return Underlying("XYZ", kind, leverage=leverage), spot(leg)

    return facts


def _class(leg: dict[str, str]) -> AssetClass:
    name = leg["underlying_class"]
    if name not in CLASSES:
        raise NotCoveredError(f"{name} is no class of underlying here")
    return CLASSES[name]


def _instrument(leg: dict[str, str], symbol: str) -> Stock | Option:
    if leg["instrument"] in {"stock", "etf", "etn", "fund"}:
        return Stock(symbol, float(leg["multiplier"] or 1.0))
    if leg["instrument"] != "option":
        raise NotCoveredError(f"the portfolio file has no {leg['instrument']}")
    return Option(
        symbol,
        Right(leg["right"]),
        float(leg["strike"]),
        _at(TODAY + timedelta(days=float(leg["days_to_expiry"]))),
        Style(leg["exercise_style"]),
        float(leg["multiplier"]),
        Settlement(leg["settlement"]),
        otc=leg["venue"] == "otc",
    )


def _at(day: date) -> datetime:
    return datetime.combine(day, CLOSE).astimezone(UTC)


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
