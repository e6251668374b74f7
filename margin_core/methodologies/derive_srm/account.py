"""An account by coin: net options of each expiry, net perpetual, and the collateral taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import Option
from margin_core.book.portfolio import describe
from margin_core.margin.cash_asset import cash_price, feed_confidence, is_cash, net_units
from margin_core.margin.equity import balance_value
from margin_core.margin.haircuts import NOT_TAKEN, collateral, flat
from margin_core.pricing import black
from margin_core.risk.marks import marks
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from margin_core.book.portfolio import Balance, Portfolio
    from margin_core.margin.figure import Line
    from margin_core.margin.haircuts import Collateral, Tier
    from margin_core.market.snapshot import Market, Quote
    from margin_core.methodologies.derive_srm.terms import Params
    from margin_core.risk.marks import Mark


@dataclass(frozen=True, slots=True)
class Holding:
    """What an account holds net of one option; ``price`` is Black-76 without discount."""

    option: Option
    units: float  # signed
    price: float

    @property
    def label(self) -> str:
        """The size and the option's name."""
        return f"{self.units:+,.6g} {describe(self.option)}"

    @property
    def short(self) -> float:
        """Units sold, 0 for an option held."""
        return max(-self.units, 0.0)


@dataclass(frozen=True, slots=True)
class Expiry:
    """The options of one coin that expire together, by strike."""

    name: str
    forward: float
    confidence: float  # the lowest of spot, forward and volatility
    holdings: tuple[Holding, ...]

    @property
    def short(self) -> float:
        """Units of all options sold."""
        return sum(holding.short for holding in self.holdings)


@dataclass(frozen=True, slots=True)
class CoinMarket:
    """Everything held on one coin but the coin itself."""

    symbol: str
    spot: float
    perpetual_confidence: float  # the lower of perpetual and spot
    perpetuals: tuple[Mark, ...]
    expiries: tuple[Expiry, ...]

    @property
    def perpetual_units(self) -> float:
        """Net units of the coin held in perpetuals."""
        return net(mark.position.units for mark in self.perpetuals)


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """An account by coin, in order of appearance.

    ``others`` is the collateral that is taken besides cash: full value in dollars and confidence.
    ``price`` is that of the cash asset in dollars, with a warning where it is assumed.
    """

    portfolio: Portfolio
    held: tuple[Mark, ...]
    markets: tuple[CoinMarket, ...]
    collateral: Collateral
    others: tuple[tuple[Line, float], ...]
    price: float
    price_warning: str


def account(portfolio: Portfolio, market: Market, p: Params) -> Account:
    """Return the account by coin.

    Collateral counts in units of the cash asset at its price in dollars, as if that were at its
    peg; the haircut here is what is missing of its worth in dollars.

    Raises
    ------
    MarketDataError
        If a position or a balance has no price.
    """
    held = marks(portfolio, market)
    price, warning = cash_price(p.cash_asset, portfolio, market)
    symbols = dict.fromkeys(mark.position.underlying for mark in held)
    return Account(
        portfolio,
        held,
        tuple(_coin_market(symbol, held, market) for symbol in symbols),
        collateral(portfolio, market, lambda b: _tiers(b, price, p), source="script#marginFactor"),
        tuple(
            (balance_value(balance, market, portfolio.currency), feed_confidence(balance, market))
            for balance in portfolio.balances
            if not is_cash(balance, p.cash_asset) and _counts_initially(balance, p)
        ),
        price,
        warning,
    )


def _coin_market(symbol: str, held: Sequence[Mark], market: Market) -> CoinMarket:
    quote = market[symbol]
    mine = [mark for mark in held if mark.position.underlying == symbol]
    vols = {mark.position.instrument: mark.volatility for mark in mine}
    units = net_units(mine)
    moments = sorted({option.expiry for option in units})
    return CoinMarket(
        symbol,
        quote.spot,
        min(quote.confidences.perpetual, quote.confidences.spot),
        tuple(mark for mark in mine if not isinstance(mark.position.instrument, Option)),
        tuple(
            _expiry(
                moment,
                {option: size for option, size in units.items() if option.expiry == moment},
                [vols[option] for option in units if option.expiry == moment],
                quote,
                market,
            )
            for moment in moments
        ),
    )


def _expiry(
    moment: datetime,
    units: dict[Option, float],
    vols: Sequence[float],
    quote: Quote,
    market: Market,
) -> Expiry:
    forward = market.forward(quote.symbol, moment)
    prices = black.black76(
        forward,
        np.array([option.strike for option in units]),
        market.years_to(moment),
        np.array(vols),
        call=np.array([option.call for option in units]),
    )
    holdings = (
        Holding(option, size, price)
        for (option, size), price in zip(units.items(), prices.tolist(), strict=True)
    )
    feeds = quote.confidences.forward, quote.confidences.volatility
    return Expiry(
        f"{quote.symbol} {moment:%-d %b %Y}",
        forward,
        min(quote.confidences.spot, *(dict(feed).get(moment, 1.0) for feed in feeds)),
        tuple(sorted(holdings, key=lambda held: (held.option.strike, held.option.right))),
    )


def _counts_initially(balance: Balance, p: Params) -> bool:
    """Return whether a balance is worth anything initially; distrust of any other costs nothing."""
    if balance.haircut is not None:
        return balance.haircut.initial < 1.0
    asset = balance.asset.upper()
    return asset in p.margin_factor and p.margin_factor[asset] * p.im_scale[asset] > 0.0


def _tiers(balance: Balance, price: float, p: Params) -> Sequence[Tier]:
    """Return the haircut of each phase on the worth in dollars."""
    asset = balance.asset.upper()
    if is_cash(balance, p.cash_asset):
        return flat(0.0)
    if asset not in p.margin_factor or not p.margin_factor[asset]:
        return NOT_TAKEN
    counts = price * p.margin_factor[asset]
    return flat(1.0 - counts, 1.0 - counts * p.im_scale[asset])
