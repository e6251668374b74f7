"""Portfolio margin: Cboe's published table, a slow second implementation, and the rule's edges.

Cboe's figures are those of "Margin Requirement Examples for Sample Options-based Positions"
(studylib.net/doc/11615061), at the close of 2007-02-23; they print 5.25 % to the expiration of
2007-04-20, no IBM dividend before it, and a yield of 1.95 % on the S&P 500.
"""

import math
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings

from margin_core.book.instruments import (
    AssetClass,
    Future,
    MarginType,
    Option,
    Perpetual,
    Right,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.errors import MarginError, NotCoveredError, ParameterError
from margin_core.margin.figure import Rule, binding
from margin_core.margin.parameters import Table
from margin_core.market.snapshot import Dividend, InstrumentQuote, Market, Quote
from margin_core.methodologies.occ_tims import METHODOLOGY, PUBLISHED
from margin_core.methodologies.occ_tims.terms import points
from tests import strategies
from tests.replays import VECTORS
from tests.replays.occ_tims import figures

CLOSE = datetime(2007, 2, 23, 21, tzinfo=UTC)
APRIL = datetime(2007, 4, 20, 20, tzinfo=UTC)
RATE, YIELD = 0.0525, 0.0195
IBM = Underlying("IBM", AssetClass.EQUITY)
SPX = Underlying("SPX", AssetClass.INDEX_BROAD)
SPY = Underlying("SPY", AssetClass.ETF_BROAD, index="SPX", class_group="SPX")
SPOTS = {"IBM": 97.73, "SPX": 1451.19, "SPY": 145.30}


def series(symbol, right, strike):
    style = Style.AMERICAN if symbol == "IBM" else Style.EUROPEAN
    return Option(symbol, Right(right), strike, APRIL, style, 100.0)


def cboe(*legs):
    """Build the account and market of (quantity, symbol, right, strike, price) and stock legs."""
    positions, marked = [], []
    for quantity, symbol, *contract in legs:
        if contract:
            right, strike, price = contract
            marked.append(InstrumentQuote(series(symbol, right, strike), price))
            positions.append(Position(series(symbol, right, strike), quantity))
        else:
            positions.append(Position(Stock(symbol), quantity))
    quotes = tuple(
        Quote(symbol, spot, RATE, 0.0 if symbol == "IBM" else YIELD)
        for symbol, spot in SPOTS.items()
    )
    portfolio = Portfolio(tuple(positions), underlyings=(IBM, SPX, SPY))
    return portfolio, Market(CLOSE, quotes, tuple(marked))


def stocks(*holdings, product_group=None, **facts):
    """Build an account of (symbol, asset class, shares at 100)."""
    underlyings = tuple(
        Underlying(symbol, kind, product_group=product_group, **facts)
        for symbol, kind, _ in holdings
    )
    positions = tuple(Position(Stock(symbol), shares) for symbol, _, shares in holdings)
    quotes = tuple(Quote(symbol, 100.0, volatility=0.2) for symbol, _, _ in holdings)
    return Portfolio(positions, underlyings=underlyings), Market(CLOSE, quotes)


def required(account, parameters=PUBLISHED):
    return METHODOLOGY.margin(*account, parameters).maintenance.amount


@pytest.mark.parametrize(
    ("legs", "published", "tolerance"),
    [
        ([(-100, "IBM", "call", 100, 1.68)], 115_429, 0.01),
        ([(-100, "IBM", "put", 100, 3.18)], 137_527, 0.01),
        ([(100, "IBM", "put", 95, 1.02), (10_000, "IBM")], 37_538, 0.01),
        ([(100, "IBM", "put", 95, 1.02), (-100, "IBM", "call", 105, 0.40)], 91_118, 0.01),
        ([(100, "IBM", "put", 100, 3.18), (100, "IBM", "call", 100, 1.68)], 7_500, 1e-12),
        ([(-100, "SPX", "call", 1460, 21.66)], 654_514, 0.01),
        ([(-100, "SPX", "put", 1460, 22.55)], 948_203, 0.01),
        ([(-100, "SPX", "call", 1460, 21.66), (100_000, "SPY")], 948_342, 0.025),
        ([(100, "SPX", "call", 1460, 21.66), (-100, "SPX", "put", 1460, 22.55)], 1_162_261, 0.01),
        ([(100, "SPX", "call", 1450, 27.57), (-100, "SPX", "call", 1500, 5.96)], 210_984, 0.01),
        ([(100, "SPX", "put", 1450, 18.72), (100, "SPX", "call", 1450, 27.56)], 7_500, 1e-12),
    ],
)
def test_it_gives_the_figures_of_the_cboe_table(legs, published, tolerance):
    result = METHODOLOGY.margin(*cboe(*legs))
    assert result.capital_to_open == pytest.approx(published, rel=tolerance)
    assert result.initial.amount == result.maintenance.amount


def test_a_share_holding_loses_fifteen_percent():
    """Capiche, Portfolio margin part 4 (TD Ameritrade, 2017-10-02): 1,000 shares at 75."""
    portfolio, market = stocks(("XYZ", AssetClass.EQUITY, 1000))
    market = replace(market, quotes=(Quote("XYZ", 75.0),))
    assert required((portfolio, market)) == pytest.approx(11_250)


def test_the_worst_point_need_not_be_an_end_point():
    legs = [(100, "IBM", "put", 92, 0.55), (100, "IBM", "call", 92, 7.20)]
    result = METHODOLOGY.margin(*cboe(*legs))
    assert result.worst_scenario.moves[0][1] == pytest.approx(-0.06)
    assert result.maintenance.amount == -result.worst_scenario.pnl


def test_stocks_move_at_every_point_by_the_ranges_of_the_rule():
    kinds = {
        AssetClass.INDEX_BROAD: (-0.08, 0.06),
        AssetClass.ETF_NARROW: (-0.15, 0.15),
        AssetClass.ETN: (-0.15, 0.15),
    }
    for kind, (low, high) in kinds.items():
        result = METHODOLOGY.margin(*stocks(("X", kind, 1.0)))
        moves = [outcome.moves[0][1] for outcome in result.scenarios]
        assert moves == pytest.approx(
            [low * k / 5 for k in (5, 4, 3, 2, 1)] + [high * k / 5 for k in (1, 2, 3, 4, 5)]
        )


def test_a_small_cap_index_moves_ten_percent_and_a_fund_moves_as_the_index_it_follows():
    small = stocks(("RUT", AssetClass.INDEX_BROAD, 10.0), high_capitalization=False)
    assert required(small) == pytest.approx(100.0)
    portfolio, market = stocks(("NOTE", AssetClass.ETN, 10.0), index="RUT")
    index = Underlying("RUT", AssetClass.INDEX_BROAD, high_capitalization=False)
    portfolio = replace(portfolio, underlyings=(*portfolio.underlyings, index))
    assert required((portfolio, market)) == pytest.approx(100.0)


def test_a_leveraged_fund_moves_its_leverage_times_as_far_and_says_that_this_is_remembered():
    result = METHODOLOGY.margin(*stocks(("SDS", AssetClass.ETF_BROAD, 10.0), leverage=-2.0))
    assert result.maintenance.amount == pytest.approx(160.0)
    assert any("leveraged" in warning for warning in result.warnings)


def test_the_even_grid_has_ten_equal_steps_from_end_to_end():
    even = points(-0.08, 0.06, replace(PUBLISHED, grid="even"))
    assert len(even) == 10
    assert even[0] == -0.08
    assert even[-1] == pytest.approx(0.06)
    assert {round(b - a, 12) for a, b in pairwise(even)} == {round(0.14 / 9, 12)}


@pytest.mark.parametrize(
    "change",
    [
        {"grid": "odd"},
        {"smile": "none"},
        {"ranges": Table((("equity", (-1.2, 0.1)),))},
        {"ranges": Table((("equity", (0.1, 0.2)),))},
        {"ranges": Table((("equity", (-0.1,)),))},
        {"ranges": Table((("equity", 0.1),))},
    ],
)
def test_an_impossible_parameter_is_refused(change):
    account = stocks(("XYZ", AssetClass.EQUITY, 1.0))
    with pytest.raises(ParameterError):
        METHODOLOGY.margin(*account, replace(PUBLISHED, **change))


def test_each_contract_costs_at_least_37_50_and_a_cheap_long_no_more_than_its_value():
    cheap = [(100, "IBM", "put", 70, 0.01)]
    assert required(cboe(*cheap)) == pytest.approx(100.0)
    uncapped = replace(PUBLISHED, cap_long_minimum=False)
    assert required(cboe(*cheap), uncapped) == pytest.approx(3_750.0)
    short = [(-100, "IBM", "put", 70, 0.01)]
    assert required(cboe(*short)) == pytest.approx(3_750.0)


def test_long_and_short_of_one_series_cancel_before_the_minimum():
    legs = [(100, "IBM", "put", 100, 3.18), (-60, "IBM", "put", 100, 3.18)]
    only = [(40, "IBM", "put", 100, 3.18)]
    assert required(cboe(*legs)) == pytest.approx(required(cboe(*only)))
    closed = [(100, "IBM", "put", 100, 3.18), (-100, "IBM", "put", 100, 3.18)]
    assert required(cboe(*closed)) == pytest.approx(0.0)


def test_an_index_future_nets_with_the_options_on_the_index():
    option, future = series("SPX", "put", 1400), Future("SPX", APRIL, 50.0)
    quotes = (Quote("SPX", 1451.19, RATE, YIELD, volatility=0.12),)
    puts, futures = Position(option, 10.0), Position(future, 20.0)
    market = Market(CLOSE, quotes)
    alone = required((Portfolio((futures,), underlyings=(SPX,)), market))
    forward = market.forward("SPX", APRIL)
    assert alone == pytest.approx(20 * 50 * forward * 0.08)
    assert required((Portfolio((futures, puts), underlyings=(SPX,)), market)) < alone


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


@settings(max_examples=20)
@given(strategies.us_listed(max_positions=4))
def test_doubling_every_position_doubles_the_requirement(drawn):
    portfolio, market = drawn
    p = replace(PUBLISHED, volatility_index_range=(-0.3, 0.5))
    doubled = replace(
        portfolio,
        positions=tuple(replace(q, quantity=2.0 * q.quantity) for q in portfolio.positions),
    )
    try:
        once = required((portfolio, market), p)
    except MarginError:
        return
    assert required((doubled, market), p) == pytest.approx(2.0 * once, rel=1e-9, abs=1e-6)


def test_european_groups_agree_with_a_slow_loop_over_points_and_positions():
    legs = [
        (40, "SPX", "put", 1350, 4.1),
        (-70, "SPX", "put", 1430, 13.2),
        (-25, "SPX", "call", 1500, 5.96),
        (3_000, "SPY"),
    ]
    account = cboe(*legs)
    years = (APRIL - CLOSE).total_seconds() / (365 * 86_400)
    volatilities = [_slow_volatility(leg, years) if len(leg) > 2 else 0.0 for leg in legs]
    losses = []
    for move in [-0.08 * k / 5 for k in range(1, 6)] + [0.06 * k / 5 for k in range(1, 6)]:
        loss = 0.0
        for (quantity, symbol, *contract), volatility in zip(legs, volatilities, strict=True):
            if contract:
                right, strike, price = contract
                spot = SPOTS["SPX"] * (1 + move)
                moved = _slow_value(right, spot, strike, years, volatility)
                loss -= quantity * 100 * (moved - price)
            else:
                loss -= quantity * SPOTS[symbol] * move
        losses.append(loss)
    minimum = sum(37.5 * abs(leg[0]) for leg in legs if len(leg) > 2)
    assert required(account) == pytest.approx(max(*losses, minimum), rel=1e-6)


def _slow_value(right, spot, strike, years, volatility):
    """Return the Black-Scholes-Merton value by the error function."""
    forward = spot * math.exp((RATE - YIELD) * years)
    deviation = volatility * math.sqrt(years)
    upper = math.log(forward / strike) / deviation + deviation / 2
    call = math.exp(-RATE * years) * (
        forward * _normal(upper) - strike * _normal(upper - deviation)
    )
    return call if right == "call" else call - math.exp(-RATE * years) * (forward - strike)


def _slow_volatility(leg, years):
    _, symbol, right, strike, price = leg
    low, high = 0.01, 2.0
    for _ in range(80):
        middle = (low + high) / 2
        if _slow_value(right, SPOTS[symbol], strike, years, middle) < price:
            low = middle
        else:
            high = middle
    return low


def _normal(x):
    return math.erfc(-x / math.sqrt(2)) / 2


def test_the_dividends_of_an_index_scale_with_it_and_those_of_a_stock_stay_in_cash():
    ex = (Dividend(date(2007, 3, 15), 30.0),)

    def account(kind):
        """A call deep in the money: it loses what the forward loses."""
        option = Option("X", Right.CALL, 200.0, APRIL, Style.EUROPEAN, 100.0)
        underlying = Underlying("X", kind)
        quote = Quote("X", 1000.0, volatility=0.05, dividends=ex)
        portfolio = Portfolio((Position(option, 1.0),), underlyings=(underlying,))
        return portfolio, Market(CLOSE, (quote,))

    assert required(account(AssetClass.INDEX_BROAD)) == pytest.approx(0.08 * 97_000.0, rel=1e-6)
    assert required(account(AssetClass.EQUITY)) == pytest.approx(0.15 * 100_000.0, rel=1e-6)


def test_sticky_moneyness_slides_the_curve_along_with_the_price():
    sticky = replace(PUBLISHED, smile="sticky_moneyness")
    legs = [(-10, "SPX", "put", 1460, 22.55), (1_000, "SPY")]
    one = cboe(*legs)  # a curve of one point is flat
    assert required(one, sticky) == pytest.approx(required(one))
    # at -8 % the 1350 put stands past the even end of the curve: it takes the 1460 put's volatility
    result = METHODOLOGY.margin(*cboe(*legs, (1, "SPX", "put", 1350, 2.7)), sticky)
    years = (APRIL - CLOSE).total_seconds() / (365 * 86_400)
    volatility = _slow_volatility(legs[0], years)
    value = _slow_value("put", SPOTS["SPX"] * 0.92, 1350, years, volatility)
    by_position = dict(result.scenarios[0].pnl_by_position)
    assert by_position["+1 SPX 1,350 put 20 Apr 2007"] == pytest.approx(100 * (value - 2.7))
    assert by_position["+1,000 SPY stock"] == pytest.approx(-0.08 * 145_300.0)


def test_an_option_that_expires_now_moves_with_its_intrinsic_value():
    option = Option("X", Right.CALL, 100.0, CLOSE, Style.EUROPEAN, 100.0)
    portfolio = Portfolio(
        (Position(option, -10.0),), underlyings=(Underlying("X", AssetClass.INDEX_NARROW),)
    )
    market = Market(CLOSE, (Quote("X", 100.0, volatility=0.2),))
    assert required((portfolio, market)) == pytest.approx(10 * 100 * 15.0)


@pytest.mark.parametrize(
    ("instrument", "kind", "reason"),
    [
        (Perpetual("BTC"), AssetClass.CRYPTO, "perpetual"),
        (Stock("BTC"), AssetClass.CRYPTO, "crypto"),
        (Future("BTC", APRIL), AssetClass.COMMODITY, "commodity"),
        (Future("BTC", APRIL, margin_type=MarginType.INVERSE), AssetClass.EQUITY, "inverse"),
        (Stock("BTC"), AssetClass.INDEX_VOLATILITY, "volatility_index_range"),
    ],
)
def test_what_it_does_not_margin_is_named(instrument, kind, reason):
    portfolio = Portfolio((Position(instrument, 2.0),), underlyings=(Underlying("BTC", kind),))
    with pytest.raises(NotCoveredError, match=reason) as error:
        METHODOLOGY.margin(portfolio, Market(CLOSE, (Quote("BTC", 100.0),)))
    assert "+2 BTC" in str(error.value)


def test_a_volatility_index_is_margined_once_a_range_is_given():
    account = stocks(("VIX", AssetClass.INDEX_VOLATILITY, 10.0))
    given_range = replace(PUBLISHED, volatility_index_range=(-0.3, 0.5))
    assert required(account, given_range) == pytest.approx(300.0)


def test_an_account_in_another_currency_is_not_covered():
    portfolio, market = stocks(("XYZ", AssetClass.EQUITY, 1.0))
    with pytest.raises(NotCoveredError, match="EUR"):
        METHODOLOGY.margin(replace(portfolio, currency="EUR"), market)


def test_equity_is_cash_and_every_position_at_full_value():
    portfolio, market = cboe((-100, "IBM", "call", 100, 1.68), (10_000, "IBM"))
    balances = (Balance("USD", -400_000.0), Balance("ETH", 2.0))
    portfolio = replace(portfolio, balances=balances)
    market = replace(market, prices=(("ETH", 3_000.0),))
    result = METHODOLOGY.margin(portfolio, market)
    assert result.equity.amount == pytest.approx(977_300.0 - 16_800.0 - 400_000.0)
    assert result.collateral_not_counted == pytest.approx(6_000.0)
    assert any("ETH" in warning for warning in result.warnings)
    assert result.capital_to_open == pytest.approx(result.maintenance.amount)


def test_the_account_minimums_are_warnings_apart_from_the_requirement():
    portfolio, market = stocks(("XYZ", AssetClass.EQUITY, 1.0))

    def lights(cash, **changes):
        option = replace(series("XYZ", "call", 100.0), underlying="XYZ", **changes)
        account = replace(
            portfolio,
            positions=(*portfolio.positions, Position(option, 1.0)),
            balances=(Balance("USD", cash),),
        )
        result = METHODOLOGY.margin(account, market)
        assert result.excess_maintenance > 0.0
        return [warning for warning in result.warnings if "Equity" in warning]

    assert "100,000" in lights(50_000.0)[0]
    assert "150,000" in lights(120_000.0)[0]
    assert lights(200_000.0) == []
    assert "5,000,000" in lights(200_000.0, otc=True)[0]
    assert lights(6_000_000.0, otc=True) == []


def test_an_empty_account_owes_nothing_and_is_warned_of_nothing():
    result = METHODOLOGY.margin(Portfolio(), Market(CLOSE))
    assert result.maintenance.amount == result.initial.amount == 0.0
    assert result.worst_scenario is None
    assert result.warnings == ()


def test_groups_stand_by_size_and_every_point_of_each_is_listed():
    account = stocks(("A", AssetClass.EQUITY, 10.0), ("B", AssetClass.EQUITY, -500.0))
    result = METHODOLOGY.margin(*account)
    assert [outcome.group for outcome in result.worst_by_group] == ["B", "A"]
    assert len(result.scenarios) == 20
    assert sum(-outcome.pnl for outcome in result.worst_by_group) == pytest.approx(
        result.maintenance.amount
    )
    assert result.worst_scenario.label == "Point 10: spot +15 %"


def profile(name, account):
    return METHODOLOGY.margin(*account, METHODOLOGY.profiles[name])


def test_wider_index_ranges_bind_over_the_rule():
    account = stocks(("SPY", AssetClass.ETF_BROAD, 100.0))
    result = profile("wide_index_ranges", account)
    assert result.maintenance.amount == pytest.approx(1_200.0)
    larger = result.maintenance.parts[0]
    assert larger.rule is Rule.LARGEST
    assert binding(larger).label == "House price ranges"
    assert result.worst_scenario.moves[0][1] == -0.12


def test_a_single_name_falls_a_quarter_or_rises_three_tenths():
    assert profile(
        "single_name_stress", stocks(("A", AssetClass.EQUITY, 100.0))
    ).maintenance.amount == pytest.approx(2_500.0)
    assert profile(
        "single_name_stress", stocks(("A", AssetClass.EQUITY, -100.0))
    ).maintenance.amount == pytest.approx(3_000.0)
    assert profile(
        "stock_stress", stocks(("A", AssetClass.EQUITY, -100.0))
    ).maintenance.amount == pytest.approx(2_500.0)


def test_the_two_riskiest_names_move_thirty_percent_and_the_rest_five():
    account = stocks(
        ("A", AssetClass.EQUITY, 100.0),
        ("B", AssetClass.EQUITY, -300.0),
        ("C", AssetClass.EQUITY, 200.0),
    )
    result = profile("two_riskiest_names", account)
    assert result.maintenance.amount == pytest.approx(0.30 * 50_000.0 + 0.05 * 10_000.0)
    assert {u: move for u, move, _ in result.worst_scenario.moves} == {
        "A": -0.05,
        "B": 0.30,
        "C": -0.30,
    }
    assert result.worst_scenario.pnl == pytest.approx(-result.maintenance.amount)
    # spread over many names the rule itself asks for more
    many = stocks(*((f"N{i}", AssetClass.EQUITY, 100.0) for i in range(10)))
    assert profile("two_riskiest_names", many).maintenance.amount == pytest.approx(15_000.0)


def test_a_volatility_move_raises_the_requirement_of_short_options():
    account = cboe((-100, "IBM", "call", 100, 1.68), (-100, "IBM", "put", 100, 3.18))
    result = profile("volatility_stress", account)
    assert result.maintenance.amount > required(account)
    assert result.worst_scenario.moves[0][2] == 0.15
    assert len(result.scenarios) == 30


def test_initial_margin_is_a_tenth_above_maintenance_at_some_brokers():
    result = profile("initial_above_maintenance", stocks(("A", AssetClass.EQUITY, 100.0)))
    assert result.initial.amount == pytest.approx(1.10 * result.maintenance.amount)


def test_a_large_position_adds_a_charge_once_the_shares_outstanding_are_known():
    account = stocks(("A", AssetClass.EQUITY, 100.0), ("B", AssetClass.EQUITY, -300.0))
    house = METHODOLOGY.profiles["large_positions"]
    assert any("shares_outstanding" in w for w in METHODOLOGY.margin(*account, house).warnings)
    known = replace(house, shares_outstanding=Table((("A", 10_001.0), ("B", 30_000.0))))
    assert required(account, known) == pytest.approx(6_000.0 + 0.10 * 30_000.0)


@pytest.mark.skipif(not VECTORS.exists(), reason="the published examples are not at hand")
def test_the_whole_set_of_published_portfolio_margins_agrees():
    ours = [row for row in figures(VECTORS / "tims_span") if not row.id.startswith("R")]
    assert ours
    assert [row for row in ours if not row.agrees] == []
