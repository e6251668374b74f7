"""SPAN's chain of steps over all commodities: scan, charges, credits, minimum, option value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from margin_core.margin.result import MarginResult

STEPS = ("Scan risk", "Calendar charge", "Delivery charge", "Less")
NAMES = {"Less": "Inter-commodity credits"}
REQUIREMENT = "SPAN requirement"
OPTION_VALUE = "Net option value"


def chain(result: MarginResult) -> tuple[tuple[str, float], ...]:
    """Return the steps from scan risk to the total, in the reporting currency.

    The steps before the requirement add up to it; the requirement less the net option value is
    the total that SPAN prints. Steps that are zero everywhere are left out.
    """
    requirement = next(_find(result.maintenance, REQUIREMENT))
    sums = dict.fromkeys(STEPS, 0.0)
    for commodity in requirement.parts:
        for step, amount in _steps(commodity):
            sums[step] += amount
    steps = [(NAMES.get(step, step), amount) for step, amount in sums.items() if amount]
    topped_up = requirement.amount - sum(sums.values())
    if abs(topped_up) > 1e-9 * max(abs(requirement.amount), 1.0):
        steps.append(("Up to the short-option minimum", topped_up))
    value = sum(line.amount for line in _find(result.equity, OPTION_VALUE))
    return (
        *steps,
        (REQUIREMENT, requirement.amount),
        (OPTION_VALUE, -value),
        ("Total", requirement.amount - value),
    )


def _find(line: Line, label: str) -> Iterator[Line]:
    """Yield the lines of that label, the outermost only."""
    if line.label == label:
        yield line
        return
    for part in line.parts:
        yield from _find(part, label)


def _steps(commodity: Line) -> Iterator[tuple[str, float]]:
    """Yield one commodity's steps in the reporting currency."""
    converted = commodity.rule is Rule.SCALED  # into the reporting currency
    rate = commodity.factor if converted else 1.0
    for step in STEPS:
        for line in _find(commodity, step):
            yield step, rate * line.amount
