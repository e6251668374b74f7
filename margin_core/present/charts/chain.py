"""How much of a requirement is found with how many of its scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from margin_core.present.charts.template import TICK_SIZE, Palette, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

HEIGHT = 300
SHARES = (0.0, 0.5, 1.0)  # told on the axis
TOP = 1.1  # of the y axis, as a share of the full requirement
GAP = 0.09  # of the full requirement, between the names of two lines
LABELLED = 0.55  # of the scenarios: where the two lines are named


@dataclass(frozen=True, slots=True)
class Chosen:
    """A part of the scenarios: how many, the share of the requirement, its sign and its words."""

    scenarios: int
    share: float
    sign: str
    words: str


def share_by_scenarios(
    average: Sequence[float],
    worst: Sequence[float],
    chosen: Sequence[Chosen],
    colours: Palette,
    *,
    key: str,
) -> go.Figure:
    """Return the share of the full requirement by the number of scenarios kept.

    Parameters
    ----------
    average, worst : sequence of float
        With 1, 2, ... scenarios picked blindly, on average and at worst; fractions.
    chosen : sequence of Chosen
        Drawn as rings with their sign; those that meet share one ring.
    colours : Palette
    key : str
        The rule book, for its line style.
    """
    numbers = list(range(1, len(average) + 1))
    style = colours.style(key)
    lines = [
        _line(numbers, worst, {"color": colours.muted, "dash": "dot", "width": 2}, "at worst"),
        _line(numbers, average, {"color": style.colour, "width": 2.5}, "on average"),
    ]
    at = min(int(len(numbers) * LABELLED), len(numbers) - 1)
    full = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 1, "y1": 1}
    return figure(
        colours,
        height=HEIGHT,
        data=[*lines, _rings(chosen, average, colours)],
        annotations=[
            _name("on average", at + 1, average[at], style.colour),
            _name("at worst", at + 1, min(worst[at], average[at] - GAP), colours.muted),
        ],
        shapes=[full | {"line": {"color": colours.zero, "width": 1, "dash": "dash"}}],
        xaxis={
            "title": {
                "text": "scenarios kept",
                "standoff": 4,
                "font": {"size": TICK_SIZE, "color": colours.muted},
            },
            "range": [0, len(numbers) + 1],
            "nticks": 8,
        },
        yaxis={
            "range": [min(0.0, *worst), TOP],
            "tickvals": list(SHARES),
            "ticktext": [f"{100.0 * share:.0f} %" for share in SHARES],
        },
        margin={"l": 8, "r": 8, "t": 6, "b": 44},
    )


def _line(
    numbers: Sequence[int], shares: Sequence[float], line: dict[str, Any], name: str
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": list(numbers),
        "y": list(shares),
        "line": line,
        "hovertemplate": f"%{{x}} scenarios: %{{y:.1%}} {name}<extra></extra>",
    }


def _name(text: str, number: int, share: float, colour: str) -> dict[str, Any]:
    """Return a line's name to the right of one of its points, below it."""
    return {
        "text": text,
        "x": number,
        "y": share,
        "xanchor": "left",
        "yanchor": "top",
        "xshift": 8,
        "showarrow": False,
        "font": {"color": colour},
    }


def _rings(chosen: Sequence[Chosen], average: Sequence[float], colours: Palette) -> dict[str, Any]:
    """Return a ring for each part, its sign on the side where the line of averages is not."""
    places: dict[tuple[int, float], list[Chosen]] = {}
    for each in chosen:
        places.setdefault((each.scenarios, round(each.share, 3)), []).append(each)
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [number for number, _ in places],
        "y": [share for _, share in places],
        "text": [", ".join(each.sign for each in held) for held in places.values()],
        "textposition": [
            "top center" if share >= average[number - 1] else "bottom center"
            for number, share in places
        ],
        "textfont": {"color": colours.text},
        "marker": {
            "size": 9,
            "color": colours.page,
            "line": {"color": colours.text, "width": 2},
        },
        "customdata": [" and ".join(each.words for each in held) for held in places.values()],
        "hovertemplate": "%{customdata}: %{x} scenarios, %{y:.1%}<extra></extra>",
    }
