"""The risk array of a rule book: every scenario by group, class and position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.analysis.attribution import Phase
from margin_core.analysis.deciding import binding_scenarios
from margin_core.margin.last_bits import by_size, sign

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.result import MarginResult, Outcome


@dataclass(frozen=True, slots=True)
class ArrayRow:
    """One scenario: its P&L for the group, then for each class and each position.

    The ``worst`` of a group ``binds`` unless a minimum or a cap of the initial margin overrules it.
    """

    scenario: str
    pnl: float
    share: float  # of the group's largest loss that this one loses, 0 for a gain
    worst: bool
    binds: bool
    classes: tuple[float, ...]
    positions: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RiskArray:
    """The scenarios of one group, the worst first."""

    group: str
    classes: tuple[str, ...]
    positions: tuple[str, ...]
    rows: tuple[ArrayRow, ...]


def risk_arrays(result: MarginResult, portfolio: Portfolio) -> tuple[RiskArray, ...]:
    """Return one array per group of a result, in the order the rule book names them.

    Amounts are P&L in the reporting currency. A group's own P&L may differ from the sum of its
    classes by the offsets that the rule book allows between them, and by a scenario's weight.
    """
    worst, binding = result.worst_by_group, binding_scenarios(result, Phase.OPEN)
    groups = {
        group: [outcome for outcome in result.scenarios if outcome.group == group]
        for group in dict.fromkeys(outcome.group for outcome in result.scenarios)
    }
    return tuple(
        _array(group, outcomes, worst, binding, portfolio) for group, outcomes in groups.items()
    )


def _array(
    group: str,
    outcomes: list[Outcome],
    worst_of_all: tuple[Outcome, ...],
    binding: tuple[Outcome, ...],
    portfolio: Portfolio,
) -> RiskArray:
    positions = tuple(dict.fromkeys(name for o in outcomes for name, _ in o.pnl_by_position))
    symbols = dict.fromkeys(name for o in outcomes for name, _ in o.pnl_by_underlying)
    classes = tuple(dict.fromkeys(_class_of(symbol, portfolio) for symbol in symbols))
    worst = max((-outcome.pnl for outcome in outcomes), default=0.0)
    # of outcomes alike, as without options, the first is the one that the lines name
    worst_places = {outcomes.index(outcome) for outcome in worst_of_all if outcome in outcomes}
    rows = [
        ArrayRow(
            outcome.label,
            outcome.pnl,
            -outcome.pnl / worst if sign(worst) > 0 and outcome.pnl < 0.0 else 0.0,
            place in worst_places,
            place in worst_places and outcome in binding,
            _by_class(outcome, classes, portfolio),
            _by_position(outcome, positions),
        )
        for place, outcome in enumerate(outcomes)
    ]
    ranked = sorted(by_size(rows, lambda row: -row.pnl), key=lambda row: not row.worst)
    return RiskArray(group, classes, positions, tuple(ranked))


def _by_class(
    outcome: Outcome, classes: tuple[str, ...], portfolio: Portfolio
) -> tuple[float, ...]:
    sums = dict.fromkeys(classes, 0.0)
    for symbol, pnl in outcome.pnl_by_underlying:
        sums[_class_of(symbol, portfolio)] += pnl
    return tuple(sums.values())


def _by_position(outcome: Outcome, positions: tuple[str, ...]) -> tuple[float, ...]:
    """Return the P&L per position name; two positions of one name are one column."""
    return tuple(
        sum(pnl for label, pnl in outcome.pnl_by_position if label == name) for name in positions
    )


def _class_of(symbol: str, portfolio: Portfolio) -> str:
    known = {underlying.symbol: underlying.class_key for underlying in portfolio.underlyings}
    return known.get(symbol, symbol)
