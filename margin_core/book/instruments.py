"""Contract facts: what can be held, and on what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class AssetClass(StrEnum):
    """The kind of an underlying, as rule books tell them apart."""

    EQUITY = "equity"
    ETF_BROAD = "etf_broad"
    ETF_NARROW = "etf_narrow"
    ETN = "etn"
    INDEX_BROAD = "index_broad"
    INDEX_NARROW = "index_narrow"
    INDEX_VOLATILITY = "index_volatility"
    CRYPTO = "crypto"
    COMMODITY = "commodity"


class Right(StrEnum):
    """The side of an option contract."""

    CALL = "call"
    PUT = "put"


class Style(StrEnum):
    """When an option may be exercised."""

    AMERICAN = "american"
    EUROPEAN = "european"


class Settlement(StrEnum):
    """What an exercised option delivers."""

    PHYSICAL = "physical"
    CASH = "cash"


class MarginType(StrEnum):
    """The currency a derivative pays in: the quote currency, or the coin itself."""

    LINEAR = "linear"
    INVERSE = "inverse"


@dataclass(frozen=True, slots=True)
class Underlying:
    """Facts of an underlying that carry no price."""

    symbol: str
    asset_class: AssetClass
    high_capitalization: bool = True
    leverage: float = 1.0
    marginable: bool = True
    index: str | None = None
    index_ratio: float | None = None  # units of the index per unit; None: a fund on it
    class_group: str | None = None
    product_group: str | None = None

    @property
    def class_key(self) -> str:
        """The group whose members net in full: ``class_group``, by default the symbol."""
        return self.class_group or self.symbol


@dataclass(frozen=True, slots=True)
class Stock:
    """A share, a fund share or a coin held as a position."""

    underlying: str
    multiplier: float = 1.0


@dataclass(frozen=True, slots=True)
class Option:
    """A call or a put on ``multiplier`` units of ``underlying``."""

    underlying: str
    right: Right
    strike: float
    expiry: datetime  # aware, UTC
    style: Style = Style.EUROPEAN
    multiplier: float = 1.0
    settlement: Settlement = Settlement.CASH
    otc: bool = False
    margin_type: MarginType = MarginType.LINEAR

    @property
    def call(self) -> bool:
        """Whether this is a call."""
        return self.right is Right.CALL


@dataclass(frozen=True, slots=True)
class Future:
    """A dated future; inverse ones count ``multiplier`` in quote currency."""

    underlying: str
    expiry: datetime
    multiplier: float = 1.0
    margin_type: MarginType = MarginType.LINEAR
    quote_currency: str | None = None


@dataclass(frozen=True, slots=True)
class Perpetual:
    """A perpetual swap; inverse ones count ``multiplier`` in quote currency."""

    underlying: str
    multiplier: float = 1.0
    margin_type: MarginType = MarginType.LINEAR
    quote_currency: str | None = None


@dataclass(frozen=True, slots=True)
class LpRange:
    """Liquidity of an automated market maker between two prices, in the reporting currency.

    ``liquidity`` is that of one position, in square roots of coins times money; the ends are
    ``0 < lower_price < upper_price``.
    """

    underlying: str
    lower_price: float
    upper_price: float
    liquidity: float
    multiplier: float = 1.0


Instrument = Stock | Option | Future | Perpetual | LpRange
