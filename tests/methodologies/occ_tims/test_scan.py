"""The worst point of each group and the minimum per contract."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings

from margin_core.book.instruments import AssetClass, Future, Option, Right, Style, Underlying
from margin_core.book.portfolio import Portfolio, Position
from margin_core.errors import MarginError
from margin_core.market.snapshot import Dividend, Market, Quote
from margin_core.methodologies.occ_tims import METHODOLOGY, PUBLISHED
from tests import strategies
from tests.methodologies.occ_tims.accounts import (
    APRIL,
    CLOSE,
    RATE,
    SPOTS,
    SPX,
    YIELD,
    cboe,
    required,
    series,
    slow_value,
    slow_volatility,
    stocks,
)


def test_a_share_holding_loses_fifteen_percent():
    """Capiche, Portfolio margin part 4 (TD Ameritrade, 2017-10-02): 1,000 shares at 75."""
    portfolio, market = stocks(("XYZ", AssetClass.EQUITY, 1000))
    market = replace(market, quotes=(Quote("XYZ", 75.0),))
    assert required((portfolio, market)) == pytest.approx(11_250)


def test_the_worst_point_need_not_be_an_end_point():
    legs = [(100, "IBM", "put", 92, 0.55), (100, "IBM", "call", 92, 7.20)]
    result = METHODOLOGY.margin(*cboe(*legs))
    assert result.worst_scenario.moves[0][1] == pytest.approx(-0.06)
    assert result.maintenance.amount == -result.worst_scenario.pnl


def test_each_contract_costs_at_least_37_50_and_a_cheap_long_no_more_than_its_value():
    cheap = [(100, "IBM", "put", 70, 0.01)]
    assert required(cboe(*cheap)) == pytest.approx(100.0)
    uncapped = replace(PUBLISHED, cap_long_minimum=False)
    assert required(cboe(*cheap), uncapped) == pytest.approx(3_750.0)
    short = [(-100, "IBM", "put", 70, 0.01)]
    assert required(cboe(*short)) == pytest.approx(3_750.0)


def test_long_and_short_of_one_series_cancel_before_the_minimum():
    legs = [(100, "IBM", "put", 100, 3.18), (-60, "IBM", "put", 100, 3.18)]
    only = [(40, "IBM", "put", 100, 3.18)]
    assert required(cboe(*legs)) == pytest.approx(required(cboe(*only)))
    closed = [(100, "IBM", "put", 100, 3.18), (-100, "IBM", "put", 100, 3.18)]
    assert required(cboe(*closed)) == pytest.approx(0.0)


def test_an_index_future_nets_with_the_options_on_the_index():
    option, future = series("SPX", "put", 1400), Future("SPX", APRIL, 50.0)
    quotes = (Quote("SPX", 1451.19, RATE, YIELD, volatility=0.12),)
    puts, futures = Position(option, 10.0), Position(future, 20.0)
    market = Market(CLOSE, quotes)
    alone = required((Portfolio((futures,), underlyings=(SPX,)), market))
    forward = market.forward("SPX", APRIL)
    assert alone == pytest.approx(20 * 50 * forward * 0.08)
    assert required((Portfolio((futures, puts), underlyings=(SPX,)), market)) < alone


@settings(max_examples=20)
@given(strategies.us_listed(max_positions=4))
def test_doubling_every_position_doubles_the_requirement(drawn):
    portfolio, market = drawn
    p = replace(PUBLISHED, volatility_index_range=(-0.3, 0.5))
    doubled = replace(
        portfolio,
        positions=tuple(replace(q, quantity=2.0 * q.quantity) for q in portfolio.positions),
    )
    try:
        once = required((portfolio, market), p)
    except MarginError:
        return
    assert required((doubled, market), p) == pytest.approx(2.0 * once, rel=1e-9, abs=1e-6)


def test_european_groups_agree_with_a_slow_loop_over_points_and_positions():
    legs = [
        (40, "SPX", "put", 1350, 4.1),
        (-70, "SPX", "put", 1430, 13.2),
        (-25, "SPX", "call", 1500, 5.96),
        (3_000, "SPY"),
    ]
    account = cboe(*legs)
    years = (APRIL - CLOSE).total_seconds() / (365 * 86_400)
    volatilities = [slow_volatility(leg, years) if len(leg) > 2 else 0.0 for leg in legs]
    losses = []
    for move in [-0.08 * k / 5 for k in range(1, 6)] + [0.06 * k / 5 for k in range(1, 6)]:
        loss = 0.0
        for (quantity, symbol, *contract), volatility in zip(legs, volatilities, strict=True):
            if contract:
                right, strike, price = contract
                spot = SPOTS["SPX"] * (1 + move)
                moved = slow_value(right, spot, strike, years, volatility)
                loss -= quantity * 100 * (moved - price)
            else:
                loss -= quantity * SPOTS[symbol] * move
        losses.append(loss)
    minimum = sum(37.5 * abs(leg[0]) for leg in legs if len(leg) > 2)
    assert required(account) == pytest.approx(max(*losses, minimum), rel=1e-6)


def test_the_dividends_of_an_index_scale_with_it_and_those_of_a_stock_stay_in_cash():
    ex = (Dividend(date(2007, 3, 15), 30.0),)

    def account(kind):
        """A call deep in the money: it loses what the forward loses."""
        option = Option("X", Right.CALL, 200.0, APRIL, Style.EUROPEAN, 100.0)
        underlying = Underlying("X", kind)
        quote = Quote("X", 1000.0, volatility=0.05, dividends=ex)
        portfolio = Portfolio((Position(option, 1.0),), underlyings=(underlying,))
        return portfolio, Market(CLOSE, (quote,))

    assert required(account(AssetClass.INDEX_BROAD)) == pytest.approx(0.08 * 97_000.0, rel=1e-6)
    assert required(account(AssetClass.EQUITY)) == pytest.approx(0.15 * 100_000.0, rel=1e-6)


def test_a_future_keeps_the_forward_given_for_it_beside_an_index_s_dividends():
    expiry = APRIL.replace(month=6)
    quote = Quote(
        "SPX",
        1000.0,
        dividends=(Dividend(date(2007, 3, 15), 10.0),),
        forwards=((expiry, 1100.0),),
    )
    portfolio = Portfolio((Position(Future("SPX", expiry, 50.0), 1.0),), underlyings=(SPX,))
    assert required((portfolio, Market(CLOSE, (quote,)))) == pytest.approx(50 * 1100 * 0.08)


def test_an_option_that_expires_now_moves_with_its_intrinsic_value():
    option = Option("X", Right.CALL, 100.0, CLOSE, Style.EUROPEAN, 100.0)
    portfolio = Portfolio(
        (Position(option, -10.0),), underlyings=(Underlying("X", AssetClass.INDEX_NARROW),)
    )
    market = Market(CLOSE, (Quote("X", 100.0, volatility=0.2),))
    assert required((portfolio, market)) == pytest.approx(10 * 100 * 15.0)


def test_groups_stand_by_size_and_every_point_of_each_is_listed():
    account = stocks(("A", AssetClass.EQUITY, 10.0), ("B", AssetClass.EQUITY, -500.0))
    result = METHODOLOGY.margin(*account)
    assert [outcome.group for outcome in result.worst_by_group] == ["B", "A"]
    assert len(result.scenarios) == 20
    assert sum(-outcome.pnl for outcome in result.worst_by_group) == pytest.approx(
        result.maintenance.amount
    )
    assert result.worst_scenario.label == "Point 10: spot +15 %"
