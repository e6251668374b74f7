"""Accounts at Deribit under portfolio margin, and their market."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from margin_core.book.instruments import (
    AssetClass,
    Future,
    MarginType,
    Option,
    Perpetual,
    Right,
    Underlying,
)
from margin_core.book.portfolio import Portfolio, Position
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies.deribit_pm import METHODOLOGY, PUBLISHED
from margin_core.methodologies.deribit_pm.book import accounts
from margin_core.methodologies.deribit_pm.matrix import matrix
from tests.slow import black76

NOW = datetime(2026, 2, 15, 21, tzinfo=UTC)
MARCH, JUNE = datetime(2026, 3, 27, 8, tzinfo=UTC), datetime(2026, 6, 26, 8, tzinfo=UTC)
SPOTS = {"BTC": 70_000.0, "ETH": 2_000.0, "SOL": 150.0}
FORWARDS = {
    ("BTC", MARCH): 70_400.0,
    ("BTC", JUNE): 71_500.0,
    ("ETH", MARCH): 2_006.0,
    ("ETH", JUNE): 2_030.0,
}
VOLS = {"BTC": 0.45, "ETH": 0.7, "SOL": 0.9}
INVERSE = MarginType.INVERSE
SEGREGATED = METHODOLOGY.profiles["segregated"]
COINS = tuple(Underlying(symbol, AssetClass.CRYPTO) for symbol in SPOTS)
MARKET = Market(
    NOW,
    tuple(
        Quote(
            symbol,
            spot,
            rate=0.03,
            volatility=VOLS[symbol],
            forwards=tuple((e, f) for (s, e), f in FORWARDS.items() if s == symbol),
        )
        for symbol, spot in SPOTS.items()
    ),
    prices=(("USDC", 1.0), ("USDT", 1.0), ("STETH", 1_990.0), ("PAXG", 4_000.0)),
)


def account(*positions, balances=()):
    return Portfolio(tuple(positions), tuple(balances), COINS)


def inverse(symbol, coins, expiry=None, entry=None):
    """Return an inverse perpetual or future of so many coins at its mark."""
    if expiry is None:
        instrument = Perpetual(symbol, 10.0, INVERSE)
        return Position(instrument, coins * SPOTS[symbol] / 10.0, entry)
    instrument = Future(symbol, expiry, 10.0, INVERSE)
    return Position(instrument, coins * FORWARDS[symbol, expiry] / 10.0, entry)


def linear(symbol, quantity, expiry=None, quoted=None):
    if expiry is None:
        return Position(Perpetual(symbol, quote_currency=quoted), quantity)
    return Position(Future(symbol, expiry, quote_currency=quoted), quantity)


def option(symbol, right, strike, quantity, expiry=MARCH, margin_type=INVERSE):
    return Position(Option(symbol, Right(right), strike, expiry, margin_type=margin_type), quantity)


def margin(*positions, p=PUBLISHED, balances=(), market=MARKET):
    return METHODOLOGY(account(*positions, balances=balances), market, p)


def matrices(*positions, p=SEGREGATED, balances=(), market=MARKET):
    """Return the matrix of every bucket of every account."""
    parts = accounts(account(*positions, balances=balances), market, p)
    return [matrix(bucket, p) for part in parts for bucket in part.buckets]


RULE = {
    "BTC": {"R": 0.16, "up": 0.5, "down": 0.25, "a": 0.075, "least": 0.01, "d": 1e5, "m": 5e-5},
    "ETH": {"R": 0.18, "up": 0.4, "down": 0.25, "a": 0.05, "least": 0.005, "d": 2e5, "m": 4e-6},
}
FAR = (-0.66, -0.33, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0)


def slow_years(expiry):
    return (expiry - NOW).total_seconds() / (365 * 86_400)


def slow_black(forward, strike, years, vol, right):
    return black76(forward, strike, years, vol, call=right is Right.CALL)


def slow_vol(symbol, days, side):
    rule, vol = RULE[symbol], VOLS[symbol]
    f = (30.0 / max(days, 1.0)) ** (0.3 if days < 30.0 else 0.13)
    if side == 1:
        return max(vol * (1.0 + f * rule["up"]), 0.5)
    return vol if side == 0 else max(vol * (1.0 - f * rule["down"]), 0.0)


def slow_coins(position, move, side):
    """Return the coins that an inverse contract wins."""
    match position.instrument:
        case Option(underlying=symbol, strike=strike, expiry=expiry, right=right):
            forward, years = FORWARDS[symbol, expiry], slow_years(expiry)
            moved = forward * (1.0 + move)
            vol = slow_vol(symbol, years * 365, side)
            then = slow_black(moved, strike, years, vol, right) / moved
            now = slow_black(forward, strike, years, VOLS[symbol], right) / forward
            return position.quantity * (then - now)
        case Future(underlying=symbol, expiry=expiry):
            size = position.quantity * 10.0 / FORWARDS[symbol, expiry]
        case Perpetual(underlying=symbol):
            size = position.quantity * 10.0 / SPOTS[symbol]
    return size * (1.0 - 1.0 / (1.0 + move))


@st.composite
def books(draw):
    """Build up to five positions on bitcoin and ether, of every kind that Deribit lists."""
    kinds = st.sampled_from(("perpetual", "future", "call", "put"))
    held = []
    for _ in range(draw(st.integers(1, 5))):
        symbol = draw(st.sampled_from(("BTC", "ETH")))
        expiry = draw(st.sampled_from((MARCH, JUNE)))
        size = draw(st.integers(-20, 20).filter(bool)) * (1.0 if symbol == "BTC" else 20.0) / 4
        coin_settled = draw(st.booleans())
        match draw(kinds):
            case "perpetual":
                held.append((inverse if coin_settled else linear)(symbol, size))
            case "future":
                held.append((inverse if coin_settled else linear)(symbol, size, expiry))
            case right:
                strike = SPOTS[symbol] * draw(st.sampled_from((0.5, 0.8, 1.0, 1.1, 1.6)))
                kind = INVERSE if coin_settled else MarginType.LINEAR
                held.append(option(symbol, right, strike, size, expiry, kind))
    return tuple(held)
