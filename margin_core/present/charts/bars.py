"""One diverging bar per position: what each gains or loses, or adds to a total."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.present.charts.template import Palette, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

ROW_HEIGHT = 42  # px: a name, and the bar under it
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
    reach = max((abs(value) for value in values), default=0.0) or 1.0
    hues = [colours.loss if value < 0 else colours.gain for value in values]
    chart = figure(colours, height=max(ROW_HEIGHT * len(rows) + 16, 60))
    chart.add_bar(
        x=list(values),
        y=rows,
        orientation="h",
        width=0.34,
        marker={
            "color": hues,
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
        customdata=list(zip(labels, text, strict=True)),
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
    )
    for row, value, label, amount in zip(rows, values, labels, text, strict=True):
        chart.add_annotation(
            x=0, xref="paper", y=row, yshift=17, text=label, showarrow=False, xanchor="left"
        )
        at, anchor, shift = _beside(value, reach)
        chart.add_annotation(
            x=at, y=row, text=amount, showarrow=False, xanchor=anchor, xshift=shift
        )
    chart.add_vline(x=0, line={"color": colours.zero, "width": 1})
    chart.update_xaxes(visible=False, range=[-1.15 * reach, 1.15 * reach])
    chart.update_yaxes(visible=False, range=[len(rows) - 0.5, -0.75])
    return chart.update_layout(margin={"b": 4, "t": 4})


def _beside(value: float, reach: float) -> tuple[float, str, int]:
    """Return where a bar's value stands: at the end of a short bar, else across zero."""
    short = abs(value) < LONG * reach
    right = (value >= 0) == short
    return (value if short else 0.0), ("left" if right else "right"), (4 if right else -4)
