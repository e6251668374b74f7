"""The requirement if a rule book looked at fewer of its scenarios.

A requirement is explained by a tree of lines, and each line computes its amount from its parts.
The lines that take the largest of the scenarios' losses are found by the names of their parts;
with some of these parts left out, the lines above them are computed again by their own rules. So
factors, floors and minimums act as in the rule book, no methodology is called again and none is
named. What stands beside the scenarios (add-ons, contingencies, haircuts) stays as it is.

Each list of scenarios, one for each group that the rule book margins by itself, is cut in the same
way, or to the same number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from margin_core.analysis.attribution import Phase
from margin_core.analysis.scenario_choices import CHOICES
from margin_core.margin.figure import Rule, amount_of
from margin_core.margin.last_bits import first_largest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from margin_core.analysis.scenario_choices import Choice
    from margin_core.margin.figure import Line
    from margin_core.margin.result import MarginResult, Outcome
    from margin_core.pricing.black import FloatArray

FEWEST = 2  # parts of a line that takes the worst of scenarios
EQUAL = 1e-9  # relative to the requirement


@dataclass(frozen=True, slots=True)
class Subset:
    """The requirement with a chosen part of the scenarios, reporting currency.

    ``scenarios`` is how many are left of the longest list.
    """

    name: str
    scenarios: int
    requirement: float


@dataclass(frozen=True, slots=True)
class Count:
    """The requirement with ``scenarios`` of each list picked blindly, reporting currency.

    ``average`` is over all choices of that many, ``worst`` with those that lose least. The best
    choice is the full requirement at every number: it holds the scenario that binds.
    """

    scenarios: int
    average: float
    worst: float


@dataclass(frozen=True, slots=True)
class Subsets:
    """What one rule book asks with fewer of its scenarios; amounts in the reporting currency.

    ``scenarios`` counts the longest of ``lists`` lists. ``binding`` names the scenarios that give
    the full requirement by themselves, one for each list that has a say in it. ``exact`` is False
    where several lists meet below one minimum or cap that binds for some choices only: the
    averages then are those of each list by itself, added up.
    """

    methodology: str
    title: str
    currency: str
    phase: Phase
    scenarios: int
    lists: int
    full: float
    binding: tuple[Outcome, ...]
    chosen: tuple[Subset, ...]
    by_count: tuple[Count, ...]
    exact: bool

    def share(self, requirement: float) -> float | None:
        """Return a requirement as a fraction of the full one; None where that is not positive."""
        return requirement / self.full if self.full > 0.0 else None

    def reaching(self, share: float) -> int:
        """Return how many scenarios picked blindly ask at least ``share`` of it on average."""
        return next(
            count.scenarios
            for count in self.by_count
            if count.average >= share * self.full - EQUAL * abs(self.full)
        )


def scenario_subsets(
    result: MarginResult, phase: Phase = Phase.OPEN, choices: Sequence[Choice] = CHOICES
) -> Subsets | None:
    """Return what a rule book would ask with fewer of its scenarios.

    Parameters
    ----------
    result : MarginResult
    phase : Phase
        Of the requirement: initial (open) or maintenance (keep).
    choices : sequence of Choice
        The parts to show; each is asked for every list.

    Returns
    -------
    Subsets or None
        None where no line of the requirement is the largest loss of a list of scenarios.
    """
    asked = result.initial if phase is Phase.OPEN else result.maintenance
    lists: list[_List] = []
    tree = _read(asked, _by_group(result.scenarios), lists, {}) if result.scenarios else None
    if tree is None or not lists:
        return None
    curves, exact = _curves(tree, lists)
    longest = max(len(each.losses) for each in lists)
    return Subsets(
        methodology=result.methodology,
        title=result.title,
        currency=result.currency,
        phase=phase,
        scenarios=longest,
        lists=len(lists),
        full=asked.amount,
        binding=tuple(
            each.outcomes[first_largest(each.losses)]
            for each, curve in zip(lists, curves, strict=True)
            if curve[0] < -EQUAL * abs(asked.amount)
        ),
        chosen=tuple(_chosen(choice, tree, lists) for choice in choices),
        by_count=tuple(
            _count(number, tree, lists, curves, asked.amount) for number in range(1, longest + 1)
        ),
        exact=exact,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _List:
    """The scenarios that one line takes the worst of; ``beside`` is always in the choice."""

    outcomes: tuple[Outcome, ...]
    losses: tuple[float, ...]
    beside: float

    def worst(self, kept: Iterable[int]) -> float:
        """Return the largest loss of the scenarios kept."""
        return max(self.beside, *(self.losses[i] for i in kept))

    def ranked(self) -> list[float]:
        """Return what the line is if its largest loss is the least, the second least, ..."""
        return [max(loss, self.beside) for loss in sorted(self.losses)]


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A line above a list, a list (``place`` is its number), or a constant."""

    line: Line
    parts: tuple[_Node, ...] = ()
    place: int = -1

    @property
    def varies(self) -> bool:
        """Whether it depends on which scenarios are kept."""
        return self.place >= 0 or bool(self.parts)

    def amount(self, worst: Sequence[float]) -> float:
        """Return the amount, given the largest loss of each list."""
        if self.place >= 0:
            return worst[self.place]
        if not self.parts:
            return self.line.amount
        parts = [part.amount(worst) for part in self.parts]
        return amount_of(self.line.rule, parts, self.line.factor)


def _by_group(outcomes: Iterable[Outcome]) -> tuple[tuple[Outcome, ...], ...]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if not outcome.beside:
            groups.setdefault(outcome.group, []).append(outcome)
    return tuple(map(tuple, groups.values()))


def _read(
    line: Line,
    groups: Sequence[tuple[Outcome, ...]],
    lists: list[_List],
    places: dict[int, int],
) -> _Node:
    """Return the line without what does not vary, and add the lists under it to ``lists``."""
    if id(line) in places:  # a line that stands twice, as under initial and maintenance
        return _Node(line, place=places[id(line)])
    found = _list(line, groups)
    if found is not None:
        places[id(line)] = len(lists)
        lists.append(found)
        return _Node(line, place=places[id(line)])
    parts = tuple(_read(part, groups, lists, places) for part in line.parts)
    if not any(part.varies for part in parts):
        return _Node(replace(line, rule=Rule.GIVEN, parts=()))
    return _Node(line, parts)


def _list(line: Line, groups: Sequence[tuple[Outcome, ...]]) -> _List | None:
    """Return the scenarios that a line is the worst of: its first parts bear their names."""
    if line.rule is not Rule.LARGEST:
        return None
    runs = [_run(line, outcomes) for outcomes in groups]
    # groups may share their scenarios' names; the right one is told by its losses
    run = max(runs, key=lambda run: (len(run), -_distance(line, run)), default=())
    if len(run) < FEWEST:
        return None
    losses = tuple(part.amount for part in line.parts)
    return _List(run, losses[: len(run)], max(losses[len(run) :], default=-math.inf))


def _run(line: Line, outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """Return the consecutive scenarios that the line's first parts are named after."""
    first = line.parts[0].label
    start = next((i for i, o in enumerate(outcomes) if first.startswith(o.label)), len(outcomes))
    pairs = zip(line.parts, outcomes[start:], strict=False)
    named = [part.label.startswith(outcome.label) for part, outcome in pairs]
    return outcomes[start : start + [*named, False].index(False)]


def _distance(line: Line, run: Sequence[Outcome]) -> float:
    return sum(abs(part.amount + o.pnl) for part, o in zip(line.parts, run, strict=False))


def _curves(tree: _Node, lists: Sequence[_List]) -> tuple[list[FloatArray], bool]:
    """Return what the requirement loses as one list's largest loss is its least, ..., its most.

    All other lists are kept in full. Also returned is whether such changes add up: they do if
    they do where every list is at its least, as each line above grows with its parts.
    """
    full = [each.ranked()[-1] for each in lists]
    asked = tree.amount(full)
    curves = [
        np.array([tree.amount([*full[:i], x, *full[i + 1 :]]) for x in each.ranked()]) - asked
        for i, each in enumerate(lists)
    ]
    least = tree.amount([each.ranked()[0] for each in lists])
    together = asked + sum(float(curve[0]) for curve in curves)
    return curves, abs(together - least) <= EQUAL * abs(asked)


def _count(
    number: int, tree: _Node, lists: Sequence[_List], curves: Sequence[FloatArray], full: float
) -> Count:
    """Return the requirement with ``number`` scenarios of each list, on average and at worst."""
    average = sum(
        float(_chances(number, len(each.losses)) @ curve)
        for each, curve in zip(lists, curves, strict=True)
    )
    least = [each.ranked()[min(number, len(each.losses)) - 1] for each in lists]
    return Count(number, full + average, tree.amount(least))


def _chances(number: int, length: int) -> FloatArray:
    """Return the chance that the largest of ``number`` picks is the least loss, ..., the most.

    Picks are without replacement: the i-th least of ``length`` is the largest of k picks if it is
    picked and the other k - 1 are among the i - 1 below it.
    """
    picks = min(number, length)
    ways = math.comb(length, picks)
    return np.array([math.comb(i, picks - 1) / ways for i in range(length)])


def _chosen(choice: Choice, tree: _Node, lists: Sequence[_List]) -> Subset:
    kept = [tuple(choice.keep(each.outcomes)) for each in lists]
    worst = [each.worst(own) for each, own in zip(lists, kept, strict=True)]
    return Subset(choice.name, max(map(len, kept)), tree.amount(worst))
