"""A risk unit of Bybit: all contracts on one coin, with the coins that hedge them where asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import Option
from margin_core.margin.risk_unit import coins_held, hedging_coins, outcome, worst_loss
from margin_core.risk.exposures import PERCENT, exposures
from margin_core.risk.revaluation import revalue
from margin_core.risk.scenarios import grid

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.figure import Line
    from margin_core.margin.result import Outcome
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.bybit_pm.terms import Params
    from margin_core.risk.exposures import PositionExposure
    from margin_core.risk.marks import Mark


@dataclass(frozen=True, slots=True)
class Unit:
    """The contracts on one coin; ``spot`` holds coins that hedge them, if they are counted."""

    coin: str
    index: float  # dollars
    contracts: tuple[PositionExposure, ...]
    spot: Mark | None = None

    @property
    def options(self) -> tuple[PositionExposure, ...]:
        """The options among the contracts."""
        return tuple(c for c in self.contracts if isinstance(c.mark.position.instrument, Option))

    @property
    def others(self) -> tuple[PositionExposure, ...]:
        """The futures and perpetuals among the contracts."""
        return tuple(c for c in self.contracts if c not in self.options)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Every holding that the stress moves."""
        return (*(c.mark for c in self.contracts), *((self.spot,) if self.spot else ()))


def units(
    portfolio: Portfolio, market: Market, marks: tuple[Mark, ...], p: Params
) -> tuple[Unit, ...]:
    """Return the risk units of the account, in order of appearance.

    With spot hedging, coins held are added as far as they offset a negative delta of the
    contracts; those that a balance holds at a haircut of its own are left out.
    """
    contracts: dict[str, list[PositionExposure]] = {}
    for found in exposures(marks, market):
        contracts.setdefault(found.mark.position.underlying, []).append(found)
    return tuple(
        Unit(coin, market[coin].spot, tuple(held), _spot(coin, held, portfolio, market, p))
        for coin, held in contracts.items()
    )


def maximum_loss(
    unit: Unit, market: Market, p: Params
) -> tuple[Line, tuple[Outcome, ...], Outcome]:
    """Return the worst loss over the grid of prices and volatilities, every cell and the worst.

    The coin's range may not be lacking.
    """
    moves = np.linspace(-1.0, 1.0, int(p.spot_points)) * (p.of("spot_range", unit.coin) or 0.0)
    vols = (-p.vol_down, 0.0, p.vol_up) if unit.options else (0.0,)
    scenarios = grid(tuple(moves.tolist()), vols)
    cube = revalue(unit.marks, market, scenarios)
    steps = zip(scenarios.spot_moves, scenarios.vol_moves, cube.values, strict=True)
    outcomes = tuple(
        outcome(unit.coin, scenarios.label(s), (spot, vol), unit.marks, row)
        for s, (spot, vol, row) in enumerate(steps)
    )
    line, worst = worst_loss("Maximum loss", "Worst of the grid", outcomes, "portfolio#1")
    return line, outcomes, worst


def _spot(
    coin: str,
    contracts: list[PositionExposure],
    portfolio: Portfolio,
    market: Market,
    p: Params,
) -> Mark | None:
    if not p.spot_hedging:
        return None
    index = market[coin].spot
    hedged = -sum(contract.exposure.delta for contract in contracts) / PERCENT / index
    return hedging_coins(coin, coins_held(coin, portfolio), hedged, index)
