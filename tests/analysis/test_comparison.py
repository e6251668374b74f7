"""Methodologies side by side: a result or a reason from each, and nothing swallowed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

import margin_core
from margin_core.analysis.comparison import compare
from margin_core.book.instruments import AssetClass, Perpetual, Stock, Underlying
from margin_core.book.portfolio import Portfolio, Position
from margin_core.errors import MarketDataError
from margin_core.market.snapshot import Market, Quote
from tests.toy import METHODOLOGIES, TOY, Params

MARKET = Market(datetime(2026, 1, 2, 21, tzinfo=UTC), (Quote("XYZ", 100.0),))
STOCK = Portfolio(
    (Position(Stock("XYZ"), 10.0),), underlyings=(Underlying("XYZ", AssetClass.EQUITY),)
)
PERPETUAL = replace(STOCK, positions=(Position(Perpetual("XYZ"), 10.0),))


def test_every_methodology_answers_in_its_order_and_the_ranking_is_by_capital_to_open():
    comparison = compare(STOCK, MARKET, METHODOLOGIES)
    assert [r.methodology for r in comparison.results] == ["toy", "spot"]
    # 10 % of 1,000 times 1.25, and half of 1,000
    assert [r.capital_to_open for r in comparison.ranked] == pytest.approx([500.0, 125.0])
    assert comparison.not_covered == ()


def test_a_methodology_that_does_not_cover_the_account_is_a_row_with_its_reason():
    comparison = compare(PERPETUAL, MARKET, METHODOLOGIES)
    assert [r.methodology for r in comparison.results] == ["toy"]
    (refusal,) = comparison.not_covered
    assert (refusal.methodology, refusal.title) == ("spot", "Spot margin")
    assert refusal.reason == "positions[0]: +10 XYZ perpetual is a perpetual."


def test_a_refusal_keeps_every_position_with_its_reason():
    found = compare(STOCK, MARKET, {"okx_pm": margin_core.METHODOLOGIES["okx_pm"]})
    assert found.not_covered[0].positions == ("+10 XYZ stock: on equity, no coin",)


def test_parameters_replace_the_published_ones_of_the_methodology_they_name():
    comparison = compare(STOCK, MARKET, METHODOLOGIES, {"toy": Params(spot_range=0.2)})
    toy, spot = comparison.results
    assert toy.capital_to_keep == pytest.approx(200.0)
    assert toy.warnings == ("Modified: parameter spot_range set to 0.2; the rule book says 0.1.",)
    assert spot.warnings == ()


def test_other_failures_are_not_caught():
    with pytest.raises(MarketDataError, match="no quote for XYZ"):
        compare(STOCK, replace(MARKET, quotes=()), {"toy": TOY})
