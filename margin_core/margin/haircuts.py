"""Collateral after haircuts: what each balance counts for, and what it does not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from margin_core.book.portfolio import Haircut
from margin_core.errors import ParameterError
from margin_core.margin.equity import balance_value
from margin_core.margin.figure import Line, nonzero, scaled, total

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from margin_core.book.portfolio import Balance, Portfolio
    from margin_core.market.snapshot import Market


@dataclass(frozen=True, slots=True)
class Tier:
    """The haircut on the units of an asset up to ``upper``, counted from the tier before."""

    haircut: Haircut
    upper: float = math.inf  # units of the asset


NOT_TAKEN: tuple[Tier, ...] = ()
RATE = "Write 0.95 for 95 %, or [[10, 0.98], [20, 0.95]] for tiers."


@dataclass(frozen=True, slots=True)
class Collateral:
    """An account's balances as one methodology counts them, in the reporting currency.

    ``counted`` belongs in equity. A haircut that is larger in one phase counts there at its
    smaller value, and the rest is that phase's charge, to be added to its requirement.
    ``deductions`` holds full value less counted value per balance, in order, never negative.
    """

    counted: Line
    initial_charge: Line
    maintenance_charge: Line
    deductions: tuple[float, ...]
    warnings: tuple[str, ...] = ()

    @property
    def not_counted(self) -> float:
        """Full value of the collateral less what ``counted`` holds of it."""
        return math.fsum(self.deductions)


def flat(maintenance: float, initial: float | None = None) -> tuple[Tier, ...]:
    """Return terms with one haircut for any amount; the same in both phases by default."""
    return (Tier(Haircut(maintenance, maintenance if initial is None else initial)),)


def rated(value: Any, where: str, price: float = 1.0) -> tuple[Tier, ...]:  # noqa: ANN401 - TOML
    """Return the tiers of a collateral rate, which is the share of value that counts.

    Parameters
    ----------
    value : float, or tuple of (float, float)
        One rate for any amount, or the units up to which each rate holds and the rate.
    where : str
        Names the parameter in an error.
    price : float
        What ``value`` counts amounts in, per unit of the asset; 1 where it counts units.

    Raises
    ------
    ParameterError
        If a rate is not from 0 to 1, or the tiers do not rise.
    """
    rows = value if isinstance(value, tuple) else ((math.inf, value),)
    formed = all(isinstance(row, tuple) and len(row) == 2 for row in rows)  # noqa: PLR2004 - a pair
    if not formed or not all(isinstance(number, int | float) for row in rows for number in row):
        raise ParameterError(f"{value!r} is no rate", where=where, remedy=RATE)
    if not all(0.0 <= rate <= 1.0 for _, rate in rows):
        raise ParameterError("a rate is not from 0 to 1", where=where, remedy=RATE)
    if any(low[0] >= high[0] for low, high in pairwise(rows)):
        raise ParameterError("tiers do not rise", where=where, remedy="Write the smallest first.")
    return tuple(Tier(Haircut(1.0 - rate, 1.0 - rate), upper / price) for upper, rate in rows)


def collateral(
    portfolio: Portfolio,
    market: Market,
    terms: Callable[[Balance], Sequence[Tier]],
    *,
    source: str | Callable[[Balance], str] = "",
    apart: Callable[[Balance], str] = lambda _: "",
) -> Collateral:
    """Return the account's collateral after haircuts.

    Parameters
    ----------
    portfolio : Portfolio
    market : Market
        Prices the balances.
    terms : callable
        The methodology's tiers for a balance, lowest first. They are used up by the amounts of
        an asset in the portfolio's order; what exceeds the last tier, or has none
        (``NOT_TAKEN``), counts for nothing and is named in a warning. A balance's own
        ``haircut`` replaces them.
    source : str, or callable from balance to str
        Cited by the haircut lines, ``<source>#<parameter>``.
    apart : callable
        The pool that a balance is in: what is in another uses up tiers of its own.

    Returns
    -------
    Collateral
        A negative balance counts in full: a haircut never makes a debt smaller or larger.

    Raises
    ------
    MarketDataError
        If an asset has no price.
    """
    used: dict[tuple[str, str], float] = {}
    rows = []
    for balance in portfolio.balances:
        chosen = terms(balance) if balance.haircut is None else (Tier(balance.haircut),)
        value = balance_value(balance, market, portfolio.currency)
        pool = (balance.asset, apart(balance))
        cited = source if isinstance(source, str) else source(balance)
        rows.append(_Row(balance, value, _slices(balance, chosen, used.get(pool, 0.0)), cited))
        used[pool] = used.get(pool, 0.0) + max(balance.amount, 0.0)
    counted = tuple(row.counted() for row in rows)
    return Collateral(
        total("Collateral after haircuts", *counted),
        total("Collateral, initial phase only", *_charges(rows, "initial")),
        total("Collateral, maintenance phase only", *_charges(rows, "maintenance")),
        tuple(row.value.amount - line.amount for row, line in zip(rows, counted, strict=True)),
        tuple(warning for row in rows for warning in row.warnings()),
    )


def with_charge(line: Line, charge: Line) -> Line:
    """Return a phase's requirement with what its haircuts add, under the same label."""
    return total(line.label, line, charge) if nonzero(charge) else line


@dataclass(frozen=True, slots=True)
class _Row:
    balance: Balance
    value: Line
    slices: tuple[tuple[float, Haircut], ...]  # (share of the balance, its haircut)
    source: str

    @property
    def taken(self) -> float:
        return sum(share for share, _ in self.slices)

    def counted(self) -> Line:
        """Return the balance less the haircut that both phases have in common."""
        cuts = [
            _cut(self.value, share, min(haircut.maintenance, haircut.initial), self.source)
            for share, haircut in self.slices
        ]
        if self.balance.amount > 0.0 and self.taken < 1.0:
            cuts.append(scaled("Not taken", self.value, self.taken - 1.0, source=self.source))
        cuts = [cut for cut in cuts if cut.amount]
        return total(self.value.label, self.value, *cuts) if cuts else self.value

    def charge(self, phase: str) -> tuple[Line, ...]:
        """Return what the haircut of ``phase`` exceeds the common one by."""
        return tuple(
            scaled(
                f"{self.value.label}, haircut {getattr(haircut, phase):.4g} in this phase",
                self.value,
                share * (getattr(haircut, phase) - min(haircut.maintenance, haircut.initial)),
                source=self.source,
            )
            for share, haircut in self.slices
            if getattr(haircut, phase) > min(haircut.maintenance, haircut.initial)
        )

    def warnings(self) -> tuple[str, ...]:
        if self.balance.amount <= 0.0 or self.taken >= 1.0:
            return ()
        part = "" if not self.slices else f"{1.0 - self.taken:.1%} of "
        return (f"{part}{self.value.label} is not taken as collateral here",)


def _slices(
    balance: Balance, tiers: Sequence[Tier], start: float
) -> tuple[tuple[float, Haircut], ...]:
    """Return the share of a positive balance that falls into each tier."""
    if balance.amount <= 0.0:
        return ()
    slices = []
    lower, end = start, start + balance.amount
    for tier in tiers:
        upper = min(tier.upper, end)
        if upper > lower:
            slices.append(((upper - lower) / balance.amount, tier.haircut))
            lower = upper
    return tuple(slices)


def _cut(value: Line, share: float, haircut: float, source: str) -> Line:
    label = f"Haircut {haircut * 100:.4g} %"
    if share < 1.0:
        label += f" on {share * 100:.4g} % of it"
    return scaled(label, value, -share * haircut, source=source)


def _charges(rows: Sequence[_Row], phase: str) -> tuple[Line, ...]:
    return tuple(line for row in rows for line in row.charge(phase))
