"""What the chart of a requirement by its number of scenarios draws."""

import pytest

from margin_core.present.charts.chain import GAP, TOP, Chosen, share_by_scenarios
from margin_core.present.charts.template import DARK, LIGHT

AVERAGE = (0.4, 0.7, 0.9, 1.0)
WORST = (0.1, 0.2, 0.6, 1.0)
CHOSEN = [
    Chosen(4, 1.0, "all", "All"),
    Chosen(2, 0.95, "2nd", "Every second price move"),
    Chosen(2, 0.9502, "3rd", "Every third price move"),
]


def drawn(average=AVERAGE, worst=WORST, chosen=CHOSEN, colours=LIGHT):
    return share_by_scenarios(average, worst, chosen, colours, key="derive_pmrm")


def test_lines_run_over_every_number_of_scenarios_up_to_the_full_requirement():
    worst, average, _ = drawn().data
    assert list(average.x) == list(worst.x) == [1, 2, 3, 4]
    assert tuple(average.y) == AVERAGE
    assert tuple(worst.y) == WORST
    assert average.line.color == LIGHT.style("derive_pmrm").colour
    assert worst.line.dash == "dot"


def test_shares_are_percents_as_everywhere():
    assert drawn().layout.yaxis.ticktext == ("0 %", "50 %", "100 %")


def test_parts_that_meet_share_a_ring_with_both_signs():
    *_, rings = drawn().data
    assert list(rings.x) == [4, 2]
    assert list(rings.text) == ["all", "2nd, 3rd"]
    assert rings.customdata[1] == "Every second price move and Every third price move"


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_both_lines_are_named_beside_themselves(colours):
    names = {note.text: (note.x, note.y) for note in drawn(colours=colours).layout.annotations}
    assert names == {
        "on average": (3, 0.9),
        "at worst": (3, 0.6),
    }


def test_names_of_lines_that_run_together_keep_apart():
    chart = drawn(worst=(0.4, 0.69, 0.88, 1.0))
    assert [note.y for note in chart.layout.annotations] == [0.9, 0.9 - GAP]


def test_the_axis_reaches_down_to_a_requirement_below_zero():
    assert list(drawn().layout.yaxis.range) == [0.0, TOP]
    assert list(drawn(worst=(-0.2, 0.0, 0.5, 1.0)).layout.yaxis.range) == [-0.2, TOP]


def test_a_single_scenario_is_drawn():
    chart = drawn((1.0,), (1.0,), [Chosen(1, 1.0, "all", "All")])
    assert [note.x for note in chart.layout.annotations] == [1, 1]
