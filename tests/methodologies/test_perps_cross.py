"""Cross margin: one pool, haircuts by venue and tier, prices that meet the trigger exactly."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import MarginType, Option, Perpetual, Right
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.errors import NotCoveredError, ParameterError
from margin_core.margin.parameters import Table
from margin_core.methodologies import perps_isolated
from margin_core.methodologies.perps_cross import METHODOLOGY, PUBLISHED, margin
from tests.lines import every, named, readd
from tests.methodologies.perps_accounts import (
    MARCH,
    MARKET,
    PLAIN,
    SPOTS,
    VENUES,
    account,
    accounts,
    cash,
    future,
    inverse,
    linear,
    moved,
)


def pool(*balances, p=PUBLISHED, market=MARKET):
    return margin(Portfolio(balances=balances), market, p)


def at_factor(held, symbols, factor):
    return margin(held, moved(MARKET, symbols, factor, held))


# --- published figures -----------------------------------------------------------------------


def test_the_printed_prices_of_an_inverse_long_on_coins_are_met():
    # Bybit, How to calculate Liquidation Price (Inverse Contract), 2020: 10,000 USD at 8,000,
    # 0.5 BTC, 0.5 %, fee 0.075 %. The page prints 5,718.57 and 5,739.50; its formula gives 5,739.08
    p = replace(
        METHODOLOGY.profiles["bybit_inverse_2020"],
        inverse_brackets=Table((("other", ((0.0, 0.005, 100.0),)),)),
    )
    held = account(inverse(10_000.0, 8_000.0), balances=(Balance("BTC", 0.5, Haircut(0.0, 0.0)),))
    market = moved(MARKET, {"BTC"}, 8_000.0 / SPOTS["BTC"], held)
    (price,) = margin(held, market, p).liquidation_prices
    assert price.bankruptcy_price == pytest.approx(5_718.57, abs=0.005)
    assert price.price == pytest.approx(5_739.50, rel=1e-4)


def test_coins_over_three_wallets_count_at_the_printed_rate():
    # Binance, Portfolio Margin Program: 1 BTC in each of three wallets x 0.95 = 2.85 BTC
    held = [Balance("BTC", 1.0, venue="Binance") for _ in range(3)]
    assert pool(*held).equity.amount == pytest.approx(2.85 * SPOTS["BTC"])


def test_coins_count_by_the_tiers_that_bybit_prints():
    # Bybit, Collateral Value Ratio List, 2025-09-18: 10 at 98 %, 10 at 95 %, 5 of the next at 90 %
    result = pool(Balance("BTC", 25.0, venue="bybit"))
    assert result.equity.amount == pytest.approx((9.8 + 9.5 + 4.5) * SPOTS["BTC"])


def test_tiers_in_dollars_count_at_the_price_of_the_day():
    # OKX, 2024-07-18: BETH 95 % to 2 million dollars, 85 % to 4 million
    value = 3_000_000.0
    result = pool(Balance("BETH", value / 2_990.0, venue="okx"))
    assert result.equity.amount == pytest.approx(0.95 * 2e6 + 0.85 * 1e6)
    # Binance, cross margin collateral haircuts: 6,000 BTC at 20,000 are worth 119,500,000
    market = replace(MARKET, prices=(("BTC", 20_000.0),))
    spot = METHODOLOGY.profiles["binance_spot"]
    counted = pool(Balance("BTC", 6_000.0), p=spot, market=market).equity.amount
    assert counted == pytest.approx(119_500_000.0)


def test_the_rates_of_a_coin_step_down_over_all_tiers_that_okx_announced():
    # OKX, 2025-04-17: 120 million X at 85 %, to 200 at 79 %, to 250 at 76 %, then 3 points less
    # for each 120 million more, 28 tiers
    market = replace(MARKET, prices=(("X", 1.0),))
    result = pool(Balance("X", 400e6, venue="okx"), market=market)
    first = 120 * 0.85 + 80 * 0.79 + 50 * 0.76
    assert result.equity.amount == pytest.approx((first + 120 * 0.73 + 30 * 0.70) * 1e6)
    all_of_it = first + 120 * sum(0.73 - 0.03 * step for step in range(25))
    most = pool(Balance("X", 5e9, venue="okx"), market=market)
    assert most.equity.amount == pytest.approx(all_of_it * 1e6)


def test_the_margin_of_a_small_account_by_hand():
    held = account(
        linear(0.6, 88_000.0, leverage=10.0),
        linear(-15.0, 3_080.0, "ETH", leverage=8.0),
        balances=(Balance("USDC", 25_000.0),),
    )
    result = margin(held, MARKET)
    assert result.equity.amount == pytest.approx(24_750.0 + 1_200.0 + 1_200.0)
    assert result.collateral_not_counted == pytest.approx(250.0)
    assert result.initial.amount == pytest.approx(5_400.0 + 45_000.0 / 8.0)
    assert result.maintenance.amount == pytest.approx(0.004 * (54_000.0 + 45_000.0))
    assert result.margin_ratio == pytest.approx(396.0 / 27_150.0)
    assert result.worst_pocket_ratio is None
    btc, eth = result.liquidation_prices
    # (wallet + profit and maintenance of the other + amount - side x size x entry) / ...
    other = 24_750.0 + 1_200.0 - 180.0
    assert btc.price == pytest.approx((other - 0.6 * 88_000.0) / (0.6 * (0.004 - 1.0)))
    other = 24_750.0 + 1_200.0 - 216.0
    assert eth.price == pytest.approx((other + 15.0 * 3_080.0) / (15.0 * 1.004))


# --- the pool --------------------------------------------------------------------------------


@settings(max_examples=50)
@given(accounts())
def test_at_a_liquidation_price_the_pool_holds_exactly_its_maintenance(held):
    result = margin(held, MARKET)
    for position, found in _priced(held, result):
        factor = found.price / _mark(position)
        assume(1e-3 < factor < 1e3)
        again = at_factor(_entered(held), {position.underlying}, factor)
        scale = 1e-9 * (abs(again.equity.amount) + 1e6)
        assert again.equity.amount == pytest.approx(again.maintenance.amount, abs=scale)
        if found.bankruptcy_price is not None:
            empty = at_factor(
                _entered(held), {position.underlying}, found.bankruptcy_price / _mark(position)
            )
            assert empty.equity.amount == pytest.approx(0.0, abs=1e-9 * _gross(held))


def _priced(held, result):
    """Return each position with its price; equal labels have equal prices."""
    by_label = {price.position: price for price in result.liquidation_prices}
    return [(p, by_label[p.label]) for p in held.positions if p.label in by_label]


def _mark(position):
    spot = SPOTS[position.underlying]
    return spot if isinstance(position.instrument, Perpetual) else spot * 1.015


def _entered(held):
    """Return the account with today's marks as the entry prices that are not given."""
    positions = (replace(p, entry_price=p.entry_price or _mark(p)) for p in held.positions)
    return replace(held, positions=tuple(positions))


def _gross(held):
    return 1e7 + sum(abs(p.units) * SPOTS[p.underlying] for p in held.positions)


def test_coins_held_against_a_short_move_its_liquidation_out_of_reach():
    naked = margin(account(linear(-1.0), balances=cash(90_000.0)), MARKET)
    covered = margin(account(linear(-1.0), balances=(Balance("BTC", 1.2),)), MARKET)
    assert naked.liquidation_prices[0].price == pytest.approx(180_000.0 / 1.004, rel=1e-3)
    assert covered.equity.amount == pytest.approx(1.2 * 0.97 * 90_000.0)
    # the coins gain more than the short loses, until brackets ask more than the difference
    assert covered.liquidation_prices[0].price > 100.0 * SPOTS["BTC"]


def test_profit_of_one_position_pays_for_the_loss_of_another():
    hedged = account(
        linear(1.0, 100_000.0, leverage=10.0),
        future(-1.0, 101_500.0),
        balances=cash(10_000.0),
    )
    assert margin(hedged, MARKET).equity.amount == pytest.approx(10_000.0 - 10_000.0 + 10_150.0)
    assert margin(hedged, MARKET).margin_ratio < 1.0
    assert perps_isolated.margin(hedged, MARKET).pocket_without_equity


def test_positions_in_one_contract_are_one_net_position():
    split = account(linear(3.0, 80_000.0, leverage=20.0), linear(-1.0, 95_000.0, leverage=5.0))
    result = margin(split, MARKET)
    assert result.maintenance.amount == pytest.approx(0.004 * 180_000.0)
    assert result.initial.amount == pytest.approx(180_000.0 / 5.0)
    assert result.equity.amount == pytest.approx(3.0 * 10_000.0 + 5_000.0)
    long, short = result.liquidation_prices
    assert (long.price, long.bankruptcy_price) == (short.price, short.bankruptcy_price)


def test_all_underlyings_falling_alike_liquidate_where_the_warning_says():
    held = account(linear(2.0, leverage=5.0), linear(40.0, symbol="ETH"), balances=cash(60_000.0))
    result = margin(held, MARKET)
    (told,) = (w for w in result.warnings if "moving alike" in w)
    # 300,000 of coins at 0.4 %: 60,000 = 300,000 (1 - x) + 0.004 x 300,000 x
    fall = 1.0 - (1.0 - 0.2) / (1.0 - 0.004)
    assert f"−{fall:.1%}" in told
    again = at_factor(_entered(held), set(SPOTS), 1.0 - fall)
    assert again.margin_ratio == pytest.approx(1.0)


def test_margin_isolated_for_a_position_is_in_the_pool():
    kept = account(linear(1.0, leverage=10.0, isolated_margin=30_000.0), balances=cash(40_000.0))
    free = account(linear(1.0, leverage=10.0), balances=cash(40_000.0))
    assert margin(kept, MARKET).initial == margin(free, MARKET).initial
    assert any("is in the pool here" in warning for warning in margin(kept, MARKET).warnings)


def test_accrued_funding_counts_once():
    paid = account(linear(1.0, accrued_funding=-250.0), balances=cash(10_000.0))
    assert margin(paid, MARKET).equity.amount == pytest.approx(9_750.0)
    assert margin(paid, MARKET).net_liquidation_value == pytest.approx(9_750.0)


# --- haircuts --------------------------------------------------------------------------------


def test_each_venue_counts_coins_by_its_own_table():
    counted = {
        venue: pool(Balance("BTC", 1.0, venue=venue)).equity.amount / SPOTS["BTC"]
        for venue in VENUES
    }
    assert counted == pytest.approx(
        {
            None: 0.97,
            "kraken": 0.97,
            "deribit": 1.0,
            "Bybit": 0.98,
            "okx": 0.97,
            "binance": 0.95,
            "cold": 0.97,
        }
    )


def test_coins_at_one_venue_use_up_no_tier_of_another():
    both = (Balance("BTC", 10.0, venue="deribit"), Balance("BTC", 10.0, venue="bybit"))
    assert pool(*both).equity.amount == pytest.approx((10.0 + 9.8) * SPOTS["BTC"])
    same = (Balance("BTC", 10.0, venue="bybit"), Balance("BTC", 10.0, venue="bybit"))
    assert pool(*same).equity.amount == pytest.approx((9.8 + 9.5) * SPOTS["BTC"])


def test_a_haircut_cites_its_venue():
    line = named(pool(Balance("STETH", 10.0, venue="deribit")).equity, "Haircut 7.5 %")
    assert line.source == "deribit#cross collateral"


def test_what_a_venue_does_not_take_counts_for_nothing_and_is_named():
    result = pool(Balance("STETH", 10.0, venue="kraken"))
    assert result.equity.amount == 0.0
    assert result.collateral_not_counted == pytest.approx(29_940.0)
    assert any("STETH is not taken" in warning for warning in result.warnings)
    # Binance counts what it does not list at a tenth
    assert pool(Balance("DAI", 100.0, venue="binance")).equity.amount == pytest.approx(10.0)


def test_a_debt_is_neither_cut_nor_forgiven():
    assert pool(Balance("BTC", -1.0, venue="bybit")).equity.amount == -SPOTS["BTC"]


@settings(max_examples=30)
@given(accounts(), st.floats(0.0, 0.5))
def test_a_higher_haircut_never_helps(held, more):
    def worse(table):
        cut = tuple(
            (asset, tuple((min(row[0] + more, 1.0), *row[1:]) for row in rows))
            for asset, rows in table.entries
        )
        return Table(cut)

    names = ("kraken", "deribit", "bybit", "okx", "binance")
    p = replace(
        PUBLISHED, **{f"haircut_{n}": worse(getattr(PUBLISHED, f"haircut_{n}")) for n in names}
    )
    one, other = margin(held, MARKET), margin(held, MARKET, p)
    assert other.equity.amount <= one.equity.amount + 1e-6
    assert other.excess_initial <= one.excess_initial + 1e-6
    assert other.collateral_not_counted >= one.collateral_not_counted - 1e-6
    assert other.capital_to_open == pytest.approx(one.capital_to_open, abs=1e-3)


@pytest.mark.parametrize("venue", ["kraken", "deribit", "bybit", "okx", "binance"])
def test_published_haircuts_rise_tier_by_tier(venue):
    for asset, rows in getattr(PUBLISHED, f"haircut_{venue}").entries:
        for low, high in pairwise(rows):
            assert low[0] <= high[0], asset
            assert len(high) == 1 or low[1] < high[1], asset


# --- properties ------------------------------------------------------------------------------


@settings(max_examples=50)
@given(accounts())
def test_every_line_re_adds_and_keeping_asks_no_more_than_opening(held):
    result = margin(held, MARKET)
    for line in (result.equity, result.initial, result.maintenance):
        assert readd(line) == pytest.approx(line.amount, rel=1e-9, abs=1e-6)
        assert {part.rule for part in every(line)} <= PLAIN
    assert 0.0 <= result.maintenance.amount <= result.initial.amount
    counted = result.net_liquidation_value - result.collateral_not_counted
    assert result.equity.amount == pytest.approx(counted, rel=1e-9, abs=1e-6)


@settings(max_examples=30)
@given(accounts())
def test_a_pool_asks_what_its_pockets_ask_where_no_contract_is_held_twice(held):
    assume(len({position.instrument for position in held.positions}) == len(held.positions))
    pooled, apart = margin(held, MARKET), perps_isolated.margin(held, MARKET)
    assert pooled.maintenance.amount == pytest.approx(apart.maintenance.amount)
    assert pooled.initial.amount <= apart.initial.amount * (1.0 + 1e-12)


@settings(max_examples=30)
@given(accounts(), st.randoms(use_true_random=False))
def test_the_order_of_positions_is_irrelevant(held, random):
    shuffled = list(held.positions)
    random.shuffle(shuffled)
    one, other = margin(held, MARKET), margin(replace(held, positions=tuple(shuffled)), MARKET)
    assert other.initial.amount == pytest.approx(one.initial.amount)
    assert other.equity.amount == pytest.approx(one.equity.amount)
    prices = sorted((p.position, p.price) for p in one.liquidation_prices)
    again = sorted((p.position, p.price) for p in other.liquidation_prices)
    assert [label for label, _ in again] == [label for label, _ in prices]
    assert [price for _, price in again] == pytest.approx([price for _, price in prices], rel=1e-6)


@settings(max_examples=30)
@given(accounts(), st.floats(0.2, 5.0))
def test_with_one_rate_and_one_haircut_everything_scales_and_prices_stay(held, scale):
    rows = Table((("other", ((0.0, 0.01, 50.0),)),))
    cut = Table((("BTC", ((0.05,),)), ("STETH", ((0.1,),))))
    p = replace(
        PUBLISHED,
        brackets=rows,
        inverse_brackets=rows,
        future_brackets=((0.0, 0.01, 50.0),),
        **{f"haircut_{n}": cut for n in ("kraken", "deribit", "bybit", "okx", "binance")},
    )
    larger = replace(
        held,
        positions=tuple(replace(x, quantity=x.quantity * scale) for x in held.positions),
        balances=tuple(replace(b, amount=b.amount * scale) for b in held.balances),
    )
    one, other = margin(held, MARKET, p), margin(larger, MARKET, p)
    assert other.initial.amount == pytest.approx(scale * one.initial.amount, abs=1e-6)
    assert other.maintenance.amount == pytest.approx(scale * one.maintenance.amount, abs=1e-6)
    assert other.equity.amount == pytest.approx(scale * one.equity.amount, abs=1e-4)


def test_both_methodologies_take_the_same_brackets():
    for name in ("brackets", "future_brackets", "inverse_brackets"):
        assert getattr(PUBLISHED, name) == getattr(perps_isolated.PUBLISHED, name)


# --- what is not covered, and faulty parameters ----------------------------------------------


def test_options_are_refused_by_name():
    option = Position(
        Option("BTC", Right.PUT, 80_000.0, MARCH, margin_type=MarginType.INVERSE), 1.0
    )
    market = replace(MARKET, quotes=tuple(replace(q, volatility=0.5) for q in MARKET.quotes))
    with pytest.raises(NotCoveredError) as refused:
        margin(account(option, linear(1.0)), market)
    assert str(refused.value) == (
        "positions: +1 BTC 80,000 put 26 Mar 2027: an option. "
        "It margins perpetuals and dated futures on coins."
    )


def test_a_venue_without_haircuts_is_no_default():
    with pytest.raises(ParameterError, match="no haircuts of 'nowhere'"):
        pool(Balance("BTC", 1.0), p=replace(PUBLISHED, default_venue="nowhere"))


def test_a_row_that_is_no_tier_is_refused():
    table = Table((("BTC", ((0.1, 5.0, "BTC"),)),))
    with pytest.raises(ParameterError, match="no tier of a haircut"):
        pool(Balance("BTC", 1.0), p=replace(PUBLISHED, haircut_kraken=table))
