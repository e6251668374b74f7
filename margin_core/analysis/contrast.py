"""One phase's capital explained, two rule books side by side, and two accounts side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.analysis.attribution import Phase
from margin_core.margin.figure import Line, given, scaled, total
from margin_core.margin.last_bits import CENT, by_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.margin.result import MarginResult


@dataclass(frozen=True, slots=True)
class Contrast:
    """What ``chosen`` asks of an account, against what ``other`` asks; reporting currency."""

    chosen: MarginResult
    other: MarginResult
    phase: Phase

    @property
    def capital(self) -> float:
        """The capital that ``chosen`` asks."""
        return self.phase.capital(self.chosen)

    @property
    def other_capital(self) -> float:
        """The capital that ``other`` asks."""
        return self.phase.capital(self.other)

    @property
    def freed(self) -> float:
        """What ``chosen`` frees against ``other``; negative where it ties up more."""
        return self.other_capital - self.capital

    @property
    def same(self) -> bool:
        """Whether both ask the same to the cent."""
        return abs(self.freed) < CENT

    @property
    def share(self) -> float | None:
        """``freed`` as a fraction of what ``other`` asks; None where that is not positive."""
        return self.freed / self.other_capital if self.other_capital > CENT else None


@dataclass(frozen=True, slots=True)
class Change:
    """One rule book's capital before and after; None where it does not cover the account."""

    methodology: str
    title: str
    before: float | None
    after: float | None

    @property
    def difference(self) -> float | None:
        """What it asks more than before; negative is less."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


def explained_capital(result: MarginResult, phase: Phase) -> Line:
    """Return the capital of ``phase`` and the lines that it is made of.

    It is the requirement, and what the net liquidation value holds beyond the equity and the
    haircuts of the rule book, where there is such a difference.
    """
    requirement = result.initial if phase is Phase.OPEN else result.maintenance
    beyond = total(
        "Net liquidation value beyond this rule book's equity",
        given("Net liquidation value", result.net_liquidation_value),
        scaled(
            "Collateral not counted",
            given("Collateral not counted", result.collateral_not_counted),
            -1.0,
        ),
        scaled("Equity as the rule book counts it", result.equity, -1.0),
    )
    label = f"Capital to {phase}"
    if abs(beyond.amount) < CENT:
        return total(label, requirement)
    return total(label, requirement, beyond)


def ranked(results: Sequence[MarginResult], phase: Phase) -> tuple[MarginResult, ...]:
    """Return the results by capital of ``phase``, the most demanding first."""
    return tuple(by_size(results, phase.capital))


def shortfall(result: MarginResult, phase: Phase) -> float:
    """Return by how much the account is short of the requirement; 0 where it is not."""
    excess = result.excess_initial if phase is Phase.OPEN else result.excess_maintenance
    return -excess if excess <= -CENT else 0.0


def changes(
    before: Sequence[MarginResult], after: Sequence[MarginResult], phase: Phase
) -> tuple[Change, ...]:
    """Return each rule book's capital in two accounts, in the order of their appearance."""
    old = {result.methodology: result for result in before}
    new = {result.methodology: result for result in after}
    return tuple(
        Change(
            key,
            result.title,
            phase.capital(old[key]) if key in old else None,
            phase.capital(new[key]) if key in new else None,
        )
        for key, result in (new | old).items()
    )
