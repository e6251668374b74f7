"""Composite deltas of the arrays made here."""

import math

import pytest

from margin_core.book.instruments import Future
from margin_core.book.portfolio import Position
from margin_core.methodologies.cme_span import METHODOLOGY, PUBLISHED
from tests.lines import named
from tests.methodologies.cme_span.accounts import JUNE, MARCH, NOW, account, series


def test_composite_delta_weights_add_to_one_over_seven_prices():
    total = sum(weight * (2 if thirds else 1) for thirds, weight in PUBLISHED.delta_weights)
    assert total == pytest.approx(1.0, abs=1e-12)


def spread_deltas(strike):
    """Return the deltas that a March call spreads against many June futures: all of its own."""
    held = Position(series("call", strike), 1.0), Position(Future("IDX", JUNE), -1_000.0)
    result = METHODOLOGY(*account(*held))
    charge = named(result.maintenance, "Calendar charge")
    return charge.parts[0].parts[0].amount if charge else 0.0  # no charge without a spread


def test_the_composite_delta_is_the_weighted_mean_of_the_deltas_a_day_ahead():
    assert spread_deltas(20.0) == pytest.approx(100.0, rel=1e-6)
    assert spread_deltas(500.0) == pytest.approx(0.0, abs=1e-3)
    years = ((MARCH - NOW).days + (MARCH - NOW).seconds / 86_400 - 1) / 365
    mean = sum(
        weight * _call_delta(100.0 * (1 + side * 0.065 * thirds / 3), 102.0, years, 0.25)
        for thirds, weight in PUBLISHED.delta_weights
        for side in ((1, -1) if thirds else (1,))
    )
    assert spread_deltas(102.0) == pytest.approx(100.0 * mean, rel=1e-6)


def _call_delta(spot, strike, years, vol):
    deviation = vol * math.sqrt(years)
    return math.erfc(-(math.log(spot / strike) / deviation + deviation / 2) / math.sqrt(2)) / 2
