"""SPAN examples: published ones row by row, and an engine's over synthetic arrays.

The rows come in as many shapes as their sources; the names of its inputs tell a row's shape, and
one function per shape says which account has these inputs.
"""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from margin_core.book.instruments import AssetClass, Future, Option, Right, Underlying
from margin_core.book.portfolio import Portfolio, Position
from margin_core.margin.parameters import Table
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.cme_span import METHODOLOGY, PUBLISHED, load_data
from margin_core.methodologies.cme_span.calendar_charge import deltas_by_month
from margin_core.methodologies.cme_span.commodity_credits import commodity_credits
from margin_core.methodologies.cme_span.commodity_risk import commodity_risk, requirement
from margin_core.methodologies.cme_span.structure import (
    SCENARIOS,
    CalendarSpread,
    Commodity,
    CommoditySpread,
    CreditLeg,
    Holding,
    SpreadLeg,
    Tier,
)
from tests.replays import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = datetime(2026, 1, 2, 21, tzinfo=UTC)
EXPIRY = datetime(2026, 3, 20, 21, tzinfo=UTC)
SPREADS_BY_MONTH = (SpreadLeg("A", month="202601"), SpreadLeg("B", month="202602"))
SPREADS_BY_TIER = (SpreadLeg("A", tier="1"), SpreadLeg("B", tier="2"))
TIERS = (Tier("1", "202601", "202601"), Tier("2", "202602", "202612"))
ACTIVE, PAIR = 10, 11  # where a row's scan risk and its paired value are put


def figures(path: Path) -> Iterator[Figure]:
    """Yield every figure of the S rows of ``other_examples.csv``."""
    with (path / "other_examples.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["id"].startswith("S")]
    for row in rows:
        inputs, expected = json.loads(row["inputs"]), json.loads(row["expected"])
        if not isinstance(expected, dict):
            expected = {"value": expected}
        got = _computed(inputs, row, path)
        for name, value in expected.items():
            note = "" if name in got else "no example of this shape is known"
            # a pool of short deltas is written with or without its sign
            size = abs(value) if name == "short" and "scale" in inputs else value
            yield Figure(
                row["id"], name, size, got.get(name), absolute=_last_unit(value), note=note
            )


@cache
def synthetic_file(path: Path) -> str:
    """Return the synthetic arrays and parameters of a folder as a ``margin-span/1`` document."""
    parameters = json.loads((path / "span_synth_params.json").read_text("utf-8"))
    contracts = [_listed(row) for row in _arrays(path)]
    methods = {"calls+puts": "sum"}
    commodity = {
        "code": "SYN",
        "currency": "USD",
        "contract_value_factor": parameters["cvf"],
        "contracts": contracts,
        "tiers": [
            {"name": name, "first": str(first), "last": str(last)}
            for name, (first, last) in parameters["tiers"].items()
        ],
        "calendar_spreads": [_spread(*entry) for entry in parameters["spreads"]],
        "short_option_minimum": {
            "rate": parameters["som_rate"],
            "method": methods.get(parameters["som_method"], "larger"),
        },
    }
    return json.dumps(
        {
            "format": "margin-span/1",
            "title": "Synthetic arrays",
            "date": "2025-09-12",
            "combined_commodities": [commodity],
        }
    )


def _computed(inputs: dict[str, Any], row: dict[str, str], path: Path) -> dict[str, float]:
    """Return every figure that the row's shape has; some things only its words say."""
    names = frozenset(inputs)
    if names == {"legs"}:
        return _listed_account(inputs["legs"], path)
    if "array" in names or {"legs", "fut"} <= names:
        sign = -1.0 if "profit-positive" in row["source"] else 1.0
        return _given_arrays(inputs, sign)
    if names == {"scan", "settle", "cvf"}:
        return _option(inputs, 1.0 if row["name"].startswith("long") else -1.0)
    shape = SHAPES.get(names)
    return {} if shape is None else shape(inputs)


def _last_unit(value: float) -> float:
    """Return one unit in the last place that the figure is printed with."""
    decimals = len(repr(value).partition(".")[2])
    return 10.0**-decimals * (1.0 + 1e-9)


# rows over the synthetic arrays


def _listed_account(legs: list[tuple[str, float]], path: Path) -> dict[str, float]:
    """Return the figures of a position in contracts of the synthetic file."""
    data = load_data(synthetic_file(path))
    contracts = dict(zip(_ids(path), data.contracts, strict=True))
    [commodity] = data.commodities
    net = dict.fromkeys((name for name, _ in legs), 0.0)
    for name, quantity in legs:
        net[name] += quantity
    holdings = [contracts[name].holding(name, quantity) for name, quantity in net.items()]
    risk = commodity_risk(commodity, holdings, PUBLISHED.labels)
    span = requirement(risk, []).amount
    positions, quotes = zip(
        *(_position(contracts[name], quantity) for name, quantity in legs), strict=True
    )
    portfolio = Portfolio(positions, underlyings=(Underlying("SYN", AssetClass.COMMODITY),))
    market = Market(datetime(2025, 9, 1, tzinfo=UTC), (Quote("SYN", 3600.0),), quotes)
    result = METHODOLOGY(portfolio, market, data=data)
    assert result.maintenance.amount == span
    return {
        "scan": risk.scan.amount,
        "active": risk.active + 1,
        "delta": risk.delta,
        "intra": risk.calendar.amount,
        "som": risk.minimum.amount,
        "span": span,
        "nov": risk.option_value,
        "total": span - risk.option_value,
    }


def _ids(path: Path) -> list[str]:
    return [row["id"] for row in _arrays(path)]


def _arrays(path: Path) -> list[dict[str, str]]:
    with (path / "span_synth_arrays.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _listed(row: dict[str, str]) -> dict[str, Any]:
    option = row["right"] != ""
    contract: dict[str, Any] = {
        "kind": "option" if option else "future",
        "month": row["month"],
        "expiry": f"{row['month'][:4]}-{row['month'][4:]}-28",
        "price": float(row["settle"]),
        "delta": float(row["delta"]),
        "array": [float(row[f"s{n}"]) for n in range(1, SCENARIOS + 1)],
    }
    if option:
        contract["right"] = "call" if row["right"] == "C" else "put"
        contract["strike"] = float(row["id"][1:])
    return contract


def _spread(kind: str, priority: int, rate: float, *legs: int) -> dict[str, Any]:
    name = "month" if kind == "series" else "tier"
    return {"priority": priority, "rate": rate, "legs": [{name: str(leg)} for leg in legs]}


def _position(contract: Any, quantity: float) -> tuple[Position, InstrumentQuote]:
    expiry = datetime.combine(contract.expiry, datetime.min.time(), UTC)
    if contract.right is None:
        future = Future("SYN", expiry, contract.factor)
        return Position(future, quantity), InstrumentQuote(future, contract.price)
    option = Option("SYN", contract.right, contract.strike, expiry, multiplier=contract.factor)
    return (
        Position(option, quantity),
        InstrumentQuote(option, contract.price, volatility=0.2),
    )


# rows with arrays of their own


def _given_arrays(inputs: dict[str, Any], sign: float) -> dict[str, float]:
    """Return scan risk and active scenario over arrays in the row; ``sign`` -1 for profits."""
    arrays = {name: value for name, value in inputs.items() if isinstance(value, list)}
    legs = inputs.get("legs") or [[inputs["qty"] * inputs.get("lot", 1), "array"]]
    holdings = [
        Holding(name, "X", quantity, tuple(sign * quantity * loss for loss in arrays[name]), 0.0)
        for quantity, name in legs
    ]
    risk = commodity_risk(Commodity("X", "USD"), holdings, PUBLISHED.labels)
    return _both({"scan": risk.scan.amount, "active": risk.active + 1})


# rows with a price scan range: futures margined on arrays made here


def _futures(
    psr: float, quantity: float, *, price: float | None = None, multiplier: float = 1.0, **changes
):
    """Return the margin of futures whose price scan range is ``psr`` in money, or of ``price``."""
    spot = price or 10.0 * psr
    share = psr if price else psr / spot
    p = replace(PUBLISHED, price_scan_ranges=Table((("commodity", share),)), **changes)
    future = Future("X", EXPIRY, multiplier)
    portfolio = Portfolio(
        (Position(future, quantity),), underlyings=(Underlying("X", AssetClass.COMMODITY),)
    )
    return METHODOLOGY(portfolio, Market(NOW, (Quote("X", spot),)), p)


def _net_of_futures(inputs: dict[str, Any]) -> dict[str, float]:
    owed = _futures(inputs["psr"], inputs["long"] - inputs["short"]).maintenance.amount
    return _both({"scan": owed, "total": owed})


def _one_of_each(inputs: dict[str, Any]) -> dict[str, float]:
    psr = inputs["psr"]
    return {
        "long": _futures(psr, 1.0).maintenance.amount,
        "short": _futures(psr, -1.0).maintenance.amount,
    }


def _share_of_price(inputs: dict[str, Any]) -> dict[str, float]:
    psr, price, multiplier = inputs["psr"], inputs["price"], inputs["multiplier"]
    result = _futures(psr, inputs["qty"], price=price, multiplier=multiplier)
    return _both({"scan": result.maintenance.amount})


def _extreme(inputs: dict[str, Any]) -> dict[str, float]:
    extremes = {"extreme_move": inputs["mult"], "extreme_cover": inputs["cover"]}
    return _both({"loss": -_futures(inputs["psr"], 1.0, **extremes).scenarios[-1].pnl})


def _with_drift(inputs: dict[str, Any]) -> dict[str, float]:
    """Return NSE's extremes, 2 ranges and 35 %, of a future that loses its carry in a day.

    A day ahead it is worth k times the spot; two days before its expiry, at the same carry, k
    squared, so that the spot follows from the drift.
    """
    k, drift, psr = inputs["k"], inputs["drift"], inputs["psr"]
    spot = drift / (k * (k - 1.0))
    future = Future("X", NOW + timedelta(days=2))
    portfolio = Portfolio(
        (Position(future, 1.0),), underlyings=(Underlying("X", AssetClass.COMMODITY),)
    )
    market = Market(NOW, (Quote("X", spot),), (InstrumentQuote(future, spot * k * k),))
    p = replace(
        METHODOLOGY.profiles["nse_extremes"],
        price_scan_ranges=Table((("commodity", psr / spot),)),
    )
    scenarios = METHODOLOGY(portfolio, market, p).scenarios
    return {"s15": -scenarios[14].pnl, "s16": -scenarios[15].pnl}


# rows with the parts of a requirement


def _commodity(
    code: str, scan: float, *, paired: float = 0.0, delta: float = 0.0, s1: float = 0.0,
    s2: float = 0.0, option_value: float = 0.0, minimum: float = 0.0, spread_charge: float = 0.0,
    spreads: float = 0.0, tiers: bool = False, limit: bool = False,
):  # fmt: skip
    """Return the risk of a commodity that has these figures."""
    losses = [0.0] * SCENARIOS
    losses[0], losses[1], losses[ACTIVE], losses[PAIR] = s1, s2, scan, paired
    nothing = (0.0,) * SCENARIOS
    holdings = [
        Holding("outright", code, 1.0, tuple(losses), delta + spreads, "202601"),
        Holding("spread against it", code, 1.0, nothing, -spreads, "202602"),
        Holding("option", code, -1.0, nothing, 0.0, "202601", Right.PUT, option_value),
    ]
    legs = SPREADS_BY_TIER if tiers else SPREADS_BY_MONTH
    commodity = Commodity(
        code,
        "USD",
        tiers=TIERS,
        calendar_spreads=(CalendarSpread(1, spread_charge, legs),),
        minimum_rate=minimum,
        limit_option_value=limit,
    )
    return commodity_risk(commodity, holdings, PUBLISHED.labels)


def _total(risk: Any) -> dict[str, float]:
    span = requirement(risk, []).amount
    return _both({"total": span - risk.option_value, "span": span})


def _charged(inputs: dict[str, Any]) -> dict[str, float]:
    charge, tiers = inputs.get("series_charge", inputs.get("tier_charge")), "tier_charge" in inputs
    risk = _commodity("X", inputs["scan"], spread_charge=charge, spreads=1.0, tiers=tiers)
    return _total(risk)


def _option(inputs: dict[str, Any], quantity: float) -> dict[str, float]:
    premium = quantity * inputs["settle"] * inputs["cvf"]
    return _total(_commodity("X", inputs["scan"], option_value=premium))


def _from_parts(inputs: dict[str, Any]) -> dict[str, float]:
    """Return the total over one or more commodities, each input a number or a list of them.

    Net, option value in excess of one requirement pays for the others; else for nothing else.
    """
    columns = [inputs[name] for name in ("scan", "som", "nov")]
    rows = zip(*(c if isinstance(c, list) else [c] for c in columns), strict=True)
    totals = [
        _total(_commodity("X", scan, minimum=minimum, option_value=nov, limit=not inputs["net"]))
        for scan, minimum, nov in rows
    ]
    return {"value": (total := sum(entry["total"] for entry in totals)), "total": total}


def _two_indices(inputs: dict[str, Any]) -> dict[str, float]:
    """Return JPX's example: two commodities, calendar spreads in the first, a credit to each.

    The paired value is the one with which a credit of the whole price risk is the stated one.
    """
    credit, call = inputs["inter_credit_each"], inputs["short_call"]
    premium = call["qty"] * call["settle"] * call["unit"]
    (first, one), (second, other) = inputs["risk"].items()
    risks = [
        _commodity(
            first,
            one,
            paired=2.0 * credit - one,
            delta=1.0,
            option_value=premium,
            spread_charge=inputs["spread_charge"],
            spreads=inputs["spreads"],
        ),
        _commodity(second, other, paired=2.0 * credit - other, delta=-1.0),
    ]
    span = sum(_after_credits(risks, (first, second), (1.0, 1.0), 1.0).values())
    return {"span": span, "nov": premium, "total": span - premium}


def _credits(inputs: dict[str, Any]) -> dict[str, float]:
    """Return the credit of each commodity, and what all of them require after it."""
    risks = [
        _commodity(code, entry["scan"], paired=entry["paired"], delta=entry["delta"],
                   s1=entry["s1"], s2=entry["s2"])
        for code, entry in inputs["ccs"].items()
    ]  # fmt: skip
    codes = tuple(inputs["ccs"])
    found = _found(risks, codes, inputs["ratio"], inputs["rate"])
    saved = {code: sum(line.amount for line in lines) for code, lines in found.items()}
    after = _after_credits(risks, codes, inputs["ratio"], inputs["rate"])
    return saved | {"span": sum(after.values())}


def _found(risks: list, codes: tuple[str, ...], ratios: list[float], rate: float) -> dict:
    legs = tuple(
        CreditLeg(code, side, ratio) for code, side, ratio in zip(codes, "AB", ratios, strict=True)
    )
    return commodity_credits(risks, (CommoditySpread(1, rate, legs),))


def _after_credits(
    risks: list, codes: tuple[str, ...], ratios: tuple[float, ...], rate: float
) -> dict[str, float]:
    found = _found(risks, codes, ratios, rate)
    return {r.commodity.code: requirement(r, found[r.commodity.code]).amount for r in risks}


def _scaled_deltas(inputs: dict[str, Any]) -> dict[str, float]:
    """Return the long and the short pool of deltas; a leg's numbers multiply to its delta."""
    holdings = []
    for n, leg in enumerate(inputs["legs"]):
        entries = leg.values() if isinstance(leg, dict) else leg
        numbers = [entry for entry in entries if not isinstance(entry, str)]
        names = [entry for entry in entries if isinstance(entry, str)]
        delta = math.prod([inputs["scale"], *numbers])
        holdings.append(Holding(str(n), "X", 1.0, (0.0,) * SCENARIOS, delta, str(names or n)))
    deltas = deltas_by_month(holdings).values()
    return {
        "long": sum(delta for delta in deltas if delta > 0.0),
        "short": -sum(delta for delta in deltas if delta < 0.0),
    }


def _both(found: dict[str, float]) -> dict[str, float]:
    """Return the figures, the first of them also as a bare value."""
    return {"value": next(iter(found.values()))} | found


SHAPES: dict[frozenset[str], Callable[[dict[str, Any]], dict[str, float]]] = {
    frozenset(names.split()): shape
    for names, shape in {
        "psr short long": _net_of_futures,
        "psr": _one_of_each,
        "qty psr multiplier price": _share_of_price,
        "psr mult cover": _extreme,
        "psr drift k": _with_drift,
        "scan series_charge": _charged,
        "scan tier_charge": _charged,
        "scan som nov net": _from_parts,
        "risk spread_charge spreads inter_credit_each short_call": _two_indices,
        "ccs ratio rate": _credits,
        "scale legs": _scaled_deltas,
    }.items()
}
