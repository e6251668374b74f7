"""What holds for any account under Derive's standard manager."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.methodologies.derive_srm import METHODOLOGY
from tests.methodologies.derive_accounts import SPOTS, accounts, option
from tests.methodologies.derive_srm.accounts import margin


@settings(max_examples=30, deadline=None)
@given(accounts(symbols=("BTC", "ETH")), st.sampled_from((2.0, 0.5)))
def test_doubling_everything_doubles_the_requirement(drawn, times):
    portfolio, snapshot = drawn
    doubled = replace(
        portfolio,
        positions=tuple(
            replace(q, quantity=q.quantity * times, accrued_funding=q.accrued_funding * times)
            for q in portfolio.positions
        ),
        balances=tuple(replace(b, amount=b.amount * times) for b in portfolio.balances),
    )
    one, two = METHODOLOGY(portfolio, snapshot), METHODOLOGY(doubled, snapshot)
    for name in ("initial", "maintenance", "equity"):
        got = getattr(two, name).amount
        assert got == pytest.approx(times * getattr(one, name).amount, rel=1e-9, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(accounts(), st.sampled_from(("call", "put")), st.sampled_from((0.8, 1.0, 1.2)))
def test_an_option_bought_never_raises_the_requirement(drawn, right, ratio):
    portfolio, snapshot = drawn
    bought = option(right, ratio * SPOTS["BTC"], 1.0)
    if any(q.instrument == bought.instrument for q in portfolio.positions):
        return
    more = replace(portfolio, positions=(*portfolio.positions, bought))
    without, with_it = METHODOLOGY(portfolio, snapshot), METHODOLOGY(more, snapshot)
    assert with_it.initial.amount <= without.initial.amount + 1e-6
    assert with_it.maintenance.amount <= without.maintenance.amount + 1e-6


@settings(max_examples=30, deadline=None)
@given(accounts())
def test_splitting_a_position_in_two_changes_nothing(drawn):
    portfolio, snapshot = drawn
    halves = tuple(
        replace(q, quantity=q.quantity * part, accrued_funding=q.accrued_funding * part)
        for q in portfolio.positions
        for part in (1.5, -0.5)
    )
    one = METHODOLOGY(portfolio, snapshot)
    two = METHODOLOGY(replace(portfolio, positions=halves), snapshot)
    assert two.excess_initial == pytest.approx(one.excess_initial, rel=1e-9, abs=1e-5)
    assert two.excess_maintenance == pytest.approx(one.excess_maintenance, rel=1e-9, abs=1e-5)


def test_it_is_rule_based_and_has_no_scenario():
    result = margin(option("call", 90_000, -1))
    assert result.scenarios == ()
    assert result.worst_scenario is None
