"""Scenarios, discounts and the basis contingency, and how their lines open."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings

from margin_core.margin.figure import Rule, binding
from margin_core.methodologies.derive_pmrm import METHODOLOGY, PUBLISHED
from margin_core.methodologies.derive_pmrm.losses import BASIS
from margin_core.methodologies.derive_pmrm.shocks import static_discounts
from tests.lines import every, leaves, readd
from tests.methodologies.derive_accounts import NOW, accounts, market, option, perpetual
from tests.methodologies.derive_pmrm.accounts import margin, rows


@settings(max_examples=30, deadline=None)
@given(accounts(symbols=("BTC", "ETH")))
def test_scenarios_add_up_to_positions_and_the_worst_makes_the_loss(drawn):
    portfolio, snapshot = drawn
    result = METHODOLOGY(portfolio, snapshot)
    for outcome in result.scenarios:
        assert sum(pnl for _, pnl in outcome.pnl_by_position) == pytest.approx(
            outcome.pnl, rel=1e-9, abs=1e-6
        )
    for worst in result.worst_by_group:
        own = [o.pnl for o in result.scenarios if o.group == worst.group]
        assert worst.pnl == min(own)
        assert worst.pnl <= 0.0


def test_a_liability_is_never_marked_up_beyond_its_undiscounted_value():
    years, rate = 0.6, 0.4
    long, short = static_discounts(years, rate, PUBLISHED)
    assert short == pytest.approx(1.04 * math.exp(0.6 * (0.4 * 0.5 + 0.08)))
    assert long == pytest.approx(0.95 * math.exp(-0.6 * 0.48))
    dear = replace(PUBLISHED, short_base_static_discount=2.0)
    assert static_discounts(years, rate, dear)[1] == pytest.approx(math.exp(0.24))
    assert static_discounts(0.0, rate, PUBLISHED)[1] == 1.0


def test_an_expired_option_is_worth_its_intrinsic_value_and_moves_nowhere():
    expiry = NOW
    snapshot = market(forwards=[(expiry, 1.02)])
    result = margin(option("call", 90_000, -1, seconds=0), snapshot=snapshot)
    value = -0.02 * 90_000.0
    assert result.equity.amount == pytest.approx(value)
    assert max(abs(pnl) for pnl in rows(result).values()) == pytest.approx(0.0, abs=1e-9)


def test_the_binding_line_opens_down_to_the_positions():
    call, put = option("call", 95_000, -1), option("put", 80_000, -2)
    result = margin(call, put, perpetual(0.3, entry=90_000.0), balances=[("BTC", 0.5)])
    (manager,) = (part for part in result.initial.parts if "Initial margin of BTC" in part.label)
    loss = manager.parts[0].parts[0]
    assert loss.rule == Rule.LARGEST
    labels = " ".join(leaf.label for leaf in leaves(binding(loss)))
    for name in (call.label, put.label, "BTC perpetual", "BTC collateral"):
        assert name in labels
    assert -binding(loss).amount == pytest.approx(result.worst_scenario.pnl)


def test_the_basis_contingency_binds_where_calendars_hedge_the_spot():
    dear = replace(PUBLISHED, basis_cont_add_factor=20.0)
    held = [option("call", 90_000, 1), option("call", 90_000, -1, seconds=5_000_000)]
    result = margin(*held, p=dear)
    assert result.worst_scenario.label == BASIS
    assert readd(result.initial) == pytest.approx(result.initial.amount)
    assert "forward" in " ".join(line.label for line in every(result.initial))


def test_an_expiry_that_gains_either_way_has_no_basis_contingency():
    straddle = [option("call", 90_000, 1), option("put", 90_000, 1)]
    sold = option("call", 90_000, -1, seconds=5_000_000)
    assert rows(margin(*straddle))[BASIS] == 0.0
    assert rows(margin(*straddle, sold))[BASIS] == rows(margin(sold))[BASIS] < 0.0


def test_an_option_at_expiry_needs_no_floor_under_its_days():
    held = option("call", 80_000, -1, seconds=0), option("put", 80_000, -1, seconds=600)
    free = margin(*held, p=replace(PUBLISHED, dte_floor=0.0))
    alone = margin(held[1], p=replace(PUBLISHED, dte_floor=0.0))
    up = "spot +18 %, vol up"
    assert rows(free)[up] == pytest.approx(rows(alone)[up])
    assert free.maintenance.amount == pytest.approx(margin(*held).maintenance.amount)
