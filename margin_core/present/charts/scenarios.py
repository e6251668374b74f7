"""The P&L heat map, spot by volatility."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from margin_core.margin.last_bits import DUST
from margin_core.present.charts.template import Palette, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go
    from numpy.typing import NDArray

LEGIBLE = 15  # columns whose cells can carry text
CLIP = 98  # percentile of |P&L| at which the colours end
SMALLEST = 100.0 * DUST  # P&L at which colours may end: what rounding left has none
HEIGHT = 400
TICKS = 5  # two-line labels that a phone has room for


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a heat map: its values, the labels under them, and its name on hover."""

    values: tuple[float, ...]
    labels: tuple[str, ...]
    name: str = ""


def heat_map(
    pnl: NDArray[np.float64],
    spot: Axis,
    up: Axis,
    text: Sequence[Sequence[str]],
    colours: Palette,
    *,
    now: tuple[int, int],
    ring: tuple[int, int] | None = None,
    chosen: tuple[int, int] | None = None,
) -> go.Figure:
    """Return the P&L by spot move (across) and volatility move or date (up).

    Parameters
    ----------
    pnl : ndarray of shape (n_up, n_spot)
        Reporting currency.
    spot, up : Axis
    text : sequence of sequence of str
        P&L in words, shape as ``pnl``; shown in the cells and on hover.
    colours : Palette
    ring, chosen, now : (int, int)
        Cells (up, spot) of the binding scenario (framed), of the choice (dotted), and of today's
        market (a cross).
    """
    frames = _frame(chosen, colours, "dot") if chosen is not None and chosen != ring else []
    frames += _frame(ring, colours, "solid") if ring is not None else []
    cross = [] if now in (ring, chosen) else [_cross(now, colours)]
    return figure(
        colours,
        height=HEIGHT,
        data=[_cells(pnl, text, colours), _clickable(pnl, spot, up, text), *cross],
        shapes=frames,
        xaxis=_axis(spot, most=TICKS) | {"ticks": ""},
        yaxis=_axis(up),
        clickmode="event+select",
        margin={"b": 80},
    )


def _cells(
    pnl: NDArray[np.float64], text: Sequence[Sequence[str]], colours: Palette
) -> dict[str, Any]:
    limit = max(float(np.percentile(np.abs(pnl), CLIP)), SMALLEST)
    return {
        "type": "heatmap",
        "z": pnl,
        "x": list(range(pnl.shape[1])),
        "y": list(range(pnl.shape[0])),
        "zmin": -limit,
        "zmax": limit,
        "colorscale": [[i / (len(colours.scale) - 1), c] for i, c in enumerate(colours.scale)],
        "xgap": 2,
        "ygap": 2,
        "text": text,
        "texttemplate": "%{text}" if pnl.shape[1] <= LEGIBLE else "",
        "hoverinfo": "skip",
        "colorbar": {
            "orientation": "h",
            "thickness": 14,
            "y": -0.16,
            "yanchor": "top",
            "len": 1.0,
            "outlinewidth": 0,
            "tickvals": [-0.95 * limit, 0, 0.95 * limit],
            "ticktext": ["< loss", "0", "gain >"],
        },
    }


def _clickable(
    pnl: NDArray[np.float64], spot: Axis, up: Axis, text: Sequence[Sequence[str]]
) -> dict[str, Any]:
    """Return invisible squares over the cells: a heat map itself reports no clicks."""
    cells = [(row, column) for row in range(pnl.shape[0]) for column in range(pnl.shape[1])]
    return {
        "type": "scatter",
        "x": [column for _, column in cells],
        "y": [row for row, _ in cells],
        "mode": "markers",
        "marker": {"symbol": "square", "size": 34, "opacity": 0.0},
        "selected": {"marker": {"opacity": 0.0}},
        "unselected": {"marker": {"opacity": 0.0}},
        "customdata": [
            (spot.labels[c].replace("<br>", ", "), up.labels[r], text[r][c]) for r, c in cells
        ],
        "hovertemplate": f"{spot.name} %{{customdata[0]}}<br>{up.name} %{{customdata[1]}}"
        "<br>%{customdata[2]}<extra></extra>",
    }


def _cross(cell: tuple[int, int], colours: Palette) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": [cell[1]],
        "y": [cell[0]],
        "mode": "markers",
        "marker": {"symbol": "x-thin", "size": 11, "line": {"width": 2, "color": colours.text}},
        "hoverinfo": "skip",
    }


def _frame(cell: tuple[int, int], colours: Palette, dash: str) -> list[dict[str, Any]]:
    """Return a ring: a light line under a dark one, seen on every colour."""
    row, column = cell
    box = {"type": "rect", "x0": column - 0.48, "x1": column + 0.48}
    box |= {"y0": row - 0.48, "y1": row + 0.48}
    return [
        box | {"line": {"color": colour, "width": width, "dash": dash}}
        for colour, width in ((colours.page, 4.5), (colours.text, 2.0))
    ]


def _axis(axis: Axis, most: int | None = None) -> dict[str, Any]:
    """Return the axis of the cells, with at most ``most`` labels, those of its ends among them."""
    count = len(axis.values)
    steps = min(most or count, count) - 1
    shown = [round(i * (count - 1) / max(steps, 1)) for i in range(steps + 1)]
    return {
        "tickvals": shown,
        "ticktext": [axis.labels[i] for i in shown],
        "showgrid": False,
        "showline": False,
        "range": [-0.5, len(axis.values) - 0.5],
    }
