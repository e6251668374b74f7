"""What deltas of different months cost."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.methodologies.cme_span.structure import Delivery
from tests.methodologies.cme_span.accounts import GOLD, MONTHS, by_tier, charge, read


@pytest.mark.parametrize(
    ("deltas", "amount"),
    [
        ({"202510": -4, "202512": 4}, 1_200.0),
        ({"202509": 2, "202512": -2}, 800.0),
        ({"202509": 1, "202602": -1}, 700.0),
        ({"202509": 2, "202510": -1, "202512": -1}, 250.0 + 400.0),
        ({"202512": 3, "202509": 1}, 0.0),
        ({"202510": -0.4, "202512": 1.0}, 0.4 * 300.0),
        ({"202510": -5, "202511": 2, "202512": 1}, 300.0 + 2 * 350.0),
        ({"202509": 2, "202510": -1, "202602": -3}, 250.0 + 700.0),
    ],
)
def test_series_spreads_come_before_tier_spreads_and_deltas_are_used_once(deltas, amount):
    assert charge(deltas).calendar.amount == pytest.approx(amount)


def test_a_spread_ratio_counts_deltas_of_that_leg():
    commodity = replace(GOLD, calendar_spreads=(by_tier(1, 100.0, "1", "2", ratio=2.0),))
    assert charge({"202509": 3, "202512": -4}, commodity).calendar.amount == 2 * 100.0
    assert charge({"202509": -1, "202512": 9}, commodity).calendar.amount == 1 * 100.0


def test_a_spread_of_several_legs_forms_as_often_as_its_scarcest_leg_allows():
    """One month against twice the middle against another: a butterfly, either way round."""
    legs = [{"month": "202509"}, {"month": "202510", "ratio": 2}, {"month": "202512", "side": "A"}]
    butterfly = {"priority": 1, "rate": 100, "legs": legs}
    [commodity] = read(commodity={"calendar_spreads": [butterfly]}).commodities
    assert charge({"202509": 5, "202510": -4, "202512": 3}, commodity).calendar.amount == 200.0
    assert charge({"202509": -5, "202510": 9, "202512": -3}, commodity).calendar.amount == 300.0
    assert charge({"202509": 5, "202510": -4, "202512": -3}, commodity).calendar.amount == 0.0


def test_months_whose_opposite_deltas_no_spread_takes_are_named():
    assert charge({"202509": 2, "202702": -3}).unspread == ("202509", "202702")
    assert charge({"202509": 2, "202702": 3}).unspread == ()
    assert charge({"202509": 2, "202602": -3}).unspread == ()


def test_delivery_costs_by_delta_within_spreads_and_outright():
    commodity = replace(GOLD, deliveries=(Delivery("202509", 10.0, 200.0),))
    charged = charge({"202509": 5, "202510": -2}, commodity)
    assert charged.delivery.amount == 2 * 10.0 + 3 * 200.0
    assert charge({"202510": 5}, commodity).delivery.amount == 0.0


@settings(max_examples=50)
@given(
    st.dictionaries(st.sampled_from(MONTHS), st.integers(-40, 40), min_size=1),
    st.floats(1.0, 3.0),
)
def test_the_calendar_charge_grows_with_the_deltas(deltas, factor):
    more = {month: delta * factor for month, delta in deltas.items()}
    once = charge(deltas).calendar.amount
    assert charge(more).calendar.amount == pytest.approx(factor * once)
    assert once >= 0.0
