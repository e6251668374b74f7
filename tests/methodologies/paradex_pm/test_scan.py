"""Scenarios and what they make of options, up to their settlement."""

from dataclasses import replace

import pytest

from margin_core.margin.parameters import overridden
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies.paradex_pm import PUBLISHED as RETAIL
from tests.methodologies.paradex_pm.accounts import (
    ENGINE,
    FREE,
    NOW,
    PRO,
    SPRING,
    STRANGLE,
    STRANGLE_MARKET,
    black_scholes,
    line,
    margin,
    option,
    requirement,
)


def test_a_volatility_shocked_up_is_at_least_the_floor():
    # the engine takes Min Vol Shock Up as a floor under the volatility, not under the shock
    result = margin(option("call", 70_000, 10, -1), vols=(0.05,))
    assert requirement(result) == pytest.approx((9620.301502321541, 4813.650751160771), rel=ENGINE)
    floored = result.worst_scenario.pnl
    bare = margin(
        option("call", 70_000, 10, -1),
        vols=(0.05,),
        p=overridden(PRO, {"min_vol_shock_up.BTC": "0"}, "paradex_pm"),
    )
    assert bare.worst_scenario.pnl > floored


def test_in_the_settlement_average_only_the_open_part_counts():
    # 15 of the 30 minutes are left: test_live_frac_inside_twap_window of paradex-py, one half
    result = margin(option("call", 70_000, 15 / 1440, -1), vols=(0.4,))
    assert requirement(result) == pytest.approx((4877.162943950541, 2442.0814719752707), rel=ENGINE)


def test_what_the_binding_scenario_costs_can_be_followed_to_the_positions():
    result = margin(*STRANGLE, **STRANGLE_MARKET, p=SPRING)
    opened = line(result.initial, "spot −66 %, vol +40 %, 18 % of it")
    assert opened.factor == 0.18
    (before,) = opened.parts
    assert [leaf.label for leaf in before.parts] == [p.label for p in STRANGLE]
    counted = dict(result.worst_scenario.pnl_by_position)
    for leaf in before.parts:
        assert counted[leaf.label] == pytest.approx(-0.18 * leaf.amount)
    assert result.worst_scenario.moves == (("BTC", -0.66, 0.4),)


def test_an_expired_option_has_nothing_left_to_lose():
    result = margin(option("call", 60_000, 0, 1), p=replace(PRO, **FREE))
    assert line(result.initial, "BTC, SCAN risk").amount == 0.0
    assert result.initial.amount == pytest.approx(0.002 * 70_000.0)


def test_a_volatility_that_the_shock_takes_below_zero_is_taken_at_zero():
    sold, soon = option("put", 400, 5, 1, "ZEC"), option("put", 400, 2, 1, "ZEC")
    calm = margin(sold, spot=500.0, vols=(1.0,), p=RETAIL)
    assert not calm.warnings
    result = margin(soon, spot=500.0, vols=(1.0,), p=RETAIL)
    (warning,) = result.warnings
    assert warning.startswith(f"{soon.label}: so near to expiry the shock takes volatility below")
    down = {outcome.moves[0][1:]: outcome.pnl for outcome in result.scenarios}
    value = marks_of(soon, 500.0, 1.0)
    assert down[-0.42, -0.528] == pytest.approx(400.0 - 500.0 * 0.58 - value, rel=1e-9)


def marks_of(position, spot, vol):
    market = Market(NOW, (Quote(position.underlying, spot, volatility=vol),))
    value, _ = black_scholes(market, position.instrument, 1.0, vol)
    return value
