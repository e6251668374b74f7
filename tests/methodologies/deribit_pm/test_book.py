"""Collateral in the matrix, and which account it is in."""

from dataclasses import replace

import pytest

from margin_core.book.portfolio import Balance, Haircut
from margin_core.margin.parameters import overridden
from margin_core.methodologies.deribit_pm import METHODOLOGY, PUBLISHED
from tests.methodologies.deribit_pm.accounts import (
    JUNE,
    MARKET,
    SEGREGATED,
    inverse,
    linear,
    margin,
    slow_years,
)


def test_a_coin_held_alone_costs_its_price_range_with_cross_collateral_and_nothing_else():
    result = margin(balances=(Balance("BTC", 1.0),))
    assert result.equity.amount == 70_000.0
    assert result.initial.amount == pytest.approx(0.16 * 70_000.0)
    assert result.maintenance.amount == pytest.approx(0.128 * 70_000.0)
    assert result.collateral_not_counted == 0.0
    apart = margin(balances=(Balance("BTC", 1.0),), p=SEGREGATED)
    assert (apart.equity.amount, apart.initial.amount) == (70_000.0, 0.0)


def test_balances_alike_all_move_in_the_matrix():
    whole = margin(balances=(Balance("BTC", 2.0),))
    for halves in (
        (Balance("BTC", 1.0), Balance("BTC", 1.0)),
        (Balance("BTC", 1.0, venue="a"), Balance("BTC", 1.0, venue="b")),
        (Balance("BTC", 1.0 - 1e-9), Balance("BTC", 1.0 + 1e-9)),
    ):
        parts = margin(balances=halves)
        assert parts.initial.amount == pytest.approx(whole.initial.amount)
        assert len(parts.scenarios[0].pnl_by_position) == 2


def test_coins_hedge_what_is_sold_against_them_with_cross_collateral_only():
    short, coins = linear("BTC", -3.0, JUNE), (Balance("BTC", 3.0), Balance("USDC", 50_000.0))
    together = margin(short, balances=coins)
    apart = margin(short, balances=coins, p=SEGREGATED)
    gap = 3.0 * (71_500.0 - 70_000.0) * 0.16
    roll = 3.0 * 71_500.0 * 0.075 * slow_years(JUNE)
    assert together.initial.amount == pytest.approx(gap + roll)
    assert apart.initial.amount == pytest.approx(3.0 * 71_500.0 * 0.16 + roll)


def test_staked_ether_is_cut_once_and_what_is_left_moves_as_ether():
    coins = (Balance("stETH", 10.0), Balance("STETH", 10.0))
    market = replace(MARKET, prices=(*MARKET.prices, ("stETH", 1_990.0)))
    result = margin(balances=coins, market=market)
    counted = 20.0 * 1_990.0 * 0.925
    assert result.equity.amount == pytest.approx(counted)
    assert result.collateral_not_counted == pytest.approx(20.0 * 1_990.0 * 0.075)
    assert result.initial.amount == pytest.approx(0.18 * counted)
    hedged = margin(linear("ETH", -counted / 2_000.0), balances=coins, market=market)
    assert hedged.initial.amount == pytest.approx(0.005 * counted)
    before = METHODOLOGY.profiles["steth_before_2026_01_13"]
    earlier = margin(balances=coins, market=market, p=before)
    assert earlier.equity.amount == pytest.approx(20.0 * 1_990.0 * 0.85)


def test_a_higher_haircut_never_leaves_more_excess():
    excess = [
        margin(
            linear("ETH", 3.0), balances=(Balance("STETH", 10.0, Haircut(cut, cut)),)
        ).excess_initial
        for cut in (0.0, 0.1, 0.3, 0.9, 1.0)
    ]
    assert excess == sorted(excess, reverse=True)
    assert len(set(excess)) == len(excess)


def test_an_asset_that_is_not_listed_or_whose_haircut_is_unknown_is_named_and_not_counted():
    balances = (Balance("USD", 500.0), Balance("PAXG", 1.0), Balance("USDC", 100.0))
    result = margin(balances=balances)
    assert result.equity.amount == 100.0
    assert result.collateral_not_counted == 4_500.0
    assert "+500 USD is not taken as collateral here" in result.warnings
    assert any("deribit_pm.haircut.PAXG" in warning for warning in result.warnings)
    given_one = overridden(PUBLISHED, {"haircut.PAXG": "0.1"}, "deribit_pm")
    counted = margin(balances=balances, p=given_one)
    assert counted.equity.amount == 3_700.0
    assert counted.initial.amount == 0.0
    assert any("PAXG is held at its haircut alone" in warning for warning in counted.warnings)


def test_unsettled_profit_in_coin_moves_with_the_coin_with_cross_collateral():
    won = inverse("BTC", 1.0, entry=60_000.0)
    flat, ahead = margin(inverse("BTC", 1.0)), margin(won)
    profit = 70_000.0 * (1.0 / 60_000.0 - 1.0 / 70_000.0)  # coins
    assert ahead.equity.amount == pytest.approx(profit * 70_000.0)
    assert ahead.initial.amount - flat.initial.amount == pytest.approx(0.16 * profit * 70_000.0)
    apart = [margin(p, p=SEGREGATED).initial.amount for p in (inverse("BTC", 1.0), won)]
    assert apart[0] == pytest.approx(apart[1])
