"""The parameters of Binance's portfolio margin, what it covers, and what collateral counts for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from margin_core.errors import ParameterError
from margin_core.margin.coin_account import DOLLAR, not_in_dollars, settlement
from margin_core.margin.haircuts import flat, rated
from margin_core.margin.parameters import NOT_PUBLISHED
from margin_core.margin.refusal import refuse, refuse_currency

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.margin.haircuts import Tier
    from margin_core.margin.parameters import Table

KEY = "binance_pm"


@dataclass(frozen=True, slots=True)
class Params:
    """See ``binance_pm.toml`` for values, units and sources."""

    brackets: Table
    future_brackets: tuple[tuple[float, ...], ...]
    inverse_brackets: Table
    loan_rates: Table
    loan_leverage: str
    to_order: float
    liquidation: float
    reminder: float
    collateral_rate: Table
    sample_rate: Table
    unlisted_rate: float
    given_rate: Table
    option_initial: tuple[float, ...]
    option_maintenance: tuple[float, ...]

    @property
    def loan_rate(self) -> float:
        """The maintenance margin of a loan, as a ratio of it."""
        return float(self.loan_rates[self.loan_leverage])


class Known(StrEnum):
    """What is known of a currency's collateral rate."""

    LISTED = "listed"
    SAMPLE = "sample"
    UNLISTED = "unlisted"


@dataclass(frozen=True, slots=True)
class Rate:
    """What a currency counts at, lowest tier first, and what is known of it."""

    tiers: tuple[Tier, ...]
    known: Known


def check(p: Params) -> None:
    """Raise ``ParameterError`` for parameters of a form that nothing can be computed from."""
    if p.loan_leverage not in p.loan_rates:
        raise ParameterError(
            f"{p.loan_leverage!r} is no leverage of a margin loan",
            where=f"{KEY}.loan_leverage",
            remedy=f"Give one of {', '.join(name for name, _ in p.loan_rates.entries)}.",
        )
    if p.to_order < 1.0:
        raise ParameterError(
            "orders are not taken below the maintenance margin",
            where=f"{KEY}.to_order",
            remedy="Give a uniMMR from 1.",
        )
    for name in ("option_initial", "option_maintenance"):
        if len(getattr(p, name)) != 2:  # noqa: PLR2004 - a pair
            raise ParameterError(f"{name} is not a pair", where=KEY, remedy="Write [0.15, 0.1].")


def refuse_uncovered(portfolio: Portfolio) -> None:
    """Raise ``NotCoveredError`` for what Binance lists no contract like."""
    refuse_currency(portfolio, DOLLAR, "its account is counted")
    refuse(
        portfolio,
        lambda position: not_in_dollars(position, portfolio),
        "It margins futures and perpetuals on coins, and European options in dollars.",
    )


def settles_in(position: Position) -> str:
    """Return the currency that a contract's profits are paid in."""
    return settlement(position, DOLLAR)


def collateral_rate(currency: str, p: Params) -> Rate:
    """Return what a positive net of a currency counts at.

    Raises
    ------
    ParameterError
        If a rate is not from 0 to 1, or tiers do not rise.
    """
    if currency == DOLLAR:
        return Rate(flat(0.0), Known.LISTED)
    if currency in p.given_rate and p.given_rate[currency] != NOT_PUBLISHED:
        return _rate(p.given_rate, "given_rate", currency, Known.LISTED)
    if currency in p.collateral_rate:
        return _rate(p.collateral_rate, "collateral_rate", currency, Known.LISTED)
    if currency in p.sample_rate:
        return _rate(p.sample_rate, "sample_rate", currency, Known.SAMPLE)
    return Rate(rated(p.unlisted_rate, f"{KEY}.unlisted_rate"), Known.UNLISTED)


def _rate(table: Table, name: str, currency: str, known: Known) -> Rate:
    return Rate(rated(table[currency], f"{KEY}.{name}.{currency}"), known)
