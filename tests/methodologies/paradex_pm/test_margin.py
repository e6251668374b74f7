"""What holds for any account, its equity and collateral."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import AssetClass, Perpetual, Underlying
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies.paradex_pm import METHODOLOGY
from tests.methodologies.derive_accounts import accounts
from tests.methodologies.paradex_pm.accounts import (
    FREE,
    NOW,
    PRO,
    line,
    margin,
    option,
    perpetual,
    requirement,
)


def test_equity_is_the_account_value_of_the_liquidation_example():
    # Liquidations, Example: 1,000 USDC, a long that lost 520 and a short that lost 400
    coins = (Underlying("BTC", AssetClass.CRYPTO), Underlying("ETH", AssetClass.CRYPTO))
    held = (
        Position(Perpetual("BTC"), 0.1, 60_000.0, funding_rate=0.0),
        Position(Perpetual("ETH"), -1.0, 3_000.0, funding_rate=0.0),
    )
    quotes = (Quote("BTC", 54_800.0), Quote("ETH", 3_400.0))
    market = Market(NOW, quotes, (), (("USDC", 1.0),))
    result = METHODOLOGY(Portfolio(held, (Balance("USDC", 1000.0),), coins), market)
    assert result.equity.amount == pytest.approx(80.0, rel=1e-12)
    assert result.net_liquidation_value == pytest.approx(80.0, rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(accounts(symbols=("BTC", "ETH")), st.sampled_from((0.25, 2.0, 10.0)))
def test_requirements_grow_with_the_size_of_the_account(drawn, times):
    portfolio, market = drawn
    larger = replace(
        portfolio,
        positions=tuple(replace(p, quantity=p.quantity * times) for p in portfolio.positions),
    )
    result, grown = METHODOLOGY(portfolio, market), METHODOLOGY(larger, market)
    assert grown.initial.amount == pytest.approx(times * result.initial.amount, abs=1e-5)
    assert grown.maintenance.amount == pytest.approx(times * result.maintenance.amount, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(accounts())
def test_scan_risk_is_the_largest_weighted_loss_and_maintenance_is_at_most_initial(drawn):
    result = METHODOLOGY(*drawn)
    assert result.maintenance.amount <= result.initial.amount + 1e-9
    if not result.scenarios:
        return
    losses = [-outcome.pnl for outcome in result.scenarios]
    scan = line(result.initial, "BTC, SCAN risk").amount
    assert scan == pytest.approx(max(0.0, *losses), rel=1e-9, abs=1e-6)
    for outcome in result.scenarios:
        assert sum(pnl for _, pnl in outcome.pnl_by_position) == pytest.approx(outcome.pnl)


@settings(max_examples=30, deadline=None)
@given(accounts())
def test_two_accounts_are_never_margined_below_one(drawn):
    portfolio, market = drawn
    parts = [
        replace(portfolio, positions=portfolio.positions[:2]),
        replace(portfolio, positions=portfolio.positions[2:]),
    ]
    apart = sum(METHODOLOGY(part, market).initial.amount for part in parts)
    assert METHODOLOGY(portfolio, market).initial.amount <= apart + 1e-5


def test_a_hedge_lowers_scan_risk():
    bare = margin(option("call", 70_000, 20, -1), p=replace(PRO, **FREE))
    hedged = margin(option("call", 70_000, 20, -1), perpetual(0.5), p=replace(PRO, **FREE))
    spread = margin(
        option("call", 70_000, 20, -1),
        option("call", 72_000, 20, 1),
        p=replace(PRO, **FREE),
    )
    assert spread.initial.amount < hedged.initial.amount < bare.initial.amount


def test_positions_in_one_market_are_one_position():
    whole = margin(perpetual(3.0, funding=1e-4), option("call", 70_000, 20, -2))
    whole_call = option("call", 70_000, 20, -2).instrument
    split = margin(
        perpetual(5.0, funding=1e-4),
        Position(Perpetual("BTC", quote_currency="USDC"), -2.0, funding_rate=1e-4),
        Position(replace(whole_call, multiplier=0.5), -6.0),
        option("call", 70_000, 20, 1),
    )
    assert requirement(split) == pytest.approx(requirement(whole), rel=1e-12)


def test_underlyings_add_and_the_largest_comes_first():
    coins = margin(perpetual(1.0), perpetual(-1.0, symbol="ETH"), spot=1000.0)
    apart = [
        margin(perpetual(1.0), spot=1000.0),
        margin(perpetual(-1.0, symbol="ETH"), spot=1000.0),
    ]
    assert coins.initial.amount == pytest.approx(sum(r.initial.amount for r in apart))
    assert [outcome.group for outcome in coins.worst_by_group] == ["ETH", "BTC"]
    assert len(coins.scenarios) == 48
    assert any("nothing is published on offsets" in warning for warning in coins.warnings)


def test_only_dollars_and_usdc_are_collateral():
    result = margin(perpetual(1.0), balances=[("USDC", 1e4), ("USD", 1e3), ("DOGE", 50.0)])
    assert result.equity.amount == pytest.approx(11_000.0)
    assert result.collateral_not_counted == pytest.approx(10.0)
    assert "+50 DOGE is not taken as collateral here" in result.warnings


def test_usdc_counts_at_its_price_and_a_haircut_of_its_own_replaces_the_rule():
    coins = (Underlying("BTC", AssetClass.CRYPTO),)
    haircut = Haircut(0.5, 0.6)
    held = (Balance("USDC", 1000.0), Balance("BTC", 1.0, haircut))
    market = Market(NOW, (Quote("BTC", 100.0),), (), (("USDC", 0.9),))
    result = METHODOLOGY(Portfolio((), held, coins), market)
    assert result.equity.amount == pytest.approx(900.0 + 50.0)
    assert result.initial.amount == pytest.approx(10.0)
    assert result.maintenance.amount == 0.0


def test_a_long_option_counts_at_its_mark():
    result = margin(
        option("call", 70_000, 20, 1), prices=((0, 3000.0),), balances=[("USDC", 500.0)]
    )
    assert result.equity.amount == pytest.approx(3500.0)
    assert line(result.equity, "Options at their marks").amount == pytest.approx(3000.0)
