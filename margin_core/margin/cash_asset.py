"""An account kept in a stablecoin: its price, what it takes, and figures given back in dollars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import Future, MarginType, Option
from margin_core.errors import MarketDataError
from margin_core.margin.coin_account import not_a_coin_contract
from margin_core.margin.figure import Line, scaled
from margin_core.margin.refusal import refuse_currency, refuse_debts
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Iterable

    from margin_core.book.portfolio import Balance, Portfolio, Position
    from margin_core.market.snapshot import Market
    from margin_core.risk.marks import Mark

CURRENCY = "USD"
QUOTED_IN = (None, CURRENCY, "USDC", "USDT")


def is_cash(balance: Balance, asset: str) -> bool:
    """Return whether a balance is the cash asset, or dollars that buy it at its price."""
    return balance.asset.upper() in {asset, CURRENCY}


def cash_price(asset: str, portfolio: Portfolio, market: Market) -> tuple[float, str]:
    """Return the price of the cash asset in dollars, and a warning where it had to be assumed."""
    try:
        return market.price(asset, portfolio.currency), ""
    except MarketDataError:
        return 1.0, f"{asset} has no price in the file; it is taken at 1 {CURRENCY}"


def feed_confidence(balance: Balance, market: Market) -> float:
    """Return the lower confidence of a balance and, if its asset is quoted, of that spot."""
    own = 1.0 if balance.confidence is None else balance.confidence
    if market.has(balance.asset):
        return min(own, market[balance.asset].confidences.spot)
    return own


def in_dollars(line: Line, price: float, asset: str) -> Line:
    """Return a figure in units of the cash asset as dollars, under the same label."""
    if price == 1.0:
        return line
    return scaled(f"{line.label}, {asset} at {price:.6g} {CURRENCY}", line, price)


def not_settled_in_cash(position: Position, portfolio: Portfolio) -> str:
    """Return why ``position`` is no option or perpetual that settles in dollars; empty if it is."""
    instrument = position.instrument
    if why := not_a_coin_contract(position, portfolio):
        return why
    if isinstance(instrument, Future):
        return "a dated future"
    if getattr(instrument, "margin_type", None) is MarginType.INVERSE:
        return "settled in coin"
    quoted = getattr(instrument, "quote_currency", None)
    return "" if quoted in QUOTED_IN else f"quoted in {quoted}"


def refuse_other_money(portfolio: Portfolio, asset: str) -> None:
    """Raise ``NotCoveredError`` for a reporting currency other than dollars, and for coins owed."""
    refuse_currency(portfolio, CURRENCY, f"its price of {asset} is")
    owed = (b for b in portfolio.balances if b.amount < 0.0 and not is_cash(b, asset))
    refuse_debts(owed, f"Only {asset} can be owed.")


def net_units(held: Iterable[Mark]) -> dict[Option, float]:
    """Return the signed units of each option held, positions in the same one added up."""
    units: dict[Option, list[float]] = {}
    for mark in held:
        option = mark.position.instrument
        if isinstance(option, Option):
            units.setdefault(option, []).append(mark.position.units)
    return {option: net(sizes) for option, sizes in units.items()}
