"""MR3, MR4, MR5, MR7 and MR9: what a risk unit pays besides its stress losses."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from margin_core.book.portfolio import describe
from margin_core.errors import NotCoveredError
from margin_core.margin.coin_account import DOLLAR
from margin_core.margin.figure import Line, given, scaled, total, without_sign
from margin_core.margin.last_bits import sign
from margin_core.margin.parameters import NOT_PUBLISHED, give
from margin_core.methodologies.okx_pm.terms import KEY, pairs, quoted_in
from margin_core.risk.exposures import PERCENT, POINT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from margin_core.book.instruments import Instrument
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.okx_pm.terms import Params
    from margin_core.methodologies.okx_pm.unit import Contract, Unit

PAIRS = (("USDT", DOLLAR), ("USDT", "USDC"), ("USDC", DOLLAR))  # in the order they are matched


def vega(unit: Unit, p: Params) -> Line:
    """Return MR3: the net vega of each expiry at a move of its own, no gain paying for another."""
    lines = (
        scaled(
            f"{name} expiry",
            _size("Vega per point", members, lambda contract: contract.exposure.vega),
            p.vega_points / POINT,
        )
        for name, members in _by_expiry(unit.options)
    )
    return total("MR3: vega between expiries", *lines, source="rules#MR3")


def basis(unit: Unit, market: Market, p: Params) -> Line:
    """Return MR4: the net cash delta of each expiry at a rate that grows with its time."""
    floor, per_year = p.of(p.basis_floor, unit.coin), p.of(p.basis_per_year, unit.coin)
    lines = []
    for name, members in _by_expiry(unit.contracts):
        expiry = members[0].expiry
        years = 0.0 if expiry is None else market.years_to(expiry)
        size = _size(f"Cash delta, {name}", members, lambda contract: contract.cash_delta)
        lines.append(scaled(name, size, max(floor, per_year * years)))
    return total("MR4: basis", *lines, source="adjusted#MR4")


def rates(unit: Unit, p: Params) -> Line:
    """Return MR5: what the options lose on one shift of all rates."""
    size = _size("Rho per percentage point", unit.options, lambda contract: contract.exposure.rho)
    return scaled("MR5: interest rate", size, p.rate_shift / PERCENT, source="rules#MR5")


def reduction(unit: Unit, p: Params) -> Line:
    """Return MR7: what closing the positions is reckoned to cost, more for each slice of it."""
    rate, tiers = p.of(p.reduction_rate, unit.coin), p.of(p.reduction_tiers, unit.coin)
    groups: dict[Instrument, list[Contract]] = {}
    for contract in unit.contracts:
        groups.setdefault(contract.mark.position.instrument, []).append(contract)
    lines = (
        scaled(
            describe(instrument),
            _size("Cash delta", members, lambda contract: contract.cash_delta),
            rate,
            source="builder#mr7",
        )
        for instrument, members in groups.items()
    )
    raw = total("Raw charge", *lines)
    return tiered("MR7: minimum charge", raw, pairs(tiers, "reduction_tiers"), "adjusted#MR7")


def depeg(unit: Unit, market: Market, p: Params) -> Line:
    """Return MR9: what contracts in one dollar that hedge contracts in another are charged.

    Raises
    ------
    NotCoveredError
        If no factor is published for the amount hedged at the price of the stablecoin.
    MarketDataError
        If a stablecoin that hedges has no price.
    """
    deltas: dict[str, float] = {}
    for contract in unit.contracts:
        quote = quoted_in(contract.mark.position)
        deltas[quote] = deltas.get(quote, 0.0) + contract.cash_delta
    lines = []
    for first, second in PAIRS:
        a, b = deltas.get(first, 0.0), deltas.get(second, 0.0)
        if sign(a) * sign(b) >= 0:
            continue
        hedged = min(abs(a), abs(b))
        deltas[first] -= math.copysign(hedged, a)
        deltas[second] -= math.copysign(hedged, b)
        price = market.price(first, DOLLAR) / market.price(second, DOLLAR)
        raw = given(f"{first} against {second}, hedged", hedged)
        rows = depeg_rows(price, hedged, p)
        lines.append(tiered(f"{first} and {second}", raw, rows, "adjusted#MR9"))
    return total("MR9: stablecoins off their peg", *lines, source="rules#MR9")


def depeg_rows(price: float, hedged: float, p: Params) -> tuple[tuple[float, float], ...]:
    """Return (USD up to which, factor) for an amount hedged, at the price of a stablecoin.

    At or above the highest price of the table, and at or below the lowest, the end applies.

    Raises
    ------
    NotCoveredError
        If the amount needs a factor that is neither published nor given.
    """
    levels = sorted(float(level) for level, _ in p.depeg_factors.entries)
    level = min(max(price, levels[0]), levels[-1])
    row = next((cells for at, cells in p.depeg_factors.entries if float(at) == level), ())
    cells = [*row, *(NOT_PUBLISHED for _ in p.depeg_tiers[len(row) :]), NOT_PUBLISHED]
    rows = []
    for (lower, upper), cell in zip(pairwise((0.0, *p.depeg_tiers, math.inf)), cells, strict=True):
        if lower >= hedged:
            break
        factor = p.depeg_elsewhere if cell == NOT_PUBLISHED else cell
        if not isinstance(factor, float):
            raise NotCoveredError(
                f"no factor of MR9 is published for {hedged:,.0f} {DOLLAR} hedged at a price of "
                f"{price:.4f}",
                where="stablecoins",
                remedy=give([f"{KEY}.depeg_elsewhere"]),
            )
        rows.append((upper, factor))
    return tuple(rows)


def tiered(label: str, raw: Line, rows: Sequence[tuple[float, float]], source: str) -> Line:
    """Return an amount multiplied slice by slice.

    Parameters
    ----------
    raw : Line
        The amount, not negative.
    rows : sequence of (upper end, multiplier)
        Ends rise; what exceeds the last end is multiplied by the last multiplier.
    """
    if sign(raw.amount) <= 0:
        return total(label, raw, source=source)
    lines, lower = [], 0.0
    for number, (end, multiplier) in enumerate(rows, start=1):
        upper = raw.amount if number == len(rows) else min(end, raw.amount)
        if upper > lower:
            share = (upper - lower) / raw.amount
            name = f"{share * 100:.4g} % of it, times {multiplier:.6g}"
            lines.append(scaled(name, raw, share * multiplier))
            lower = upper
    return total(label, *lines, source=source)


def _by_expiry(contracts: Iterable[Contract]) -> Iterable[tuple[str, list[Contract]]]:
    """Yield the contracts of each expiry, perpetuals as one of their own."""
    groups: dict[str, list[Contract]] = {}
    for contract in contracts:
        name = "perpetuals" if contract.expiry is None else f"{contract.expiry:%-d %b %Y}"
        groups.setdefault(name, []).append(contract)
    yield from groups.items()


def _size(label: str, contracts: Sequence[Contract], amount: Callable[[Contract], float]) -> Line:
    """Return a net sum without its sign."""
    return without_sign(label, *(given(c.mark.label, amount(c)) for c in contracts))
