"""Greek profiles against spot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from margin_core.present.charts.template import TICK_SIZE, Palette, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

HEIGHT = 534
# left, right and bottom, top of each small chart, as shares of the whole
ACROSS = ((0.0, 0.45), (0.55, 1.0))
UP = ((0.6, 1.0), (0.0, 0.4))


@dataclass(frozen=True, slots=True)
class Profile:
    """One Greek against spot: today, and at a later date."""

    title: str
    unit: str
    today: tuple[float, ...]
    later: tuple[float, ...]


def profiles(
    moves: Sequence[float],
    labels: Sequence[tuple[float, str]],
    greeks: Sequence[Profile],
    colours: Palette,
    *,
    later: str,
) -> go.Figure:
    """Return four small charts, two by two, over the same spot moves.

    Parameters
    ----------
    moves : sequence of float
        Relative spot moves.
    labels : sequence of (float, str)
        Where the spot axis is labelled, and how.
    greeks : sequence of Profile
        Four.
    colours : Palette
    later : str
        The later date in words.
    """
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"annotations": [], "shapes": [], "margin": {"t": 40}}
    for index, greek in enumerate(greeks):
        number = "" if index == 0 else str(index + 1)
        data += _curves(moves, greek, colours, number, later)
        layout |= _axes(moves, labels, colours, index, number)
        layout["annotations"].append(
            {
                "text": f"<b>{greek.title}</b><br>{greek.unit}",
                "align": "left",
                "x": 0,
                "xref": f"x{number} domain",
                "xanchor": "left",
                "y": 1.0,
                "yref": f"y{number} domain",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": TICK_SIZE},
            }
        )
        today = {"type": "line", "x0": 0, "x1": 0, "xref": f"x{number}", "y0": 0, "y1": 1}
        line = {"color": colours.zero, "width": 1}
        layout["shapes"].append(today | {"yref": f"y{number} domain", "line": line})
    return figure(colours, height=HEIGHT, data=data, **layout)


def _axes(
    moves: Sequence[float],
    labels: Sequence[tuple[float, str]],
    colours: Palette,
    index: int,
    number: str,
) -> dict[str, Any]:
    """Return the two axes of one small chart."""
    shared = {
        "fixedrange": True,
        "tickangle": 0,
        "tickfont": {"size": TICK_SIZE, "color": colours.muted},
    }
    return {
        f"xaxis{number}": shared
        | {
            "domain": ACROSS[index % 2],
            "anchor": f"y{number}",
            "tickvals": [move for move, _ in labels],
            "ticktext": [text for _, text in labels],
            "showgrid": False,
            "zeroline": False,
            "range": [min(moves), max(moves)],
        },
        f"yaxis{number}": shared
        | {
            "domain": UP[index // 2],
            "anchor": f"x{number}",
            "gridcolor": colours.grid,
            "zerolinecolor": colours.zero,
            "zeroline": True,
            "nticks": 5,
            "automargin": True,
        },
    }


def _curves(
    moves: Sequence[float], greek: Profile, colours: Palette, number: str, later: str
) -> list[dict[str, Any]]:
    """Return the later line under today's, and a ring at today's spot."""
    axes = {"type": "scatter", "xaxis": f"x{number}", "yaxis": f"y{number}"}
    lines = [
        axes
        | {
            "x": list(moves),
            "y": list(values),
            "mode": "lines",
            "line": line,
            "hovertemplate": f"spot %{{x:+.0%}}<br>{greek.title} %{{y:+,.4~g}} ({name})"
            "<extra></extra>",
        }
        for values, name, line in (
            (greek.later, later, {"color": colours.muted, "width": 1.6, "dash": "dash"}),
            (greek.today, "today", {"color": colours.text, "width": 2.25}),
        )
    ]
    here = min(range(len(moves)), key=lambda i: abs(moves[i]))
    ring = {"symbol": "circle-open", "size": 9, "color": colours.text, "line": {"width": 2}}
    point = {"x": [moves[here]], "y": [greek.today[here]], "mode": "markers", "marker": ring}
    return [*lines, axes | point | {"hoverinfo": "skip"}]
