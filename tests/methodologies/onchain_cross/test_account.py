"""What collateral counts for."""

from dataclasses import replace

import pytest

from margin_core.book.portfolio import Balance, Haircut
from margin_core.errors import NotCoveredError
from margin_core.methodologies.onchain_cross import METHODOLOGY
from tests.methodologies.onchain_cross.accounts import account, margin, perpetual


def test_coins_are_no_collateral():
    result = margin(perpetual(1), balances=[("USDC", 900.0), ("BTC", 0.5)])
    assert result.equity.amount == pytest.approx(900.0)
    assert result.collateral_not_counted == pytest.approx(50_000.0)
    assert result.warnings == ("+0.5 BTC is not taken as collateral here",)


def test_cash_owed_counts_in_full_and_coins_owed_are_refused():
    assert margin(perpetual(1), balances=[("USDC", -200.0)]).equity.amount == -200.0
    with pytest.raises(NotCoveredError, match="-1 BTC: a debt"):
        margin(perpetual(1), balances=[("BTC", -1.0)])


def test_a_haircut_of_the_accounts_own_is_charged_in_its_phase():
    own = Balance("USDC", 1_000.0, Haircut(maintenance=0.1, initial=0.3))
    result = margin(perpetual(1), balances=[own])
    assert result.equity.amount == pytest.approx(900.0)
    assert result.initial.amount == pytest.approx(2_000.0 + 200.0)
    assert result.maintenance.amount == pytest.approx(1_000.0)
    larger = Balance("USDC", 50_000.0, Haircut(maintenance=0.3, initial=0.1))
    kept = margin(perpetual(1), balances=[larger])
    assert kept.initial.amount == kept.maintenance.amount == pytest.approx(11_000.0)


def test_the_stablecoin_counts_at_its_price():
    portfolio, market = account(perpetual(1), balances=[("USDC", 1_000.0)])
    market = replace(market, prices=(("USDC", 0.97),))
    assert METHODOLOGY(portfolio, market).equity.amount == pytest.approx(970.0)
