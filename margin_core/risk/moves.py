"""The same account in a moved market: the base of what-if and of margin against spot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from margin_core.book.instruments import LpRange, Option
from margin_core.market.snapshot import InstrumentQuote, Market
from margin_core.risk.marks import entry_price

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.market.snapshot import Quote
    from margin_core.risk.marks import Mark


@dataclass(frozen=True, slots=True)
class Move:
    """A change of the market: relative spot moves, points of volatility, time and rate.

    ``spot`` applies to every underlying that ``spots`` does not name. ``valuation_time`` and
    ``rate`` None leave them as they are; ``rate`` replaces every underlying's.
    """

    spot: float = 0.0
    spots: tuple[tuple[str, float], ...] = ()
    vol_points: float = 0.0
    valuation_time: datetime | None = None
    rate: float | None = None

    def of(self, symbol: str) -> float:
        """Return the relative spot move of ``symbol``."""
        return dict(self.spots).get(symbol, self.spot)


VOL_FLOOR = 1e-4


def moved(
    portfolio: Portfolio, market: Market, marks: Sequence[Mark], move: Move
) -> tuple[Portfolio, Market]:
    """Return the account and the market after ``move``.

    Options keep their own volatility but for the move and are marked to model; forwards and the
    marks of futures, perpetuals and stock move with their spot; coins held as collateral move
    with the underlying they are or track. An entry price left out is fixed at today's mark, so
    that profit since entry goes on counting from there.
    """
    quotes = tuple(_quote(quote, move) for quote in market.quotes)
    instruments = {
        mark.position.instrument: _instrument(mark, move, portfolio.currency)
        for mark in marks
        if not isinstance(mark.position.instrument, LpRange)  # worth what its spot says
    }
    tracked = {b.asset: b.tracks or b.asset for b in portfolio.balances}
    prices = tuple(
        (asset, price * _growth(tracked.get(asset, asset), market, move))
        for asset, price in market.prices
    )
    after = Market(
        move.valuation_time or market.valuation_time, quotes, tuple(instruments.values()), prices
    )
    positions = tuple(_entered(mark, portfolio, market) for mark in marks)
    return replace(portfolio, positions=positions), after


def _quote(quote: Quote, move: Move) -> Quote:
    growth = 1.0 + move.of(quote.symbol)
    flat = quote.volatility
    return replace(
        quote,
        spot=quote.spot * growth,
        rate=quote.rate if move.rate is None else move.rate,
        rates=quote.rates if move.rate is None else (),
        volatility=None if flat is None else max(flat + move.vol_points, VOL_FLOOR),
        forwards=tuple((expiry, price * growth) for expiry, price in quote.forwards),
    )


def _instrument(mark: Mark, move: Move, currency: str) -> InstrumentQuote:
    instrument = mark.position.instrument
    if isinstance(instrument, Option):
        floor = min(VOL_FLOOR, mark.volatility)
        volatility = max(mark.volatility + move.vol_points, floor)
        return InstrumentQuote(instrument, volatility=volatility)
    price = mark.price * (1.0 + move.of(mark.position.underlying))
    return InstrumentQuote(instrument, price, currency)


def _entered(mark: Mark, portfolio: Portfolio, market: Market) -> Position:
    """Return the position with its entry price in the reporting currency."""
    position = mark.position
    entry = entry_price(position, mark.price, portfolio, market)
    return replace(position, entry_price=entry, price_currency=portfolio.currency)


def _growth(symbol: str, market: Market, move: Move) -> float:
    return 1.0 + move.of(symbol) if market.has(symbol) else 1.0
