"""What each position adds to or saves from the requirement, and how the requirement builds up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.book.portfolio import Portfolio, Position
from margin_core.margin.last_bits import by_size
from margin_core.margin.result import MarginResult
from margin_core.market.snapshot import Market

if TYPE_CHECKING:
    from datetime import datetime

Margin = Callable[[Portfolio, Market], MarginResult]
Capital = Callable[[tuple[Position, ...]], float]

RESIDUE = 1e-6  # reporting currency: what adding floats in another order leaves behind


class Phase(StrEnum):
    """Which capital figure is meant: to open the account's positions, or to keep them."""

    OPEN = "open"
    KEEP = "keep"

    def capital(self, result: MarginResult) -> float:
        """Return the result's comparable figure of this phase, reporting currency."""
        return result.capital_to_open if self is Phase.OPEN else result.capital_to_keep


@dataclass(frozen=True, slots=True)
class Contribution:
    """One position's capital alone, and what the account needs more because of it.

    A negative ``marginal`` is a position that saves capital. Marginals do not add up to the
    requirement: the same offset counts for each position that has a part in it.
    """

    position: Position
    stand_alone: float
    marginal: float


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a build-up, reporting currency; an offset is negative."""

    label: str
    amount: float


@dataclass(frozen=True, slots=True)
class BuildUp:
    """From positions on their own to the requirement of the account; the steps add up to it."""

    stand_alone: tuple[Step, ...]  # one per position
    offsets: tuple[Step, ...]
    requirement: float

    @property
    def stand_alone_sum(self) -> float:
        """The capital that the positions would need, each in an account of its own."""
        return sum(step.amount for step in self.stand_alone)

    @property
    def saved(self) -> float | None:
        """The fraction of the stand-alone sum that the steps take off; None where that is none."""
        alone = self.stand_alone_sum
        return 1.0 - self.requirement / alone if alone > RESIDUE else None

    def condensed(self, most: int) -> BuildUp:
        """Return the same build-up in at most ``most`` steps, the smaller ones put together."""
        if len(self.offsets) <= most:
            return self
        ranked = by_size(self.offsets, lambda step: abs(step.amount))
        large, small = ranked[: most - 1], ranked[most - 1 :]
        rest = Step(f"{len(small)} more", sum(step.amount for step in small))
        return replace(self, offsets=(*(s for s in self.offsets if s in large), rest))


def contributions(
    portfolio: Portfolio, market: Market, margin: Margin, phase: Phase = Phase.OPEN
) -> tuple[Contribution, ...]:
    """Return each position's capital alone and its remove-one marginal.

    Parameters
    ----------
    portfolio : Portfolio
        Its balances stay in the account for the marginal and are left out of the position alone.
    market : Market
    margin : callable
        A methodology, or any function from account and market to a result.
    phase : Phase

    Returns
    -------
    tuple of Contribution
        One per position, in order, reporting currency.

    Raises
    ------
    NotCoveredError
        If the methodology does not take a position without the others.
    """
    held = portfolio.positions
    account = _capital(portfolio, market, margin, phase)
    alone = _capital(replace(portfolio, balances=()), market, margin, phase)
    whole = account(held)
    return tuple(
        Contribution(position, alone((position,)), whole - account(held[:i] + held[i + 1 :]))
        for i, position in enumerate(held)
    )


def build_up(
    portfolio: Portfolio, market: Market, margin: Margin, phase: Phase = Phase.OPEN
) -> BuildUp:
    """Return how the capital of the account builds up from its positions on their own.

    Positions are put together step by step: the calls or puts of one expiry, the expiry, the
    underlying, underlyings with the same deliverable, all positions, and last the balances held.
    A step is the capital of what is put together less the capital of its parts; one that changes
    nothing is left out.

    Parameters, units and errors are those of `contributions`.
    """
    capital = _capital(replace(portfolio, balances=()), market, margin, phase)
    alone = tuple(Step(p.label, capital((p,))) for p in portfolio.positions)
    nodes = [
        _Node((position,), step.amount)
        for position, step in zip(portfolio.positions, alone, strict=True)
    ]
    steps: list[Step] = []
    for level in _levels(portfolio):
        nodes, offsets = _merged(nodes, level, capital)
        steps += offsets
    positions_only = nodes[0].capital if nodes else 0.0
    requirement = positions_only
    if portfolio.balances:
        requirement = _capital(portfolio, market, margin, phase)(portfolio.positions)
        steps.append(Step("Collateral held", requirement - positions_only))
    return BuildUp(alone, tuple(s for s in steps if abs(s.amount) > RESIDUE), requirement)


@dataclass(frozen=True, slots=True)
class _Node:
    positions: tuple[Position, ...]
    capital: float


def _capital(portfolio: Portfolio, market: Market, margin: Margin, phase: Phase) -> Capital:
    """Return the function from positions to their capital in this account."""

    def capital(positions: tuple[Position, ...]) -> float:
        return phase.capital(margin(replace(portfolio, positions=positions), market))

    return capital


def _levels(portfolio: Portfolio) -> tuple[Callable[[Position], str], ...]:
    """Return the groupings, finest first: each names the group of a position."""

    def class_group(position: Position) -> str:
        return f"Across {portfolio.underlying(position.underlying).class_key}"

    def product_group(position: Position) -> str:
        underlying = portfolio.underlying(position.underlying)
        return f"Across {underlying.product_group or underlying.class_key}"

    return (_series, _expiry, _underlying, class_group, product_group, lambda _: "Across groups")


def _series(position: Position) -> str:
    instrument = position.instrument
    kind = f" {instrument.right}s" if isinstance(instrument, Option) else ""
    return f"{_expiry(position)}{kind}"


def _expiry(position: Position) -> str:
    expiry: datetime | None = getattr(position.instrument, "expiry", None)
    if expiry is None:
        return f"{position.underlying} without expiry"
    return f"{position.underlying} {expiry:%-d %b %Y}"


def _underlying(position: Position) -> str:
    return f"Within {position.underlying}"


def _merged(
    nodes: list[_Node], group_of: Callable[[Position], str], capital: Capital
) -> tuple[list[_Node], list[Step]]:
    """Return one node per group, and the step to it from the nodes that it is made of."""
    groups: dict[str, list[_Node]] = {}
    for node in nodes:
        groups.setdefault(group_of(node.positions[0]), []).append(node)
    merged, steps = [], []
    for label, members in groups.items():
        if len(members) == 1:
            merged += members
            continue
        positions = tuple(position for member in members for position in member.positions)
        node = _Node(positions, capital(positions))
        merged.append(node)
        steps.append(Step(label, node.capital - sum(member.capital for member in members)))
    return merged, steps
