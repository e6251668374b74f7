"""Risk arrays that this program makes itself, from price and volatility scan ranges.

One combined commodity per class group. Deltas of all its members are counted in units of the member
that bears the group's name, or of the first among the underlyings: in what they lose over their own
price scan range, so that index, fund and leveraged fund net. Months are those of the expiries, spot
holdings have none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from margin_core.book.instruments import Future, LpRange, Option
from margin_core.book.portfolio import describe
from margin_core.errors import ParameterError
from margin_core.margin.last_bits import sign
from margin_core.margin.refusal import refuse
from margin_core.methodologies.cme_span.composite_delta import composite_deltas
from margin_core.methodologies.cme_span.structure import (
    SCENARIOS,
    Book,
    CalendarSpread,
    Commodity,
    CommoditySpread,
    CreditLeg,
    CreditMethod,
    Holding,
    MinimumMethod,
    SpreadLeg,
    Tier,
)
from margin_core.risk.netting import net
from margin_core.risk.revaluation import revalue
from margin_core.risk.scenarios import ScenarioSet, VolMode, VolRule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.instruments import Instrument, Underlying
    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.cme_span.terms import Params
    from margin_core.pricing.black import FloatArray
    from margin_core.risk.marks import Mark

E = TypeVar("E", bound=StrEnum)

ALL_MONTHS = Tier("all months", "", "~")


@dataclass(frozen=True, slots=True)
class Scan:
    """How far one underlying is moved."""

    symbol: str
    price_range: float  # ratio of spot
    deltas: float  # of the commodity per unit, negative for what moves against the rest
    scenarios: ScenarioSet

    def move(self, scenario: int) -> tuple[str, float, float]:
        """Return (underlying, spot move, points of volatility) of one scenario."""
        moves = self.scenarios.spot_moves[scenario], self.scenarios.vol_moves[scenario]
        return self.symbol, *moves


def made_here(portfolio: Portfolio, market: Market, marks: Sequence[Mark], p: Params) -> Book:
    """Return the account with arrays made from the scan ranges of its asset classes.

    Raises
    ------
    NotCoveredError
        For liquidity in a range, which is no contract of any exchange.
    ParameterError
        If an asset class has no range, or a parameter no such value.
    """
    refuse(
        portfolio,
        lambda p: "liquidity in a range" if isinstance(p.instrument, LpRange) else "",
        "It margins stock, options, futures and perpetuals.",
    )
    groups: dict[str, dict[str, list[Mark]]] = {}  # by code, then by underlying
    for mark in marks:
        symbol = mark.position.underlying
        members = groups.setdefault(portfolio.underlying(symbol).class_key, {})
        members.setdefault(symbol, []).append(mark)
    rows, moves = [], {}
    for code, members in groups.items():
        leader = _leader(code, portfolio, market)
        scan_range = _price_range(leader, p) * market[leader.symbol].spot  # of one delta
        scans = [
            _scan(portfolio.underlying(symbol), leader, scan_range, market, p) for symbol in members
        ]
        holdings = tuple(
            holding
            for scan in scans
            for holding in _holdings(members[scan.symbol], market, scan, p)
        )
        commodity = _commodity(code, portfolio.currency, scan_range, p)
        rows.append((commodity, holdings))
        moves[code] = tuple(tuple(scan.move(s) for scan in scans) for s in range(SCENARIOS))
    return Book(tuple(rows), _spreads(p), moves)


def _leader(code: str, portfolio: Portfolio, market: Market) -> Underlying:
    """Return the underlying whose units a class group's deltas are counted in."""
    members = [u for u in portfolio.underlyings if u.class_key == code and market.has(u.symbol)]
    return next((u for u in members if u.symbol == code), members[0])


def _price_range(underlying: Underlying, p: Params) -> float:
    """Return the price scan range of one underlying, ratio of spot."""
    span = p.price_scan_ranges[underlying.asset_class]
    if span > 0.0:
        return float(span) * abs(underlying.leverage)
    raise ParameterError(
        f"{span:g} is no range",
        where=f"price_scan_ranges.{underlying.asset_class}",
        remedy="Give a number above 0.",
    )


def _scan(
    underlying: Underlying, leader: Underlying, scan_range: float, market: Market, p: Params
) -> Scan:
    """Return the sixteen scenarios of one underlying; weights are those of the losses.

    An inverse fund moves against the rest of its class group.
    """
    price_range = _price_range(underlying, p)
    vol_range = p.volatility_scan_ranges[underlying.asset_class] * abs(underlying.leverage)
    way = math.copysign(1.0, underlying.leverage * leader.leverage)
    scenarios = ScenarioSet(
        spot_moves=tuple(
            max(way * price * price_range + 0.0, p.lowest_move) for price, _, _ in p.sixteen
        ),
        vol_moves=tuple(vol * vol_range for _, vol, _ in p.sixteen),
        days=(p.look_ahead_days,) * SCENARIOS,
        weights=tuple(weight for _, _, weight in p.sixteen),
        vol_rule=VolRule(mode=VolMode.POINTS),
    )
    deltas = way * price_range * market[underlying.symbol].spot / scan_range
    return Scan(underlying.symbol, price_range, deltas, scenarios)


def _commodity(code: str, currency: str, scan_range: float, p: Params) -> Commodity:
    sides = tuple(SpreadLeg(side, tier=ALL_MONTHS.name) for side in "AB")
    rate = p.calendar_rate * scan_range
    calendar = CalendarSpread(1, rate, sides, "One month against another")
    return Commodity(
        code,
        currency,
        tiers=(ALL_MONTHS,),
        calendar_spreads=(calendar,),
        minimum_rate=p.short_option_rate * scan_range,
        minimum_method=_chosen(MinimumMethod, p.short_option_method, "short_option_method"),
        credit_method=_chosen(CreditMethod, p.credit_method, "credit_method"),
        price_scan_range=scan_range,
        limit_option_value=p.limit_option_value,
    )


def _chosen(kind: type[E], text: str, where: str) -> E:
    """Return the member of ``kind`` that a parameter names."""
    try:
        return kind(text)
    except ValueError as error:
        raise ParameterError(
            f"{text!r} is no such method", where=where, remedy=f"Use {' or '.join(kind)}."
        ) from error


def _holdings(marks: Sequence[Mark], market: Market, scan: Scan, p: Params) -> list[Holding]:
    """Return the net position in each instrument on one underlying.

    Quantities and deltas are in units of the commodity.
    """
    weights = np.asarray(scan.scenarios.weights)
    losses = -revalue(marks, market, scan.scenarios).values * weights[:, None]
    deltas = composite_deltas(marks, market, scan.price_range, p)
    places: dict[Instrument, list[int]] = {}
    for i, mark in enumerate(marks):
        places.setdefault(mark.position.instrument, []).append(i)
    held = (
        _holding(i, [marks[m] for m in ms], losses[:, ms], deltas[ms]) for i, ms in places.items()
    )
    return [
        replace(
            holding,
            quantity=holding.quantity * abs(scan.deltas),
            delta=holding.delta * scan.deltas,
        )
        for holding in held
        if holding.quantity or any(map(sign, holding.losses))
    ]


def _holding(
    instrument: Instrument, marks: Sequence[Mark], losses: FloatArray, deltas: FloatArray
) -> Holding:
    """Return the net of all positions in one instrument, in units of its own underlying."""
    contracts = net(mark.position.quantity for mark in marks)
    option = instrument if isinstance(instrument, Option) else None
    return Holding(
        label=f"{contracts:+,g} {describe(instrument)}",
        underlying=instrument.underlying,
        quantity=contracts * instrument.multiplier,
        losses=tuple(losses.sum(axis=1).tolist()),
        delta=net(deltas.tolist()),
        month=_month(instrument),
        right=option.right if option else None,
        option_value=sum(mark.value for mark in marks) if option else 0.0,
    )


def _month(instrument: Instrument) -> str:
    """Return the contract month; empty for a holding without an expiry."""
    match instrument:
        case Option(expiry=expiry) | Future(expiry=expiry):
            return f"{expiry:%Y%m}"
        case _:
            return ""


def _spreads(p: Params) -> tuple[CommoditySpread, ...]:
    """Return the inter-commodity spreads of the parameters, in their order."""
    return tuple(_spread(n, row) for n, row in enumerate(p.commodity_spreads))


def _spread(priority: int, row: object) -> CommoditySpread:
    match row:
        case (str() as first, float() as one, str() as second, float() as other, float() as rate):
            if first != second and one > 0.0 and other > 0.0 and 0.0 <= rate <= 1.0:
                legs = CreditLeg(first, "A", one), CreditLeg(second, "B", other)
                return CommoditySpread(priority, rate, legs)
        case _:
            pass
    raise ParameterError(
        "not rows of two class groups, their ratios above 0 and a rate up to 1",
        where="commodity_spreads",
        remedy='Write [["BTC", 1, "ETH", 15, 0.5]].',
    )
