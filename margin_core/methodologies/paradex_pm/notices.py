"""What the reader must know of a result: assumptions, and what is not taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import Option
from margin_core.methodologies.paradex_pm.terms import entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.margin.haircuts import Collateral
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.paradex_pm.book import Book
    from margin_core.methodologies.paradex_pm.terms import Params


def notices(
    held: Sequence[Book], market: Market, collateral: Collateral, p: Params
) -> Iterator[str]:
    """Yield the warnings of a result; some may repeat."""
    yield from (mark.warning for book in held for mark in book.marks if mark.warning)
    yield from collateral.warnings
    if len(held) > 1:
        symbols = ", ".join(book.symbol for book in held)
        yield (
            f"{symbols} have scenarios of their own; nothing is published on offsets between "
            "underlyings, their requirements are added"
        )
    for book in held:
        yield from _of_book(book, market, p)


def _of_book(book: Book, market: Market, p: Params) -> Iterator[str]:
    if (taken := entry(book.symbol, p)) != book.symbol:
        yield f"{book.symbol} has no tables here; those of {taken} are taken, as asked"
    for mark in book.marks:
        position = mark.position
        if isinstance(position.instrument, Option):
            if _below_zero(book, market.days_to(position.instrument.expiry)):
                yield (
                    f"{position.label}: so near to expiry the shock takes volatility below zero; "
                    "it is taken at zero"
                )
        elif position.funding_rate is None and p.funding_provision_hour:
            yield f"{position.label}: no funding rate is given, none is provided for"
        if position.isolated_margin is not None:
            yield f"{position.label}: portfolio margin isolates nothing, it is margined in full"


def _below_zero(book: Book, days: float) -> bool:
    scenarios = book.terms.scenarios
    lowest = np.array([min(scenarios.vol_moves)])
    return scenarios.vol_rule.moved(np.ones(1), np.array([days]), lowest).item() == 0.0
