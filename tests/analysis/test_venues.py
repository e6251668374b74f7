"""Venues apart and together: what each costs, and the transfers that cure a shortfall."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.analysis.attribution import Phase
from margin_core.analysis.venues import by_venue, segregation
from margin_core.book.instruments import AssetClass, MarginType, Perpetual, Stock, Underlying
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.errors import InputError
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies import METHODOLOGIES
from tests.toy import SPOT, TOY

MARKET = Market(datetime(2026, 1, 2, 21, tzinfo=UTC), (Quote("XYZ", 100.0), Quote("BTC", 90_000.0)))
UNDERLYINGS = (Underlying("XYZ", AssetClass.EQUITY), Underlying("BTC", AssetClass.CRYPTO))
CROSS, SCENARIOS = METHODOLOGIES["perps_cross"], METHODOLOGIES["scenario_pm"]


def held(*positions, balances=()):
    return Portfolio(tuple(positions), tuple(balances), UNDERLYINGS)


def shares(quantity, venue):
    return Position(Stock("XYZ"), quantity, venue=venue)


def perpetual(quantity, venue, **own):
    return Position(Perpetual("BTC"), quantity, venue=venue, **own)


def test_positions_and_balances_go_to_their_venue_in_order_of_appearance():
    portfolio = held(
        shares(1.0, "b"),
        shares(2.0, None),
        shares(3.0, "b"),
        balances=(Balance("USD", 9.0, venue="a"),),
    )
    parts = by_venue(portfolio)
    assert list(parts) == ["b", "", "a"]
    assert [p.quantity for p in parts["b"].positions] == [1.0, 3.0]
    assert [p.quantity for p in parts[""].positions] == [2.0]
    assert parts["a"].positions == ()
    assert [b.amount for b in parts["a"].balances] == [9.0]


def test_a_hedge_across_venues_costs_both_sides_in_full_when_they_are_apart():
    # toy margin: 10 % of the net value, times 1.25 to open
    portfolio = held(shares(100.0, "a"), shares(-100.0, "b"))
    found = segregation(portfolio, MARKET, {"a": TOY, "b": TOY}, TOY)
    assert found.capital == pytest.approx(2_500.0)
    assert found.unified_capital == pytest.approx(0.0, abs=1e-9)
    assert found.cost == pytest.approx(2_500.0)
    # each is worth 1,250 alone and takes 1,250 away from what is left
    assert [v.marginal for v in found.venues] == pytest.approx([-1_250.0, -1_250.0])
    assert [v.cost for v in found.venues] == pytest.approx([2_500.0, 2_500.0])


def test_venues_that_have_nothing_to_do_with_one_another_cost_nothing_apart():
    portfolio = held(shares(100.0, "a"), shares(50.0, "b"))
    found = segregation(portfolio, MARKET, {"a": SPOT, "b": SPOT}, SPOT)
    assert found.cost == pytest.approx(0.0)
    assert [v.cost for v in found.venues] == pytest.approx([0.0, 0.0])


def test_each_venue_is_margined_by_its_own_rules():
    portfolio = held(shares(100.0, "a"), shares(100.0, ""))
    found = segregation(portfolio, MARKET, {"a": SPOT, "": TOY}, TOY)
    assert [(v.name, v.capital) for v in found.venues] == [
        ("a", pytest.approx(5_000.0)),
        ("", pytest.approx(1_250.0)),
    ]
    assert [v.result.methodology for v in found.venues] == ["spot", "toy"]


def test_a_venue_without_rules_is_an_input_error():
    with pytest.raises(InputError, match="no rules for b, what names no venue"):
        segregation(held(shares(1.0, "b"), shares(1.0, None)), MARKET, {}, TOY)


def test_a_shortfall_is_cured_from_where_there_is_more_and_not_a_cent_too_much():
    # short 100 at 100: worth -10,000, margin 1,250; so "a" lacks 2,250 of 9,000
    portfolio = held(
        shares(-100.0, "a"),
        shares(10.0, "b"),
        balances=(Balance("USD", 9_000.0, venue="a"), Balance("USD", 5_000.0, venue="b")),
    )
    found = segregation(portfolio, MARKET, {"a": TOY, "b": TOY}, TOY)
    assert [v.shortfall for v in found.venues] == pytest.approx([2_250.0, 0.0])
    (transfer,) = found.transfers
    assert (transfer.asset, transfer.source, transfer.target) == ("USD", "b", "a")
    assert transfer.amount == pytest.approx(2_250.0)
    assert transfer.value == pytest.approx(2_250.0)
    assert found.uncured == ()


def test_the_phase_says_which_shortfall_is_meant():
    portfolio = held(
        shares(-100.0, "a"),
        balances=(Balance("USD", 11_100.0, venue="a"), Balance("USD", 5_000.0, venue="b")),
    )
    rules = {"a": TOY, "b": TOY}
    opening = segregation(portfolio, MARKET, rules, TOY)
    keeping = segregation(portfolio, MARKET, rules, TOY, Phase.KEEP)
    assert opening.venues[0].shortfall == pytest.approx(150.0)
    assert keeping.venues[0].shortfall == 0.0
    assert keeping.transfers == ()
    assert keeping.venues[0].capital == pytest.approx(1_000.0)


def test_what_nobody_can_give_stays_uncured():
    # "b" has 2,000 to spare, "c" only shares
    portfolio = held(
        shares(-100.0, "a"),
        shares(-10.0, "b"),
        shares(100.0, "c"),
        balances=(Balance("USD", 5_000.0, venue="a"), Balance("USD", 3_125.0, venue="b")),
    )
    rules = {"a": TOY, "b": TOY, "c": TOY}
    found = segregation(portfolio, MARKET, rules, TOY)
    (transfer,) = found.transfers
    assert transfer.amount == pytest.approx(2_000.0)
    assert found.uncured == (("a", pytest.approx(6_250.0 - 2_000.0)),)


def test_two_sources_are_used_where_one_is_not_enough():
    portfolio = held(
        shares(-100.0, "a"),
        balances=(
            Balance("USD", 10_000.0, venue="a"),
            Balance("USD", 1_000.0, venue="b"),
            Balance("USD", 1_000.0, venue="c"),
        ),
    )
    found = segregation(portfolio, MARKET, dict.fromkeys("abc", TOY), TOY)
    assert [(t.source, t.amount) for t in found.transfers] == [
        ("b", pytest.approx(1_000.0)),
        ("c", pytest.approx(250.0)),
    ]
    assert found.uncured == ()


def test_the_asset_that_counts_most_at_its_new_venue_goes_first():
    # 1 BTC short at Bybit's 90,000 with nothing: cash counts in full there, coins at 98 %
    portfolio = held(
        perpetual(-1.0, "bybit", leverage=10.0),
        balances=(
            Balance("BTC", 1.0, venue="kraken"),
            Balance("USD", 4_000.0, venue="kraken"),
        ),
    )
    found = segregation(portfolio, MARKET, {"bybit": CROSS, "kraken": CROSS}, CROSS)
    cash, coins = found.transfers
    assert (cash.asset, cash.amount) == ("USD", pytest.approx(4_000.0))
    assert (coins.asset, coins.value) == ("BTC", pytest.approx(5_000.0 / 0.98))
    assert found.uncured == ()
    assert found.unified.excess_initial > 0.0


def test_a_balance_keeps_a_haircut_of_its_own_on_the_way():
    portfolio = held(
        perpetual(1.0, "a", leverage=10.0),
        balances=(Balance("BTC", 1.0, Haircut(0.5, 0.5), venue="b"),),
    )
    found = segregation(portfolio, MARKET, {"a": CROSS, "b": CROSS}, CROSS)
    (transfer,) = found.transfers
    assert transfer.value == pytest.approx(18_000.0)


def test_one_scenario_account_frees_what_a_hedge_over_two_venues_ties_up():
    inverse = Perpetual("BTC", 10.0, MarginType.INVERSE)
    portfolio = held(
        perpetual(1.0, "bybit", leverage=5.0),
        Position(inverse, -9_000.0, leverage=5.0, venue="deribit"),
        balances=(
            Balance("USD", 30_000.0, venue="bybit"),
            Balance("BTC", 0.4, venue="deribit"),
        ),
    )
    found = segregation(portfolio, MARKET, {"bybit": CROSS, "deribit": CROSS}, SCENARIOS)
    assert found.capital == pytest.approx(18_000.0 + 18_000.0)
    assert found.cost > 0.0
    assert found.transfers == ()


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(st.floats(-50.0, 50.0).filter(bool), st.sampled_from("abc")),
        min_size=1,
        max_size=4,
    ),
    st.lists(st.tuples(st.floats(0.0, 8_000.0), st.sampled_from("abc")), max_size=4),
)
def test_transfers_cure_without_making_a_shortfall_and_move_no_more_than_there_is(lots, amounts):
    portfolio = held(
        *(shares(quantity, venue) for quantity, venue in lots),
        balances=[Balance("USD", amount, venue=venue) for amount, venue in amounts],
    )
    rules = dict.fromkeys("abc", TOY)
    found = segregation(portfolio, MARKET, rules, TOY)
    moved = dict.fromkeys("abc", 0.0)
    for transfer in found.transfers:
        assert transfer.amount > 0.0
        moved[transfer.source] -= transfer.amount
        moved[transfer.target] += transfer.amount
    cash = tuple(Balance("USD", amount, venue=venue) for venue, amount in moved.items())
    after = segregation(replace(portfolio, balances=portfolio.balances + cash), MARKET, rules, TOY)
    short = {v.name: v.shortfall for v in after.venues if v.shortfall > 0.01}
    uncured = {name: amount for name, amount in found.uncured if amount > 0.01}
    assert short == pytest.approx(uncured, abs=0.02)
    before = {v.name for v in found.venues if v.shortfall > 0.0}
    assert set(short) <= before
