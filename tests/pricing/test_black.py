"""European values and Greeks against published figures, QuantLib and finite differences."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from margin_core.errors import MarketDataError
from margin_core.pricing import arrays, black
from tests.pricing import quantlib

RNG = np.random.default_rng(7)
N = 400
SPOT = RNG.uniform(20.0, 200.0, N)
STRIKE = SPOT * np.exp(0.4 * RNG.standard_normal(N))
YEARS = RNG.uniform(1 / 365, 5.0, N)
VOL = RNG.uniform(0.05, 1.5, N)
RATE = RNG.uniform(-0.02, 0.12, N)
DIVIDEND_YIELD = RNG.uniform(-0.02, 0.12, N)
CALL = RNG.random(N) < 0.5
MARKET = (SPOT, STRIKE, YEARS, VOL, RATE, DIVIDEND_YIELD)

positive = st.floats(0.5, 500.0)
yields = st.floats(-0.1, 0.2)
markets = st.tuples(positive, positive, st.floats(0.0, 10.0), st.floats(0.0, 3.0), yields, yields)


def test_hulls_example_is_reproduced():
    # Hull, Options, Futures and Other Derivatives, 9th ed., example 15.6: call 4.76, put 0.81.
    call = black.value(42.0, 40.0, 0.5, 0.2, 0.1, 0.0, call=True)
    put = black.value(42.0, 40.0, 0.5, 0.2, 0.1, 0.0, call=False)
    assert float(call) == pytest.approx(4.76, abs=0.005)
    assert float(put) == pytest.approx(0.81, abs=0.005)


def test_haugs_option_on_a_future_is_reproduced():
    # Haug, The Complete Guide to Option Pricing Formulas, 2nd ed., section 1.1.3: 1.7011.
    undiscounted = black.black76(19.0, 19.0, 0.75, 0.28, call=True)
    assert float(undiscounted) * math.exp(-0.1 * 0.75) == pytest.approx(1.7011, abs=5e-5)


def test_value_and_greeks_agree_with_quantlib():
    ours = black.greeks(*MARKET, call=CALL)
    for i in range(N):
        expected = quantlib.european(*(part[i] for part in MARKET), call=CALL[i])
        for name, number in expected.items():
            assert getattr(ours, name)[i] == pytest.approx(number, rel=1e-9, abs=1e-9), name


def test_each_greek_is_the_derivative_of_value():
    greeks = black.greeks(*MARKET, call=CALL)

    def slope(argument: int, width: float) -> np.ndarray:
        up, down = list(MARKET), list(MARKET)
        up[argument] = up[argument] + width
        down[argument] = down[argument] - width
        return (black.value(*up, call=CALL) - black.value(*down, call=CALL)) / (2 * width)

    curvature = (
        black.greeks(SPOT + 1e-3, *MARKET[1:], call=CALL).delta
        - black.greeks(SPOT - 1e-3, *MARKET[1:], call=CALL).delta
    ) / 2e-3
    np.testing.assert_allclose(greeks.delta, slope(0, 1e-3), atol=1e-6)
    np.testing.assert_allclose(greeks.gamma, curvature, atol=1e-6)
    np.testing.assert_allclose(greeks.vega, slope(3, 1e-5), atol=1e-5)
    np.testing.assert_allclose(greeks.theta, -slope(2, 1e-6), atol=1e-3)
    np.testing.assert_allclose(greeks.rho, slope(4, 1e-6), atol=1e-4)


def test_greeks_carry_the_same_value_as_value():
    np.testing.assert_allclose(
        black.greeks(*MARKET, call=CALL).value, black.value(*MARKET, call=CALL), atol=1e-12
    )


@given(market=markets)
def test_call_less_put_is_the_forward_contract(market):
    carried, discounted = _legs(market)
    difference = black.value(*market, call=True) - black.value(*market, call=False)
    assert difference == pytest.approx(carried - discounted, abs=1e-9 * (carried + discounted))


@given(market=markets, call=st.booleans())
def test_value_lies_between_intrinsic_and_the_most_it_can_pay(market, call):
    carried, discounted = _legs(market)
    least = max(carried - discounted if call else discounted - carried, 0.0)
    number = black.value(*market, call=call)
    assert least - 1e-9 <= number <= (carried if call else discounted) + 1e-9


@given(market=markets, call=st.booleans(), wider=st.floats(0.0, 1.0))
def test_value_does_not_fall_when_vol_rises(market, call, wider):
    spot, strike, years, vol, rate, dividend_yield = market
    vols = np.array([vol, vol + wider])
    lower, higher = black.value(spot, strike, years, vols, rate, dividend_yield, call=call)
    assert higher >= lower - 1e-10 * (spot + strike)


@given(market=markets, call=st.booleans())
def test_no_greek_is_ever_nan(market, call):
    spot, strike, *rest = market
    greeks = black.greeks(np.array([0.0, spot, strike]), strike, *rest, call=call)
    for name in ("value", "delta", "gamma", "vega", "theta", "rho"):
        assert np.isfinite(getattr(greeks, name)).all(), name


@pytest.mark.parametrize("call", [True, False])
def test_at_expiry_value_is_intrinsic_and_delta_the_step(call):
    spot = np.array([90.0, 100.0, 110.0])
    greeks = black.greeks(spot, 100.0, 0.0, 0.5, 0.05, 0.02, call=call)
    sign = 1.0 if call else -1.0
    np.testing.assert_array_equal(greeks.value, np.maximum(sign * (spot - 100.0), 0.0))
    np.testing.assert_array_equal(greeks.delta, sign * np.array([0.0, 0.5, 1.0])[:: int(sign)])
    for rest in (greeks.gamma, greeks.vega, greeks.theta, greeks.rho):
        np.testing.assert_array_equal(rest, np.zeros(3))


def test_without_vol_value_is_the_discounted_intrinsic_of_the_forward():
    greeks = black.greeks(100.0, 90.0, 2.0, 0.0, 0.05, 0.01, call=True)
    carried, discounted = 100.0 * math.exp(-0.02), 90.0 * math.exp(-0.1)
    assert float(greeks.value) == pytest.approx(carried - discounted)
    assert float(greeks.theta) == pytest.approx(0.01 * carried - 0.05 * discounted)
    assert float(greeks.gamma) == float(greeks.vega) == 0.0


def test_a_worthless_asset_leaves_the_put_its_strike():
    put = black.greeks(0.0, 100.0, 1.0, 0.4, 0.05, 0.0, call=False)
    assert float(put.value) == pytest.approx(100.0 * math.exp(-0.05))
    assert float(black.value(0.0, 100.0, 1.0, 0.4, 0.05, 0.0, call=True)) == 0.0


def test_arguments_broadcast_and_chunks_do_not_show():
    spot = np.linspace(50.0, 150.0, 250)[:, None]
    vol = np.linspace(0.1, 1.0, 160)
    whole = black.value(spot, 100.0, 0.5, vol, 0.03, 0.01, call=False)
    assert whole.shape == (250, 160)
    assert whole.size > 2 * arrays.CHUNK
    for i, j in ((0, 0), (77, 5), (249, 159)):
        alone = black.value(spot[i, 0], 100.0, 0.5, vol[j], 0.03, 0.01, call=False)
        assert alone.shape == ()
        assert whole[i, j] == pytest.approx(float(alone), rel=1e-13, abs=1e-13)


def test_no_options_give_no_values():
    assert black.value(np.empty(0), 100.0, 1.0, 0.2, 0.0, 0.0, call=True).shape == (0,)


def test_the_grid_is_value_at_every_point():
    spot = np.linspace(0.0, 180.0, 13)
    years = np.array([0.5, 0.1, 0.0])
    vol = np.vstack([np.linspace(0.0, 1.0, 5) + 0.1 * i for i in range(4)])
    strike = np.array([80.0, 100.0, 120.0, 100.0])
    rate = np.array([0.05, 0.0, -0.01, 0.03])
    dividend_yield = np.array([0.0, 0.02, 0.03, 0.0])
    call = np.array([True, False, True, False])
    out = black.grid(spot, strike, years, vol, rate, dividend_yield, call=call)
    expected = black.value(
        spot,
        strike[:, None, None, None],
        years[:, None, None],
        vol[:, None, :, None],
        rate[:, None, None, None],
        dividend_yield[:, None, None, None],
        call=call[:, None, None, None],
    )
    assert out.shape == (4, 3, 5, 13)
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-11)


def test_the_grid_takes_spots_and_dates_per_option():
    spot = np.array([[90.0, 100.0], [9.0, 11.0]])
    years = np.array([[0.5, 0.25, 0.1], [1.0, 0.75, 0.6]])
    out = black.grid(spot, [100.0, 10.0], years, 0.3, 0.02, 0.0, call=True)
    assert out.shape == (2, 3, 1, 2)
    assert out[1, 2, 0, 1] == pytest.approx(
        float(black.value(11.0, 10.0, 0.6, 0.3, 0.02, 0.0, call=True))
    )


def test_many_options_in_blocks_equal_each_alone():
    strike = np.linspace(80.0, 120.0, 9)
    spot = np.linspace(70.0, 130.0, 41)
    vol = np.linspace(0.1, 0.9, 21)
    years = np.array([0.3, 0.2, 0.1])
    whole = black.grid(spot, strike, years, vol, 0.03, 0.01, call=False)
    for i in (0, 4, 8):
        alone = black.grid(spot, strike[i], years, vol, 0.03, 0.01, call=False)
        np.testing.assert_array_equal(whole[i], alone[0])


@pytest.mark.parametrize(
    ("argument", "number", "name"),
    [
        (0, -1.0, "spot"),
        (1, math.nan, "strike"),
        (2, -0.1, "years"),
        (3, math.inf, "vol"),
        (4, math.nan, "rate"),
        (5, -math.inf, "dividend yield"),
    ],
)
def test_an_impossible_input_is_named(argument, number, name):
    market = [100.0, 100.0, 1.0, 0.2, 0.05, 0.0]
    market[argument] = number
    for function in (black.value, black.greeks, black.grid):
        with pytest.raises(MarketDataError, match=f"with {name} "):
            function(*market, call=True)


def _legs(market):
    """Return what the forward contract exchanges: carried spot and discounted strike."""
    spot, strike, years, _, rate, dividend_yield = market
    return spot * math.exp(-dividend_yield * years), strike * math.exp(-rate * years)
