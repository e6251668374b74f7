"""What an account lacks to be margined this way at all, whatever its requirement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.book.portfolio import AccountType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from margin_core.book.portfolio import Portfolio
    from margin_core.methodologies.occ_tims.terms import Params


def ineligibilities(portfolio: Portfolio, equity: float, p: Params) -> Iterator[str]:
    """Yield each light that is red; none of them is a margin deficiency."""
    if not portfolio.positions:
        return
    if portfolio.account_type is AccountType.CASH:
        yield "Portfolio margin asks for a margin account; this is a cash account"
    if equity < p.minimum_equity:
        yield (
            f"Equity of {round(equity):,} is under the {p.minimum_equity:,.0f} that portfolio "
            "margin asks of an account"
        )
    elif equity < p.minimum_equity_unmonitored:
        yield (
            f"Equity of {round(equity):,} is under the {p.minimum_equity_unmonitored:,.0f} that "
            "portfolio margin asks at a firm without real-time intraday monitoring"
        )
    if _holds_unlisted(portfolio) and equity < p.minimum_equity_unlisted:
        yield (
            f"Equity of {round(equity):,} is under the {p.minimum_equity_unlisted:,.0f} that "
            "portfolio margin asks for unlisted derivatives"
        )


def _holds_unlisted(portfolio: Portfolio) -> bool:
    return any(
        isinstance(position.instrument, Option) and position.instrument.otc
        for position in portfolio.positions
    )
