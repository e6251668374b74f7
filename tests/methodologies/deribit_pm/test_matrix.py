"""The cells of the risk matrix, roll shock and delta shock, and what they promise."""

import math
from dataclasses import replace
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import Right
from margin_core.margin.figure import Rule, binding
from margin_core.margin.parameters import Table
from margin_core.market.snapshot import InstrumentQuote
from margin_core.methodologies.deribit_pm import PUBLISHED
from tests.lines import every
from tests.methodologies.deribit_pm.accounts import (
    FAR,
    FORWARDS,
    JUNE,
    MARCH,
    MARKET,
    SEGREGATED,
    books,
    inverse,
    linear,
    margin,
    matrices,
    option,
    slow_black,
    slow_coins,
    slow_years,
)

MODES = {"cross": PUBLISHED, "segregated": SEGREGATED}


def own(p, coin, **values):
    """Return parameters with some of a coin's replaced."""
    tables = {
        name: Table(tuple((dict(getattr(p, name).entries) | {coin: value}).items()))
        for name, value in values.items()
    }
    return replace(p, **tables)


def worst_cases(*positions, p):
    return sum(found.worst_case.amount for found in matrices(*positions, p=p))


@pytest.mark.parametrize("p", MODES.values(), ids=MODES)
@settings(max_examples=25)
@given(held=books(), share=st.floats(0.05, 1.0))
def test_a_hedge_in_the_same_settlement_currency_never_raises_the_worst_case(p, held, share):
    for position in held:
        hedge = replace(position, quantity=-share * position.quantity)
        alone = worst_cases(position, p=p)
        assert worst_cases(position, hedge, p=p) <= alone * (1 + 1e-9) + 1e-4


@pytest.mark.parametrize("p", MODES.values(), ids=MODES)
@settings(max_examples=25)
@given(one=books(), other=books())
def test_two_books_together_never_lose_more_than_apart_in_the_worst_case(p, one, other):
    # the dampener is given once to a book, so it is left out
    p = own(own(p, "BTC", extended_dampener=0.0), "ETH", extended_dampener=0.0)
    apart = worst_cases(*one, p=p) + worst_cases(*other, p=p)
    assert worst_cases(*one, *other, p=p) <= apart * (1 + 1e-9) + 1e-3


@pytest.mark.parametrize("p", MODES.values(), ids=MODES)
@settings(max_examples=25)
@given(held=books())
def test_twice_the_book_costs_at_least_twice_as_much(p, held):
    once = margin(*held, p=p).initial.amount
    doubled = tuple(replace(position, quantity=2.0 * position.quantity) for position in held)
    assert margin(*doubled, p=p).initial.amount >= 2.0 * once - 1e-3


def test_a_book_without_size_charges_costs_exactly_twice_as_much():
    held = (inverse("BTC", 3.0), inverse("BTC", -1.0, JUNE), option("BTC", "call", 70_000.0, -2.0))
    doubled = tuple(replace(position, quantity=2.0 * position.quantity) for position in held)
    assert margin(*doubled).initial.amount == pytest.approx(2.0 * margin(*held).initial.amount)


def test_the_matrix_has_nine_prices_by_three_volatilities_and_eight_far_prices():
    result = margin(option("BTC", "call", 80_000.0, -1.0))
    assert len(result.scenarios) == 27 + 8
    moves = [outcome.moves[0] for outcome in result.scenarios]
    assert moves[:3] == [("BTC", -0.16, -0.25), ("BTC", -0.16, 0.0), ("BTC", -0.16, 0.5)]
    assert [spot for _, spot, _ in moves[27:]] == list(FAR)
    assert {vol for _, _, vol in moves[27:]} == {0.5}
    assert result.scenarios[0].label == "spot −16 %, vol −25 %"
    assert result.scenarios[34].label == "spot +500 %, vol +50 %, 0.032 of it"


def test_the_worst_of_each_coin_adds_up_and_the_largest_comes_first():
    result = margin(linear("ETH", 1.0), linear("BTC", -1.0))
    assert [outcome.group for outcome in result.worst_by_group] == ["BTC", "ETH"]
    assert [outcome.moves[0][1] for outcome in result.worst_by_group] == [0.16, -0.18]
    assert [outcome.pnl for outcome in result.worst_by_group] == pytest.approx([-11_200.0, -360.0])
    assert all(outcome in result.scenarios for outcome in result.worst_by_group)
    roll = 0.01 * 70_000.0 + 0.005 * 2_000.0
    assert result.initial.amount == pytest.approx(11_200.0 + 360.0 + roll)


def test_a_gain_counts_in_part_and_up_to_a_limit():
    p = own(SEGREGATED, "ETH", max_offsetable_pnl=1_000.0)
    (found,) = matrices(inverse("ETH", -10.0), p=p)
    raw, counted = found.bucket.vector[0] * 2_000.0, found.counted[0] * 2_000.0
    assert raw == pytest.approx(10.0 * (1.0 / 0.82 - 1.0) * 2_000.0)
    assert 0.6 * raw > 1_000.0 / 0.82
    assert counted == pytest.approx(1_000.0 / 0.82)
    # what stands by position is before any offset
    result = margin(inverse("ETH", -10.0), p=p)
    assert sum(pnl for _, pnl in result.scenarios[0].pnl_by_position) == pytest.approx(raw)
    assert result.scenarios[0].pnl == pytest.approx(counted)


def test_calls_far_out_of_the_money_are_caught_by_the_extended_table_less_its_dampener():
    few, many = 100.0, 2_000.0
    far = option("BTC", "call", 140_000.0, -few, expiry=JUNE)
    (found,) = matrices(far)
    assert found.worst < 27
    (found,) = matrices(replace(far, quantity=-many))
    assert found.worst >= 27
    move = found.bucket.scenarios.spot_moves[found.worst]
    loss = -slow_coins(replace(far, quantity=-many), move, 1) * 70_000.0 * (1.0 + move)
    counts = (loss * 0.16 / move - (move / 0.16 - 1.0) * 1e5) / (70_000.0 * 1.16)
    assert -found.counted[found.worst] == pytest.approx(counts)
    assert "third parties" in " ".join(margin(replace(far, quantity=-many)).warnings)


def test_a_low_volatility_moved_up_is_lifted_to_the_least():
    held = option("BTC", "call", 70_000.0, -1.0)
    quoted = replace(MARKET, instruments=(InstrumentQuote(held.instrument, volatility=0.2),))
    (found,) = matrices(held, market=quoted)
    forward, years = FORWARDS["BTC", MARCH], slow_years(MARCH)
    loss = [slow_black(forward, 70_000.0, years, vol, Right.CALL) / forward for vol in (0.2, 0.5)]
    assert found.bucket.vector[14] == pytest.approx(loss[0] - loss[1])


def test_the_worst_case_is_rounded_to_nine_decimals_of_its_currency_before_it_is_added():
    (found,) = matrices(inverse("BTC", 0.123456789))
    exact = 0.123456789 * (1.0 / 0.84 - 1.0)
    assert found.worst_case.amount / 70_000.0 == pytest.approx(round(exact, 9), abs=1e-15)
    assert found.worst_case.amount / 70_000.0 != pytest.approx(exact, abs=1e-12)


def test_expiries_are_charged_gross_and_a_far_one_by_its_time():
    (found,) = matrices(inverse("BTC", 2.0), inverse("BTC", -2.0, MARCH), inverse("BTC", 1.0, JUNE))
    years = slow_years(JUNE)
    assert 0.075 * years > 0.01 > 0.075 * slow_years(MARCH)
    roll = 0.01 * 2.0 + 0.01 * 2.0 + 0.075 * years * 1.0
    assert found.roll_shock.amount / 70_000.0 == pytest.approx(roll)


def test_an_option_adds_its_delta_less_its_mark_to_its_expiry():
    call = option("BTC", "call", 70_000.0, 1.0)
    (found,) = matrices(call)
    width = 0.45 * math.sqrt(slow_years(MARCH))
    d1 = math.log(70_400.0 / 70_000.0) / width + width / 2
    mark = slow_black(70_400.0, 70_000.0, slow_years(MARCH), 0.45, Right.CALL) / 70_400.0
    roll = 0.01 * (NormalDist().cdf(d1) - mark)
    assert found.roll_shock.amount / 70_000.0 == pytest.approx(roll)
    (hedged,) = matrices(call, inverse("BTC", -(NormalDist().cdf(d1) - mark), MARCH))
    assert hedged.roll_shock.amount == pytest.approx(0.0, abs=1e-9)


def test_perpetuals_of_one_coin_that_settle_in_two_currencies_both_pay():
    (found,) = matrices(linear("ETH", -1.0), inverse("ETH", 1.0), p=PUBLISHED)
    assert found.worst_case.amount == pytest.approx(0.0, abs=1e-6)
    assert found.roll_shock.amount == pytest.approx(0.005 * (2_000.0 + 2_000.0))


def test_size_costs_nothing_up_to_the_threshold_then_ever_more_up_to_a_limit():
    threshold = 20e6 / 70_000.0

    def shock(coins):
        (found,) = matrices(inverse("BTC", coins))
        return found.delta_shock.amount / 70_000.0

    assert shock(threshold * 0.999) == 0.0
    assert shock(threshold + 100.0) == pytest.approx(100.0 * 5e-5 * (threshold + 100.0))
    assert shock(-threshold - 100.0) == pytest.approx(100.0 * 5e-5 * (threshold + 100.0))
    assert shock(10_000.0) == pytest.approx(0.10 * 10_000.0)
    assert shock(2_000.0) > 2.5 * shock(1_000.0)
    assert any("delta shock" in w for w in margin(inverse("BTC", 1_000.0)).warnings)


def test_long_options_reduce_the_delta_that_counts_but_never_create_it():
    future, puts = inverse("BTC", 1_000.0), option("BTC", "put", 70_000.0, 400.0)
    calls = option("BTC", "call", 70_000.0, 5_000.0)

    def shock(*held):
        (found,) = matrices(*held)
        return found.delta_shock.amount

    assert shock(calls) == 0.0
    assert shock(future, calls) == pytest.approx(shock(future))
    assert 0.0 < shock(future, puts) < shock(future)
    assert shock(future, replace(puts, quantity=50_000.0)) == 0.0


@pytest.mark.parametrize("hedge", [0.0, -2.0])
def test_the_worst_cell_is_chosen_among_the_scenarios_and_nothing_else(hedge):
    (found,) = matrices(linear("BTC", 2.0), linear("BTC", hedge), p=PUBLISHED)
    (chosen,) = (line for line in every(found.worst_case) if line.rule is Rule.LARGEST)
    outcomes = found.outcomes(PUBLISHED)
    assert len(chosen.parts) == len(outcomes) == 35
    assert binding(chosen).label == outcomes[found.worst].label
    assert found.worst_case.amount == pytest.approx((2.0 + hedge) * 0.16 * 70_000.0)
