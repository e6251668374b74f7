"""What stands beside the scan: the minimum on delta, fees and funding."""

import math
from dataclasses import replace
from statistics import NormalDist

import pytest

from margin_core.methodologies.paradex_pm import PUBLISHED as RETAIL
from tests.lines import named
from tests.methodologies.paradex_pm.accounts import (
    FEES,
    FIRST,
    PRO,
    SEPTEMBER,
    SPRING,
    line,
    margin,
    option,
    perpetual,
    requirement,
)


def of_delta(quantity, delta, spot, days=30.0, vol=0.5):
    """Return a position in calls with the given delta at a rate of zero."""
    deviation = vol * math.sqrt(days / 365.0)
    distance = NormalDist().inv_cdf(delta) * deviation - deviation**2 / 2.0
    return option("call", spot * math.exp(-distance), days, quantity)


@pytest.mark.parametrize(("p", "expected"), [(PRO, 140.0), (SEPTEMBER, 1400.0)])
def test_the_minimum_on_delta_is_that_of_the_page_s_example(p, expected):
    # Portfolio Margin, Example calculation: one perpetual, five calls of delta 0.3 sold
    result = margin(perpetual(1.0), of_delta(-5.0, 0.3, 70_000.0), p=p)
    floor = line(result.initial, "BTC, minimum delta requirement")
    assert floor.amount == pytest.approx(expected, rel=1e-12)
    assert line(floor, "BTC, hedged delta at spot").amount == pytest.approx(70_000.0, rel=1e-12)


@pytest.mark.parametrize("p", [SPRING, FIRST])
def test_the_earlier_pages_give_the_same_example_at_two_and_one_percent(p):
    result = margin(perpetual(1.0), of_delta(-5.0, 0.3, 70_000.0), p=p)
    floor = line(result.initial, "BTC, minimum delta requirement")
    assert floor.amount == pytest.approx(1400.0, rel=1e-12)


def test_a_book_without_risk_still_pays_for_its_delta():
    # a synthetic future against a perpetual: nothing to scan, one unit of delta each way
    result = margin(
        option("call", 70_000, 20, 1),
        option("put", 70_000, 20, -1),
        perpetual(-1, funding=3e-4),
        vols=(0.5, 0.5),
    )
    assert requirement(result) == pytest.approx((115.5, 80.5), rel=1e-12)  # the engine's
    assert line(result.initial, "BTC, SCAN risk").amount == pytest.approx(0.0, abs=1e-6)


def test_funding_is_provided_for_as_the_mechanism_s_example_pays_it():
    # Funding Mechanism, Example: half a coin at 60,000 and 0.03 % pays 9 in eight hours
    result = margin(perpetual(0.5, funding=3e-4), spot=60_000.0)
    assert line(result.initial, "BTC, funding provision").amount == pytest.approx(9.0, rel=1e-12)
    assert line(result.maintenance, "BTC, funding provision").amount == pytest.approx(9.0)
    received = margin(perpetual(-0.5, funding=3e-4), spot=60_000.0)
    assert named(received.initial, "BTC, funding provision") is None


def test_retail_accounts_pay_no_fee_and_those_of_the_interface_do():
    assert replace(RETAIL, **FEES) == PRO
    assert named(margin(perpetual(1.0), p=RETAIL).initial, "BTC, fee provision") is None
    fee = line(margin(perpetual(1.0), p=PRO).initial, "BTC, fee provision").amount
    assert fee == pytest.approx(0.00045 * 70_000.0)


def test_the_first_version_provides_for_fees_alone():
    result = margin(perpetual(0.5, funding=3e-4), spot=60_000.0, p=FIRST)
    assert requirement(result) == pytest.approx((4800.0 + 13.5, 2400.0 + 13.5), rel=1e-12)


def test_fees_are_those_of_the_client_library_s_tests():
    # test_fee_provision_perp and test_fee_provision_option_capped, at 0.03 %
    p = replace(PRO, perpetual_taker_fee=3e-4, option_taker_fee=3e-4)
    result = margin(perpetual(0.01), spot=80_000.0, p=p)
    assert line(result.initial, "BTC, fee provision").amount == pytest.approx(0.24, rel=1e-12)
    result = margin(
        option("call", 78_000, 16, 0.001), spot=77_939.768, prices=((0, 2455.661),), p=p
    )
    fee = line(result.initial, "BTC, fee provision").amount
    assert fee == pytest.approx(3e-4 * 77_939.768 * 0.001, rel=1e-12)
    cheap = margin(option("call", 78_000, 16, 0.001), spot=77_939.768, prices=((0, 20.0),), p=p)
    fee = line(cheap.initial, "BTC, fee provision").amount
    assert fee == pytest.approx(0.125 * 20.0 * 0.001, rel=1e-12)
