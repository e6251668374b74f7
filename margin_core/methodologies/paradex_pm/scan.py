"""SCAN risk: the worst of an underlying's scenarios, each at the weight it counts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import Option
from margin_core.margin.figure import Line, floored, given, largest, scaled, total
from margin_core.margin.last_bits import worst
from margin_core.margin.result import Outcome
from margin_core.risk.revaluation import revalue

if TYPE_CHECKING:
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.paradex_pm.book import Book
    from margin_core.methodologies.paradex_pm.terms import Params
    from margin_core.pricing.black import FloatArray
    from margin_core.risk.marks import Mark

MINUTES_PER_DAY = 24.0 * 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """Every scenario's outcome, as it counts; ``binding`` is the place of the worst."""

    outcomes: tuple[Outcome, ...]
    binding: int
    line: Line


def scan(held: Book, market: Market, p: Params) -> Scan:
    """Return the weighted P&L of every scenario and the largest loss, never below zero.

    Options are revalued from their mark, perpetuals move with spot at their basis. In the last
    minutes before expiry an option's P&L counts by the part of its settlement average that is
    still open.

    References
    ----------
    Paradex, Portfolio Margin, SCAN risk; paradex-py, paradex_py/margin/portfolio_margin.py.
    """
    marks, scenarios = held.marks, held.terms.scenarios
    open_part = np.array([_open_part(mark, market, p) for mark in marks])
    values = revalue(marks, market, scenarios).values * open_part
    outcomes = tuple(_outcome(held, i, row) for i, row in enumerate(values))
    binding = worst(outcomes)
    lines = (
        _opened(held, i, outcome.label, values[i])
        if i == binding
        else given(outcome.label, 0.0 - outcome.pnl)
        for i, outcome in enumerate(outcomes)
    )
    line = largest(f"{held.symbol}, worst scenario", *lines, source="page#scenario tables")
    return Scan(outcomes, binding, floored(f"{held.symbol}, SCAN risk", line, source="page#SCAN"))


def _open_part(mark: Mark, market: Market, p: Params) -> float:
    """Return the part of the settlement average that is open: 1 until its last minutes."""
    if not isinstance(mark.position.instrument, Option):
        return 1.0
    minutes = market.days_to(mark.position.instrument.expiry) * MINUTES_PER_DAY
    return min(minutes / p.settlement_minutes, 1.0)


def _outcome(held: Book, i: int, row: FloatArray) -> Outcome:
    scenarios, symbol = held.terms.scenarios, held.symbol
    counted = (row * scenarios.weight(i)).tolist()
    pnl = sum(counted)
    return Outcome(
        label=_label(held, i),
        moves=((symbol, scenarios.spot_moves[i], scenarios.vol_moves[i]),),
        pnl=pnl,
        pnl_by_underlying=((symbol, pnl),),
        group=symbol,
        pnl_by_position=tuple(
            (mark.label, amount) for mark, amount in zip(held.marks, counted, strict=True)
        ),
    )


def _label(held: Book, i: int) -> str:
    weight = held.terms.scenarios.weight(i)
    share = f", {weight * 100:.4g} % of it" if weight != 1.0 else ""
    return f"{held.terms.scenarios.label(i)}{share}"


def _opened(held: Book, i: int, label: str, row: FloatArray) -> Line:
    """Return the loss of the binding scenario, down to the positions."""
    leaves = (
        given(mark.label, 0.0 - amount)
        for mark, amount in zip(held.marks, row.tolist(), strict=True)
    )
    weight = held.terms.scenarios.weight(i)
    if weight == 1.0:
        return total(label, *leaves)
    return scaled(label, total(held.terms.scenarios.label(i), *leaves), weight)
