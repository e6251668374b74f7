"""Accounts at OKX, their market, and lines found by the start of their label."""

from datetime import UTC, datetime, timedelta

from margin_core.book.instruments import (
    AssetClass,
    MarginType,
    Option,
    Perpetual,
    Underlying,
)
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from tests import slow
from tests.lines import starting

NOW = datetime(2025, 1, 15, 10, 26, tzinfo=UTC)
COINS = tuple(Underlying(coin, AssetClass.CRYPTO) for coin in ("BTC", "ETH", "LTC"))
SPOT, RATE, VOL = 90_000.0, 0.03, 0.55
MARKET = Market(
    NOW,
    (
        Quote("BTC", SPOT, rate=RATE, volatility=VOL),
        Quote("ETH", 3_000.0, rate=RATE, volatility=0.7),
    ),
    prices=(("USDT", 0.9996), ("USDC", 1.0001), ("BETH", 3_000.0), ("X", 0.001)),
)


def account(*positions, balances=()):
    return Portfolio(tuple(positions), tuple(balances), COINS)


def perpetual(quantity, quote="USDT", coin="BTC"):
    return Position(Perpetual(coin, quote_currency=quote), quantity)


def inverse(dollars, entry=None):
    return Position(
        Perpetual("BTC", 10.0, MarginType.INVERSE), dollars / 10.0, entry, price_currency="USD"
    )


def option(right, strike, days, quantity, *, margin_type=MarginType.INVERSE):
    expiry = NOW + timedelta(days=days)
    return Position(Option("BTC", right, strike, expiry, margin_type=margin_type), quantity)


def amount(result, label):
    return starting(result.maintenance, label).amount


def published_account():
    """Return the account of the position builder's example, 2025-01-15, and its market.

    OKX API, POST /api/v5/account/position-builder: short 10 BTC-USDT-SWAP of 0.01 at 100,000,
    long 10 LTC-USDT-SWAP at 8,000, 100 USDT. The indices follow from its MR1, USDT from its deltas.
    """
    tether = 0.99954
    btc, ltc = (
        Perpetual("BTC", 0.01, quote_currency="USDT"),
        Perpetual("LTC", quote_currency="USDT"),
    )
    portfolio = account(
        Position(btc, -10.0, 100_000.0, "USDT"),
        Position(ltc, 10.0, 8_000.0, "USDT"),
        balances=[Balance("USDT", 100.0)],
    )
    quotes = (Quote("BTC", 97_078.9 * tether), Quote("LTC", 101.9951 * tether))
    marks = (InstrumentQuote(btc, 97_093.7, "USDT"), InstrumentQuote(ltc, 102.0, "USDT"))
    return portfolio, Market(NOW, quotes, marks, (("USDT", tether),))


def slow_value(position, spot, vol, days_on=0.0):
    option = position.instrument
    left = slow.years(NOW, option.expiry) - days_on / 365
    return slow.on_spot(option, spot, left, vol, RATE)
