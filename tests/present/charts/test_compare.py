"""What the charts of the Compare page draw."""

import pytest

from margin_core.analysis.against_spot import SpotPoint, crossings
from margin_core.present.charts.against_spot import Profile, margin_against_spot
from margin_core.present.charts.compare import Bar, Beam, build_up, requirement_bars
from margin_core.present.charts.template import DARK, LIGHT

BARS = [
    Bar("us_reg_t", "Reg T", 35_000.0, 22_500.0, "$35,000"),
    Bar("occ_tims", "OCC TIMS", 6_014.0, 6_014.0, "$6,014"),
]


def texts(chart):
    return [annotation.text for annotation in chart.layout.annotations]


def drawn_bars(worth, *, opening=True, bars=BARS, colours=LIGHT):
    return requirement_bars(bars, worth, "worth", colours, selected="occ_tims", opening=opening)


def test_bars_share_one_scale_and_the_selected_one_has_its_colour():
    chart = drawn_bars(30_000.0)
    behind, keep = chart.data
    assert list(behind.x) == [35_000.0, 6_014.0]
    assert list(keep.x) == [22_500.0, 6_014.0]
    assert list(keep.marker.color) == [LIGHT.style(bar.key).colour for bar in BARS]
    assert any(
        LIGHT.style("occ_tims").colour in text and "OCC TIMS" in text for text in texts(chart)
    )
    assert {"<b>$35,000</b>", "<b>$6,014</b>"} <= set(texts(chart))


def test_to_keep_draws_one_bar_each():
    (keep,) = drawn_bars(30_000.0, opening=False).data
    assert list(keep.x) == [22_500.0, 6_014.0]


@pytest.mark.parametrize(
    ("worth", "text", "lines"),
    [(30_000.0, "worth", 1), (900_000.0, "worth →", 0), (-5_000.0, "← worth", 0)],
)
def test_the_worth_is_a_line_or_an_arrow_where_the_scale_does_not_reach(worth, text, lines):
    chart = drawn_bars(worth)
    assert text in texts(chart)
    assert len(chart.layout.shapes) == lines
    assert chart.layout.xaxis.range[1] == 35_000.0


def test_two_rule_books_of_one_hue_are_told_apart_by_hatching():
    bars = [Bar(key, key, 10.0, 10.0, "") for key in ("deribit_pm", "deribit_sm", "cme_span")]
    (keep,) = drawn_bars(10.0, bars=bars, opening=False, colours=DARK).data
    assert list(keep.marker.pattern.shape) == ["", "/", ""]


def test_each_change_of_the_build_up_begins_where_the_last_one_ended():
    beams = [
        Beam("Stand-alone sum", 100.0, "$100", total=True),
        Beam("Within <XYZ>", -60.0, "−$60"),
        Beam("Collateral held", 5.0, "+$5"),
        Beam("Capital to open", 45.0, "$45", total=True),
    ]
    chart = build_up(beams, LIGHT, key="occ_tims")
    (bars,) = chart.data
    assert list(bars.base) == [0.0, 100.0, 40.0, 0.0]
    assert list(bars.marker.color) == [
        *(LIGHT.zero, LIGHT.gain, LIGHT.loss, LIGHT.style("occ_tims").colour)
    ]
    assert [shape.x0 for shape in chart.layout.shapes] == [100.0, 40.0, 45.0]
    assert "Within &lt;XYZ&gt;" in texts(chart)


def profile(key, cushion_below):
    """A requirement of 50 against an equity that rises with spot from ``50 + cushion_below``."""
    points = tuple(
        SpotPoint(
            move, 50.0, 50.0, equity, equity, 50.0, 50.0, 50.0 / equity if equity > 0.0 else None
        )
        for move, equity in ((-0.4, 50.0 + cushion_below), (0.0, 90.0), (0.4, 130.0))
    )
    return Profile(key, key, points, tuple((c, f"liquidation {key}") for c in crossings(points)))


def against(*profiles):
    return margin_against_spot(
        profiles, LIGHT, selected="occ_tims", ticks=((0.0,), ("0 %",)), symbol="$"
    )


def test_a_crossing_is_ringed_on_its_line_and_said():
    chart = against(profile("us_reg_t", -40.0))
    worth, line, ring = chart.data
    assert (worth.fill, line.line.dash) == ("tozeroy", "solid")
    assert ring.x[0] == pytest.approx(-0.2)
    assert ring.y[0] == pytest.approx(50.0)
    assert "liquidation us_reg_t" in texts(chart)


def test_only_the_first_crossing_on_a_side_has_words_beside_it():
    chart = against(profile("us_reg_t", -40.0), profile("occ_tims", -10.0))
    assert len(chart.data) == 5
    assert [t for t in texts(chart) if t.startswith("liq")] == ["liquidation us_reg_t"]


def test_lines_that_end_together_have_their_names_apart():
    chart = against(profile("us_reg_t", 10.0), profile("occ_tims", 20.0))
    heights = [a.y for a in chart.layout.annotations]
    assert abs(heights[0] - heights[1]) > 1.0
    assert max(line.line.width for line in chart.data) == chart.data[2].line.width
