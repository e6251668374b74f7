"""Cboe's table of sample positions (close of 2007-02-23) and other portfolio margin examples.

T rows are portfolio margin, R rows the strategy margin of the same position, both as capital to
open. Cboe's table prices with 5.25 % to the expiration at 16:00 New York.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
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
from margin_core.book.portfolio import Portfolio, Position
from margin_core.errors import NotCoveredError
from margin_core.margin.parameters import Table
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies import METHODOLOGIES
from tests.replays import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEW_YORK = ZoneInfo("America/New_York")
NO_DATE = "2007-02-23"  # of rows without options: any day does
SINGLE_STOCK, INDEX, HEDGED_INDEX = 0.01, 0.01, 0.025
STRADDLE = 0.003


def figures(path: Path) -> Iterator[Figure]:
    """Yield every figure of ``tims_examples.csv`` and the T rows of ``other_examples.csv``."""
    for row in _rows(path / "tims_examples.csv"):
        yield _figure(row)
    for row in _rows(path / "other_examples.csv"):
        if row["id"].startswith("T"):
            yield _figure(row)


def account(inputs: dict) -> tuple[Portfolio, Market]:
    """Return the account that a row describes: options, stock, or values of class groups."""
    if "positions" in inputs:
        return _class_values(inputs["positions"], inputs["range"])
    stock = inputs.get("stock") or {}
    name = inputs.get("underlying", stock.get("symbol", "XYZ"))
    options = [_option(leg, name, inputs) for leg in inputs.get("options", [])]
    positions = [Position(option, leg["qty"]) for leg, option in options]
    facts = {name: _facts(name, name, inputs["range"])}
    spots = {name: inputs["spot"] if "spot" in inputs else stock["price"]}
    if stock:
        symbol = stock.get("symbol", name)
        positions.append(Position(Stock(symbol), stock["qty"]))
        facts.setdefault(symbol, _facts(symbol, name, inputs["range"], fund=True))
        spots[symbol] = stock["price"]
    quotes = tuple(
        Quote(s, spot, inputs.get("rate", 0.0), inputs.get("dividend_yield", 0.0))
        for s, spot in spots.items()
    )
    marked = tuple(InstrumentQuote(option, leg["price"]) for leg, option in options)
    portfolio = Portfolio(tuple(positions), underlyings=tuple(facts.values()))
    return portfolio, Market(_close(inputs.get("date", NO_DATE)), quotes, marked)


def _figure(row: dict[str, str]) -> Figure:
    inputs, expected = json.loads(row["inputs"]), float(row["expected"])
    by_strategy = row["id"].startswith("R")
    key = "us_reg_t" if by_strategy else "occ_tims"
    tolerance = _strategy_tolerance(inputs) if by_strategy else _tolerance(inputs)
    figure = Figure(row["id"], "value", expected, None, tolerance, 0.005)
    if key not in METHODOLOGIES:
        return replace(figure, note=f"no methodology {key}")
    parameters = None if by_strategy else _parameters(inputs)
    try:
        result = METHODOLOGIES[key](*account(inputs), parameters)
    except NotCoveredError as error:
        return replace(figure, note=str(error))
    return replace(figure, got=result.capital_to_open)


def _parameters(inputs: dict) -> object:
    """Return the published parameters with the range and offset that the row itself names."""
    published = METHODOLOGIES["occ_tims"].published
    kinds = dict.fromkeys(("high_capitalization_index", "other_broad_index", "equity"))
    published = replace(
        published, ranges=Table(tuple((kind, tuple(inputs["range"])) for kind in kinds))
    )
    if "offset" in inputs:
        published = replace(published, product_offsets=Table((("example", inputs["offset"]),)))
    return published


def _tolerance(inputs: dict) -> float:
    if not inputs.get("options"):
        return 0.0
    if inputs["style"] == "American":
        return SINGLE_STOCK
    return HEDGED_INDEX if inputs.get("stock") else INDEX


def _strategy_tolerance(inputs: dict) -> float:
    """Return the tolerance of a strategy row: straddles are printed from rounded prices."""
    legs = inputs["options"]
    rights, sides = {leg["type"] for leg in legs}, {leg["qty"] > 0 for leg in legs}
    straddle = len(legs) == 2 and len(rights) == 2 and len(sides) == 1 and not inputs["stock"]
    return STRADDLE if straddle else 0.0


def _option(leg: dict, name: str, inputs: dict) -> tuple[dict, Option]:
    american = inputs["style"] == "American"
    option = Option(
        name,
        Right.CALL if leg["type"] == "C" else Right.PUT,
        leg["strike"],
        _close(inputs["expiry"]),
        Style.AMERICAN if american else Style.EUROPEAN,
        inputs["multiplier"],
        Settlement.PHYSICAL if american else Settlement.CASH,
    )
    return leg, option


def _facts(symbol: str, group: str, span: list[float], *, fund: bool = False) -> Underlying:
    """Return an underlying of the asset class that the row's range belongs to."""
    broad = span[1] < 0.15
    if fund and symbol != group:
        kind = AssetClass.ETF_BROAD if broad else AssetClass.ETF_NARROW
        return Underlying(symbol, kind, index=group, class_group=group)
    return Underlying(
        symbol, AssetClass.INDEX_BROAD if broad else AssetClass.EQUITY, class_group=group
    )


def _class_values(positions: list[dict], span: list[float]) -> tuple[Portfolio, Market]:
    """Return holdings worth the values given, one class group each, in one product group."""
    kind = AssetClass.ETF_BROAD if span[1] < 0.15 else AssetClass.EQUITY
    price = 100.0
    portfolio = Portfolio(
        tuple(Position(Stock(entry["cls"]), entry["value"] / price) for entry in positions),
        underlyings=tuple(
            Underlying(name, kind, product_group="example")
            for name in dict.fromkeys(entry["cls"] for entry in positions)
        ),
    )
    quotes = tuple(Quote(underlying.symbol, price) for underlying in portfolio.underlyings)
    return portfolio, Market(_close(NO_DATE), quotes)


def _close(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T16:00").replace(tzinfo=NEW_YORK).astimezone(UTC)


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
