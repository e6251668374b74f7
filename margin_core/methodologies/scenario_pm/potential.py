"""Maximum potential loss: the worst of all joint moves that the switches allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from margin_core.margin.figure import Line, floored, given, largest, scaled, total
from margin_core.margin.last_bits import by_size, first_largest, sign
from margin_core.margin.result import Outcome
from margin_core.methodologies.scenario_pm.switches import Tie, parted, ties

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from margin_core.methodologies.scenario_pm.book import Book, Group
    from margin_core.methodologies.scenario_pm.terms import Params
    from margin_core.pricing.black import FloatArray

NAMED = 4  # symbols that a label lists before it counts the rest


@dataclass(frozen=True, slots=True)
class Potential:
    """The maximum potential loss, every scenario, and the worst of each part of the account."""

    line: Line
    scenarios: tuple[Outcome, ...] = ()
    worst: tuple[Outcome, ...] = ()


def maximum_potential_loss(held: Book, p: Params) -> Potential:
    """Return the worst loss over all joint moves of the class groups.

    Groups tied ``together`` form a block, which moves as one: at each rank gains of a group pay
    for losses of the others at ``gain_credit``. Blocks tied ``against`` move by the same rank,
    each in whichever direction is worse for it, or not at all, and no gain of one pays for
    another. What is ``independent`` takes its worst rank on its own, and the losses add up.
    """
    found = ties(p)
    results = [
        _part(held, parted(part, Tie.TOGETHER, found), p)
        for part in parted(held.groups, Tie.AGAINST, found)
    ]
    worst = by_size((result.worst[0] for result in results), lambda outcome: -outcome.pnl)
    return Potential(
        total("Maximum potential loss", *(r.line for r in results), source="house#correlation"),
        tuple(outcome for result in results for outcome in result.scenarios),
        tuple(worst),
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """Groups that move together; ``ways[rank]`` is the rank it moves by, None: not at all."""

    groups: tuple[Group, ...]
    credits: tuple[float, ...]
    pnl: tuple[float, ...]  # by rank, gains at their credit, in the direction of ``ways``
    ways: tuple[int | None, ...]

    @property
    def members(self) -> tuple[int, ...]:
        return tuple(i for group in self.groups for i in group.members)


def _part(held: Book, blocks: Sequence[tuple[Group, ...]], p: Params) -> Potential:
    """Return the worst rank of blocks that are tied by size."""
    counted = held.counted()
    moved = [_block(groups, counted, held, p, alone=len(blocks) == 1) for groups in blocks]
    pnl = np.sum([block.pnl for block in moved], axis=0)
    binding = first_largest((-pnl).tolist())
    name = _listed([group.name for block in moved for group in block.groups])
    scenarios = tuple(
        _outcome(held, counted, moved, rank, float(pnl[rank]), name) for rank in range(len(pnl))
    )
    lines = (
        total(outcome.label, *_opened(held, moved, rank))
        if rank == binding
        else given(outcome.label, 0.0 - outcome.pnl)
        for rank, outcome in enumerate(scenarios)
    )
    line = floored(name, largest(f"{name}, worst move", *lines, source="tails#loss quantiles"))
    return Potential(line, scenarios, (scenarios[binding],))


def _block(
    groups: tuple[Group, ...], counted: FloatArray, held: Book, p: Params, *, alone: bool
) -> _Block:
    """Return the block's P&L; one that stands ``alone`` moves forward at every rank."""
    credits_ = tuple(
        float(p.gain_credit[group.family]) if len(groups) > 1 else 1.0 for group in groups
    )
    forward = np.zeros(len(counted))
    for group, credit in zip(groups, credits_, strict=True):
        pnl = counted[:, group.members].sum(axis=1)
        forward += np.where(pnl > 0.0, credit * pnl, pnl)
    if alone:
        return _Block(groups, credits_, tuple(forward.tolist()), tuple(range(len(forward))))
    pnl, ways = [], []
    for rank, mirror in enumerate(held.mirrored()):
        way = (rank, mirror)[first_largest([-float(forward[rank]), -float(forward[mirror])])]
        loses = sign(float(forward[way])) < 0
        pnl.append(float(forward[way]) if loses else 0.0)
        ways.append(way if loses else None)
    return _Block(groups, credits_, tuple(pnl), tuple(ways))


def _outcome(
    held: Book,
    counted: FloatArray,
    blocks: Sequence[_Block],
    rank: int,
    pnl: float,
    group: str,
) -> Outcome:
    by_position, by_underlying, moves, labels = [], dict[str, float](), {}, dict[str, list[str]]()
    for block in blocks:
        way = block.ways[rank]
        for i in block.members:
            symbol = held.marks[i].position.underlying
            own = 0.0 if way is None else float(counted[way, i])
            by_position.append((held.labels[i], own))
            by_underlying[symbol] = by_underlying.get(symbol, 0.0) + own
            if symbol not in moves:
                moves[symbol] = _move(held, symbol, way)
                labels.setdefault(_label(held, symbol, way), []).append(symbol)
    return Outcome(
        label=_joined(labels),
        moves=tuple((symbol, *move) for symbol, move in moves.items()),
        pnl=pnl,
        pnl_by_underlying=tuple(by_underlying.items()),
        group=group,
        pnl_by_position=tuple(by_position),
    )


def _opened(held: Book, blocks: Sequence[_Block], rank: int) -> tuple[Line, ...]:
    """Return the loss of each block at ``rank``, down to the holdings."""
    lines = []
    for block in blocks:
        way = block.ways[rank]
        name = _listed([group.name for group in block.groups])
        if way is None:
            lines.append(given(f"{name}, gains either way, counts as not moved", 0.0))
            continue
        groups = tuple(
            _credited(total(group.name, *_losses(held, group.members, way)), credit)
            for group, credit in zip(block.groups, block.credits, strict=True)
        )
        lines.append(groups[0] if len(groups) == 1 else total(name, *groups))
    return lines[0].parts if len(lines) == 1 else tuple(lines)


def _credited(loss: Line, credit: float) -> Line:
    if sign(loss.amount) >= 0 or credit == 1.0:
        return loss
    return scaled(
        f"{loss.label}, {credit * 100:.4g} % of its gain",
        loss,
        credit,
        source="tails#correlations",
    )


def _losses(held: Book, members: Iterable[int], rank: int) -> Iterable[Line]:
    """Yield the loss of each holding: weighted, and a coin's only beyond its haircut."""
    weight = held.ranks[rank].weight
    for i in members:
        line = given(held.labels[i], 0.0 - float(held.pnl[rank, i]))
        if weight != 1.0:
            label = f"{line.label}, counted at {weight * 100:.3g} %"
            line = scaled(label, line, weight, source="deribit#extended_table_factor")
        cushion = min(float(held.cushion[i]), line.amount)
        if sign(cushion) > 0:
            taken = given("Taken by its haircut already", -cushion, source="house#haircut")
            line = total(f"{line.label}, beyond its haircut", line, taken)
        yield line


def _move(held: Book, symbol: str, way: int | None) -> tuple[float, float]:
    if way is None:
        return 0.0, 0.0
    return held.sets[symbol].spot_moves[way], held.sets[symbol].vol_moves[way]


def _label(held: Book, symbol: str, way: int | None) -> str:
    if way is None:
        return "not moved"
    weight = held.ranks[way].weight
    label = held.sets[symbol].label(way)
    return label if weight == 1.0 else f"{label}, counted at {weight * 100:.3g} %"


def _joined(labels: dict[str, list[str]]) -> str:
    """Return the moves in words; whose they are, where they differ."""
    if len(labels) == 1:
        return next(iter(labels))
    return "; ".join(f"{_listed(symbols)} {label}" for label, symbols in labels.items())


def _listed(names: Sequence[str]) -> str:
    if len(names) <= NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
