"""The value of the whole account: positions at marks, balances at prices."""

from collections import namedtuple
from datetime import UTC, datetime

import pytest

from margin_core.book.instruments import Stock
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.errors import MarketDataError
from margin_core.margin.equity import net_liquidation_value
from margin_core.market.snapshot import Market, Quote

Mark = namedtuple("Mark", "value")  # all that the value of the account asks of a mark
MARKET = Market(
    datetime(2026, 1, 2, 21, tzinfo=UTC), quotes=(Quote("XYZ", 20.0), Quote("BTC", 50_000.0))
)


def test_net_liquidation_value_is_positions_at_marks_plus_balances_at_prices():
    portfolio = Portfolio(
        positions=(Position(Stock("XYZ"), 100.0), Position(Stock("XYZ"), -40.0)),
        balances=(Balance("USD", -500.0), Balance("BTC", 0.5)),
    )
    value = net_liquidation_value(portfolio, MARKET, (Mark(2_000.0), Mark(-800.0)))
    assert value.amount == 2_000.0 - 800.0 - 500.0 + 25_000.0
    assert [part.label for part in value.parts] == [
        "+100 XYZ stock",
        "-40 XYZ stock",
        "-500 USD",
        "+0.5 BTC",
    ]


def test_an_empty_account_is_worth_nothing():
    assert net_liquidation_value(Portfolio(), MARKET, ()).amount == 0.0


def test_a_balance_without_a_price_is_refused_by_name():
    with pytest.raises(MarketDataError, match="no price for ETH"):
        net_liquidation_value(Portfolio(balances=(Balance("ETH", 1.0),)), MARKET, ())
