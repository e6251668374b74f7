"""Assembles columns into one integer program and solves it, stating any gap that remains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from margin_core.errors import ConvergenceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scipy.optimize import OptimizeResult

    from margin_core.methodologies.us_reg_t.program import Columns

_TOLERANCE = 1e-6  # of a contract: what the solver takes for a whole number
_PROVEN = 1e-10  # relative gap at which a solution counts as the best
_PLACES = 8  # of a dollar: of costs that are equal but for rounding none is preferred


@dataclass(frozen=True, slots=True)
class Program:
    """Minimise ``cost @ x`` subject to ``lower <= matrix @ x <= upper`` and ``least <= x <= most``.

    The first rows are the positions: what all columns use of each, at most what is held. Every
    row is divided by its largest coefficient.
    """

    cost: np.ndarray
    whole: np.ndarray  # which columns take whole numbers only
    least: np.ndarray
    most: np.ndarray
    matrix: csc_array
    lower: np.ndarray
    upper: np.ndarray
    held: np.ndarray
    used: csc_array  # what one unit of each column uses of each position
    scale: np.ndarray  # the largest of them, by which a position's row is divided

    def parts(
        self, values: np.ndarray, families: Sequence[Columns]
    ) -> Iterator[tuple[Columns, list[float]]]:
        """Yield each family with the values of its own columns."""
        ends = np.cumsum([len(columns.cost) for columns in families])
        for columns, part in zip(families, np.split(values, ends[:-1]), strict=True):
            yield columns, part.tolist()

    def left(self, values: np.ndarray) -> np.ndarray:
        """Return what the columns leave of each position."""
        left = self.held - self.used @ values
        return np.where(left > _TOLERANCE * self.scale, left, 0.0)


@dataclass(frozen=True, slots=True)
class Solution:
    """The values of the columns (None: none found) and the least cost there may be."""

    values: np.ndarray | None
    bound: float
    gap: float = 0.0


def assemble(families: Sequence[Columns], held: np.ndarray) -> Program:
    """Return one program of all families; ``held`` is the quantity of each position."""
    entries: list[tuple[int, int, float]] = []
    lower, upper = [-np.inf] * len(held), held.tolist()
    start = 0
    for columns in families:
        entries += [(place, start + column, used) for place, column, used in columns.uses]
        for row, least, greatest in columns.rows:
            entries += [(len(lower), start + column, value) for column, value in row]
            lower.append(least)
            upper.append(greatest)
        start += len(columns.cost)
    rows, places, values = (np.array(part) for part in zip(*entries, strict=True))
    most = np.full(start, np.inf)
    uses = rows < len(held)
    np.minimum.at(most, places[uses], held[rows[uses]] / values[uses])
    whole = np.concatenate([columns.whole for columns in families])
    # HiGHS 1.12 halves a neighbouring column where a whole one has a fractional bound
    most = np.where(whole, np.floor(most + _TOLERANCE), most)
    scale = np.zeros(len(lower))
    np.maximum.at(scale, rows, np.abs(values))
    scale[scale == 0.0] = 1.0
    return Program(
        np.round(np.concatenate([columns.cost for columns in families]), _PLACES),
        whole,
        np.concatenate([columns.lower for columns in families]),
        most,
        csc_array((values / scale[rows], (rows, places)), shape=(len(lower), start)),
        np.array(lower) / scale,
        np.array(upper) / scale,
        held,
        csc_array((values[uses], (rows[uses], places[uses])), shape=(len(held), start)),
        scale[: len(held)],
    )


def solve(program: Program, nodes: int, reach: float = 0.0, *, exact: bool = True) -> Solution:
    """Return the cheapest solution in whole contracts, or the best found and its gap.

    Parameters
    ----------
    program : Program
    nodes : int
        Limit of the search near the relaxed solution, and again of the exact search.
    reach : float
        How many contracts beyond the next whole number the former looks.
    exact : bool
        Whether to search exactly where the former does not prove its solution the best.

    Raises
    ------
    ConvergenceError
        If even the linear program is not solved.
    """
    relaxed = _run(program, program.least, program.most)
    if relaxed.x is None:
        raise ConvergenceError(
            f"no pairing was found: {relaxed.message}",
            where="positions",
            remedy="Check the quantities and exercise prices.",
        )
    bound = float(relaxed.fun)
    if _is_whole(program, relaxed.x):
        return Solution(_rounded(program, relaxed.x), bound)
    floor, ceiling = np.floor(relaxed.x + _TOLERANCE), np.ceil(relaxed.x - _TOLERANCE)
    near = _run(
        program,
        np.where(program.whole, np.maximum(floor - reach, program.least), program.least),
        np.where(program.whole, np.minimum(ceiling + reach, program.most), program.most),
        nodes,
    )
    found = _better(program, None, near)
    if found is None or (exact and _cost(program, found) - bound > _proven(bound)):
        everywhere = _run(program, program.least, program.most, nodes)
        found = _better(program, found, everywhere)
        if everywhere.mip_dual_bound is not None:
            bound = max(bound, float(everywhere.mip_dual_bound))
    if found is None:
        return Solution(None, bound)
    gap = _cost(program, found) - bound
    return Solution(_rounded(program, found), bound, gap if gap > _proven(bound) else 0.0)


def _run(
    program: Program, least: np.ndarray, most: np.ndarray, nodes: int | None = None
) -> OptimizeResult:
    """Solve between bounds: the linear relaxation without ``nodes``, else in whole contracts."""
    bounds = Bounds(least, most)
    rows = LinearConstraint(program.matrix, program.lower, program.upper)
    if nodes is None:
        return milp(program.cost, bounds=bounds, constraints=rows)
    return milp(
        program.cost,
        integrality=program.whole.astype(int),
        bounds=bounds,
        constraints=rows,
        options={"node_limit": nodes, "mip_rel_gap": _PROVEN},
    )


def _better(
    program: Program, found: np.ndarray | None, result: OptimizeResult
) -> np.ndarray | None:
    if result.x is None:
        return found
    if found is None or _cost(program, result.x) < _cost(program, found):
        return np.asarray(result.x)
    return found


def _cost(program: Program, values: np.ndarray) -> float:
    return float(program.cost @ values)


def _proven(bound: float) -> float:
    return _PROVEN * max(abs(bound), 1.0) + _TOLERANCE


def _is_whole(program: Program, values: np.ndarray) -> bool:
    off = np.abs(values - np.round(values))[program.whole]
    return bool((off <= _TOLERANCE).all())


def _rounded(program: Program, values: np.ndarray) -> np.ndarray:
    rounded = np.where(program.whole, np.round(values), values)
    return np.where(np.abs(rounded) <= _TOLERANCE**2, 0.0, rounded)
