"""The underlyings of Cboe's published table, and accounts of them.

Its figures are those of "Margin Requirement Examples for Sample Options-based Positions"
(studylib.net/doc/11615061), at the close of 2007-02-23; they print 5.25 % to the expiration of
2007-04-20, no IBM dividend before it, and a yield of 1.95 % on the S&P 500.
"""

import math
from datetime import UTC, datetime

from margin_core.book.instruments import AssetClass, Option, Right, Stock, Style, Underlying
from margin_core.book.portfolio import Portfolio, Position
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.occ_tims import METHODOLOGY, PUBLISHED

CLOSE = datetime(2007, 2, 23, 21, tzinfo=UTC)
APRIL = datetime(2007, 4, 20, 20, tzinfo=UTC)
RATE, YIELD = 0.0525, 0.0195
IBM = Underlying("IBM", AssetClass.EQUITY)
SPX = Underlying("SPX", AssetClass.INDEX_BROAD)
SPY = Underlying("SPY", AssetClass.ETF_BROAD, index="SPX", class_group="SPX")
SPOTS = {"IBM": 97.73, "SPX": 1451.19, "SPY": 145.30}


def series(symbol, right, strike):
    style = Style.AMERICAN if symbol == "IBM" else Style.EUROPEAN
    return Option(symbol, Right(right), strike, APRIL, style, 100.0)


def cboe(*legs):
    """Build the account and market of (quantity, symbol, right, strike, price) and stock legs."""
    positions, marked = [], []
    for quantity, symbol, *contract in legs:
        if contract:
            right, strike, price = contract
            marked.append(InstrumentQuote(series(symbol, right, strike), price))
            positions.append(Position(series(symbol, right, strike), quantity))
        else:
            positions.append(Position(Stock(symbol), quantity))
    quotes = tuple(
        Quote(symbol, spot, RATE, 0.0 if symbol == "IBM" else YIELD)
        for symbol, spot in SPOTS.items()
    )
    portfolio = Portfolio(tuple(positions), underlyings=(IBM, SPX, SPY))
    return portfolio, Market(CLOSE, quotes, tuple(marked))


def stocks(*holdings, product_group=None, **facts):
    """Build an account of (symbol, asset class, shares at 100)."""
    underlyings = tuple(
        Underlying(symbol, kind, product_group=product_group, **facts)
        for symbol, kind, _ in holdings
    )
    positions = tuple(Position(Stock(symbol), shares) for symbol, _, shares in holdings)
    quotes = tuple(Quote(symbol, 100.0, volatility=0.2) for symbol, _, _ in holdings)
    return Portfolio(positions, underlyings=underlyings), Market(CLOSE, quotes)


def required(account, parameters=PUBLISHED):
    return METHODOLOGY.margin(*account, parameters).maintenance.amount


def slow_value(right, spot, strike, years, volatility):
    """Return the Black-Scholes-Merton value by the error function."""
    forward = spot * math.exp((RATE - YIELD) * years)
    deviation = volatility * math.sqrt(years)
    upper = math.log(forward / strike) / deviation + deviation / 2
    call = math.exp(-RATE * years) * (
        forward * _normal(upper) - strike * _normal(upper - deviation)
    )
    return call if right == "call" else call - math.exp(-RATE * years) * (forward - strike)


def slow_volatility(leg, years):
    _, symbol, right, strike, price = leg
    low, high = 0.01, 2.0
    for _ in range(80):
        middle = (low + high) / 2
        if slow_value(right, SPOTS[symbol], strike, years, middle) < price:
            low = middle
        else:
            high = middle
    return low


def _normal(x):
    return math.erfc(-x / math.sqrt(2)) / 2


def profile(name, account):
    return METHODOLOGY.margin(*account, METHODOLOGY.profiles[name])
