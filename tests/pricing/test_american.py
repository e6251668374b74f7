"""American values and Greeks against QuantLib, a tree, and what theory demands."""

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.errors import MarketDataError
from margin_core.pricing import american, black
from tests.pricing import quantlib

SPOT = 100.0
LEVELS = [0.0, 0.0005, 0.01, 0.05, 0.10, 0.15]

markets = st.tuples(
    st.floats(20.0, 300.0),
    st.floats(20.0, 300.0),
    st.floats(0.0, 5.0),
    st.floats(0.0, 2.0),
    st.floats(0.0, 0.15),
    st.floats(0.0, 0.15),
)


def normal_set(n, seed):
    """Strikes lognormal by 20 %, 5 days to 2 years, rates 0.5-8 %, yields 0-8 %, vols 10-80 %."""
    rng = np.random.default_rng(seed)
    strike = SPOT * np.exp(0.2 * rng.standard_normal(n))
    days, call = rng.integers(5, 731, n), rng.random(n) < 0.5
    vol, rate, dividend_yield = (
        rng.uniform(*ends, n) for ends in ((0.1, 0.8), (0.005, 0.08), (0, 0.08))
    )
    return strike, days, vol, rate, dividend_yield, call


def hard_set(n, seed):
    """Vols 5-150 %, 1 day to 5 years, rates and yields from LEVELS, zero among them."""
    rng = np.random.default_rng(seed)
    strike = SPOT * np.exp(0.2 * rng.standard_normal(n))
    days = np.maximum(np.exp(rng.uniform(0.0, math.log(1826), n)).astype(int), 1)
    vol = np.exp(rng.uniform(math.log(0.05), math.log(1.5), n))
    rate, dividend_yield = rng.choice(LEVELS, n), rng.choice(LEVELS, n)
    return strike, days, vol, rate, dividend_yield, rng.random(n) < 0.5


def ours(strike, days, vol, rate, dividend_yield, call):
    return american.value(SPOT, strike, days / 365, vol, rate, dividend_yield, call=call)


def theirs(options, scheme):
    engine = quantlib.american(scheme)
    return np.array(
        [engine.value(SPOT, *facts, call=call) for *facts, call in zip(*options, strict=True)]
    )


@pytest.mark.parametrize(("options", "bound"), [(normal_set, 2e-5), (hard_set, 3e-5)])
def test_values_agree_with_quantlib(options, bound):
    # QuantLib's accurate scheme is itself within 3e-6 of spot of its high-precision one.
    many = options(1200, seed=11)
    np.testing.assert_allclose(ours(*many), theirs(many, "accurate"), rtol=0, atol=bound * SPOT)


@pytest.mark.parametrize(("options", "bound"), [(normal_set, 2e-5), (hard_set, 3e-5)])
def test_values_agree_with_quantlib_at_high_precision(options, bound):
    few = options(60, seed=12)
    np.testing.assert_allclose(ours(*few), theirs(few, "highPrecision"), rtol=0, atol=bound * SPOT)


def test_the_published_premium_is_reproduced():
    # Andersen, Lake and Offengenden (2016), table 2: 0.106952702747.
    market = (100.0, 100.0, 1.0, 0.25, 0.05, 0.05)
    premium = american.value(*market, call=False) - black.value(*market, call=False)
    assert float(premium) == pytest.approx(0.106952702747, abs=2e-4)


def test_negative_yields_agree_with_quantlib():
    strike, days, vol, rate, dividend_yield, _ = hard_set(150, seed=13)
    puts = (strike, days, vol, rate, -dividend_yield, np.zeros(150, dtype=bool))
    calls = (strike, days, vol, -rate, dividend_yield, np.ones(150, dtype=bool))
    for options in (puts, calls):
        expected = theirs(options, "accurate")
        np.testing.assert_allclose(ours(*options), expected, rtol=0, atol=5e-5 * SPOT)


@pytest.mark.parametrize("call", [True, False])
def test_a_tree_agrees(call):
    value = american.value(100.0, 105.0, 0.75, 0.35, 0.06, 0.04, call=call)
    assert float(value) == pytest.approx(tree(100.0, 105.0, 0.75, 0.35, 0.06, 0.04, call), abs=3e-3)


def tree(spot, strike, years, vol, rate, dividend_yield, call, steps=2000):
    """Cox, Ross and Rubinstein's binomial tree, step by step."""
    step = years / steps
    up = math.exp(vol * math.sqrt(step))
    chance = (math.exp((rate - dividend_yield) * step) - 1 / up) / (up - 1 / up)
    sign = 1.0 if call else -1.0
    value = np.maximum(sign * (spot * up ** np.arange(-steps, steps + 1, 2.0) - strike), 0.0)
    for level in range(steps - 1, -1, -1):
        held = math.exp(-rate * step) * (chance * value[1:] + (1 - chance) * value[:-1])
        exercised = sign * (spot * up ** np.arange(-level, level + 1, 2.0) - strike)
        value = np.maximum(held, exercised)
    return value[0]


@settings(max_examples=50)
@given(market=markets, call=st.booleans())
def test_value_is_at_least_intrinsic_and_european(market, call):
    spot, strike, *_ = market
    value = american.value(*market, call=call)
    assert value >= (spot - strike if call else strike - spot)
    assert value >= black.value(*market, call=call)
    assert value <= (spot if call else strike) * (1 + 1e-12)


@settings(max_examples=50)
@given(market=markets, call=st.booleans(), wider=st.floats(0.0, 1.0))
def test_value_does_not_fall_when_vol_rises(market, call, wider):
    spot, strike, years, vol, rate, dividend_yield = market
    lower, higher = american.value(
        spot, strike, years, np.array([vol, vol + wider]), rate, dividend_yield, call=call
    )
    assert higher >= lower - 2e-5 * (spot + strike)


@settings(max_examples=30)
@given(market=markets)
def test_a_call_is_a_put_with_spot_and_strike_exchanged(market):
    spot, strike, years, vol, rate, dividend_yield = market
    call = american.value(*market, call=True)
    put = american.value(strike, spot, years, vol, dividend_yield, rate, call=False)
    assert call == pytest.approx(float(put), abs=1e-12 * (spot + strike))


@pytest.mark.parametrize(
    ("rate", "dividend_yield", "call"),
    [(0.05, 0.0, True), (0.0, 0.03, False), (-0.02, 0.0, False), (-0.02, -0.01, False)],
)
def test_an_option_never_worth_exercising_early_is_european(rate, dividend_yield, call):
    spot = np.linspace(60.0, 150.0, 19)
    market = (spot, 100.0, 1.5, 0.3, rate, dividend_yield)
    for name in ("value", "greeks"):
        one, other = (getattr(module, name)(*market, call=call) for module in (american, black))
        pairs = (
            [(one, other)]
            if name == "value"
            else [(getattr(one, f.name), getattr(other, f.name)) for f in fields(other)]
        )
        for left, right in pairs:
            np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("call", [True, False])
def test_at_expiry_value_is_intrinsic(call):
    spot = np.array([0.0, 90.0, 100.0, 110.0])
    value = american.value(spot, 100.0, 0.0, 0.3, 0.05, 0.05, call=call)
    np.testing.assert_array_equal(value, np.maximum((spot - 100.0) * (1 if call else -1), 0.0))


def test_without_vol_value_is_that_of_the_best_date():
    rng = np.random.default_rng(3)
    n = 300
    strike = SPOT * np.exp(0.1 * rng.standard_normal(n))
    years = rng.uniform(0.01, 5.0, n)
    rate, dividend_yield = rng.choice(LEVELS, n), rng.choice(LEVELS, n)
    call = rng.random(n) < 0.5
    dates = np.linspace(0.0, 1.0, 4001)[:, None] * years
    paid = SPOT * np.exp(-dividend_yield * dates) - strike * np.exp(-rate * dates)
    best = np.maximum(np.where(call, paid, -paid).max(axis=0), 0.0)
    value = american.value(SPOT, strike, years, 0.0, rate, dividend_yield, call=call)
    np.testing.assert_allclose(value, best, rtol=0, atol=3e-5 * SPOT)


def test_deep_in_the_money_the_put_is_exercised():
    greeks = american.greeks(40.0, 100.0, 1.0, 0.3, 0.05, 0.0, call=False)
    assert float(greeks.value) == 60.0
    assert float(greeks.delta) == -1.0
    assert [float(x) for x in (greeks.gamma, greeks.vega, greeks.theta, greeks.rho)] == [0.0] * 4


def test_greeks_agree_with_differences_of_quantlibs_values():
    strike, days, vol, rate, dividend_yield, call = normal_set(12, seed=21)
    greeks = american.greeks(SPOT, strike, days / 365, vol, rate, dividend_yield, call=call)
    engine = quantlib.american("highPrecision")

    def difference(i, step, **moved):
        facts = {
            "spot": SPOT,
            "strike": strike[i],
            "days": days[i],
            "vol": vol[i],
            "rate": rate[i],
            "dividend_yield": dividend_yield[i],
        }
        values = []
        for side in (1, -1):
            there = facts | {name: facts[name] + side * width for name, width in moved.items()}
            values.append(engine.value(**there, call=call[i]))
        return (values[0] - values[1]) / (2 * step)

    for i in range(12):
        assert greeks.delta[i] == pytest.approx(difference(i, 0.1, spot=0.1), abs=2e-4)
        assert greeks.vega[i] == pytest.approx(difference(i, 1e-4, vol=1e-4), abs=5e-2)
        assert greeks.rho[i] == pytest.approx(difference(i, 1e-5, rate=1e-5), abs=1e-1)
        assert greeks.theta[i] == pytest.approx(-difference(i, 1 / 365, days=1), abs=2e-1)


def test_delta_and_gamma_are_differences_of_our_own_value():
    strike, days, vol, rate, dividend_yield, call = normal_set(200, seed=22)
    market = (strike, days / 365, vol, rate, dividend_yield)
    greeks = american.greeks(SPOT, *market, call=call)
    up, here, down = (american.value(SPOT + h, *market, call=call) for h in (0.05, 0.0, -0.05))
    np.testing.assert_allclose(greeks.value, here, rtol=0, atol=1e-12)
    np.testing.assert_allclose(greeks.delta, (up - down) / 0.1, atol=5e-4)
    delta_up, delta_down = (
        american.greeks(SPOT + h, *market, call=call).delta for h in (0.05, -0.05)
    )
    smooth = (np.abs(delta_up) < 1.0) & (np.abs(delta_down) < 1.0)
    assert smooth.sum() > 150
    np.testing.assert_allclose(
        greeks.gamma[smooth], (delta_up - delta_down)[smooth] / 0.1, atol=2e-4
    )


@settings(max_examples=30)
@given(market=markets, call=st.booleans())
def test_greeks_are_finite_everywhere(market, call):
    spot, strike, *rest = market
    greeks = american.greeks(np.array([0.0, spot, strike]), strike, *rest, call=call)
    for field in fields(greeks):
        assert np.isfinite(getattr(greeks, field.name)).all(), field.name


def test_one_boundary_serves_other_spots_strikes_and_earlier_dates():
    vol = np.array([0.15, 0.4, 0.9])
    solved = american.boundary(2.0, vol, 0.06, 0.03, call=False)
    spot = np.linspace(50.0, 200.0, 31)
    for years in (2.0, 1.1, 0.2, 0.01, 0.0):
        reused = american.value_on(solved, spot, 110.0, years)
        fresh = american.value(spot, 110.0, years, vol[:, None], 0.06, 0.03, call=False)
        assert reused.shape == (3, 31)
        np.testing.assert_allclose(reused, fresh, rtol=0, atol=3e-5 * 110.0)


def test_a_boundary_that_is_too_short_is_refused():
    solved = american.boundary(0.5, 0.3, 0.05, 0.0, call=False)
    with pytest.raises(MarketDataError, match=r"of 0\.5 years"):
        american.value_on(solved, [100.0], 100.0, 0.6)


def test_the_grid_is_value_at_every_point():
    spot = np.linspace(60.0, 150.0, 7)
    years = np.array([[0.5, 0.2, 0.0], [1.5, 1.2, 1.0]])
    vol = np.array([[0.2, 0.3], [0.5, 0.8]])
    facts = (np.array([100.0, 90.0]), np.array([0.05, 0.02]), np.array([0.0, 0.04]))
    call = np.array([False, True])
    strike, rate, dividend_yield = (fact[:, None, None, None] for fact in facts)
    out = american.grid(spot, facts[0], years, vol, facts[1], facts[2], call=call)
    expected = american.value(
        spot,
        strike,
        years[:, :, None, None],
        vol[:, None, :, None],
        rate,
        dividend_yield,
        call=call[:, None, None, None],
    )
    assert out.shape == (2, 3, 2, 7)
    np.testing.assert_allclose(out, expected, rtol=0, atol=3e-3)


def test_more_options_than_are_taken_at_a_time_change_nothing():
    n = american.ROWS + 76
    strike = np.linspace(70.0, 140.0, n)
    market = (100.0, strike, 0.6, 0.3, 0.05, 0.02)
    whole = american.greeks(*market, call=False)
    for i in (0, american.ROWS - 1, american.ROWS, n - 1):
        alone = american.greeks(100.0, strike[i], 0.6, 0.3, 0.05, 0.02, call=False)
        assert whole.value[i] == pytest.approx(float(alone.value), abs=1e-10)
        assert whole.rho[i] == pytest.approx(float(alone.rho), abs=1e-6)


@pytest.mark.parametrize(
    ("rate", "dividend_yield", "call", "words"),
    [
        (-0.01, -0.02, False, "put with dividend yield -0.02 below rate -0.01"),
        (-0.02, -0.01, True, "call with rate -0.02 below dividend yield -0.01"),
    ],
)
def test_two_boundaries_are_refused(rate, dividend_yield, call, words):
    for function in (american.value, american.greeks, american.grid):
        with pytest.raises(MarketDataError, match=words):
            function(100.0, 100.0, 1.0, 0.2, rate, dividend_yield, call=call)
