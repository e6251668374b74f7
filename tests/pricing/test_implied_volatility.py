"""Implied volatilities: from a price back to the volatility it was made with."""

import math

import numpy as np
import pytest
import QuantLib
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.errors import ConvergenceError, MarketDataError
from margin_core.pricing import american, black, implied_volatility
from margin_core.pricing.implied_volatility import VOL_CEILING, VOL_FLOOR, Status, implied

SPOT = 100.0


def smile(n, seed, deviations=5.0):
    """Days to three years, vols 5-200 %, strikes within so many deviations of the forward."""
    rng = np.random.default_rng(seed)
    years = np.exp(rng.uniform(math.log(1 / 365), math.log(3.0), n))
    vol = np.exp(rng.uniform(math.log(0.05), math.log(2.0), n))
    rate, dividend_yield = rng.uniform(0.0, 0.08, n), rng.uniform(0.0, 0.05, n)
    forward = SPOT * np.exp((rate - dividend_yield) * years)
    strike = forward * np.exp(rng.uniform(-deviations, deviations, n) * vol * np.sqrt(years))
    return strike, years, vol, rate, dividend_yield, rng.random(n) < 0.5


def test_a_wide_smile_is_recovered():
    strike, years, vol, rate, dividend_yield, call = smile(20_000, seed=1)
    made = black.greeks(SPOT, strike, years, vol, rate, dividend_yield, call=call)
    found = implied(made.value, SPOT, strike, years, rate, dividend_yield, call=call)
    # A price is known to its last digit; what that digit is worth in vol, no method can undercut.
    digit = np.spacing(np.maximum(made.value, SPOT)) / made.vega
    carries = digit < 1e-10
    assert carries.mean() > 0.85
    assert (found.status == Status.SOLVED).all()
    assert np.abs(found.vol - vol)[carries].max() < 1e-9
    assert (np.abs(found.vol - vol) < 1e-9 + 4.0 * digit).all()


def test_far_out_of_the_money_every_digit_of_the_price_counts():
    strike = np.array([150.0, 200.0, 300.0, 400.0])
    price = black.value(SPOT, strike, 0.25, 0.3, 0.0, 0.0, call=True)
    assert price[-1] < 1e-17
    found = implied(price, SPOT, strike, 0.25, 0.0, 0.0, call=True)
    np.testing.assert_allclose(found.vol, 0.3, rtol=0, atol=1e-9)


def test_quantlib_finds_the_same():
    strike, years, vol, rate, dividend_yield, call = smile(200, seed=2, deviations=2.0)
    price = black.value(SPOT, strike, years, vol, rate, dividend_yield, call=call)
    found = implied(price, SPOT, strike, years, rate, dividend_yield, call=call)
    for i in range(200):
        kind = QuantLib.Option.Call if call[i] else QuantLib.Option.Put
        deviation = QuantLib.blackFormulaImpliedStdDev(
            kind,
            strike[i],
            SPOT * math.exp((rate[i] - dividend_yield[i]) * years[i]),
            price[i],
            math.exp(-rate[i] * years[i]),
            0.0,
            vol[i] * math.sqrt(years[i]),
            1e-13,
        )
        assert found.vol[i] == pytest.approx(deviation / math.sqrt(years[i]), abs=1e-7)


def test_at_the_forward_the_answer_is_closed():
    # At the forward the value is 2 N(vol sqrt(T) / 2) - 1 of it.
    deviation = np.array([1e-4, 0.01, 0.3, 2.0, 6.0])
    price = SPOT * np.array([math.erf(d / math.sqrt(8.0)) for d in deviation])
    found = implied(price, SPOT, SPOT, 1.0, 0.0, 0.0, call=[True])
    np.testing.assert_allclose(found.vol, deviation, rtol=1e-9)


@pytest.mark.parametrize(
    ("price", "years", "style", "status", "vol"),
    [
        (19.0, 1.0, False, Status.BELOW_INTRINSIC, VOL_FLOOR),
        (20.0, 1.0, False, Status.BELOW_INTRINSIC, VOL_FLOOR),
        (19.0, 1.0, True, Status.BELOW_INTRINSIC, VOL_FLOOR),
        (20.0, 1.0, True, Status.BELOW_INTRINSIC, VOL_FLOOR),
        (25.0, 0.0, False, Status.AT_EXPIRY, VOL_FLOOR),
        (25.0, 0.0, True, Status.AT_EXPIRY, VOL_FLOOR),
        (120.0, 1.0, False, Status.ABOVE_BOUND, VOL_CEILING),
        (500.0, 1.0, False, Status.ABOVE_BOUND, VOL_CEILING),
        (120.0, 1.0, True, Status.ABOVE_BOUND, VOL_CEILING),
    ],
)
def test_a_price_without_a_volatility_has_a_stated_answer(price, years, style, status, vol):
    # An American put that is exercised earns interest: at these rates its floor is 20 too.
    rate = 0.01 if style else 0.0
    found = implied(price, SPOT, 120.0, years, rate, 0.0, call=False, american=style)
    assert found.status == status
    assert found.vol == vol


def test_floor_and_ceiling_are_the_callers():
    strike = np.array([100.0, 100.0])
    price = black.value(SPOT, strike, 1.0, np.array([0.01, 3.0]), 0.0, 0.0, call=True)
    found = implied(price, SPOT, strike, 1.0, 0.0, 0.0, call=True, vol_floor=0.05, vol_ceiling=2.0)
    np.testing.assert_array_equal(found.vol, [0.05, 2.0])
    np.testing.assert_array_equal(found.status, [Status.BELOW_INTRINSIC, Status.ABOVE_BOUND])


@settings(max_examples=100)
@given(
    price=st.floats(0.0, 300.0),
    spot=st.floats(0.0, 300.0),
    strike=st.floats(0.0, 300.0),
    years=st.floats(0.0, 5.0),
    rate=st.floats(-0.05, 0.1),
    call=st.booleans(),
)
def test_every_price_has_an_answer_within_the_bounds(price, spot, strike, years, rate, call):
    found = implied(price, spot, strike, years, rate, 0.02, call=call)
    assert VOL_FLOOR <= found.vol <= VOL_CEILING
    if found.status == Status.SOLVED:
        value = black.value(spot, strike, years, found.vol, rate, 0.02, call=call)
        assert value == pytest.approx(price, abs=1e-9 * (spot + strike))


def test_american_prices_are_inverted():
    strike, years, vol, rate, dividend_yield, call = smile(300, seed=3, deviations=2.0)
    market = (SPOT, strike, years, vol, rate, dividend_yield)
    made = american.greeks(*market, call=call)
    found = implied(made.value, SPOT, strike, years, rate, dividend_yield, call=call, american=True)
    held = made.vega > 1e-3
    assert held.sum() > 200
    assert (found.status[held] == Status.SOLVED).all()
    np.testing.assert_allclose(found.vol[held], vol[held], rtol=0, atol=1e-8)
    np.testing.assert_array_equal(found.status[made.vega == 0.0], Status.BELOW_INTRINSIC)


def test_an_american_option_never_exercised_early_is_inverted_as_european():
    strike, years, vol, rate, _, _ = smile(50, seed=4, deviations=2.0)
    price = black.value(SPOT, strike, years, vol, rate, 0.0, call=True)
    one = implied(price, SPOT, strike, years, rate, 0.0, call=True, american=True)
    other = implied(price, SPOT, strike, years, rate, 0.0, call=True)
    np.testing.assert_array_equal(one.vol, other.vol)


def test_any_way_of_valuing_can_be_inverted():
    years = np.array([0.5, 1.0])

    def value(vol, rows):
        return 100.0 * vol * np.sqrt(years[rows])

    found = implied_volatility.implied_by(value, np.array([20.0, 30.0]))
    np.testing.assert_allclose(found.vol, [0.2 / math.sqrt(0.5), 0.3], rtol=1e-8)


def test_a_value_that_breaks_off_does_not_converge():
    def value(vol, rows):
        return np.where((vol > 0.01) & (vol < 10.0), math.nan, vol) + 0.0 * rows

    with pytest.raises(ConvergenceError, match="price 1"):
        implied_volatility.implied_by(value, np.array([1.0]))


def test_arguments_broadcast():
    price = black.value(SPOT, np.array([90.0, 110.0]), 1.0, 0.25, 0.0, 0.0, call=True)
    found = implied(price[:, None], SPOT, [[90.0], [110.0]], 1.0, 0.0, [0.0, 0.0, 0.0], call=True)
    assert found.vol.shape == found.status.shape == (2, 3)
    np.testing.assert_allclose(found.vol, 0.25, rtol=1e-9)


@pytest.mark.parametrize("american", [True, False])
def test_no_prices_imply_no_volatilities(american):
    found = implied(np.empty(0), SPOT, 100.0, 1.0, 0.05, 0.05, call=False, american=american)
    assert found.vol.shape == found.status.shape == (0,)


def test_what_cannot_be_inverted_is_refused():
    with pytest.raises(MarketDataError, match="price -1"):
        implied(-1.0, SPOT, 100.0, 1.0, 0.0, 0.0, call=True)
    with pytest.raises(MarketDataError, match="two exercise boundaries"):
        implied(5.0, SPOT, 100.0, 1.0, -0.01, -0.02, call=False, american=True)
