"""A book of forty index options margined by ten points and by sixteen scenarios.

Volatilities are given, so that no price has to be implied; everything else, explanation included,
is timed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from statistics import median
from time import perf_counter

from margin_core.book.instruments import AssetClass, Option, Right, Style, Underlying
from margin_core.book.portfolio import Portfolio, Position
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies import METHODOLOGIES
from tests.benchmarks.measure import Row

NOW = datetime(2026, 1, 2, 21, tzinfo=UTC)
EXPIRIES = tuple(
    datetime(2026, month, day, 21, tzinfo=UTC)
    for month, day in ((1, 16), (2, 20), (3, 20), (6, 18))
)
RUNS = 50
GOAL = 10.0  # ms: a few, where nothing else runs


def book(size: int = 40) -> tuple[Portfolio, Market]:
    """Return ``size`` positions in options on one index, over four expiries, with their market."""
    options = [
        Option(
            "SPX",
            Right.PUT if n % 2 else Right.CALL,
            6_000.0 + 50.0 * n,
            EXPIRIES[n % len(EXPIRIES)],
            Style.EUROPEAN,
            100.0,
        )
        for n in range(size)
    ]
    positions = tuple(Position(option, 3.0 if n % 3 else -4.0) for n, option in enumerate(options))
    quoted = tuple(
        InstrumentQuote(option, volatility=0.14 + 0.001 * n) for n, option in enumerate(options)
    )
    market = Market(NOW, (Quote("SPX", 6_850.0, 0.04, 0.013),), quoted)
    return Portfolio(positions, underlyings=(Underlying("SPX", AssetClass.INDEX_BROAD),)), market


def forty_options() -> list[Row]:
    """Time each rule book's margin, explanation included."""
    rows = []
    for key in ("occ_tims", "cme_span"):
        taken = []
        for _ in range(RUNS):
            start = perf_counter()
            METHODOLOGIES[key](*BOOK)
            taken.append(1e3 * (perf_counter() - start))
        spent = median(taken)
        rows.append(
            Row(
                f"{key}, 40 index options",
                spent,
                "ms",
                "",
                goal=f"within {GOAL:g} ms",
                met=spent <= GOAL,
            )
        )
    return rows


BOOK = book()
ITEMS = (forty_options,)
