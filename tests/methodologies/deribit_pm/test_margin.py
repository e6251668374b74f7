"""Requirements by phase and by account."""

import pytest

from margin_core.book.portfolio import Balance, Haircut
from margin_core.margin.parameters import overridden
from margin_core.methodologies.deribit_pm import PUBLISHED
from tests.methodologies.deribit_pm.accounts import SEGREGATED, inverse, linear, margin


def test_a_haircut_of_one_phase_is_charged_in_that_phase():
    plain = margin(balances=(Balance("USDC", 1_000.0),))
    cut = margin(balances=(Balance("USDC", 1_000.0, Haircut(0.1, 0.3)),))
    assert cut.equity.amount == pytest.approx(plain.equity.amount - 100.0)
    assert cut.initial.amount - plain.initial.amount == pytest.approx(200.0)
    assert cut.maintenance.amount == plain.maintenance.amount


def test_a_haircut_larger_in_maintenance_never_makes_keeping_dearer_than_opening():
    odd = Balance("USDC", 1_000.0, Haircut(maintenance=0.5, initial=0.1))
    result = margin(linear("BTC", 0.001), balances=(odd,))
    assert result.initial.amount == result.maintenance.amount > 400.0


def test_each_settlement_currency_is_an_account_of_its_own_when_segregated():
    held = (inverse("BTC", 5.0), linear("ETH", -10.0), linear("BTC", 0.5, quoted="USDT"))
    balances = (Balance("BTC", 2.0), Balance("USDC", 2_000.0), Balance("USDT", 20_000.0))
    result = margin(*held, balances=balances, p=SEGREGATED)
    btc = 0.8 * (5.0 * (1.0 / 0.84 - 1.0) + 0.05) / 2.0
    usdc = 0.8 * (20_000.0 * 0.18 + 0.005 * 20_000.0) / 2_000.0
    assert result.margin_ratio == pytest.approx(max(btc, usdc))
    assert usdc > 1.0 > btc
    assert [o.group for o in result.worst_by_group] == ["BTC", "BTC in USDT", "ETH in USDC"]
    assert any("USDC account is short by 1,700" in warning for warning in result.warnings)
    alone = [margin(p, p=SEGREGATED).initial.amount for p in held]
    assert result.initial.amount == pytest.approx(sum(alone))
    assert result.equity.amount == pytest.approx(140_000.0 + 22_000.0)


def test_a_segregated_account_that_owes_and_holds_nothing_leaves_no_margin_ratio():
    result = margin(linear("ETH", -10.0), balances=(Balance("BTC", 9.0),), p=SEGREGATED)
    assert result.excess_maintenance > 0.0
    assert result.margin_ratio is None


def test_orders_are_charged_to_initial_margin_alone():
    p = overridden(PUBLISHED, {"open_orders_margin": "{USD = 120.5}"}, "deribit_pm")
    plain, ordered = margin(linear("BTC", 1.0)), margin(linear("BTC", 1.0), p=p)
    assert ordered.initial.amount - plain.initial.amount == pytest.approx(120.5)
    assert ordered.maintenance.amount == plain.maintenance.amount
