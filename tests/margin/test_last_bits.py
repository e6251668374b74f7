"""Signs, zeros and choices stay where they are when the last bits of a float turn."""

import math

import pytest

from margin_core.margin.figure import (
    binding,
    given,
    largest,
    nonzero,
    smallest,
    without_sign,
)
from margin_core.margin.haircuts import with_charge
from margin_core.margin.last_bits import by_size, first_largest, sign, worst
from margin_core.margin.result import Outcome

NOISE = 0.1 + 0.2 - 0.3  # 5.6e-17


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(NOISE, 0), (-NOISE, 0), (0.0, 0), (-0.0, 0), (4e-7, 0), (6e-7, 1), (-6e-7, -1), (-3.0, -1)],
)
def test_an_amount_below_a_millionth_has_no_sign(amount, expected):
    assert sign(amount) == expected


@pytest.mark.parametrize("top", [1.0, -1.0, 123456.789, 1e12, NOISE])
def test_of_amounts_that_are_alike_the_first_is_the_largest(top):
    other = math.nextafter(top, math.inf)
    assert first_largest([top, other]) == first_largest([other, top]) == 0
    assert first_largest([top - 1.0, top, other]) == 1


def test_an_amount_that_is_larger_by_more_than_rounding_is_chosen_wherever_it_stands():
    assert first_largest([1000.0, 1000.00001, 999.0]) == 1
    assert first_largest([1e12, 1e12 + 10.0]) == 1


def test_what_is_no_finite_amount_is_chosen_and_ranked_as_it_stands():
    assert first_largest([1.0, math.inf, math.inf]) == 1
    assert first_largest([math.nan, math.nan]) == 0
    assert by_size([1.0, math.inf, -math.inf, 2.0], float) == [math.inf, 2.0, 1.0, -math.inf]


def test_the_worst_outcome_is_the_first_of_those_that_lose_alike():
    losing = [Outcome(name, (), pnl) for name, pnl in (("up", -5.0), ("down", -5.0 - 1e-15))]
    assert [losing[worst(losing)].label, losing[::-1][worst(losing[::-1])].label] == ["up", "down"]
    assert worst([*losing, Outcome("far", (), -6.0)]) == 2


def test_items_stand_by_size_and_those_alike_in_their_order():
    sizes = {"a": 1.0, "b": 7.0, "c": 1.0 + 1e-15, "d": 7.0 - 1e-15, "e": -2.0}
    assert by_size(sizes, sizes.__getitem__) == ["b", "d", "a", "c", "e"]
    assert by_size([], float) == []


@pytest.mark.parametrize("noise", [-NOISE, 0.0, NOISE])
def test_a_sum_of_nothing_has_the_same_lines_whatever_its_last_bits(noise):
    size = without_sign("Net", given("one", 1.0), given("other", noise - 1.0))
    assert size.amount == pytest.approx(0.0, abs=1e-13)
    assert (size.label, [part.label for part in size.parts]) == ("Net", ["one", "other"])


def test_a_negative_sum_is_turned_round_and_says_so():
    size = without_sign("Net", given("one", 1.0), given("other", -3.0), source="rules#1")
    assert (size.label, size.amount, size.source) == ("Net, without its sign", 2.0, "rules#1")
    assert size.parts[0].amount == -2.0


def test_a_charge_of_rounding_alone_needs_no_line():
    none, some = given("none", NOISE), given("some", -2.0)
    assert nonzero(none, some) == (some,)
    assert with_charge(given("Initial margin", 5.0), none) == given("Initial margin", 5.0)
    charged = with_charge(given("Initial margin", 5.0), some)
    assert (charged.label, charged.amount, len(charged.parts)) == ("Initial margin", 3.0, 2)


def test_the_binding_part_is_the_first_of_those_alike():
    first, second = given("first", 5.0), given("second", 5.0 + 1e-15)
    for choice in (largest, smallest):
        assert binding(choice("either", first, second)).label == "first"
        assert binding(choice("either", second, first)).label == "second"
    assert binding(smallest("least", first, given("third", 4.0))).label == "third"
