"""Payoff curves: kinks, break-evens, ranges of profit, what they count from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from margin_core.analysis.payoff import Basis, Curve, Range, expiries, payoff_curves, payoff_offset
from margin_core.book.instruments import (
    AssetClass,
    LpRange,
    Option,
    Perpetual,
    Right,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.risk.marks import collateral_marks, marks

NOW = datetime(2026, 11, 20, 21, tzinfo=UTC)
NEAR, FAR = NOW + timedelta(days=28), NOW + timedelta(days=56)
MARKET = Market(NOW, (Quote("XYZ", 100.0, volatility=0.25),))
XYZ = (Underlying("XYZ", AssetClass.EQUITY),)


def option(right, strike, expiry=NEAR, style=Style.EUROPEAN):
    return Option("XYZ", Right(right), strike, expiry, style, multiplier=100.0)


def curves_of(positions, days, market=MARKET, balances=()):
    portfolio = Portfolio(tuple(positions), balances, XYZ)
    held = (*marks(portfolio, market), *collateral_marks(portfolio, market))
    return payoff_curves(held, market, days)


def test_a_straddle_at_expiry_breaks_even_its_premium_away_from_the_strike():
    call, put = option("call", 100.0), option("put", 100.0)
    quotes = (InstrumentQuote(call, price=3.1), InstrumentQuote(put, price=2.9))
    market = Market(NOW, MARKET.quotes, quotes)
    (curve,) = curves_of([Position(call, 1), Position(put, 1)], (28.0,), market)
    assert curve.break_evens == pytest.approx((-0.06, 0.06), abs=1e-9)
    assert curve.worst == pytest.approx((0.0, -600.0))
    assert [(r.low is None, r.high is None) for r in curve.profitable] == [
        (True, False),
        (False, True),
    ]


def test_a_strike_between_the_even_moves_is_a_point_of_the_curve():
    (curve,) = curves_of([Position(option("call", 103.37), -1)], (28.0,))
    assert 0.0337 in curve.moves
    premium = curve.best[1]
    assert curve.at(0.0337) == pytest.approx(premium)
    assert curve.at(0.04) == pytest.approx(premium - 100.0 * (104.0 - 103.37))


def test_the_ends_of_a_liquidity_range_within_reach_are_points_of_the_curve():
    (curve,) = curves_of([Position(LpRange("XYZ", 85.005, 200.0, 900.0), 1.0)], (0.0,))
    assert round(85.005 / 100.0 - 1.0, 12) in curve.moves
    assert max(curve.moves) == pytest.approx(0.4)  # the other end lies beyond


def test_today_is_worth_nothing_more_at_an_unmoved_spot():
    today, _ = curves_of([Position(option("put", 95.0), -3), Position(Stock("XYZ"), 50)], (0, 28))
    assert today.at(0.0) == pytest.approx(0.0, abs=1e-9)


def test_an_expired_option_is_settled_at_the_spot_of_the_curve():
    held = [Position(option("call", 100.0), -1), Position(option("call", 100.0, FAR), 1)]
    at_near, later = curves_of(held, (28.0, 42.0))
    # both expire worthless far below: what is lost is today's price of the calendar
    today = curves_of(held, (0.0,))[0]
    assert at_near.pnl[0] == pytest.approx(later.pnl[0], abs=2.0)
    assert today.at(0.0) == pytest.approx(0.0, abs=1e-9)
    alone = curves_of(held[:1], (28.0, 42.0))
    assert alone[0].pnl == pytest.approx(alone[1].pnl)  # after expiry nothing moves it


def test_coins_held_move_with_the_book():
    market = Market(NOW, (Quote("XYZ", 100.0, volatility=0.5),))
    (curve,) = curves_of(
        [Position(option("call", 110.0), -1)], (28.0,), market, (Balance("XYZ", 100.0),)
    )
    assert curve.at(-0.4) == pytest.approx(curve.at(0.1) - 100.0 * 50.0)


def test_ranges_of_profit_by_hand():
    curve = Curve(0.0, (-0.2, -0.1, 0.0, 0.1, 0.2), (10.0, -10.0, 5.0, 0.0, -4.0))
    assert curve.profitable == (
        Range(None, pytest.approx(-0.15)),
        Range(pytest.approx(-0.1 / 3.0), pytest.approx(0.1)),
    )
    assert curve.best == (-0.2, 10.0)


def test_a_flat_book_has_no_profit_and_no_break_even():
    curve = Curve(0.0, (-0.1, 0.0, 0.1), (0.0, 0.0, 0.0))
    assert curve.profitable == ()
    assert curve.break_evens == ()


def test_rounding_around_zero_is_no_range_of_profit():
    curve = Curve(0.0, (-0.1, 0.0, 0.1), (-1000.0, 1e-10, -1000.0))
    assert curve.profitable == ()


def test_a_curve_counts_from_entry_or_from_nothing_by_an_offset():
    put = option("put", 95.0)
    perpetual = Perpetual("XYZ")
    portfolio = Portfolio(
        (
            Position(Stock("XYZ"), 100, entry_price=90.0),
            Position(put, -2, entry_price=1.5),
            Position(perpetual, 10, entry_price=98.0, accrued_funding=-3.0),
        ),
        underlyings=XYZ,
    )
    market = Market(NOW, MARKET.quotes, (InstrumentQuote(put, price=1.0),))
    held = marks(portfolio, market)
    assert payoff_offset(Basis.NOW, held, portfolio, market) == 0.0
    # 100 x 10, 200 x 0.5, 10 x 2 less 3 of funding
    assert payoff_offset(Basis.ENTRY, held, portfolio, market) == pytest.approx(1117.0)
    # 10,000 of stock, -200 of options, 17 unsettled
    assert payoff_offset(Basis.VALUE, held, portfolio, market) == pytest.approx(9817.0)


def test_coins_held_have_no_profit_since_entry():
    portfolio = Portfolio((), (Balance("XYZ", 2.0),), XYZ)
    held = collateral_marks(portfolio, MARKET)
    assert payoff_offset(Basis.ENTRY, held, portfolio, MARKET) == 0.0
    assert payoff_offset(Basis.VALUE, held, portfolio, MARKET) == 200.0


def test_raising_a_curve_moves_every_point():
    curve = Curve(0.0, (0.0, 0.1), (1.0, 2.0))
    assert curve.raised(5.0) == Curve(0.0, (0.0, 0.1), (6.0, 7.0))


def test_expiries_are_listed_once_and_in_order():
    portfolio = Portfolio(
        (
            Position(option("put", 90.0, FAR), 1),
            Position(Stock("XYZ"), 1),
            Position(option("call", 90.0), 1),
            Position(option("put", 90.0), 1),
        ),
        underlyings=XYZ,
    )
    assert expiries(portfolio) == (NEAR, FAR)


def test_of_moves_that_end_alike_the_first_is_the_worst_or_the_best():
    flat = Curve(0.0, (-0.2, -0.1, 0.1, 0.2), (0.3, 0.1 + 0.2, 7.0, 7.0 + 1e-14))
    assert flat.worst == (-0.2, 0.3)
    assert flat.best == (0.1, 7.0)
