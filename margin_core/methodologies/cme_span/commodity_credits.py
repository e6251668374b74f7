"""Inter-commodity credits: what opposite deltas of related commodities save, by priority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, given, scaled
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.methodologies.cme_span.commodity_risk import CommodityRisk
    from margin_core.methodologies.cme_span.structure import CommoditySpread


def commodity_credits(
    risks: Sequence[CommodityRisk], spreads: Sequence[CommoditySpread]
) -> dict[str, list[Line]]:
    """Return the credits of each commodity, in its performance bond currency.

    Each spread forms as often as the deltas that are left on both sides allow, and gives each of
    its legs a share of the price risk of the deltas it used. A credit per delta is taken on the
    delta that the commodity began with.
    """
    by_code = {risk.commodity.code: risk for risk in risks}
    left = {code: risk.delta for code, risk in by_code.items()}
    found: dict[str, list[Line]] = {code: [] for code in by_code}
    for spread in sorted(spreads, key=lambda spread: spread.priority):
        number = _formed(spread, left)
        if number == 0.0:
            continue
        name = " / ".join(f"{leg.ratio:g} {leg.commodity}" for leg in spread.legs)
        for leg in spread.legs:
            deltas = number * leg.ratio
            used = -deltas if left[leg.commodity] > 0.0 else deltas
            left[leg.commodity] = net([left[leg.commodity], used])
            risk = scaled(
                f"{deltas:.6g} deltas at their price risk",
                given("Weighted price risk per delta", by_code[leg.commodity].price_risk_per_delta),
                deltas,
            )
            found[leg.commodity].append(
                scaled(name, risk, spread.rate, source="span#inter-commodity spreads")
            )
    return found


def _formed(spread: CommoditySpread, left: dict[str, float]) -> float:
    """Return how often a spread forms: not at all unless its sides have opposite deltas."""
    if any(leg.commodity not in left for leg in spread.legs):
        return 0.0
    signs = {
        (1.0 if leg.side == "A" else -1.0) * (1.0 if left[leg.commodity] > 0.0 else -1.0)
        for leg in spread.legs
    }
    if len(signs) > 1:
        return 0.0
    return min(abs(left[leg.commodity]) / leg.ratio for leg in spread.legs)
