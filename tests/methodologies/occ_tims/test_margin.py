"""Equity, the minimums of an account, and an account without positions."""

from dataclasses import replace

import pytest

from margin_core.book.instruments import AssetClass
from margin_core.book.portfolio import AccountType, Balance, Portfolio, Position
from margin_core.market.snapshot import Market
from margin_core.methodologies.occ_tims import METHODOLOGY
from tests.methodologies.occ_tims.accounts import CLOSE, cboe, series, stocks


def test_equity_is_cash_and_every_position_at_full_value():
    portfolio, market = cboe((-100, "IBM", "call", 100, 1.68), (10_000, "IBM"))
    balances = (Balance("USD", -400_000.0), Balance("ETH", 2.0))
    portfolio = replace(portfolio, balances=balances)
    market = replace(market, prices=(("ETH", 3_000.0),))
    result = METHODOLOGY.margin(portfolio, market)
    assert result.equity.amount == pytest.approx(977_300.0 - 16_800.0 - 400_000.0)
    assert result.collateral_not_counted == pytest.approx(6_000.0)
    assert any("ETH" in warning for warning in result.warnings)
    assert result.capital_to_open == pytest.approx(result.maintenance.amount)


def test_the_account_minimums_are_warnings_apart_from_the_requirement():
    portfolio, market = stocks(("XYZ", AssetClass.EQUITY, 1.0))

    def lights(cash, **changes):
        option = replace(series("XYZ", "call", 100.0), underlying="XYZ", **changes)
        account = replace(
            portfolio,
            positions=(*portfolio.positions, Position(option, 1.0)),
            balances=(Balance("USD", cash),),
        )
        result = METHODOLOGY.margin(account, market)
        assert result.excess_maintenance > 0.0
        return [warning for warning in result.warnings if "Equity" in warning]

    assert "100,000" in lights(50_000.0)[0]
    assert "150,000" in lights(120_000.0)[0]
    assert lights(200_000.0) == []
    assert "5,000,000" in lights(200_000.0, otc=True)[0]
    assert lights(6_000_000.0, otc=True) == []


def test_a_cash_account_is_not_eligible_whatever_its_equity():
    portfolio, market = stocks(("XYZ", AssetClass.EQUITY, 1.0))
    portfolio = replace(
        portfolio, account_type=AccountType.CASH, balances=(Balance("USD", 1_000_000.0),)
    )
    [warning] = METHODOLOGY.margin(portfolio, market).warnings
    assert "cash account" in warning


def test_an_empty_account_owes_nothing_and_is_warned_of_nothing():
    result = METHODOLOGY.margin(Portfolio(), Market(CLOSE))
    assert result.maintenance.amount == result.initial.amount == 0.0
    assert result.worst_scenario is None
    assert result.warnings == ()
