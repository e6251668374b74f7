"""Contracts at the venue's own price: Black-76 off the forward, undiscounted, paid in coin."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import Future, Option
from margin_core.errors import MarketDataError, NotCoveredError
from margin_core.margin.coin_account import is_inverse
from margin_core.methodologies.deribit_pm.terms import settles_in
from margin_core.pricing import black
from margin_core.risk.marks import marks
from margin_core.risk.revaluation import revalue

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market, Quote
    from margin_core.methodologies.deribit_pm.terms import Params
    from margin_core.pricing.black import FloatArray
    from margin_core.risk.marks import Mark
    from margin_core.risk.scenarios import ScenarioSet

MINUTES_PER_YEAR = 365.0 * 24 * 60


@dataclass(frozen=True, slots=True)
class Contract:
    """A position as the risk matrix sees it.

    ``delta`` is what it gains in its settlement currency per 1.00 of relative move; an inverse
    option's is N(d1) less its mark in coin. ``alive`` is the share of its risk that is left: it
    runs out over the minutes in which the settlement price is averaged.
    """

    mark: Mark
    market: Market  # that its model prices in
    settlement: str
    delta: float
    alive: float = 1.0

    @property
    def symbol(self) -> str:
        """The coin it is on."""
        return self.mark.position.underlying

    @property
    def inverse(self) -> bool:
        """Whether it pays in that coin."""
        return is_inverse(self.mark.position.instrument)

    @property
    def expiry(self) -> datetime | None:
        """When it expires; None for a perpetual."""
        return getattr(self.mark.position.instrument, "expiry", None)

    @property
    def option(self) -> bool:
        """Whether it is an option."""
        return isinstance(self.mark.position.instrument, Option)

    @property
    def long_option(self) -> bool:
        """Whether it is an option bought."""
        return self.option and self.mark.position.quantity > 0.0

    @property
    def spot(self) -> float:
        """The index of its coin, reporting currency."""
        return self.market[self.symbol].spot


def contracts(portfolio: Portfolio, market: Market, p: Params) -> tuple[Contract, ...]:
    """Return every position as the venue prices it, in the portfolio's order.

    An option's volatility is the file's, or the one at which the venue's formula gives the file's
    price; where the file gives a volatility alone, the venue's formula gives the mark.

    Raises
    ------
    NotCoveredError
        If a price is beyond what the venue's formula can give.
    """
    found: dict[int, Contract] = {}
    for inverse in (True, False):
        chosen = [
            i for i, q in enumerate(portfolio.positions) if is_inverse(q.instrument) is inverse
        ]
        part = replace(portfolio, positions=tuple(portfolio.positions[i] for i in chosen))
        priced = _on_forwards(part, market, inverse=inverse)
        try:
            marked = marks(part, priced)
        except MarketDataError as error:
            raise NotCoveredError(
                f"{error.fault.what}, in Black-76 off the forward without a rate",
                where=error.fault.where,
                remedy=error.fault.remedy,
            ) from error
        for i, mark, delta in zip(chosen, marked, _deltas(marked, priced), strict=True):
            alive = _alive(mark, market, p.settlement_minutes)
            settlement = settles_in(mark.position, p)
            found[i] = Contract(mark, priced, settlement, delta * alive, alive)
    return tuple(found[i] for i in range(len(found)))


def pnl(held: Sequence[Contract], scenarios: ScenarioSet) -> FloatArray:
    """Return P&L of shape (n_scenarios, n_contracts) in the reporting currency.

    All on one coin. What an inverse contract has earned or is worth in coin moves with the coin.
    """
    values = np.zeros((len(scenarios), len(held)))
    for inverse in (True, False):
        chosen = [i for i, contract in enumerate(held) if contract.inverse is inverse]
        if chosen:
            market = held[chosen[0]].market
            values[:, chosen] = revalue([held[i].mark for i in chosen], market, scenarios).values
    return np.asarray(values * np.array([contract.alive for contract in held]))


def pnl_in_coin(held: Sequence[Contract], scenarios: ScenarioSet) -> FloatArray:
    """Return P&L of shape (n_scenarios, n_contracts) in the coin that inverse contracts pay in.

    The coins won: what a contract was worth in coin before does not count as it moves. A future
    of q coins at its mark wins ``q (1 - 1 / (1 + move))``, an option the change of its price in
    coin, which is its value at the moved forward over that forward.
    """
    move = np.asarray(scenarios.spot_moves)[:, None]
    owned = np.array([(c.mark.value - c.mark.position.accrued_funding) * c.alive for c in held])
    return np.asarray((pnl(held, scenarios) - owned * move) / (held[0].spot * (1.0 + move)))


def _on_forwards(portfolio: Portfolio, market: Market, *, inverse: bool) -> Market:
    """Return the market in which the formula of the core is the venue's.

    Every forward is as before. A linear option is undiscounted; an inverse one is worth
    ``Black-76 / forward`` coins, as if discounted at the rate that carries spot to the forward.
    """
    expiries: dict[str, set[datetime]] = {}
    for position in portfolio.positions:
        if isinstance(position.instrument, Option | Future):
            expiries.setdefault(position.underlying, set()).add(position.instrument.expiry)

    def priced(quote: Quote) -> Quote:
        dates = sorted(expiries.get(quote.symbol, ()))
        forwards = tuple((date, market.forward(quote.symbol, date)) for date in dates)
        rates = tuple(
            (date, math.log(forward / quote.spot) / years)
            for date, forward in forwards
            if inverse and (years := market.years_to(date)) > 0.0
        )
        return replace(
            quote, rate=0.0, dividend_yield=0.0, dividends=(), forwards=forwards, rates=rates
        )

    return replace(market, quotes=tuple(priced(quote) for quote in market.quotes))


def _deltas(marked: Sequence[Mark], market: Market) -> list[float]:
    """Return each contract's delta in its settlement currency."""
    of_options = iter(_option_deltas(marked, market))
    found = []
    for mark in marked:
        position, instrument = mark.position, mark.position.instrument
        inverse = is_inverse(instrument)
        if isinstance(instrument, Option):
            forward = market.forward(position.underlying, instrument.expiry)
            in_coin = mark.price / market[position.underlying].spot
            delta = next(of_options)
            per_unit = delta - in_coin if inverse else delta * forward
        else:
            per_unit = 1.0 / mark.price if inverse else mark.price
        found.append(position.units * per_unit)
    return found


def _option_deltas(marked: Sequence[Mark], market: Market) -> list[float]:
    """Return Black-76's delta to the forward of each option, in order."""
    options = [
        (mark.volatility, mark.position.instrument)
        for mark in marked
        if isinstance(mark.position.instrument, Option)
    ]
    if not options:
        return []
    greeks = black.greeks(
        np.array([market.forward(option.underlying, option.expiry) for _, option in options]),
        np.array([option.strike for _, option in options]),
        np.array([market.years_to(option.expiry) for _, option in options]),
        np.array([vol for vol, _ in options]),
        0.0,
        0.0,
        call=np.array([option.call for _, option in options]),
    )
    return [float(delta) for delta in greeks.delta]


def _alive(mark: Mark, market: Market, settlement_minutes: float) -> float:
    """Return the share of a contract's risk that settlement has left."""
    expiry = getattr(mark.position.instrument, "expiry", None)
    if expiry is None or settlement_minutes <= 0.0:
        return 1.0
    return min(market.years_to(expiry) * MINUTES_PER_YEAR / settlement_minutes, 1.0)
