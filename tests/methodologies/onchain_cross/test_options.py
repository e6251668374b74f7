"""Options by themselves and in groups."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import Option, Perpetual, Right
from margin_core.margin.figure import Rule
from margin_core.methodologies.onchain_cross import PUBLISHED
from tests.lines import every, named
from tests.methodologies.onchain_cross.accounts import (
    CALL,
    FAR,
    PRO,
    PUT,
    asked,
    books,
    margin,
    option,
    perpetual,
)


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
