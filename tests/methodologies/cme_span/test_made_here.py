"""Arrays made here, for any instrument."""

from dataclasses import replace

import pytest

from margin_core.book.instruments import (
    AssetClass,
    Future,
    Option,
    Perpetual,
    Right,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import Portfolio, Position
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.cme_span import METHODOLOGY, PUBLISHED
from margin_core.methodologies.cme_span.structure import SCENARIOS
from tests.lines import named
from tests.methodologies.cme_span.accounts import JUNE, MARCH, NOW, account, series


def test_a_future_risks_its_price_scan_range_and_the_extremes_count_a_third_of_three():
    """CME gold 2025 (riskkit): the extreme scenario is 0.33 x 3 of the range."""
    for quantity in (1.0, -1.0):
        result = METHODOLOGY(*account(Position(Future("IDX", MARCH, 50.0), quantity)))
        assert result.maintenance.amount == pytest.approx(50 * 100 * 0.065)
        losses = [-outcome.pnl for outcome in result.scenarios]
        assert losses[14] == pytest.approx(-quantity * 0.99 * 325.0)
        assert losses[15] == pytest.approx(quantity * 0.99 * 325.0)
        assert len(losses) == SCENARIOS


def test_nse_extremes_reach_two_ranges_of_which_35_percent_count():
    result = METHODOLOGY(
        *account(Position(Future("IDX", MARCH), 1.0)), METHODOLOGY.profiles["nse_extremes"]
    )
    assert result.scenarios[15].pnl == pytest.approx(-0.35 * 2 * 6.5)


def test_an_option_array_is_its_repricing_a_day_ahead_at_moved_price_and_volatility():
    option = series("put", 95.0)
    portfolio, market = account(Position(option, -3.0))
    result = METHODOLOGY(portfolio, market)
    later = replace(market, valuation_time=NOW.replace(day=3))

    def value(spot, vol, when):
        moved = replace(when, quotes=(Quote("IDX", spot, volatility=vol),))
        return METHODOLOGY(portfolio, moved).net_liquidation_value

    now = value(100.0, 0.25, market)
    for outcome, (price, vol, weight) in zip(result.scenarios, PUBLISHED.sixteen, strict=True):
        moved = value(100.0 * (1 + price * 0.065), 0.25 + vol * 0.04, later)
        assert outcome.pnl == pytest.approx(weight * (moved - now), abs=1e-6)


def test_index_and_fund_of_one_class_group_net_in_units_of_the_first():
    index = Underlying("SPX", AssetClass.INDEX_BROAD, class_group="SPX")
    fund = Underlying("SPY", AssetClass.ETF_BROAD, index="SPX", class_group="SPX")
    portfolio = Portfolio(
        (Position(Future("SPX", MARCH, 50.0), -2.0), Position(Stock("SPY"), 1_000.0)),
        underlyings=(index, fund),
    )
    market = Market(NOW, (Quote("SPX", 5_000.0), Quote("SPY", 500.0)))
    result = METHODOLOGY(portfolio, market)
    # nothing to scan; 100 index units against March cost the calendar rate
    assert result.maintenance.amount == pytest.approx(0.02 * 0.065 * 5_000.0 * 100.0)


SPX = Underlying("SPX", AssetClass.INDEX_BROAD)
FUNDS = {
    factor: Underlying("FUND", AssetClass.ETF_BROAD, leverage=factor, class_group="SPX")
    for factor in (1.0, 2.0, -2.0)
}


def beside_a_fund(factor, shares, months=(MARCH,), underlyings=None):
    """Build futures on an index of 5,000 and shares at 50 of a fund of so many times it."""
    futures = [Position(Future("SPX", month, 50.0), 1.0) for month in months]
    held = (*futures, Position(Stock("FUND"), shares))
    facts = underlyings or (SPX, FUNDS[factor])
    market = Market(NOW, (Quote("SPX", 5_000.0), Quote("FUND", 50.0)))
    return Portfolio(held, underlyings=facts), market


def test_a_leveraged_fund_counts_its_deltas_by_what_they_lose():
    # 50 index units are 5,000 shares of the fund, or 2,500 of the one that moves twice as far
    for factor, shares in ((1.0, -5_000.0), (2.0, -2_500.0)):
        result = METHODOLOGY(*beside_a_fund(factor, shares))
        assert named(result.maintenance, "Calendar charge").parts[0].parts[0].amount == 50.0
        assert result.maintenance.amount == pytest.approx(0.02 * 0.065 * 5_000.0 * 50.0)


def test_an_inverse_fund_moves_against_the_rest_of_its_class_group():
    hedged = METHODOLOGY(*beside_a_fund(-2.0, 2_500.0))
    assert hedged.maintenance.amount == pytest.approx(0.02 * 0.065 * 5_000.0 * 50.0)
    doubled = METHODOLOGY(*beside_a_fund(-2.0, -2_500.0))
    assert doubled.maintenance.amount == pytest.approx(2 * 0.065 * 5_000.0 * 50.0)
    assert doubled.worst_scenario.moves == (
        ("SPX", pytest.approx(-0.065), 0.04),
        ("FUND", pytest.approx(0.13), 0.08),
    )


def test_the_order_of_positions_and_underlyings_changes_nothing():
    facts = (SPX, FUNDS[2.0])
    found = set()
    for underlyings in (facts, facts[::-1]):
        portfolio, market = beside_a_fund(2.0, -300.0, (MARCH, JUNE), underlyings)
        option = Option("FUND", Right.CALL, 55.0, MARCH, Style.AMERICAN, 100.0)
        held = (*portfolio.positions, Position(option, -10.0))
        market = replace(market, instruments=(InstrumentQuote(option, volatility=0.4),))
        for order in (held, held[::-1]):
            result = METHODOLOGY(replace(portfolio, positions=order), market)
            found.add(round(result.maintenance.amount, 6))
    assert len(found) == 1


def test_deltas_of_one_month_cost_no_calendar_charge():
    held = Position(Future("IDX", MARCH), 1.0), Position(series("put", 90.0), 1.0)
    result = METHODOLOGY(*account(*held))
    assert named(result.maintenance, "Calendar charge") is None
    assert named(result.maintenance, "Scan risk") is not None


def test_a_perpetual_and_a_stock_need_no_data_file():
    facts = (Underlying("BTC", AssetClass.CRYPTO), Underlying("XYZ", AssetClass.EQUITY))
    held = Position(Perpetual("BTC"), 2.0), Position(Stock("XYZ"), -10.0)
    result = METHODOLOGY(*account(*held, underlyings=facts))
    assert result.maintenance.amount == pytest.approx(200 * 0.16 + 1_000 * 0.15)
    assert [outcome.group for outcome in result.worst_by_group] == ["XYZ", "BTC"]


def test_no_scenario_takes_a_price_below_one_percent_of_itself():
    facts = (Underlying("VIX", AssetClass.INDEX_VOLATILITY, leverage=2.0),)
    result = METHODOLOGY(*account(Position(Stock("VIX"), 1.0), underlyings=facts))
    assert min(outcome.moves[0][1] for outcome in result.scenarios) == -0.99


def test_credits_between_class_groups_are_off_until_a_parameter_gives_them():
    facts = (Underlying("BTC", AssetClass.CRYPTO), Underlying("ETH", AssetClass.CRYPTO))
    held = Position(Perpetual("BTC"), 1.0), Position(Perpetual("ETH"), -3.0)
    apart = METHODOLOGY(*account(*held, underlyings=facts)).maintenance.amount
    assert apart == pytest.approx(400 * 0.16)
    p = replace(PUBLISHED, commodity_spreads=(("BTC", 1.0, "ETH", 2.0, 0.5),))
    together = METHODOLOGY(*account(*held, underlyings=facts), p).maintenance.amount
    assert together == pytest.approx(apart - 0.5 * (100 + 200) * 0.16)
