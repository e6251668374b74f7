"""Accounts of perpetuals and futures on coins, and the same account at another price."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from margin_core.book.instruments import AssetClass, Future, MarginType, Perpetual, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.margin.figure import Rule
from margin_core.market.snapshot import InstrumentQuote, Market, Quote

PLAIN = {Rule.GIVEN, Rule.TOTAL, Rule.LARGEST, Rule.SCALED}  # the rules that their lines follow
NOW = datetime(2026, 11, 20, 21, tzinfo=UTC)
MARCH = datetime(2027, 3, 26, 8, tzinfo=UTC)
SPOTS = {"BTC": 90_000.0, "ETH": 3_000.0, "SOL": 150.0, "PEPE": 0.01}
UNDERLYINGS = tuple(Underlying(symbol, AssetClass.CRYPTO) for symbol in SPOTS)
MARKET = Market(
    NOW,
    tuple(Quote(symbol, spot, forwards=((MARCH, spot * 1.015),)) for symbol, spot in SPOTS.items()),
    prices=(("USDC", 1.0), ("STETH", 2_994.0), ("DAI", 1.0), ("BETH", 2_990.0)),
)


def linear(quantity, entry=None, symbol="BTC", **own):
    return Position(Perpetual(symbol), quantity, entry, **own)


def inverse(dollars, entry=None, symbol="BTC", **own):
    contract = Perpetual(symbol, 10.0, MarginType.INVERSE)
    return Position(contract, dollars / 10.0, entry, **own)


def future(quantity, entry=None, symbol="BTC", margin_type=MarginType.LINEAR):
    multiplier = 1.0 if margin_type is MarginType.LINEAR else 10.0
    return Position(Future(symbol, MARCH, multiplier, margin_type), quantity, entry)


def account(*positions, balances=()):
    return Portfolio(tuple(positions), tuple(balances), UNDERLYINGS)


def cash(amount):
    return (Balance("USD", amount),)


def moved(market, symbols, factor, portfolio):
    """Return the market with spot, forwards, marks and coins of ``symbols`` times ``factor``."""
    quotes = tuple(
        replace(
            quote,
            spot=quote.spot * factor,
            forwards=tuple((expiry, price * factor) for expiry, price in quote.forwards),
        )
        if quote.symbol in symbols
        else quote
        for quote in market.quotes
    )
    instruments = tuple(
        InstrumentQuote(quote.instrument, quote.price * factor)
        if quote.instrument.underlying in symbols
        else quote
        for quote in market.instruments
    )
    followers = {b.asset for b in portfolio.balances if (b.tracks or b.asset) in symbols}
    prices = tuple(
        (asset, price * factor if asset in followers else price) for asset, price in market.prices
    )
    return replace(market, quotes=quotes, instruments=instruments, prices=prices)


sides = st.sampled_from((1.0, -1.0))
leverages = st.none() | st.floats(1.0, 100.0)
isolated = st.none() | st.floats(1.0, 20_000.0)


@st.composite
def positions(draw, symbols=("BTC", "ETH")):
    symbol, side = draw(st.sampled_from(symbols)), draw(sides)
    spot = SPOTS[symbol]
    value = draw(st.floats(1_000.0, 3e6))
    entry = draw(st.none() | st.floats(0.9 * spot, 1.1 * spot))
    own = {"leverage": draw(leverages), "isolated_margin": draw(isolated)}
    match draw(st.sampled_from(("linear", "inverse", "future", "inverse future"))):
        case "linear":
            return linear(side * value / spot, entry, symbol, **own)
        case "inverse":
            return inverse(side * value, entry, symbol, **own)
        case "future":
            return future(side * value / spot, entry, symbol)
        case _:
            return future(side * value / 10.0, entry, symbol, MarginType.INVERSE)


@st.composite
def accounts(draw, most=4):
    balances = (
        Balance("USD", draw(st.floats(0.0, 1e6))),
        Balance("BTC", draw(st.floats(-2.0, 60.0)), venue=draw(st.sampled_from(VENUES))),
        Balance("STETH", draw(st.floats(0.0, 100.0)), tracks="ETH", venue="deribit"),
    )
    return account(*draw(st.lists(positions(), min_size=1, max_size=most)), balances=balances)


VENUES = (None, "kraken", "deribit", "Bybit", "okx", "binance", "cold")
