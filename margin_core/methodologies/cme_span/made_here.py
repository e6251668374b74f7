"""Risk arrays that this program makes itself, from price and volatility scan ranges.

One combined commodity per class group. Deltas of all its members are counted in units of its first
member, so that index and fund net; months are those of the expiries, spot holdings have none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from margin_core.book.instruments import Future, LpRange, Option
from margin_core.book.portfolio import describe
from margin_core.errors import ParameterError
from margin_core.margin.last_bits import net, sign
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
from margin_core.risk.revaluation import revalue
from margin_core.risk.scenarios import ScenarioSet, VolMode, VolRule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.instruments import Instrument
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
        scans = [_scan(symbol, portfolio, p) for symbol in members]
        unit = market[scans[0].symbol].spot
        holdings = tuple(
            holding
            for scan in scans
            for holding in _holdings(members[scan.symbol], market, scan, unit, p)
        )
        commodity = _commodity(code, portfolio.currency, scans[0].price_range * unit, p)
        rows.append((commodity, holdings))
        moves[code] = tuple(tuple(scan.move(s) for scan in scans) for s in range(SCENARIOS))
    return Book(tuple(rows), _spreads(p), moves)


def _scan(symbol: str, portfolio: Portfolio, p: Params) -> Scan:
    """Return the sixteen scenarios of one underlying; weights are those of the losses."""
    underlying = portfolio.underlying(symbol)
    leverage = abs(underlying.leverage)
    price_range = p.price_scan_ranges[underlying.asset_class] * leverage
    vol_range = p.volatility_scan_ranges[underlying.asset_class] * leverage
    scenarios = ScenarioSet(
        spot_moves=tuple(max(price * price_range, p.lowest_move) for price, _, _ in p.sixteen),
        vol_moves=tuple(vol * vol_range for _, vol, _ in p.sixteen),
        days=(p.look_ahead_days,) * SCENARIOS,
        weights=tuple(weight for _, _, weight in p.sixteen),
        vol_rule=VolRule(mode=VolMode.POINTS),
    )
    return Scan(symbol, price_range, scenarios)


def _commodity(code: str, currency: str, scan_range: float, p: Params) -> Commodity:
    any_month = SpreadLeg(tier=ALL_MONTHS.name)
    rate = p.calendar_rate * scan_range
    calendar = CalendarSpread(1, rate, (any_month, any_month), "One month against another")
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


def _holdings(
    marks: Sequence[Mark], market: Market, scan: Scan, unit: float, p: Params
) -> list[Holding]:
    """Return the net position in each instrument on one underlying.

    Quantities are in units of the commodity's first member, of price ``unit``.
    """
    weights = np.asarray(scan.scenarios.weights)
    losses = -revalue(marks, market, scan.scenarios).values * weights[:, None]
    deltas = composite_deltas(marks, market, scan.price_range, p)
    places: dict[Instrument, list[int]] = {}
    for i, mark in enumerate(marks):
        places.setdefault(mark.position.instrument, []).append(i)
    spot = market[marks[0].position.underlying].spot
    held = (
        _holding(i, [marks[m] for m in ms], losses[:, ms], deltas[ms]) for i, ms in places.items()
    )
    return [
        replace(holding, quantity=holding.quantity * spot / unit, delta=holding.delta * spot / unit)
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
    try:
        return tuple(
            CommoditySpread(n, rate, (CreditLeg(first, "A", one), CreditLeg(second, "B", other)))
            for n, (first, one, second, other, rate) in enumerate(p.commodity_spreads)
        )
    except (TypeError, ValueError) as error:
        raise ParameterError(
            "not rows of two class groups, their ratios and a rate",
            where="commodity_spreads",
            remedy='Write [["BTC", 1, "ETH", 15, 0.5]].',
        ) from error
