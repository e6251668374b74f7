"""An account by manager: which collateral is taken, and which of it moves with whose coin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.margin.cash_asset import cash_price, feed_confidence, is_cash
from margin_core.margin.equity import balance_value
from margin_core.margin.haircuts import NOT_TAKEN, collateral, flat
from margin_core.methodologies.derive_pmrm.book import book
from margin_core.methodologies.derive_pmrm.terms import markets
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.portfolio import Balance, Portfolio
    from margin_core.margin.figure import Line
    from margin_core.margin.haircuts import Collateral, Tier
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.derive_pmrm.book import Book
    from margin_core.methodologies.derive_pmrm.terms import Params
    from margin_core.risk.marks import Mark


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """An account and the parts of it that each manager margins, in order of appearance.

    ``others`` is the collateral that is taken besides cash: full value in dollars and confidence.
    ``price`` is that of the cash asset in dollars, with a warning where it is assumed.
    """

    portfolio: Portfolio
    held: tuple[Mark, ...]
    books: tuple[Book, ...]
    collateral: Collateral
    others: tuple[tuple[Line, float], ...]
    price: float
    price_warning: str


def account(portfolio: Portfolio, market: Market, p: Params) -> Account:
    """Return the account by manager.

    Collateral that follows a manager's coin moves in that manager's scenarios if Derive lists it
    so or it has a haircut of its own. All other collateral moves nowhere.

    Raises
    ------
    MarketDataError
        If a position or a balance has no price.
    """
    held = marks(portfolio, market)
    price, warning = cash_price(p.cash_asset, portfolio, market)
    symbols = markets(portfolio, p)
    others = tuple(
        (balance, balance_value(balance, market, portfolio.currency))
        for balance in portfolio.balances
        if not is_cash(balance, p.cash_asset) and _taken(balance, symbols, p)
    )
    moving: dict[str, list[tuple[Balance, float]]] = {symbol: [] for symbol in symbols}
    for balance, value in others:
        if _moves(balance, symbols, p):
            moving[_follows(balance, p)].append((balance, value.amount / price))
    return Account(
        portfolio,
        held,
        tuple(book(symbol, held, moving[symbol], market, p) for symbol in symbols),
        collateral(portfolio, market, lambda b: _tiers(b, symbols, p), source="cases#Collaterals"),
        tuple((value, _confidence(balance, symbols, market, p)) for balance, value in others),
        price,
        warning,
    )


def _confidence(balance: Balance, symbols: Sequence[str], market: Market, p: Params) -> float:
    """Return the lower confidence of a balance's feed and of the spot of the manager it is with.

    Collateral that moves is with the manager of its coin; other may be with any of them.
    """
    homes = (_follows(balance, p),) if _moves(balance, symbols, p) else symbols
    return min(feed_confidence(balance, market), *(market[s].confidences.spot for s in homes), 1.0)


def _follows(balance: Balance, p: Params) -> str:
    """Return the symbol whose moves a balance follows; its own where nothing is said."""
    asset = balance.asset.upper()
    listed = p.tracks[asset] if asset in p.tracks else asset  # noqa: SIM401 - a Table has no get
    return balance.tracks or str(listed)


def _moves(balance: Balance, symbols: Sequence[str], p: Params) -> bool:
    listed = balance.asset.upper() in p.risk_cancelling_haircut
    return _follows(balance, p) in symbols and (listed or balance.haircut is not None)


def _taken(balance: Balance, symbols: Sequence[str], p: Params) -> bool:
    return balance.haircut is not None or _tiers(balance, symbols, p) != NOT_TAKEN


def _tiers(balance: Balance, symbols: Sequence[str], p: Params) -> Sequence[Tier]:
    """Return the haircut of both phases; the initial one is Derive's two added up."""
    asset = balance.asset.upper()
    if is_cash(balance, p.cash_asset):
        return flat(0.0)
    table = p.risk_cancelling_haircut if _moves(balance, symbols, p) else p.haircut
    if asset not in table:
        return NOT_TAKEN
    maintenance, further = table[asset]
    return flat(maintenance, maintenance + further)
