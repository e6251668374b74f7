"""Which positions pay for one another, and how much."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from margin_core.book.instruments import AssetClass, Stock, Underlying
from margin_core.book.portfolio import Portfolio, Position
from margin_core.errors import MarginError
from margin_core.margin.parameters import Table
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies.occ_tims import METHODOLOGY, PUBLISHED
from tests import strategies
from tests.methodologies.occ_tims.accounts import CLOSE, required, stocks


def test_classes_of_one_product_group_offset_ninety_percent_of_a_gain():
    """Long 100,000 of a Russell 3000 fund, short 100,000 of an S&P 500 fund: 10 % of 8,000."""
    holdings = (("R3000", AssetClass.ETF_BROAD, 1000), ("SPY", AssetClass.ETF_BROAD, -1000))
    result = METHODOLOGY.margin(*stocks(*holdings, product_group="broad indices"))
    assert result.maintenance.amount == pytest.approx(800.0)
    assert result.worst_scenario.group == "broad indices"
    assert dict(result.worst_scenario.pnl_by_underlying) == pytest.approx(
        {"R3000": -8_000.0, "SPY": 8_000.0}
    )
    assert required(stocks(*holdings)) == pytest.approx(8_000.0 + 6_000.0)


def in_one_class(inverse_shares, index_shares=200.0):
    """Build shares of an index fund and of a fund of twice the index's opposite."""
    funds = (
        Underlying("SPY", AssetClass.ETF_BROAD, class_group="SPX"),
        Underlying("SDS", AssetClass.ETF_BROAD, class_group="SPX", leverage=-2.0),
    )
    positions = (
        Position(Stock("SPY"), index_shares),
        Position(Stock("SDS"), inverse_shares),
    )
    quotes = Quote("SPY", 100.0), Quote("SDS", 100.0)
    return Portfolio(positions, underlyings=funds), Market(CLOSE, quotes)


def test_an_inverse_fund_loses_where_the_rest_of_its_class_gains():
    """OCC's class groups hold inverse funds beside their index (themargininvestor.com)."""
    # short the inverse fund is long the index: both lose at its lowest point
    result = METHODOLOGY.margin(*in_one_class(-100.0))
    assert result.maintenance.amount == pytest.approx(200 * 8.0 + 100 * 12.0)
    assert {u: move for u, move, _ in result.worst_scenario.moves} == pytest.approx(
        {"SPY": -0.08, "SDS": 0.12}
    )
    assert required(in_one_class(100.0)) == pytest.approx(200 * 8.0 - 100 * 12.0)
    # alone, it falls as far as before
    assert required(in_one_class(100.0, index_shares=0.0)) == pytest.approx(100 * 16.0)


def test_a_class_whose_members_name_different_product_groups_has_none_whatever_their_order():
    funds = (
        Underlying("A", AssetClass.ETF_BROAD, class_group="G", product_group="p"),
        Underlying("B", AssetClass.ETF_BROAD, class_group="G", product_group="q"),
        Underlying("C", AssetClass.ETF_BROAD, product_group="p"),
    )
    positions = tuple(Position(Stock(s), q) for s, q in (("A", 100), ("B", 100), ("C", -100)))
    market = Market(CLOSE, tuple(Quote(u.symbol, 100.0) for u in funds))
    for order in (positions, positions[::-1]):
        result = METHODOLOGY.margin(Portfolio(order, underlyings=funds), market)
        assert result.maintenance.amount == pytest.approx(1_600.0 + 600.0)
        assert any("G: the members" in warning for warning in result.warnings)


def test_a_group_without_a_known_offset_offsets_nothing_and_says_so():
    holdings = (("A", AssetClass.EQUITY, 1000), ("B", AssetClass.EQUITY, -1000))
    account = stocks(*holdings, product_group="oil")
    result = METHODOLOGY.margin(*account)
    assert result.maintenance.amount == pytest.approx(30_000.0)
    assert any("oil" in warning for warning in result.warnings)
    named = replace(PUBLISHED, product_offsets=Table((("oil", 0.5),)))
    assert required(account, named) == pytest.approx(7_500.0)


def test_the_remembered_offset_of_small_caps_is_named_in_a_warning():
    holdings = (("A", AssetClass.INDEX_BROAD, 1000), ("B", AssetClass.INDEX_BROAD, -1000))
    account = stocks(*holdings, product_group="small", high_capitalization=False)
    result = METHODOLOGY.margin(*account)
    assert result.maintenance.amount == pytest.approx(2_500.0)
    assert any("75%" in warning for warning in result.warnings)


def test_product_groups_of_one_portfolio_group_offset_at_its_own_percentage():
    broad = Underlying("SPY", AssetClass.ETF_BROAD, product_group="high")
    small = Underlying(
        "IWM", AssetClass.ETF_BROAD, high_capitalization=False, product_group="small"
    )
    portfolio = Portfolio(
        (Position(Stock("SPY"), 1000.0), Position(Stock("IWM"), -1000.0)),
        underlyings=(broad, small),
    )
    account = portfolio, Market(CLOSE, (Quote("SPY", 100.0), Quote("IWM", 100.0)))
    assert required(account) == pytest.approx(8_000.0 + 10_000.0)
    together = replace(
        PUBLISHED,
        portfolio_groups=Table((("high", "US"), ("small", "US"))),
        portfolio_offsets=Table((("US", 0.5),)),
    )
    # up: the fund gains 6,000 of which 90 % count in its product group and half of that above it
    assert required(account, together) == pytest.approx(10_000.0 - 0.5 * 0.9 * 6_000.0)


@settings(max_examples=25)
@given(strategies.us_listed(max_positions=5))
def test_an_offset_never_raises_a_requirement(drawn):
    portfolio, market = drawn
    portfolio = replace(
        portfolio, underlyings=tuple(replace(u, product_group="all") for u in portfolio.underlyings)
    )
    p = replace(PUBLISHED, volatility_index_range=(-0.3, 0.5), product_offsets=Table(()))
    try:
        apart = required((portfolio, market), p)
    except MarginError:
        return
    for offset in (0.0, 0.5, 0.9):
        offsets = replace(p, product_offsets=Table((("all", offset),)))
        assert required((portfolio, market), offsets) <= apart + 1e-6 * (1.0 + apart)
