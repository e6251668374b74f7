"""The surface an account's options imply, and what stands in for it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from margin_core.book.instruments import AssetClass, Option, Right, Stock, Underlying
from margin_core.book.portfolio import Portfolio, Position
from margin_core.errors import MarketDataError
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.risk.marks import marks
from margin_core.risk.surfaces import surface

NOW = datetime(2026, 1, 2, 21, tzinfo=UTC)
MARCH = datetime(2026, 3, 20, 20, tzinfo=UTC)
PUT, CALL = Option("XYZ", Right.PUT, 90.0, MARCH), Option("XYZ", Right.CALL, 110.0, MARCH)
OTHER = Option("ABC", Right.CALL, 50.0, MARCH)
EXPIRING = Option("XYZ", Right.CALL, 100.0, NOW)
PORTFOLIO = Portfolio(
    tuple(Position(held, 1.0) for held in (PUT, CALL, OTHER, EXPIRING, Stock("XYZ"))),
    underlyings=(Underlying("XYZ", AssetClass.EQUITY), Underlying("ABC", AssetClass.EQUITY)),
)
MARKET = Market(
    NOW,
    (Quote("XYZ", 100.0, volatility=0.9), Quote("ABC", 50.0)),
    (
        InstrumentQuote(PUT, volatility=0.35),
        InstrumentQuote(CALL, volatility=0.25),
        InstrumentQuote(OTHER, volatility=0.6),
        InstrumentQuote(EXPIRING, volatility=5.0),
    ),
)
MARKED = marks(PORTFOLIO, MARKET)


def test_the_surface_is_that_of_the_underlyings_own_options_that_still_live():
    years = MARKET.years_to(MARCH)
    found = surface(MARKED, MARKET, "XYZ")
    assert [smile.strikes for smile in found.smiles] == [(90.0, 110.0)]
    assert found.vol(100.0, years) == pytest.approx(0.30)
    assert surface(MARKED, MARKET, "ABC").vol(70.0, 2.0) == pytest.approx(0.6)


def test_a_price_that_carries_no_volatility_tells_nothing():
    low = (Quote("XYZ", 80.0), MARKET.quotes[1])
    below = replace(  # the put is worth 10 at once, and is quoted at 1
        MARKET, quotes=low, instruments=(InstrumentQuote(PUT, price=1.0), *MARKET.instruments[1:])
    )
    found = surface(marks(PORTFOLIO, below), below, "XYZ")
    assert [smile.strikes for smile in found.smiles] == [(110.0,)]


def test_without_options_the_surface_is_flat_at_the_underlyings_volatility():
    found = surface((), MARKET, "XYZ")
    assert found.vol(10.0, 0.1) == found.vol(1e4, 9.0) == 0.9


def test_without_any_volatility_there_is_no_surface():
    with pytest.raises(MarketDataError, match="no volatility is given"):
        surface((), MARKET, "ABC")
