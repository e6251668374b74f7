"""Accounts of perpetuals and options on-chain."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from margin_core.book.instruments import AssetClass, Option, Perpetual, Right, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.onchain_cross import METHODOLOGY, PUBLISHED

NOW = datetime(2026, 4, 22, 8, tzinfo=UTC)
NEAR, FAR = NOW + timedelta(days=7), NOW + timedelta(days=16)
DYDX = METHODOLOGY.profiles["dydx_v4"]
PRO = METHODOLOGY.profiles["paradex_pro"]
COINS = ("BTC", "ETH", "ARB", "APT", "LINK")
CALL, PUT = Right.CALL, Right.PUT


def option(right, strike, quantity, mark, coin="BTC", expiry=NEAR):
    """Return a position in an option, and its mark."""
    contract = Option(coin, right, float(strike), expiry)
    return Position(contract, float(quantity)), InstrumentQuote(contract, mark, volatility=0.5)


def perpetual(quantity, coin="BTC", entry=None, mark=None, leverage=None):
    """Return a position in a perpetual, and its mark where it is not the spot."""
    position = Position(Perpetual(coin), float(quantity), entry, leverage=leverage)
    return position, None if mark is None else InstrumentQuote(position.instrument, mark)


def account(*held, balances=(("USDC", 1e6),), spots=None):
    """Return an account of positions as above, with its market."""
    spots = {"BTC": 100_000.0, "ETH": 3_000.0} | (spots or {})
    quotes = tuple(Quote(coin, spots.get(coin, 1.0), volatility=0.5) for coin in COINS)
    portfolio = Portfolio(
        tuple(position for position, _ in held),
        tuple(b if isinstance(b, Balance) else Balance(*b) for b in balances),
        tuple(Underlying(coin, AssetClass.CRYPTO) for coin in COINS),
    )
    marks = {mark.instrument: mark for _, mark in held if mark}
    return portfolio, Market(NOW, quotes, tuple(marks.values()), (("USDC", 1.0),))


def margin(*held, p=PUBLISHED, **rest):
    return METHODOLOGY(*account(*held, **rest), p)


def asked(*held, **rest):
    result = margin(*held, **rest)
    return result.initial.amount, result.maintenance.amount


@st.composite
def books(draw):
    """Build options of two coins and expiries at any marks, perpetuals, and an account."""
    spots = {"BTC": 100_000.0, "ETH": 3_000.0}
    held = []
    marks = {}
    for _ in range(draw(st.integers(0, 7))):
        coin = draw(st.sampled_from(("BTC", "BTC", "ETH")))
        strike = round(spots[coin] * draw(st.sampled_from((0.15, 0.7, 0.95, 1.0, 1.1, 2.0))))
        right, expiry = draw(st.sampled_from(Right)), draw(st.sampled_from((NEAR, NEAR, FAR)))
        key = (coin, right, strike, expiry)
        marks.setdefault(key, spots[coin] * draw(st.floats(0.0, 0.4)))
        quantity = draw(st.sampled_from((-2.0, -1.0, -0.3, 0.1, 0.2, 1.0, 3.0)))
        held.append(option(right, strike, quantity, marks[key], coin, expiry))
    for coin in draw(st.lists(st.sampled_from(("BTC", "BTC", "ETH")), max_size=3)):
        quantity = draw(st.sampled_from((-2.0, 0.5, 2.0)))
        leverage = draw(st.sampled_from((None, 5.0, 30.0, 100.0)))
        held.append(perpetual(quantity, coin, spots[coin] * 0.97, leverage=leverage))
    return tuple(held)
