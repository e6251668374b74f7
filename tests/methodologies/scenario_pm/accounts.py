"""Accounts of every kind of instrument, their market, and builders of any of them."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from margin_core.book.instruments import (
    AssetClass,
    Future,
    MarginType,
    Option,
    Perpetual,
    Right,
    Stock,
    Underlying,
)
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.market.snapshot import Market, Quote
from tests import slow
from tests.lines import named

NOW = datetime(2026, 11, 20, 21, tzinfo=UTC)
DECEMBER, MARCH = datetime(2026, 12, 18, 21, tzinfo=UTC), datetime(2027, 3, 19, 20, tzinfo=UTC)
UNDERLYINGS = (
    Underlying("BTC", AssetClass.CRYPTO),
    Underlying("ETH", AssetClass.CRYPTO),
    Underlying("SOL", AssetClass.CRYPTO),
    Underlying("SPX", AssetClass.INDEX_BROAD, class_group="SPX"),
    Underlying("SPY", AssetClass.ETF_BROAD, class_group="SPX"),
    Underlying("NDX", AssetClass.INDEX_BROAD),
    Underlying("RUT", AssetClass.INDEX_BROAD),
    Underlying("VIX", AssetClass.INDEX_VOLATILITY),
    Underlying("AAA", AssetClass.EQUITY),
    Underlying("BBB", AssetClass.EQUITY),
    Underlying("TRIPLE", AssetClass.ETF_BROAD, leverage=-3.0),
)
SPOTS = {
    "BTC": 90_000.0,
    "ETH": 3_000.0,
    "SOL": 150.0,
    "SPX": 6_700.0,
    "SPY": 668.0,
    "NDX": 24_000.0,
    "RUT": 2_400.0,
    "VIX": 18.0,
    "AAA": 100.0,
    "BBB": 50.0,
    "TRIPLE": 40.0,
}
VOL, RATE = 0.45, 0.04
MARKET = Market(
    NOW,
    tuple(Quote(symbol, spot, rate=RATE, volatility=VOL) for symbol, spot in SPOTS.items()),
    prices=(("ABC", 4.0),),
)


def account(*positions, balances=()):
    return Portfolio(tuple(positions), tuple(balances), UNDERLYINGS)


def call(symbol, strike, quantity, expiry=DECEMBER, *, multiplier=1.0):
    return Position(Option(symbol, Right.CALL, strike, expiry, multiplier=multiplier), quantity)


def put(symbol, strike, quantity, expiry=DECEMBER, *, multiplier=1.0):
    return Position(Option(symbol, Right.PUT, strike, expiry, multiplier=multiplier), quantity)


def potential(result):
    """Return the maximum potential loss within a result."""
    return named(result.maintenance, "Maximum potential loss").amount


def slow_value(option, spot, vol):
    return slow.on_spot(option, spot, slow.years(NOW, option.expiry), vol, RATE)


MIXED = (
    put("SPX", 6_300.0, -2.0, multiplier=100.0),
    call("SPX", 7_000.0, -1.0, MARCH, multiplier=100.0),
    Position(Stock("SPY"), -900.0),
    call("NDX", 25_000.0, 1.0, multiplier=100.0),
    Position(Stock("TRIPLE"), -500.0),
    call("VIX", 25.0, -30.0, multiplier=100.0),
    Position(Stock("AAA"), 700.0),
    put("AAA", 90.0, 4.0, MARCH, multiplier=100.0),
    call("BBB", 60.0, -9.0, multiplier=100.0),
    call("BTC", 95_000.0, -2.0),
    Position(Perpetual("BTC", multiplier=10.0, margin_type=MarginType.INVERSE), -3_000.0),
    Position(Future("ETH", MARCH), 40.0),
    put("ETH", 2_500.0, -30.0, MARCH),
    Position(Perpetual("SOL"), -600.0),
)
BALANCES = (Balance("USD", 50_000.0), Balance("BTC", 1.5), Balance("ETH", -10.0))
SYMBOLS = ["BTC", "ETH", "SOL", "SPX", "SPY", "VIX", "AAA", "BBB"]
quantities = st.integers(-9, 9).filter(bool).map(float)


@st.composite
def positions(draw):
    symbol = draw(st.sampled_from(SYMBOLS))
    quantity = draw(quantities) * 3e5 / SPOTS[symbol]
    match draw(st.sampled_from(["option", "option", "stock", "perpetual", "future"])):
        case "option":
            strike = SPOTS[symbol] * draw(st.sampled_from([0.8, 0.95, 1.0, 1.1, 1.4]))
            expiry = draw(st.sampled_from([DECEMBER, MARCH]))
            return Position(Option(symbol, draw(st.sampled_from(Right)), strike, expiry), quantity)
        case "stock":
            return Position(Stock(symbol), quantity)
        case "perpetual":
            return Position(Perpetual(symbol), quantity)
    return Position(Future(symbol, draw(st.sampled_from([DECEMBER, MARCH]))), quantity)


books = st.lists(positions(), min_size=1, max_size=5)
