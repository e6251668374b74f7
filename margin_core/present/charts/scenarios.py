"""The P&L heat map, spot by volatility."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from margin_core.present.charts.template import Palette, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEGIBLE = 15  # columns whose cells can carry text
CLIP = 98  # percentile of |P&L| at which the colours end


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a heat map: its values and the labels under them."""

    values: tuple[float, ...]
    labels: tuple[str, ...]


def heat_map(
    pnl: NDArray[np.float64],
    spot: Axis,
    vol: Axis,
    text: Sequence[Sequence[str]],
    colours: Palette,
    *,
    ring: tuple[int, int] | None,
    chosen: tuple[int, int],
    now: tuple[int, int],
) -> go.Figure:
    """Return the P&L by spot move (across) and volatility move (up).

    Parameters
    ----------
    pnl : ndarray of shape (n_vol, n_spot)
        Reporting currency.
    spot, vol : Axis
    text : sequence of sequence of str
        P&L in words, shape as ``pnl``; shown in the cells and on hover.
    colours : Palette
    ring, chosen, now : (int, int)
        Cells (vol, spot) of the binding scenario (framed), of the choice (dotted), and of today's
        market (a cross).
    """
    limit = float(np.percentile(np.abs(pnl), CLIP)) or 1.0
    steps = [[i / (len(colours.scale) - 1), c] for i, c in enumerate(colours.scale)]
    columns, rows = list(range(len(spot.values))), list(range(len(vol.values)))
    chart = figure(colours, height=400)
    chart.add_heatmap(
        z=pnl,
        x=columns,
        y=rows,
        zmin=-limit,
        zmax=limit,
        colorscale=steps,
        xgap=2,
        ygap=2,
        text=text,
        texttemplate="%{text}" if len(columns) <= LEGIBLE else "",
        textfont={"size": 11},
        hoverinfo="skip",
        colorbar={
            "orientation": "h",
            "thickness": 14,
            "y": -0.16,
            "yanchor": "top",
            "len": 1.0,
            "outlinewidth": 0,
            "tickvals": [-0.95 * limit, 0, 0.95 * limit],
            "ticktext": ["< loss", "0", "gain >"],
        },
    )
    _clickable(chart, pnl, spot, vol, text)
    if now not in (ring, chosen):
        _cross(chart, now, colours)
    if chosen != ring:
        _frame(chart, chosen, colours, dash="dot")
    if ring is not None:
        _frame(chart, ring, colours)
    chart.update_xaxes(
        tickvals=columns,
        ticktext=list(spot.labels),
        ticks="",
        showline=False,
        range=[-0.5, len(columns) - 0.5],
    )
    chart.update_yaxes(
        tickvals=rows,
        ticktext=list(vol.labels),
        showgrid=False,
        showline=False,
        ticks="",
        range=[-0.5, len(rows) - 0.5],
    )
    return chart.update_layout(clickmode="event+select", margin={"b": 80})


def _clickable(
    chart: go.Figure,
    pnl: NDArray[np.float64],
    spot: Axis,
    vol: Axis,
    text: Sequence[Sequence[str]],
) -> None:
    """Lay invisible squares over the cells: a heat map itself reports no clicks."""
    cells = [(row, column) for row in range(pnl.shape[0]) for column in range(pnl.shape[1])]
    chart.add_trace(
        go.Scatter(
            x=[column for _, column in cells],
            y=[row for row, _ in cells],
            mode="markers",
            marker={"symbol": "square", "size": 34, "opacity": 0.0},
            selected={"marker": {"opacity": 0.0}},
            unselected={"marker": {"opacity": 0.0}},
            customdata=[
                (spot.labels[c].replace("<br>", ", "), vol.labels[r], text[r][c]) for r, c in cells
            ],
            hovertemplate="spot %{customdata[0]}<br>vol %{customdata[1]}<br>%{customdata[2]}"
            "<extra></extra>",
        )
    )


def _cross(chart: go.Figure, cell: tuple[int, int], colours: Palette) -> None:
    chart.add_scatter(
        x=[cell[1]],
        y=[cell[0]],
        mode="markers",
        marker={
            "symbol": "x-thin",
            "size": 11,
            "line": {"width": 2, "color": colours.text},
        },
        hoverinfo="skip",
    )


def _frame(
    chart: go.Figure, cell: tuple[int, int], colours: Palette, *, dash: str = "solid"
) -> None:
    """Ring a cell: a light line under a dark one, seen on every colour."""
    row, column = cell
    for colour, width in ((colours.page, 4.5), (colours.text, 2.0)):
        chart.add_shape(
            type="rect",
            x0=column - 0.48,
            x1=column + 0.48,
            y0=row - 0.48,
            y1=row + 0.48,
            line={"color": colour, "width": width, "dash": dash},
        )
