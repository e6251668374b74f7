"""Accounts of coin options and perpetuals settled in USDC, as Derive margins them."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from margin_core.book.instruments import AssetClass, Option, Perpetual, Right, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.market.snapshot import Confidences, InstrumentQuote, Market, Quote

NOW = datetime(2026, 1, 2, 8, tzinfo=UTC)
SPOTS = {"BTC": 90_000.0, "ETH": 3_000.0}
COINS = tuple(Underlying(symbol, AssetClass.CRYPTO) for symbol in (*SPOTS, "SOL"))
SECONDS = (0, 600, 86_400, 700_000, 2_592_000, 20_000_000)
CONFIDENCES = st.sampled_from((1.0, 1.0, 0.6, 0.4, 0.1))


def option(right, strike, quantity, seconds=700_000, symbol="BTC"):
    """Return a position in an option that expires so many seconds from now."""
    expiry = NOW + timedelta(seconds=seconds)
    return Position(Option(symbol, Right(right), float(strike), expiry), float(quantity))


def perpetual(quantity, symbol="BTC", entry=None, funding=0.0):
    """Return a position in a perpetual."""
    return Position(Perpetual(symbol), float(quantity), entry, accrued_funding=funding)


def account(*positions, balances=()):
    """Return an account of ``positions``, and of balances given as (asset, amount)."""
    held = tuple(
        balance if isinstance(balance, Balance) else Balance(*balance) for balance in balances
    )
    return Portfolio(tuple(positions), held, COINS)


def market(usdc=1.0, vols=(), forwards=(), rates=(), confidences=None, perpetuals=(), prices=()):
    """Return a market at the spots above; by symbol: confidences, by expiry: forwards, rates."""
    known = confidences or {}
    quotes = tuple(
        Quote(
            symbol,
            spot,
            rate=0.05,
            rates=tuple(rates),
            volatility=0.5,
            forwards=tuple((moment, spot * ratio) for moment, ratio in forwards),
            confidences=known.get(symbol, Confidences()),
        )
        for symbol, spot in SPOTS.items()
    )
    marks = [InstrumentQuote(instrument, volatility=vol) for instrument, vol in vols]
    marks += [InstrumentQuote(Perpetual(symbol), price) for symbol, price in perpetuals]
    stated = {"USDC": usdc, "USDT": 0.999, "LBTC": 89_500.0, "WEETH": 3_150.0, "SDAI": 1.15}
    return Market(NOW, quotes, tuple(marks), tuple((stated | dict(prices)).items()))


@st.composite
def accounts(draw, symbols=("BTC",), max_options=6):
    """Build an account with its market: options of several expiries, perpetuals, collateral."""
    moments = [NOW + timedelta(seconds=seconds) for seconds in SECONDS]
    positions, vols = [], {}
    for symbol in draw(st.sampled_from([symbols[:1], symbols])):
        for _ in range(draw(st.integers(0, max_options))):
            held = option(
                draw(st.sampled_from(Right)),
                SPOTS[symbol] * draw(st.sampled_from((0.3, 0.8, 1.0, 1.05, 1.3, 3.0))),
                draw(st.sampled_from((-3.0, -1.0, -0.5, 1.0, 2.0))),
                draw(st.sampled_from(SECONDS)),
                symbol,
            )
            positions.append(held)
            vols.setdefault(held.instrument, draw(st.floats(0.05, 2.0)))
        if draw(st.booleans()):
            entry = SPOTS[symbol] * draw(st.floats(0.8, 1.2))
            size = draw(st.sampled_from((-2.0, 0.7)))
            positions.append(perpetual(size, symbol, entry, draw(st.floats(-50, 50))))
    assets = ("USDC", "USD", "USDT", "BTC", "LBTC", "ETH", "WEETH", "SDAI")
    balances = [
        Balance(asset, draw(st.floats(0.0, 20.0)), confidence=draw(CONFIDENCES))
        for asset in draw(st.lists(st.sampled_from(assets), unique=True, max_size=4))
    ]
    by_expiry = st.lists(CONFIDENCES, min_size=len(moments), max_size=len(moments))
    confidences = {
        symbol: Confidences(
            draw(CONFIDENCES),
            draw(CONFIDENCES),
            *(tuple(zip(moments, draw(by_expiry), strict=True)) for _ in range(3)),
        )
        for symbol in SPOTS
    }
    snapshot = market(
        usdc=draw(st.sampled_from((1.0, 1.01, 0.97, 0.5))),
        vols=tuple(vols.items()),
        forwards=tuple((moment, draw(st.floats(0.95, 1.1))) for moment in moments),
        rates=tuple((moment, draw(st.floats(-0.1, 0.4))) for moment in moments),
        confidences=confidences,
        perpetuals=tuple((s, SPOTS[s] * draw(st.floats(0.97, 1.03))) for s in symbols),
    )
    return account(*positions, balances=balances), snapshot
