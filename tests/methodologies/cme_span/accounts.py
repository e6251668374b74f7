"""Holdings, commodities, accounts and a data file for SPAN."""

import json
from datetime import UTC, datetime

from margin_core.book.instruments import AssetClass, Option, Right, Style, Underlying
from margin_core.book.portfolio import Portfolio
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies.cme_span import PUBLISHED, load_data
from margin_core.methodologies.cme_span.calendar_charge import calendar_charge
from margin_core.methodologies.cme_span.commodity_risk import commodity_risk
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

NOW = datetime(2026, 1, 2, 21, tzinfo=UTC)
MARCH = datetime(2026, 3, 20, 20, tzinfo=UTC)
JUNE = datetime(2026, 6, 18, 20, tzinfo=UTC)
LABELS = PUBLISHED.labels
MONTHS = ("202509", "202510", "202512", "202602")


def holding(quantity=1.0, losses=(0.0,) * SCENARIOS, delta=0.0, month="202512", **more):
    return Holding("held", "X", quantity, tuple(map(float, losses)), delta, month, **more)


TIERS = (
    Tier("1", "202509", "202509"),
    Tier("2", "202510", "202512"),
    Tier("3", "202601", "202612"),
)


def by_month(priority, rate, first, second):
    return CalendarSpread(
        priority, rate, (SpreadLeg("A", month=first), SpreadLeg("B", month=second))
    )


def by_tier(priority, rate, first, second, ratio=1.0):
    legs = SpreadLeg("A", tier=first), SpreadLeg("B", ratio, tier=second)
    return CalendarSpread(priority, rate, legs)


GOLD = Commodity(
    "GC",
    "USD",
    tiers=TIERS,
    calendar_spreads=(
        by_tier(1, 400.0, "1", "2"),
        by_tier(2, 350.0, "2", "2"),
        by_month(1, 250.0, "202509", "202510"),
        by_month(2, 300.0, "202510", "202512"),
        by_tier(3, 600.0, "2", "3"),
        by_tier(4, 700.0, "1", "3"),
    ),
)


def charge(deltas, commodity=GOLD):
    held = [holding(delta=delta, month=month) for month, delta in deltas.items()]
    return calendar_charge(commodity, held)


def outright(code, scan, paired, delta, *, s1=0.0, s2=0.0, **tables):
    losses = [s1, s2, *[0.0] * 10, scan, paired, 0.0, 0.0]
    return commodity_risk(Commodity(code, "USD", **tables), [holding(1, losses, delta)], LABELS)


def spread(rate, first, second, ratios=(1.0, 1.0), priority=1):
    legs = CreditLeg(first, "A", ratios[0]), CreditLeg(second, "B", ratios[1])
    return CommoditySpread(priority, rate, legs)


# arrays made here
def account(*positions, underlyings=None, spot=100.0, vol=0.25, **quote):
    """Build an account with its market, all underlyings at one spot and volatility."""
    symbols = dict.fromkeys(position.underlying for position in positions)
    facts = underlyings or tuple(Underlying(s, AssetClass.INDEX_BROAD) for s in symbols)
    quotes = tuple(Quote(s, spot, volatility=vol, **quote) for s in symbols)
    return Portfolio(tuple(positions), underlyings=facts), Market(NOW, quotes)


def series(right, strike, expiry=MARCH):
    return Option("IDX", Right(right), strike, expiry, Style.EUROPEAN, 100.0)


# a file
def document(**changes):
    """Build a ``margin-span/1`` document with a March future, a June future and a March call."""
    array = [100.0 * n for n in range(SCENARIOS)]
    commodity = {
        "code": "GC",
        "currency": "USD",
        "contract_value_factor": 100,
        "price_scan_range": 12_000,
        "volatility_scan_range": 0.05,
        "contracts": [
            {"kind": "future", "expiry": "2026-03-20", "price": 3600, "delta": 1, "array": array},
            {"kind": "future", "expiry": "2026-06-18", "price": 3610, "delta": 1, "array": array},
            {
                "kind": "option",
                "right": "call",
                "strike": 3700,
                "expiry": "2026-03-20",
                "month": "202603",
                "price": 50,
                "delta": 0.4,
                "array": [50.0] * SCENARIOS,
            },
        ],
        "tiers": [{"name": "all", "first": "202601", "last": "202612"}],
        "calendar_spreads": [
            {"priority": 1, "rate": 300, "legs": [{"month": "202603"}, {"month": "202606"}]},
            {"priority": 2, "rate": 400, "legs": [{"tier": "all"}, {"tier": "all"}]},
        ],
        "delivery": [{"month": "202603", "spread_rate": 1, "outright_rate": 2}],
        "short_option_minimum": {"rate": 35, "method": "larger"},
    }
    top = {
        "format": "margin-span/1",
        "title": "Test exchange",
        "date": "2026-01-02",
        "combined_commodities": [commodity | changes.pop("commodity", {})],
    }
    return top | changes


def read(**changes):
    return load_data(json.dumps(document(**changes)))
