"""Calendar charge and delivery charge: what deltas of different months cost.

Outright deltas are worked through in the order of the spreads: series to series first, then tier
to tier, each by priority. A charge is never a credit, and deltas spread once are used up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, given, scaled, total
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Iterable

    from margin_core.methodologies.cme_span.structure import (
        CalendarSpread,
        Commodity,
        Holding,
        SpreadLeg,
    )


@dataclass(frozen=True, slots=True)
class CalendarCharge:
    """The two charges of one combined commodity, in its currency.

    ``unspread`` names the months whose opposite deltas no spread of the tables takes.
    """

    calendar: Line
    delivery: Line
    unspread: tuple[str, ...] = ()


def calendar_charge(commodity: Commodity, holdings: Iterable[Holding]) -> CalendarCharge:
    """Return the calendar and delivery charges on the holdings' deltas."""
    left = deltas_by_month(holdings)
    used = dict.fromkeys(left, 0.0)
    spreads = sorted(
        commodity.calendar_spreads, key=lambda spread: (not spread.by_series, spread.priority)
    )
    lines = []
    for spread in spreads:
        formed = _form(spread, commodity, left, used)
        if formed:
            spreads_formed = given(f"{formed:.6g} spreads", formed)
            lines.append(
                scaled(spread.label, spreads_formed, spread.rate, source="span#calendar spreads")
            )
    both_ways = any(d > 0.0 for d in left.values()) and any(d < 0.0 for d in left.values())
    return CalendarCharge(
        total("Calendar charge", *lines),
        _delivery_charge(commodity, left, used),
        tuple(month for month, delta in left.items() if delta) if both_ways else (),
    )


def deltas_by_month(holdings: Iterable[Holding]) -> dict[str, float]:
    """Return the net composite delta of each contract month, earliest month first."""
    deltas: dict[str, list[float]] = {}
    for holding in holdings:
        deltas.setdefault(holding.month, []).append(holding.delta)
    return {month: net(deltas[month]) for month in sorted(deltas)}


def _form(
    spread: CalendarSpread, commodity: Commodity, left: dict[str, float], used: dict[str, float]
) -> float:
    """Form as many spreads as the deltas allow, either way round; return how many."""
    formed = 0.0
    for sign in (1.0, -1.0):
        months = [
            (_months(leg, commodity, left), sign if leg.side == "A" else -sign, leg.ratio)
            for leg in spread.legs
        ]
        number = min(_available(names, left, side) / ratio for names, side, ratio in months)
        for names, side, ratio in months:
            _consume(names, left, used, side, number * ratio)
        formed += number
    return formed


def _months(leg: SpreadLeg, commodity: Commodity, left: dict[str, float]) -> list[str]:
    if leg.month is not None:
        return [leg.month] if leg.month in left else []
    return [m for m in left if any(t.name == leg.tier and t.holds(m) for t in commodity.tiers)]


def _available(months: list[str], left: dict[str, float], side: float) -> float:
    """Return the deltas of one sign that are left in ``months``."""
    return sum(max(side * left[month], 0.0) for month in months)


def _consume(
    months: list[str], left: dict[str, float], used: dict[str, float], side: float, amount: float
) -> None:
    """Take ``amount`` of deltas of one sign from ``months``, the earliest first."""
    for month in months:
        taken = min(max(side * left[month], 0.0), amount)
        left[month] = net([left[month], -side * taken])
        used[month] += taken
        amount -= taken


def _delivery_charge(commodity: Commodity, left: dict[str, float], used: dict[str, float]) -> Line:
    lines = []
    for delivery in commodity.deliveries:
        spread, outright = used.get(delivery.month, 0.0), abs(left.get(delivery.month, 0.0))
        if spread:
            lines.append(
                scaled(
                    f"{delivery.month}, within spreads",
                    given("Deltas", spread),
                    delivery.spread_rate,
                )
            )
        if outright:
            lines.append(
                scaled(
                    f"{delivery.month}, outright", given("Deltas", outright), delivery.outright_rate
                )
            )
    return total("Delivery charge", *lines, source="span#delivery")
