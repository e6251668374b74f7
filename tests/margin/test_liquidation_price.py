"""Liquidation and bankruptcy prices against published forms and a search that knows no brackets."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from margin_core.book.instruments import MarginType, Perpetual
from margin_core.margin.brackets import bracket_of, brackets
from margin_core.margin.contracts import Basis, Contract, netted
from margin_core.margin.liquidation_price import Pocket, nearest

ROWS = ((0.0, 0.004, 125.0), (50_000.0, 0.01, 50.0), (250_000.0, 0.025, 20.0), (1e6, 0.1, 5.0))
COIN_ROWS = ((0.0, 0.004, 125.0), (5.0, 0.01, 50.0), (20.0, 0.05, 10.0))
SPOT = 49_500.0


def linear(units, entry=50_000.0, mark=50_000.0, rows=ROWS):
    cost = units * entry
    table = brackets(rows)
    return Contract("linear", Perpetual("BTC"), units, cost, abs(cost), mark, SPOT, table)


def inverse(units, entry=50_000.0, mark=50_000.0, rows=COIN_ROWS):
    cost = units / entry
    instrument = Perpetual("BTC", margin_type=MarginType.INVERSE)
    return Contract("inverse", instrument, units, cost, abs(cost), mark, SPOT, brackets(rows))


def put_in(each, wallet, **own):
    """Return a pocket that holds ``wallet`` of the contract's currency beside its profit."""
    worth = wallet * each.currency_value
    coins = worth if each.inverse else 0.0
    return Pocket((each,), worth + each.profit().at(1.0), coins, **own)


def surplus(pocket, factor):
    """Return equity less maintenance at a price, from sizes and brackets alone."""
    profit = asked = 0.0
    for each in pocket.contracts:
        price, coin = each.mark * factor, each.spot * factor if each.inverse else 1.0
        won = each.cost - each.units / price if each.inverse else each.units * price - each.cost
        size = abs(each.units) / price if each.inverse else abs(each.units) * price
        table = each.table
        rate, amount = bracket_of(table, size).rate, bracket_of(table, size).deduction
        profit += won * coin
        asked += (size * rate - amount) * coin
    today = sum(each.profit().at(1.0) for each in pocket.contracts)
    still = pocket.equity - today - pocket.coins
    return still + pocket.coins * factor + profit - asked - pocket.owed


@pytest.mark.parametrize(("side", "units"), [(1.0, 0.5), (-1.0, 0.5), (1.0, 30.0), (-1.0, 30.0)])
def test_a_linear_price_is_that_of_the_published_form_in_the_bracket_at_the_price(side, units):
    each, wallet = linear(side * units), units * 5_000.0
    (found,) = put_in(each, wallet).liquidations()
    price = each.mark * found
    bracket = bracket_of(each.table, units * price)
    published = (wallet + bracket.deduction - side * units * 50_000.0) / (
        units * (bracket.rate - side)
    )
    assert price == pytest.approx(published, rel=1e-12)


@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize("size", [50_000.0, 2_000_000.0])
def test_an_inverse_price_is_that_of_the_published_form(side, size):
    each, wallet = inverse(side * size), size / 50_000.0 / 10.0
    (found,) = put_in(each, wallet).liquidations()
    price = each.mark * found
    bracket = bracket_of(each.table, size / price)
    published = size * (bracket.rate + side) / (wallet + bracket.deduction + side * size / 50_000.0)
    assert price == pytest.approx(published, rel=1e-12)


def test_the_bracket_is_re_picked_where_the_size_at_the_price_is_in_another():
    # 5.2 BTC short at 48,000 is in the first bracket of these, and in the second when it liquidates
    rows = ((0.0, 0.004, 125.0), (260_000.0, 0.05, 10.0))
    each = linear(-5.2, 48_000.0, 48_000.0, rows)
    assert bracket_of(each.table, each.size()).rate == 0.004
    (found,) = put_in(each, 30_000.0).liquidations()
    low, high = brackets(rows)
    in_first = (30_000.0 + 5.2 * 48_000.0) / (5.2 * 1.004)
    in_second = (30_000.0 + high.deduction + 5.2 * 48_000.0) / (5.2 * 1.05)
    assert low.deduction == 0.0
    assert 5.2 * in_first > 260_000.0  # so the first bracket would not be that of its own price
    assert each.mark * found == pytest.approx(in_second, rel=1e-12)


def test_an_inverse_short_at_single_leverage_never_liquidates():
    each = inverse(-50_000.0)
    pocket = put_in(each, 1.0)
    assert pocket.liquidations() == ()
    assert pocket.bankruptcy() is None
    (found,) = put_in(each, 0.99).liquidations()
    assert found > 50.0


def test_a_linear_long_paid_in_full_never_liquidates():
    assert put_in(linear(1.0), 50_000.0).liquidations() == ()


@pytest.mark.parametrize(
    ("each", "wallet", "expected"),
    [
        (linear(1.0), 5_000.0, 45_000.0),
        (linear(-1.0), 5_000.0, 55_000.0),
        (inverse(50_000.0), 0.1, 50_000.0 * 10 / 11),
        (inverse(-50_000.0), 0.1, 50_000.0 * 10 / 9),
    ],
)
def test_bankruptcy_is_where_the_margin_put_in_is_gone(each, wallet, expected):
    assert each.mark * put_in(each, wallet).bankruptcy() == pytest.approx(expected, rel=1e-12)


def test_the_fee_to_close_is_kept_back_in_both_prices():
    # Bybit, How to calculate Liquidation Price (Inverse Contract), 2020: 10,000 USD long at 8,000,
    # 0.5 BTC, 0.5 %, fee 0.075 %: bankruptcy 5,718.57; the page prints 5,739.50 for liquidation,
    # its formula gives 5,739.08
    each = inverse(10_000.0, 8_000.0, 8_000.0, ((0.0, 0.005, 100.0),))
    pocket = put_in(each, 0.5, basis=Basis.ENTRY, fee_rate=0.00075)
    bankrupt = each.mark * pocket.bankruptcy()
    assert bankrupt == pytest.approx(5_718.57, abs=0.005)
    (found,) = pocket.liquidations()
    coins = 0.5 - 1.25 * 0.005 - 10_000 * 0.00075 / bankrupt
    assert each.mark * found == pytest.approx(10_000.0 / (1.25 + coins), rel=1e-12)
    assert each.mark * found == pytest.approx(5_739.50, rel=1e-4)


signs = st.sampled_from((1.0, -1.0))
held = st.lists(
    st.one_of(
        st.builds(linear, st.floats(0.01, 40.0), st.floats(3e4, 7e4), st.floats(4e4, 6e4)),
        st.builds(linear, st.floats(-40.0, -0.01), st.floats(3e4, 7e4), st.floats(4e4, 6e4)),
        st.builds(inverse, st.floats(1e3, 2e6), st.floats(3e4, 7e4), st.floats(4e4, 6e4)),
        st.builds(inverse, st.floats(-2e6, -1e3), st.floats(3e4, 7e4), st.floats(4e4, 6e4)),
    ),
    min_size=1,
    max_size=4,
)


@given(held, st.floats(-1e5, 2e6), st.floats(-1e5, 2e6), st.floats(0.0, 1e5))
def test_equity_is_exactly_maintenance_at_every_price_found(contracts, equity, coins, owed):
    pocket = Pocket(tuple(contracts), equity, coins, owed)
    for factor in pocket.liquidations():
        scale = (
            1.0
            + abs(equity)
            + abs(coins) * factor
            + sum(
                abs(each.cost) * (each.spot if each.inverse else 1.0) * max(factor, 1.0)
                for each in contracts
            )
        )
        assert surplus(pocket, factor) == pytest.approx(0.0, abs=1e-9 * scale)


@given(held, st.floats(-1e5, 2e6), st.floats(-1e5, 2e6))
def test_no_price_at_which_the_sign_changes_is_missed(contracts, equity, coins):
    pocket = Pocket(tuple(contracts), equity, coins)
    found = pocket.liquidations()
    grid = [math.exp(x / 10.0) for x in range(-40, 41)]
    for low, high in pairwise(grid):
        before, after = surplus(pocket, low), surplus(pocket, high)
        assume(abs(before) > 1e-6 and abs(after) > 1e-6)
        if before * after < 0.0:
            assert any(low <= factor <= high for factor in found)


def test_the_price_met_first_is_taken_and_one_behind_only_without_any_ahead():
    assert nearest((0.2, 0.8, 1.5), rising=False) == 0.8
    assert nearest((0.2, 0.8, 1.5, 3.0), rising=True) == 1.5
    assert nearest((1.5, 3.0), rising=False) == 1.5
    assert nearest((), rising=True) is None


def test_long_and_short_in_one_contract_net_to_their_difference():
    both = [linear(3.0, 40_000.0), linear(-1.0, 60_000.0)]
    (net,) = netted(both)
    assert net.units == 2.0
    assert net.size() == 100_000.0
    assert net.profit().at(1.0) == pytest.approx(sum(c.profit().at(1.0) for c in both))
    assert net.entry_size == pytest.approx(180_000.0 * 2.0 / 4.0)
    (flat,) = netted([linear(1.0, 40_000.0), linear(-1.0, 60_000.0)])
    assert (flat.size(), flat.entry_size, flat.edges()) == (0.0, 0.0, ())
    assert flat.profit().at(1.0) == pytest.approx(20_000.0)
    assert len(netted([linear(1.0), inverse(1.0)])) == 2


def test_longs_pay_a_positive_funding_rate_and_shorts_receive_it():
    assert linear(2.0).funding(0.0001) == pytest.approx(-10.0)
    assert linear(-2.0).funding(0.0001) == pytest.approx(10.0)
    assert linear(2.0).funding(-0.0001) == pytest.approx(10.0)
    assert inverse(50_000.0).funding(0.0001) == pytest.approx(-0.0001 * SPOT)


@pytest.mark.parametrize("noise", [-1e-11, 0.0, 1e-11])
def test_coins_that_hedge_a_short_to_the_last_bits_leave_no_price(noise):
    """A unit of coin for each that is short: only rounding says which way the rest leans."""
    short = linear(-1.0, rows=((0.0, 1e-12, 125.0),))
    hedged = Pocket((short,), equity=10_000.0, coins=50_000.0 + noise)
    assert hedged.liquidations() == ()
    assert hedged.bankruptcy() is None
