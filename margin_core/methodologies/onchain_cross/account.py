"""An account by coin: net options of each expiry, perpetuals, and the collateral taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.book.portfolio import describe
from margin_core.margin.cash_asset import is_cash, net_units
from margin_core.margin.haircuts import NOT_TAKEN, collateral, flat
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.haircuts import Collateral
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.onchain_cross.terms import Params
    from margin_core.risk.marks import Mark


@dataclass(frozen=True, slots=True)
class Holding:
    """What an account holds net of one option, at its mark per unit."""

    option: Option
    units: float  # signed, never zero
    mark: float

    @property
    def label(self) -> str:
        """The size and the option's name."""
        return f"{self.units:+,.6g} {describe(self.option)}"

    @property
    def size(self) -> float:
        """Units without their sign."""
        return abs(self.units)

    def intrinsic(self, price: float) -> float:
        """Return what one unit pays where the underlying settles at ``price``."""
        return max(self._beyond(price), 0.0)

    def otm(self, spot: float) -> float:
        """Return what spot lacks for one unit to pay anything."""
        return max(-self._beyond(spot), 0.0)

    def _beyond(self, price: float) -> float:
        return price - self.option.strike if self.option.call else self.option.strike - price


@dataclass(frozen=True, slots=True)
class Expiry:
    """The options of one coin that settle at one price, by strike."""

    name: str
    holdings: tuple[Holding, ...]


@dataclass(frozen=True, slots=True)
class CoinMarket:
    """Everything held on one coin but the coin itself."""

    symbol: str
    spot: float
    perpetuals: tuple[Mark, ...]
    expiries: tuple[Expiry, ...]

    @property
    def leverage(self) -> float | None:
        """The lowest leverage that the holder chose for the perpetual; None without a choice."""
        chosen = (mark.position.leverage for mark in self.perpetuals)
        return min((leverage for leverage in chosen if leverage is not None), default=None)


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """An account by coin, in order of appearance, and its collateral."""

    portfolio: Portfolio
    held: tuple[Mark, ...]
    markets: tuple[CoinMarket, ...]
    collateral: Collateral


def account(portfolio: Portfolio, market: Market, p: Params) -> Account:
    """Return the account by coin.

    Raises
    ------
    MarketDataError
        If a position or a balance has no price.
    """
    held = marks(portfolio, market)
    symbols = dict.fromkeys(mark.position.underlying for mark in held)
    return Account(
        portfolio,
        held,
        tuple(_coin_market(symbol, market[symbol].spot, held) for symbol in symbols),
        collateral(
            portfolio,
            market,
            lambda balance: flat(0.0) if is_cash(balance, p.cash_asset) else NOT_TAKEN,
            source=str(p.documents["collateral"]),
        ),
    )


def _coin_market(symbol: str, spot: float, held: Sequence[Mark]) -> CoinMarket:
    mine = [mark for mark in held if mark.position.underlying == symbol]
    prices = {mark.position.instrument: mark.price for mark in mine}
    sizes = {option: units for option, units in net_units(mine).items() if units}
    holdings = sorted(
        (Holding(option, units, prices[option]) for option, units in sizes.items()),
        key=lambda each: (each.option.expiry, each.option.strike, each.option.right),
    )
    return CoinMarket(
        symbol,
        spot,
        tuple(mark for mark in mine if not isinstance(mark.position.instrument, Option)),
        tuple(
            Expiry(
                f"{symbol} {moment:%-d %b %Y}",
                tuple(each for each in holdings if each.option.expiry == moment),
            )
            for moment in dict.fromkeys(each.option.expiry for each in holdings)
        ),
    )
