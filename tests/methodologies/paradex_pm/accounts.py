"""Accounts at Paradex, with fees as the engine has them."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import NormalDist

from margin_core.book.instruments import AssetClass, Option, Perpetual, Right, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.paradex_pm import METHODOLOGY
from tests.lines import named

NOW = datetime(2026, 10, 8, 7, 50, tzinfo=UTC)
ENGINE = 1e-5
PRO = METHODOLOGY.profiles["paradex_pro"]  # with fees, as the engine has them
FEES = {"perpetual_taker_fee": 0.00045, "option_taker_fee": 0.0001}
SEPTEMBER, SPRING, FIRST = (
    replace(METHODOLOGY.profiles[name], **FEES)
    for name in ("september_2026", "spring_2026", "first_version")
)
FREE = {"perpetual_taker_fee": 0.0, "option_taker_fee": 0.0}


def option(right, strike, days, quantity, symbol="BTC"):
    expiry = NOW + timedelta(days=days)
    return Position(Option(symbol, Right(right), float(strike), expiry), float(quantity))


def perpetual(quantity, funding=0.0, symbol="BTC", **facts):
    return Position(Perpetual(symbol), float(quantity), funding_rate=funding, **facts)


def margin(*positions, spot=70_000.0, vols=(), prices=(), balances=(), p=PRO, rate=0.0, at=NOW):
    """Return the margin of positions, volatilities and prices given in their order."""
    symbols = dict.fromkeys(position.underlying for position in positions)
    quoted = [
        InstrumentQuote(
            position.instrument,
            dict(prices).get(i),
            volatility=vols[i] if i < len(vols) else None,
        )
        for i, position in enumerate(positions)
    ]
    coins = tuple(Underlying(symbol, AssetClass.CRYPTO) for symbol in symbols or ("BTC",))
    quotes = tuple(Quote(coin.symbol, spot, rate=rate, volatility=0.5) for coin in coins)
    known = tuple(q for q in quoted if q.price is not None or q.volatility is not None)
    market = Market(at, quotes, known, (("USDC", 1.0), ("DOGE", 0.2)))
    held = tuple(Balance(*balance) for balance in balances)
    return METHODOLOGY(Portfolio(tuple(positions), held, coins), market, p)


def line(tree, label):
    """Return the first line of a tree that has ``label``."""
    found = named(tree, label)
    assert found is not None, label
    return found


def requirement(result):
    return result.initial.amount, result.maintenance.amount


STRANGLE = (
    option("call", 80_000, 14, -2),
    option("put", 60_000, 14, -2),
    perpetual(0.5, funding=1e-4),
)
STRANGLE_MARKET = {"vols": (0.6, 0.7), "prices": ((2, 70_050.0),)}
NORMAL = NormalDist()


def black_scholes(market, contract, spot_ratio, vol):
    """Return (value, delta in units of spot) of an option on the forward times ``spot_ratio``."""
    years = (contract.expiry - market.valuation_time).total_seconds() / (365 * 86400)
    quote = market[contract.underlying]
    forward = market.forward(contract.underlying, contract.expiry) if years else quote.spot
    discount = math.exp(-quote.rate_to(contract.expiry) * years)
    moved = forward * spot_ratio
    sign = 1.0 if contract.right is Right.CALL else -1.0
    if years == 0.0:
        step = 0.5 if moved == contract.strike else float(sign * (moved - contract.strike) > 0.0)
        return max(sign * (moved - contract.strike), 0.0), sign * step * forward / quote.spot
    deviation = vol * math.sqrt(years)
    d1 = math.log(moved / contract.strike) / deviation + deviation / 2.0
    first, second = NORMAL.cdf(sign * d1), NORMAL.cdf(sign * (d1 - deviation))
    value = discount * sign * (moved * first - contract.strike * second)
    return value, sign * discount * first * forward / quote.spot
