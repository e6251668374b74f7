"""Accounts for the tests of Reg T, from a few numbers per leg."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from margin_core.book.instruments import (
    AssetClass,
    Option,
    Right,
    Settlement,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.us_reg_t import PUBLISHED, margin, pairings
from margin_core.methodologies.us_reg_t.account import DEPOSIT, named

NOW = datetime(2026, 1, 2, 21, tzinfo=UTC)
PROVEN = replace(PUBLISHED, exact_size=1e9, search_nodes=1e6)  # the search runs to its end
XYZ = Underlying("XYZ", AssetClass.EQUITY)
SPX = Underlying("SPX", AssetClass.INDEX_BROAD)
XSP = Underlying("XSP", AssetClass.INDEX_BROAD, index="SPX", index_ratio=0.1)
SPY = Underlying("SPY", AssetClass.ETF_BROAD, index="SPX")


def option(right, strike, *, on=XYZ, days=60, style=None, multiplier=100.0, otc=False):
    """Build an option that expires at the close, ``days`` from now."""
    index = on.asset_class.startswith("index")
    return Option(
        on.symbol,
        Right(right),
        float(strike),
        NOW + timedelta(days=days),
        style or (Style.EUROPEAN if index else Style.AMERICAN),
        multiplier,
        Settlement.CASH if index else Settlement.PHYSICAL,
        otc,
    )


def leg(quantity, right, strike, price, **facts):
    """Build an option position and its mark."""
    held = option(right, strike, **facts)
    return Position(held, float(quantity)), InstrumentQuote(held, float(price), volatility=0.2)


def stock(quantity, *, on=XYZ, sold=None):
    """Build a stock position, marked at the spot."""
    return Position(Stock(on.symbol), float(quantity), sold), None


def account(*legs, spot=100.0, facts=(XYZ,), spots=None, balances=(), **fields):
    """Build a portfolio and its market of ``leg``s and ``stock``s."""
    positions = tuple(position for position, _ in legs)
    marked = {quote.instrument: quote for _, quote in legs if quote is not None}
    prices = {each.symbol: spot for each in facts} | (spots or {})
    quotes = tuple(Quote(each.symbol, prices[each.symbol]) for each in facts)
    portfolio = Portfolio(positions, balances, facts, **fields)
    return portfolio, Market(NOW, quotes, tuple(marked.values()))


def dollars(*amounts):
    """Build balances of cash in dollars."""
    return tuple(Balance("USD", float(amount)) for amount in amounts)


def asks(*legs, p=PROVEN, **fields):
    """Return (deposit, maintenance) of an account."""
    result = margin(*account(*legs, **fields), p)
    return named(result.initial, DEPOSIT), result.maintenance.amount


def strategies(*legs, p=PROVEN, **fields):
    """Return the names of the strategies that an account's positions are paired into."""
    return [pairing.strategy for pairing in pairings(*account(*legs, **fields), p)]
