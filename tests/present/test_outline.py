"""Trees of lines as a few rows."""

import pytest

from margin_core.margin.figure import floored, given, largest, scaled, total
from margin_core.present.outline import outline


def scan(*losses):
    """A worst-of-ten-points tree of an account of three positions."""
    points = [
        total(
            f"spot {move:+}", given("stock", loss), given("short puts", 0.5 * loss), given("c", 0)
        )
        for move, loss in enumerate(losses)
    ]
    return largest("Largest loss", *points)


def test_a_leaf_is_one_row():
    (row,) = outline(given("Deposit", 10.0))
    assert (row.label, row.amount, row.weighty) == ("Deposit", 10.0, True)


def test_the_figure_stands_last_and_its_parts_above_it():
    rows = outline(total("Capital", given("a", 1.0), given("b", 2.0)))
    assert [(r.label, r.depth) for r in rows] == [("a", 0), ("b", 0), ("Capital", 0)]


def test_the_scenario_that_binds_stands_for_all_of_them_and_is_opened():
    tree = largest("Requirement", scan(-3.0, 40.0, 2.0, 1.0), given("Minimum", 15.0))
    rows = outline(tree)
    assert [(r.label, r.amount, r.depth) for r in rows] == [
        ("spot +1", 60.0, 0),
        ("stock", 40.0, 1),
        ("short puts", 20.0, 1),
        ("Minimum", 15.0, 0),
        ("Requirement", 60.0, 0),
    ]
    assert (rows[0].how, rows[-1].how) == ("largest of 4", "larger of the two")
    assert [r.weighty for r in rows] == [True, True, False, False, True]


def test_lines_that_only_pass_a_figure_on_take_no_row():
    inner = total("Group", given("a", 1.0), given("b", 2.0))
    rows = outline(total("Capital", floored("Initial", total("Sum", inner), 0.0)))
    assert [r.label for r in rows] == ["a", "b", "Capital"]


def test_a_floor_that_binds_is_said():
    rows = outline(floored("Requirement", given("Loss", -4.0), 0.0))
    assert [(r.label, r.amount) for r in rows] == [("Loss", -4.0), ("Requirement", 0.0)]
    assert rows[-1].how == "at least 0"


def test_a_factor_is_said_and_what_it_multiplies_is_opened_where_it_is_made_of_something():
    charge = scaled("Charge", given("40 contracts", 40.0), 37.5)
    assert [(r.label, r.how) for r in outline(charge)] == [("Charge", "37.5 times")]
    margin = scaled("Initial", total("Maintenance", given("a", 1.0), given("b", 2.0)), 1.2)
    assert [r.label for r in outline(margin)] == ["Maintenance", "a", "b", "Initial"]


def test_what_is_taken_away_says_so_by_its_sign_alone():
    proceeds = total("Proceeds", given("a", 4.0), given("b", 6.0))
    assert outline(scaled("Less proceeds", proceeds, -1.0))[-1].how == ""


@pytest.mark.parametrize("rows", [3, 5, 8])
def test_the_small_parts_of_a_long_sum_become_one_row_and_nothing_is_lost(rows):
    parts = [given(f"p{i}", float((-1) ** i * (i + 1))) for i in range(20)]
    drawn = outline(total("Capital", *parts), rows)
    assert len(drawn) <= rows
    assert drawn[-2].label.endswith(" more")
    assert sum(r.amount for r in drawn[:-1]) == pytest.approx(drawn[-1].amount)
    assert drawn[-3].label == "p19"  # the largest ones stay, in their order


def test_never_more_rows_than_asked():
    deep = total("4", *(given(f"leaf {i}", 1.0 + i) for i in range(9)))
    for level in "321":
        deep = total(level, deep, given(f"beside {level}", 2.0), given(f"also {level}", 3.0))
    assert len(outline(deep, 8)) <= 8
