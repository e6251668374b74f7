"""One snapshot of the market: the only source of time, price and volatility."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.errors import MarketDataError

if TYPE_CHECKING:
    from datetime import date, datetime

    from margin_core.book.instruments import Instrument

DAYS_PER_YEAR = 365.0  # ACT/365F
SECONDS_PER_YEAR = DAYS_PER_YEAR * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Dividend:
    """A discrete cash dividend of one share, in the reporting currency."""

    ex_date: date
    amount: float


@dataclass(frozen=True, slots=True)
class Confidences:
    """Oracle confidences in [0, 1]; 1 where nothing is said."""

    spot: float = 1.0
    perpetual: float = 1.0
    forward: tuple[tuple[datetime, float], ...] = ()
    rate: tuple[tuple[datetime, float], ...] = ()
    volatility: tuple[tuple[datetime, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """What the market says of one underlying; rates and yields continuous, per year."""

    symbol: str
    spot: float  # reporting currency per unit
    rate: float = 0.0
    dividend_yield: float = 0.0
    rates: tuple[tuple[datetime, float], ...] = ()
    dividends: tuple[Dividend, ...] = ()
    volatility: float | None = None
    forwards: tuple[tuple[datetime, float], ...] = ()
    confidences: Confidences = Confidences()

    def rate_to(self, expiry: datetime) -> float:
        """Return the rate for ``expiry``: its own where given, else the flat one."""
        return dict(self.rates).get(expiry, self.rate)

    def forward_given(self, expiry: datetime) -> float | None:
        """Return the forward the user gave for ``expiry``, if any."""
        return dict(self.forwards).get(expiry)


@dataclass(frozen=True, slots=True)
class InstrumentQuote:
    """What the market says of one instrument; None where it says nothing.

    ``price`` is per unit in ``currency`` (None: as ``Position.price_currency``).
    """

    instrument: Instrument
    price: float | None = None
    currency: str | None = None
    volatility: float | None = None


@dataclass(frozen=True, slots=True)
class Market:
    """Quotes of every underlying and instrument at ``valuation_time``."""

    valuation_time: datetime  # aware, UTC
    quotes: tuple[Quote, ...] = ()
    instruments: tuple[InstrumentQuote, ...] = ()
    prices: tuple[tuple[str, float], ...] = ()  # asset held as collateral -> reporting currency

    def __getitem__(self, symbol: str) -> Quote:
        for quote in self.quotes:
            if quote.symbol == symbol:
                return quote
        raise MarketDataError(
            f"no quote for {symbol}", where="market", remedy="Give its spot under `underlyings`."
        )

    def has(self, symbol: str) -> bool:
        """Return whether ``symbol`` is quoted."""
        return any(quote.symbol == symbol for quote in self.quotes)

    def price(self, asset: str, currency: str) -> float:
        """Return the price of a collateral asset in the reporting currency.

        The price given for it; else 1 for the reporting currency itself; else the spot of the
        underlying of that symbol.

        Raises
        ------
        MarketDataError
            If the asset has none of these.
        """
        given = dict(self.prices)
        if asset in given:
            return given[asset]
        if asset == currency:
            return 1.0
        if self.has(asset):
            return self[asset].spot
        raise MarketDataError(
            f"no price for {asset}",
            where="collateral",
            remedy=f"Give its `price` in {currency}, or an underlying {asset} with its spot.",
        )

    def years_to(self, expiry: datetime) -> float:
        """Return the time to ``expiry`` in years, ACT/365F, never negative."""
        return max((expiry - self.valuation_time).total_seconds(), 0.0) / SECONDS_PER_YEAR

    def days_to(self, expiry: datetime) -> float:
        """Return the time to ``expiry`` in days, never negative."""
        return self.years_to(expiry) * DAYS_PER_YEAR

    def forward(self, symbol: str, expiry: datetime) -> float:
        """Return the forward of ``symbol``: as given for ``expiry``, else spot carried to it.

        Discrete dividends replace the yield until the last of them (``carry``).
        """
        quote = self[symbol]
        given = quote.forward_given(expiry)
        if given is not None:
            return given
        carry = self.carry(symbol, expiry)
        years = self.years_to(expiry)
        return (quote.spot - carry.dividends) * math.exp(
            (carry.rate - carry.dividend_yield) * years
        )

    def carry(self, symbol: str, expiry: datetime) -> Carry:
        """Return what holding ``symbol`` to ``expiry`` earns and costs."""
        quote = self[symbol]
        years = self.years_to(expiry)
        rate = quote.rate_to(expiry)
        given = quote.forward_given(expiry)
        if given is not None and years > 0.0:
            return Carry(rate, rate - math.log(given / quote.spot) / years)
        due = self._dividends(quote, expiry)
        if not due:
            return Carry(rate, quote.dividend_yield)
        # the yield counts only after the last discrete dividend, spread here over the whole time
        after = years - due[-1][0]
        spread = quote.dividend_yield * after / years if years > 0.0 else 0.0
        if len(due) < len(quote.dividends):
            spread = 0.0  # the last of them lies beyond this expiry
        return Carry(rate, spread, tuple(due))

    def _dividends(self, quote: Quote, expiry: datetime) -> list[tuple[float, float]]:
        """Return (years to the ex-date, amount) of each dividend between now and ``expiry``.

        Whole days; an ex-date on the day of expiry counts as the moment of expiry.
        """
        today, last, years = self.valuation_time.date(), expiry.date(), self.years_to(expiry)
        return sorted(
            (min((d.ex_date - today).days / DAYS_PER_YEAR, years), d.amount)
            for d in quote.dividends
            if today < d.ex_date <= last
        )


@dataclass(frozen=True, slots=True)
class Carry:
    """Rate and yield to one expiry, and the discrete dividends before it."""

    rate: float
    dividend_yield: float
    schedule: tuple[tuple[float, float], ...] = ()  # (years to the ex-date, amount)

    @property
    def dividends(self) -> float:
        """Present value of the scheduled dividends, reporting currency per unit."""
        return sum(amount * math.exp(-self.rate * years) for years, amount in self.schedule)
