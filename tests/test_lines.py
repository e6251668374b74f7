"""Going through a tree of lines finds what is there, and an amount that its parts do not give."""

from dataclasses import replace

import pytest

from margin_core.margin.figure import floored, given, largest, scaled, smallest, total
from tests.lines import every, leaves, named, readd, starting

LEAVES = given("A short put", 7.0), given("A long call", -3.0)
TREE = total(
    "Requirement",
    largest("Greater", *LEAVES),
    floored("At least", scaled("Twice", smallest("Lesser", *LEAVES), 2.0), -5.0),
)


def test_a_tree_is_gone_through_from_the_top_down():
    labels = [line.label for line in every(TREE)]
    assert labels[:4] == ["Requirement", "Greater", "A short put", "A long call"]
    assert leaves(TREE) == [*LEAVES, *LEAVES]
    assert named(TREE, "A long call") is starting(TREE, "A l") is LEAVES[1]
    assert named(TREE, "A l") is starting(TREE, "Put") is None


def test_an_amount_is_read_anew_from_the_leaves():
    assert readd(TREE) == TREE.amount == 7.0 - 5.0
    for place, part in enumerate(TREE.parts):
        wrong = replace(part, amount=part.amount + 1.0)
        parts = (*TREE.parts[:place], wrong, *TREE.parts[place + 1 :])
        told = replace(TREE, amount=sum(line.amount for line in parts), parts=parts)
        assert readd(told) == pytest.approx(TREE.amount) != told.amount
