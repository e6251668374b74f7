"""P&L against the spot: today, a chosen date and the first expiry, and where money is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from margin_core.present.charts import template

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from margin_core.analysis.payoff import Curve
    from margin_core.present.charts.template import Palette

HEIGHT = 220
PLOT_HEIGHT = HEIGHT - 40
LABEL_ROOM = 44  # pixels that a break-even's words need
LABEL_GAP = 15  # pixels between the labels at the lines' ends
TICKS = (-0.4, -0.2, 0.0, 0.2, 0.4)
MAX_BREAK_EVENS = 6
NEAR = 0.25  # moves nearer than this have words that meet on a telephone
ROOM_ABOVE, ROOM_BELOW = 0.18, 0.08  # of the range
SYMBOLS = {"USD": "$"}
MILLION = 1e6  # from here on the axis has M, below it whole amounts

Place = Callable[[float], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A curve and the words at its end."""

    label: str
    curve: Curve


def payoff(
    colours: Palette,
    today: Curve,
    main: Labelled | None = None,
    chosen: Labelled | None = None,
    *,
    place: Place,
    spot: float | None = None,
    currency: str = "USD",
) -> go.Figure:
    """Return the payoff chart.

    Parameters
    ----------
    colours : Palette
    today : Curve
        Drawn solid.
    main : Labelled, optional
        The first expiry, drawn dashed; loss and profit are shaded under it, by default under
        ``today``.
    chosen : Labelled, optional
        A date of the reader's choice, drawn dotted.
    place : callable
        A relative move -> its words, such as price and percent.
    spot : float, optional
        Of the one underlying; None where several move together and the axis shows percent alone.
    currency : str
        Of the P&L.

    Returns
    -------
    go.Figure
    """
    shaded = main.curve if main else today
    lines = [Labelled("today", today), *(line for line in (main, chosen) if line)]
    low, high = _reach(lines)
    figure = template.figure(
        colours,
        height=HEIGHT,
        margin={"l": 8, "r": 76, "t": 6, "b": 34},
        xaxis=_x_axis(spot),
        yaxis={"range": [low, high], "nticks": 5, **_money_axis(currency, max(-low, high))},
    )
    _shade(figure, shaded, colours)
    figure.add_hline(y=0.0, line={"color": colours.zero, "width": 1})
    figure.add_vline(x=0.0, line={"color": colours.zero, "width": 1})
    _draw_lines(figure, lines, colours, place, currency)
    _label_ends(figure, lines, (low, high), colours)
    _mark_break_evens(figure, shaded, colours, place, -low * PLOT_HEIGHT / (high - low))
    if spot is not None:
        figure.add_annotation(
            x=0.0,
            y=1.0,
            yref="paper",
            text=f"spot {spot:,.6g}",
            xanchor="right",
            yanchor="top",
            **_plain(colours.muted),
        )
    return figure


def _x_axis(spot: float | None) -> dict[str, Any]:
    places, labels = template.spot_ticks(1.0 if spot is None else spot, TICKS)
    if spot is None:
        labels = [label.split("<br>")[1] for label in labels]
    return {
        "range": [TICKS[0], TICKS[-1]],
        "tickvals": [place / (1.0 if spot is None else spot) - 1.0 for place in places],
        "ticktext": labels,
    }


def _money_axis(currency: str, reach: float) -> dict[str, str]:
    form = "~s" if reach >= MILLION else ",.6~g"
    if currency in SYMBOLS:
        return {"tickformat": SYMBOLS[currency] + form}
    return {"tickformat": form, "ticksuffix": f" {currency}"}


def _reach(lines: Sequence[Labelled]) -> tuple[float, float]:
    """Return the ends of the P&L axis; zero is always on it."""
    values = [0.0, *(pnl for line in lines for pnl in line.curve.pnl)]
    span = max(values) - min(values) or 1.0
    return min(values) - ROOM_BELOW * span, max(values) + ROOM_ABOVE * span


def _shade(figure: go.Figure, curve: Curve, colours: Palette) -> None:
    """Tint profit; hatch and tint loss, so that colour is not the only sign."""
    points = sorted(
        [*zip(curve.moves, curve.pnl, strict=True), *((x, 0.0) for x in curve.break_evens)]
    )
    moves = [move for move, _ in points]
    area: dict[str, Any] = {
        "x": moves,
        "fill": "tozeroy",
        "mode": "none",
        "hoverinfo": "skip",
    }
    figure.add_scatter(
        y=[max(pnl, 0.0) for _, pnl in points],
        fillcolor=template.tint(colours.gain, 0.14),
        **area,
    )
    figure.add_scatter(
        y=[min(pnl, 0.0) for _, pnl in points],
        fillpattern={
            "shape": "/",
            "size": 7,
            "solidity": 0.2,
            "fgcolor": template.tint(colours.loss, 0.6),
            "bgcolor": template.tint(colours.loss, 0.07),
        },
        **area,
    )


def _draw_lines(
    figure: go.Figure,
    lines: Sequence[Labelled],
    colours: Palette,
    place: Place,
    currency: str,
) -> None:
    styles = [
        {"color": colours.text, "width": 2.25},
        {"color": colours.muted, "width": 1.6, "dash": "dash"},
        {"color": colours.text, "width": 1.6, "dash": "dot"},
    ]
    for line, style in zip(lines, styles, strict=False):
        words = [" · ".join(place(move)) for move in line.curve.moves]
        figure.add_scatter(
            x=line.curve.moves,
            y=line.curve.pnl,
            mode="lines",
            line=style,
            name=line.label,
            customdata=words,
            hovertemplate=(
                f"%{{customdata}}<br>{line.label}: %{{y:,.0f}} {currency}<extra></extra>"
            ),
        )


def _label_ends(
    figure: go.Figure,
    lines: Sequence[Labelled],
    reach: tuple[float, float],
    colours: Palette,
) -> None:
    """Write each line's name at its right end, pushed apart."""
    per_pixel = (reach[1] - reach[0]) / PLOT_HEIGHT
    heights = template.dodge([line.curve.pnl[-1] for line in lines], LABEL_GAP * per_pixel)
    for line, height in zip(lines, heights, strict=True):
        colour = colours.text if line.curve.days == 0.0 else colours.muted
        figure.add_annotation(
            x=1.0,
            xref="paper",
            y=height,
            text=line.label,
            xanchor="left",
            xshift=6,
            **_plain(colour),
        )


def _mark_break_evens(
    figure: go.Figure, curve: Curve, colours: Palette, place: Place, below: float
) -> None:
    """Ring each break-even; its words stand under it, over it with few pixels ``below`` it."""
    under = below >= LABEL_ROOM
    moves = curve.break_evens[:MAX_BREAK_EVENS]
    for move in moves:
        figure.add_scatter(
            x=[move],
            y=[0.0],
            mode="markers",
            marker={
                "size": 10,
                "color": colours.page,
                "line": {"width": 1.6, "color": colours.text},
            },
            hovertemplate=f"break-even {' · '.join(place(move))}<extra></extra>",
        )
        figure.add_annotation(
            x=move,
            y=0.0,
            text="<br>".join(place(move)),
            xanchor=_outward(move, moves),
            yanchor="top" if under else "bottom",
            yshift=-8 if under else 8,
            bgcolor=template.tint(colours.page, 0.85),
            **_plain(colours.text),
        )


def _outward(move: float, moves: Sequence[float]) -> str:
    """Return the side of its words that stands at a break-even: away from a near neighbour."""
    before = any(0.0 < move - other < NEAR for other in moves)
    after = any(0.0 < other - move < NEAR for other in moves)
    if before == after:
        return "center"
    return "left" if before else "right"


def _plain(colour: str) -> dict[str, Any]:
    return {"showarrow": False, "font": {"color": colour, "size": template.TICK_SIZE}}
