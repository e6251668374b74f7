"""Hypothesis builders of portfolios with their markets, valid and of ordinary size."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import assume
from hypothesis import strategies as st

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
from margin_core.book.portfolio import AccountType, Balance, Haircut, Portfolio, Position
from margin_core.errors import MarketDataError
from margin_core.market.snapshot import Confidences, Dividend, InstrumentQuote, Market, Quote
from margin_core.risk.marks import marks

NOW = datetime(2026, 1, 2, 21, tzinfo=UTC)  # a Friday, the close in New York
US_EXPIRIES = tuple(
    datetime(2026, month, day, hour, tzinfo=UTC)
    for month, day, hour in ((1, 2, 21), (1, 16, 21), (3, 20, 20), (12, 18, 21))
)
CRYPTO_EXPIRIES = tuple(
    datetime(2026, month, day, 8, tzinfo=UTC) for month, day in ((1, 3), (1, 30), (3, 27), (12, 25))
)
US_CLASSES = tuple(a for a in AssetClass if a not in {AssetClass.CRYPTO, AssetClass.COMMODITY})
DELIVERED = {AssetClass.EQUITY, AssetClass.ETF_BROAD, AssetClass.ETF_NARROW, AssetClass.ETN}

quantities = st.integers(-50, 50).filter(bool).map(float)
volatilities = st.floats(0.05, 1.5)
rates = st.floats(-0.02, 0.15)
fractions = st.floats(0.0, 1.0)


def portfolios(max_positions=6):
    """Build any portfolio with its market: US listed, crypto, or crypto with liquidity ranges."""
    return st.one_of(us_listed(max_positions), crypto(max_positions), pools(max_positions))


@st.composite
def accounts(draw, max_positions=5):
    """Build a US listed or crypto portfolio that holds something and can be marked."""
    portfolio, market = draw(st.one_of(us_listed(max_positions), crypto(max_positions)))
    assume(portfolio.positions)
    try:
        marks(portfolio, market)
    except MarketDataError:  # prices that no one volatility gives
        assume(condition=False)
    return portfolio, market


@st.composite
def us_listed(draw, max_positions=6):
    """Build shares and listed options on up to three underlyings, with their market."""
    symbols = draw(st.lists(st.sampled_from(("XYZ", "ABC", "SPX")), min_size=1, unique=True))
    underlyings = tuple(Underlying(s, draw(st.sampled_from(US_CLASSES))) for s in symbols)
    quotes = tuple(draw(us_quotes(symbol)) for symbol in symbols)
    positions = tuple(
        draw(us_positions(underlying, quote.spot))
        for underlying, quote in draw(_pairs(underlyings, quotes, max_positions))
    )
    balances = (Balance("USD", draw(st.floats(-1e5, 1e6))),)
    portfolio = Portfolio(
        positions,
        balances,
        underlyings,
        account_type=draw(st.sampled_from(AccountType)),
        name="US listed",
    )
    return portfolio, Market(NOW, quotes, draw(_instrument_quotes(positions, quotes)))


@st.composite
def crypto(draw, max_positions=6):
    """Build options, futures, perpetuals and coins on BTC and ETH, with their market."""
    symbols = draw(st.lists(st.sampled_from(("BTC", "ETH")), min_size=1, unique=True))
    underlyings = tuple(Underlying(symbol, AssetClass.CRYPTO) for symbol in symbols)
    quotes = tuple(draw(crypto_quotes(symbol)) for symbol in symbols)
    positions = tuple(
        draw(crypto_positions(underlying, quote.spot))
        for underlying, quote in draw(_pairs(underlyings, quotes, max_positions))
    )
    balances = (
        Balance("USD", draw(st.floats(0, 1e6))),
        Balance(
            "USDC",
            draw(st.floats(0, 1e6)),
            draw(st.none() | st.builds(Haircut, fractions, fractions)),
        ),
        Balance(symbols[0], draw(st.floats(-1, 20)), venue=draw(st.sampled_from((None, "cold")))),
        Balance("stETH", draw(st.floats(0, 20)), confidence=draw(fractions), tracks=symbols[-1]),
    )
    prices = (("USDC", draw(st.floats(0.9, 1.1))), ("stETH", draw(st.floats(500, 5000))))
    portfolio = Portfolio(positions, balances, underlyings, name="Crypto", description="Two\nlines")
    return portfolio, Market(NOW, quotes, draw(_instrument_quotes(positions, quotes)), prices)


@st.composite
def pools(draw, max_positions=6):
    """Build a crypto portfolio, with its market, that provides liquidity too."""
    portfolio, market = draw(crypto(max_positions))
    places = draw(st.lists(st.sampled_from(market.quotes), min_size=1, max_size=2))
    ranges = tuple(draw(_liquidity(quote)) for quote in places)
    return replace(portfolio, positions=portfolio.positions + ranges), market


@st.composite
def us_quotes(draw, symbol):
    """Build the quote of a US listed underlying."""
    spot = draw(st.floats(10, 500))
    amounts = draw(st.lists(st.floats(0, 0.01), max_size=3))
    return Quote(
        symbol,
        spot,
        rate=draw(rates),
        dividend_yield=draw(st.sampled_from((0.0, 0.015))),
        rates=draw(_by_expiry(US_EXPIRIES, rates)),
        dividends=tuple(
            Dividend(date(2026, 2, 10) + timedelta(days=91 * i), amount * spot)
            for i, amount in enumerate(amounts)
        ),
        volatility=draw(volatilities),
    )


@st.composite
def crypto_quotes(draw, symbol):
    """Build the quote of a coin."""
    spot = draw(st.floats(1000, 100_000))
    return Quote(
        symbol,
        spot,
        rate=draw(rates),
        forwards=draw(_by_expiry(CRYPTO_EXPIRIES, st.floats(0.9 * spot, 1.2 * spot))),
        volatility=draw(volatilities),
        confidences=Confidences(
            spot=draw(fractions), forward=draw(_by_expiry(CRYPTO_EXPIRIES, fractions))
        ),
    )


@st.composite
def us_positions(draw, underlying, spot):
    """Build a position in shares of ``underlying`` or in an option on it."""
    symbol = underlying.symbol
    physical = underlying.asset_class in DELIVERED
    option = Option(
        symbol,
        draw(st.sampled_from(Right)),
        strike=draw(_strikes(spot)),
        expiry=draw(st.sampled_from(US_EXPIRIES)),
        style=Style.AMERICAN if physical else Style.EUROPEAN,
        multiplier=draw(st.sampled_from((100.0, 100.0, 10.0))),
        settlement=Settlement.PHYSICAL if physical else Settlement.CASH,
        otc=draw(st.sampled_from((False, False, True))),
    )
    instrument = draw(st.sampled_from((Stock(symbol), option, option)))
    price = draw(st.none() | st.floats(0.01, 0.3 * spot))
    return Position(instrument, draw(quantities), price)


@st.composite
def crypto_positions(draw, underlying, spot):
    """Build a position in an option, future or perpetual on a coin, linear or inverse."""
    symbol = underlying.symbol
    margin_type = draw(st.sampled_from(MarginType))
    inverse = margin_type is MarginType.INVERSE
    expiry = draw(st.sampled_from(CRYPTO_EXPIRIES))
    multiplier = 10.0 if inverse else 1.0
    right, strike = draw(st.sampled_from(Right)), draw(_strikes(spot))
    option = Option(symbol, right, strike, expiry, margin_type=margin_type)
    venue = draw(st.sampled_from((None, "deribit")))
    match draw(st.sampled_from((Option, Option, Future, Perpetual))):
        case kind if kind is Option:
            price = draw(st.none() | st.floats(0.001, 0.3))
            price = price if inverse or price is None else price * spot
            return Position(option, draw(quantities), price, venue=venue)
        case kind if kind is Future:
            future = Future(symbol, expiry, multiplier, margin_type)
            return Position(future, draw(quantities), draw(st.none() | _strikes(spot)))
        case _:
            return Position(
                Perpetual(symbol, multiplier, margin_type, draw(st.sampled_from((None, "USDC")))),
                draw(quantities),
                draw(st.none() | _strikes(spot)),
                venue=venue,
                funding_rate=draw(st.none() | st.floats(-0.001, 0.001)),
                accrued_funding=draw(st.floats(-100, 100)),
                leverage=draw(st.none() | st.sampled_from((5.0, 20.0))),
                isolated_margin=draw(st.none() | st.floats(1, 1e5)),
            )


@st.composite
def _liquidity(draw, quote):
    lower = draw(st.floats(0.3, 1.5)) * quote.spot
    upper = lower * draw(st.floats(1.01, 3.0))
    held = LpRange(quote.symbol, lower, upper, draw(st.floats(1.0, 1e4)))
    return Position(held, draw(quantities), draw(st.none() | st.floats(1.0, 1e6)))


def _strikes(spot):
    return st.integers(10, 30).map(lambda twentieths: round(spot * twentieths / 20, 2))


def _by_expiry(expiries, figures):
    chosen = st.dictionaries(st.sampled_from(expiries), figures, max_size=2)
    return chosen.map(lambda by_expiry: tuple(by_expiry.items()))


def _pairs(underlyings, quotes, most):
    return st.lists(st.sampled_from(list(zip(underlyings, quotes, strict=True))), max_size=most)


@st.composite
def _instrument_quotes(draw, positions, quotes):
    """Build a mark or a volatility for some instruments held, in order of their positions."""
    spots = {quote.symbol: quote.spot for quote in quotes}
    made = []
    for instrument in dict.fromkeys(position.instrument for position in positions):
        option = isinstance(instrument, Option)
        coin = option and instrument.margin_type is MarginType.INVERSE
        unit = 1.0 if coin else spots[instrument.underlying]
        scale = 0.2 if option else 1.0
        price = draw(st.none() | st.floats(0.5 * scale, 1.2 * scale))
        quote = InstrumentQuote(
            instrument,
            price=None if price is None else price * unit,
            volatility=draw(st.none() | volatilities) if option else None,
        )
        if quote.price is not None or quote.volatility is not None:
            made.append(quote)
    return tuple(made)
