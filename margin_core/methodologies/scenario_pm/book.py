"""The account as the scenarios see it: every holding's P&L at every rank, by class group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from margin_core.methodologies.scenario_pm.terms import family, ranks, scenario_set
from margin_core.risk.marks import collateral_marks
from margin_core.risk.marks import marks as marked
from margin_core.risk.revaluation import revalue

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.haircuts import Collateral
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.scenario_pm.terms import Params, Rank
    from margin_core.pricing.black import FloatArray
    from margin_core.risk.marks import Mark
    from margin_core.risk.scenarios import ScenarioSet


@dataclass(frozen=True, slots=True)
class Group:
    """Holdings with the same deliverable, which net in full; ``members`` are columns."""

    name: str
    family: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """Holdings, and ``pnl[rank, holding]``: P&L in full, before weight and haircut.

    The positions come first, then the coins held as collateral; ``cushion`` is what a haircut
    already took from each holding, 0 for positions.
    """

    market: Market
    ranks: tuple[Rank, ...]
    marks: tuple[Mark, ...]
    labels: tuple[str, ...]
    sets: dict[str, ScenarioSet]  # of each underlying held
    pnl: FloatArray  # shape (n_ranks, n_holdings)
    cushion: FloatArray  # shape (n_holdings,)
    groups: tuple[Group, ...]
    n_positions: int

    def counted(self) -> FloatArray:
        """Return the P&L that counts: weighted, a coin's loss only beyond its haircut."""
        weighted = self.pnl * np.array([rank.weight for rank in self.ranks])[:, None]
        beyond = np.minimum(weighted + self.cushion, 0.0)
        return np.asarray(np.where(weighted < 0.0, beyond, weighted))

    def at(self, spot: float, vol: float) -> int:
        """Return the number of the rank with these shares of the ranges, in the grid."""
        return next(
            i for i, r in enumerate(self.ranks) if (r.spot, r.vol, r.weight) == (spot, vol, 1.0)
        )

    def mirrored(self) -> list[int]:
        """Return for each rank the one with the opposite spot move."""
        places = {(rank.spot, rank.vol, rank.weight): i for i, rank in enumerate(self.ranks)}
        return [places[-rank.spot, rank.vol, rank.weight] for rank in self.ranks]


def book(portfolio: Portfolio, market: Market, collateral: Collateral, p: Params) -> Book:
    """Return every holding revalued at every rank, each underlying in its own ranges.

    Raises
    ------
    MarketDataError
        If a position has no price source.
    ParameterError
        If the steps of the grid are faulty.
    """
    positions, coins = marked(portfolio, market), collateral_marks(portfolio, market)
    held = positions + coins
    symbols = dict.fromkeys(mark.position.underlying for mark in held)
    sets = {symbol: scenario_set(portfolio.underlying(symbol), p) for symbol in symbols}
    steps = ranks(p)
    pnl = np.zeros((len(steps), len(held)))
    for moves in dict.fromkeys(sets.values()):
        alike = [i for i, mark in enumerate(held) if sets[mark.position.underlying] == moves]
        pnl[:, alike] = revalue([held[i] for i in alike], market, moves).values
    moving = (
        deduction
        for balance, deduction in zip(portfolio.balances, collateral.deductions, strict=True)
        if market.has(balance.tracks or balance.asset)
    )
    cushion = np.array([0.0] * len(positions) + list(moving))
    groups = _groups(portfolio, held, p)
    labels = tuple(mark.label for mark in held)
    return Book(market, steps, held, labels, sets, pnl, cushion, groups, len(positions))


def _groups(portfolio: Portfolio, held: tuple[Mark, ...], p: Params) -> tuple[Group, ...]:
    """Return the class groups in order of appearance; the first holding names the family."""
    members: dict[str, list[int]] = {}
    for i, mark in enumerate(held):
        key = portfolio.underlying(mark.position.underlying).class_key
        members.setdefault(key, []).append(i)
    return tuple(
        Group(
            name,
            family(portfolio.underlying(held[columns[0]].position.underlying), p),
            tuple(columns),
        )
        for name, columns in members.items()
    )
