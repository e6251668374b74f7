"""What brokers add: wider ranges, volatility moves, concentration, large positions. All off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, given, scaled, total
from margin_core.methodologies.occ_tims.concentration import concentration
from margin_core.methodologies.occ_tims.scan import Requirement, requirement
from margin_core.risk.exposures import exposures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.methodologies.occ_tims.grouping import Group
    from margin_core.methodologies.occ_tims.scan import Account
    from margin_core.methodologies.occ_tims.terms import Params


def overlays(held: Account, groups: Sequence[Group], p: Params) -> Iterator[Requirement]:
    """Yield each house requirement that is on; the account owes the largest of them all."""
    if p.house_ranges.entries:
        yield requirement("House price ranges", held, groups, p, house=True)
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
        if share >= p.large_position_share:
            value = abs(units[symbol]) * held.market[symbol].spot
            yield scaled(
                f"{symbol}: {share:.2%} of the shares outstanding",
                given("Market value of the position, options at their delta", value),
                p.large_position_charge,
            )
