"""What a manager's holdings lose in every scenario, and the worst of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from margin_core.margin.figure import Line, floored, given, largest, scaled, total
from margin_core.margin.last_bits import EQUAL, worst
from margin_core.margin.result import Outcome
from margin_core.methodologies.derive_pmrm.terms import Scenario, Shock, scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator

    from margin_core.methodologies.derive_pmrm.book import Book, Expiry
    from margin_core.methodologies.derive_pmrm.terms import Params
    from margin_core.pricing.black import FloatArray

BASIS = "basis contingency: each expiry's forward by itself"
SOURCE = "contracts#scenario losses"


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """Every scenario's outcome, the basis contingency last; ``worst`` is the binding one."""

    outcomes: tuple[Outcome, ...]
    worst: int
    line: Line


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """A book in all its scenarios; units of the cash asset, before dampening."""

    held: Book
    rows: tuple[Scenario, ...]
    today: FloatArray  # (n_options,)
    shocked: FloatArray  # (n_scenarios, n_options)
    discounts: FloatArray  # (n_scenarios, n_expiries)
    signs: FloatArray  # (n_scenarios, n_expiries): -1 where a gain counts as a loss
    basis: FloatArray  # (2, n_options): change of value as the forward rises, falls
    basis_factors: FloatArray  # (n_expiries,)

    def label(self, i: int) -> str:
        return self.rows[i].label if i < len(self.rows) else BASIS


def losses(held: Book, p: Params) -> Losses:
    """Return the P&L of every scenario and the largest loss, units of the cash asset.

    In each scenario prices and volatilities move; the net value of each expiry is then marked
    down, or a liability up, by the expiry's static discount, against its value today without
    one. The basis contingency, where each expiry's forward moves by itself, is one more
    candidate: the largest loss is never below zero.
    """
    grid = _grid(held, p)
    by_holding = np.vstack([_scenario_pnl(grid), _basis_pnl(grid)])
    outcomes = tuple(_outcome(grid, i, row, p) for i, row in enumerate(by_holding.tolist()))
    # of scenarios that lose alike the first binds, and the basis contingency before any
    binding = (worst((outcomes[-1], *outcomes[:-1])) - 1) % len(outcomes)
    lines = (
        total(outcome.label, *_opened(grid, i))
        if i == binding
        else given(outcome.label, 0.0 - outcome.pnl)
        for i, outcome in enumerate(outcomes)
    )
    return Losses(
        outcomes,
        binding,
        largest(f"{held.symbol}, largest loss", *lines, source=SOURCE),
    )


def _grid(held: Book, p: Params) -> _Grid:
    rows = scenarios(p)
    vols = {shock: held.shocked(shock, p) for shock in {Shock.NONE, *(r.shock for r in rows)}}
    growth = [1.0, p.scenario_spot_up, p.scenario_spot_down, *(row.forward for row in rows)]
    values = held.option_values(
        np.array(growth)[:, None],
        np.stack([*[vols[Shock.NONE]] * 3, *(vols[row.shock] for row in rows)]),
        p,
    )
    today, basis, shocked = values[0], values[1:3] - values[0], values[3:]
    net = _settled(held.by_expiry(shocked), held.by_expiry(np.abs(shocked)))
    pairs = np.array([expiry.discounts for expiry in held.expiries]).reshape(-1, 2)
    discounts = np.where(net >= 0.0, pairs[:, 0], pairs[:, 1])
    skews = np.array([row.shock.skews for row in rows], dtype=bool)[:, None]
    net_today, gross = held.by_expiry(today[None, :]), held.by_expiry(np.abs(today)[None, :])
    gains = _settled(net * discounts - net_today, held.by_expiry(np.abs(shocked)) + gross) > 0.0
    years = np.array([expiry.years for expiry in held.expiries])
    return _Grid(
        held,
        rows,
        today,
        shocked,
        discounts,
        np.where(skews & gains, -1.0, 1.0),
        basis,
        p.basis_cont_add_factor + p.basis_cont_mult_factor * years,
    )


def _settled(nets: FloatArray, gross: FloatArray) -> FloatArray:
    """Return nets without what rounding leaves of them, so that it turns no sign."""
    return np.asarray(np.where(np.abs(nets) > EQUAL * gross, nets, 0.0))


def _scenario_pnl(grid: _Grid) -> FloatArray:
    """Return what each holding adds to each scenario's P&L, (n_scenarios, n_holdings)."""
    held = grid.held
    options = grid.discounts[:, held.expiry_of] * grid.shocked - grid.today
    options *= grid.signs[:, held.expiry_of]
    moving = [mark.position.units * mark.price for mark in held.perpetuals]
    moving += [coin.value for coin in held.coins]
    moves = np.array([row.move for row in grid.rows]).reshape(-1, 1)
    dampening = np.array([row.dampening for row in grid.rows]).reshape(-1, 1)
    return np.asarray(dampening * np.hstack([options, moves * np.array(moving)]))


def _basis_pnl(grid: _Grid) -> FloatArray:
    """Return what each holding adds to the basis contingency, (1, n_holdings)."""
    held = grid.held
    gross = held.by_expiry(np.abs(grid.basis) + np.abs(grid.today))
    changes = _settled(held.by_expiry(grid.basis), gross)
    worse = np.argmin(changes, axis=0)
    counts = grid.basis_factors * (changes.min(axis=0) < 0.0)
    columns = np.arange(len(held.options))
    options = counts[held.expiry_of] * grid.basis[worse[held.expiry_of], columns]
    rest = np.zeros(len(held.perpetuals) + len(held.coins))
    return np.concatenate([options, rest])[None, :]


def _outcome(grid: _Grid, i: int, by_holding: list[float], p: Params) -> Outcome:
    symbol, pnl = grid.held.symbol, sum(by_holding)
    move = vol = 0.0
    if i < len(grid.rows):
        row = grid.rows[i]
        ranges = {Shock.UP: p.vol_range_up, Shock.DOWN: -p.vol_range_down}
        move, vol = row.move, ranges.get(row.shock, 0.0)
    return Outcome(
        label=grid.label(i),
        moves=((symbol, move, vol),),
        pnl=pnl,
        pnl_by_underlying=((symbol, pnl),),
        group=symbol,
        pnl_by_position=tuple(zip(grid.held.labels, by_holding, strict=True)),
        beside=i == len(grid.rows),
    )


def _opened(grid: _Grid, i: int) -> Iterator[Line]:
    """Yield the losses that the binding scenario is made of, down to the holdings."""
    if i == len(grid.rows):
        for j, expiry in enumerate(grid.held.expiries):
            yield _basis_line(grid, j, expiry)
        return
    row = grid.rows[i]
    for j, expiry in enumerate(grid.held.expiries):
        yield _expiry_line(grid, i, j, expiry)
    for mark in grid.held.perpetuals:
        yield _moved(mark.label, mark.position.units * mark.price, row)
    for coin in grid.held.coins:
        yield _moved(coin.label, coin.value, row)


def _moved(label: str, value: float, row: Scenario) -> Line:
    worth = given(f"{label} at its mark", value)
    return scaled(f"{label}, {row.label}", worth, -row.dampening * row.move)


def _expiry_line(grid: _Grid, i: int, j: int, expiry: Expiry) -> Line:
    """Return the loss of one expiry in a scenario."""
    row, discount = grid.rows[i], float(grid.discounts[i, j])
    shocked = total(f"{expiry.name} after the move", *_values(grid, expiry, grid.shocked[i]))
    loss = total(
        expiry.name,
        total(f"{expiry.name} today", *_values(grid, expiry, grid.today)),
        scaled(
            f"less {expiry.name} after the move, times {discount:.4g}",
            shocked,
            -discount,
            source="contracts#static discount",
        ),
    )
    if grid.signs[i, j] < 0.0:
        loss = scaled(
            f"{expiry.name}, the skew the other way", loss, -1.0, source="contracts#skew shocks"
        )
    if row.dampening == 1.0:
        return loss
    return scaled(f"{expiry.name}, {row.dampening * 100:.3g} % of it", loss, row.dampening)


def _basis_line(grid: _Grid, j: int, expiry: Expiry) -> Line:
    """Return the basis contingency of one expiry: a factor times the worse of two moves."""
    sides = (
        total(f"{expiry.name}, forward {side}", *_values(grid, expiry, 0.0 - grid.basis[number]))
        for number, side in enumerate(("up", "down"))
    )
    worse = floored(f"{expiry.name}, loss", largest(f"{expiry.name}, worse side", *sides))
    return scaled(
        f"{expiry.name}, basis",
        worse,
        float(grid.basis_factors[j]),
        source="contracts#basis contingency",
    )


def _values(grid: _Grid, expiry: Expiry, values: FloatArray) -> Iterator[Line]:
    for i in expiry.members:
        yield given(grid.held.options[i].label, float(values[i]))
