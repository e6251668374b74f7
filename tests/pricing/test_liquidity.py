"""Liquidity in a range: against a note's figures, its ends, a strip of options and differences."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from margin_core.pricing.liquidity import cash, coins, gamma, value

RANGE = (1500.0, 2500.0, 1000.0)
SPOTS = np.array([900.0, 1499.0, 1501.0, 1800.0, 2200.0, 2499.0, 2501.0, 4000.0])


def test_the_money_beside_two_coins_is_what_a_published_note_says():
    # A. Elsts, Liquidity Math in Uniswap v3 (2021), examples 1 and 3
    liquidity = 2.0 / (1 / math.sqrt(2000.0) - 1 / math.sqrt(2500.0))
    assert cash(np.array(2000.0), 1500.0, 2500.0, liquidity) == pytest.approx(5076.10, abs=0.01)

    # with 4,000 beside the two coins the range begins at 1,333.33; at 2,500 it holds other
    # amounts, in the note from that rounded end
    liquidity = 2.0 / (1 / math.sqrt(2000.0) - 1 / math.sqrt(3000.0))
    lower = (math.sqrt(2000.0) - 4000.0 / liquidity) ** 2
    assert lower == pytest.approx(1333.33, abs=0.01)
    assert coins(np.array(2500.0), lower, 3000.0, liquidity) == pytest.approx(0.85, abs=0.005)
    assert cash(np.array(2500.0), lower, 3000.0, liquidity) == pytest.approx(6572.89, abs=0.02)


def test_below_the_range_it_is_coins_alone_and_above_it_money_alone():
    lower, upper, liquidity = RANGE
    most = liquidity * (1 / math.sqrt(lower) - 1 / math.sqrt(upper))
    assert value(np.array([0.01, 700.0, lower]), *RANGE) == pytest.approx(
        most * np.array([0.01, 700.0, lower])
    )
    money = liquidity * (math.sqrt(upper) - math.sqrt(lower))
    assert value(np.array([upper, 3000.0, 1e6]), *RANGE) == pytest.approx(money)
    assert cash(np.array([700.0]), *RANGE) == coins(np.array([3000.0]), *RANGE) == 0.0


def test_it_is_worth_money_less_a_strip_of_puts_sold():
    # selling L/2 * K^(-3/2) dK puts at every strike K of the range pays the same at every spot
    lower, upper, liquidity = RANGE
    money = liquidity * (math.sqrt(upper) - math.sqrt(lower))
    for spot, worth in zip(SPOTS, value(SPOTS, *RANGE), strict=True):
        owed, _ = quad(
            lambda strike, spot=spot: max(strike - spot, 0.0) * 0.5 * liquidity * strike**-1.5,
            lower,
            upper,
            points=[min(max(spot, lower), upper)],
        )
        assert worth == pytest.approx(money - owed, rel=1e-9)


def test_the_coins_held_are_the_slope_of_its_value():
    bump = 0.01
    slope = (value(SPOTS + bump, *RANGE) - value(SPOTS - bump, *RANGE)) / (2 * bump)
    np.testing.assert_allclose(coins(SPOTS, *RANGE), slope, rtol=1e-6, atol=1e-9)


def test_gamma_is_the_slope_of_the_coins_and_never_above_zero():
    bump = 0.01
    slope = (coins(SPOTS + bump, *RANGE) - coins(SPOTS - bump, *RANGE)) / (2 * bump)
    found = gamma(SPOTS, *RANGE)
    np.testing.assert_allclose(found, slope, rtol=1e-6, atol=1e-12)
    assert found.max() == 0.0
    assert (found[2:6] < 0.0).all()


def test_at_an_end_gamma_is_that_of_the_inside():
    lower, upper, liquidity = RANGE
    ends = np.array([lower, upper])
    np.testing.assert_allclose(gamma(ends, *RANGE), -0.5 * liquidity * ends**-1.5)
