"""Sums of what may cancel: a net that only rounding left is zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

REST = 1e-9  # of what is netted: a smaller net is what rounding left


def net(amounts: Iterable[float]) -> float:
    """Return the sum of signed sizes in one unit; exactly 0 where 0.1 + 0.2 - 0.3 leaves bits."""
    terms = tuple(amounts)
    left = float(sum(terms))
    return left if abs(left) > REST * sum(map(abs, terms)) else 0.0


def net_rows(amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ``net`` of each row; shape (n, m) to (n,)."""
    left = amounts.sum(axis=1)
    return np.where(np.abs(left) > REST * np.abs(amounts).sum(axis=1), left, 0.0)
