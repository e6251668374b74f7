"""P&L of positions under scenarios, against marks taken anew in the moved market."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from margin_core.book.instruments import Stock
from margin_core.book.portfolio import Position
from margin_core.risk.marks import collateral_marks, marks
from margin_core.risk.moves import Move, moved
from margin_core.risk.revaluation import revalue
from margin_core.risk.scenarios import ScenarioSet, VolMode, VolRule, grid
from tests.risk.accounts import (
    BTC,
    DIVIDENDS,
    EXPIRY,
    FUTURE,
    INVERSE_PERPETUAL,
    MIXED,
    XYZ,
    account,
    option,
)

POINTS = VolRule(mode=VolMode.POINTS)


def slow(portfolio, market, scenarios):
    """Mark every position anew in each moved market, one scenario at a time."""
    today = marks(portfolio, market)
    rows = []
    for spot, vol in zip(scenarios.spot_moves, scenarios.vol_moves, strict=True):
        after = marks(*moved(portfolio, market, today, Move(spot=spot, vol_points=vol)))
        rows.append([a.value - b.value for a, b in zip(after, today, strict=True)])
    return np.array(rows)


def test_every_cell_agrees_with_marking_anew_in_the_moved_market():
    portfolio, market = MIXED
    scenarios = grid((-0.3, -0.1, 0.0, 0.2), (-0.05, 0.0, 0.1), vol_rule=POINTS)
    cube = revalue(marks(portfolio, market), market, scenarios)
    expected = slow(portfolio, market, scenarios)
    np.testing.assert_allclose(cube.values, expected, rtol=1e-7, atol=0.02)


def test_nothing_moves_where_nothing_moves():
    portfolio, market = MIXED
    cube = revalue(marks(portfolio, market), market, grid((0.0,)))
    np.testing.assert_allclose(cube.values, 0.0, atol=1e-6)


def test_the_cube_is_additive_by_position_and_by_underlying():
    portfolio, market = MIXED
    held = marks(portfolio, market)
    scenarios = grid((-0.2, 0.1), (0.0, 0.05), vol_rule=POINTS)
    cube = revalue(held, market, scenarios)
    alone = np.column_stack([revalue([mark], market, scenarios).total() for mark in held])
    np.testing.assert_allclose(cube.values, alone, atol=1e-6)
    np.testing.assert_allclose(cube.by("XYZ") + cube.by("BTC"), cube.total(), atol=1e-6)
    assert cube.grid().shape == (1, 2, 2, len(held))


def test_days_ahead_an_expired_option_is_worth_its_intrinsic_value():
    put = option("put", 95.0)
    held = marks(*account(Position(put, 1)))
    _, market = account()
    scenarios = grid((-0.2, 0.1), days=(0.0, 56.0, 90.0))
    pnl = revalue(held, market, scenarios).grid()[:, 0, :, 0]
    intrinsic = 100 * (np.maximum(95.0 - np.array([80.0, 110.0]), 0.0) - held[0].price)
    np.testing.assert_allclose(pnl[1], intrinsic, atol=1e-6)
    np.testing.assert_allclose(pnl[2], intrinsic, atol=1e-6)
    assert pnl[0][1] > pnl[1][1]  # time value is left today


def test_days_ahead_agree_with_a_later_valuation():
    portfolio, market = account(Position(option("call", 105.0), -3), Position(Stock("XYZ"), 100))
    today = marks(portfolio, market)
    scenarios = grid((0.05,), days=(20.0,))
    cube = revalue(today, market, scenarios)
    later = market.valuation_time + timedelta(days=20)
    after = marks(*moved(portfolio, market, today, Move(spot=0.05, valuation_time=later)))
    expected = [a.value - b.value for a, b in zip(after, today, strict=True)]
    np.testing.assert_allclose(cube.values[0], expected, rtol=1e-6, atol=0.02)


def test_dividends_gone_ex_by_a_day_ahead_no_longer_count():
    quotes = (replace(XYZ, dividends=DIVIDENDS, dividend_yield=0.0), BTC)
    portfolio, market = account(Position(option("call", 95.0, "european"), 1), quotes=quotes)
    (mark,) = today = marks(portfolio, market)
    (before,), (after,) = (
        revalue(today, market, grid((0.0,), days=(day,))).values for day in (19.0, 21.0)
    )
    # the spot of a scenario is the spot after the ex-date: the call no longer waits for the fall
    assert after[0] - before[0] > 0.5 * 100
    assert mark.price > 0.0


def test_a_futures_basis_shrinks_to_nothing_at_expiry():
    portfolio, market = account(Position(FUTURE, 2, entry_price=90_000.0))
    held = (replace(marks(portfolio, market)[0], price=93_000.0),)
    pnl = revalue(held, market, grid((0.0,), days=(0.0, 28.0, 56.0))).values[:, 0]
    assert pnl[0] == pytest.approx(0.0, abs=1e-9)
    assert pnl[2] == pytest.approx(2 * (90_000.0 - 93_000.0))
    assert pnl[2] < pnl[1] < 0.0


def test_an_inverse_perpetual_earns_coins_at_the_new_spot():
    position = Position(INVERSE_PERPETUAL, -900, entry_price=90_000.0)
    held = marks(*account(position))
    _, market = account()
    (pnl,) = revalue(held, market, grid((-0.5,))).total()
    assert pnl == pytest.approx(-900 * 10 * (1 / 90_000 - 1 / 45_000) * 45_000)


def test_a_coin_held_and_an_equal_inverse_short_keep_their_dollar_value():
    position = Position(INVERSE_PERPETUAL, -9000, entry_price=90_000.0)
    portfolio, market = MIXED
    coin = collateral_marks(portfolio, market)[0]  # 0.75 BTC
    one_coin = replace(coin, position=replace(coin.position, quantity=1.0))
    held = (*marks(*account(position)), one_coin)
    pnl = revalue(held, market, grid((-0.5, -0.1, 0.3, 1.0))).total()
    np.testing.assert_allclose(pnl, 0.0, atol=1e-6)


def test_a_relative_move_scales_with_time_as_its_rule_says():
    rule = VolRule(reference_days=30.0, short_power=0.3, long_power=0.13, days_floor=5.0)
    vol = np.array([0.5, 0.5, 0.5, 0.5])
    days = np.array([1.0, 5.0, 30.0, 120.0])
    moved_vol = rule.moved(vol, days, np.array([0.4]))[:, 0]
    expected = 0.5 * (1 + 0.4 * np.array([6.0**0.3, 6.0**0.3, 1.0, 0.25**0.13]))
    np.testing.assert_allclose(moved_vol, expected)


def test_a_volatility_never_falls_below_its_floor():
    rule = VolRule(mode=VolMode.POINTS, vol_floor=0.05)
    moved_vol = rule.moved(np.array([0.2, 0.03]), np.array([30.0, 30.0]), np.array([-0.5, 0.0]))
    np.testing.assert_allclose(moved_vol, [[0.05, 0.2], [0.03, 0.03]])


def test_scenarios_are_named_by_what_moves():
    scenarios = ScenarioSet((-0.15, 0.0), (0.25, -0.1), days=(0.0, 5.0))
    assert scenarios.label(0) == "spot −15 %, vol +25 %"
    assert scenarios.label(1) == "spot unchanged, vol −10 %, 5 days on"
    assert grid((0.1,)).label(0) == "spot +10 %"
    assert grid((0.1,), (0.12,), vol_rule=POINTS).label(0) == "spot +10 %, vol +12 pts"


def test_a_list_of_scenarios_folds_into_no_grid():
    held = marks(*account(Position(Stock("XYZ"), 1)))
    _, market = account()
    with pytest.raises(ValueError, match="no grid"):
        revalue(held, market, ScenarioSet((0.1,), (0.0,))).grid()


def test_the_expiry_of_the_tests_is_what_they_say():
    _, market = account()
    assert market.days_to(EXPIRY) == 56.0
