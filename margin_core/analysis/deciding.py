"""What decides a requirement: a scenario, or a line that overrules or outweighs every scenario.

It is read off the tree of lines that the requirement was computed by, so that no words can
disagree with the figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.analysis.attribution import Phase
from margin_core.margin.figure import CHOICES, Rule, binding
from margin_core.margin.last_bits import CENT, first_largest, sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.margin.figure import Line
    from margin_core.margin.result import MarginResult, Outcome


@dataclass(frozen=True, slots=True)
class Decision:
    """The line that the most of a requirement comes from.

    ``scenario`` is the scenario that the line is, None where it is not one: then it counts in the
    place of the scenarios (a minimum, a cap), or, where ``outweighs``, it is a charge on top of
    them that is larger than what they lose.
    """

    label: str
    scenario: Outcome | None = None
    outweighs: bool = False


def deciding(result: MarginResult, phase: Phase) -> Decision | None:
    """Return what decides the requirement of ``phase``.

    Of what is added up the largest part is followed, of alternatives the one that counts. None
    where nothing is asked, and for rule books without scenarios.
    """
    line, worst = _asked(result, phase), result.worst_by_group
    if line.amount < CENT:
        return None
    while line.parts and _holds(line, worst):
        part = _heaviest(line)
        if part is None:
            return Decision(line.label)
        found = _scenario(part, worst)
        if found is not None:
            return Decision(part.label, found)
        if not _holds(part, worst):
            return Decision(part.label, outweighs=line.rule is Rule.TOTAL)
        line = part
    return None


def binding_scenarios(result: MarginResult, phase: Phase) -> tuple[Outcome, ...]:
    """Return the worst scenarios that the requirement grows with, one a group at most.

    A scenario that a minimum or a cap overrules is not among them, nor one that makes money.
    """
    worst = result.worst_by_group
    found = [_scenario(line, worst) for line in _counted(_asked(result, phase))]
    return tuple(outcome for outcome in worst if any(outcome is each for each in found))


def _asked(result: MarginResult, phase: Phase) -> Line:
    return result.initial if phase is Phase.OPEN else result.maintenance


def _heaviest(line: Line) -> Line | None:
    """Return the part that the line's amount comes from, or most of it; None for its floor."""
    if line.rule in CHOICES:
        return binding(line)
    if line.rule is Rule.FLOORED and sign(line.parts[0].amount - line.factor) <= 0:
        return None
    way = -1.0 if line.amount < 0.0 and line.rule is Rule.TOTAL else 1.0
    return line.parts[first_largest([way * part.amount for part in line.parts])]


def _counted(line: Line) -> Iterator[Line]:
    """Yield the line and the lines under it whose amounts are in its own."""
    yield line
    if line.rule is Rule.TOTAL:
        for part in line.parts:
            yield from _counted(part)
    elif line.parts and (chosen := _heaviest(line)) is not None:
        yield from _counted(chosen)


def _scenario(line: Line, worst: Sequence[Outcome]) -> Outcome | None:
    """Return the scenario that a line is; groups may share names, so the nearest in amount."""
    named = [outcome for outcome in worst if outcome.label == line.label]
    return min(named, key=lambda outcome: abs(line.amount + outcome.pnl), default=None)


def _holds(line: Line, worst: Sequence[Outcome]) -> bool:
    """Return whether ``line`` or a part of it is one of the scenarios."""
    return _scenario(line, worst) is not None or any(_holds(part, worst) for part in line.parts)
