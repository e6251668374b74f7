"""What the options of one expiry require: each by itself, or the largest loss."""

from dataclasses import replace

import pytest

from margin_core.margin.figure import Rule, binding
from margin_core.methodologies.derive_srm import PUBLISHED
from tests.lines import every
from tests.methodologies.derive_accounts import NOW, SPOTS, market, option
from tests.methodologies.derive_srm.accounts import margin


def test_options_bought_count_for_nothing_and_ask_nothing():
    result = margin(option("call", 90_000, 2), balances=[("USDC", 100.0)])
    assert result.equity.amount == 100.0
    assert result.initial.amount == result.maintenance.amount == 0.0
    assert result.capital_to_open == pytest.approx(result.net_liquidation_value - 100.0)


def test_an_expiry_takes_the_cheaper_of_the_two_ways_as_a_whole():
    near, far = option("put", 90_000, -1), option("put", 85_000, 1)
    spread = margin(near, far)
    assert spread.initial.amount == pytest.approx(5_000.0)
    calendar = margin(near, option("put", 85_000, 1, seconds=20_000_000))
    assert calendar.initial.amount == pytest.approx(margin(near).initial.amount)
    chosen = next(line for line in every(spread.initial) if line.rule == Rule.SMALLEST)
    assert "largest loss" in binding(chosen).label
    assert near.label in " ".join(line.label for line in every(spread.initial))


def test_out_of_the_money_is_counted_in_spot():
    def beyond_value(right, strike):
        result = margin(option(right, strike, -1))
        worth = next(line for line in every(result.initial) if line.label == "Its value").amount
        return (result.initial.amount - worth) / SPOTS["BTC"]

    wide = 0.15 - 900.0 / 90_000.0
    assert beyond_value("call", 90_900) == pytest.approx(wide, abs=1e-12)
    assert beyond_value("put", 89_100) == pytest.approx(wide, abs=1e-12)
    assert beyond_value("call", 85_000) == pytest.approx(0.15, abs=1e-12)
    assert beyond_value("call", 95_000) == pytest.approx(0.13, abs=1e-12)


def test_calls_sold_without_a_call_bought_cost_a_multiple_of_the_forward():
    free = replace(PUBLISHED, max_spot_req=9.0, min_spot_req=9.0, mm_call_spot_req=9.0)
    expiry = option("call", 90_000, -1).instrument.expiry
    snapshot = market(forwards=[(expiry, 1.01)])
    held = [option("call", 90_000, -2), option("call", 100_000, 1.5)]
    result = margin(*held, p=free, snapshot=snapshot)
    assert result.initial.amount == pytest.approx(2.0 * 10_000.0 + 1.2 * 0.5 * 90_900.0)
    assert result.maintenance.amount == pytest.approx(2.0 * 10_000.0 + 1.1 * 0.5 * 90_900.0)


def test_an_option_at_expiry_is_worth_its_intrinsic_value_at_the_forward():
    snapshot = market(forwards=[(NOW, 1.02)])
    sold = option("call", 90_000, -1, seconds=0)
    result = margin(sold, snapshot=snapshot)
    assert result.maintenance.amount == pytest.approx(1_800.0 + 0.09 * 90_000.0)
