"""What holds for any account, and what each breakdown cites."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lines import every
from tests.methodologies.onchain_cross.accounts import DYDX, PRO, asked, books, margin, perpetual


@settings(max_examples=30)
@given(books(), st.sampled_from((0.5, 3.0)))
def test_an_account_of_any_size_asks_in_proportion(held, times):
    scaled = [(replace(each, quantity=each.quantity * times), mark) for each, mark in held]
    expected = [times * amount for amount in asked(*held, p=PRO)]
    assert asked(*scaled, p=PRO) == pytest.approx(expected, abs=1e-5)


@settings(max_examples=30)
@given(books())
def test_keeping_asks_no_more_than_opening_and_capital_is_the_requirement(held):
    result = margin(*held, p=PRO)
    assert 0.0 <= result.maintenance.amount <= result.initial.amount + 1e-9
    assert result.capital_to_open == pytest.approx(result.initial.amount, abs=1e-5)
    assert result.capital_to_keep == pytest.approx(result.maintenance.amount, abs=1e-5)
    assert result.scenarios == ()
    assert result.worst_scenario is None


def test_every_breakdown_cites_the_venue_of_its_profile():
    cited = {each.source.split("#")[0] for each in every(margin(perpetual(1)).initial)}
    assert cited == {"cross", ""}
    of_dydx = margin(perpetual(1, "LINK"), balances=[("BTC", 1.0)], p=DYDX)
    roots = (of_dydx.initial, of_dydx.maintenance, of_dydx.equity)
    cited = {each.source.split("#")[0] for root in roots for each in every(root)}
    assert cited == {"dydx_margin", ""}
