"""MR1, MR2 and MR6: what a risk unit loses as prices and volatilities move or a day passes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from margin_core.margin.figure import Line, floored, given, largest, scaled, total
from margin_core.margin.last_bits import first_largest, worst
from margin_core.margin.risk_unit import outcome, worst_loss
from margin_core.risk.revaluation import revalue
from margin_core.risk.scenarios import ScenarioSet, VolMode, VolRule, grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.margin.result import Outcome
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.okx_pm.terms import Params
    from margin_core.methodologies.okx_pm.unit import Contract, Unit
    from margin_core.pricing.black import FloatArray

DIRECTIONS = (-1, 0, 1)
WORDS = {-1: "down", 0: "unchanged", 1: "up"}
MODES = {VolMode.POINTS: "points", VolMode.RELATIVE: "percent"}


@dataclass(frozen=True, slots=True)
class Stress:
    """A part of the requirement, the scenarios it was taken from, and the worst of these."""

    line: Line
    outcomes: tuple[Outcome, ...]
    worst: Outcome


def spot_and_volatility(unit: Unit, market: Market, p: Params) -> Stress:
    """Return MR1: the worst of the moves of the index, volatility down, unchanged and up.

    A volatility is moved in points or in percent, whichever loses more at that cell. A unit
    without options has no volatility to move.
    """
    side = p.of(p.spot_moves, unit.coin)
    moves = (*(-move for move in reversed(side)), 0.0, *side)
    if not unit.has_options:
        rows = _at_moves(unit, market, moves)
        outcomes = [
            _outcome(unit, _spot(move), (move, 0.0), row)
            for move, row in zip(moves, rows, strict=True)
        ]
    else:
        by_mode = {mode: _cells(unit, market, moves, mode, p) for mode in MODES}
        outcomes = [
            _cell(unit, cell, {mode: values[i] for mode, values in by_mode.items()}, market, p)
            for i, cell in enumerate(product(DIRECTIONS, moves))
        ]
    return _worst("MR1: spot and volatility", outcomes, "merge#MR1")


def extreme(unit: Unit, market: Market, p: Params) -> Stress:
    """Return MR6: a share of the worse of two far moves of the index, volatility unchanged."""
    move = p.of(p.extreme_move, unit.coin)
    rows = _at_moves(unit, market, (-move, move))
    full = [
        _outcome(unit, _spot(m), (m, 0.0), row) for m, row in zip((-move, move), rows, strict=True)
    ]
    counted = [
        _outcome(
            unit,
            f"{whole.label}, {p.extreme_share * 100:.4g} % of it",
            (m, 0.0),
            p.extreme_share * row,
        )
        for m, row, whole in zip((-move, move), rows, full, strict=True)
    ]
    binding = counted[worst(counted)]
    losses = (
        total(each.label, *(given(name, 0.0 - pnl) for name, pnl in each.pnl_by_position))
        for each in full
    )
    far = largest("Worst of the far moves", *losses)
    share = scaled(binding.label, far, p.extreme_share, source="builder#mr6")
    line = floored("MR6: extreme move", share, source="adjusted#MR6")
    return Stress(line, tuple(counted), binding)


def theta(unit: Unit, market: Market, p: Params) -> Stress:
    """Return MR2: what the options lose as time passes and nothing else happens."""
    marks = [contract.mark for contract in unit.options]
    row = revalue(marks, market, ScenarioSet((0.0,), (0.0,), days=(p.theta_days,))).values[0]
    lost = [given(mark.label, -float(value)) for mark, value in zip(marks, row, strict=True)]
    name = f"{p.theta_days:g} days on"
    decay = outcome(unit.coin, name, (0.0, 0.0), marks, row)
    line = floored("MR2: theta", total(name, *lost), source="rules#MR2")
    return Stress(line, (decay,), decay)


def vol_move(days: float, mode: VolMode, p: Params) -> float:
    """Return how far the volatility of an option moves: points or a ratio, by days to expiry."""
    sizes = p.vol_points if mode is VolMode.POINTS else p.vol_percent
    return float(np.interp(days, p.vol_days, sizes))


def _at_moves(unit: Unit, market: Market, moves: Sequence[float]) -> FloatArray:
    """Return P&L of shape (n_moves, n_holdings) at unchanged volatilities."""
    values = _linear(unit, moves)
    options = [i for i, contract in enumerate(unit.contracts) if contract.is_option]
    if options:
        marks = [unit.contracts[i].mark for i in options]
        values[:, options] = revalue(marks, market, grid(moves)).values
    return values


def _cells(
    unit: Unit, market: Market, moves: Sequence[float], mode: VolMode, p: Params
) -> FloatArray:
    """Return P&L of shape (3 * n_moves, n_holdings), volatility down first, spot fastest."""
    values = np.tile(_linear(unit, moves), (len(DIRECTIONS), 1))
    expiries: dict[object, list[int]] = {}
    for i, contract in enumerate(unit.contracts):
        if contract.is_option:
            expiries.setdefault(contract.expiry, []).append(i)
    for members in expiries.values():
        marks = [unit.contracts[i].mark for i in members]
        size = vol_move(_days(unit.contracts[members[0]], market), mode, p)
        shifts = tuple(direction * size for direction in DIRECTIONS)
        scenarios = grid(moves, shifts, vol_rule=VolRule(mode=mode))
        values[:, members] = revalue(marks, market, scenarios).values
    return values


def _linear(unit: Unit, moves: Sequence[float]) -> FloatArray:
    """Return P&L of shape (n_moves, n_holdings): futures, perpetuals and coins; options 0."""
    slopes = [0.0 if contract.is_option else contract.slope for contract in unit.contracts]
    if unit.spot_in_use is not None:
        slopes.append(unit.spot_in_use.value)
    return np.outer(moves, slopes)


def _cell(
    unit: Unit,
    cell: tuple[int, float],
    rows: dict[VolMode, FloatArray],
    market: Market,
    p: Params,
) -> Outcome:
    """Return one cell of the grid in the mode that loses more there."""
    direction, move = cell
    modes = tuple(rows)
    mode = modes[first_largest([-float(rows[mode].sum()) for mode in modes])]
    label = f"{_spot(move)}, vol {WORDS[direction]}"
    if direction:
        label += f" in {MODES[mode]}"
    shift = direction * _relative(unit, market, mode, p)
    return _outcome(unit, label, (move, shift), rows[mode])


def _relative(unit: Unit, market: Market, mode: VolMode, p: Params) -> float:
    """Return the relative move of the volatility of the option that expires first."""
    first = min(unit.options, key=lambda contract: _days(contract, market))
    size = vol_move(_days(first, market), mode, p)
    return size if mode is VolMode.RELATIVE else size / first.mark.volatility


def _days(contract: Contract, market: Market) -> float:
    return market.days_to(contract.expiry) if contract.expiry is not None else 0.0


def _spot(move: float) -> str:
    return ScenarioSet((move,), (0.0,)).label(0)


def _outcome(unit: Unit, label: str, move: tuple[float, float], row: FloatArray) -> Outcome:
    return outcome(unit.coin, label, move, unit.marks, row)


def _worst(label: str, outcomes: Sequence[Outcome], source: str) -> Stress:
    line, worst_of_all = worst_loss(label, "Worst of the moves", outcomes, source)
    return Stress(line, tuple(outcomes), worst_of_all)
