"""Isolated margin: published prices, pockets that stand alone, and the trigger met exactly."""

from dataclasses import replace

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
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.errors import NotCoveredError, ParameterError
from margin_core.margin.parameters import Table
from margin_core.methodologies.perps_isolated import METHODOLOGY, PUBLISHED, margin
from tests.lines import every, named, readd
from tests.methodologies.perps_accounts import (
    MARCH,
    MARKET,
    PLAIN,
    SPOTS,
    UNDERLYINGS,
    account,
    accounts,
    cash,
    future,
    inverse,
    linear,
    moved,
    positions,
)

AT_ENTRY = METHODOLOGY.profiles["bybit_2023"]


def at_price(position, price):
    """Return the market with the position's underlying at ``price``."""
    symbol = position.underlying
    return moved(MARKET, {symbol}, price / SPOTS[symbol], account(position))


def only_price(position, price, p=PUBLISHED):
    (found,) = margin(account(position), at_price(position, price), p).liquidation_prices
    return found


def flat(rate, most=100.0):
    rows = Table((("other", ((0.0, rate, most),)),))
    return replace(PUBLISHED, brackets=rows, inverse_brackets=rows)


# --- published figures -----------------------------------------------------------------------


def test_the_printed_price_of_a_linear_long_is_met_with_maintenance_at_entry():
    # Bybit, Liquidation Price (USDT Contract): 1 BTC at 20,000, 50x, 0.5 %: 400, 100, 19,700
    p = replace(AT_ENTRY, brackets=flat(0.005).brackets)
    position = linear(1.0, 20_000.0, leverage=50.0)
    result = margin(account(position), at_price(position, 20_000.0), p)
    assert result.initial.amount == pytest.approx(400.0)
    assert result.maintenance.amount == pytest.approx(100.0)
    assert result.liquidation_prices[0].price == pytest.approx(19_700.0, rel=1e-12)


def test_both_published_versions_of_an_inverse_price_are_met():
    # Bybit, isolated mode: 60,000 USD at 50,000, 10x, 0.5 %; maintenance at entry (to 2025), then
    # at the liquidation price (2026-05-27)
    for p, long_price, short_price in (
        (replace(AT_ENTRY, inverse_brackets=flat(0.005).brackets), 45_662.100457, 55_248.618785),
        (flat(0.005), 45_681.818182, 55_277.777778),
    ):
        for side, expected in ((1.0, long_price), (-1.0, short_price)):
            position = inverse(side * 60_000.0, 50_000.0, leverage=10.0)
            assert only_price(position, 50_000.0, p).price == pytest.approx(expected, rel=1e-10)


def test_bankruptcy_of_an_inverse_long_is_the_printed_one():
    # Bybit, auto-deleveraging: 7,890.08 at 50x
    position = inverse(10_000.0, 7_890.08, leverage=50.0)
    assert only_price(position, 7_890.08).bankruptcy_price == pytest.approx(7_735.372549, rel=1e-9)


def test_maintenance_steps_up_bracket_by_bracket_as_recorded():
    # the venue's own `cum` of each BTCUSDT bracket, September 2026
    recorded = {
        400_000.0: (0.005, 300.0),
        2_000_000.0: (0.0065, 1_500.0),
        5_000_000.0: (0.01, 12_000.0),
        90_000_000.0: (0.025, 482_000.0),
        500_000_000.0: (0.125, 26_482_000.0),
        2_000_000_000.0: (0.5, 421_482_000.0),
    }
    for size, (rate, amount) in recorded.items():
        result = margin(account(linear(size / SPOTS["BTC"])), MARKET)
        assert result.maintenance.amount == pytest.approx(size * rate - amount)


def test_the_margin_of_a_small_account_by_hand():
    # 0.6 BTC from 88,000 at 10x; 200 SOL from 158 with 6,400 put in; 25,000 of cash
    held = account(
        linear(0.6, 88_000.0, leverage=10.0),
        linear(200.0, 158.0, "SOL", leverage=5.0, isolated_margin=6_400.0),
        balances=cash(25_000.0),
    )
    result = margin(held, MARKET)
    assert result.initial.amount == pytest.approx(0.1 * 54_000.0 + 6_400.0)
    assert result.maintenance.amount == pytest.approx(0.004 * 54_000.0 + 0.005 * 30_000.0)
    assert named(result.equity, "Pocket of +0.6 BTC perpetual").amount == pytest.approx(6_480.0)
    assert named(result.equity, "Pocket of +200 SOL perpetual").amount == pytest.approx(4_800.0)
    assert named(result.equity, "Free balance").amount == pytest.approx(
        25_000.0 - 5_280.0 - 6_400.0
    )
    assert result.capital_to_open == pytest.approx(result.initial.amount)
    assert result.margin_ratio == pytest.approx(216.0 / 6_480.0)
    btc, sol = result.liquidation_prices
    assert btc.price == pytest.approx((5_280.0 - 0.6 * 88_000.0) / (0.6 * (0.004 - 1.0)))
    assert btc.bankruptcy_price == pytest.approx(88_000.0 * 0.9)
    assert sol.bankruptcy_price == pytest.approx(158.0 - 6_400.0 / 200.0)


# --- pockets ---------------------------------------------------------------------------------


@settings(max_examples=50)
@given(positions(), st.floats(-500.0, 500.0))
def test_at_its_liquidation_price_a_pocket_holds_exactly_its_maintenance(position, accrued):
    if isinstance(position.instrument, Perpetual) and not _settles_in_coin(position):
        position = replace(position, accrued_funding=accrued)
    result = margin(account(position), MARKET)
    for found in result.liquidation_prices:
        spot = SPOTS[position.underlying]
        mark = spot if isinstance(position.instrument, Perpetual) else spot * 1.015
        held = _same_wallet(position, found.price / mark)
        again = margin(account(held), at_price(position, spot * found.price / mark))
        assert again.margin_ratio == pytest.approx(1.0, rel=1e-9)


def _settles_in_coin(position):
    return position.instrument.margin_type is MarginType.INVERSE


def _same_wallet(position, factor):
    """Return the position with the margin that its pocket holds today, in its own currency."""
    result = margin(account(position), MARKET)
    wallet = result.equity.parts[0].parts[0].amount
    return replace(
        position,
        entry_price=position.entry_price or mark_of(position),
        isolated_margin=wallet * (factor if _settles_in_coin(position) else 1.0),
    )


def mark_of(position):
    spot = SPOTS[position.underlying]
    return spot if isinstance(position.instrument, Perpetual) else spot * 1.015


def test_funding_paid_brings_liquidation_nearer_and_funding_received_puts_it_off():
    (paid, none, received) = (
        only_price(linear(1.0, 90_000.0, leverage=10.0, accrued_funding=accrued), 90_000.0).price
        for accrued in (-900.0, 0.0, 900.0)
    )
    # 1 BTC: a dollar of funding is a dollar of price, over 1 - rate
    assert paid - none == pytest.approx(900.0 / 0.996)
    assert none - received == pytest.approx(900.0 / 0.996)


def test_the_worst_pocket_decides_however_much_the_account_has():
    # 5x from 100,000 has lost half its margin at 90,000; the other pocket has a profit
    held = account(
        linear(1.0, 100_000.0, leverage=5.0),
        linear(-1.0, 100_000.0, leverage=5.0),
        balances=cash(1e6),
    )
    result = margin(held, MARKET)
    # the second bracket begins at 300,000, both are in the first
    assert result.margin_ratio == pytest.approx(0.004 * 90_000.0 / 10_000.0)
    assert result.maintenance.amount / result.equity.amount < 0.001


def test_a_pocket_past_bankruptcy_is_named_and_leaves_no_ratio():
    held = account(linear(1.0, 100_000.0, leverage=20.0), balances=cash(1e6))
    result = margin(held, MARKET)
    assert result.pocket_without_equity
    assert result.margin_ratio is None
    assert any("past its bankruptcy price" in warning for warning in result.warnings)


def test_pockets_that_take_more_than_the_balances_hold_are_told():
    held = account(linear(1.0, 90_000.0, leverage=10.0), balances=cash(5_000.0))
    result = margin(held, MARKET)
    assert "The pockets take 4,000.00 more than the balances hold." in result.warnings
    assert result.excess_initial == pytest.approx(-4_000.0)


def test_a_leverage_beyond_the_bracket_is_cut_and_one_left_out_is_the_highest():
    cut = margin(account(linear(100.0, leverage=125.0)), MARKET)
    assert cut.initial.amount == pytest.approx(9e6 / 50.0)
    assert any("125x is more" in warning for warning in cut.warnings)
    open_ended = margin(account(linear(100.0)), MARKET)
    assert open_ended.initial.amount == pytest.approx(9e6 / 50.0)
    assert any("50x for BTC perpetual" in warning for warning in open_ended.warnings)


def test_coins_without_brackets_take_those_of_others_and_say_so():
    result = margin(account(linear(100_000.0, symbol="PEPE")), MARKET)
    assert result.maintenance.amount == pytest.approx(1_000.0 * 0.015)
    assert any("No brackets of PEPE perpetual" in warning for warning in result.warnings)
    inverted = margin(account(inverse(1_000.0, symbol="SOL")), MARKET)
    assert inverted.maintenance.amount == pytest.approx(1_000.0 * 0.01)
    assert any("inverse contracts are those of 2021" in w for w in inverted.warnings)


def test_dated_futures_have_brackets_of_their_own_and_are_marked_at_their_forward():
    (price,) = margin(account(future(0.5, 91_350.0)), MARKET).liquidation_prices
    result = margin(account(future(0.5)), MARKET)
    size = 0.5 * 90_000.0 * 1.015
    assert result.maintenance.amount == pytest.approx(0.01 * size)
    assert result.initial.amount == pytest.approx(size / 50.0)
    assert price.bankruptcy_price == pytest.approx(91_350.0 * 0.98)


def test_coins_in_the_account_count_in_full_and_for_no_pocket():
    held = account(linear(1.0, leverage=10.0), balances=(Balance("BTC", 1.0),))
    result = margin(held, MARKET)
    assert result.collateral_not_counted == 0.0
    alone = margin(account(linear(1.0, leverage=10.0)), MARKET)
    assert result.liquidation_prices == alone.liquidation_prices
    assert result.excess_initial == pytest.approx(90_000.0 - 9_000.0)


def test_the_funding_of_the_next_hours_is_told_and_in_no_requirement():
    held = account(linear(1.0, funding_rate=0.0001), inverse(-90_000.0, funding_rate=0.0001))
    result = margin(held, MARKET)
    assert "+1 BTC perpetual pays 9.00 of funding per 8 hours at its rate." in result.warnings
    assert any("receives 9.00 of funding" in warning for warning in result.warnings)
    without = margin(account(linear(1.0), inverse(-90_000.0)), MARKET)
    assert result.initial == without.initial


# --- properties ------------------------------------------------------------------------------


@settings(max_examples=50)
@given(accounts())
def test_every_line_re_adds_and_keeping_asks_no_more_than_opening(held):
    result = margin(held, MARKET)
    for line in (result.equity, result.initial, result.maintenance):
        assert readd(line) == pytest.approx(line.amount, rel=1e-9, abs=1e-6)
        assert {part.rule for part in every(line)} <= PLAIN
    assert 0.0 <= result.maintenance.amount <= result.initial.amount


@settings(max_examples=30)
@given(accounts())
def test_pockets_do_not_know_of_one_another(held):
    whole = margin(held, MARKET)
    alone = [margin(account(position), MARKET) for position in held.positions]
    assert whole.initial.amount == pytest.approx(sum(one.initial.amount for one in alone))
    assert whole.maintenance.amount == pytest.approx(sum(one.maintenance.amount for one in alone))
    prices = [price for one in alone for price in one.liquidation_prices]
    assert list(whole.liquidation_prices) == prices


@settings(max_examples=30)
@given(accounts())
def test_the_order_of_positions_is_irrelevant(held):
    turned = replace(held, positions=held.positions[::-1])
    one, other = margin(held, MARKET), margin(turned, MARKET)
    assert other.initial.amount == pytest.approx(one.initial.amount)
    assert other.equity.amount == pytest.approx(one.equity.amount)
    assert other.margin_ratio == one.margin_ratio
    assert other.liquidation_prices == one.liquidation_prices[::-1]


@settings(max_examples=30)
@given(positions(), st.floats(0.2, 5.0))
def test_with_one_rate_everything_scales_and_prices_stay(position, scale):
    p = replace(flat(0.01, 50.0), future_brackets=((0.0, 0.01, 50.0),))
    larger = replace(
        position,
        quantity=position.quantity * scale,
        isolated_margin=position.isolated_margin and position.isolated_margin * scale,
    )
    one, other = margin(account(position), MARKET, p), margin(account(larger), MARKET, p)
    assert other.initial.amount == pytest.approx(scale * one.initial.amount)
    assert other.maintenance.amount == pytest.approx(scale * one.maintenance.amount)
    assert [price.price for price in other.liquidation_prices] == pytest.approx(
        [price.price for price in one.liquidation_prices], rel=1e-9
    )


@settings(max_examples=30)
@given(st.floats(0.01, 500.0), st.floats(1.01, 3.0))
def test_a_larger_position_never_asks_a_lower_rate(quantity, growth):
    small = margin(account(linear(quantity)), MARKET).maintenance.amount / quantity
    large = margin(account(linear(quantity * growth)), MARKET).maintenance.amount / quantity
    assert large / growth >= small * (1.0 - 1e-12)


# --- what is not covered ---------------------------------------------------------------------


def test_options_stock_and_what_is_no_coin_are_refused_by_name():
    held = Portfolio(
        (
            Position(Option("BTC", Right.CALL, 100_000.0, MARCH), -1.0),
            Position(Stock("BTC"), 2.0),
            Position(Future("SPX", MARCH), 3.0),
            linear(1.0),
        ),
        underlyings=(*UNDERLYINGS, Underlying("SPX", AssetClass.INDEX_BROAD)),
    )
    market = replace(MARKET, quotes=tuple(replace(q, volatility=0.5) for q in MARKET.quotes))
    market = replace(market, quotes=(*market.quotes, replace(market["BTC"], symbol="SPX")))
    with pytest.raises(NotCoveredError) as refused:
        margin(held, market)
    reason = str(refused.value)
    assert "-1 BTC 100,000 call 26 Mar 2027: an option" in reason
    assert "+2 BTC stock: coins held are collateral" in reason
    assert "+3 SPX future 26 Mar 2027: on index broad, no coin" in reason
    assert "BTC perpetual" not in reason


def test_brackets_in_dollars_need_an_account_in_dollars():
    with pytest.raises(NotCoveredError, match="brackets are in USD"):
        margin(replace(account(linear(1.0)), currency="EUR"), MARKET)


def test_a_price_that_margin_is_not_taken_at_is_refused():
    with pytest.raises(ParameterError, match="'last' is no price"):
        margin(account(linear(1.0)), MARKET, replace(PUBLISHED, valued_at="last"))
