"""Signs, zeros and choices that the last bits of a float, which differ by machine, can't turn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from margin_core.margin.result import Outcome

    T = TypeVar("T")

PLACES = 6  # of money: a smaller amount is zero
DUST = 0.5 * 10.0**-PLACES
CENT = 0.005  # of money: amounts nearer to each other are one figure to a reader
EQUAL = 1e-12  # relative: amounts nearer to each other are one


def sign(amount: float) -> int:
    """Return -1, 0 or 1; an amount of money below a millionth has no sign."""
    rounded = round(amount, PLACES)
    return (rounded > 0.0) - (rounded < 0.0)


def first_largest(amounts: Sequence[float]) -> int:
    """Return the place of the first of the largest amounts, which differ by rounding alone."""
    top = max(range(len(amounts)), key=amounts.__getitem__)
    least = _within(amounts[top])
    return next((i for i in range(top) if amounts[i] >= least), top)


def worst(outcomes: Sequence[Outcome]) -> int:
    """Return the place of the first of the outcomes that lose most, but for rounding."""
    return first_largest([-outcome.pnl for outcome in outcomes])


def by_size(items: Iterable[T], amount: Callable[[T], float]) -> list[T]:
    """Return the items, the largest first; those alike but for rounding stay in their order."""
    held = list(items)
    amounts = [amount(item) for item in held]
    ranks, rank, least = {}, 0, math.inf
    for i in sorted(range(len(held)), key=lambda i: -amounts[i]):
        if amounts[i] < least:
            rank, least = rank + 1, _within(amounts[i])
        ranks[i] = rank
    return [held[i] for i in sorted(ranks, key=lambda i: (ranks[i], i))]


def _within(top: float) -> float:
    """Return the least amount that is ``top`` but for rounding."""
    return top if math.isinf(top) else top - max(abs(top) * EQUAL, DUST)
