"""Brackets: margin rates that step up with the size of a position."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from margin_core.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Bracket:
    """Rates of a position whose size is at least ``floor``, in its settlement currency.

    Its maintenance margin is ``size * rate - deduction``; it may be opened at up to ``leverage``.
    """

    floor: float
    rate: float
    leverage: float
    deduction: float

    def maintenance(self, size: float) -> float:
        """Return the maintenance margin of a position of ``size``, in its currency."""
        return size * self.rate - self.deduction


def brackets(rows: Sequence[Sequence[float]], where: str = "brackets") -> tuple[Bracket, ...]:
    """Return the brackets of a table, each with its deduction.

    A deduction is the one before plus floor times the step of the rate, which makes the
    maintenance margin the sum over brackets of what falls into each, at its own rate.

    Parameters
    ----------
    rows : sequence of (floor, maintenance rate, highest leverage)
        Floors rise from 0; rates rise; leverage falls.
    where : str
        Named by an error.

    Raises
    ------
    ParameterError
        If floors or rates do not rise so, or a rate asks more to keep than to open.
    """
    _check(rows, where)
    found: list[Bracket] = []
    deduction, rate_before = 0.0, 0.0
    for floor, rate, leverage in rows:
        deduction += floor * (rate - rate_before)
        found.append(Bracket(floor, rate, leverage, deduction))
        rate_before = rate
    return tuple(found)


def bracket_of(table: Sequence[Bracket], size: float) -> Bracket:
    """Return the bracket that a position of ``size`` is in."""
    return next(bracket for bracket in reversed(table) if size >= bracket.floor)


def _check(rows: Sequence[Sequence[float]], where: str) -> None:
    if not rows or any(len(row) != 3 for row in rows) or rows[0][0] != 0.0:  # noqa: PLR2004
        raise ParameterError(
            "a bracket is a floor, a maintenance rate and a leverage, and the first floor is 0",
            where=where,
            remedy="Write [[0, 0.004, 125], [50000, 0.005, 100]].",
        )
    rising = all(low[0] < high[0] and low[1] <= high[1] for low, high in pairwise(rows))
    if not rising or any(rate <= 0.0 or leverage <= 0.0 for _, rate, leverage in rows):
        raise ParameterError(
            "floors and rates of brackets do not rise, or one is not positive",
            where=where,
            remedy="Write the smallest bracket first.",
        )
    if any(rate * leverage > 1.0 + ROUNDING for _, rate, leverage in rows):
        raise ParameterError(
            "a bracket asks more to keep a position than to open it",
            where=where,
            remedy="Lower its rate or its leverage.",
        )
