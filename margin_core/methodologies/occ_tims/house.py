"""What brokers add: other ranges, volatility moves, concentration, large positions. All off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, given, scaled, total
from margin_core.methodologies.occ_tims.concentration import concentration
from margin_core.methodologies.occ_tims.scan import Requirement, requirement
from margin_core.methodologies.occ_tims.terms import ends_of, kind, leveraged, span
from margin_core.risk.exposures import exposures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.book.instruments import Underlying
    from margin_core.margin.parameters import Table
    from margin_core.methodologies.occ_tims.grouping import Group
    from margin_core.methodologies.occ_tims.scan import Account
    from margin_core.methodologies.occ_tims.terms import Params

    Ranges = dict[str, tuple[float, float]]  # by symbol, down and up


def overlays(held: Account, groups: Sequence[Group], p: Params) -> Iterator[Requirement]:
    """Yield each house requirement that is on; the account owes the largest of them all."""
    for label, ranges in (
        ("House price ranges", _by_kind(held, p)),
        (f"{p.deviations:g} standard deviations", _by_deviations(held, p)),
        (f"Small companies at a value of {p.small_company_value:,.0f}", _by_value(held, p)),
    ):
        if ranges:
            yield requirement(label, held, groups, p, instead=ranges)
    if p.house_volatility_move:
        move = p.house_volatility_move
        yield requirement(
            f"House volatility move of {move:.4g} either way",
            held,
            groups,
            p,
            vol_moves=(-move, 0.0, move),
        )
    if p.concentrated_names and held.marks:
        yield concentration(held, p)


def without_data(held: Account, p: Params) -> Iterator[str]:
    """Yield which house requirement is on but has no data of what is held."""
    symbols = {u.symbol for u in held.underlyings}
    for on, title, table in (
        (p.large_position_charge, "The add-on for large positions", "shares_outstanding"),
        (p.deviations, "The move by standard deviations", "daily_deviations"),
        (p.small_company_value, "The move of small companies", "small_company_shares"),
    ):
        if on and not any(symbol in symbols for symbol, _ in getattr(p, table).entries):
            yield f"{title} is nothing without the parameter {table}"


def _by_kind(held: Account, p: Params) -> Ranges:
    """Return the house's range of each kind, which the leverage of a fund multiplies."""
    kinds = {u: kind(u, held.portfolio) for u in held.underlyings}
    return {
        u.symbol: leveraged(ends_of(p.house_ranges[name], "house_ranges"), u)
        for u, name in kinds.items()
        if name in p.house_ranges
    }


def _by_deviations(held: Account, p: Params) -> Ranges:
    """Return so many standard deviations of what is known; the rule's range moves the rest."""
    ends = {u.symbol: p.deviations * _known(p.daily_deviations, u) for u in held.underlyings}
    return {symbol: (-move, move) for symbol, move in ends.items() if move}


def _by_value(held: Account, p: Params) -> Ranges:
    """Return for each small company the move to that value, where the rule's is not wider."""
    ranges: Ranges = {}
    for u in held.underlyings:
        shares = _known(p.small_company_shares, u)
        if p.small_company_value and shares:
            low, high = span(u, held.portfolio, p)
            move = p.small_company_value / (shares * held.market[u.symbol].spot) - 1.0
            ranges[u.symbol] = min(low, move), max(high, move)
    return ranges


def _known(table: Table, underlying: Underlying) -> float:
    """Return the reader's figure of an underlying; 0 where there is none."""
    return float(dict(table.entries).get(underlying.symbol, 0.0))


def large_positions(held: Account, p: Params) -> Line:
    """Return the add-on for positions that are a large share of what is outstanding."""
    return total(
        "Large positions", *_large_positions(held, p), source="house#large_position_charge"
    )


def _large_positions(held: Account, p: Params) -> Iterator[Line]:
    if not (p.large_position_charge and p.shares_outstanding.entries):
        return
    units: dict[str, float] = {}
    for exposure in exposures(held.marks, held.market):
        symbol = exposure.mark.position.underlying
        units[symbol] = units.get(symbol, 0.0) + exposure.delta_units
    for symbol, shares in p.shares_outstanding.entries:
        share = abs(units.get(symbol, 0.0)) / shares
        if share and share >= p.large_position_share:
            value = abs(units[symbol]) * held.market[symbol].spot
            yield scaled(
                f"{symbol}: {share:.2%} of the shares outstanding",
                given("Market value of the position, options at their delta", value),
                p.large_position_charge,
            )
