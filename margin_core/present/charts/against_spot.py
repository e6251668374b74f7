"""What rule books ask after every spot move, beside what the account is worth then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.present.charts.template import Palette, dodge, figure, tint

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from margin_core.analysis.against_spot import Crossing, SpotPoint

HEIGHT = 216  # px
PLOT = 176  # px of it between the axes
BAND = 0.08
FAR = 1.6  # of the highest requirement: the account's worth is cut off beyond
RIGHT = 96  # px right of the plot, for the words of a rise
LABEL_GAP = 15  # px between the labels at the ends of lines
HEADROOM = 1.12
HEADROOM_WORDS = 1.3  # with words above the lines
LEVELS = (0.96, 0.86)  # of the plot: where the words of a fall and of a rise stand
CENTRE = 0.1  # moves within it have their words centred


@dataclass(frozen=True, slots=True)
class Profile:
    """One rule book's figures against spot; ``marks`` are its crossings with their text."""

    key: str
    label: str
    points: tuple[SpotPoint, ...]
    marks: tuple[tuple[Crossing, str], ...] = ()


def margin_against_spot(
    profiles: Sequence[Profile],
    colours: Palette,
    *,
    selected: str,
    ticks: tuple[Sequence[float], Sequence[str]],
    symbol: str,
) -> go.Figure:
    """Return the capital to keep after every spot move, and what the account is worth then.

    Parameters
    ----------
    profiles : sequence of Profile
        At most five, all at the same moves.
    colours : Palette
    selected : str
        The key of the rule book to draw widest.
    ticks : (sequence of float, sequence of str)
        Moves and what to print under them.
    symbol : str
        The currency's sign before the amounts of the y axis.
    """
    moves = [point.move for point in profiles[0].points]
    worth = [point.net_liquidation_value for point in profiles[0].points]
    capital = {
        profile.key: [point.capital_to_keep for point in profile.points] for profile in profiles
    }
    headroom = HEADROOM_WORDS if any(profile.marks for profile in profiles) else HEADROOM
    low, high = _limits([*capital.values()], worth, headroom)
    chart = figure(colours, height=HEIGHT)
    chart.add_scatter(
        x=moves,
        y=worth,
        mode="lines",
        line={"width": 1, "color": colours.zero},
        fill="tozeroy",
        fillcolor=tint(colours.text, BAND),
        hovertemplate=f"net liquidation value {symbol}%{{y:,.0f}}<extra></extra>",
    )
    chart.add_vline(x=0, line={"color": colours.zero, "width": 1})
    for profile in profiles:
        style = colours.style(profile.key)
        chart.add_scatter(
            x=moves,
            y=capital[profile.key],
            mode="lines",
            line={
                "color": style.colour,
                "dash": style.dash,
                "width": style.width + (0.75 if profile.key == selected else 0.0),
            },
            hovertemplate=f"{profile.label} {symbol}%{{y:,.0f}}<extra></extra>",
        )
    _end_labels(chart, profiles, capital, colours, (low, high))
    _crossings(chart, profiles, capital, colours, (low, high))
    chart.update_xaxes(
        tickvals=list(ticks[0]), ticktext=list(ticks[1]), range=[moves[0], moves[-1]]
    )
    chart.update_yaxes(range=[low, high], tickprefix=symbol, tickformat="~s")
    widest = max(len(profile.label) for profile in profiles)
    return chart.update_layout(margin={"l": 8, "r": max(RIGHT, 12 + 7 * widest), "t": 4, "b": 36})


def _limits(
    capital: Sequence[Sequence[float]], worth: Sequence[float], headroom: float
) -> tuple[float, float]:
    """Return the y range: every requirement, and of the account's worth what is near them."""
    highest = max(max(values) for values in capital)
    lowest = min(0.0, *(min(values) for values in capital))
    high = max(highest, min(max(worth), FAR * highest)) * headroom or 1.0
    low = min(lowest, max(min(worth), -0.25 * high))
    return low * HEADROOM, high


def _end_labels(
    chart: go.Figure,
    profiles: Sequence[Profile],
    capital: dict[str, list[float]],
    colours: Palette,
    limits: tuple[float, float],
) -> None:
    low, high = limits
    heights = dodge(
        [capital[profile.key][-1] for profile in profiles], (high - low) * LABEL_GAP / PLOT
    )
    for profile, height in zip(profiles, heights, strict=True):
        chart.add_annotation(
            x=1,
            xref="paper",
            y=height,
            text=profile.label,
            font={"color": colours.style(profile.key).colour},
            showarrow=False,
            xanchor="left",
            xshift=6,
        )


def _crossings(
    chart: go.Figure,
    profiles: Sequence[Profile],
    capital: dict[str, list[float]],
    colours: Palette,
    limits: tuple[float, float],
) -> None:
    """Ring each crossing on its line; the first on either side of today has its words beside it."""
    marks = [
        (crossing.move, _between(crossing.move, profile, capital[profile.key]), text, profile.key)
        for profile in profiles
        for crossing, text in profile.marks
    ]
    for move, height, text, key in marks:
        chart.add_scatter(
            x=[move],
            y=[height],
            mode="markers",
            marker={
                "size": 10,
                "color": colours.page,
                "line": {"color": colours.style(key).colour, "width": 2},
            },
            hovertemplate=f"{text}<extra></extra>",
        )
    for side in ([m for m in marks if m[0] < 0.0], [m for m in marks if m[0] >= 0.0]):
        if side:
            _worded(chart, *min(side, key=lambda mark: abs(mark[0])), colours, limits)


def _worded(
    chart: go.Figure,
    move: float,
    height: float,
    text: str,
    key: str,
    colours: Palette,
    limits: tuple[float, float],
) -> None:
    """Write towards today, in the strip above the lines, the two sides at two heights."""
    low, high = limits
    level = LEVELS[move >= 0.0]
    near = abs(move) < CENTRE
    chart.add_annotation(
        x=move,
        y=height,
        text=text,
        ax=move,
        axref="x",
        ay=low + level * (high - low),
        ayref="y",
        bgcolor=tint(colours.page, 0.7),
        xanchor="center" if near else "left",
        arrowcolor=colours.muted,
        arrowwidth=1,
        arrowhead=0,
        standoff=6,
        font={"color": colours.style(key).colour},
    )


def _between(move: float, profile: Profile, values: Sequence[float]) -> float:
    """Return the value at a move, on the straight line between its two neighbours."""
    at = [point.move for point in profile.points]
    i = next((i for i in range(1, len(at) - 1) if move <= at[i]), len(at) - 1)
    share = (move - at[i - 1]) / (at[i] - at[i - 1])
    return values[i - 1] + share * (values[i] - values[i - 1])
