"""What each currency counts for, and what is owed of it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import MarginType, Perpetual
from margin_core.book.portfolio import Balance, Haircut, Position
from margin_core.margin import parameters
from margin_core.margin.parameters import Table
from margin_core.methodologies.okx_pm import METHODOLOGY, PUBLISHED, margin
from tests.methodologies.okx_pm.accounts import MARKET, SPOT, account, amount, perpetual


def test_a_currency_counts_by_tiers_on_what_is_left_after_netting():
    result = margin(account(balances=[Balance("BETH", 1_000.0), Balance("X", 130e6)]), MARKET)
    # BETH, 2024-07-18: 2 million at 0.95, the third at 0.85; X, 2025-04-17: 120 million coins at
    # 0.85, ten more at 0.79
    beth = 2e6 * 0.95 + 1e6 * 0.85
    x = (120e6 * 0.85 + 10e6 * 0.79) * 0.001
    assert result.equity.amount == pytest.approx(beth + x)
    assert result.collateral_not_counted == pytest.approx(3e6 + 130e3 - beth - x)


def test_losses_are_taken_from_their_currency_before_its_discount():
    short = Position(Perpetual("BTC", 10.0, MarginType.INVERSE), -9_000.0, 60_000.0)
    result = margin(account(short, balances=[Balance("BTC", 4.0)]), MARKET)
    coins = 4.0 + -90_000.0 * (1 / 60_000.0 - 1 / SPOT)
    used = min(coins, 90_000.0 / SPOT)
    assert result.equity.amount == pytest.approx(SPOT * (used + 0.97 * (coins - used)))
    assert any("third party" in warning for warning in result.warnings)


def test_coins_that_the_stress_moves_take_no_discount():
    book = account(perpetual(-5.0), balances=[Balance("BTC", 3.0)])
    result = margin(book, MARKET)
    assert result.collateral_not_counted == 0.0
    assert result.equity.amount == pytest.approx(3.0 * SPOT)
    assert amount(result, "MR1") == pytest.approx(0.12 * 2.0 * SPOT)


@settings(max_examples=25)
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(1.0, 1e5))
def test_a_lower_discount_rate_never_raises_equity(first, second, coins):
    low, high = sorted((first, second))
    equity = []
    for rate in (low, high):
        entries = dict(PUBLISHED.discount_rate.entries) | {"ETH": rate}
        p = replace(PUBLISHED, discount_rate=Table(tuple(entries.items())))
        result = margin(account(balances=[Balance("ETH", coins)]), MARKET, p)
        assert result.collateral_not_counted >= 0.0
        equity.append(result.equity.amount)
    assert equity[0] <= equity[1] + 1e-9


def test_a_balance_s_own_haircut_goes_before_every_table():
    own = Balance("BTC", 2.0, Haircut(0.1, 0.25))
    result = margin(account(balances=[own]), MARKET)
    assert result.equity.amount == pytest.approx(0.9 * 2.0 * SPOT)
    assert result.initial.amount == pytest.approx(0.15 * 2.0 * SPOT)
    assert result.maintenance.amount == 0.0


def test_an_asset_without_a_known_rate_counts_nothing_and_is_named():
    result = margin(account(balances=[Balance("USDC", 1e6), Balance("USD", 5.0)]), MARKET)
    assert result.equity.amount == 5.0
    assert result.collateral_not_counted == pytest.approx(1e6 * 1.0001)
    assert any(warning.startswith("USDC: no discount rate") for warning in result.warnings)
    p = parameters.overridden(PUBLISHED, {"discount_rate.USDC": "0.99"}, "okx_pm")
    again = METHODOLOGY(account(balances=[Balance("USDC", 1e6)]), MARKET, p)
    assert again.equity.amount == pytest.approx(0.99 * 1e6 * 1.0001)
    assert again.warnings == (
        "Modified: parameter discount_rate.USDC set to 0.99; the rule book says not published.",
    )


def test_a_rate_can_be_given_tier_by_tier_and_for_all_that_has_none():
    given_ = {"discount_rate.USDC": "[[1000, 0.9], [3000, 0.5]]", "discount_rate.other": "0.2"}
    p = parameters.overridden(PUBLISHED, given_, "okx_pm")
    held = [Balance("USDC", 4_000.0), Balance("SOL", 1.0), Balance("BETH", 1.0)]
    market = replace(MARKET, prices=(("USDC", 1.0), ("SOL", 100.0), ("BETH", 3_000.0)))
    result = margin(account(balances=held), market, p)
    assert result.equity.amount == pytest.approx(1_900.0 + 20.0 + 0.95 * 3_000.0)


def test_every_rate_that_could_not_be_read_is_named_with_its_parameter():
    held = [Balance("USDC", 1.0), Balance("SOL", 1.0), Balance("DOGE", 1.0)]
    market = replace(MARKET, prices=(("USDC", 1.0), ("SOL", 100.0), ("DOGE", 0.1)))
    (said,) = margin(account(balances=held), market).warnings
    assert said.startswith("USDC, SOL, DOGE: no discount rate could be read")
    assert said.endswith("-p okx_pm.discount_rate.USDC=... -p okx_pm.discount_rate.other=...")


def test_what_is_owed_is_charged_in_both_phases():
    result = margin(account(balances=[Balance("BTC", -2.0), Balance("USD", 1e6)]), MARKET)
    assert result.maintenance.amount == pytest.approx(0.02 * 2.0 * SPOT)
    assert result.initial.amount == pytest.approx(0.10 * 2.0 * SPOT)
    assert result.equity.amount == pytest.approx(1e6 - 2.0 * SPOT)
    assert any("BTC owed is charged as USDT" in warning for warning in result.warnings)
