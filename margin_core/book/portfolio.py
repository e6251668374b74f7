"""What one account holds: positions, balances, and the facts of their underlyings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from margin_core.book.instruments import (
    Future,
    Instrument,
    LpRange,
    MarginType,
    Option,
    Perpetual,
    Stock,
    Underlying,
)
from margin_core.errors import InputError


class AccountType(StrEnum):
    """The kind of account, for rule books that tell them apart."""

    MARGIN = "margin"
    CASH = "cash"


@dataclass(frozen=True, slots=True)
class Position:
    """A signed holding; ``quantity`` is in contracts, long positive.

    ``entry_price`` is per unit in ``price_currency`` (None: the reporting currency, or the coin
    for an inverse option); None means that the position was opened at its mark.
    """

    instrument: Instrument
    quantity: float
    entry_price: float | None = None
    price_currency: str | None = None
    venue: str | None = None
    funding_rate: float | None = None  # perpetuals, per 8 hours
    accrued_funding: float = 0.0  # perpetuals, reporting currency, received positive
    leverage: float | None = None  # perpetuals
    isolated_margin: float | None = None  # perpetuals, reporting currency

    @property
    def underlying(self) -> str:
        """The symbol of the instrument's underlying."""
        return self.instrument.underlying

    @property
    def units(self) -> float:
        """Signed units of the underlying (quote currency for inverse futures)."""
        return self.quantity * self.instrument.multiplier

    @property
    def label(self) -> str:
        """A short name such as ``-10 XYZ 90 put 18 Dec 2026``."""
        return f"{self.quantity:+,.12g} {describe(self.instrument)}"


@dataclass(frozen=True, slots=True)
class Haircut:
    """A haircut of the account's own choosing, as a fraction of value, by phase."""

    maintenance: float
    initial: float


@dataclass(frozen=True, slots=True)
class Balance:
    """Cash or collateral held; a negative amount is a debit or a loan."""

    asset: str
    amount: float
    haircut: Haircut | None = None
    confidence: float | None = None
    tracks: str | None = None  # the underlying whose moves the asset follows
    venue: str | None = None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Everything one account holds, at no price."""

    positions: tuple[Position, ...] = ()
    balances: tuple[Balance, ...] = ()
    underlyings: tuple[Underlying, ...] = ()
    currency: str = "USD"
    account_type: AccountType = AccountType.MARGIN
    name: str = ""
    description: str = ""

    def underlying(self, symbol: str) -> Underlying:
        """Return the facts of ``symbol``; ``InputError`` if the portfolio lacks them."""
        for underlying in self.underlyings:
            if underlying.symbol == symbol:
                return underlying
        raise InputError(
            f"{symbol} is not among the underlyings",
            where="underlyings",
            remedy="Add it with its asset class and spot.",
        )


def describe(instrument: Instrument) -> str:
    """Return the instrument's name in words, without a quantity."""
    match instrument:
        case Option(underlying=symbol, strike=strike, right=right, expiry=expiry):
            return f"{symbol} {strike:,g} {right} {expiry:%-d %b %Y}"
        case Future(underlying=symbol, expiry=expiry):
            return f"{symbol} {_inverse(instrument)}future {expiry:%-d %b %Y}"
        case Perpetual(underlying=symbol):
            return f"{symbol} {_inverse(instrument)}perpetual"
        case Stock(underlying=symbol):
            return f"{symbol} stock"
        case LpRange(underlying=symbol, lower_price=lower, upper_price=upper):
            return f"{symbol} liquidity {lower:,g} to {upper:,g}"


def _inverse(instrument: Future | Perpetual) -> str:
    return "inverse " if instrument.margin_type is MarginType.INVERSE else ""
