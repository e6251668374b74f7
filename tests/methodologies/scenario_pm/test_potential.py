"""The worst joint move: by hand, and what holds for any account."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import AssetClass, Perpetual, Stock, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.margin import parameters
from margin_core.margin.figure import binding
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies.scenario_pm import PUBLISHED, margin
from tests.lines import every
from tests.methodologies.scenario_pm.accounts import (
    MARKET,
    NOW,
    SPOTS,
    SYMBOLS,
    VOL,
    account,
    books,
    call,
    potential,
    put,
    slow_value,
)


def test_a_share_loses_a_fifth_and_a_fund_its_factor_times_the_markets_move_against_it():
    assert margin(account(Position(Stock("AAA"), 100.0)), MARKET).initial.amount == pytest.approx(
        2_000.0
    )
    result = margin(account(Position(Stock("TRIPLE"), 100.0)), MARKET)
    # three times inverse: the market's rise of 8 % costs it 24 %
    assert result.initial.amount == pytest.approx(4_000.0 * 0.24)
    assert result.worst_scenario.label == "spot −24 %, vol unchanged"


def test_an_inverse_fund_sold_does_not_hedge_its_market_held_in_one_class():
    facts = {"asset_class": AssetClass.ETF_BROAD, "class_group": "S"}
    portfolio = Portfolio(
        (Position(Stock("SPY"), 200.0), Position(Stock("SDS"), -100.0)),
        underlyings=(Underlying("SPY", **facts), Underlying("SDS", leverage=-2.0, **facts)),
    )
    market = Market(NOW, (Quote("SPY", 600.0), Quote("SDS", 600.0)))
    fall = PUBLISHED.spot_down["broad"]
    assert margin(portfolio, market).initial.amount == pytest.approx(
        fall * 120_000.0 + 2.0 * fall * 60_000.0
    )


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


@settings(max_examples=25, deadline=None)
@given(books, books)
def test_two_accounts_in_one_lose_no_more_than_apart(first, second):
    apart = sum(potential(margin(account(*book), MARKET)) for book in (first, second))
    assert potential(margin(account(*first, *second), MARKET)) <= apart * (1 + 1e-9) + 1e-6


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


def test_a_long_list_of_groups_is_counted_in_their_name():
    symbols = ("SPY", "NDX", "RUT", "TRIPLE", "VIX")
    result = margin(account(*(Position(Stock(symbol), 1.0) for symbol in symbols)), MARKET)
    assert result.worst_scenario.group == "SPX, NDX, RUT, TRIPLE and 1 more"


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


@pytest.mark.parametrize(
    ("positions", "said"),
    [
        # below its strike the put gives back what the share loses, whatever moves
        ((Position(Stock("AAA"), 100.0), put("AAA", 100.0, 1.0)), None),
        # perpetuals have no volatility, and gain what they lose the other way
        ((Position(Perpetual("BTC"), 1.0),), "spot −18 %, vol unchanged"),
        # nothing moves it: the first of all scenarios
        ((Position(Perpetual("BTC"), 0.0),), "spot unchanged, vol unchanged"),
    ],
)
def test_of_scenarios_as_bad_the_plainest_binds_and_is_the_one_its_line_is_taken_from(
    positions, said
):
    result = margin(account(*positions), MARKET)
    (line,) = (each for each in every(result.initial) if each.label.endswith(", worst move"))
    assert binding(line).label == result.worst_scenario.label
    assert said in {None, result.worst_scenario.label}
