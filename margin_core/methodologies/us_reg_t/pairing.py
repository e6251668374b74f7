"""The cheapest lawful pairing of one deliverable's positions, proven or with its gap stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.margin.last_bits import sign
from margin_core.methodologies.us_reg_t.blocks import blocks
from margin_core.methodologies.us_reg_t.boxes import boxes
from margin_core.methodologies.us_reg_t.covers import covers
from margin_core.methodologies.us_reg_t.program import Book, Columns, book, standing_alone
from margin_core.methodologies.us_reg_t.requirements import net
from margin_core.methodologies.us_reg_t.simple import pair_simply
from margin_core.methodologies.us_reg_t.solver import assemble, solve
from margin_core.methodologies.us_reg_t.straddles import straddles

if TYPE_CHECKING:
    from margin_core.methodologies.us_reg_t.groups import Group, Terms
    from margin_core.methodologies.us_reg_t.legs import Holdings


@dataclass(frozen=True, slots=True)
class Paired:
    """The groups that all positions of one deliverable fall into.

    ``gap`` is how much cheaper a pairing might still be, in dollars: 0 where this one is proven
    to be the cheapest.
    """

    groups: tuple[Group, ...]
    gap: float = 0.0


def pair(held: Holdings, terms: Terms) -> Paired:
    """Return the cheapest lawful pairing of ``held`` on the net liquidation basis.

    A linear program first: where its solution is in whole contracts, it is the cheapest pairing.
    Else the whole-contract pairings next to it, then for books that are not large an exact search;
    where that leaves nothing, the simple pairing. Searches are limited in nodes, not in seconds:
    the same book has the same pairing on every machine.

    References
    ----------
    Cboe manual, page 4; Rudd and Schroeder, Management Science 28(12), 1982; Matsypura and
    Timkovsky, Computational Management Science, 2013
    """
    items = book(held, terms)
    families = _families(items)
    if not families:
        return Paired(standing_alone(items, items.quantities))
    program = assemble(families, items.quantities)
    nodes = int(items.terms.p.search_nodes)
    solution = solve(program, nodes, items.size_ratio - 1.0, exact=_exact(items))
    if solution.values is None:
        return _simply(items, held, solution.bound)
    groups = [
        group
        for columns, values in program.parts(solution.values, families)
        for group in columns.read(values)
    ]
    rest = standing_alone(items, program.left(solution.values))
    return Paired((*groups, *rest), solution.gap)


def lesser(found: Paired, other: Paired, terms: Terms) -> Paired:
    """Return the cheaper of two pairings of the same positions under ``terms``.

    ``found`` was sought under them, ``other`` under those of the other phase, whose groups are
    lawful here too: it may be the better one where the search for ``found`` was cut short.
    """
    if not found.gap:
        return found
    spared = sum(net(group, terms) for group in found.groups)
    spared -= sum(net(group, terms) for group in other.groups)
    return found if sign(spared) <= 0 else Paired(other.groups, max(found.gap - spared, 0.0))


def nothing_paired(held: Holdings, terms: Terms) -> tuple[Group, ...]:
    """Return every position standing alone."""
    items = book(held, terms)
    return standing_alone(items, items.quantities)


def _families(items: Book) -> list[Columns]:
    found = covers(items)
    if items.allows("spread"):
        found += blocks(items)
    if not items.terms.cash:
        found += boxes(items) if items.allows("box") else []
        found += straddles(items) if items.allows("straddle") else []
    return [columns for columns in found if columns.cost]


def _exact(items: Book) -> bool:
    """Return whether the book is small enough for the exact search to end soon."""
    expiries = {series.option.expiry for series in items.series}
    return len(items.series) * len(expiries) <= items.terms.p.exact_size


def _simply(items: Book, held: Holdings, bound: float) -> Paired:
    """Return the simple pairing, with how much less the program says a pairing might ask."""
    groups = pair_simply(held, items.terms)
    apart = standing_alone(items, items.quantities)
    saved = sum(net(group, items.terms) for group in apart)
    saved -= sum(net(group, items.terms) for group in groups)
    return Paired(groups, max(-saved - bound, 0.0))
