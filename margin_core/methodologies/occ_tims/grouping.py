"""Which positions pay for one another: class groups, product groups, portfolio groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, given, scaled, total
from margin_core.margin.last_bits import sign
from margin_core.methodologies.occ_tims.terms import HIGH_CAPITALIZATION, OTHER_BROAD, kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from margin_core.book.portfolio import Portfolio
    from margin_core.methodologies.occ_tims.terms import Params


@dataclass(frozen=True, slots=True)
class Group:
    """A class group, which nets in full, or groups that pay for one another in part.

    ``offset`` is the share of a member's gain that pays for another member's loss at the same
    point.
    """

    name: str
    positions: tuple[int, ...] = ()  # of a class group: places in the portfolio
    members: tuple[Group, ...] = ()  # of a product or portfolio group
    offset: float = 1.0
    source: str = ""

    @property
    def everything(self) -> tuple[int, ...]:
        """The places of all positions under this group, in order of the groups."""
        return self.positions + tuple(i for member in self.members for i in member.everything)

    def loss(self, pnl: list[float], labels: tuple[str, ...]) -> Line:
        """Return the group's loss at one point, gains of members counted at the offset.

        ``pnl`` and ``labels`` hold one entry per position of the portfolio.
        """
        if not self.members:
            leaves = (given(labels[i], -pnl[i]) for i in self.positions)
            return total(self.name, *leaves)
        lines = (member.loss(pnl, labels) for member in self.members)
        return total(
            self.name,
            *(
                scaled(f"{line.label}, {self.offset:.4g} of its gain", line, self.offset)
                if sign(line.amount) < 0
                else line
                for line in lines
            ),
            source=self.source,
        )


def groups(portfolio: Portfolio, p: Params) -> tuple[Group, ...]:
    """Return the groups that pay for nothing outside themselves, in order of appearance."""
    classes = class_groups(portfolio)
    offsets = {
        name: _product_offset(name, portfolio, p)
        for name in _ordered(_product_name(group, portfolio) for group in classes)
    }
    products = _gathered(
        classes,
        {group.name: _product_name(group, portfolio) for group in classes},
        offsets,
        "cpm#product_offsets",
    )
    names = dict(p.portfolio_groups.entries)
    return tuple(
        _alone(group)
        for group in _gathered(
            products,
            {group.name: names.get(group.name) for group in products if group.members},
            dict(p.portfolio_offsets.entries),
            "documentation#portfolio_offsets",
        )
    )


def class_groups(portfolio: Portfolio) -> tuple[Group, ...]:
    """Return the class groups of the account: everything on one deliverable, and that itself."""
    places: dict[str, list[int]] = {}
    for i, position in enumerate(portfolio.positions):
        key = portfolio.underlying(position.underlying).class_key
        places.setdefault(key, []).append(i)
    return tuple(Group(name, tuple(members)) for name, members in places.items())


def unused_product_groups(portfolio: Portfolio, p: Params) -> tuple[str, ...]:
    """Return the product groups of several classes that the table has no offset for."""
    names = [_product_name(group, portfolio) for group in class_groups(portfolio)]
    return tuple(
        name
        for name in _ordered(names)
        if names.count(name) > 1 and _product_offset(name, portfolio, p) is None
    )


def disagreeing_classes(portfolio: Portfolio) -> tuple[str, ...]:
    """Return the class groups whose members name different product groups."""
    return tuple(
        group.name for group in class_groups(portfolio) if len(_product_names(group, portfolio)) > 1
    )


def _product_name(group: Group, portfolio: Portfolio) -> str | None:
    """Return the product group that a class group belongs to: the one that its members name."""
    names = _product_names(group, portfolio)
    return names.pop() if len(names) == 1 else None


def _product_names(group: Group, portfolio: Portfolio) -> set[str]:
    members = (portfolio.underlying(portfolio.positions[i].underlying) for i in group.positions)
    return {member.product_group for member in members if member.product_group}


def _product_offset(name: str, portfolio: Portfolio, p: Params) -> float | None:
    """Return the offset of a product group: by its name, else by the one kind it consists of."""
    kinds = {
        kind(underlying, portfolio)
        for underlying in portfolio.underlyings
        if underlying.product_group == name
    }
    keys = [name, *(kinds & {HIGH_CAPITALIZATION, OTHER_BROAD} if len(kinds) == 1 else ())]
    return next((p.product_offsets[key] for key in keys if key in p.product_offsets), None)


def _gathered(
    groups: Iterable[Group],
    parents: dict[str, str | None],
    offsets: dict[str, float | None] | dict[str, float],
    source: str,
) -> tuple[Group, ...]:
    """Return ``groups`` with those of one parent under it, where the parent has an offset."""
    gathered: dict[str, Group] = {}
    for group in groups:
        parent = parents.get(group.name)
        offset = offsets.get(parent) if parent is not None else None
        if parent is None or offset is None:
            gathered[f"class {group.name}"] = group
            continue
        members = gathered[parent].members if parent in gathered else ()
        gathered[parent] = Group(parent, (), (*members, group), offset, source)
    return tuple(gathered.values())


def _alone(group: Group) -> Group:
    """Return the one member of a group that has only one: there is nothing to offset."""
    return _alone(group.members[0]) if len(group.members) == 1 else group


def _ordered(names: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name is not None))
