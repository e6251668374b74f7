"""SPAN: published examples, a slow second implementation, and the properties of the method."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.errors import InputError, MarginError, NotCoveredError, ParameterError
from margin_core.margin.parameters import Table
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.cme_span import METHODOLOGY, PUBLISHED, load_data
from margin_core.methodologies.cme_span.calendar_charge import calendar_charge
from margin_core.methodologies.cme_span.commodity_credits import commodity_credits
from margin_core.methodologies.cme_span.commodity_risk import commodity_risk, requirement
from margin_core.methodologies.cme_span.structure import (
    SCENARIOS,
    CalendarSpread,
    Commodity,
    CommoditySpread,
    CreditLeg,
    CreditMethod,
    Delivery,
    Holding,
    MinimumMethod,
    SpreadLeg,
    Tier,
)
from tests import strategies
from tests.lines import named
from tests.replays import VECTORS
from tests.replays.cme_span import figures

NOW = datetime(2026, 1, 2, 21, tzinfo=UTC)
MARCH = datetime(2026, 3, 20, 20, tzinfo=UTC)
JUNE = datetime(2026, 6, 18, 20, tzinfo=UTC)
LABELS = PUBLISHED.labels
MONTHS = ("202509", "202510", "202512", "202602")

# McMillan, Options as a Strategic Investment, ch. 34, pp. 668-671; dollars, profits positive
FUTURE = (0, 0, 3330, 3330, -3330, -3330, 6670, 6670, -6670, -6670,
          10000, 10000, -10000, -10000, 7000, -7000)  # fmt: skip
CALL = (460, -610, 2640, 1730, -1270, -2340, 5210, 4540, -2540, -3430,
        8060, 7640, -3380, -3990, 3130, -1500)  # fmt: skip


def holding(quantity=1.0, losses=(0.0,) * SCENARIOS, delta=0.0, month="202512", **more):
    return Holding("held", "X", quantity, tuple(map(float, losses)), delta, month, **more)


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


TIERS = (
    Tier("1", "202509", "202509"),
    Tier("2", "202510", "202512"),
    Tier("3", "202601", "202612"),
)


def by_month(priority, rate, first, second):
    return CalendarSpread(priority, rate, (SpreadLeg(month=first), SpreadLeg(month=second)))


def by_tier(priority, rate, first, second, ratio=1.0):
    return CalendarSpread(priority, rate, (SpreadLeg(tier=first), SpreadLeg(ratio, tier=second)))


GOLD = Commodity(
    "GC",
    "USD",
    tiers=TIERS,
    calendar_spreads=(
        by_tier(1, 400.0, "1", "2"),
        by_tier(2, 350.0, "2", "2"),
        by_month(1, 250.0, "202509", "202510"),
        by_month(2, 300.0, "202510", "202512"),
        by_tier(3, 600.0, "2", "3"),
        by_tier(4, 700.0, "1", "3"),
    ),
)


def charge(deltas, commodity=GOLD):
    held = [holding(delta=delta, month=month) for month, delta in deltas.items()]
    return calendar_charge(commodity, held)


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


def outright(code, scan, paired, delta, *, s1=0.0, s2=0.0, **tables):
    losses = [s1, s2, *[0.0] * 10, scan, paired, 0.0, 0.0]
    return commodity_risk(Commodity(code, "USD", **tables), [holding(1, losses, delta)], LABELS)


def spread(rate, first, second, ratios=(1.0, 1.0), priority=1):
    legs = CreditLeg(first, "A", ratios[0]), CreditLeg(second, "B", ratios[1])
    return CommoditySpread(priority, rate, legs)


def test_opposite_deltas_of_two_commodities_save_a_share_of_their_price_risk():
    """10 long of 3,000 each against 8 short of 2,500 each, 70 %: 8 deltas on each side count."""
    risks = [outright("A", 30_000, 30_000, 10), outright("B", 20_000, 20_000, -8)]
    found = commodity_credits(risks, [spread(0.7, "A", "B")])
    saved = {code: sum(line.amount for line in lines) for code, lines in found.items()}
    assert saved == pytest.approx({"A": 16_800.0, "B": 14_000.0})
    assert sum(requirement(r, found[r.commodity.code]).amount for r in risks) == pytest.approx(
        19_200.0
    )


def test_deltas_of_one_sign_save_nothing():
    risks = [outright("A", 30_000, 30_000, 10), outright("B", 20_000, 20_000, 8)]
    assert commodity_credits(risks, [spread(0.7, "A", "B")]) == {"A": [], "B": []}
    assert commodity_credits(risks, [spread(0.7, "A", "C")]) == {"A": [], "B": []}


def test_spreads_are_formed_by_priority_on_the_deltas_left_at_the_risk_per_first_delta():
    risks = [
        outright("A", 30_000, 30_000, 10),
        outright("B", 20_000, 20_000, -8),
        outright("C", 9_000, 9_000, -3),
    ]
    spreads = [spread(0.5, "A", "C", priority=2), spread(0.7, "A", "B")]
    found = commodity_credits(risks, spreads)
    assert [line.amount for line in found["A"]] == pytest.approx([16_800.0, 2 * 3_000 * 0.5])
    assert [line.amount for line in found["C"]] == pytest.approx([2 * 3_000 * 0.5])


def test_ratios_say_how_many_deltas_of_each_side_go_together():
    risks = [outright("A", 30_000, 30_000, 10), outright("B", 20_000, 20_000, -8)]
    found = commodity_credits(risks, [spread(0.5, "A", "B", ratios=(1.0, 4.0))])
    assert found["A"][0].amount == pytest.approx(2 * 3_000 * 0.5)
    assert found["B"][0].amount == pytest.approx(8 * 2_500 * 0.5)


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


# a second, slow implementation of the whole method


def slow_requirement(commodities, spreads):
    """Return each commodity's requirement; plain lists and dictionaries, one rule after another.

    A commodity: its positions (losses, delta, month, right, quantity), tiers, spreads, minimum.
    """
    state = {}
    for code, (positions, tiers, calendar, minimum_rate) in commodities.items():
        column = [sum(position[0][s] for position in positions) for s in range(16)]
        scan = max(0.0, *column)
        active = next(s for s in range(16) if column[s] == max(column))
        by_month = {}
        for _, delta, month, _, _ in positions:
            by_month[month] = by_month.get(month, 0.0) + delta
        longs = {m: d for m, d in by_month.items() if d > 0}
        shorts = {m: -d for m, d in by_month.items() if d < 0}
        intra = 0.0
        for _, rate, first, second in calendar:
            for one, two in ((first, second), (second, first)):
                left = [m for m in sorted(longs) if m in one or _in_tier(m, one, tiers)]
                right = [m for m in sorted(shorts) if m in two or _in_tier(m, two, tiers)]
                number = min(sum(longs[m] for m in left), sum(shorts[m] for m in right))
                intra += rate * number
                _use(longs, left, number)
                _use(shorts, right, number)
        short_options = sum(-q for _, _, _, right, q in positions if right and q < 0)
        pair = active if active > 13 else (active + 1 if active % 2 == 0 else active - 1)
        price_risk = (column[active] + column[pair]) / 2 - (column[0] + column[1]) / 2
        delta = sum(position[1] for position in positions)
        per_delta = max(price_risk, 0.0) / abs(delta) if delta else 0.0
        state[code] = [scan, intra, short_options * minimum_rate, per_delta, delta, 0.0]
    for rate, one, two in spreads:
        first, second = state[one], state[two]
        if first[4] * second[4] >= 0:
            continue
        number = min(abs(first[4]), abs(second[4]))
        for side in (first, second):
            side[5] += number * side[3] * rate
            side[4] -= number if side[4] > 0 else -number
    return {
        code: max(scan + intra - min(credit, scan), minimum)
        for code, (scan, intra, minimum, _, _, credit) in state.items()
    }


def _in_tier(month, name, tiers):
    return name in tiers and tiers[name][0] <= month <= tiers[name][1]


def _use(pool, months, amount):
    for month in months:
        taken = min(pool[month], amount)
        pool[month] -= taken
        amount -= taken


POSITIONS = st.lists(
    st.tuples(
        st.lists(st.integers(-9_000, 9_000).map(float), min_size=16, max_size=16),
        st.integers(-30, 30).map(lambda n: n / 4),
        st.sampled_from(MONTHS),
        st.sampled_from([None, Right.CALL, Right.PUT]),
        st.integers(-9, 9).map(float),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from("ABC"), POSITIONS, min_size=1), st.floats(0, 300))
def test_it_agrees_with_the_slow_implementation(drawn, minimum):
    calendar = [
        (1, 250.0, "202509", "202510"),
        (2, 300.0, "202510", "202512"),
        (3, 400.0, "1", "2"),
        (4, 350.0, "2", "2"),
        (5, 600.0, "2", "3"),
        (6, 700.0, "1", "3"),
    ]
    pairs = [(0.7, "A", "B"), (0.5, "C", "A"), (0.3, "B", "C")]
    pairs = [pair for pair in pairs if pair[1] in drawn and pair[2] in drawn]
    tiers = {tier.name: (tier.first, tier.last) for tier in TIERS}
    slow = slow_requirement(
        {code: (rows, tiers, calendar, minimum) for code, rows in drawn.items()}, pairs
    )
    risks = []
    for code, rows in drawn.items():
        held = [
            holding(quantity, losses, delta, month, right=right)
            for losses, delta, month, right, quantity in rows
        ]
        commodity = replace(GOLD, code=code, minimum_rate=minimum)
        risks.append(commodity_risk(commodity, held, LABELS))
    found = commodity_credits(
        risks, [spread(rate, one, two, priority=n) for n, (rate, one, two) in enumerate(pairs)]
    )
    ours = {r.commodity.code: requirement(r, found[r.commodity.code]).amount for r in risks}
    assert ours == pytest.approx(slow, abs=1e-6)


# arrays made here


def account(*positions, underlyings=None, spot=100.0, vol=0.25, **quote):
    """Build an account with its market, all underlyings at one spot and volatility."""
    symbols = dict.fromkeys(position.underlying for position in positions)
    facts = underlyings or tuple(Underlying(s, AssetClass.INDEX_BROAD) for s in symbols)
    quotes = tuple(Quote(s, spot, volatility=vol, **quote) for s in symbols)
    return Portfolio(tuple(positions), underlyings=facts), Market(NOW, quotes)


def series(right, strike, expiry=MARCH):
    return Option("IDX", Right(right), strike, expiry, Style.EUROPEAN, 100.0)


def test_composite_delta_weights_add_to_one_over_seven_prices():
    total = sum(weight * (2 if thirds else 1) for thirds, weight in PUBLISHED.delta_weights)
    assert total == pytest.approx(1.0, abs=1e-12)


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


def test_option_value_counts_in_equity_and_nowhere_else():
    portfolio, market = account(Position(series("call", 100.0), -10.0))
    portfolio = replace(portfolio, balances=(Balance("USD", 9_000.0), Balance("ETH", 1.0)))
    market = replace(market, prices=(("ETH", 2_000.0),))
    result = METHODOLOGY(portfolio, market)
    premium = result.equity.parts[0].amount
    assert result.equity.parts[0].label == "Net option value"
    assert premium < 0.0
    assert result.equity.amount == pytest.approx(9_000.0 + premium)
    assert result.collateral_not_counted == 2_000.0
    assert result.capital_to_open == pytest.approx(result.initial.amount)
    assert any("ETH" in warning for warning in result.warnings)


@settings(max_examples=20)
@given(strategies.portfolios(max_positions=4))
def test_a_requirement_is_never_below_the_largest_loss_of_an_array_less_option_value(drawn):
    portfolio, market = drawn
    try:
        result = METHODOLOGY(portfolio, market)
    except MarginError:
        return
    losses = {}
    for outcome in result.scenarios:
        losses[outcome.group] = max(losses.get(outcome.group, 0.0), -outcome.pnl)
    assert result.maintenance.amount >= sum(losses.values()) - 1e-6 * (1.0 + sum(losses.values()))


def test_speculators_pay_a_tenth_more_at_first():
    result = METHODOLOGY(
        *account(Position(Future("IDX", MARCH), 1.0)), METHODOLOGY.profiles["speculator"]
    )
    assert result.initial.amount == pytest.approx(1.1 * result.maintenance.amount)


def test_arrays_made_here_are_never_called_cmes():
    result = METHODOLOGY(*account(Position(Future("IDX", MARCH), 1.0)))
    assert result.title == "SPAN-style margin"
    assert any("not CME's" in warning for warning in result.warnings)


def test_a_product_that_moved_to_span_2_is_named_with_its_published_outright():
    facts = (Underlying("ES", AssetClass.INDEX_BROAD),)
    result = METHODOLOGY(*account(Position(Future("ES", MARCH, 50.0), 1.0), underlyings=facts))
    [warning] = [warning for warning in result.warnings if "SPAN 2" in warning]
    assert "2024-10-18" in warning
    assert "20,936" in warning
    assert "20,051" in warning


@pytest.mark.parametrize(
    "change",
    [
        {"short_option_method": "most"},
        {"credit_method": "none"},
        {"commodity_spreads": (("A", 1.0),)},
        {"scenarios": ((0.0, 1.0, 1.0),)},
        {"price_scan_ranges": Table(())},
    ],
)
def test_an_impossible_parameter_is_refused(change):
    with pytest.raises(ParameterError):
        METHODOLOGY(*account(Position(Future("IDX", MARCH), 1.0)), replace(PUBLISHED, **change))


def test_an_empty_account_owes_nothing():
    result = METHODOLOGY(Portfolio(), Market(NOW))
    assert result.maintenance.amount == 0.0
    assert result.worst_scenario is None
    assert result.warnings == ()


# a file


def document(**changes):
    """Build a ``margin-span/1`` document with a March future, a June future and a March call."""
    array = [100.0 * n for n in range(SCENARIOS)]
    commodity = {
        "code": "GC",
        "currency": "USD",
        "contract_value_factor": 100,
        "price_scan_range": 12_000,
        "volatility_scan_range": 0.05,
        "contracts": [
            {"kind": "future", "expiry": "2026-03-20", "price": 3600, "delta": 1, "array": array},
            {"kind": "future", "expiry": "2026-06-18", "price": 3610, "delta": 1, "array": array},
            {
                "kind": "option",
                "right": "call",
                "strike": 3700,
                "expiry": "2026-03-20",
                "month": "202603",
                "price": 50,
                "delta": 0.4,
                "array": [50.0] * SCENARIOS,
            },
        ],
        "tiers": [{"name": "all", "first": "202601", "last": "202612"}],
        "calendar_spreads": [
            {"priority": 1, "rate": 300, "legs": [{"month": "202603"}, {"month": "202606"}]},
            {"priority": 2, "rate": 400, "legs": [{"tier": "all"}, {"tier": "all"}]},
        ],
        "delivery": [{"month": "202603", "spread_rate": 1, "outright_rate": 2}],
        "short_option_minimum": {"rate": 35, "method": "larger"},
    }
    top = {
        "format": "margin-span/1",
        "title": "Test exchange",
        "date": "2026-01-02",
        "combined_commodities": [commodity | changes.pop("commodity", {})],
    }
    return top | changes


def read(**changes):
    return load_data(json.dumps(document(**changes)))


GC = (Underlying("GC", AssetClass.COMMODITY),)


def gold(*held):
    """Build an account of (quantity, future or call, expiry) in the file's contracts."""
    positions, marked = [], []
    for quantity, kind, expiry in held:
        if kind == "future":
            instrument, price = Future("GC", expiry, 100.0), 3_600.0
        else:
            instrument = Option("GC", Right.CALL, 3_700.0, expiry, multiplier=100.0)
            price = 50.0
        positions.append(Position(instrument, quantity))
        marked.append(InstrumentQuote(instrument, price))
    portfolio = Portfolio(tuple(positions), underlyings=GC)
    return portfolio, Market(NOW, (Quote("GC", 3_600.0),), tuple(marked))


def test_positions_take_the_arrays_deltas_and_tables_of_the_file():
    held = gold((2.0, "future", MARCH), (-2.0, "future", JUNE), (-1.0, "call", MARCH))
    result = METHODOLOGY(*held, data=read())
    # arrays of the futures cancel; the call's 0.4 deltas leave 1.6 against 2, then 0.4 outright
    spread_charge, delivery = 1.6 * 300.0, 1.6 * 1.0
    assert result.maintenance.amount == pytest.approx(spread_charge + delivery)
    assert result.title == "SPAN on Test exchange of 2026-01-02"
    assert result.warnings == ()
    assert result.equity.parts[0].amount == -5_000.0
    moved = result.scenarios[12].moves
    assert moved == (("GC", pytest.approx(-12_000 / 100 / 3_600), 0.05),)


def test_a_file_says_how_far_its_extremes_reach_and_what_counts_of_them():
    held = gold((1.0, "future", MARCH))
    result = METHODOLOGY(*held, data=read(extreme_move=2, extreme_cover=0.35))
    assert result.scenarios[15].label == "Scenario 16: price −2 x range, 35 % of it"
    assert METHODOLOGY(*held, data=read()).scenarios[15].label.endswith("−3 x range, 33 % of it")


def test_two_lots_of_one_contract_are_one_position():
    split = gold((5.0, "call", MARCH), (-2.0, "call", MARCH))
    result = METHODOLOGY(*split, data=read())
    assert (
        result.maintenance.amount
        == METHODOLOGY(*gold((3.0, "call", MARCH)), data=read()).maintenance.amount
    )


def test_a_position_that_the_file_lacks_is_named():
    expiry = datetime(2026, 12, 18, 21, tzinfo=UTC)
    with pytest.raises(NotCoveredError, match="GC future 18 Dec 2026"):
        METHODOLOGY(*gold((1.0, "future", MARCH), (1.0, "future", expiry)), data=read())
    stock = Portfolio((Position(Stock("GC"), 1.0),), underlyings=GC)
    with pytest.raises(NotCoveredError, match="GC stock"):
        METHODOLOGY(stock, Market(NOW, (Quote("GC", 3_600.0),)), data=read())


def test_a_multiplier_that_is_not_the_contracts_is_refused():
    portfolio, market = gold((1.0, "future", MARCH))
    mini = replace(portfolio.positions[0], instrument=Future("GC", MARCH, 10.0))
    with pytest.raises(InputError, match="multiplier 10"):
        METHODOLOGY(replace(portfolio, positions=(mini,)), market, data=read())


def test_another_performance_bond_currency_is_converted_at_its_price():
    portfolio, market = gold((1.0, "call", MARCH))
    market = replace(market, prices=(("EUR", 1.2),))
    result = METHODOLOGY(portfolio, market, data=read(commodity={"currency": "EUR"}))
    assert result.maintenance.amount == pytest.approx(1.2 * (50.0 + 0.4 * 2.0))
    assert result.scenarios[0].pnl == pytest.approx(-60.0)


def test_commodities_of_a_file_that_moved_to_span_2_are_named():
    data = read(commodity={"moved_to_span2": "2024-10-18"})
    [warning] = METHODOLOGY(*gold((1.0, "future", MARCH)), data=data).warnings
    assert "not authoritative" in warning


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"format": "margin-span/2"}, "format"),
        ({"title": 3}, "title"),
        ({"extra": 3}, "extra"),
        ({"combined_commodities": {}}, "combined_commodities"),
        ({"combined_commodities": [3]}, "combined_commodities[0]"),
        ({"commodity": {"contract_value_factor": 0}}, "contract_value_factor"),
        ({"commodity": {"contract_value_factor": 10**400}}, "contract_value_factor"),
        ({"commodity": {"contract_value_factor": True}}, "contract_value_factor"),
        ({"commodity": {"limit_option_value": "yes"}}, "limit_option_value"),
        ({"commodity": {"credit_method": "best"}}, "credit_method"),
        ({"commodity": {"credit_method": "scan_range", "price_scan_range": 0}}, "price_scan_range"),
        ({"commodity": {"tiers": []}}, "calendar_spreads"),
        ({"commodity": {"tiers": [{"name": "1", "first": "2026", "last": ""}]}}, "tiers[0].first"),
        (
            {"commodity": {"calendar_spreads": [{"priority": 1, "rate": 1, "legs": []}]}},
            "calendar_spreads[0].legs",
        ),
        ({"commodity": {"short_option_minimum": {"rate": -1}}}, "short_option_minimum.rate"),
        ({"commodity": {"contracts": [{"kind": "swap"}]}}, "contracts[0].kind"),
        ({"commodity": {"contracts": [{"expiry": "soon"}]}}, "contracts[0].expiry"),
        ({"commodity": {"contracts": [{"array": [1, 2]}]}}, "contracts[0].array"),
        (
            {"inter_commodity_spreads": [{"priority": 1, "rate": 2, "legs": []}]},
            "inter_commodity_spreads[0].rate",
        ),
        (
            {
                "inter_commodity_spreads": [
                    {"priority": 1, "rate": 0.5, "legs": [{"commodity": "SI", "side": "A"}]}
                ]
            },
            "inter_commodity_spreads",
        ),
    ],
)
def test_a_faulty_file_is_refused_with_the_place_of_the_fault(changes, place):
    with pytest.raises(InputError) as error:
        read(**changes)
    assert any(fault.where.endswith(place) for fault in error.value.faults)


def test_every_fault_of_a_file_is_told_at_once():
    with pytest.raises(InputError) as error:
        read(title=3, date=None, commodity={"currency": 7})
    assert {fault.where for fault in error.value.faults} >= {
        "title",
        "date",
        "combined_commodities[0].currency",
    }


def test_a_contract_that_stands_twice_is_refused():
    doubled = document()
    contracts = doubled["combined_commodities"][0]["contracts"]
    contracts.append(contracts[0])
    with pytest.raises(InputError, match="twice"):
        load_data(json.dumps(doubled))


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "[" * 100_000, "9" * 5_000])
def test_what_is_no_json_object_is_refused(text):
    with pytest.raises(InputError):
        load_data(text)


@pytest.mark.skipif(not VECTORS.exists(), reason="the published examples are not at hand")
def test_the_whole_set_of_span_examples_agrees():
    rows = list(figures(VECTORS / "tims_span"))
    assert rows
    assert [row for row in rows if not row.agrees] == []
