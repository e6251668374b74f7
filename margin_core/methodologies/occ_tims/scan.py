"""The requirement of each group: its loss at the worst point, at least a minimum per contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import AssetClass, Future, Option
from margin_core.book.portfolio import describe
from margin_core.margin.figure import Line, given, largest, scaled, smallest, total
from margin_core.margin.last_bits import by_size, worst
from margin_core.margin.result import Outcome
from margin_core.methodologies.occ_tims.smile import pnl
from margin_core.methodologies.occ_tims.terms import scenarios, span
from margin_core.risk.marks import marks as marked
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from margin_core.book.instruments import Instrument, Underlying
    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.occ_tims.grouping import Group
    from margin_core.methodologies.occ_tims.terms import Params
    from margin_core.pricing.black import FloatArray
    from margin_core.risk.marks import Mark
    from margin_core.risk.scenarios import ScenarioSet

INDICES = {AssetClass.INDEX_BROAD, AssetClass.INDEX_NARROW, AssetClass.INDEX_VOLATILITY}


@dataclass(frozen=True, slots=True)
class Account:
    """What the scan needs of the account: the market its options are priced in, and the marks."""

    portfolio: Portfolio
    market: Market
    marks: tuple[Mark, ...]
    labels: tuple[str, ...]

    @property
    def everything(self) -> range:
        """The places of all positions."""
        return range(len(self.marks))

    @property
    def underlyings(self) -> tuple[Underlying, ...]:
        """The underlyings that positions are held in."""
        held = {mark.position.underlying for mark in self.marks}
        return tuple(u for u in self.portfolio.underlyings if u.symbol in held)

    def moved(self, sets: dict[str, ScenarioSet], p: Params) -> FloatArray:
        """Return P&L of shape (n_scenarios, n_positions), each underlying under its own set."""
        values = np.zeros((len(next(iter(sets.values()), ())), len(self.marks)))
        for scenario_set in dict.fromkeys(sets.values()):
            members = [
                i for i, m in enumerate(self.marks) if sets[m.position.underlying] == scenario_set
            ]
            chosen = [self.marks[i] for i in members]
            values[:, members] = pnl(chosen, self.market, scenario_set, p.smile)
        return values

    def outcome(
        self,
        places: Sequence[int],
        row: Sequence[float],
        *,
        label: str,
        group: str,
        moves: tuple[tuple[str, float, float], ...],
        loss: float,
    ) -> Outcome:
        """Return the outcome of one scenario for the positions at ``places``.

        ``row`` is the P&L of every position, ``loss`` what counts of it.
        """
        by_underlying: dict[str, float] = {}
        for i in places:
            symbol = self.marks[i].position.underlying
            by_underlying[symbol] = by_underlying.get(symbol, 0.0) + row[i]
        by_position = tuple((self.labels[i], row[i]) for i in places)
        return Outcome(label, moves, -loss, tuple(by_underlying.items()), group, by_position)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement, every point of every group, and each group's worst, the largest first."""

    line: Line
    scenarios: tuple[Outcome, ...] = ()
    worst: tuple[Outcome, ...] = ()


def account(portfolio: Portfolio, market: Market, marks: tuple[Mark, ...]) -> Account:
    """Return the account as the scan prices it.

    Dividends of a stock stay in cash at every point; those of an index scale with the index, as
    a forward in proportion to it does.
    """
    labels = tuple(mark.label for mark in marks)
    indices = {u.symbol for u in portfolio.underlyings if u.asset_class in INDICES}
    if not any(quote.symbol in indices and quote.dividends for quote in market.quotes):
        return Account(portfolio, market, marks, labels)
    expiries = {
        p.instrument.expiry
        for p in portfolio.positions
        if isinstance(p.instrument, Option | Future)
    }
    quotes = tuple(
        replace(
            quote,
            forwards=tuple((e, market.forward(quote.symbol, e)) for e in sorted(expiries)),
        )
        if quote.symbol in indices and quote.dividends
        else quote
        for quote in market.quotes
    )
    scaling = replace(market, quotes=quotes)
    return Account(portfolio, scaling, marked(portfolio, scaling), labels)


def requirement(
    label: str,
    held: Account,
    groups: Sequence[Group],
    p: Params,
    *,
    vol_moves: tuple[float, ...] = (0.0,),
    instead: Mapping[str, tuple[float, float]] | None = None,
) -> Requirement:
    """Return the sum over ``groups`` of the worst loss, each at least its contract minimum.

    ``instead`` holds ranges in place of the rule's, by symbol: down and up.

    Raises
    ------
    ParameterError
        If a parameter names no known grid or smile, or a range is impossible.
    """
    ranges = instead or {}
    sets = {
        u.symbol: scenarios(u, ranges.get(u.symbol) or span(u, held.portfolio, p), p, vol_moves)
        for u in held.underlyings
    }
    values = held.moved(sets, p).tolist()
    rows = [_group(group, held, sets, values, p) for group in groups]
    return Requirement(
        total(label, *(row.line for row in rows)),
        tuple(outcome for row in rows for outcome in row.scenarios),
        tuple(
            outcome for row in by_size(rows, lambda row: row.line.amount) for outcome in row.worst
        ),
    )


def _group(
    group: Group,
    held: Account,
    sets: dict[str, ScenarioSet],
    values: list[list[float]],
    p: Params,
) -> Requirement:
    """Return what one group requires; its worst point is the first of the greatest loss."""
    places = group.everything
    own = {
        held.marks[i].position.underlying: sets[held.marks[i].position.underlying] for i in places
    }
    losses = [
        replace(group.loss(row, held.labels), label=_label(s, own)) for s, row in enumerate(values)
    ]
    outcomes = tuple(
        held.outcome(
            places,
            values[s],
            label=line.label,
            group=group.name,
            moves=tuple(
                (u, points.spot_moves[s], points.vol_moves[s]) for u, points in own.items()
            ),
            loss=line.amount,
        )
        for s, line in enumerate(losses)
    )
    scan = largest("Scan loss: the worst point", *losses, source="haircuts#ten points")
    minimum = _minimum([held.marks[i] for i in places], p)
    binding = outcomes[worst(outcomes)]
    return Requirement(largest(group.name, scan, minimum, source="cpm"), outcomes, (binding,))


def _minimum(marks: Sequence[Mark], p: Params) -> Line:
    """Return the least that a group's option and futures contracts cost, each series net."""
    held: dict[Instrument, list[Mark]] = {}
    for mark in marks:
        if isinstance(mark.position.instrument, Option | Future):
            held.setdefault(mark.position.instrument, []).append(mark)
    lines = (
        _contracts(
            instrument,
            net(mark.position.quantity for mark in lots),
            net(mark.value for mark in lots),
            p,
        )
        for instrument, lots in held.items()
    )
    return total("Minimum per contract", *lines, source="mcmillan#$37.50")


def _contracts(instrument: Instrument, contracts: float, value: float, p: Params) -> Line:
    name = describe(instrument)
    units = given(
        f"{abs(contracts):g} contracts x multiplier {instrument.multiplier:g}",
        abs(contracts) * instrument.multiplier,
    )
    charge = scaled(name, units, p.contract_minimum, source="mcmillan#contract_minimum")
    if contracts > 0.0 and p.cap_long_minimum and isinstance(instrument, Option):
        return smallest(f"{name}, at most its value", charge, given("Market value", value))
    return charge


def _label(s: int, sets: dict[str, ScenarioSet]) -> str:
    """Return the name of point ``s``: one move where all members share it, else each one's."""
    labels = {symbol: scenario_set.label(s) for symbol, scenario_set in sets.items()}
    if len(set(labels.values())) == 1:
        return f"Point {s + 1}: {next(iter(labels.values()))}"
    return f"Point {s + 1}: " + "; ".join(f"{symbol} {text}" for symbol, text in labels.items())
