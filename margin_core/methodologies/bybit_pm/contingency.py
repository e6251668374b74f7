"""The contingency of a risk unit: five charges, each a rate of an amount that its book shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.portfolio import describe
from margin_core.margin.figure import Line, floored, given, scaled, total
from margin_core.margin.last_bits import sign
from margin_core.market.snapshot import DAYS_PER_YEAR
from margin_core.methodologies.bybit_pm.terms import quoted_in
from margin_core.risk.exposures import PERCENT, POINT
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from margin_core.book.instruments import Instrument
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.bybit_pm.terms import Params
    from margin_core.methodologies.bybit_pm.unit import Unit
    from margin_core.risk.exposures import PositionExposure


@dataclass(frozen=True, slots=True)
class Charge:
    """An amount that a parameter's rate is taken of."""

    label: str
    base: Line
    parameter: str


def charges(unit: Unit, market: Market) -> tuple[Charge, ...]:
    """Return the five charges of a unit; what does not occur has an amount of zero."""
    return (
        Charge("Net short options", _short_options(unit), "short_option_rate"),
        Charge("Vega spread", _vega_spread(unit, market), "vega_spread_rate"),
        Charge("Stablecoin spread", _stable_spread(unit), "stable_spread_rate"),
        Charge("Delta spread", _delta_spread(unit, market), "basis_rate"),
        Charge("Perpetuals and futures", _contracts(unit), "contract_rate"),
    )


def lacking(unit: Unit, found: Sequence[Charge], p: Params) -> dict[str, str]:
    """Return from path to use the rates that a unit needs and that nobody published or gave."""
    return {
        p.entry(charge.parameter, unit.coin)[0]: f"{unit.coin}: the rate of {charge.label.lower()}"
        for charge in found
        if sign(charge.base.amount) > 0 and p.of(charge.parameter, unit.coin) is None
    }


def contingency(unit: Unit, found: Sequence[Charge], p: Params) -> Line:
    """Return the sum of the charges at their rates; none may be lacking."""
    lines = (
        scaled(charge.label, charge.base, p.of(charge.parameter, unit.coin) or 0.0)
        for charge in found
        if sign(charge.base.amount) > 0
    )
    return total("Contingency", *lines, source="contingency#five components")


def _short_options(unit: Unit) -> Line:
    """Return the value of the underlying of options sold, less that of options bought."""
    lines = (given(c.mark.label, -c.mark.position.units * unit.index) for c in unit.options)
    return floored("Options sold, net", total("Options sold less bought", *lines))


def _contracts(unit: Unit) -> Line:
    """Return the value of every perpetual and future at the index, long or short."""
    sizes: dict[Instrument, list[float]] = {}
    for contract in unit.others:
        instrument = contract.mark.position.instrument
        coins = contract.mark.position.units
        if quoted_in(contract.mark.position) == "inverse":
            coins /= contract.mark.price
        sizes.setdefault(instrument, []).append(coins)
    lines = (given(describe(each), abs(net(coins)) * unit.index) for each, coins in sizes.items())
    return total("Value of perpetuals and futures", *lines)


def _stable_spread(unit: Unit) -> Line:
    """Return the delta that contracts in one dollar hedge of contracts in another."""
    deltas: dict[str, float] = {}
    for contract in unit.contracts:
        quote = quoted_in(contract.mark.position)
        deltas[quote] = deltas.get(quote, 0.0) + contract.exposure.delta / PERCENT
    long = sum(delta for delta in deltas.values() if delta > 0.0)
    short = -sum(delta for delta in deltas.values() if delta < 0.0)
    return given(f"Hedged between {', '.join(deltas)}", min(long, short))


def _vega_spread(unit: Unit, market: Market) -> Line:
    """Return the vega that one expiry hedges of another, times the days between them."""
    vegas = _by_expiry(unit.options, market, "vega")
    return total("Vega hedged x days", *_matched(vegas, 1.0 / POINT, DAYS_PER_YEAR))


def _delta_spread(unit: Unit, market: Market) -> Line:
    """Return the delta that one expiry hedges of another, times the years between them."""
    deltas = _by_expiry(unit.contracts, market, "delta")
    return total("Delta hedged x years", *_matched(deltas, 1.0 / PERCENT, 1.0))


def _by_expiry(
    contracts: Iterable[PositionExposure], market: Market, greek: str
) -> dict[float, float]:
    """Return a Greek by years to expiry, earliest first; perpetuals are at 0."""
    sums: dict[float, float] = {}
    for contract in contracts:
        years = 0.0 if contract.expiry is None else market.years_to(contract.expiry)
        sums[years] = sums.get(years, 0.0) + getattr(contract.exposure, greek)
    return dict(sorted(sums.items()))


def _matched(amounts: dict[float, float], unit: float, time_unit: float) -> Iterable[Line]:
    """Yield what longs and shorts hedge of each other times their distance, in order of time.

    Matched so, the distances are the least that any matching has.
    """
    left = dict(amounts)
    for long in [years for years, amount in amounts.items() if amount > 0.0]:
        for short in [years for years, amount in amounts.items() if amount < 0.0]:
            hedged = min(left[long], -left[short])
            if sign(hedged * unit) > 0:
                left[long] -= hedged
                left[short] += hedged
                days = abs(long - short) * DAYS_PER_YEAR
                label = f"{hedged * unit:,.0f} over {days:.4g} days"
                yield given(label, hedged * unit * abs(long - short) * time_unit)
