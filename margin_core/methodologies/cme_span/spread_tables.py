"""Reads the tables of a risk parameter file: tiers, spreads within and between commodities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.methodologies.cme_span.fields import Fields, note_repeats
from margin_core.methodologies.cme_span.structure import (
    CalendarSpread,
    CommoditySpread,
    CreditLeg,
    Delivery,
    SpreadLeg,
    Tier,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

SIDES = ("A", "B")


def tiers(commodity: Fields) -> tuple[Tier, ...]:
    """Return the tiers of a commodity; they may overlap."""
    entries = commodity.objects("tiers", [])
    found = tuple(Tier(f.text("name"), f.month("first"), f.month("last")) for f in entries)
    for fields, tier in zip(entries, found, strict=True):
        if tier.last < tier.first and tier.last:
            fields.fault("last", f"{tier.last} is before {tier.first}", "Give a later month.")
    note_repeats((f, t.name) for f, t in zip(entries, found, strict=True) if t.name)
    return found


def calendar_spreads(commodity: Fields, known: Sequence[Tier]) -> tuple[CalendarSpread, ...]:
    """Return the calendar spreads of a commodity with these tiers."""
    names = [tier.name for tier in known]
    return tuple(
        CalendarSpread(f.whole("priority"), f.number("rate", least=0.0), _legs(f, names))
        for f in commodity.objects("calendar_spreads", [])
    )


def deliveries(commodity: Fields) -> tuple[Delivery, ...]:
    """Return the delivery charges of a commodity, one per month."""
    entries = commodity.objects("delivery", [])
    found = tuple(
        Delivery(
            f.month("month"),
            f.number("spread_rate", least=0.0),
            f.number("outright_rate", least=0.0),
        )
        for f in entries
    )
    note_repeats((f, d.month) for f, d in zip(entries, found, strict=True) if d.month)
    return found


def commodity_spreads(top: Fields, codes: Sequence[str]) -> tuple[CommoditySpread, ...]:
    """Return the spreads between the commodities of these codes."""
    return tuple(
        CommoditySpread(
            f.whole("priority"), f.number("rate", least=0.0, most=1.0), _credit_legs(f, codes)
        )
        for f in top.objects("inter_commodity_spreads", [])
    )


def _legs(spread: Fields, names: Sequence[str]) -> tuple[SpreadLeg, ...]:
    entries = spread.objects("legs")
    legs = tuple(
        SpreadLeg(
            f.choice("side", SIDES, SIDES[min(n, 1)]),
            f.number("ratio", 1.0, above=0.0),
            f.month("month") if f.has("month") else None,
            None if f.has("month") else _tier(f, names),
        )
        for n, f in enumerate(entries)
    )
    _note_sides(spread, [leg.side for leg in legs])
    note_repeats(
        (f, (leg.side, leg.month, leg.tier))
        for f, leg in zip(entries, legs, strict=True)
        if leg.month or leg.tier
    )
    return legs


def _tier(leg: Fields, names: Sequence[str]) -> str:
    if not leg.has("tier"):
        leg.fault("tier", "is missing", "Give a `tier`, or a `month`.")
        return ""
    name = leg.text("tier")
    if name and name not in names:
        leg.fault("tier", f"{name[:40]!r} is no tier", "Define it under `tiers`.")
    return name


def _credit_legs(spread: Fields, codes: Sequence[str]) -> tuple[CreditLeg, ...]:
    entries = spread.objects("legs")
    legs = tuple(
        CreditLeg(f.text("commodity"), f.choice("side", SIDES), f.number("ratio", 1.0, above=0.0))
        for f in entries
    )
    _note_sides(spread, [leg.side for leg in legs])
    for fields, leg in zip(entries, legs, strict=True):
        if leg.commodity and leg.commodity not in codes:
            known = ", ".join(sorted(codes)) or "none"
            fields.fault(
                "commodity",
                f"{leg.commodity[:40]!r} is no commodity here",
                f"The file has {known}.",
            )
    note_repeats((f, leg.commodity) for f, leg in zip(entries, legs, strict=True) if leg.commodity)
    return legs


def _note_sides(spread: Fields, sides: Sequence[str]) -> None:
    if set(sides) != set(SIDES):
        spread.fault("legs", "not both sides", "Give at least one leg of side A and one of side B.")
