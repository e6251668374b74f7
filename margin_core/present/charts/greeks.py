"""Greek profiles against spot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.present.charts.template import TICK_SIZE, Palette, figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go


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
    chart = figure(colours, height=520)
    chart.set_subplots(rows=2, cols=2, horizontal_spacing=0.1, vertical_spacing=0.17)
    for index, greek in enumerate(greeks):
        place = {"row": index // 2 + 1, "col": index % 2 + 1}
        _curves(chart, moves, greek, colours, place, later)
        chart.add_annotation(
            text=f"<b>{greek.title}</b>  {greek.unit}",
            x=0,
            xref="x domain",
            y=1.0,
            yref="y domain",
            yanchor="bottom",
            showarrow=False,
            **place,
        )
    chart.update_xaxes(
        tickvals=[move for move, _ in labels],
        ticktext=[text for _, text in labels],
        showgrid=False,
        fixedrange=True,
        zeroline=False,
        tickfont={"size": TICK_SIZE, "color": colours.muted},
        range=[min(moves), max(moves)],
    )
    chart.update_yaxes(
        gridcolor=colours.grid,
        zerolinecolor=colours.zero,
        zeroline=True,
        nticks=5,
        fixedrange=True,
        automargin=True,
        tickfont={"size": TICK_SIZE, "color": colours.muted},
    )
    return chart.update_layout(margin={"t": 26})


def _curves(
    chart: go.Figure,
    moves: Sequence[float],
    greek: Profile,
    colours: Palette,
    place: dict[str, int],
    later: str,
) -> None:
    for values, name, line in (
        (greek.later, later, {"color": colours.muted, "width": 1.6, "dash": "dash"}),
        (greek.today, "today", {"color": colours.text, "width": 2.25}),
    ):
        chart.add_scatter(
            x=list(moves),
            y=list(values),
            mode="lines",
            line=line,
            hovertemplate=f"spot %{{x:+.0%}}<br>{greek.title} %{{y:+,.4~g}} ({name})"
            "<extra></extra>",
            **place,
        )
    chart.add_vline(x=0, line={"color": colours.zero, "width": 1}, **place)
    here = min(range(len(moves)), key=lambda i: abs(moves[i]))
    chart.add_scatter(
        x=[moves[here]],
        y=[greek.today[here]],
        mode="markers",
        marker={
            "symbol": "circle-open",
            "size": 9,
            "color": colours.text,
            "line": {"width": 2},
        },
        hoverinfo="skip",
        **place,
    )
