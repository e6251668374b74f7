"""The risk of one combined commodity before credits: scan risk, charges, short-option minimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.instruments import Right
from margin_core.margin.figure import (
    Line,
    floored,
    given,
    largest,
    nonzero,
    scaled,
    smallest,
    total,
)
from margin_core.margin.last_bits import first_largest, sign
from margin_core.methodologies.cme_span.calendar_charge import calendar_charge
from margin_core.methodologies.cme_span.structure import SCENARIOS, CreditMethod, MinimumMethod
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.methodologies.cme_span.structure import Commodity, Holding


@dataclass(frozen=True, slots=True)
class CommodityRisk:
    """One combined commodity's figures in its performance bond currency, before credits."""

    commodity: Commodity
    holdings: tuple[Holding, ...]
    losses: tuple[float, ...]  # of all holdings, one per scenario
    scan: Line
    calendar: Line
    delivery: Line
    minimum: Line
    unspread: tuple[str, ...] = ()  # months whose opposite deltas no calendar spread takes

    @property
    def active(self) -> int:
        """The place of the active scenario: the first of the largest loss."""
        return first_largest(self.losses)

    @property
    def delta(self) -> float:
        """The net composite delta."""
        return net(holding.delta for holding in self.holdings)

    @property
    def option_value(self) -> float:
        """The net option value: long positive."""
        return sum(holding.option_value for holding in self.holdings)

    @property
    def price_risk_per_delta(self) -> float:
        """The weighted price risk that inter-commodity credits are a share of; 0 without delta.

        The scan risk is averaged with its pair (the same move of price, the other of volatility),
        less the time risk, the average of the first pair; floored at zero.
        """
        if self.delta == 0.0:
            return 0.0
        scan_range = self.commodity.price_scan_range
        if self.commodity.credit_method is CreditMethod.SCAN_RANGE and scan_range is not None:
            return scan_range
        paired = (self.losses[self.active] + self.losses[_pair(self.active)]) / 2.0
        time = (self.losses[0] + self.losses[1]) / 2.0
        price_risk = max(paired - time, 0.0) / abs(self.delta)
        if self.commodity.credit_method is CreditMethod.SCAN_RANGE_CAP and scan_range is not None:
            return min(price_risk, scan_range)
        return price_risk


def commodity_risk(
    commodity: Commodity, holdings: Sequence[Holding], labels: Sequence[str]
) -> CommodityRisk:
    """Return what one combined commodity risks, before inter-commodity credits.

    Parameters
    ----------
    commodity : Commodity
    holdings : sequence of Holding
        Net positions of this commodity.
    labels : sequence of str
        The name of each scenario.
    """
    losses = tuple(sum(holding.losses[s] for holding in holdings) for s in range(SCENARIOS))
    lines = (
        total(labels[s], *(given(holding.label, holding.losses[s]) for holding in holdings))
        for s in range(SCENARIOS)
    )
    charge = calendar_charge(commodity, holdings)
    return CommodityRisk(
        commodity,
        tuple(holdings),
        losses,
        floored("Scan risk", largest("Largest loss", *lines, source="span#scan"), 0.0),
        charge.calendar,
        charge.delivery,
        _short_option_minimum(commodity, holdings),
        charge.unspread,
    )


def requirement(risk: CommodityRisk, credits_found: Sequence[Line]) -> Line:
    """Return the requirement of one combined commodity, in its performance bond currency.

    The larger of scan risk plus charges less credits and the short-option minimum. Credits are
    never more than the scan risk that they relieve. Where option value may pay for nothing else,
    the requirement is at least that value.
    """
    saved = total("Inter-commodity credits", *credits_found, source="span#credits")
    if sign(saved.amount - risk.scan.amount) > 0:
        saved = smallest("Inter-commodity credits, at most the scan risk", saved, risk.scan)
    lines = [risk.calendar, risk.delivery, scaled("Less", saved, -1.0)]
    code = risk.commodity.code
    parts = [
        total("Scan risk, charges and credits", risk.scan, *nonzero(*lines)),
        risk.minimum,
    ]
    if risk.commodity.limit_option_value:
        parts.append(given("Option value that pays for nothing else", risk.option_value))
    return largest(f"{code} requirement", *parts, source="span#requirement")


def _pair(scenario: int) -> int:
    """Return the scenario of the same price and the other volatility; an extreme's is itself."""
    return scenario if scenario >= SCENARIOS - 2 else scenario ^ 1


def _short_option_minimum(commodity: Commodity, holdings: Sequence[Holding]) -> Line:
    counts = {
        right: -sum(h.quantity for h in holdings if h.right is right and h.quantity < 0.0)
        for right in Right
    }
    lines = [given(f"Short {right}s", counts[right]) for right in Right]
    if commodity.minimum_method is MinimumMethod.LARGER:
        short = largest("Short calls or puts, the more", *lines)
    else:
        short = total("Short options", *lines)
    return scaled(
        "Short-option minimum", short, commodity.minimum_rate, source="span#short option minimum"
    )
