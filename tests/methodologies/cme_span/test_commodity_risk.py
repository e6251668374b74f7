"""Scan risk, short-option minimum and the requirement of one combined commodity."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import Right
from margin_core.methodologies.cme_span.commodity_credits import commodity_credits
from margin_core.methodologies.cme_span.commodity_risk import commodity_risk, requirement
from margin_core.methodologies.cme_span.structure import (
    SCENARIOS,
    Commodity,
    CreditMethod,
    MinimumMethod,
)
from tests.methodologies.cme_span.accounts import LABELS, holding, outright, spread

# McMillan, Options as a Strategic Investment, ch. 34, pp. 668-671; dollars, profits positive
FUTURE = (0, 0, 3330, 3330, -3330, -3330, 6670, 6670, -6670, -6670,
          10000, 10000, -10000, -10000, 7000, -7000)  # fmt: skip
CALL = (460, -610, 2640, 1730, -1270, -2340, 5210, 4540, -2540, -3430,
        8060, 7640, -3380, -3990, 3130, -1500)  # fmt: skip


def scanned(*holdings, **tables):
    return commodity_risk(Commodity("X", "USD", **tables), holdings, LABELS)


def profits(quantity, array):
    return holding(quantity, [-quantity * profit for profit in array])


# the method, step by step
@pytest.mark.parametrize(
    ("holdings", "scan", "active"),
    [
        ([profits(1, FUTURE)], 10_000, 13),
        ([profits(1, CALL)], 3_990, 14),
        ([profits(1, FUTURE), profits(-1, CALL)], 6_620, 13),
    ],
)
def test_scan_risk_is_the_largest_loss_and_the_first_such_scenario_is_active(
    holdings, scan, active
):
    """McMillan, ch. 34: a long future, a long call, a covered write."""
    risk = scanned(*holdings)
    assert risk.scan.amount == scan
    assert risk.active + 1 == active


def test_a_position_that_gains_everywhere_has_no_scan_risk():
    assert scanned(holding(losses=[-5.0] * SCENARIOS)).scan.amount == 0.0


@pytest.mark.parametrize(("method", "counted"), [("sum", 5), ("larger", 3)])
def test_the_short_option_minimum_counts_short_calls_and_puts(method, counted):
    held = [
        holding(-3, right=Right.CALL),
        holding(-2, right=Right.PUT),
        holding(7, right=Right.CALL),
        holding(-9),
    ]
    risk = scanned(*held, minimum_rate=35.0, minimum_method=MinimumMethod(method))
    assert risk.minimum.amount == 35.0 * counted
    assert requirement(risk, []).amount == 35.0 * counted


def test_the_price_risk_of_a_credit_is_the_paired_loss_less_the_time_risk():
    risk = outright("A", 1_000, 600, 4, s1=100.0, s2=-40.0)
    assert risk.price_risk_per_delta == pytest.approx((800.0 - 30.0) / 4)
    assert outright("A", 1_000, -3_000, 4).price_risk_per_delta == 0.0
    assert outright("A", 1_000, 600, 0).price_risk_per_delta == 0.0
    ranged = {"price_scan_range": 150.0, "credit_method": CreditMethod.SCAN_RANGE}
    assert outright("A", 1_000, 600, 4, **ranged).price_risk_per_delta == 150.0
    capped = ranged | {"credit_method": CreditMethod.SCAN_RANGE_CAP}
    assert outright("A", 1_000, 600, 4, **capped).price_risk_per_delta == 150.0
    assert outright("A", 400, 0, 4, **capped).price_risk_per_delta == 50.0


def test_an_extreme_scenario_is_its_own_pair():
    losses = [0.0] * 14 + [900.0, 100.0]
    risk = commodity_risk(Commodity("A", "USD"), [holding(1, losses, 3.0)], LABELS)
    assert risk.price_risk_per_delta == pytest.approx(300.0)


@settings(max_examples=50)
@given(
    st.lists(st.floats(-1e4, 1e4), min_size=SCENARIOS, max_size=SCENARIOS),
    st.floats(-20, 20),
    st.floats(0, 1),
)
def test_credits_never_exceed_the_scan_risk_that_they_relieve(losses, delta, rate):
    risk = commodity_risk(Commodity("A", "USD"), [holding(1, losses, delta)], LABELS)
    other = outright("B", 1e5, 1e5, -delta)
    found = commodity_credits([risk, other], [spread(rate, "A", "B")])
    after = requirement(risk, found["A"]).amount
    assert 0.0 <= after <= risk.scan.amount + 1e-9


def test_a_credit_larger_than_the_scan_risk_relieves_no_more_than_that():
    """Options that gain by time alone have a price risk above their scan risk."""
    risks = [outright("A", 100, 100, 1, s1=-500, s2=-500), outright("B", 900, 900, -1)]
    assert risks[0].price_risk_per_delta == 600.0
    credits_found = commodity_credits(risks, [spread(0.9, "A", "B")])["A"]
    assert requirement(risks[0], credits_found).amount == 0.0


def test_option_value_that_pays_for_nothing_else_raises_the_requirement_to_itself():
    bought = holding(1, [50.0] * SCENARIOS, right=Right.CALL, option_value=400.0)
    assert requirement(scanned(bought), []).amount == 50.0
    assert requirement(scanned(bought, limit_option_value=True), []).amount == 400.0
