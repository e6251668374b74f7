"""Net liquidation value: everything in the account at its marks, position by position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, given, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.portfolio import Balance, Portfolio
    from margin_core.market.snapshot import Market
    from margin_core.risk.marks import Mark


def net_liquidation_value(portfolio: Portfolio, market: Market, marks: Sequence[Mark]) -> Line:
    """Return what the account is worth at its marks, in the reporting currency.

    Parameters
    ----------
    portfolio : Portfolio
    market : Market
        Prices the balances.
    marks : sequence of Mark
        One per position, in order, as ``risk.marks.marks`` gives them.

    Returns
    -------
    Line
        The sum of one leaf per position (stock and options: quantity x multiplier x mark; futures
        and perpetuals: unsettled profit and accrued funding) and one per balance, in order.

    Raises
    ------
    MarketDataError
        If an asset held as a balance has no price.
    """
    positions = (
        given(position.label, mark.value)
        for position, mark in zip(portfolio.positions, marks, strict=True)
    )
    balances = (balance_value(b, market, portfolio.currency) for b in portfolio.balances)
    return total("Net liquidation value", *positions, *balances)


def balance_value(balance: Balance, market: Market, currency: str) -> Line:
    """Return the full value of one balance in ``currency``, before any haircut."""
    return given(
        f"{balance.amount:+,.12g} {balance.asset}",
        balance.amount * market.price(balance.asset, currency),
    )
