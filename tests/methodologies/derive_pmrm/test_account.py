"""Cash and collateral: what counts, what moves, at which price."""

from dataclasses import replace

import pytest

from margin_core.book.portfolio import Balance, Haircut
from margin_core.methodologies.derive_pmrm.losses import BASIS
from tests.methodologies.derive_accounts import market, option, perpetual
from tests.methodologies.derive_pmrm.accounts import margin, rows


def test_collateral_on_another_coin_moves_nowhere_and_costs_its_haircut():
    call = option("call", 95_000, -1)
    held = margin(call, balances=[("ETH", 10.0)])
    assert held.equity.amount == pytest.approx(margin(call).equity.amount + 0.85 * 30_000.0)
    assert held.collateral_not_counted == pytest.approx(0.15 * 30_000.0)
    assert held.initial.amount == pytest.approx(margin(call).initial.amount + 0.05 * 30_000.0)
    assert rows(held) == rows(margin(call))


def test_a_coin_that_follows_another_moves_at_its_own_value():
    held = margin(perpetual(-1.0, entry=90_000.0), balances=[("LBTC", 1.0)])
    assert rows(held)["spot +9 %"] == pytest.approx(0.09 * (89_500.0 - 90_000.0))


def test_an_asset_that_derive_does_not_list_counts_only_with_a_haircut_of_its_own():
    snapshot = market(prices=[("XBTC", 90_000.0)])
    bare = margin(balances=[Balance("XBTC", 1.0, tracks="BTC")], snapshot=snapshot)
    assert bare.equity.amount == 0.0
    assert bare.collateral_not_counted == pytest.approx(90_000.0)
    assert any("not taken" in warning for warning in bare.warnings)
    own = Balance("XBTC", 1.0, Haircut(0.1, 0.3), tracks="BTC")
    cut = margin(perpetual(-1.0), balances=[own], snapshot=snapshot)
    assert cut.collateral_not_counted == pytest.approx(9_000.0)
    assert rows(cut)["spot +18 %, vol up"] == pytest.approx(0.0, abs=1e-9)
    assert cut.initial.amount == pytest.approx(0.02 * 90_000.0 + 0.2 * 90_000.0)


def test_a_whole_haircut_still_pays_for_a_doubtful_feed():
    doubtful = Balance("BTC", 1.0, Haircut(1.0, 1.0), confidence=0.1)
    result = margin(perpetual(-1.0), balances=[doubtful])
    sure = margin(perpetual(-1.0), balances=[replace(doubtful, confidence=1.0)])
    assert result.initial.amount - sure.initial.amount == pytest.approx(0.9 * 90_000.0)


def test_cash_alone_asks_nothing_even_below_its_peg():
    result = margin(balances=[("USDC", 1_000.0)], snapshot=market(usdc=0.52))
    assert result.initial.amount == result.maintenance.amount == 0.0
    assert result.excess_initial == pytest.approx(520.0)
    assert result.worst_scenario.label == BASIS
    assert result.worst_scenario.pnl == 0.0


def test_dollars_are_cash_that_buys_usdc_at_its_price():
    snapshot = market(usdc=0.95)
    coins = margin(perpetual(1.0), balances=[("USDC", 10_000.0)], snapshot=snapshot)
    dollars = margin(perpetual(1.0), balances=[("USD", 9_500.0)], snapshot=snapshot)
    assert dollars.excess_initial == pytest.approx(coins.excess_initial)
    assert dollars.equity.amount == pytest.approx(9_500.0)
