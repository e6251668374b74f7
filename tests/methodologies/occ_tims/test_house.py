"""What brokers add to the rule."""

from dataclasses import replace

import pytest

from margin_core.book.instruments import AssetClass
from margin_core.margin.figure import Rule, binding
from margin_core.margin.parameters import Table
from margin_core.methodologies.occ_tims import METHODOLOGY
from tests.methodologies.occ_tims.accounts import cboe, profile, required, stocks


def test_wider_index_ranges_bind_over_the_rule():
    account = stocks(("SPY", AssetClass.ETF_BROAD, 100.0))
    result = profile("wide_index_ranges", account)
    assert result.maintenance.amount == pytest.approx(1_200.0)
    larger = result.maintenance.parts[0]
    assert larger.rule is Rule.LARGEST
    assert binding(larger).label == "House price ranges"
    assert result.worst_scenario.moves[0][1] == -0.12


def test_a_single_name_falls_a_quarter_or_rises_three_tenths():
    assert profile(
        "single_name_stress", stocks(("A", AssetClass.EQUITY, 100.0))
    ).maintenance.amount == pytest.approx(2_500.0)
    assert profile(
        "single_name_stress", stocks(("A", AssetClass.EQUITY, -100.0))
    ).maintenance.amount == pytest.approx(3_000.0)
    assert profile(
        "stock_stress", stocks(("A", AssetClass.EQUITY, -100.0))
    ).maintenance.amount == pytest.approx(2_500.0)


def test_a_volatility_move_raises_the_requirement_of_short_options():
    account = cboe((-100, "IBM", "call", 100, 1.68), (-100, "IBM", "put", 100, 3.18))
    result = profile("volatility_stress", account)
    assert result.maintenance.amount > required(account)
    assert result.worst_scenario.moves[0][2] == 0.15
    assert len(result.scenarios) == 30


def test_initial_margin_is_a_tenth_above_maintenance_at_some_brokers():
    result = profile("initial_above_maintenance", stocks(("A", AssetClass.EQUITY, 100.0)))
    assert result.initial.amount == pytest.approx(1.10 * result.maintenance.amount)


def test_a_large_position_adds_a_charge_once_the_shares_outstanding_are_known():
    account = stocks(("A", AssetClass.EQUITY, 100.0), ("B", AssetClass.EQUITY, -300.0))
    house = METHODOLOGY.profiles["large_positions"]
    assert any("shares_outstanding" in w for w in METHODOLOGY.margin(*account, house).warnings)
    known = replace(house, shares_outstanding=Table((("A", 10_001.0), ("B", 30_000.0))))
    assert required(account, known) == pytest.approx(6_000.0 + 0.10 * 30_000.0)


def test_a_name_moves_five_deviations_of_a_day_where_they_are_known():
    """Interactive Brokers: five standard deviations of 30 days, up and down."""
    account = stocks(("A", AssetClass.EQUITY, 100.0), ("B", AssetClass.EQUITY, -300.0))
    house = METHODOLOGY.profiles["five_deviations"]
    assert any("daily_deviations" in w for w in METHODOLOGY.margin(*account, house).warnings)
    known = replace(house, daily_deviations=Table((("A", 0.05),)))
    result = METHODOLOGY.margin(*account, known)
    assert result.maintenance.amount == pytest.approx(0.25 * 10_000.0 + 0.15 * 30_000.0)
    assert binding(result.maintenance.parts[0]).label == "5 standard deviations"
    assert not any("daily_deviations" in warning for warning in result.warnings)


def test_a_small_company_moves_to_a_value_of_half_a_billion():
    """Interactive Brokers, article 3560."""
    long, short = (stocks(("A", AssetClass.EQUITY, shares)) for shares in (100.0, -100.0))
    house = METHODOLOGY.profiles["small_companies"]
    assert any("small_company_shares" in w for w in METHODOLOGY.margin(*long, house).warnings)
    for shares, account, move in (
        (8e6, long, 0.375),  # worth 800 million it falls
        (8e6, short, 0.15),
        (4e6, short, 0.25),  # worth 400 million it rises
        (4e6, long, 0.15),
    ):
        known = replace(house, small_company_shares=Table((("A", shares),)))
        assert required(account, known) == pytest.approx(move * 10_000.0)
