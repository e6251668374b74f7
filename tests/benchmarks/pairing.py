"""The cheapest pairing of one underlying's positions: how long, and how often proven.

The books are hard ones: series at random, half of them short, up to ten contracts each, so that
hardly any structure helps the search. Processor time, as the machine is shared.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median
from time import process_time

import numpy as np

from margin_core.book.instruments import AssetClass, Option, Right, Style, Underlying
from margin_core.book.portfolio import Portfolio, Position
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.us_reg_t import PUBLISHED, margin
from margin_core.methodologies.us_reg_t.account import terms
from margin_core.methodologies.us_reg_t.groups import Phase
from margin_core.methodologies.us_reg_t.legs import holdings
from margin_core.methodologies.us_reg_t.pairing import pair
from margin_core.risk.marks import marks
from tests.benchmarks.measure import Row

NOW = datetime(2026, 1, 2, 21, tzinfo=UTC)
BOOKS = 9
SPOT = 100.0


def within_the_goal() -> list[Row]:
    """Pair 50 positions and 200, over one expiry and over four."""
    return [
        row
        for positions, goal in ((50, 50.0), (200, 250.0))
        for expiries in (1, 4)
        for row in _rows(positions, expiries, goal)
    ]


def _rows(positions: int, expiries: int, goal: float) -> list[Row]:
    books = [_book(positions, expiries, seed) for seed in range(BOOKS)]
    keep = terms(books[0][0], Phase.MAINTENANCE, PUBLISHED)
    paired, asked, proven, gaps = [], [], 0, []
    for portfolio, market in books:
        (held,) = holdings(portfolio, market, marks(portfolio, market), PUBLISHED)
        start = process_time()
        found = pair(held, keep)
        paired.append(process_time() - start)
        start = process_time()
        result = margin(portfolio, market)
        asked.append(process_time() - start)
        proven += found.gap == 0.0
        gaps.append(found.gap / result.maintenance.amount)
    item = f"f. pairing, {positions} positions, {expiries} expiries"
    spent = 1e3 * median(paired)
    stated = f"proven {proven} of {BOOKS}, gap stated: median {median(gaps):.2%}"
    return [
        Row(item, spent, "ms", stated, goal=f"within {goal:g} ms", met=spent <= goal),
        Row(item.replace("pairing", "whole margin"), 1e3 * median(asked), "ms", "", met=True),
    ]


def _book(positions: int, expiries: int, seed: int) -> tuple[Portfolio, Market]:
    """Return options on one stock at random strikes and quantities, and their market."""
    draw = np.random.default_rng(seed)
    strikes = np.arange(70.0, 131.0, 60.0 / positions)
    held: dict[Option, float] = {}
    while len(held) < positions:
        option = Option(
            "XYZ",
            Right.CALL if draw.integers(2) else Right.PUT,
            float(draw.choice(strikes)),
            NOW + timedelta(days=30 * (1 + int(draw.integers(expiries)))),
            Style.AMERICAN,
            100.0,
        )
        held[option] = float(draw.choice((-1, 1)) * draw.integers(1, 11))
    quotes = tuple(InstrumentQuote(option, _price(option), volatility=0.3) for option in held)
    portfolio = Portfolio(
        tuple(Position(option, quantity) for option, quantity in held.items()),
        underlyings=(Underlying("XYZ", AssetClass.EQUITY),),
    )
    return portfolio, Market(NOW, (Quote("XYZ", SPOT),), quotes)


def _price(option: Option) -> float:
    """Return intrinsic value and a time value that falls away from the spot."""
    gain = SPOT - option.strike if option.call else option.strike - SPOT
    months = (option.expiry - NOW) / timedelta(days=30)
    return round(max(gain, 0.0) + 4.0 * np.exp(-abs(gain) / 8.0) * months**0.5, 2)


ITEMS = (within_the_goal,)
