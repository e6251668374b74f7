"""What collateral counts for."""

from dataclasses import replace

import pytest

from margin_core.book.portfolio import Balance, Haircut
from margin_core.margin.parameters import Table
from margin_core.methodologies.derive_srm import PUBLISHED
from tests.methodologies.derive_accounts import market
from tests.methodologies.derive_srm.accounts import margin


def test_collateral_counts_at_its_factor_and_less_initially():
    result = margin(balances=[("ETH", 10.0), ("USDT", 1_000.0)])
    assert result.equity.amount == pytest.approx(0.8 * 30_000.0 + 0.98 * 999.0)
    lost = 0.8 * (1 - 0.9375) * 30_000.0 + 0.98 * 0.02 * 999.0
    assert result.initial.amount == pytest.approx(lost)
    assert result.maintenance.amount == 0.0
    assert result.collateral_not_counted == pytest.approx(0.2 * 30_000.0 + 0.02 * 999.0)


def test_collateral_counts_at_its_dollar_price_whatever_usdc_is_worth():
    snapshot = market(usdc=0.9)
    result = margin(balances=[("ETH", 10.0)], snapshot=snapshot)
    assert result.excess_maintenance / 0.9 == pytest.approx(0.8 * 30_000.0)
    assert any("at its peg" in warning for warning in result.warnings)


def test_an_asset_that_derive_does_not_list_counts_only_with_a_haircut_of_its_own():
    snapshot = market(prices=[("XBTC", 90_000.0)])
    bare = margin(balances=[("XBTC", 1.0)], snapshot=snapshot)
    assert bare.equity.amount == 0.0
    assert any("not taken" in warning for warning in bare.warnings)
    own = Balance("XBTC", 1.0, Haircut(0.1, 0.3), confidence=0.2)
    cut = margin(balances=[own], snapshot=snapshot)
    assert cut.equity.amount == pytest.approx(81_000.0)
    assert cut.initial.amount == pytest.approx(0.2 * 90_000.0 + 0.8 * 90_000.0)


def test_distrust_of_collateral_that_counts_for_nothing_initially_costs_nothing():
    whole = Balance("BTC", 1.0, Haircut(0.4, 1.0), confidence=0.2)
    result = margin(balances=[whole])
    assert result.equity.amount == pytest.approx(54_000.0)
    assert result.excess_initial == pytest.approx(0.0, abs=1e-9)


def test_distrust_of_collateral_with_no_initial_scale_costs_nothing():
    p = replace(PUBLISHED, im_scale=Table((("BTC", 0.0),)))
    doubtful = [Balance("BTC", 1.0, confidence=0.2)]
    assert margin(balances=doubtful, p=p).excess_initial == pytest.approx(0.0, abs=1e-9)
