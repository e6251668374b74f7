"""What rule books ask after every spot move, beside what the account is worth then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
CENTRE = 0.1  # words of a larger fall begin at its ring, lest they run into the axis


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
    points = profiles[0].points
    rings = [ring for profile in profiles for ring in _rings(profile)]
    low, high = _limits(profiles, HEADROOM_WORDS if rings else HEADROOM)
    widest = max(len(profile.label) for profile in profiles)
    worth = _line(points, [point.net_liquidation_value for point in points]) | {
        "line": {"width": 1, "color": colours.zero},
        "fill": "tozeroy",
        "fillcolor": tint(colours.text, BAND),
        "hovertemplate": f"net liquidation value {symbol}%{{y:,.0f}}<extra></extra>",
    }
    asked = (
        _requirement(profile, colours, symbol, selected=profile.key == selected)
        for profile in profiles
    )
    return figure(
        colours,
        height=HEIGHT,
        data=[worth, *asked, *(_ring(ring, colours) for ring in rings)],
        annotations=[
            *_end_labels(profiles, colours, (low, high)),
            *_ring_words(rings, colours, (low, high)),
        ],
        shapes=[_today(colours)],
        xaxis={
            "tickvals": list(ticks[0]),
            "ticktext": list(ticks[1]),
            "range": [points[0].move, points[-1].move],
        },
        yaxis={"range": [low, high], "tickformat": "$~s"}
        if symbol == "$"
        else {"range": [low, high], "tickprefix": symbol, "tickformat": "~s"},
        margin={"l": 8, "r": max(RIGHT, 12 + 7 * widest), "t": 4, "b": 36},
    )


@dataclass(frozen=True, slots=True)
class _Ring:
    """A crossing on its rule book's line."""

    move: float
    height: float
    text: str
    key: str


def _line(points: Sequence[SpotPoint], values: Sequence[float]) -> dict[str, Any]:
    moves = [point.move for point in points]
    return {"type": "scatter", "mode": "lines", "x": moves, "y": list(values)}


def _requirement(
    profile: Profile, colours: Palette, symbol: str, *, selected: bool
) -> dict[str, Any]:
    style = colours.style(profile.key)
    width = style.width + (0.75 if selected else 0.0)
    return _line(profile.points, [point.capital_to_keep for point in profile.points]) | {
        "line": {"color": style.colour, "dash": style.dash, "width": width},
        "hovertemplate": f"{profile.label} {symbol}%{{y:,.0f}}<extra></extra>",
    }


def _today(colours: Palette) -> dict[str, Any]:
    line = {"color": colours.zero, "width": 1}
    return {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _limits(profiles: Sequence[Profile], headroom: float) -> tuple[float, float]:
    """Return the y range: every requirement, and of the account's worth what is near them."""
    asked = [point.capital_to_keep for profile in profiles for point in profile.points]
    worth = [point.net_liquidation_value for point in profiles[0].points]
    high = max(*asked, min(max(worth), FAR * max(asked)), 0.0) * headroom or 1.0
    low = min(*asked, max(min(worth), -0.25 * high), 0.0)
    return low * HEADROOM, high


def _end_labels(
    profiles: Sequence[Profile], colours: Palette, limits: tuple[float, float]
) -> list[dict[str, Any]]:
    """Return each rule book's name at the end of its line, pushed apart where lines meet."""
    low, high = limits
    ends = [profile.points[-1].capital_to_keep for profile in profiles]
    return [
        {
            "text": profile.label,
            "x": 1,
            "xref": "paper",
            "y": height,
            "xanchor": "left",
            "xshift": 6,
            "showarrow": False,
            "font": {"color": colours.style(profile.key).colour},
        }
        for profile, height in zip(
            profiles, dodge(ends, (high - low) * LABEL_GAP / PLOT), strict=True
        )
    ]


def _rings(profile: Profile) -> list[_Ring]:
    return [
        _Ring(crossing.move, _between(crossing.move, profile), text, profile.key)
        for crossing, text in profile.marks
    ]


def _ring(ring: _Ring, colours: Palette) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [ring.move],
        "y": [ring.height],
        "marker": {
            "size": 10,
            "color": colours.page,
            "line": {"color": colours.style(ring.key).colour, "width": 2},
        },
        "hovertemplate": f"{ring.text}<extra></extra>",
    }


def _ring_words(
    rings: Sequence[_Ring], colours: Palette, limits: tuple[float, float]
) -> list[dict[str, Any]]:
    """Return the words of the first crossing on either side of today, above the lines."""
    falls = [ring for ring in rings if ring.move < 0.0]
    rises = [ring for ring in rings if ring.move >= 0.0]
    low, high = limits
    return [
        {
            "text": ring.text,
            "x": ring.move,
            "y": ring.height,
            "ax": ring.move,
            "axref": "x",
            "ay": low + level * (high - low),
            "ayref": "y",
            "xanchor": "left" if ring.move < -CENTRE else "center",
            "bgcolor": tint(colours.page, 0.7),
            "arrowcolor": colours.muted,
            "arrowwidth": 1,
            "arrowhead": 0,
            "standoff": 6,
            "font": {"color": colours.style(ring.key).colour},
        }
        for side, level in zip((falls, rises), LEVELS, strict=True)
        if side
        for ring in [min(side, key=lambda ring: abs(ring.move))]
    ]


def _between(move: float, profile: Profile) -> float:
    """Return the requirement at a move, on the straight line between its two neighbours."""
    points = profile.points
    i = next((i for i in range(1, len(points) - 1) if move <= points[i].move), len(points) - 1)
    before, after = points[i - 1], points[i]
    share = (move - before.move) / (after.move - before.move)
    return before.capital_to_keep + share * (after.capital_to_keep - before.capital_to_keep)
