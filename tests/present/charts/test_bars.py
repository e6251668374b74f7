"""Bars per position."""

from margin_core.present.charts import bars, template


def test_the_zero_line_strikes_no_name_through():
    figure = bars.positions(["−5 XYZ stock"], [-40.0], ["−$40"], template.LIGHT)
    (name,) = [note for note in figure.layout.annotations if "XYZ" in note.text]
    assert name.bgcolor
    assert [shape.type for shape in figure.layout.shapes] == ["line"]
