"""Which class groups may pay for one another: one switch for each pair of families."""

from __future__ import annotations

from enum import IntEnum
from itertools import product
from typing import TYPE_CHECKING

from margin_core.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.methodologies.scenario_pm.book import Group
    from margin_core.methodologies.scenario_pm.terms import Params


class Tie(IntEnum):
    """How closely two class groups are taken to move, the closest first."""

    TOGETHER = 0  # same direction and size
    AGAINST = 1  # same size, either direction or none
    INDEPENDENT = 2  # any


Ties = dict[tuple[str, str], Tie]


def ties(p: Params) -> Ties:
    """Return the tie of each pair of families, as the switches say and as follows from them.

    Two families that are each tied to a third are tied to each other at least as closely as the
    looser of the two ties: what moves with the same thing cannot be independent.

    Raises
    ------
    ParameterError
        If a pair has no switch, or a switch has an unknown position.
    """
    names = sorted({name for name, _ in p.spot_down.entries})
    found = {(a, b): _switch(a, b, p) for a, b in product(names, names)}
    for via, a, b in product(names, names, names):
        found[a, b] = min(found[a, b], max(found[a, via], found[via, b]))
    return found


def implied(groups: Sequence[Group], p: Params) -> tuple[str, ...]:
    """Return a sentence for each switch, of families held, that others make closer."""
    found = ties(p)
    families = list(dict.fromkeys(group.family for group in groups))
    return tuple(
        f"{a} and {b} count as {found[a, b].name.lower()}, as both are tied to a third family"
        for i, a in enumerate(families)
        for b in families[i:]
        if found[a, b] < _switch(a, b, p)
    )


def parted(groups: Sequence[Group], closest: Tie, found: Ties) -> tuple[tuple[Group, ...], ...]:
    """Return the groups in parts whose members are tied at least as closely as ``closest``."""
    parts: list[list[Group]] = []
    for group in groups:
        # ties among families are transitive, so any one member of a part stands for all
        near = (part for part in parts if found[part[0].family, group.family] <= closest)
        part = next(near, None)
        if part is None:
            parts.append([group])
        else:
            part.append(group)
    return tuple(tuple(part) for part in parts)


def _switch(a: str, b: str, p: Params) -> Tie:
    name = next((key for key in (f"{a}/{b}", f"{b}/{a}") if key in p.correlation), f"{a}/{b}")
    position = p.correlation[name]
    if not isinstance(position, str) or position.upper() not in Tie.__members__:
        raise ParameterError(
            f"{position!r} is no position of the switch {name}",
            where="scenario_pm.correlation",
            remedy=f"Accepted are {', '.join(tie.name.lower() for tie in Tie)}.",
        )
    return Tie[position.upper()]
