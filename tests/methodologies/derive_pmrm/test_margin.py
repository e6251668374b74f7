"""What holds for any account under Derive's portfolio manager."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.methodologies.derive_pmrm import METHODOLOGY, PUBLISHED
from tests.methodologies.derive_accounts import SPOTS, accounts, option, perpetual
from tests.methodologies.derive_pmrm.accounts import margin, rows


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


def test_two_coins_have_a_manager_each_and_offset_nothing():
    bitcoin = [option("call", 95_000, -1), perpetual(0.4, entry=90_000.0)]
    ether = [option("put", 2_800, 10, symbol="ETH"), perpetual(-5.0, "ETH", 3_000.0)]
    both, one, other = margin(*bitcoin, *ether), margin(*bitcoin), margin(*ether)
    for name in ("initial", "maintenance", "equity"):
        parts = getattr(one, name).amount + getattr(other, name).amount
        assert getattr(both, name).amount == pytest.approx(parts, rel=1e-12)
    assert [o.group for o in both.worst_by_group] == ["BTC", "ETH"]
    assert len(both.scenarios) == 2 * (len(PUBLISHED.scenarios) + 1)
    assert any("offset nothing" in warning for warning in both.warnings)


def test_coins_pay_for_the_calls_they_cover():
    naked = margin(option("call", 50_000, -1), balances=[("USDC", 90_000.0)])
    covered = margin(option("call", 50_000, -1), balances=[("BTC", 1.0)])
    assert covered.initial.amount < 0.3 * naked.initial.amount
    drop = rows(covered)["spot −18 %, vol up"] - rows(naked)["spot −18 %, vol up"]
    assert drop == pytest.approx(-0.18 * SPOTS["BTC"])
