"""Fills of one option at several prices: which rows they are, and one mark for all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum
from typing import TYPE_CHECKING

from margin_core.book.portfolio import describe
from margin_core.files import agreement
from margin_core.files.document import sound_positions, surroundings_of
from margin_core.files.rows import position_of
from margin_core.files.writing import document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.instruments import Instrument
    from margin_core.book.portfolio import Portfolio
    from margin_core.files.document import Held
    from margin_core.files.rows import Row
    from margin_core.market.snapshot import Market

Figures = dict[int, tuple[float, str]]  # row -> entry price and its currency


@dataclass(frozen=True, slots=True)
class Fills:
    """Rows in one option whose unlike entry prices leave open what it is worth now."""

    option: str  # in words
    rows: tuple[int, ...]  # indices of those that have an entry price
    average: float  # of the entry prices, by contracts bought or sold, in `currency`
    currency: str


def unlike_fills(rows: Sequence[Row], base: tuple[Portfolio, Market]) -> tuple[Fills, ...]:
    """Return the options of which ``rows`` give several entry prices and nothing else.

    ``from_rows`` refuses such rows; with the average as their ``mark_price`` it takes them, each
    at its own entry price. The average weighs prices by the absolute quantity: what was bought
    and what was sold tell alike what the option was worth. Rows that are faulty by themselves
    are passed over, and so are prices in several currencies.

    Parameters
    ----------
    rows : sequence of mapping
        As ``from_rows`` takes them.
    base : tuple of Portfolio and Market
        As ``from_rows`` takes it.
    """
    portfolio, market = base
    raw = document(replace(portfolio, positions=()), market)
    raw["positions"] = [position_of(row) for row in rows]
    held, around = sound_positions(raw), surroundings_of(raw)
    by_option: dict[Instrument, Figures] = {}
    for index, option, _, figure in agreement.entries_alone(held, around):
        by_option.setdefault(option, {})[index] = figure
    return tuple(
        _fills(option, figures, held)
        for option, figures in by_option.items()
        if _can_be_averaged(figures, held)
    )


def _can_be_averaged(figures: Figures, held: Held) -> bool:
    currencies = {currency for _, currency in figures.values()}
    traded = any(held[index][1].quantity for index in figures)
    return len(set(figures.values())) > 1 and len(currencies) == 1 and traded


def _fills(option: Instrument, figures: Figures, held: Held) -> Fills:
    contracts = {index: abs(held[index][1].quantity) for index in figures}
    paid = fsum(contracts[index] * price for index, (price, _) in figures.items())
    (currency,) = {currency for _, currency in figures.values()}
    average = paid / fsum(contracts.values())
    return Fills(describe(option), tuple(figures), average, currency)
