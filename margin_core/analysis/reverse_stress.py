"""How far spot must move, at each volatility, for the account to lose a given amount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from margin_core.errors import InputError
from margin_core.risk.revaluation import revalue
from margin_core.risk.scenarios import VolMode, VolRule, grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.market.snapshot import Market
    from margin_core.pricing.black import FloatArray
    from margin_core.risk.marks import Mark

LOWEST, HIGHEST = -0.99, 2.0  # relative spot moves looked at
STEP = 0.01
FINER = 20  # parts of a bracket, twice over
POINTS = VolRule(mode=VolMode.POINTS)


@dataclass(frozen=True, slots=True)
class LosingMoves:
    """The nearest spot moves that lose the amount while volatility moves by ``vol_points``.

    Relative moves; 0 where the volatility move alone loses it, None where no move from
    ``LOWEST`` to ``HIGHEST`` does.
    """

    vol_points: float
    fall: float | None
    rise: float | None


def losing_moves(
    marks: Sequence[Mark], market: Market, loss: float, vol_moves: Sequence[float] = (0.0,)
) -> tuple[LosingMoves, ...]:
    """Return for each volatility move how far spot must fall, and rise, to lose ``loss``.

    Every spot moves alike, today; options keep their own volatility but for the move.

    Parameters
    ----------
    marks : sequence of Mark
        Positions and coins held.
    market : Market
    loss : float
        Reporting currency, above 0.
    vol_moves : sequence of float
        Points of volatility as decimals.

    Raises
    ------
    InputError
        If ``loss`` is not positive.
    """
    if not loss > 0.0:
        raise InputError(
            f"a loss of {loss:g} is not positive", where="loss", remedy="Enter an amount above 0."
        )
    falls = np.arange(0.0, LOWEST - STEP / 2, -STEP)
    rises = np.arange(0.0, HIGHEST + STEP / 2, STEP)
    return tuple(
        LosingMoves(vol, *(_nearest(marks, market, loss, vol, side) for side in (falls, rises)))
        for vol in vol_moves
    )


def _nearest(
    marks: Sequence[Mark],
    market: Market,
    loss: float,
    vol: float,
    moves: FloatArray,
    rounds: int = 2,
) -> float | None:
    """Return the first move along ``moves`` that loses ``loss``; between its steps, refined."""
    total = revalue(marks, market, grid(moves.tolist(), (vol,), vol_rule=POINTS)).total()
    losing = np.flatnonzero(total <= -loss)
    if not losing.size:
        return None
    if losing[0] == 0:
        return float(moves[0])
    before, first = losing[0] - 1, losing[0]
    low, high = moves[before], moves[first]
    if rounds:
        finer = np.linspace(low, high, FINER + 1)
        return _nearest(marks, market, loss, vol, finer, rounds - 1)
    share = (total[before] + loss) / (total[before] - total[first])
    return float(low + (high - low) * share)
