"""The pairing as an integer program: columns are strategies, rows what they use up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from margin_core.methodologies.us_reg_t import options
from margin_core.methodologies.us_reg_t.groups import Group, Kind
from margin_core.methodologies.us_reg_t.legs import Shares
from margin_core.methodologies.us_reg_t.losses import strike

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from margin_core.methodologies.us_reg_t.groups import Terms
    from margin_core.methodologies.us_reg_t.legs import Holdings, Leg, Series

TIE_BREAK = 1e-6  # dollars a paired contract must save: of equal pairings the one with fewer wins


@dataclass(frozen=True, slots=True)
class Book:
    """What is to be paired, with what each contract costs on its own.

    ``alone`` is the gross requirement of one short contract uncovered (0 for long ones), beyond
    any spread's where a cash account doesn't permit it; ``loan`` is the loan value that one long
    contract loses in a group.
    """

    series: tuple[Series, ...]
    stock: tuple[Shares, ...]
    alone: tuple[float, ...]
    loan: tuple[float, ...]
    terms: Terms

    @property
    def quantities(self) -> np.ndarray:
        """What is held of each series and then of each lot of stock, without sign."""
        return np.array([abs(leg.quantity) for leg in self.legs])

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The series and then the lots of stock: a place in the program's first rows."""
        return (*self.series, *self.stock)

    @property
    def size_ratio(self) -> float:
        """How many of the smallest contracts make one of the largest."""
        sizes = [leg.option.multiplier * leg.ratio for leg in self.series]
        return max(sizes) / min(sizes) if sizes else 1.0

    @property
    def shorts(self) -> list[int]:
        """Places of the short series."""
        return [i for i, leg in enumerate(self.series) if leg.quantity < 0]

    def whole(self, place: int) -> bool:
        """Return whether only whole contracts of a series may be paired."""
        return float(self.series[place].quantity).is_integer()

    def allows(self, strategy: str) -> bool:
        """Return whether the parameters let the pairing use a kind of grouping."""
        return strategy in self.terms.p.strategies


def book(held: Holdings, terms: Terms) -> Book:
    """Return what is to be paired of one deliverable."""
    return Book(
        held.series,
        held.stock,
        tuple(_alone(leg.of(1.0), held, terms) if leg.quantity < 0 else 0.0 for leg in held.series),
        tuple(leg.loan * leg.option.multiplier for leg in held.series),
        terms,
    )


def standing_alone(items: Book, quantities: np.ndarray) -> tuple[Group, ...]:
    """Return the given quantity of each series and lot as a group of its own."""
    return tuple(
        alone_group(leg.of(quantity), items.terms)
        for leg, quantity in zip(items.legs, quantities.tolist(), strict=True)
        if quantity > 0.0
    )


def alone_group(leg: Leg, terms: Terms) -> Group:
    """Return a leg as a group of its own."""
    return Group(_alone_kind(leg, terms), (leg,))


def _alone(leg: Series, held: Holdings, terms: Terms) -> float:
    if _alone_kind(leg, terms) is Kind.CASH_SECURED:
        return options.cash_secured(leg).amount
    asked = options.uncovered(leg, terms.p).amount
    if terms.cash:
        asked += leg.units * leg.ratio * max(strike(other) for other in held.series)
    return asked


def _alone_kind(leg: Leg, terms: Terms) -> Kind:
    long = leg.quantity > 0
    if isinstance(leg, Shares):
        return Kind.LONG_STOCK if long else Kind.SHORT_STOCK
    if long:
        return Kind.LONG_OPTION
    secured = terms.cash and not leg.option.call
    return Kind.CASH_SECURED if secured else Kind.UNCOVERED


@dataclass(slots=True)
class Columns:
    """Columns of one family of strategies, being written; ``read`` turns values into groups.

    ``cost`` is what one unit of a column adds to the requirement against everything standing
    alone (negative saves); ``uses`` holds (place in the book, column, quantity); a row is
    (its columns and coefficients, lower, upper).
    """

    cost: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    uses: list[tuple[int, int, float]] = field(default_factory=list)
    rows: list[tuple[list[tuple[int, float]], float, float]] = field(default_factory=list)
    read: Callable[[Sequence[float]], list[Group]] = lambda _: []

    def add(
        self, cost: float = 0.0, *, whole: bool = False, lower: float = 0.0, uses: int | None = None
    ) -> int:
        """Add a column, by default a continuous one that costs nothing; return its place."""
        self.cost.append(cost)
        self.whole.append(whole)
        self.lower.append(lower)
        column = len(self.cost) - 1
        if uses is not None:
            self.uses.append((uses, column, 1.0))
        return column

    def row(self, entries: list[tuple[int, float]], lower: float = 0.0, upper: float = 0.0) -> None:
        """Add a row, by default an equation to zero."""
        self.rows.append((entries, lower, upper))
