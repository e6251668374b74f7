"""Profit and loss against the spot, at chosen days ahead: where it is made, and the worst of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import Future, LpRange, Option, Perpetual
from margin_core.margin.last_bits import first_largest
from margin_core.risk.marks import entry_price
from margin_core.risk.revaluation import revalue
from margin_core.risk.scenarios import grid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from margin_core.book.instruments import Instrument
    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market
    from margin_core.risk.marks import Mark

REACH = 0.4  # largest relative move drawn, either way
STEP = 0.01
RESIDUE = 1e-9  # of the largest P&L: what adding floats in another order leaves behind


class Basis(StrEnum):
    """What profit and loss is counted from."""

    NOW = "now"  # today's marks
    ENTRY = "entry"  # entry prices
    VALUE = "value"  # nothing: what the positions are worth


@dataclass(frozen=True, slots=True)
class Range:
    """An interval of relative spot moves; None at an end that lies beyond what was computed."""

    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """P&L of an account ``days`` ahead, reporting currency, by relative move of every spot."""

    days: float
    moves: tuple[float, ...]  # increasing
    pnl: tuple[float, ...]

    @property
    def worst(self) -> tuple[float, float]:
        """The move with the lowest P&L, and that P&L."""
        place = first_largest([-pnl for pnl in self.pnl])
        return self.moves[place], self.pnl[place]

    @property
    def best(self) -> tuple[float, float]:
        """The move with the highest P&L, and that P&L."""
        place = first_largest(self.pnl)
        return self.moves[place], self.pnl[place]

    @property
    def profitable(self) -> tuple[Range, ...]:
        """The ranges of moves with a P&L above zero, lowest first."""
        tolerance = RESIDUE * max(map(abs, self.pnl), default=0.0)
        points = list(zip(self.moves, self.pnl, strict=True))
        ranges = [Range(None, None)] if points and points[0][1] > tolerance else []
        for low, high in pairwise(points):
            if low[1] <= tolerance < high[1]:
                ranges.append(Range(_zero(low, high), None))
            elif high[1] <= tolerance < low[1]:
                ranges[-1] = replace(ranges[-1], high=_zero(low, high))
        return tuple(ranges)

    @property
    def break_evens(self) -> tuple[float, ...]:
        """The moves at which profit turns into loss or loss into profit, lowest first."""
        ends = (end for r in self.profitable for end in (r.low, r.high))
        return tuple(end for end in ends if end is not None)

    def at(self, move: float) -> float:
        """Return the P&L at ``move``, on the line between the points beside it."""
        return float(np.interp(move, self.moves, self.pnl))

    def raised(self, amount: float) -> Curve:
        """Return the curve with ``amount`` added throughout."""
        return replace(self, pnl=tuple(pnl + amount for pnl in self.pnl))


def payoff_curves(
    marks: Sequence[Mark], market: Market, days: Sequence[float]
) -> tuple[Curve, ...]:
    """Return one curve per entry of ``days``, P&L against today's marks.

    Every spot moves alike and volatilities stay; a position whose expiry has passed is settled at
    the spot of the curve. Every strike and every end of a liquidity range within reach is a point,
    so that kinks are exact.

    Parameters
    ----------
    marks : sequence of Mark
        Positions and coins held, as ``marks`` and ``collateral_marks`` give them.
    market : Market
    days : sequence of float
        Days ahead, 0 for today.

    Returns
    -------
    tuple of Curve
    """
    moves = _moves(marks, market)
    values = revalue(marks, market, grid(moves, days=days)).grid()
    totals = values.sum(axis=-1)[:, 0, :]
    return tuple(
        Curve(day, moves, tuple(total.tolist())) for day, total in zip(days, totals, strict=True)
    )


def payoff_offset(
    basis: Basis, marks: Sequence[Mark], portfolio: Portfolio, market: Market
) -> float:
    """Return what a curve against today's marks is raised by to count from ``basis``.

    Parameters
    ----------
    basis : Basis
    marks : sequence of Mark
        As given to ``payoff_curves``.
    portfolio : Portfolio
    market : Market

    Returns
    -------
    float
        Reporting currency; coins held have no entry price and count from now.
    """
    match basis:
        case Basis.NOW:
            return 0.0
        case Basis.ENTRY:
            return sum(_profit(mark, portfolio, market) for mark in marks)
        case Basis.VALUE:
            return sum(mark.value for mark in marks)


def expiries(portfolio: Portfolio) -> tuple[datetime, ...]:
    """Return every expiry of the portfolio once, the first one first."""
    found = (getattr(position.instrument, "expiry", None) for position in portfolio.positions)
    return tuple(sorted({expiry for expiry in found if expiry is not None}))


def _moves(marks: Sequence[Mark], market: Market) -> tuple[float, ...]:
    """Return evenly spaced moves and, among them, one for each strike within reach."""
    count = round(REACH / STEP)
    even = {round(i * STEP, 12) for i in range(-count, count + 1)}
    kinks = {
        round(price / market[mark.position.underlying].spot - 1.0, 12)
        for mark in marks
        for price in _kinks(mark.position.instrument)
    }
    return tuple(sorted(even | {move for move in kinks if abs(move) < REACH}))


def _kinks(instrument: Instrument) -> tuple[float, ...]:
    match instrument:
        case Option(strike=strike):
            return (strike,)
        case LpRange(lower_price=lower, upper_price=upper):
            return lower, upper
        case _:
            return ()


def _profit(mark: Mark, portfolio: Portfolio, market: Market) -> float:
    """Return a position's profit since its entry, unsettled or in its price."""
    if mark.asset is not None:
        return 0.0
    if isinstance(mark.position.instrument, Future | Perpetual):
        return mark.value
    entry = entry_price(mark.position, mark.price, portfolio, market)
    return mark.position.units * (mark.price - entry)


def _zero(low: tuple[float, float], high: tuple[float, float]) -> float:
    """Return the move at which the line between two points is zero."""
    (left, under), (right, over) = low, high
    return left - under * (right - left) / (over - under)
