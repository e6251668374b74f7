"""Derive's standard margin: published cases, a slow second implementation, the rule's edges."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.errors import NotCoveredError
from margin_core.margin.figure import Rule, binding
from margin_core.margin.parameters import Table
from margin_core.market.snapshot import Confidences, InstrumentQuote, Market, Quote
from margin_core.methodologies.derive_srm import METHODOLOGY, PUBLISHED
from tests.lines import every, readd
from tests.methodologies import derive_srm_cases as suite
from tests.methodologies.derive_accounts import (
    NOW,
    SPOTS,
    account,
    accounts,
    market,
    option,
    perpetual,
)

MARKET = market()


def margin(*positions, balances=(), p=PUBLISHED, snapshot=MARKET):
    return METHODOLOGY(account(*positions, balances=balances), snapshot, p)


def of_both(value):
    return Table((("BTC", value), ("ETH", value)))


# the parameters of the suite's unit tests, config-test.sol
UNIT = replace(
    PUBLISHED,
    mm_perp_req=of_both(0.05),
    im_perp_req=of_both(0.065),
    min_spot_req=0.10,
    mm_call_spot_req=0.075,
    mm_put_spot_req=0.075,
    mm_put_mtm_req=0.075,
    perp_threshold=0.4,
    option_threshold=0.4,
    base_threshold=0.4,
    oc_factor=0.4,
    depeg_threshold=0.98,
    depeg_factor=1.2,
    margin_factor=of_both(0.1),
    im_scale=of_both(1.0),
)


# --- published cases --------------------------------------------------------------------------


def of_suite(options, spots, marks, rest, p):
    """Return (initial, maintenance) of a published case, USDC.

    Options are (coin, expiry, forward, strike, call, amount, vol), ``rest`` as in the suite.
    """
    positions, quotes, forwards = [], [], {coin: {} for coin in spots}
    for coin, expiry, forward, strike, call, amount, vol in options:
        contract = Option(coin, Right.CALL if call else Right.PUT, strike, expiry)
        positions.append(Position(contract, amount))
        quotes.append(InstrumentQuote(contract, volatility=vol))
        forwards[coin][expiry] = forward
    for coin, amount, entry, funding in rest.get("perpetuals", ()):
        positions.append(perpetual(amount, coin, entry, funding))
    quotes += [InstrumentQuote(Perpetual(coin), price) for coin, price in marks.items()]
    usdc = rest.get("usdc", 1.0)
    snapshot = Market(
        suite.START,
        tuple(
            Quote(
                coin,
                spot,
                forwards=tuple(forwards[coin].items()),
                confidences=_confidences(coin, rest),
            )
            for coin, spot in spots.items()
        ),
        tuple(quotes),
        (("USDC", usdc),),
    )
    balances = [("USDC", rest.get("cash", 0.0)), *rest.get("coins", ())]
    result = METHODOLOGY(account(*positions, balances=balances), snapshot, p)
    for line in (result.initial, result.maintenance, result.equity):
        assert readd(line) == pytest.approx(line.amount, rel=1e-12, abs=1e-9)
    return result.excess_initial / usdc, result.excess_maintenance / usdc


def _confidences(coin, rest):
    own = Confidences()
    if coin == "ETH":
        own = Confidences(rest.get("spot", 1.0), rest.get("perpetual", 1.0))
    named, moment, forward, vol = rest.get("expiry", ("", None, 1.0, 1.0))
    if named != coin:
        return own
    return replace(own, forward=((moment, forward),), volatility=((moment, vol),))


def case(options, rest):
    """Return (initial, maintenance) of a case of test-cases.json."""
    held = [
        (coin, suite.in_seconds(seconds), suite.FORWARDS[coin, seconds], strike, call, amount, vol)
        for coin, seconds, strike, call, amount, vol in options
    ]
    if "expiry" in rest:
        coin, seconds, *feeds = rest["expiry"]
        rest = rest | {"expiry": (coin, suite.in_seconds(seconds), *feeds)}
    spots, marks = {"ETH": 1500.0, "BTC": 28_000.0}, {"ETH": 1505.0, "BTC": 27_990.0}
    return of_suite(held, spots, marks, rest, UNIT)


@pytest.mark.parametrize("name", suite.CASES)
def test_a_published_case_agrees(name):
    options, rest, expected = suite.CASES[name]
    assert case(options, rest) == pytest.approx(expected, rel=1e-11, abs=1e-9)


def test_the_sixty_options_of_the_last_published_file_agree_to_the_cent():
    options, rest, expected = suite.LAST_SIXTY
    assert case(options, rest) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("name", suite.PORTFOLIOS)
def test_a_published_portfolio_agrees_to_the_dollar(name):
    options, rest, expected = suite.PORTFOLIOS[name]
    spots, marks = {"ETH": 2000.0, "BTC": 28_000.0}, {"ETH": 2001.0, "BTC": 28_020.0}
    held = []
    for coin, day, strike, right, amount in options:
        forward = spots[coin] + suite.CARRY[day][coin]
        if coin == "ETH" and day == "20230118":
            forward = rest.get("forward", forward)
        held.append((coin, suite.on_day(day), forward, strike, right == "call", amount, 0.5))
    if "expiry" in rest:
        coin, day, *feeds = rest["expiry"]
        rest = rest | {"expiry": (coin, suite.on_day(day), *feeds)}
    got = of_suite(held, spots, marks, rest, replace(UNIT, margin_factor=of_both(0.8)))
    assert tuple(math.trunc(round(figure, 9)) for figure in got) == expected


@pytest.mark.parametrize(
    ("right", "strike", "initial", "maintenance"),
    [
        ("call", 1400, -325.0, -212.5),
        ("call", 400, -1325.0, -1212.5),
        ("call", 1600, -150.0, -112.5),
        ("put", 1600, -325.0, -212.5),
        ("put", 3000, -1725.0, -1612.5),
        ("put", 1400, -150.0, -112.5),
    ],
)
def test_the_hand_examples_of_single_options_agree(right, strike, initial, maintenance):
    # TestStandardManager_Option.t.sol: spot and forward 1500, no volatility
    expiry = suite.in_seconds(500_400)
    sold = [("ETH", expiry, 1500.0, float(strike), right == "call", -1.0, 0.0)]
    assert of_suite(sold, {"ETH": 1500.0}, {"ETH": 1500.0}, {}, UNIT) == pytest.approx(
        (initial, maintenance)
    )


def test_the_hand_examples_of_spreads_agree():
    # TestStandardManager_Option.t.sol: the spread needs 100; 1.01 against 1 needs 123, to 1 %
    expiry = suite.in_seconds(500_400)

    def needed(sold, p=UNIT):
        held = [
            ("ETH", expiry, 1500.0, 1500.0, True, -sold, 0.0),
            ("ETH", expiry, 1500.0, 1600.0, True, 1.0, 0.0),
        ]
        return -of_suite(held, {"ETH": 1500.0}, {"ETH": 1500.0}, {}, p)[0]

    assert needed(1.0) == pytest.approx(100.0)
    assert needed(1.01, replace(UNIT, unpaired_im_scale=1.4)) == pytest.approx(123.0, rel=0.01)


# --- a slow second implementation -------------------------------------------------------------

YEAR = 365 * 24 * 60 * 60
N = NormalDist().cdf


def slow_black(forward, strike, years, vol, *, call):
    deviation = vol * math.sqrt(years)
    if deviation == 0.0:
        value = max(forward - strike, 0.0)
    else:
        d1 = math.log(forward / strike) / deviation + deviation / 2
        value = forward * N(d1) - strike * N(d1 - deviation)
    return value if call else value - forward + strike


def slow_isolated(held, units, mtm, spot, p, *, initial):
    """Return the signed margin of one option; ``units`` and ``mtm`` are negative."""
    if units >= 0:
        return 0.0
    sign = 1 if held.call else -1
    otm = max(0.0, sign * (held.strike - spot) / spot)
    mult = max(p.min_spot_req, p.max_spot_req - otm)
    if held.call:
        return mtm + (mult if initial else p.mm_call_spot_req) * spot * units
    mm = mtm + min(p.mm_put_spot_req * spot * units, p.mm_put_mtm_req * mtm)
    return min(mtm + mult * spot * units, mm * p.mm_offset_scale) if initial else mm


def slow_max_loss(options, forward, scale):
    def payoff(price):
        return sum(
            units * max(0.0, price - o.strike if o.call else o.strike - price)
            for o, units in options.items()
        )

    loss = min(0.0, *(payoff(price) for price in [0.0, *(o.strike for o in options)]))
    net = sum(units for o, units in options.items() if o.call)
    return loss + scale * forward * min(net, 0.0)


def slow_distrust(confidence, threshold, notional, p):
    return (1 - confidence) * p.oc_factor * notional if confidence < threshold else 0.0


def slow_perpetuals(held, quote, marks, p, *, initial):
    """Return the signed margin of a coin's perpetual, its profit, and its size."""
    if not held:
        return 0.0, 0.0
    contract = Perpetual(quote.symbol)
    size, mark = sum(position.quantity for position in held), marks[contract].price
    profit = sum(q.quantity * (mark - q.entry_price) + q.accrued_funding for q in held)
    req = (p.im_perp_req if initial else p.mm_perp_req)[quote.symbol]
    total = profit - abs(size) * mark * req
    if initial:
        feed = min(quote.confidences.perpetual, quote.confidences.spot)
        total -= slow_distrust(feed, p.perp_threshold, quote.spot * abs(size), p)
    return total, abs(size)


def slow_expiry(own, expiry, quote, marks, now, p, *, initial):
    """Return the signed margin of an expiry, and the units sold in it."""
    forward, years = dict(quote.forwards)[expiry], (expiry - now).total_seconds() / YEAR
    isolated = 0.0
    for o, units in own.items():
        price = slow_black(forward, o.strike, years, marks[o].volatility, call=o.call)
        isolated += slow_isolated(o, units, units * price, quote.spot, p, initial=initial)
    scale = p.unpaired_im_scale if initial else p.unpaired_mm_scale
    total = max(isolated, slow_max_loss(own, forward, scale))
    short = sum(-units for units in own.values() if units < 0)
    if initial:
        sure = quote.confidences
        feed = min(sure.spot, dict(sure.forward)[expiry], dict(sure.volatility)[expiry])
        total -= slow_distrust(feed, p.option_threshold, quote.spot * short, p)
    return total, short


def slow_balances(portfolio, snapshot, p, *, initial):
    """Return what cash and collateral count for."""
    usdc, total = snapshot.price("USDC", "USD"), 0.0
    for balance in portfolio.balances:
        if balance.asset in {"USDC", "USD"}:
            total += balance.amount / (1.0 if balance.asset == "USDC" else usdc)
            continue
        value = balance.amount * snapshot.price(balance.asset, "USD")
        factor = p.margin_factor[balance.asset]
        total += value * factor * (p.im_scale[balance.asset] if initial else 1.0)
        feed = balance.confidence
        if snapshot.has(balance.asset):
            feed = min(feed, snapshot[balance.asset].confidences.spot)
        total -= slow_distrust(feed, p.base_threshold, value, p) if initial else 0.0
    return total


def slow_balance(portfolio, snapshot, p, *, initial):
    """Return Derive's margin, position by position; USDC."""
    usdc = snapshot.price("USDC", "USD")
    marks = {q.instrument: q for q in snapshot.instruments}
    depeg = max(p.depeg_threshold - usdc, 0.0) * p.depeg_factor if initial else 0.0
    total = slow_balances(portfolio, snapshot, p, initial=initial)
    for symbol in {q.underlying for q in portfolio.positions}:
        quote, options = snapshot[symbol], {}
        mine = [q for q in portfolio.positions if q.underlying == symbol]
        perpetuals = [q for q in mine if q.instrument == Perpetual(symbol)]
        for position in mine:
            if position not in perpetuals:
                held = options.setdefault(position.instrument.expiry, {})
                before = held.get(position.instrument, 0.0)
                held[position.instrument] = before + position.quantity
        parts = [slow_perpetuals(perpetuals, quote, marks, p, initial=initial)]
        now = snapshot.valuation_time
        parts += [
            slow_expiry(own, expiry, quote, marks, now, p, initial=initial)
            for expiry, own in options.items()
        ]
        total += sum(figure - depeg * quote.spot * size for figure, size in parts)
    return total


@settings(max_examples=50, deadline=None)
@given(accounts(symbols=("BTC", "ETH"), max_options=8), st.sampled_from((PUBLISHED, "far")))
def test_it_agrees_with_a_slow_implementation(drawn, p):
    portfolio, snapshot = drawn
    if p == "far":
        p = replace(PUBLISHED, mm_put_mtm_req=0.4, unpaired_im_scale=2.0, mm_offset_scale=2.0)
    result = METHODOLOGY(portfolio, snapshot, p)
    price = snapshot.price("USDC", "USD")
    scale = {"rel": 1e-9, "abs": 1e-6}
    for initial, excess in ((True, result.excess_initial), (False, result.excess_maintenance)):
        expected = slow_balance(portfolio, snapshot, p, initial=initial)
        assert excess / price == pytest.approx(expected, **scale)
    for line in (result.initial, result.maintenance, result.equity):
        assert readd(line) == pytest.approx(line.amount, **scale)
    assert result.initial.amount >= result.maintenance.amount - 1e-6
    assert result.maintenance.amount >= -1e-9


# --- properties -------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(accounts(symbols=("BTC", "ETH")), st.sampled_from((2.0, 0.5)))
def test_doubling_everything_doubles_the_requirement(drawn, times):
    portfolio, snapshot = drawn
    doubled = replace(
        portfolio,
        positions=tuple(
            replace(q, quantity=q.quantity * times, accrued_funding=q.accrued_funding * times)
            for q in portfolio.positions
        ),
        balances=tuple(replace(b, amount=b.amount * times) for b in portfolio.balances),
    )
    one, two = METHODOLOGY(portfolio, snapshot), METHODOLOGY(doubled, snapshot)
    for name in ("initial", "maintenance", "equity"):
        got = getattr(two, name).amount
        assert got == pytest.approx(times * getattr(one, name).amount, rel=1e-9, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(accounts(), st.sampled_from(("call", "put")), st.sampled_from((0.8, 1.0, 1.2)))
def test_an_option_bought_never_raises_the_requirement(drawn, right, ratio):
    portfolio, snapshot = drawn
    bought = option(right, ratio * SPOTS["BTC"], 1.0)
    if any(q.instrument == bought.instrument for q in portfolio.positions):
        return
    more = replace(portfolio, positions=(*portfolio.positions, bought))
    without, with_it = METHODOLOGY(portfolio, snapshot), METHODOLOGY(more, snapshot)
    assert with_it.initial.amount <= without.initial.amount + 1e-6
    assert with_it.maintenance.amount <= without.maintenance.amount + 1e-6


@settings(max_examples=30, deadline=None)
@given(accounts())
def test_splitting_a_position_in_two_changes_nothing(drawn):
    portfolio, snapshot = drawn
    halves = tuple(
        replace(q, quantity=q.quantity * part, accrued_funding=q.accrued_funding * part)
        for q in portfolio.positions
        for part in (1.5, -0.5)
    )
    one = METHODOLOGY(portfolio, snapshot)
    two = METHODOLOGY(replace(portfolio, positions=halves), snapshot)
    assert two.excess_initial == pytest.approx(one.excess_initial, rel=1e-9, abs=1e-5)
    assert two.excess_maintenance == pytest.approx(one.excess_maintenance, rel=1e-9, abs=1e-5)


# --- single rules -----------------------------------------------------------------------------


def test_options_bought_count_for_nothing_and_ask_nothing():
    result = margin(option("call", 90_000, 2), balances=[("USDC", 100.0)])
    assert result.equity.amount == 100.0
    assert result.initial.amount == result.maintenance.amount == 0.0
    assert result.capital_to_open == pytest.approx(result.net_liquidation_value - 100.0)


def test_an_expiry_takes_the_cheaper_of_the_two_ways_as_a_whole():
    near, far = option("put", 90_000, -1), option("put", 85_000, 1)
    spread = margin(near, far)
    assert spread.initial.amount == pytest.approx(5_000.0)
    calendar = margin(near, option("put", 85_000, 1, seconds=20_000_000))
    assert calendar.initial.amount == pytest.approx(margin(near).initial.amount)
    chosen = next(line for line in every(spread.initial) if line.rule == Rule.SMALLEST)
    assert "largest loss" in binding(chosen).label
    assert near.label in " ".join(line.label for line in every(spread.initial))


def test_out_of_the_money_is_counted_in_spot():
    def beyond_value(right, strike):
        result = margin(option(right, strike, -1))
        worth = next(line for line in every(result.initial) if line.label == "Its value").amount
        return (result.initial.amount - worth) / SPOTS["BTC"]

    wide = 0.15 - 900.0 / 90_000.0
    assert beyond_value("call", 90_900) == pytest.approx(wide, abs=1e-12)
    assert beyond_value("put", 89_100) == pytest.approx(wide, abs=1e-12)
    assert beyond_value("call", 85_000) == pytest.approx(0.15, abs=1e-12)
    assert beyond_value("call", 95_000) == pytest.approx(0.13, abs=1e-12)


def test_markets_do_not_offset_each_other():
    bitcoin, ether = perpetual(1.0), perpetual(-30.0, "ETH")
    both = margin(bitcoin, ether)
    parts = margin(bitcoin).initial.amount + margin(ether).initial.amount
    assert both.initial.amount == pytest.approx(parts)
    assert both.initial.amount == pytest.approx(0.066 * 90_000.0 * 2)


def test_calls_sold_without_a_call_bought_cost_a_multiple_of_the_forward():
    free = replace(PUBLISHED, max_spot_req=9.0, min_spot_req=9.0, mm_call_spot_req=9.0)
    expiry = option("call", 90_000, -1).instrument.expiry
    snapshot = market(forwards=[(expiry, 1.01)])
    held = [option("call", 90_000, -2), option("call", 100_000, 1.5)]
    result = margin(*held, p=free, snapshot=snapshot)
    assert result.initial.amount == pytest.approx(2.0 * 10_000.0 + 1.2 * 0.5 * 90_900.0)
    assert result.maintenance.amount == pytest.approx(2.0 * 10_000.0 + 1.1 * 0.5 * 90_900.0)


def test_distrust_counts_options_sold_only_and_not_the_perpetuals_feed():
    sold, bought = option("call", 95_000, -2), option("call", 110_000, 3)
    expiry = sold.instrument.expiry

    def asked(**feeds):
        return margin(
            sold, bought, snapshot=market(confidences={"BTC": Confidences(**feeds)})
        ).initial.amount

    base = asked()
    assert asked(volatility=((expiry, 0.4),)) - base == pytest.approx(0.6 * 2.0 * 90_000.0)
    assert asked(forward=((expiry, 0.4),)) - base == pytest.approx(0.6 * 2.0 * 90_000.0)
    assert asked(forward=((expiry, 0.55),)) == base  # the threshold itself is trusted
    assert asked(rate=((expiry, 0.1),)) == base
    assert asked(perpetual=0.1) == base


def test_collateral_counts_at_its_factor_and_less_initially():
    result = margin(balances=[("ETH", 10.0), ("USDT", 1_000.0)])
    assert result.equity.amount == pytest.approx(0.8 * 30_000.0 + 0.98 * 999.0)
    lost = 0.8 * (1 - 0.9375) * 30_000.0 + 0.98 * 0.02 * 999.0
    assert result.initial.amount == pytest.approx(lost)
    assert result.maintenance.amount == 0.0
    assert result.collateral_not_counted == pytest.approx(0.2 * 30_000.0 + 0.02 * 999.0)


def test_collateral_counts_at_its_dollar_price_whatever_usdc_is_worth():
    snapshot = market(usdc=0.9)
    result = margin(balances=[("ETH", 10.0)], snapshot=snapshot)
    assert result.excess_maintenance / 0.9 == pytest.approx(0.8 * 30_000.0)
    assert any("at its peg" in warning for warning in result.warnings)


def test_an_asset_that_derive_does_not_list_counts_only_with_a_haircut_of_its_own():
    snapshot = market(prices=[("XBTC", 90_000.0)])
    bare = margin(balances=[("XBTC", 1.0)], snapshot=snapshot)
    assert bare.equity.amount == 0.0
    assert any("not taken" in warning for warning in bare.warnings)
    own = Balance("XBTC", 1.0, Haircut(0.1, 0.3), confidence=0.2)
    cut = margin(balances=[own], snapshot=snapshot)
    assert cut.equity.amount == pytest.approx(81_000.0)
    assert cut.initial.amount == pytest.approx(0.2 * 90_000.0 + 0.8 * 90_000.0)


def test_an_unpriced_usdc_is_taken_at_a_dollar_and_said_so():
    result = margin(perpetual(1.0), snapshot=replace(MARKET, prices=()))
    assert any("USDC has no price" in warning for warning in result.warnings)


def test_a_position_with_isolated_margin_is_margined_with_the_rest_and_said_so():
    isolated = replace(perpetual(1.0), isolated_margin=5_000.0)
    result = margin(isolated)
    assert result.initial.amount == margin(perpetual(1.0)).initial.amount
    assert any("isolates no position" in warning for warning in result.warnings)


def test_it_is_rule_based_and_has_no_scenario():
    result = margin(option("call", 90_000, -1))
    assert result.scenarios == ()
    assert result.worst_scenario is None


def test_the_deployed_profile_asks_more_of_perpetuals():
    result = margin(perpetual(1.0), p=METHODOLOGY.profiles["deployed"])
    assert result.initial.amount == pytest.approx(9_000.0)
    assert result.maintenance.amount == pytest.approx(5_850.0)


def test_a_perpetual_on_a_coin_without_options_is_covered():
    solana = replace(MARKET, quotes=(Quote("SOL", 150.0),))
    result = METHODOLOGY(account(perpetual(10.0, "SOL")), solana)
    assert result.maintenance.amount == pytest.approx(0.067 * 1_500.0)


# --- what it does not cover -------------------------------------------------------------------

MARCH = datetime(2026, 3, 27, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instrument", "why"),
    [
        (Stock("BTC"), "collateral, not a position"),
        (Future("BTC", MARCH), "a dated future"),
        (Perpetual("BTC", 10.0, MarginType.INVERSE), "settled in coin"),
        (Option("BTC", Right.CALL, 9e4, MARCH, margin_type=MarginType.INVERSE), "settled in coin"),
        (Option("BTC", Right.CALL, 9e4, MARCH, Style.AMERICAN), "an American option"),
        (Option("SOL", Right.CALL, 200.0, MARCH), "no options on its coin"),
        (Perpetual("DOGE"), "no margin of its perpetual"),
    ],
)
def test_what_derive_does_not_list_is_refused_by_name(instrument, why):
    coins = tuple(Underlying(s, AssetClass.CRYPTO) for s in ("BTC", "SOL", "DOGE"))
    with pytest.raises(NotCoveredError, match=why):
        METHODOLOGY(Portfolio((Position(instrument, 1.0),), (), coins), MARKET)


def test_other_money_and_coins_owed_are_refused():
    with pytest.raises(NotCoveredError, match="reports in EUR"):
        METHODOLOGY(Portfolio(currency="EUR"), MARKET)
    with pytest.raises(NotCoveredError, match="BTC: a debt"):
        margin(balances=[("BTC", -1.0)])
    assert margin(balances=[("USD", -5.0)]).equity.amount == -5.0


def test_an_option_at_expiry_is_worth_its_intrinsic_value_at_the_forward():
    snapshot = market(forwards=[(NOW, 1.02)])
    sold = option("call", 90_000, -1, seconds=0)
    result = margin(sold, snapshot=snapshot)
    assert result.maintenance.amount == pytest.approx(1_800.0 + 0.09 * 90_000.0)
