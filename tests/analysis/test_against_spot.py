"""Margin against spot: the same account in moved markets, and where it is liquidated."""

from datetime import UTC, datetime

import pytest

from margin_core.analysis.against_spot import Crossing, Side, SpotPoint, against_spot, crossings
from margin_core.book.instruments import AssetClass, Option, Right, Stock, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from tests.toy import TOY

NOW = datetime(2026, 1, 2, 21, tzinfo=UTC)
PUT = Option("XYZ", Right.PUT, 90.0, datetime(2026, 3, 20, 20, tzinfo=UTC))
MARKET = Market(
    NOW, (Quote("XYZ", 100.0), Quote("ABC", 50.0)), (InstrumentQuote(PUT, volatility=0.3),)
)
UNDERLYINGS = (Underlying("XYZ", AssetClass.EQUITY), Underlying("ABC", AssetClass.EQUITY))
# 100 shares at 100 on 6,000 borrowed: worth 4,000
LEVERAGED = Portfolio((Position(Stock("XYZ"), 100.0),), (Balance("USD", -6_000.0),), UNDERLYINGS)


def point(move, equity, maintenance, ratio="own"):
    if ratio == "own":
        ratio = maintenance / equity if equity > 0 else None
    return SpotPoint(move, maintenance, maintenance, equity, equity, 0.0, 0.0, ratio)


def test_unmoved_the_figures_are_todays():
    portfolio = Portfolio(
        (Position(PUT, -5.0), Position(Stock("XYZ"), 3.0)), (Balance("USD", 1e3),), UNDERLYINGS
    )
    (unmoved,) = against_spot(portfolio, MARKET, TOY, [0.0])
    today = TOY(portfolio, MARKET)
    assert unmoved.maintenance == pytest.approx(today.maintenance.amount, rel=1e-12)
    assert unmoved.initial == pytest.approx(today.initial.amount, rel=1e-12)
    assert unmoved.equity == pytest.approx(today.equity.amount, rel=1e-12)
    assert unmoved.margin_ratio == pytest.approx(today.margin_ratio, rel=1e-12)


def test_a_leveraged_holding_is_liquidated_where_equity_falls_to_the_maintenance():
    points = against_spot(LEVERAGED, MARKET, TOY, [-0.4, -0.2, 0.0, 0.2])
    assert [p.equity for p in points] == pytest.approx([0.0, 2_000.0, 4_000.0, 6_000.0])
    assert [p.maintenance for p in points] == pytest.approx([600.0, 800.0, 1_000.0, 1_200.0])
    # 100 s - 6,000 = 10 s at s = 66.67; both sides are straight lines, so the crossing is exact
    (crossing,) = crossings(points)
    assert crossing.side is Side.BELOW
    assert crossing.move == pytest.approx(-1 / 3, rel=1e-12)


def test_only_the_underlying_asked_for_moves():
    both = Portfolio(
        (Position(Stock("XYZ"), 1.0), Position(Stock("ABC"), 2.0)), underlyings=UNDERLYINGS
    )
    (moved,) = against_spot(both, MARKET, TOY, [-0.5], underlying="ABC")
    assert moved.net_liquidation_value == pytest.approx(100.0 + 2 * 25.0)


def test_an_account_may_be_liquidated_on_both_sides():
    points = [point(-0.2, 50.0, 100.0), point(0.0, 150.0, 100.0), point(0.2, 100.0, 200.0)]
    assert crossings(reversed(points)) == (
        Crossing(pytest.approx(-0.1), Side.BELOW),
        Crossing(pytest.approx(0.2 * 50 / 150), Side.ABOVE),
    )


def test_no_crossing_where_nothing_is_asked_or_all_is_met():
    assert crossings([point(-0.1, 0.0, 0.0), point(0.1, 0.0, 0.0)]) == ()
    assert crossings([point(-0.1, 10.0, 1.0), point(0.1, 10.0, 2.0)]) == ()


def test_equity_gone_with_a_requirement_left_is_liquidation():
    assert point(0.0, 0.0, 1.0).liquidated
    assert point(0.0, 100.0, 100.0).liquidated
    assert not point(0.0, 100.0, 99.0).liquidated


def test_with_several_pockets_the_worst_one_decides():
    # in sum equity is ample; one pocket goes from a ratio of 0.5 to 1.5
    points = [point(-0.1, 1_000.0, 100.0, 1.5), point(0.1, 1_000.0, 100.0, 0.5)]
    assert crossings(points) == (Crossing(pytest.approx(0.0, abs=1e-12), Side.BELOW),)


def test_a_pocket_without_equity_is_liquidated_whatever_the_others_hold():
    # the contract: no ratio where equity is not positive; here it is that of one pocket
    points = [point(-0.1, 1_000.0, 100.0, None), point(0.1, 1_000.0, 100.0, 0.9)]
    (crossing,) = crossings(points)
    assert (crossing.move, crossing.side) == (pytest.approx(0.0), Side.BELOW)


def test_zero_against_nothing_next_to_zero_against_something_crosses_at_the_latter():
    points = [point(0.0, 0.0, 0.0), point(0.1, 5.0, 5.0)]
    assert crossings(points) == (Crossing(0.1, Side.ABOVE),)
