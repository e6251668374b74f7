"""The house's portfolio margin against a slow loop written apart from it, and its promises."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
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
    Underlying,
)
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.errors import ParameterError
from margin_core.margin import parameters
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies.scenario_pm import METHODOLOGY, PUBLISHED, margin
from tests.lines import named, readd

NOW = datetime(2026, 11, 20, 21, tzinfo=UTC)
DECEMBER, MARCH = datetime(2026, 12, 18, 21, tzinfo=UTC), datetime(2027, 3, 19, 20, tzinfo=UTC)
UNDERLYINGS = (
    Underlying("BTC", AssetClass.CRYPTO),
    Underlying("ETH", AssetClass.CRYPTO),
    Underlying("SOL", AssetClass.CRYPTO),
    Underlying("SPX", AssetClass.INDEX_BROAD, class_group="SPX"),
    Underlying("SPY", AssetClass.ETF_BROAD, class_group="SPX"),
    Underlying("NDX", AssetClass.INDEX_BROAD),
    Underlying("RUT", AssetClass.INDEX_BROAD),
    Underlying("VIX", AssetClass.INDEX_VOLATILITY),
    Underlying("AAA", AssetClass.EQUITY),
    Underlying("BBB", AssetClass.EQUITY),
    Underlying("TRIPLE", AssetClass.ETF_BROAD, leverage=-3.0),
)
SPOTS = {
    "BTC": 90_000.0,
    "ETH": 3_000.0,
    "SOL": 150.0,
    "SPX": 6_700.0,
    "SPY": 668.0,
    "NDX": 24_000.0,
    "RUT": 2_400.0,
    "VIX": 18.0,
    "AAA": 100.0,
    "BBB": 50.0,
    "TRIPLE": 40.0,
}
VOL, RATE = 0.45, 0.04
MARKET = Market(
    NOW,
    tuple(Quote(symbol, spot, rate=RATE, volatility=VOL) for symbol, spot in SPOTS.items()),
    prices=(("ABC", 4.0),),
)


def account(*positions, balances=()):
    return Portfolio(tuple(positions), tuple(balances), UNDERLYINGS)


def call(symbol, strike, quantity, expiry=DECEMBER, *, multiplier=1.0):
    return Position(Option(symbol, Right.CALL, strike, expiry, multiplier=multiplier), quantity)


def put(symbol, strike, quantity, expiry=DECEMBER, *, multiplier=1.0):
    return Position(Option(symbol, Right.PUT, strike, expiry, multiplier=multiplier), quantity)


def potential(result):
    """Return the maximum potential loss within a result."""
    return named(result.maintenance, "Maximum potential loss").amount


# --- a second implementation: scalars and loops, the rules written out anew -----------------

FAMILY = {
    "BTC": "major_coin",
    "ETH": "major_coin",
    "SOL": "coin",
    "SPX": "broad",
    "SPY": "broad",
    "NDX": "broad",
    "VIX": "volatility",
    "AAA": "single",
    "BBB": "single",
    "TRIPLE": "broad",
}
DOWN = {"broad": 0.10, "single": 0.20, "volatility": 0.30, "major_coin": 0.18, "coin": 0.30}
UP = {"broad": 0.08, "single": 0.20, "volatility": 0.60, "major_coin": 0.18, "coin": 0.30}
VOL_UP = {"broad": 0.5, "single": 0.4, "volatility": 0.4, "major_coin": 0.5, "coin": 0.5}
CREDIT = {"broad": 0.75, "major_coin": 0.4, "coin": 0.3}
LEVERAGE = {"TRIPLE": 3.0}
GRID = [(f, v, 1.0) for v in (-1, 0, 1) for f in (-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1)]
TAIL = [(-3, 1, 1 / 3), (-2, 1, 1 / 2), (2, 1, 1 / 2), (3, 1, 1 / 3)]


def slow_value(option, spot, vol):
    years = (option.expiry - NOW).total_seconds() / (365 * 86_400)
    sign = 1.0 if option.right is Right.CALL else -1.0
    width = vol * math.sqrt(years)
    d1 = (math.log(spot / option.strike) + RATE * years) / width + width / 2
    normal = NormalDist().cdf
    discounted = option.strike * math.exp(-RATE * years)
    return sign * (spot * normal(sign * d1) - discounted * normal(sign * (d1 - width)))


def slow_move(symbol, f):
    family = FAMILY[symbol]
    move = f * (UP[family] if f > 0 else DOWN[family]) * LEVERAGE.get(symbol, 1.0)
    return max(move, -0.99)


def slow_pnl(position, f, v):
    """Return the P&L of one position at shares ``f`` and ``v`` of its ranges."""
    symbol = position.underlying
    spot = SPOTS[symbol]
    growth = 1.0 + slow_move(symbol, f)
    units = position.units
    match position.instrument:
        case Stock():
            return units * spot * (growth - 1.0)
        case Option() as option:
            days = (option.expiry - NOW).total_seconds() / 86_400
            power = 0.3 if days <= 30 else 0.13
            share = v * (VOL_UP[FAMILY[symbol]] if v > 0 else 0.25)
            moved = VOL * (1 + share * (30 / max(days, 1)) ** power)
            return units * (
                slow_value(option, spot * growth, moved) - slow_value(option, spot, VOL)
            )
        case Future(expiry=expiry):
            forward = spot * math.exp(RATE * (expiry - NOW).total_seconds() / (365 * 86_400))
            return units * forward * (growth - 1.0)
        case Perpetual(margin_type=MarginType.INVERSE):
            return units * (1 / spot - 1 / (spot * growth)) * spot * growth
        case Perpetual():
            return units * spot * (growth - 1.0)


def slow_counted(holdings, f, v, w):
    """Return a class group's P&L: positions, and (coin value, haircut) pairs."""
    pnl = 0.0
    for holding in holdings:
        if isinstance(holding, Position):
            pnl += w * slow_pnl(holding, f, v)
            continue
        symbol, value, haircut = holding
        own = w * value * slow_move(symbol, f)
        pnl += own if own >= 0 else min(own + haircut * max(value, 0.0), 0.0)
    return pnl


def slow_potential(parts):
    """Return the loss of parts of blocks of class groups: every joint move, one by one."""
    loss = 0.0
    for blocks in parts:
        worst = 0.0
        for f, v, w in GRID + TAIL:
            for ways in product((1, -1, 0) if len(blocks) > 1 else (1,), repeat=len(blocks)):
                joint = 0.0
                for block, way in zip(blocks, ways, strict=True):
                    if way == 0:
                        continue
                    pnls = [(f1, slow_counted(g, way * f, v, w)) for f1, g in block]
                    credits_ = [CREDIT.get(f1, 0.0) if len(block) > 1 else 1.0 for f1, _ in pnls]
                    own = sum(
                        x if x < 0 else c * x for (_, x), c in zip(pnls, credits_, strict=True)
                    )
                    # between blocks no gain pays: a block that gains is as good as not moved
                    joint += own if len(blocks) == 1 else min(own, 0.0)
                worst = max(worst, -joint)
        loss += worst
    return loss


MIXED = (
    put("SPX", 6_300.0, -2.0, multiplier=100.0),
    call("SPX", 7_000.0, -1.0, MARCH, multiplier=100.0),
    Position(Stock("SPY"), -900.0),
    call("NDX", 25_000.0, 1.0, multiplier=100.0),
    Position(Stock("TRIPLE"), -500.0),
    call("VIX", 25.0, -30.0, multiplier=100.0),
    Position(Stock("AAA"), 700.0),
    put("AAA", 90.0, 4.0, MARCH, multiplier=100.0),
    call("BBB", 60.0, -9.0, multiplier=100.0),
    call("BTC", 95_000.0, -2.0),
    Position(Perpetual("BTC", multiplier=10.0, margin_type=MarginType.INVERSE), -3_000.0),
    Position(Future("ETH", MARCH), 40.0),
    put("ETH", 2_500.0, -30.0, MARCH),
    Position(Perpetual("SOL"), -600.0),
)
BALANCES = (Balance("USD", 50_000.0), Balance("BTC", 1.5), Balance("ETH", -10.0))


def test_a_mixed_account_loses_what_the_slow_loop_finds():
    result = margin(account(*MIXED, balances=BALANCES), MARKET)
    spx, ndx, triple, vix, aaa, bbb = (
        MIXED[:3],
        MIXED[3:4],
        MIXED[4:5],
        MIXED[5:6],
        MIXED[6:8],
        (MIXED[8],),
    )
    btc = (*MIXED[9:11], ("BTC", 1.5 * 90_000.0, 0.05))
    eth = (*MIXED[11:13], ("ETH", -10.0 * 3_000.0, 0.05))
    expected = slow_potential(
        [
            [[("broad", spx), ("broad", ndx), ("broad", triple)], [("volatility", vix)]],
            [[("single", aaa)]],
            [[("single", bbb)]],
            [[("major_coin", btc), ("major_coin", eth), ("coin", MIXED[13:])]],
        ]
    )
    assert potential(result) == pytest.approx(expected, rel=1e-9)


def test_charges_of_a_mixed_account_are_what_the_slow_loop_finds():
    result = margin(account(*MIXED, balances=BALANCES), MARKET)
    groups = [MIXED[:3], MIXED[3:4], MIXED[4:5], MIXED[5:6], MIXED[6:8], MIXED[8:9], MIXED[9:11]]
    groups += [MIXED[11:13], MIXED[13:]]
    gamma = vega = basis = 0.0
    rates = {"broad": (0.01, 0), "single": (0.01, 0), "volatility": (0.1, 0.02)}
    rates |= {"major_coin": (0.05, 0.005), "coin": (0.15, 0.01)}
    for group in groups:
        options = [p for p in group if isinstance(p.instrument, Option)]
        swing = 0.0
        for p in options:
            up, down = slow_move(p.underlying, 0.25), slow_move(p.underlying, -0.25)
            swing -= (-down * slow_pnl(p, 0.25, 0) + up * slow_pnl(p, -0.25, 0)) / (up - down)
        gamma += max(swing, 0.0)
        for expiry in {getattr(p.instrument, "expiry", None) for p in group}:
            at = [p for p in group if getattr(p.instrument, "expiry", None) == expiry]
            at = [p for p in at if not isinstance(p.instrument, Stock)]
            vega += 0.1 * abs(sum(slow_pnl(p, 0, 1) for p in at if p in options))
            delta = sum(
                (slow_pnl(p, 0.25, 0) - slow_pnl(p, -0.25, 0))
                / (slow_move(p.underlying, 0.25) - slow_move(p.underlying, -0.25))
                for p in at
            )
            years = (expiry - NOW).total_seconds() / (365 * 86_400) if expiry else 0.0
            annual, floor = rates[FAMILY[group[0].underlying]]
            basis += abs(delta) * max(floor, annual * years)
    assert named(result.initial, "Net short gamma").amount == pytest.approx(gamma, rel=1e-9)
    assert named(result.initial, "Net vega by expiry").amount == pytest.approx(vega, rel=1e-9)
    assert named(result.initial, "Basis by expiry").amount == pytest.approx(basis, rel=1e-9)
    risk = potential(result) + gamma + vega + basis
    assert result.initial.amount == pytest.approx(risk, rel=1e-9)
    assert result.maintenance.amount == pytest.approx(0.8 * risk, rel=1e-9)


# --- single figures that a reader can check by hand ------------------------------------------


def test_a_share_loses_a_fifth_and_a_fund_of_three_times_the_market_three_tenths():
    assert margin(account(Position(Stock("AAA"), 100.0)), MARKET).initial.amount == pytest.approx(
        2_000.0
    )
    result = margin(account(Position(Stock("TRIPLE"), 100.0)), MARKET)
    assert result.initial.amount == pytest.approx(4_000.0 * 0.30)
    assert result.worst_scenario.label == "spot −30 %, vol unchanged"


def test_a_linear_position_loses_no_more_in_the_far_tail_than_at_the_end_of_the_range():
    result = margin(account(Position(Perpetual("BTC"), 1.0)), MARKET)
    by_label = {outcome.label: outcome.pnl for outcome in result.scenarios}
    assert potential(result) == pytest.approx(16_200.0)
    assert by_label["spot −36 %, vol +50 %, counted at 50 %"] == pytest.approx(-16_200.0)
    assert result.worst_scenario.label == "spot −18 %, vol unchanged"


def test_the_far_tail_binds_for_a_short_call_that_looks_safe_inside_the_range():
    result = margin(account(call("BTC", 115_000.0, -1.0)), MARKET)
    assert result.worst_scenario.label == "spot +54 %, vol +50 %, counted at 33.3 %"


def test_a_bought_option_costs_its_value_and_no_more():
    result = margin(account(call("BTC", 90_000.0, 1.0)), MARKET)
    value = slow_value(call("BTC", 90_000.0, 1.0).instrument, 90_000.0, VOL)
    assert result.initial.amount == pytest.approx(value)
    assert result.capital_to_open == pytest.approx(value)


def test_an_option_sold_costs_its_minimum_where_the_scenarios_see_less():
    box = (
        call("BTC", 80_000.0, 1.0),
        call("BTC", 100_000.0, -1.0),
        put("BTC", 100_000.0, 1.0),
        put("BTC", 80_000.0, -1.0),
    )
    result = margin(account(*box), MARKET)
    assert result.initial.amount == pytest.approx(2 * 0.005 * 90_000.0)
    netted = margin(account(*box, call("BTC", 100_000.0, 1.0), put("BTC", 80_000.0, 1.0)), MARKET)
    assert named(netted.initial, "Minimum for options sold").amount == 0.0


def test_an_empty_account_needs_nothing():
    result = margin(account(), MARKET)
    assert result.initial.amount == result.maintenance.amount == 0.0
    assert result.scenarios == ()
    assert result.worst_scenario is None


# --- coins held as collateral ------------------------------------------------------------------


def test_a_coin_pays_only_for_the_loss_beyond_its_haircut():
    result = margin(account(balances=[Balance("BTC", 1.0)]), MARKET)
    assert result.equity.amount == pytest.approx(85_500.0)
    assert result.collateral_not_counted == pytest.approx(4_500.0)
    assert result.initial.amount == pytest.approx((0.18 - 0.05) * 90_000.0)
    # after the worst move the account is worth what equity less the requirement says
    assert result.excess_initial == pytest.approx(0.82 * 90_000.0)


def test_a_coin_that_covers_calls_and_a_perpetual_needs_little():
    hedges = (call("BTC", 100_000.0, -0.5), Position(Perpetual("BTC"), -0.5))
    covered = margin(account(*hedges, balances=[Balance("BTC", 1.0)]), MARKET)
    apart = margin(account(*hedges), MARKET)
    assert covered.initial.amount < 0.3 * apart.initial.amount
    assert covered.initial.amount < 0.05 * 90_000.0


def test_a_coin_borrowed_loses_in_full_when_it_rises():
    result = margin(account(balances=[Balance("USD", 2e5), Balance("BTC", -1.0)]), MARKET)
    assert result.equity.amount == pytest.approx(110_000.0)
    assert result.initial.amount == pytest.approx(0.18 * 90_000.0)


def test_the_part_of_a_haircut_that_one_phase_has_alone_is_added_to_its_requirement():
    balance = Balance("ABC", 1_000.0, haircut=Haircut(maintenance=0.1, initial=0.3))
    result = margin(account(balances=[balance]), MARKET)
    assert result.equity.amount == pytest.approx(3_600.0)
    assert result.initial.amount == pytest.approx(800.0)
    assert result.maintenance.amount == 0.0
    assert result.capital_to_open == pytest.approx(800.0)


def test_initial_margin_is_at_least_maintenance_whatever_the_haircuts_say():
    balance = Balance("ABC", 1_000.0, haircut=Haircut(maintenance=0.3, initial=0.1))
    result = margin(account(Position(Stock("AAA"), 1.0), balances=[balance]), MARKET)
    assert result.maintenance.amount == pytest.approx(816.0)
    assert result.initial.amount == result.maintenance.amount


def test_stablecoins_count_in_full_and_unlisted_assets_by_half_with_a_warning():
    market = replace(MARKET, prices=(("USDC", 1.0), ("ABC", 4.0)))
    result = margin(account(balances=[Balance("USDC", 100.0), Balance("ABC", 10.0)]), market)
    assert result.equity.amount == pytest.approx(120.0)
    assert any(
        warning.startswith("ABC is held at its haircut alone") for warning in result.warnings
    )


# --- the switches ------------------------------------------------------------------------------

PAIR = (Position(Perpetual("BTC"), 1.0), Position(Perpetual("ETH"), -30.0))


def switched(**changes):
    names = {f"correlation.{k.replace('__', '/')}": v for k, v in changes.items()}
    return parameters.overridden(PUBLISHED, names, "scenario_pm")


def test_coins_that_move_together_pay_for_one_another_at_the_credit():
    together = potential(margin(account(*PAIR), MARKET))
    assert together == pytest.approx(0.18 * 90_000.0 * (1 - 0.4))


def test_each_looser_switch_asks_at_least_as_much():
    book = account(*PAIR, call("BTC", 95_000.0, 3.0), put("ETH", 2_700.0, -80.0))
    losses = [
        potential(
            margin(
                book,
                MARKET,
                switched(major_coin__major_coin=f'"{position}"', major_coin__coin='"independent"'),
            )
        )
        for position in ("together", "against", "independent")
    ]
    assert losses[0] < losses[1] <= losses[2]


def test_against_takes_the_same_size_of_move_and_independent_any():
    long_and_short = (
        call("AAA", 100.0, 1.0, multiplier=100.0),
        put("AAA", 100.0, 1.0, multiplier=100.0),
        call("BBB", 50.0, -1.0, multiplier=100.0),
        put("BBB", 50.0, -1.0, multiplier=100.0),
    )
    apart = potential(margin(account(*long_and_short), MARKET))
    tied = potential(margin(account(*long_and_short), MARKET, switched(single__single='"against"')))
    alone = [
        potential(margin(account(*p), MARKET)) for p in (long_and_short[:2], long_and_short[2:])
    ]
    assert apart == pytest.approx(sum(alone))
    assert tied < 0.98 * apart  # the long straddle loses where nothing moves, the short one far out


def test_families_tied_to_a_third_are_tied_and_the_account_is_told():
    p = switched(broad__single='"against"')
    book = account(Position(Stock("AAA"), 1.0), Position(Stock("SPY"), 1.0))
    assert "single and single count as against, as both are tied to a third family" in (
        margin(book, MARKET, p).warnings
    )
    assert margin(book, MARKET).warnings == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"correlation": '{ "broad/broad" = "together" }'}, "no value for"),
        ({"correlation.broad/broad": '"sometimes"'}, "'sometimes' is no position of the switch"),
        ({"spot_steps": "[-1.0, 0.0, 0.5]"}, "do not mirror each other"),
        ({"vol_steps": "[-1.0, 0.0]"}, "lacks an unchanged volatility"),
        ({"tail_weights": "[1.0]"}, "2 tail_multiples have 1 tail_weights"),
    ],
)
def test_a_faulty_parameter_is_refused(changes, message):
    p = parameters.overridden(PUBLISHED, changes, "scenario_pm")
    with pytest.raises(ParameterError, match=message):
        margin(account(Position(Stock("SPY"), 1.0)), MARKET, p)


def test_a_changed_parameter_marks_the_result_as_modified():
    p = replace(PUBLISHED, initial_percentage=1.5)
    result = METHODOLOGY(account(Position(Stock("AAA"), 1.0)), MARKET, p)
    assert any("initial_percentage" in warning for warning in result.warnings)


def test_the_profile_of_the_worst_days_seen_moves_coins_further():
    p = METHODOLOGY.profiles["worst_days_seen"]
    result = METHODOLOGY(account(Position(Perpetual("BTC"), 1.0)), MARKET, p)
    assert potential(result) == pytest.approx(0.44 * 90_000.0)
    assert result.warnings == ("Parameters are those of the profile 'worst_days_seen'.",)
    # three times 53 % down would be below zero: no price falls below a hundredth
    solana = METHODOLOGY(account(Position(Perpetual("SOL"), 1.0)), MARKET, p)
    assert min(spot for o in solana.scenarios for _, spot, _ in o.moves) == -0.99


# --- promises ----------------------------------------------------------------------------------

SYMBOLS = ["BTC", "ETH", "SOL", "SPX", "SPY", "VIX", "AAA", "BBB"]
quantities = st.integers(-9, 9).filter(bool).map(float)


@st.composite
def positions(draw):
    symbol = draw(st.sampled_from(SYMBOLS))
    quantity = draw(quantities) * 3e5 / SPOTS[symbol]
    match draw(st.sampled_from(["option", "option", "stock", "perpetual", "future"])):
        case "option":
            strike = SPOTS[symbol] * draw(st.sampled_from([0.8, 0.95, 1.0, 1.1, 1.4]))
            expiry = draw(st.sampled_from([DECEMBER, MARCH]))
            return Position(Option(symbol, draw(st.sampled_from(Right)), strike, expiry), quantity)
        case "stock":
            return Position(Stock(symbol), quantity)
        case "perpetual":
            return Position(Perpetual(symbol), quantity)
    return Position(Future(symbol, draw(st.sampled_from([DECEMBER, MARCH]))), quantity)


books = st.lists(positions(), min_size=1, max_size=5)
coins = st.lists(
    st.builds(Balance, st.sampled_from(["BTC", "ETH", "USD"]), st.floats(-5.0, 5.0)), max_size=2
)


@settings(max_examples=25, deadline=None)
@given(books, books)
def test_two_accounts_in_one_lose_no_more_than_apart(first, second):
    apart = sum(potential(margin(account(*book), MARKET)) for book in (first, second))
    assert potential(margin(account(*first, *second), MARKET)) <= apart * (1 + 1e-9) + 1e-6


@settings(max_examples=25, deadline=None)
@given(books, coins, st.floats(0.01, 100.0))
def test_requirements_grow_in_proportion_with_the_account(book, balances, scale):
    once = margin(account(*book, balances=balances), MARKET)
    scaled = margin(
        account(
            *(replace(p, quantity=p.quantity * scale) for p in book),
            balances=[replace(b, amount=b.amount * scale) for b in balances],
        ),
        MARKET,
    )
    assert scaled.initial.amount == pytest.approx(scale * once.initial.amount, rel=1e-9, abs=1e-6)
    assert scaled.maintenance.amount == pytest.approx(
        scale * once.maintenance.amount, rel=1e-9, abs=1e-6
    )
    assert potential(once) >= 0.0
    assert once.initial.amount >= once.maintenance.amount >= 0.0


@settings(max_examples=30, deadline=None)
@given(books, st.sampled_from(SYMBOLS), st.floats(0.0, 1.0))
def test_closing_part_of_an_underlying_with_its_mirror_never_raises_the_loss(book, symbol, share):
    mirror = [replace(p, quantity=-p.quantity * share) for p in book if p.underlying == symbol]
    loss = potential(margin(account(*book), MARKET))
    hedged = potential(margin(account(*book, *mirror), MARKET))
    without = potential(margin(account(*(p for p in book if p.underlying != symbol)), MARKET))
    # the loss is convex: in between the account as it is and the account without the underlying
    assert hedged <= (1 - share) * loss + share * without + 1e-6
    assert hedged >= 0.0


@pytest.mark.parametrize("symbol", ["BTC", "SPX", "AAA"])
@pytest.mark.parametrize("hedge", [0.25, 0.5, 1.0])
def test_a_hedge_in_the_same_underlying_never_raises_the_loss(symbol, hedge):
    spot = SPOTS[symbol]
    held = Position(Perpetual(symbol), 10.0)
    alone = potential(margin(account(held), MARKET))
    for against in (
        Position(Perpetual(symbol), -10.0 * hedge),
        put(symbol, 0.95 * spot, 10.0 * hedge),
        call(symbol, 1.05 * spot, -10.0 * hedge),
    ):
        assert potential(margin(account(held, against), MARKET)) < alone


@settings(max_examples=30, deadline=None)
@given(books, st.sampled_from(["broad/volatility", "single/single", "single/major_coin"]))
def test_a_permission_to_offset_never_raises_the_loss(book, pair):
    losses = []
    for position in ("independent", "against", "together"):
        p = parameters.overridden(PUBLISHED, {f"correlation.{pair}": f'"{position}"'}, "house")
        losses.append(potential(margin(account(*book), MARKET, p)))
    assert losses[0] >= losses[1] - 1e-6
    assert losses[1] >= losses[2] - 1e-6


@settings(max_examples=30, deadline=None)
@given(books, coins)
def test_every_figure_follows_from_its_parts_and_every_scenario_from_its_positions(book, balances):
    result = margin(account(*book, balances=balances), MARKET)
    for line in (result.equity, result.initial, result.maintenance):
        assert readd(line) == pytest.approx(line.amount, rel=1e-12, abs=1e-6)
    for outcome in result.scenarios:
        by_position = sum(pnl for _, pnl in outcome.pnl_by_position)
        assert sum(pnl for _, pnl in outcome.pnl_by_underlying) == pytest.approx(
            by_position, abs=1e-6
        )
        assert outcome.pnl <= by_position + 1e-6  # gains count at their credit at most
    worst = {outcome.group: outcome.pnl for outcome in result.worst_by_group}
    assert sum(max(-pnl, 0.0) for pnl in worst.values()) == pytest.approx(
        potential(result), abs=1e-6
    )
    for group, pnl in worst.items():
        least = min(o.pnl for o in result.scenarios if o.group == group)
        assert pnl == pytest.approx(least, abs=1e-6)


def test_a_long_list_of_groups_is_counted_in_their_name():
    symbols = ("SPY", "NDX", "RUT", "TRIPLE", "VIX")
    result = margin(account(*(Position(Stock(symbol), 1.0) for symbol in symbols)), MARKET)
    assert result.worst_scenario.group == "SPX, NDX, RUT, TRIPLE and 1 more"


def test_sources_cited_by_the_lines_are_named_in_the_parameter_file():
    known = {source.key for source in METHODOLOGY.sources}

    def cited(line):
        yield from ([line.source.split("#")[0]] if line.source else [])
        for part in line.parts:
            yield from cited(part)

    result = margin(account(*MIXED, balances=BALANCES), MARKET)
    for line in (result.equity, result.initial, result.maintenance):
        assert set(cited(line)) <= known


def test_blocks_that_move_apart_say_which_way_each_goes():
    book = account(Position(Stock("SPY"), -100.0), call("VIX", 20.0, -50.0, multiplier=100.0))
    assert margin(book, MARKET).worst_scenario.label == (
        "SPY spot +24 %, vol +50 %, counted at 33.3 %; "
        "VIX spot +180 %, vol +40 %, counted at 33.3 %"
    )
    straddle = [Position(Stock("SPY"), -100.0), call("VIX", 20.0, 50.0, multiplier=100.0)]
    moves = {s: m for s, *m in margin(account(*straddle), MARKET).worst_scenario.moves}
    assert moves["SPY"][0] == 0.08
    assert moves["VIX"][0] == -0.30
