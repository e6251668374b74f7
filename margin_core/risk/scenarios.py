"""Sets of market moves, as tuples with one entry per scenario, and how a volatility moves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.pricing.black import FloatArray


class VolMode(StrEnum):
    """What a volatility move is counted in."""

    RELATIVE = "relative"  # 0.25: a quarter up
    POINTS = "points"  # 0.25: 25 points up


@dataclass(frozen=True, slots=True)
class VolRule:
    """How a volatility move acts on an option's own volatility.

    A move is multiplied by ``(reference_days / days to expiry) ** power``, with ``short_power``
    up to the reference and ``long_power`` past it, days counted at least ``days_floor``; the
    moved volatility is at least ``vol_floor``, one moved up at least ``up_floor``.
    """

    mode: VolMode = VolMode.RELATIVE
    reference_days: float = 30.0
    short_power: float = 0.0
    long_power: float = 0.0
    days_floor: float = 1.0
    vol_floor: float = 1e-4
    up_floor: float = 0.0

    def moved(self, vol: FloatArray, days: FloatArray, moves: FloatArray) -> FloatArray:
        """Return volatilities of shape (n_options, n_moves), annualised.

        ``vol`` and ``days`` (to expiry) have shape (n_options,), ``moves`` shape (n_moves,).
        """
        floored = np.maximum(days, self.days_floor)
        power = np.where(floored <= self.reference_days, self.short_power, self.long_power)
        move = moves[None, :] * ((self.reference_days / floored) ** power)[:, None]
        moved = vol[:, None] + move if self.mode is VolMode.POINTS else vol[:, None] * (1.0 + move)
        moved = np.where(moves > 0.0, np.maximum(moved, self.up_floor), moved)
        # a volatility already under the floor is kept where nothing moves it
        return np.maximum(moved, np.minimum(self.vol_floor, vol)[:, None])


@dataclass(frozen=True, slots=True)
class ScenarioSet:
    """Moves of spot and volatility, and time passed; entry ``s`` of each is scenario ``s``.

    ``spot_moves`` are relative (0.15 = up 15 %), ``vol_moves`` as ``vol_rule`` counts them,
    ``days`` is time passed (empty: none). ``shape`` folds the set into (days, vol, spot).
    """

    spot_moves: tuple[float, ...]
    vol_moves: tuple[float, ...]
    days: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()
    vol_rule: VolRule = VolRule()
    shape: tuple[int, int, int] | None = None

    def __len__(self) -> int:
        return len(self.spot_moves)

    def weight(self, index: int) -> float:
        """Return how much of the scenario's loss counts, 1 by default."""
        return self.weights[index] if self.weights else 1.0

    def label(self, index: int) -> str:
        """Return a short name for scenario ``index``, such as ``spot −15 %, vol +25 %``."""
        parts = [f"spot {_percent(self.spot_moves[index])}"]
        if any(self.vol_moves):
            unit = "pts" if self.vol_rule.mode is VolMode.POINTS else "%"
            parts.append(f"vol {_percent(self.vol_moves[index], unit)}")
        if self.days and self.days[index]:
            parts.append(f"{self.days[index]:g} days on")
        return ", ".join(parts)


def grid(
    spot_moves: Sequence[float],
    vol_moves: Sequence[float] = (0.0,),
    days: Sequence[float] = (0.0,),
    *,
    vol_rule: VolRule = VolRule(),
) -> ScenarioSet:
    """Return every combination of the three axes, spot fastest, days slowest."""
    cells = list(product(days, vol_moves, spot_moves))
    return ScenarioSet(
        spot_moves=tuple(s for _, _, s in cells),
        vol_moves=tuple(v for _, v, _ in cells),
        days=tuple(d for d, _, _ in cells) if any(days) else (),
        vol_rule=vol_rule,
        shape=(len(days), len(vol_moves), len(spot_moves)),
    )


def _percent(move: float, unit: str = "%") -> str:
    if move == 0.0:
        return "unchanged"
    sign = "+" if move > 0.0 else "−"
    return f"{sign}{abs(move) * 100:.4g} {unit}"
