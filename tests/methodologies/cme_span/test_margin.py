"""Equity, requirement and notices of an account."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from margin_core.book.instruments import AssetClass, Future, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.errors import MarginError
from margin_core.market.snapshot import Market
from margin_core.methodologies.cme_span import METHODOLOGY
from tests import strategies
from tests.methodologies.cme_span.accounts import MARCH, NOW, account, series


def test_option_value_counts_in_equity_and_nowhere_else():
    portfolio, market = account(Position(series("call", 100.0), -10.0))
    portfolio = replace(portfolio, balances=(Balance("USD", 9_000.0), Balance("ETH", 1.0)))
    market = replace(market, prices=(("ETH", 2_000.0),))
    result = METHODOLOGY(portfolio, market)
    premium = result.equity.parts[0].amount
    assert result.equity.parts[0].label == "Net option value"
    assert premium < 0.0
    assert result.equity.amount == pytest.approx(9_000.0 + premium)
    assert result.collateral_not_counted == 2_000.0
    assert result.capital_to_open == pytest.approx(result.initial.amount)
    assert any("ETH" in warning for warning in result.warnings)


@settings(max_examples=20)
@given(strategies.portfolios(max_positions=4))
def test_a_requirement_is_never_below_the_largest_loss_of_an_array_less_option_value(drawn):
    portfolio, market = drawn
    try:
        result = METHODOLOGY(portfolio, market)
    except MarginError:
        return
    losses = {}
    for outcome in result.scenarios:
        losses[outcome.group] = max(losses.get(outcome.group, 0.0), -outcome.pnl)
    assert result.maintenance.amount >= sum(losses.values()) - 1e-6 * (1.0 + sum(losses.values()))


def test_speculators_pay_a_tenth_more_at_first():
    result = METHODOLOGY(
        *account(Position(Future("IDX", MARCH), 1.0)), METHODOLOGY.profiles["speculator"]
    )
    assert result.initial.amount == pytest.approx(1.1 * result.maintenance.amount)


def test_arrays_made_here_are_never_called_cmes():
    result = METHODOLOGY(*account(Position(Future("IDX", MARCH), 1.0)))
    assert result.title == "SPAN-style margin"
    assert any("not CME's" in warning for warning in result.warnings)


def test_a_product_that_moved_to_span_2_is_named_with_its_published_outright():
    facts = (Underlying("ES", AssetClass.INDEX_BROAD),)
    result = METHODOLOGY(*account(Position(Future("ES", MARCH, 50.0), 1.0), underlyings=facts))
    [warning] = [warning for warning in result.warnings if "SPAN 2" in warning]
    assert "2024-10-18" in warning
    assert "20,936" in warning
    assert "20,051" in warning


def test_an_empty_account_owes_nothing():
    result = METHODOLOGY(Portfolio(), Market(NOW))
    assert result.maintenance.amount == 0.0
    assert result.worst_scenario is None
    assert result.warnings == ()
