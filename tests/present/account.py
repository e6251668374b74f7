"""An account with a stock, an option, a future and a coin held as collateral."""

from datetime import UTC, datetime

from margin_core.book.instruments import AssetClass, Future, Option, Right, Stock, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.market.snapshot import InstrumentQuote, Market, Quote

MARCH = datetime(2026, 3, 20, 20, tzinfo=UTC)
CALL = Option("XYZ", Right.CALL, 110.0, MARCH, multiplier=100.0)
MARKET = Market(
    datetime(2026, 1, 2, 21, tzinfo=UTC),
    (Quote("XYZ", 100.0), Quote("BTC", 50_000.0)),
    (InstrumentQuote(CALL, volatility=0.3),),
)
PORTFOLIO = Portfolio(
    (
        Position(Stock("XYZ"), 100.0),
        Position(CALL, -1.0),
        Position(Future("BTC", MARCH), 0.1, entry_price=49_000.0),
    ),
    (Balance("USD", -1_000.0), Balance("BTC", 0.05)),
    (Underlying("XYZ", AssetClass.EQUITY), Underlying("BTC", AssetClass.CRYPTO)),
    name="Covered call",
)
