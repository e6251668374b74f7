"""How a volatility move acts: by time to expiry, with a floor, and a floor on moves up."""

import numpy as np
import pytest

from margin_core.risk.scenarios import VolMode, VolRule

RULE = VolRule(short_power=0.3, long_power=0.13, vol_floor=0.0, up_floor=0.5)


def moved(vol, days, move, rule=RULE):
    return rule.moved(np.array([vol]), np.array([days]), np.array([move])).item()


@pytest.mark.parametrize(("days", "power"), [(7.0, 0.3), (29.9, 0.3), (30.1, 0.13), (365.0, 0.13)])
def test_a_move_is_larger_for_near_expiries_and_smaller_for_far_ones(days, power):
    assert moved(0.8, days, 0.5) == pytest.approx(0.8 * (1.0 + 0.5 * (30.0 / days) ** power))


def test_days_count_at_least_the_floor():
    assert moved(0.8, 0.1, 0.5) == moved(0.8, 1.0, 0.5)


def test_only_a_volatility_moved_up_is_lifted_to_the_least():
    assert moved(0.2, 30.0, 0.5) == 0.5
    assert moved(0.2, 30.0, 0.0) == 0.2
    assert moved(0.2, 30.0, -0.25) == pytest.approx(0.15)
    assert moved(0.6, 30.0, 0.5) == pytest.approx(0.9)


def test_a_volatility_never_falls_below_its_floor():
    assert moved(0.5, 1.0, -0.9) == 0.0
    assert moved(0.5, 30.0, -0.45, VolRule(mode=VolMode.POINTS, vol_floor=0.1)) == 0.1
