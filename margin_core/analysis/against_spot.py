"""Margin against spot: what an account must hold after each move, and where it fails."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from margin_core.margin.last_bits import sign
from margin_core.risk.marks import marks
from margin_core.risk.moves import Move, moved

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.result import MarginResult
    from margin_core.market.snapshot import Market


@dataclass(frozen=True, slots=True)
class SpotPoint:
    """One methodology's figures after a relative spot move, in the reporting currency."""

    move: float
    initial: float
    maintenance: float
    equity: float
    net_liquidation_value: float
    capital_to_open: float
    capital_to_keep: float
    margin_ratio: float | None

    @property
    def cushion(self) -> float:
        """Equity above maintenance; with several pockets as the worst pocket's ratio has it."""
        if self.margin_ratio is None:  # no equity, or a pocket that has none
            return min(self.equity, 0.0) - self.maintenance
        return (1.0 - self.margin_ratio) * abs(self.equity)

    @property
    def liquidated(self) -> bool:
        """Whether maintenance is not met: margin ratio 1 or more, or no equity to meet it."""
        cushion = sign(self.cushion)
        return cushion < 0 or (cushion == 0 and sign(self.maintenance) > 0)


class Side(StrEnum):
    """On which side of a crossing the account is liquidated."""

    BELOW = "below"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A relative spot move at which maintenance meets equity: liquidation on ``side`` of it."""

    move: float
    side: Side


def against_spot(
    portfolio: Portfolio,
    market: Market,
    margin: Callable[[Portfolio, Market], MarginResult],
    moves: Sequence[float],
    *,
    underlying: str | None = None,
) -> tuple[SpotPoint, ...]:
    """Return what ``margin`` asks at once after each spot move, volatilities unchanged.

    Parameters
    ----------
    portfolio : Portfolio
    market : Market
    margin : callable
        A methodology, or any function from account and market to a result.
    moves : sequence of float
        Relative moves above -1 (-0.2 is down 20 %), in any order.
    underlying : str, optional
        The only underlying that moves; by default all move alike.

    Returns
    -------
    tuple of SpotPoint
        One per move, in order.

    Raises
    ------
    MarginError
        As ``margin`` and the marks do.
    """
    today = marks(portfolio, market)
    points = []
    for size in moves:
        move = Move(spot=size) if underlying is None else Move(spots=((underlying, size),))
        points.append(_point(size, margin(*moved(portfolio, market, today, move))))
    return tuple(points)


def crossings(points: Sequence[SpotPoint]) -> tuple[Crossing, ...]:
    """Return where the account begins or ceases to be liquidated, lowest move first.

    Between two points the cushion is taken as a straight line.
    """
    ordered = sorted(points, key=lambda point: point.move)
    return tuple(
        Crossing(_zero(low, high), Side.BELOW if low.liquidated else Side.ABOVE)
        for low, high in pairwise(ordered)
        if low.liquidated != high.liquidated
    )


def _point(move: float, result: MarginResult) -> SpotPoint:
    return SpotPoint(
        move,
        result.initial.amount,
        result.maintenance.amount,
        result.equity.amount,
        result.net_liquidation_value,
        result.capital_to_open,
        result.capital_to_keep,
        result.margin_ratio,
    )


def _zero(low: SpotPoint, high: SpotPoint) -> float:
    """Return the move at which the line between two points' cushions is zero."""
    change = high.cushion - low.cushion
    if change == 0.0:  # both are zero, and only one has something to meet
        return high.move
    return low.move - low.cushion * (high.move - low.move) / change
