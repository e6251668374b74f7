"""The same account in other contracts: strikes shifted, expiries rolled, quantities scaled."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from margin_core.book.instruments import Future, Option
from margin_core.book.portfolio import describe
from margin_core.errors import InputError
from margin_core.files import moments
from margin_core.market.snapshot import InstrumentQuote
from margin_core.risk.surfaces import surface

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from margin_core.book.instruments import AssetClass, Instrument
    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.market.snapshot import Market
    from margin_core.risk.marks import Mark

CUSTOMARY_SHARE = 0.05  # of spot: the customary distance of strikes
ROUND_STEPS = (1.0, 2.5, 5.0, 10.0)

Account = tuple["Portfolio", "Market"]


def strikes_shifted(
    portfolio: Portfolio, market: Market, marks: Sequence[Mark], steps: int
) -> Account:
    """Return the account with every strike moved by ``steps`` of its underlying's strike step.

    A shifted option is entered at its mark, at the volatility that the account's own options
    imply at the new strike.

    Raises
    ------
    InputError
        If a strike would not be positive.
    """

    def shifted(instrument: Instrument) -> Instrument:
        if not isinstance(instrument, Option):
            return instrument
        step = strike_step(portfolio, market, instrument.underlying)
        strike = round(instrument.strike + steps * step, 10)
        if strike <= 0.0:
            raise InputError(
                f"{describe(instrument)} cannot be shifted to strike {strike:g}",
                remedy="A strike is more than zero.",
            )
        return replace(instrument, strike=strike)

    return _changed(portfolio, market, marks, shifted)


def expiries_rolled(
    portfolio: Portfolio, market: Market, marks: Sequence[Mark], days: int
) -> Account:
    """Return the account with every expiry ``days`` later, at the customary moment of its day.

    What is rolled is entered at its mark; an option at the volatility that the account's own
    options imply for the new expiry.
    """

    def rolled(instrument: Instrument) -> Instrument:
        if not isinstance(instrument, Option | Future):
            return instrument
        asset_class = portfolio.underlying(instrument.underlying).asset_class
        return replace(instrument, expiry=_later(instrument.expiry, days, asset_class))

    return _changed(portfolio, market, marks, rolled)


def scaled(portfolio: Portfolio, factor: float) -> Portfolio:
    """Return the portfolio with every quantity times ``factor``; balances stay."""
    positions = tuple(
        replace(position, quantity=position.quantity * factor) for position in portfolio.positions
    )
    return replace(portfolio, positions=positions)


def strike_step(portfolio: Portfolio, market: Market, symbol: str) -> float:
    """Return the customary distance of strikes on ``symbol``, or a smaller one that is held."""
    strikes = sorted(
        {
            position.instrument.strike
            for position in portfolio.positions
            if isinstance(position.instrument, Option) and position.underlying == symbol
        }
    )
    gaps = [high - low for low, high in pairwise(strikes)]
    return min([round(gap, 10) for gap in gaps] + [customary_step(market[symbol].spot)])


def customary_step(spot: float) -> float:
    """Return the round distance (1, 2.5 or 5 times a power of ten) nearest to 5 % of spot."""
    wanted = CUSTOMARY_SHARE * spot
    power = 10.0 ** math.floor(math.log10(wanted))
    return min(
        (power * step for step in ROUND_STEPS), key=lambda step: abs(math.log(step / wanted))
    )


def _changed(
    portfolio: Portfolio,
    market: Market,
    marks: Sequence[Mark],
    change: Callable[[Instrument], Instrument],
) -> Account:
    """Return the account with ``change`` applied to every instrument."""
    quoted = {quote.instrument: quote for quote in market.instruments}
    positions: list[Position] = []
    quotes: dict[Instrument, InstrumentQuote] = {}
    for mark in marks:
        old, new = mark.position.instrument, change(mark.position.instrument)
        if new == old:
            positions.append(mark.position)
            if old in quoted:
                quotes[old] = quoted[old]
            continue
        positions.append(replace(mark.position, instrument=new, entry_price=None))
        if isinstance(new, Option) and mark.volatility != market[new.underlying].volatility:
            vol = surface(marks, market, new.underlying).vol(
                new.strike, market.years_to(new.expiry)
            )
            quotes[new] = InstrumentQuote(new, volatility=vol)
    return (
        replace(portfolio, positions=tuple(positions)),
        replace(market, instruments=tuple(quotes.values())),
    )


def _later(expiry: datetime, days: int, asset_class: AssetClass) -> datetime:
    """Return an expiry ``days`` later, at the same local time where that is the customary one."""
    day = moments.read_date(moments.expiry_text(expiry, asset_class))
    if day is None:
        return expiry + timedelta(days=days)
    return moments.customary(day + timedelta(days=days), asset_class)
