"""The account as one coin's manager sees it: options by expiry, perpetuals, coins that move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import Option
from margin_core.methodologies.derive_pmrm.shocks import shocked_vol, static_discounts
from margin_core.pricing import black
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from margin_core.book.portfolio import Balance
    from margin_core.market.snapshot import Market, Quote
    from margin_core.methodologies.derive_pmrm.terms import Params, Shock
    from margin_core.pricing.black import FloatArray
    from margin_core.risk.marks import Mark

MINUTES_PER_YEAR = 365.0 * 24.0 * 60.0


@dataclass(frozen=True, slots=True)
class Coin:
    """Collateral that moves with the manager's coin; ``value`` is in units of the cash asset."""

    label: str
    amount: float
    value: float


@dataclass(frozen=True, slots=True)
class Expiry:
    """Options of one expiry; ``members`` are their columns.

    ``fixed`` is the part of the forward that the settlement average already holds. The discounts
    are for a positive and a negative net value after a shock.
    """

    name: str
    years: float
    rate: float
    forward: float
    fixed: float
    discounts: tuple[float, float]
    confidence: float  # the lowest of forward, rate and volatility
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """What one manager margins. Arrays have shape (n_options,); prices are per unit."""

    symbol: str
    spot: float
    spot_confidence: float
    perpetual_confidence: float  # 1 where perpetuals are none or net to nothing
    options: tuple[Mark, ...]
    perpetuals: tuple[Mark, ...]
    coins: tuple[Coin, ...]
    expiries: tuple[Expiry, ...]
    expiry_of: NDArray[np.int_]
    units: FloatArray
    strike: FloatArray
    call: NDArray[np.bool_]
    vol: FloatArray

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of all holdings: options, perpetuals, coins."""
        held = (*self.options, *self.perpetuals)
        return (*(mark.label for mark in held), *(coin.label for coin in self.coins))

    @property
    def confidence(self) -> float:
        """The lowest confidence of spot and, where one is held net, the perpetual."""
        return min(self.spot_confidence, self.perpetual_confidence)

    def option_values(self, growth: FloatArray, vol: FloatArray, p: Params) -> FloatArray:
        """Return the value of each option position by Black-76, units of the cash asset.

        Parameters
        ----------
        growth : ndarray of shape (n, 1)
            What the part of each forward that is not yet fixed is multiplied by.
        vol : ndarray of shape (n, n_options)
        p : Params
            Says whether prices are discounted.

        Returns
        -------
        ndarray of shape (n, n_options)
        """
        fixed, forward, years = self.by_option("fixed"), self.forward, self.years
        rate = self.by_option("rate") * p.discounted_prices
        moved = fixed + (forward - fixed) * growth
        values = black.value(moved, self.strike, years, vol, rate, rate, call=self.call)
        return np.asarray(self.units * values)

    def values_today(self, p: Params) -> FloatArray:
        """Return the value of each option position, units of the cash asset."""
        return self.option_values(np.ones((1, 1)), self.vol[None, :], p).ravel()

    def shocked(self, shock: Shock, p: Params) -> FloatArray:
        """Return each option's volatility after ``shock``, shape (n_options,)."""
        moneyness = np.log(self.strike / self.forward)
        return shocked_vol(shock, self.vol, self.years, moneyness, p)

    @property
    def years(self) -> FloatArray:
        """Time to expiry of each option."""
        return self.by_option("years")

    @property
    def forward(self) -> FloatArray:
        """Forward of each option's expiry."""
        return self.by_option("forward")

    def by_option(self, name: str) -> FloatArray:
        """Return a number of each option's expiry, shape (n_options,)."""
        return np.array([getattr(e, name) for e in self.expiries], dtype=float)[self.expiry_of]

    def by_expiry(self, values: FloatArray) -> FloatArray:
        """Return sums over the options of each expiry: (n, n_options) to (n, n_expiries)."""
        sums = [values[:, expiry.members].sum(axis=1) for expiry in self.expiries]
        return np.stack(sums, axis=1) if sums else np.zeros((len(values), 0))


def book(
    symbol: str,
    held: Sequence[Mark],
    balances: Sequence[tuple[Balance, float]],
    market: Market,
    p: Params,
) -> Book:
    """Return what the manager of ``symbol`` margins.

    Parameters
    ----------
    symbol : str
    held : sequence of Mark
        Positions on any coin; those on ``symbol`` are taken.
    balances : sequence of (Balance, float)
        Collateral that moves with the coin, and its value in units of the cash asset.
    market : Market
    p : Params

    Raises
    ------
    MarketDataError
        If the coin has no quote.
    """
    quote = market[symbol]
    mine = [mark for mark in held if mark.position.underlying == symbol]
    options = [mark for mark in mine if isinstance(mark.position.instrument, Option)]
    perpetuals = [mark for mark in mine if not isinstance(mark.position.instrument, Option)]
    facts = [m.position.instrument for m in options if isinstance(m.position.instrument, Option)]
    moments = sorted({option.expiry for option in facts})
    return Book(
        symbol,
        quote.spot,
        quote.confidences.spot,
        quote.confidences.perpetual if net(m.position.units for m in perpetuals) else 1.0,
        tuple(options),
        tuple(perpetuals),
        tuple(_coin(balance, value) for balance, value in balances),
        tuple(_expiry(moment, quote, facts, market, p) for moment in moments),
        np.array([moments.index(option.expiry) for option in facts], dtype=int),
        np.array([mark.position.units for mark in options], dtype=float),
        np.array([option.strike for option in facts], dtype=float),
        np.array([option.call for option in facts], dtype=bool),
        np.array([mark.volatility for mark in options], dtype=float),
    )


def _coin(balance: Balance, value: float) -> Coin:
    return Coin(f"{balance.amount:+,g} {balance.asset} collateral", balance.amount, value)


def _expiry(
    moment: datetime, quote: Quote, facts: Sequence[Option], market: Market, p: Params
) -> Expiry:
    years = market.years_to(moment)
    rate = max(quote.rate_to(moment), 0.0)
    forward = market.forward(quote.symbol, moment)
    left = min(years * MINUTES_PER_YEAR / p.settlement_minutes, 1.0)
    feeds = quote.confidences.forward, quote.confidences.rate, quote.confidences.volatility
    return Expiry(
        name=f"{moment:%-d %b %Y}",
        years=years,
        rate=rate,
        forward=forward,
        fixed=forward * (1.0 - left),
        discounts=static_discounts(years, rate, p),
        confidence=min(dict(feed).get(moment, 1.0) for feed in feeds),
        members=tuple(i for i, option in enumerate(facts) if option.expiry == moment),
    )
