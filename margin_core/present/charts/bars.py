"""One diverging bar per position: what each gains or loses, or adds to a total."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from margin_core.present.charts.template import Palette, figure, tint

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

ROW_HEIGHT = 42  # px: a name, and the bar under it
OVER = 0.8  # how much of the zero line a name hides
LONG = 0.55  # of the longest: a bar from here on has its value on the free side of zero


def positions(
    labels: Sequence[str],
    values: Sequence[float],
    text: Sequence[str],
    colours: Palette,
    *,
    hatched: bool = False,
) -> go.Figure:
    """Return the bars in the order given, names above them, values beside them.

    ``hatched`` marks negative bars by a pattern as well as by colour.
    """
    rows = list(range(len(values)))
    names = [escape(label) for label in labels]
    reach = max((abs(value) for value in values), default=0.0) or 1.0
    bars = {
        "type": "bar",
        "x": list(values),
        "y": rows,
        "orientation": "h",
        "width": 0.34,
        "marker": {
            "color": [colours.loss if value < 0 else colours.gain for value in values],
            "line": {"width": 0},
            "cornerradius": 2,
            "pattern": {
                "shape": ["/" if hatched and value < 0 else "" for value in values],
                "fillmode": "overlay",
                "fgcolor": colours.page,
                "fgopacity": 0.4,
                "size": 6,
            },
        },
        "customdata": list(zip(names, text, strict=True)),
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
    }
    over = {"bgcolor": tint(colours.page, OVER)}  # the zero line does not strike a name through
    above = [
        {"x": 0, "xref": "paper", "y": row, "yshift": 17, "text": name, "xanchor": "left"} | over
        for row, name in zip(rows, names, strict=True)
    ]
    beside = [
        {"y": row, "text": amount} | _beside(value, reach)
        for row, value, amount in zip(rows, values, text, strict=True)
    ]
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1}
    return figure(
        colours,
        height=max(ROW_HEIGHT * len(rows) + 16, 60),
        data=[bars],
        annotations=[note | {"showarrow": False} for note in above + beside],
        shapes=[zero | {"line": {"color": colours.zero, "width": 1}}],
        xaxis={"visible": False, "range": [-1.15 * reach, 1.15 * reach]},
        yaxis={"visible": False, "range": [len(rows) - 0.5, -0.75]},
        margin={"b": 4, "t": 4},
    )


def _beside(value: float, reach: float) -> dict[str, Any]:
    """Return where a bar's value stands: at the end of a short bar, else across zero."""
    short = abs(value) < LONG * reach
    right = (value >= 0) == short
    return {
        "x": value if short else 0.0,
        "xanchor": "left" if right else "right",
        "xshift": 4 if right else -4,
    }
