"""Options with discrete dividends against QuantLib, a slow tree, and a published example."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.errors import MarketDataError
from margin_core.pricing import american, black, dividends, tree
from tests.pricing import quantlib

QUARTERLY = tuple((0.25 * i + 0.1, 0.5) for i in range(8))
# spot, strike, days, vol, rate, (day, amount) of each dividend
MARKETS = [
    (100.0, 100.0, 365, 0.3, 0.05, ((73, 2.0), (256, 2.0))),
    (120.0, 100.0, 180, 0.25, 0.03, ((60, 1.0),)),
    (95.0, 105.0, 30, 0.5, 0.05, ((3, 1.5),)),
    (100.0, 105.0, 730, 0.2, 0.08, ((100, 1.5), (465, 1.5))),
]


def in_years(schedule):
    return tuple((day / 365, amount) for day, amount in schedule)


@pytest.mark.parametrize("call", [True, False])
@pytest.mark.parametrize("market", MARKETS)
def test_european_values_are_quantlibs(market, call):
    spot, strike, days, vol, rate, schedule = market
    ours = dividends.european(spot, strike, days / 365, vol, rate, in_years(schedule), call=call)
    theirs = quantlib.with_dividends(*market, call=call, american=False)
    assert float(ours) == pytest.approx(theirs, abs=1e-10)


@pytest.mark.parametrize("call", [True, False])
@pytest.mark.parametrize("market", MARKETS)
def test_american_values_are_those_of_quantlibs_escrowed_model(market, call):
    spot, strike, days, vol, rate, schedule = market
    ours = dividends.american(spot, strike, days / 365, vol, rate, in_years(schedule), call=call)
    theirs = quantlib.with_dividends(*market, call=call, american=True)
    assert float(ours) == pytest.approx(theirs, abs=1e-4 * spot)


def test_the_published_call_with_one_dividend_is_reproduced():
    # Haug, The Complete Guide to Option Pricing Formulas, 2nd ed., section 9.1.2 (Roll, Geske and
    # Whaley): 4.3860.
    call = dividends.american(80.0, 82.0, 1 / 3, 0.3, 0.06, ((0.25, 4.0),), call=True)
    assert float(call) == pytest.approx(4.3860, abs=1e-3)


@pytest.mark.parametrize("call", [True, False])
def test_a_slow_tree_agrees(call):
    spot, strike, years, vol, rate, schedule = (
        100.0,
        102.0,
        0.5,
        0.3,
        0.06,
        ((0.2, 1.5), (0.4, 1.0)),
    )
    ours = dividends.american(spot, strike, years, vol, rate, schedule, call=call)
    expected = slow_tree(spot, strike, years, vol, rate, schedule, call=call)
    assert float(ours) == pytest.approx(expected, abs=5e-3)


def slow_tree(spot, strike, years, vol, rate, schedule, *, call, steps=2000):
    """Cox, Ross and Rubinstein's tree of the escrowed spot; its dates must meet the ex-dates."""
    step = years / steps
    up = math.exp(vol * math.sqrt(step))
    chance = (math.exp(rate * step) - 1 / up) / (up - 1 / up)
    sign = 1.0 if call else -1.0
    escrowed = spot - sum(amount * math.exp(-rate * time) for time, amount in schedule)
    value = np.maximum(sign * (escrowed * up ** np.arange(-steps, steps + 1, 2.0) - strike), 0.0)
    for level in range(steps - 1, -1, -1):
        now = level * step
        value = math.exp(-rate * step) * (chance * value[1:] + (1 - chance) * value[:-1])
        for sooner in (-1e-9, 1e-9):  # just before and just after a stock goes ex on this date
            due = sum(a * math.exp(-rate * (t - now)) for t, a in schedule if t > now + sooner)
            paid = escrowed * up ** np.arange(-level, level + 1, 2.0) + due - strike
            value = np.maximum(value, sign * paid)
    return value[0]


@pytest.mark.parametrize("call", [True, False])
def test_twelve_times_the_dates_change_little(call, monkeypatch):
    spot = np.linspace(70.0, 130.0, 7)
    vol = np.array([[0.1], [0.3], [0.8]])
    market = (spot, 100.0, 2.0, vol, 0.05, QUARTERLY)
    few = dividends.american(*market, call=call)
    monkeypatch.setattr(tree, "STEPS", 12 * tree.STEPS)
    many = dividends.american(*market, call=call)
    np.testing.assert_allclose(few, many, rtol=0, atol=1e-4 * 100.0)


@pytest.mark.parametrize("call", [True, False])
def test_spots_that_share_a_tree_are_worth_what_each_is_alone(call):
    spot = np.linspace(60.0, 140.0, 41)
    vol = np.array([[0.08], [0.2], [0.6]])
    market = (100.0, 0.5, vol, 0.05, ((0.2, 1.5),))
    shared = dividends.american(spot, *market, call=call)
    alone = dividends.american(spot, 100.0 + 0.0 * spot, *market[1:], call=call)
    assert shared.shape == alone.shape == (3, 41)
    np.testing.assert_allclose(shared, alone, rtol=0, atol=1e-4 * 100.0)


def test_far_apart_spots_of_a_calm_stock_get_trees_of_their_own():
    spot = np.linspace(0.0, 200.0, 5)
    shared = dividends.american(spot, 100.0, 0.5, 0.01, 0.05, ((0.2, 1.5),), call=False)
    alone = [
        float(dividends.american(one, 100.0, 0.5, 0.01, 0.05, ((0.2, 1.5),), call=False))
        for one in spot
    ]
    np.testing.assert_allclose(shared, alone, rtol=0, atol=1e-9)


@pytest.mark.parametrize("call", [True, False])
def test_without_dividends_values_are_those_of_the_other_formulas(call):
    spot = np.linspace(80.0, 120.0, 9)
    market = (spot, 100.0, 0.75, 0.3, 0.05)
    for due in ((), ((0.8, 3.0),), ((0.0, 3.0),)):
        options = {"call": call, "dividend_yield": 0.04}
        np.testing.assert_allclose(
            dividends.european(*market, due, **options), black.value(*market, 0.04, call=call)
        )
        np.testing.assert_allclose(
            dividends.american(*market, due, **options),
            american.value(*market, 0.04, call=call),
            rtol=0,
            atol=1e-4 * 100.0,
        )


@pytest.mark.parametrize("call", [True, False])
def test_without_vol_value_is_that_of_the_best_date(call):
    schedule, rate, years = ((0.3, 2.0), (0.6, 2.0)), 0.05, 0.9
    for spot in (95.0, 100.0, 108.0):
        escrowed = spot - sum(amount * math.exp(-rate * time) for time, amount in schedule)
        best = 0.0
        for now in [*np.linspace(0.0, years, 900), 0.3 - 1e-12, 0.6 - 1e-12, 0.3, 0.6]:
            due = sum(a * math.exp(-rate * (t - now)) for t, a in schedule if t > now)
            paid = escrowed * math.exp(rate * now) + due - 100.0
            best = max(best, math.exp(-rate * now) * (paid if call else -paid))
        value = dividends.american(spot, 100.0, years, 0.0, rate, schedule, call=call)
        assert float(value) == pytest.approx(best, abs=5e-3)


@settings(max_examples=25)
@given(
    market=st.tuples(
        st.floats(0.0, 200.0),
        st.floats(50.0, 150.0),
        st.floats(0.0, 2.0),
        st.floats(0.0, 1.5),
        st.floats(-0.02, 0.1),
    ),
    call=st.booleans(),
)
def test_value_is_at_least_intrinsic_and_european(market, call):
    spot, strike, *_ = market
    value = dividends.american(*market, QUARTERLY, call=call)
    assert value >= (spot - strike if call else strike - spot)
    assert value >= dividends.european(*market, QUARTERLY, call=call)


def test_the_largest_vol_that_a_price_is_searched_at_takes_a_put_to_its_strike():
    value = dividends.american(10.0, 5.0, 0.96, 20.0, 0.0, ((0.1, 0.0),), call=False)
    assert float(value) == pytest.approx(5.0, rel=1e-6)


@pytest.mark.parametrize("call", [True, False])
@pytest.mark.parametrize("years", [0.01, 0.5, 5.0, 20.0])
def test_wild_vols_keep_value_within_what_there_is_to_gain(years, call):
    vol = np.array([2.0, 5.0, 10.0, 20.0])
    value = dividends.american(100.0, 90.0, years, vol, 0.05, ((0.005, 1.0),), call=call)
    assert (value >= (10.0 if call else 0.0)).all()
    assert (value <= (100.0 if call else 90.0)).all()


def test_a_call_is_exercised_before_a_large_dividend_and_not_for_a_small_one():
    market = (110.0, 100.0, 0.5, 0.2, 0.05)
    for amount, early in ((5.0, True), (0.01, False)):
        due = ((0.25, amount),)
        added = dividends.american(*market, due, call=True) - dividends.european(
            *market, due, call=True
        )
        assert (float(added) > 0.5) == early


def test_a_call_is_exercised_just_before_a_dividend_at_expiry():
    call = dividends.american(100.0, 100.0, 0.5, 0.3, 0.0, ((0.5, 4.0),), call=True)
    assert float(call) == pytest.approx(
        float(black.value(96.0, 96.0, 0.5, 0.3, 0.0, 0.0, call=True)), abs=1e-3
    )


def test_rows_of_different_expiries_strikes_and_rights_are_valued_together():
    strike = np.array([[90.0], [100.0], [110.0]])
    years = np.array([[0.5], [0.0], [1.0]])
    call = np.array([[True], [False], [False]])
    spot = np.linspace(85.0, 115.0, 4)
    whole = dividends.american(spot, strike, years, 0.3, 0.04, ((0.3, 2.0),), call=call)
    for i in range(3):
        alone = dividends.american(
            spot, strike[i], years[i], 0.3, 0.04, ((0.3, 2.0),), call=call[i]
        )
        np.testing.assert_allclose(whole[i], alone, rtol=0, atol=1e-3)
    np.testing.assert_array_equal(whole[1], np.maximum(100.0 - spot, 0.0))


def test_no_options_give_no_values():
    assert dividends.american(np.empty(0), 100.0, 1.0, 0.2, 0.0, QUARTERLY, call=True).shape == (0,)


def test_a_negative_dividend_is_refused():
    with pytest.raises(MarketDataError, match="dividend -1"):
        dividends.american(100.0, 100.0, 1.0, 0.2, 0.05, ((0.5, -1.0),), call=True)
