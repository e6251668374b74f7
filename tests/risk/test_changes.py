"""Shifted strikes, rolled expiries and scaled quantities."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from margin_core.book.instruments import (
    AssetClass,
    Future,
    Option,
    Perpetual,
    Right,
    Stock,
    Underlying,
)
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.errors import InputError
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.risk.changes import (
    customary_step,
    expiries_rolled,
    scaled,
    strike_step,
    strikes_shifted,
)
from margin_core.risk.marks import marks

NOW = datetime(2026, 10, 20, 20, tzinfo=UTC)
NOVEMBER = datetime(2026, 10, 30, 20, tzinfo=UTC)  # 16:00 in New York, summer time
PUT = Option("XYZ", Right.PUT, 90.0, NOVEMBER, multiplier=100.0)
CALL = Option("XYZ", Right.CALL, 105.0, NOVEMBER, multiplier=100.0)
PORTFOLIO = Portfolio(
    (
        Position(Stock("XYZ"), 500, entry_price=97.0),
        Position(PUT, -10, entry_price=1.0),
        Position(CALL, -5),
        Position(Future("BTC", datetime(2026, 12, 25, 8, tzinfo=UTC)), 2.0, entry_price=95_000.0),
        Position(Perpetual("BTC"), 1.0),
    ),
    (Balance("USD", 1_000.0),),
    (Underlying("XYZ", AssetClass.EQUITY), Underlying("BTC", AssetClass.CRYPTO)),
)
MARKET = Market(
    NOW,
    (Quote("XYZ", 100.0), Quote("BTC", 100_000.0)),
    (
        InstrumentQuote(PUT, volatility=0.30),
        InstrumentQuote(CALL, volatility=0.24),
        InstrumentQuote(Stock("XYZ"), price=100.5),
    ),
)


def test_a_shift_moves_every_strike_by_a_step():
    portfolio, market = strikes_shifted(PORTFOLIO, MARKET, marks(PORTFOLIO, MARKET), 1)
    shifted = [p.instrument.strike for p in portfolio.positions if hasattr(p.instrument, "strike")]
    assert shifted == [95.0, 110.0]
    quotes = {quote.instrument: quote for quote in market.instruments}
    # the smile held runs from 0.30 at 90 to 0.24 at 105, flat beyond
    assert quotes[replace(PUT, strike=95.0)].volatility == pytest.approx(0.28)
    assert quotes[replace(CALL, strike=110.0)].volatility == pytest.approx(0.24)


def test_what_a_shift_changes_is_entered_at_its_mark_and_the_rest_is_kept():
    portfolio, market = strikes_shifted(PORTFOLIO, MARKET, marks(PORTFOLIO, MARKET), -1)
    stock, put, *_ = portfolio.positions
    assert stock == PORTFOLIO.positions[0]
    assert put.entry_price is None
    assert InstrumentQuote(Stock("XYZ"), price=100.5) in market.instruments
    assert marks(portfolio, market)  # every position can still be valued


def test_a_strike_is_not_shifted_to_zero():
    low = replace(PUT, strike=5.0)
    portfolio = replace(PORTFOLIO, positions=(Position(low, 1), Position(PUT, 1)))
    market = replace(
        MARKET, instruments=(InstrumentQuote(low, volatility=0.5), *MARKET.instruments)
    )
    with pytest.raises(InputError, match="strike 0"):
        strikes_shifted(portfolio, market, marks(portfolio, market), -1)


def test_a_roll_keeps_the_customary_hour_of_the_day_over_the_end_of_summer_time():
    portfolio, _ = expiries_rolled(PORTFOLIO, MARKET, marks(PORTFOLIO, MARKET), 7)
    rolled = [getattr(p.instrument, "expiry", None) for p in portfolio.positions]
    assert rolled == [
        None,
        datetime(2026, 11, 6, 21, tzinfo=UTC),
        datetime(2026, 11, 6, 21, tzinfo=UTC),
        datetime(2027, 1, 1, 8, tzinfo=UTC),
        None,
    ]


def test_a_roll_keeps_the_hour_of_an_uncustomary_expiry():
    odd = Future("BTC", datetime(2026, 12, 25, 9, 30, tzinfo=UTC))
    portfolio = replace(PORTFOLIO, positions=(Position(odd, 1.0),))
    rolled, _ = expiries_rolled(portfolio, MARKET, marks(portfolio, MARKET), 30)
    assert rolled.positions[0].instrument == replace(
        odd, expiry=datetime(2027, 1, 24, 9, 30, tzinfo=UTC)
    )


def test_a_roll_leaves_a_flat_volatility_flat():
    market = replace(
        MARKET, quotes=(Quote("XYZ", 100.0, volatility=0.25), MARKET.quotes[1]), instruments=()
    )
    portfolio = replace(PORTFOLIO, positions=(Position(CALL, 1),))
    _, after = expiries_rolled(portfolio, market, marks(portfolio, market), 7)
    assert after.instruments == ()


def test_scaling_multiplies_quantities_and_leaves_balances():
    doubled = scaled(PORTFOLIO, 2.0)
    assert [p.quantity for p in doubled.positions] == [1000, -20, -10, 4.0, 2.0]
    assert doubled.balances == PORTFOLIO.balances
    assert scaled(doubled, 0.5) == PORTFOLIO


def test_the_step_is_a_round_one_or_a_smaller_one_that_is_held():
    assert strike_step(PORTFOLIO, MARKET, "XYZ") == 5.0
    between = (*PORTFOLIO.positions, Position(replace(PUT, strike=92.5), 1))
    assert strike_step(replace(PORTFOLIO, positions=between), MARKET, "XYZ") == 2.5
    assert strike_step(PORTFOLIO, MARKET, "BTC") == 5_000.0


@pytest.mark.parametrize(
    ("spot", "step"),
    [(100.0, 5.0), (97.73, 5.0), (6_000.0, 250.0), (65_000.0, 2_500.0), (0.3, 0.01)],
)
def test_the_customary_step_is_round_and_near_a_twentieth_of_spot(spot, step):
    assert customary_step(spot) == pytest.approx(step)
