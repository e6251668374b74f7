"""A block of spreads in the small spreads that a reader knows, where that changes nothing."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from margin_core.methodologies.us_reg_t.groups import Group, Kind
from margin_core.methodologies.us_reg_t.losses import losses, price_points, signed_units, strike
from margin_core.methodologies.us_reg_t.shapes import common_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from margin_core.methodologies.us_reg_t.legs import Series

_MOST_LEGS = 60  # beyond, a block is shown whole: a list of so many spreads explains nothing
_MOST_LEGS_IN_FOURS = 14
_TOLERANCE = 1e-9  # of the largest loss at any price


def decompose(legs: Sequence[Series]) -> list[Group]:
    """Return spreads that together hold ``legs`` and lose exactly what they lose as one.

    First two-leg, then four-leg spreads are taken out, as many of each as leave the sum of the
    maximum losses unchanged; what can't be divided, or has a name as it is, stays one spread. The
    order is fixed, so that the same block always reads the same.
    """
    whole = all(float(leg.quantity).is_integer() for leg in legs)
    if common_name(legs) or len(legs) > _MOST_LEGS or not whole or not _any_pair_lawful(legs):
        return [Group(Kind.SPREAD, tuple(legs))]
    left = np.array([abs(leg.quantity) for leg in legs])
    per_contract = losses(legs, price_points(legs)) / left[:, None]
    groups: list[Group] = []
    two_legs = _verticals(legs)
    left = _take_out(legs, two_legs, per_contract, left, groups)
    left = _take_out(legs, _fours(two_legs, left), per_contract, left, groups)
    if left.any():
        groups.append(_group(legs, left))
    return groups


def _any_pair_lawful(legs: Sequence[Series]) -> bool:
    """Return whether every short expires by the first long, so that any part is a spread."""
    last_short = max(leg.option.expiry for leg in legs if leg.quantity < 0)
    return all(leg.option.expiry >= last_short for leg in legs if leg.quantity > 0)


def _verticals(legs: Sequence[Series]) -> list[np.ndarray]:
    """Return every two-leg spread as contracts per leg, the narrowest first."""
    found = []
    for i, short in enumerate(legs):
        for k, long in enumerate(legs):
            opposite = short.quantity < 0 < long.quantity
            if opposite and short.option.right is long.option.right:
                contracts = _matching(short, long)
                if contracts is not None:
                    spread = np.zeros(len(legs))
                    spread[i], spread[k] = contracts
                    found.append((abs(strike(short) - strike(long)), i, k, spread))
    return [spread for *_, spread in sorted(found, key=lambda entry: entry[:3])]


def _matching(short: Series, long: Series) -> tuple[float, float] | None:
    """Return the fewest contracts of each with equal units; None if there are none."""
    one, other = abs(signed_units(short.of(1.0))), abs(signed_units(long.of(1.0)))
    ratio = max(one, other) / min(one, other)
    if not ratio.is_integer():
        return None
    return (1.0, ratio) if one >= other else (ratio, 1.0)


def _fours(two_legs: list[np.ndarray], left: np.ndarray) -> Iterable[np.ndarray]:
    """Return every pair of two-leg spreads that what is left could hold."""
    if np.count_nonzero(left) > _MOST_LEGS_IN_FOURS:
        return ()
    held = [spread for spread in two_legs if (spread <= left).all()]
    return (first + second for first, second in combinations(held, 2))


def _take_out(
    legs: Sequence[Series],
    candidates: Iterable[np.ndarray],
    per_contract: np.ndarray,
    left: np.ndarray,
    groups: list[Group],
) -> np.ndarray:
    """Append to ``groups`` what can be taken out without changing the loss; return the rest."""
    for spread in candidates:
        times = _most_times(spread, per_contract, left)
        if times > 0.0:
            groups.append(_group(legs, times * spread))
            left = left - times * spread
    return left


def _most_times(spread: np.ndarray, per_contract: np.ndarray, left: np.ndarray) -> float:
    """Return how often ``spread`` can be taken out; the loss is convex in it, so bisect."""
    uses = spread > 0.0
    most = np.floor((left[uses] / spread[uses]).min())
    if most <= 0.0:
        return 0.0
    path, step = left @ per_contract, spread @ per_contract
    once, before = max(step.max(), 0.0), max(path.max(), 0.0)
    most_loss = before + _TOLERANCE * (1.0 + np.abs(path).max())

    def unchanged(times: float) -> bool:
        after = max((path - times * step).max(), 0.0)
        return bool(times * once + after <= most_loss)

    low, high = 0.0, most
    if unchanged(most):
        return float(most)
    while high - low > 1.0:
        middle = np.floor((low + high) / 2.0)
        low, high = (middle, high) if unchanged(middle) else (low, middle)
    return float(low)


def _group(legs: Sequence[Series], contracts: np.ndarray) -> Group:
    members = (leg.of(n) for leg, n in zip(legs, contracts.tolist(), strict=True) if n > 0.0)
    return Group(Kind.SPREAD, tuple(members))
