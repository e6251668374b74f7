"""What brokers add: wider ranges, volatility moves, concentration, large positions. All off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, floored, given, largest, scaled, total
from margin_core.methodologies.occ_tims.scan import Requirement, requirement
from margin_core.risk.exposures import exposures
from margin_core.risk.scenarios import grid

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
        yield _concentration(held, p)


def large_positions(held: Account, p: Params) -> Line:
    """Return the add-on for positions that are a large share of what is outstanding."""
    return total(
        "Large positions", *_large_positions(held, p), source="house#large_position_charge"
    )


def _concentration(held: Account, p: Params) -> Requirement:
    """Return the loss when the riskiest names move far and all others a little.

    Each name moves the way that hurts it; one that gains either way pays for no other.
    """
    scenario_set = grid((-p.concentrated_move, -p.other_move, p.other_move, p.concentrated_move))
    values = held.moved(dict.fromkeys(_symbols(held, held.everything), scenario_set), p)
    names: dict[str, list[int]] = {}
    for i, mark in enumerate(held.marks):
        key = held.portfolio.underlying(mark.position.underlying).class_key
        names.setdefault(key, []).append(i)
    pnl = {name: values[:, places].sum(axis=1).tolist() for name, places in names.items()}
    riskiest = sorted(pnl, key=lambda name: min(pnl[name][0], pnl[name][3]))
    far = riskiest[: int(p.concentrated_names)]
    sides = {name: (0, 3) if name in far else (1, 2) for name in names}
    line = total(
        f"{p.concentrated_names:g} riskiest names at {p.concentrated_move:.0%}, "
        f"others at {p.other_move:.0%}",
        *(
            _name(name, [(scenario_set.label(s), pnl[name][s]) for s in sides[name]])
            for name in names
        ),
        source="ibkr#concentration",
    )
    worse = {name: min(sides[name], key=pnl[name].__getitem__) for name in names}
    chosen = {i: worse[name] for name, places in names.items() for i in places}
    outcome = held.outcome(
        held.everything,
        [float(values[chosen[i], i]) for i in held.everything],
        label=line.label,
        group="Account",
        moves=tuple(
            (symbol, scenario_set.spot_moves[worse[name]], 0.0)
            for name, places in names.items()
            for symbol in _symbols(held, places)
        ),
        loss=line.amount,
    )
    return Requirement(line, (outcome,), (outcome,))


def _name(name: str, sides: Sequence[tuple[str, float]]) -> Line:
    """Return what one name loses on its worse side, nothing if it gains on both."""
    lines = (given(label, -pnl) for label, pnl in sides)
    return floored(f"{name}, at least nothing", largest(name, *lines))


def _symbols(held: Account, places: Sequence[int]) -> list[str]:
    return list(dict.fromkeys(held.marks[i].position.underlying for i in places))


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
