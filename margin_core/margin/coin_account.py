"""What rule books of coin venues have in common: their contracts, and an account per currency."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from margin_core.book.instruments import (
    AssetClass,
    MarginType,
    Option,
    Stock,
    Style,
)
from margin_core.errors import NotCoveredError
from margin_core.margin.figure import Line, largest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from margin_core.book.instruments import Instrument
    from margin_core.book.portfolio import Portfolio, Position


def refuse(portfolio: Portfolio, reason: Callable[[Position], str], remedy: str) -> None:
    """Raise ``NotCoveredError`` naming every position for which ``reason`` gives one."""
    reasons = dict.fromkeys(
        f"{position.label}: {why}" for position in portfolio.positions if (why := reason(position))
    )
    if reasons:
        raise NotCoveredError("; ".join(reasons), where="positions", remedy=remedy)


def not_a_coin_contract(position: Position, portfolio: Portfolio) -> str:
    """Return why ``position`` is no listed derivative on a coin; empty if it is one."""
    asset_class = portfolio.underlying(position.underlying).asset_class
    match position.instrument:
        case _ if asset_class is not AssetClass.CRYPTO:
            return f"on {asset_class.replace('_', ' ')}, no coin"
        case Stock():
            return "coins held are collateral, not a position"
        case Option(style=Style.AMERICAN):
            return "an American option"
        case Option(otc=True):
            return "not a listed option"
        case _:
            return ""


def is_inverse(instrument: Instrument) -> bool:
    """Return whether a contract is settled in the coin itself."""
    return getattr(instrument, "margin_type", None) is MarginType.INVERSE


def settlement(position: Position, otherwise: str) -> str:
    """Return the currency that a contract settles in: its coin, or what it is quoted in.

    ``otherwise`` is taken where a linear contract does not say.
    """
    if is_inverse(position.instrument):
        return position.underlying
    return getattr(position.instrument, "quote_currency", None) or otherwise


def by_settlement(
    portfolio: Portfolio, settles_in: Callable[[Position], str]
) -> dict[str, Portfolio]:
    """Return one account per currency: what settles in it, and the balances of that asset."""
    currencies = dict.fromkeys(
        [
            *(settles_in(position) for position in portfolio.positions),
            *(balance.asset.upper() for balance in portfolio.balances),
        ]
    )
    return {
        currency: replace(
            portfolio,
            positions=tuple(p for p in portfolio.positions if settles_in(p) == currency),
            balances=tuple(b for b in portfolio.balances if b.asset.upper() == currency),
        )
        for currency in currencies
    }


def worst_ratio(pockets: Iterable[tuple[float, float]]) -> tuple[float | None, bool]:
    """Return the highest maintenance over equity of several accounts, and whether one has none.

    ``pockets`` holds (equity, maintenance) of each; one that owes nothing doesn't count, and the
    ratio is None where none counts.
    """
    owing = [(equity, owed) for equity, owed in pockets if owed > 0.0]
    ratios = [owed / equity for equity, owed in owing if equity > 0.0]
    return max(ratios, default=None), len(ratios) < len(owing)


def at_least(initial: Line, maintenance: Line) -> Line:
    """Return initial margin, but maintenance margin where a haircut of its own makes it more."""
    if maintenance.amount <= initial.amount:
        return initial
    return largest(f"{initial.label}, at least maintenance", initial, maintenance)
