"""Where contracts are liquidated and where their margin is gone, exactly, bracket by bracket."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from margin_core.margin.brackets import bracket_of
from margin_core.margin.contracts import Affine, Basis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from margin_core.margin.contracts import Contract

FARTHEST = 1e6  # times or part of a price: a root beyond it comes of rounding
EDGE = 1e-12  # relative: a crossing on the edge of a bracket belongs to both sides


@dataclass(frozen=True, slots=True)
class Pocket:
    """Contracts whose prices move by one factor, and what pays for them, reporting currency.

    ``equity`` is today's, with the profit of ``contracts``; ``coins`` is the part of it that moves
    with their price besides that profit; ``owed`` the maintenance margin of whatever else the
    equity has to pay for.
    """

    contracts: tuple[Contract, ...]
    equity: float
    coins: float = 0.0
    owed: float = 0.0
    basis: Basis = Basis.MARK
    fee_rate: float = 0.0  # of the size at the bankruptcy price, to close

    def worth(self) -> Affine:
        """Return the equity at every factor of the price."""
        profit = sum((each.profit() for each in self.contracts), Affine())
        return Affine(self.equity - profit.at(1.0) - self.coins, self.coins) + profit

    def bankruptcy(self) -> float | None:
        """Return the factor of the price at which equity pays the fee to close and no more.

        None where no price does.
        """
        fees = sum((each.sized(self.fee_rate) for each in self.contracts), Affine())
        return nearest(_zero(self.worth() - fees), rising=False)

    def fee(self, each: Contract) -> float:
        """Return what closing a contract at the bankruptcy price costs, settlement currency."""
        if self.fee_rate == 0.0:
            return 0.0
        return self.fee_rate * each.size(self.bankruptcy() or 1.0)

    def liquidations(self) -> tuple[float, ...]:
        """Return every factor of the price at which equity equals maintenance margin, rising.

        Rate and deduction are those of the bracket that the size at the factor itself is in.
        """
        worth = self.worth() - Affine(self.owed)
        for each in self.contracts:
            worth = worth - each.settled(self.fee(each))
        found: set[float] = set()
        edges = {edge for each in self.contracts for edge in each.edges()}
        for low, high in pairwise([0.0, *sorted(edges), math.inf]):
            inside = low + 1.0 if high == math.inf else (low + high) / 2.0
            asked = sum((self._asked(each, inside) for each in self.contracts), Affine())
            found |= {
                factor
                for factor in _zero(worth - asked)
                if low * (1.0 - EDGE) <= factor <= high * (1.0 + EDGE)
            }
        return tuple(sorted(found))

    def _asked(self, each: Contract, factor: float) -> Affine:
        size = each.size(factor) if self.basis is Basis.MARK else each.entry_size
        return each.maintenance(bracket_of(each.table, size), self.basis)


def nearest(factors: Iterable[float], *, rising: bool) -> float | None:
    """Return the factor that a price reaches first as it rises (or falls) from 1.

    Where none lies that way, the first the other way; None where there is none.
    """
    ahead = [f for f in factors if (f >= 1.0 if rising else f <= 1.0)]
    behind = [f for f in factors if f not in ahead]
    return min(ahead or behind, key=lambda factor: abs(math.log(factor)), default=None)


def within_reach(factor: float) -> bool:
    """Return whether a price may move by ``factor``; not where two sums cancel but for rounding."""
    return 1.0 / FARTHEST < factor < FARTHEST


def _zero(amount: Affine) -> tuple[float, ...]:
    """Return the positive factor at which ``amount`` is zero, if there is one."""
    if amount.slope == 0.0:
        return ()
    factor = -amount.constant / amount.slope
    return (factor,) if within_reach(factor) else ()
