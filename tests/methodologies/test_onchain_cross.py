"""On-chain cross margin: published examples, a slow second implementation, the rule's edges."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
from margin_core.errors import NotCoveredError, ParameterError
from margin_core.margin.figure import Rule
from margin_core.margin.parameters import Table, overridden
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies import onchain_cross
from margin_core.methodologies.onchain_cross import METHODOLOGY, PUBLISHED
from tests.lines import every, named

NOW = datetime(2026, 4, 22, 8, tzinfo=UTC)
NEAR, FAR = NOW + timedelta(days=7), NOW + timedelta(days=16)
DYDX = METHODOLOGY.profiles["dydx_v4"]
PRO = METHODOLOGY.profiles["paradex_pro"]
COINS = ("BTC", "ETH", "ARB", "APT", "LINK")
CALL, PUT = Right.CALL, Right.PUT


def option(right, strike, quantity, mark, coin="BTC", expiry=NEAR):
    """Return a position in an option, and its mark."""
    contract = Option(coin, right, float(strike), expiry)
    return Position(contract, float(quantity)), InstrumentQuote(contract, mark, volatility=0.5)


def perpetual(quantity, coin="BTC", entry=None, mark=None, leverage=None):
    """Return a position in a perpetual, and its mark where it is not the spot."""
    position = Position(Perpetual(coin), float(quantity), entry, leverage=leverage)
    return position, None if mark is None else InstrumentQuote(position.instrument, mark)


def account(*held, balances=(("USDC", 1e6),), spots=None):
    """Return an account of positions as above, with its market."""
    spots = {"BTC": 100_000.0, "ETH": 3_000.0} | (spots or {})
    quotes = tuple(Quote(coin, spots.get(coin, 1.0), volatility=0.5) for coin in COINS)
    portfolio = Portfolio(
        tuple(position for position, _ in held),
        tuple(b if isinstance(b, Balance) else Balance(*b) for b in balances),
        tuple(Underlying(coin, AssetClass.CRYPTO) for coin in COINS),
    )
    marks = {mark.instrument: mark for _, mark in held if mark}
    return portfolio, Market(NOW, quotes, tuple(marks.values()), (("USDC", 1.0),))


def margin(*held, p=PUBLISHED, **rest):
    return METHODOLOGY(*account(*held, **rest), p)


def asked(*held, **rest):
    result = margin(*held, **rest)
    return result.initial.amount, result.maintenance.amount


# --- published examples ------------------------------------------------------------------------


def test_three_bitcoin_at_two_percent_ask_5400():
    """Paradex, Cross margin requirement, net IMR: -1 with 3 to buy and 2 to sell is -3 at most."""
    assert asked(perpetual(-3), spots={"BTC": 90_000.0})[0] == pytest.approx(5_400.0)


def test_fees_are_provided_in_both_margins():
    """paradex-py, tests/margin: at a fee of 0.03 %, 81 on three coins and 900 + 27 on one."""
    p = replace(PUBLISHED, perp_fee=0.0003)
    initial, _ = asked(perpetual(-3), spots={"BTC": 90_000.0}, p=p)
    _, maintenance = asked(perpetual(-1), spots={"BTC": 90_000.0}, p=p)
    assert initial == pytest.approx(5_400.0 + 81.0)
    assert maintenance == pytest.approx(927.0)


def test_a_call_spread_asks_what_it_can_lose():
    """Paradex, Option spread margin, example; a capped spread asks as much to keep."""
    result = margin(option(CALL, 100_000, 1, 4_000.0), option(CALL, 110_000, -1, 1_500.0))
    assert result.initial.amount == pytest.approx(2_500.0)
    assert result.maintenance.amount == pytest.approx(2_500.0)
    alone = named(result.initial, "BTC 29 Apr 2026, each by itself")
    assert [part.amount for part in alone.parts] == pytest.approx([4_000.0, 10_000.0])
    cap = named(result.initial, "BTC 29 Apr 2026, largest loss at settlement")
    assert [part.label for part in cap.parts] == ["BTC 29 Apr 2026, loss"]  # no call is unpaired


def test_the_account_of_the_liquidation_page():
    """Paradex, Liquidations, example: 80 of account value against 88.8."""
    held = perpetual(0.1, entry=60_000.0), perpetual(-1, "ETH", entry=3_000.0)
    spots = {"BTC": 54_800.0, "ETH": 3_400.0}
    result = margin(*held, spots=spots, balances=[("USDC", 1_000.0)])
    markets = {part.label: part.amount for part in result.maintenance.parts}
    assert markets == pytest.approx(
        {"Maintenance margin of BTC": 54.8, "Maintenance margin of ETH": 34.0}
    )
    assert result.equity.amount == pytest.approx(80.0)
    assert result.margin_ratio == pytest.approx(88.8 / 80.0)


@pytest.mark.parametrize(("mark", "requirement", "value"), [(100.0, 100.0, 100.0), (98, 98.0, 80)])
def test_the_account_of_the_risk_checks_page(mark, requirement, value):
    """Paradex, Risk checks, example: ten units at an initial fraction of 10 %."""
    result = margin(
        perpetual(10, "ARB", entry=100.0), spots={"ARB": mark}, balances=[("USDC", 100.0)]
    )
    assert result.initial.amount == pytest.approx(requirement)
    assert result.equity.amount == pytest.approx(value)


@pytest.mark.parametrize(
    ("held", "initial", "maintenance"),
    [
        (option(CALL, 100, 1, 10.0), 10.0, 5.0),
        (option(CALL, 100, 1, 30.0), 20.0, 10.0),
        (option(CALL, 106, -1, 3.0), 10.0, 5.0),
        (option(PUT, 106, -1, 9.0), 15.0, 7.5),
        (option(PUT, 40, -1, 25.0), 10.0, 5.0),
    ],
)
def test_the_examples_of_the_page_on_perpetual_options(held, initial, maintenance):
    """Paradex, Perpetual options, margin requirements, end of 2024; spot 100."""
    assert asked(held, spots={"BTC": 100.0}) == pytest.approx((initial, maintenance))


def test_an_account_that_the_exchange_margined():
    """paradex-py, tests/margin: 3.2504 and 1.6339 of 2026-04-22, fees of up to 0.02 included."""
    held = (
        perpetual(-0.0005, mark=77_888.84),
        option(CALL, 78_000, 0.001, 2_455.661, expiry=FAR),
    )
    spots = {"BTC": 77_939.768}
    initial, maintenance = asked(*held, spots=spots)
    assert initial == pytest.approx(0.7788884 + 2.455661, abs=1e-6)
    assert maintenance == pytest.approx(0.3894442 + 1.2278305, abs=1e-6)
    assert asked(*held, spots=spots, p=PRO) == pytest.approx((3.2504, 1.6339), abs=0.02)


def test_a_deep_option_bought_asks_a_share_of_spot():
    """paradex-py, tests/margin: mark 20,000 at spot 95,000, hundredth of a contract."""
    held = option(CALL, 50_000, 0.01, 20_000.0)
    assert asked(held, spots={"BTC": 95_000.0}) == pytest.approx((190.0, 95.0))


@pytest.mark.parametrize(("mark", "fee"), [(2_455.661, 0.0003 * 77_939.768), (100.0, 12.5)])
def test_the_fee_of_an_option_is_capped_by_its_value(mark, fee):
    """paradex-py, tests/margin, fee provision of an option, and its cap."""
    held = option(CALL, 78_000, 0.001, mark)
    spots = {"BTC": 77_939.768}
    with_fee = margin(held, spots=spots, p=replace(PRO, option_fee=0.0003))
    without = margin(held, spots=spots)
    assert not [each for each in every(with_fee.initial) if "perpetual" in each.label]
    difference = with_fee.initial.amount - without.initial.amount
    assert difference == pytest.approx(fee * 0.001)
    assert with_fee.maintenance.amount - without.maintenance.amount == pytest.approx(difference)


@pytest.mark.parametrize(
    ("interest", "caps", "fraction"),
    [
        (0.0, (1e6, 2e6), 0.2),
        (1e6, (1e6, 2e6), 0.2),
        (1_234_567.0, (1e6, 2e6), 0.3876536),
        (1.5e6, (1e6, 2e6), 0.6),
        (2e6, (1e6, 2e6), 1.0),
        (2.5e6, (1e6, 2e6), 1.0),
        (28_123_456.789123, (25e6, 60e6), 0.271393),
    ],
)
def test_open_interest_raises_the_initial_fraction_alone(interest, caps, fraction):
    """The chain's liquidity_tier_test.go (dYdX v4): base 20 %, figures in parts per million."""
    p = replace(
        DYDX,
        perp_imf=Table((("ARB", 0.2),)),
        open_interest_caps=Table((("ARB", caps),)),
        open_notional=Table((("ARB", interest),)),
    )
    initial, maintenance = asked(perpetual(500_000, "ARB"), p=p)
    assert initial == pytest.approx(500_000 * fraction, rel=2e-6)
    assert maintenance == pytest.approx(50_000.0)


@pytest.mark.parametrize(
    ("coin", "initial", "maintenance"),
    [("BTC", 0.02, 0.012), ("SOL", 0.05, 0.03), ("LINK", 0.1, 0.05), ("LDO", 0.2, 0.1)],
)
def test_the_tiers_of_dydx(coin, initial, maintenance):
    """dYdX, Governance functionalities, liquidity tiers 0, 5, 1 and 2."""
    assert DYDX.fraction("perp_imf", coin) == initial
    assert DYDX.maintenance_fraction(coin) == pytest.approx(maintenance)


def of_dydx_page(**fractions):
    """Return parameters with the maintenance fractions of the page's examples."""
    table = Table(tuple((coin, 2.0 * fraction) for coin, fraction in fractions.items()))
    return replace(DYDX, perp_imf=table, mmf_factor=Table((("other", 0.5),)))


def test_the_liquidation_prices_of_the_dydx_page():
    """dYdX, Liquidations: a short of 3 ETH alone, and one of 1.5 beside another position."""
    rest = {"balances": [("USDC", 1_000.0)], "p": of_dydx_page(ETH=0.05, ARB=0.10)}
    alone = margin(perpetual(-3, "ETH"), **rest)
    assert [each.price for each in alone.liquidation_prices] == pytest.approx([3_174.60], abs=0.01)
    held = perpetual(-1.5, "ETH"), perpetual(1_000, "ARB")
    beside = margin(*held, spots={"ARB": 1.75}, **rest)
    found = {each.position: each.price for each in beside.liquidation_prices}
    assert found["-1.5 ETH perpetual"] == pytest.approx(3_380.95, abs=0.01)


def test_at_its_liquidation_price_the_account_has_its_maintenance_margin_left():
    held = [perpetual(0.4), perpetual(-5, "ETH", entry=2_900.0), perpetual(3, "LINK")]
    rest = {"balances": [("USDC", 15_000.0)], "p": DYDX}
    result = margin(*held, spots={"LINK": 20.0}, **rest)
    found = {each.position: each.price for each in result.liquidation_prices}
    assert list(found) == ["+0.4 BTC perpetual", "-5 ETH perpetual"]  # LINK can fall to zero
    for coin, position in (("BTC", "+0.4 BTC perpetual"), ("ETH", "-5 ETH perpetual")):
        there = margin(
            perpetual(0.4, entry=100_000.0),
            held[1],
            perpetual(3, "LINK", entry=20.0),
            spots={"LINK": 20.0, coin: found[position]},
            **rest,
        )
        assert there.excess_maintenance == pytest.approx(0.0, abs=1e-6)


# --- a second implementation -------------------------------------------------------------------


@st.composite
def books(draw):
    """Build options of two coins and expiries at any marks, perpetuals, and an account."""
    spots = {"BTC": 100_000.0, "ETH": 3_000.0}
    held = []
    marks = {}
    for _ in range(draw(st.integers(0, 7))):
        coin = draw(st.sampled_from(("BTC", "BTC", "ETH")))
        strike = round(spots[coin] * draw(st.sampled_from((0.15, 0.7, 0.95, 1.0, 1.1, 2.0))))
        right, expiry = draw(st.sampled_from(Right)), draw(st.sampled_from((NEAR, NEAR, FAR)))
        key = (coin, right, strike, expiry)
        marks.setdefault(key, spots[coin] * draw(st.floats(0.0, 0.4)))
        quantity = draw(st.sampled_from((-2.0, -1.0, -0.3, 0.1, 0.2, 1.0, 3.0)))
        held.append(option(right, strike, quantity, marks[key], coin, expiry))
    for coin in draw(st.lists(st.sampled_from(("BTC", "BTC", "ETH")), max_size=3)):
        quantity = draw(st.sampled_from((-2.0, 0.5, 2.0)))
        leverage = draw(st.sampled_from((None, 5.0, 30.0, 100.0)))
        held.append(perpetual(quantity, coin, spots[coin] * 0.97, leverage=leverage))
    return tuple(held)


def brute(held, *, initial, fee, option_fee, scale):
    """Return the requirement of the published defaults, coin by coin, from the rule's words."""
    spots = {"BTC": 100_000.0, "ETH": 3_000.0}
    part = 1.0 if initial else 0.5
    amount = 0.0
    for coin, spot in spots.items():
        units, chosen, options = 0.0, [], {}
        for position, mark in held:
            contract = position.instrument
            if contract.underlying != coin:
                continue
            if isinstance(contract, Perpetual):
                units += position.quantity
                chosen += [position.leverage] if position.leverage else []
            else:
                known = options.setdefault(contract.expiry, {})
                size, price = known.get(contract, (0.0, mark.price))
                known[contract] = (round(size + position.quantity, 9), price)
        fraction = max([0.02, *(1.0 / leverage for leverage in chosen)]) if initial else 0.01
        amount += abs(units) * spot * (fraction + fee)
        for group in options.values():
            amount += slow_group(group, spot, part, scale)
            for size, price in group.values():
                amount += abs(size) * min(option_fee * spot, 0.125 * price)
    return amount


def slow_group(group, spot, part, scale):
    """Return what one expiry asks; the largest loss from a fine grid of settlement prices."""
    alone = unpaired = 0.0
    for contract, (size, mark) in group.items():
        call = contract.right is CALL
        unpaired -= size if call else 0.0
        otm = max(contract.strike - spot if call else spot - contract.strike, 0.0)
        if size > 0.0:
            alone += size * part * min(mark, 0.2 * spot)
        else:
            each = max(0.15 * part * spot - otm, 0.1 * part * spot)
            alone -= size * (each if call else min(each, 0.5 * part * contract.strike))
    if all(size >= 0.0 for size, _ in group.values()):
        return alone
    grid = [spot * step / 400.0 for step in range(1_000)]
    worst = 0.0
    for price in [*grid, *(contract.strike for contract in group)]:
        paid = sum(
            size * max((price - c.strike) * (1 if c.right is CALL else -1), 0.0) - size * mark
            for c, (size, mark) in group.items()
            if size
        )
        bent = max((c.strike for c in group), default=0.0)
        worst = max(worst, -paid if price <= bent else 0.0)
    return min(alone, worst + max(unpaired, 0.0) * scale * spot)


@settings(max_examples=40)
@given(books(), st.sampled_from((PUBLISHED, PRO)))
def test_a_slow_implementation_agrees(held, p):
    initial, maintenance = asked(*held, p=p)
    fees = {"fee": p.perp_fee, "option_fee": p.option_fee}
    assert initial == pytest.approx(brute(held, initial=True, scale=1.2, **fees), abs=1e-6)
    assert maintenance == pytest.approx(brute(held, initial=False, scale=1.0, **fees), abs=1e-6)


# --- properties --------------------------------------------------------------------------------


@settings(max_examples=40)
@given(books())
def test_grouping_can_only_lower(held):
    result = margin(*held)
    for root in (result.initial, result.maintenance):
        for each in every(root):
            if each.label.endswith("each by itself"):
                grouped = [outer for outer in every(root) if each in outer.parts]
                assert all(
                    outer.amount <= each.amount + 1e-6
                    for outer in grouped
                    if outer.rule is Rule.SMALLEST
                )
    # alone, no option of an account asks less than it does beside the others
    alone = sum(asked(each)[0] for each in held if isinstance(each[0].instrument, Option))
    perpetuals = [each for each in held if isinstance(each[0].instrument, Perpetual)]
    assert result.initial.amount <= alone + asked(*perpetuals)[0] + 1e-6


@settings(max_examples=40)
@given(books(), st.sampled_from(Right), st.sampled_from((0.3, 0.9, 1.25)), st.floats(0.0, 0.3))
def test_an_option_bought_adds_at_most_what_it_is_worth(held, right, strike, mark):
    bought = option(right, 100_001.0 * strike, 1, 100_000.0 * mark)
    before, after = asked(*held), asked(*held, bought)
    for less, more in zip(before, after, strict=True):
        assert more <= less + 100_000.0 * mark + 1e-6


@settings(max_examples=30)
@given(books(), st.sampled_from((0.5, 3.0)))
def test_an_account_of_any_size_asks_in_proportion(held, times):
    scaled = [(replace(each, quantity=each.quantity * times), mark) for each, mark in held]
    expected = [times * amount for amount in asked(*held, p=PRO)]
    assert asked(*scaled, p=PRO) == pytest.approx(expected, abs=1e-5)


@settings(max_examples=30)
@given(books())
def test_keeping_asks_no_more_than_opening_and_capital_is_the_requirement(held):
    result = margin(*held, p=PRO)
    assert 0.0 <= result.maintenance.amount <= result.initial.amount + 1e-9
    assert result.capital_to_open == pytest.approx(result.initial.amount, abs=1e-5)
    assert result.capital_to_keep == pytest.approx(result.maintenance.amount, abs=1e-5)
    assert result.scenarios == ()
    assert result.worst_scenario is None


# --- options -----------------------------------------------------------------------------------


def test_options_bought_are_not_grouped():
    # worth 41,000, at least 40,000 at any settlement: grouped it would ask 1,000
    held = option(CALL, 80_000, 1, 20_500.0), option(PUT, 120_000, 1, 20_500.0)
    assert asked(*held) == pytest.approx((40_000.0, 20_000.0))


def test_a_sale_that_is_bought_back_does_not_group_what_is_left():
    held = option(CALL, 80_000, 1, 20_500.0), option(PUT, 120_000, 1, 20_500.0)
    sold = [option(CALL, 90_000, size, 11_000.0) for size in (0.1, 0.2, -0.3)]
    assert asked(*held, *sold) == pytest.approx((40_000.0, 20_000.0))


def test_calls_without_a_pair_are_charged_a_multiple_of_spot():
    # twenty sold far out, two bought: alone 12,000 + 20 x 10,000, at settlement 18 without end
    held = option(CALL, 100_000, 2, 6_000.0), option(CALL, 300_000, -20, 10.0)
    alone = 12_000.0 + 200_000.0
    assert asked(*held)[0] == pytest.approx(alone)
    result = margin(*held, p=replace(PUBLISHED, unpaired_scale_initial=0.1))
    assert result.initial.amount == pytest.approx(11_800.0 + 18 * 0.1 * 100_000.0)
    cap = named(result.maintenance, "BTC 29 Apr 2026, largest loss at settlement")
    assert cap.amount == pytest.approx(11_800.0 + 18 * 1.0 * 100_000.0)


def test_marks_below_the_payoff_make_no_credit():
    box = [
        option(CALL, 90_000, 1, 11_000.0),
        option(CALL, 110_000, -1, 2_000.0),
        option(PUT, 110_000, 1, 11_500.0),
        option(PUT, 90_000, -1, 1_500.0),
    ]  # worth 19,000 now and 20,000 at any settlement
    assert asked(*box) == pytest.approx((0.0, 0.0))


def test_expiries_and_coins_are_groups_of_their_own():
    bought = option(CALL, 100_000, 1, 4_000.0)
    later = option(CALL, 110_000, -1, 1_500.0, expiry=FAR)
    assert asked(bought, later)[0] == pytest.approx(14_000.0)
    other = option(CALL, 3_300, -1, 50.0, coin="ETH")
    assert asked(bought, other)[0] == pytest.approx(4_000.0 + 300.0)


@pytest.mark.parametrize(
    ("strike", "expected"), [(15_000, (7_500.0, 3_750.0)), (40_000, (1e4, 5e3))]
)
def test_a_put_sold_asks_at_most_half_its_strike(strike, expected):
    assert asked(option(PUT, strike, -1, 20.0)) == pytest.approx(expected)


def test_options_count_in_the_account_value_at_their_mark():
    result = margin(
        option(CALL, 100_000, 2, 4_000.0),
        option(PUT, 90_000, -1, 1_000.0),
        perpetual(1, entry=99_000.0),
        balances=[("USDC", 500.0), ("USD", 100.0)],
    )
    assert result.equity.amount == pytest.approx(8_000.0 - 1_000.0 + 1_000.0 + 600.0)
    assert result.net_liquidation_value == pytest.approx(result.equity.amount)


# --- perpetuals --------------------------------------------------------------------------------


def test_positions_in_one_perpetual_net_and_those_in_others_do_not():
    assert asked(perpetual(2), perpetual(-2)) == (0.0, 0.0)
    assert asked(perpetual(1), perpetual(-10, "ETH"))[0] == pytest.approx(2_000.0 + 600.0)


def test_a_lower_leverage_chosen_asks_more_to_open_and_no_more_to_keep():
    held = perpetual(1, leverage=10.0), perpetual(1, leverage=20.0)
    assert asked(*held) == pytest.approx((20_000.0, 2_000.0))
    assert margin(*held).warnings == ()
    assert margin(perpetual(1, leverage=50.0)).warnings == ()


def test_a_leverage_that_the_market_does_not_allow_is_said():
    result = margin(perpetual(1, leverage=80.0))
    assert result.initial.amount == pytest.approx(2_000.0)
    assert result.warnings == ("BTC perpetual: 80x is more than its market allows; 50x is taken",)


def test_leverage_chosen_and_open_interest_ask_the_higher_fraction():
    p = overridden(DYDX, {"open_notional.LINK": "35e6"}, "test")  # 10 % + 0.5 x 90 %
    spots = {"LINK": 20.0}
    result = margin(perpetual(100, "LINK", leverage=5.0), spots=spots, p=p)
    assert result.initial.amount == pytest.approx(1_100.0)
    assert not [each for each in every(result.initial) if "5x" in each.label]  # it doesn't bind
    assert asked(perpetual(100, "LINK", leverage=1.0), spots=spots, p=p)[0] == pytest.approx(2_000)


def test_open_interest_taken_as_none_is_said():
    result = margin(perpetual(1, "LINK"), p=DYDX)
    assert result.warnings[0].startswith("LINK perpetual: the market's open interest is taken as")
    assert "20,000,000 dollars" in result.warnings[0]
    known = overridden(DYDX, {"open_notional.LINK": "1e6"}, "test")
    assert not [each for each in margin(perpetual(1, "LINK"), p=known).warnings if "none" in each]
    assert margin(perpetual(1), p=DYDX).warnings == (
        "Parameters are those of the profile 'dydx_v4'.",
    )


def test_paradex_defines_no_liquidation_price():
    assert margin(perpetual(1), balances=[("USDC", 5_000.0)]).liquidation_prices == ()
    both = replace(PUBLISHED, liquidation_price="others unchanged")
    held = perpetual(1), option(CALL, 100_000, 1, 4_000.0, coin="BTC")
    (found,) = margin(*held, balances=[("USDC", 5_000.0)], p=both).liquidation_prices
    assert found.price == pytest.approx((100_000.0 - 9_000.0 + 2_000.0) / 0.99)
    with_fee = replace(both, perp_fee=0.01)
    (found,) = margin(*held, balances=[("USDC", 5_000.0)], p=with_fee).liquidation_prices
    assert found.price == pytest.approx((100_000.0 - 9_000.0 + 2_000.0) / 0.98)
    without = replace(both, perp_imf=Table((("ETH", 0.02),)))
    assert margin(held[1], p=without).liquidation_prices == ()


def test_a_perpetual_that_nets_to_nothing_has_no_liquidation_price():
    lots = [perpetual(quantity) for quantity in (0.1, 0.2, -0.3)]
    assert margin(*lots, p=DYDX).liquidation_prices == ()


def test_margin_that_is_isolated_in_the_file_is_in_the_pool():
    position, _ = perpetual(1)
    held = (replace(position, isolated_margin=500.0), None)
    assert margin(held, held).warnings == (
        "+1 BTC perpetual: its isolated margin is no limit here, all is one pool",
    )


# --- collateral --------------------------------------------------------------------------------


def test_coins_are_no_collateral():
    result = margin(perpetual(1), balances=[("USDC", 900.0), ("BTC", 0.5)])
    assert result.equity.amount == pytest.approx(900.0)
    assert result.collateral_not_counted == pytest.approx(50_000.0)
    assert result.warnings == ("+0.5 BTC is not taken as collateral here",)


def test_cash_owed_counts_in_full_and_coins_owed_are_refused():
    assert margin(perpetual(1), balances=[("USDC", -200.0)]).equity.amount == -200.0
    with pytest.raises(NotCoveredError, match="-1 BTC: a debt"):
        margin(perpetual(1), balances=[("BTC", -1.0)])


def test_a_haircut_of_the_accounts_own_is_charged_in_its_phase():
    own = Balance("USDC", 1_000.0, Haircut(maintenance=0.1, initial=0.3))
    result = margin(perpetual(1), balances=[own])
    assert result.equity.amount == pytest.approx(900.0)
    assert result.initial.amount == pytest.approx(2_000.0 + 200.0)
    assert result.maintenance.amount == pytest.approx(1_000.0)
    larger = Balance("USDC", 50_000.0, Haircut(maintenance=0.3, initial=0.1))
    kept = margin(perpetual(1), balances=[larger])
    assert kept.initial.amount == kept.maintenance.amount == pytest.approx(11_000.0)


def test_the_stablecoin_counts_at_its_price():
    portfolio, market = account(perpetual(1), balances=[("USDC", 1_000.0)])
    market = replace(market, prices=(("USDC", 0.97),))
    assert METHODOLOGY(portfolio, market).equity.amount == pytest.approx(970.0)


# --- what is covered ---------------------------------------------------------------------------


def with_one(instrument, coin="BTC", asset_class=AssetClass.CRYPTO):
    """Return an account of one contract."""
    quote = Quote(coin, 100.0, volatility=0.5)
    underlyings = (Underlying(coin, asset_class),)
    return Portfolio((Position(instrument, 1.0),), (), underlyings), Market(NOW, (quote,))


@pytest.mark.parametrize(
    ("instrument", "why"),
    [
        (Stock("BTC"), "coins held are collateral"),
        (Future("BTC", FAR), "a dated future"),
        (Perpetual("BTC", 10.0, MarginType.INVERSE), "settled in coin"),
        (Perpetual("BTC", quote_currency="EUR"), "quoted in EUR"),
        (Option("BTC", CALL, 100.0, FAR, Style.AMERICAN), "an American option"),
        (Option("BTC", CALL, 100.0, FAR, otc=True), "not a listed option"),
    ],
)
def test_what_the_venue_does_not_list_is_refused(instrument, why):
    with pytest.raises(NotCoveredError, match=why):
        METHODOLOGY(*with_one(instrument))


def test_what_is_no_coin_and_other_currencies_are_refused():
    with pytest.raises(NotCoveredError, match="on equity, no coin") as refused:
        METHODOLOGY(*with_one(Perpetual("META"), "META", AssetClass.EQUITY))
    assert "-p" not in str(refused.value)  # no fraction would help
    portfolio, market = with_one(Perpetual("BTC"))
    with pytest.raises(NotCoveredError, match="reports in EUR"):
        METHODOLOGY(replace(portfolio, currency="EUR"), market)


def test_a_coin_whose_fraction_could_not_be_read_takes_the_users():
    held = with_one(Perpetual("XMR"), "XMR")
    with pytest.raises(NotCoveredError, match=r"-p onchain_cross\.perp_imf\.other=") as refused:
        METHODOLOGY(*held)
    assert "BTC, ETH, HYPE, SOL, ZEC, NEAR" in str(refused.value)
    given_one = overridden(PUBLISHED, {"perp_imf.other": "0.25"}, "test")
    result = METHODOLOGY(*held, given_one)
    assert (result.initial.amount, result.maintenance.amount) == pytest.approx((25.0, 12.5))


def test_options_on_a_coin_without_fractions_take_the_users():
    contract = Option("XMR", CALL, 100.0, FAR)
    with pytest.raises(NotCoveredError) as refused:
        METHODOLOGY(*with_one(contract, "XMR"))
    paths = [
        f"-p onchain_cross.{name}.other=..." for name in ("long_itm", "short_itm", "short_otm")
    ]
    assert refused.value.fault.remedy.endswith(f"settled in USDC. Give {' '.join(paths)}")
    texts = {f"{name}.other": "0.01" for name in ("long_itm", "short_itm", "short_otm")}
    result = METHODOLOGY(*with_one(contract, "XMR"), overridden(PUBLISHED, texts, "test"))
    assert result.initial.amount == pytest.approx(1.0)


def test_dydx_has_no_options_and_no_perpetual_of_a_tier_that_is_not_known():
    with pytest.raises(NotCoveredError, match="not listed") as refused:
        METHODOLOGY(*with_one(Option("BTC", CALL, 100.0, FAR)), DYDX)
    assert "European options on no coin" in str(refused.value)
    with pytest.raises(NotCoveredError, match="no fraction of its coin could be read"):
        METHODOLOGY(*with_one(Perpetual("HYPE"), "HYPE"), DYDX)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"perp_imf.BTC": "1.5"}, r"perp_imf\.BTC"),
        ({"perp_imf.BTC": "-0.1"}, r"perp_imf\.BTC"),
        ({"mmf_factor.other": "2.0"}, r"mmf_factor\.other"),
        ({"liquidation_price": "soon"}, "liquidation_price"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(change, where):
    with pytest.raises(ParameterError, match=where):
        margin(perpetual(1), p=overridden(PUBLISHED, change, "test"))


def test_a_word_for_a_fraction_that_is_not_published_is_refused():
    p = overridden(PUBLISHED, {"perp_imf.other": "high"}, "test")
    with pytest.raises(ParameterError, match=r"perp_imf\.other"):
        METHODOLOGY(*with_one(Perpetual("XMR"), "XMR"), p)


@pytest.mark.parametrize("caps", [(5e6, 5e6), (5e6, 1e6), (1e6, 2e6, 3e6), (1e6,)])
def test_caps_of_open_interest_that_do_not_rise_are_refused(caps):
    p = replace(DYDX, open_interest_caps=Table((("LINK", caps),)))
    with pytest.raises(ParameterError, match=r"open_interest_caps\.LINK"):
        margin(perpetual(1, "LINK"), p=p)


def test_the_tables_of_dydx_name_the_same_coins():
    book = Path(onchain_cross.__file__).with_name("onchain_cross.toml")
    profile = tomllib.loads(book.read_text("utf-8"))["profiles"]["dydx_v4"]
    caps, interest, fractions = (
        set(profile[name]["value"]) for name in ("open_interest_caps", "open_notional", "perp_imf")
    )
    assert caps == interest == fractions - {"BTC", "ETH", "other"}


def test_every_breakdown_cites_the_venue_of_its_profile():
    cited = {each.source.split("#")[0] for each in every(margin(perpetual(1)).initial)}
    assert cited == {"cross", ""}
    of_dydx = margin(perpetual(1, "LINK"), balances=[("BTC", 1.0)], p=DYDX)
    roots = (of_dydx.initial, of_dydx.maintenance, of_dydx.equity)
    cited = {each.source.split("#")[0] for root in roots for each in every(root)}
    assert cited == {"dydx_margin", ""}
