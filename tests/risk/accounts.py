"""Small accounts for the tests of the risk floor."""

from datetime import UTC, date, datetime, timedelta

from margin_core.book.instruments import (
    AssetClass,
    Future,
    LpRange,
    MarginType,
    Option,
    Perpetual,
    Right,
    Settlement,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.market.snapshot import Dividend, InstrumentQuote, Market, Quote

NOW = datetime(2026, 11, 20, 21, tzinfo=UTC)
EXPIRY = NOW + timedelta(days=56)
XYZ = Quote("XYZ", 100.0, rate=0.04, dividend_yield=0.01, volatility=0.25)
BTC = Quote("BTC", 90_000.0, rate=0.03, volatility=0.55)


def option(right="call", strike=105.0, style="american", expiry=EXPIRY, symbol="XYZ", **facts):
    facts = {"multiplier": 100.0, "settlement": Settlement.PHYSICAL} | facts
    return Option(symbol, Right(right), strike, expiry, Style(style), **facts)


def coin_option(right="call", strike=95_000.0, **facts):
    return option(
        right, strike, "european", symbol="BTC", multiplier=1.0, settlement=Settlement.CASH, **facts
    )


INVERSE_OPTION = coin_option(margin_type=MarginType.INVERSE)
PERPETUAL = Perpetual("BTC")
INVERSE_PERPETUAL = Perpetual("BTC", 10.0, MarginType.INVERSE)
FUTURE = Future("BTC", EXPIRY)
LIQUIDITY = LpRange("BTC", 80_000.0, 105_000.0, 900.0)  # half a coin and 17 thousand, at 90,000


def account(*positions, quotes=(XYZ, BTC), instruments=(), balances=(), prices=()):
    portfolio = Portfolio(
        tuple(positions),
        tuple(balances),
        (Underlying("XYZ", AssetClass.EQUITY), Underlying("BTC", AssetClass.CRYPTO)),
    )
    return portfolio, Market(NOW, tuple(quotes), tuple(instruments), tuple(prices))


MIXED = account(
    Position(Stock("XYZ"), 500),
    Position(option("call", 105.0), -5),
    Position(option("put", 95.0, "european"), 5),
    Position(PERPETUAL, -0.5, entry_price=88_000.0),
    Position(INVERSE_PERPETUAL, -1000, entry_price=85_000.0),
    Position(FUTURE, 0.25),
    Position(INVERSE_OPTION, -0.4),
    Position(LIQUIDITY, 2.0),
    instruments=(InstrumentQuote(FUTURE, price=91_000.0),),
    balances=(Balance("USD", 10_000.0), Balance("BTC", 0.75), Balance("stBTC", 1.0, tracks="BTC")),
    prices=(("stBTC", 89_500.0),),
)
DIVIDENDS = (Dividend(date(2026, 12, 10), 1.5), Dividend(date(2027, 3, 10), 1.5))
