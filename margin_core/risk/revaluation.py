"""Profit and loss of every position in every scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import (
    Future,
    LpRange,
    MarginType,
    Option,
    Perpetual,
    Stock,
)
from margin_core.market.snapshot import DAYS_PER_YEAR
from margin_core.risk.marks import range_value
from margin_core.risk.models import option_grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.market.snapshot import Market
    from margin_core.pricing.black import FloatArray
    from margin_core.risk.marks import Mark
    from margin_core.risk.scenarios import ScenarioSet


@dataclass(frozen=True, slots=True, eq=False)
class PnlCube:
    """P&L against today's mark, ``values[scenario, position]``, reporting currency.

    Additive by column: a trade more is a column more, a group is a sum of columns.
    """

    scenarios: ScenarioSet
    marks: tuple[Mark, ...]
    values: FloatArray  # shape (n_scenarios, n_positions)

    def total(self) -> FloatArray:
        """Return the P&L of all positions per scenario, shape (n_scenarios,)."""
        return np.asarray(self.values.sum(axis=1))

    def by(self, underlying: str) -> FloatArray:
        """Return the P&L of one underlying's positions per scenario, shape (n_scenarios,)."""
        chosen = [mark.position.underlying == underlying for mark in self.marks]
        return np.asarray(self.values[:, chosen].sum(axis=1))

    def grid(self) -> FloatArray:
        """Return the values folded by the set's shape: (days, vol, spot, position)."""
        if self.scenarios.shape is None:
            raise ValueError("these scenarios form no grid")
        return self.values.reshape(*self.scenarios.shape, len(self.marks))


def revalue(marks: Sequence[Mark], market: Market, scenarios: ScenarioSet) -> PnlCube:
    """Return the P&L of every marked position in each scenario.

    Each scenario moves every underlying alike; where underlyings move differently, revalue each
    one's positions under its own set. An option keeps its own volatility but for the scenario's
    move; futures keep their basis, which shrinks to nothing at expiry; perpetuals move with spot;
    liquidity in a range is worth what the new spot makes of it, fees left out.
    """
    values = np.zeros((len(scenarios), len(marks)))
    for symbol in dict.fromkeys(mark.position.underlying for mark in marks):
        spot = market[symbol].spot
        members = [i for i, mark in enumerate(marks) if mark.position.underlying == symbol]
        options = [i for i in members if isinstance(marks[i].position.instrument, Option)]
        if options:
            values[:, options] = _options([marks[i] for i in options], spot, market, scenarios)
        for i in members:
            if not isinstance(marks[i].position.instrument, Option):
                values[:, i] = _other(marks[i], spot, market, scenarios)
    return PnlCube(scenarios, tuple(marks), values)


def _options(
    marks: Sequence[Mark], spot: float, market: Market, scenarios: ScenarioSet
) -> FloatArray:
    """Return P&L of shape (n_scenarios, n_options), all on one underlying."""
    options = [m.position.instrument for m in marks if isinstance(m.position.instrument, Option)]
    spots, at_spot = np.unique(scenarios.spot_moves, return_inverse=True)
    moves, at_move = np.unique(scenarios.vol_moves, return_inverse=True)
    days, at_day = np.unique(scenarios.days or (0.0,) * len(scenarios), return_inverse=True)
    vol = np.array([mark.volatility for mark in marks])
    to_expiry = np.array([market.days_to(option.expiry) for option in options])
    moved = scenarios.vol_rule.moved(vol, to_expiry, moves)
    values = option_grid(options, market, spot * (1.0 + spots), moved, days)
    units = np.array([mark.position.units for mark in marks])
    price = np.array([mark.price for mark in marks])
    return np.asarray((values[:, at_day, at_move, at_spot] - price[:, None]).T * units)


def _other(mark: Mark, spot: float, market: Market, scenarios: ScenarioSet) -> FloatArray:
    """Return P&L of shape (n_scenarios,) of anything but an option."""
    instrument = mark.position.instrument
    growth = 1.0 + np.asarray(scenarios.spot_moves)
    price = mark.price * growth
    if isinstance(instrument, LpRange):
        price = range_value(instrument, spot * growth)
    if isinstance(instrument, Stock | Option | LpRange):
        return np.asarray(mark.position.units * (price - mark.price))
    if isinstance(instrument, Future) and scenarios.days:
        price = spot * growth * (mark.price / spot) ** _left(instrument, market, scenarios)
    if isinstance(instrument, Future | Perpetual) and instrument.margin_type is MarginType.LINEAR:
        return np.asarray(mark.position.units * (price - mark.price))
    # coins won since the mark, and the coins unsettled before it, both at the new spot
    won = mark.position.units * (1.0 / mark.price - 1.0 / price) * spot * growth
    unsettled = mark.value - mark.position.accrued_funding
    return np.asarray(won + unsettled * (growth - 1.0))


def _left(future: Future, market: Market, scenarios: ScenarioSet) -> FloatArray:
    """Return the share of the future's life that is left in each scenario."""
    years = market.years_to(future.expiry)
    if years == 0.0:
        return np.zeros(len(scenarios))
    return np.maximum(1.0 - np.asarray(scenarios.days) / DAYS_PER_YEAR / years, 0.0)
