"""What rule books ask of one account: requirement bars, and how one requirement builds up."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from margin_core.present.charts.template import Palette, figure, tint

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

ROW, ROOMY = 44, 60  # px: a label above its bar, and what it takes where there are few
FILLED = 190  # px that few bars fill
THICK = 18  # px of a bar
STEP = 36  # px: a row of the build-up
FAR = 1.6  # of the longest bar: a net liquidation value beyond it is an arrow, no line
TINT = 0.25
BEAM_NAMES = 148  # px left of the build-up


@dataclass(frozen=True, slots=True)
class Bar:
    """One rule book's capital to open and to keep, and the figure to print beside the bar."""

    key: str
    label: str
    to_open: float
    to_keep: float
    text: str


@dataclass(frozen=True, slots=True)
class Beam:
    """One row of the build-up: a total from zero, or a change on top of what stands above."""

    label: str
    amount: float
    text: str
    total: bool = False


def requirement_bars(
    bars: Sequence[Bar],
    worth: float,
    worth_text: str,
    colours: Palette,
    *,
    selected: str,
    opening: bool,
) -> go.Figure:
    """Return one bar per rule book on one scale, in the order given.

    Parameters
    ----------
    bars : sequence of Bar
        Where ``opening``, the capital to open stands tinted behind the capital to keep.
    worth : float
        Net liquidation value, reporting currency: the dashed line.
    worth_text : str
        What is printed beside that line.
    colours : Palette
    selected : str
        The key of the rule book to emphasise.
    opening : bool
    """
    height = min(ROOMY, max(ROW, FILLED // len(bars)))
    ends = [max(bar.to_keep, bar.to_open if opening else 0.0, 0.0) for bar in bars]
    least = min(min(bar.to_keep, bar.to_open, 0.0) for bar in bars)
    longest = max(ends) or 1.0
    reach = max(longest, worth) if worth <= FAR * longest else longest
    line, note = _worth_line(worth, worth_text, colours, (least, reach), len(bars))
    return figure(
        colours,
        height=height * len(bars) + 30,
        data=_bars(bars, colours, THICK / height, opening=opening),
        barmode="overlay",
        annotations=[note, *_bar_words(bars, ends, selected, colours)],
        shapes=line,
        xaxis={"visible": False, "range": [least, reach]},
        yaxis={"visible": False, "range": [len(bars) - 0.1, -0.75]},
        margin={"l": 2, "r": 78, "t": 0, "b": 0},
    )


def build_up(beams: Sequence[Beam], colours: Palette, *, key: str) -> go.Figure:
    """Return the build-up from the stand-alone sum to the requirement, top to bottom.

    The last total is drawn in the colour of rule book ``key``, the first in grey; a change that
    asks less is blue, one that asks more orange.
    """
    starts, running = [], 0.0
    for beam in beams:
        running = beam.amount if beam.total else running + beam.amount
        starts.append(0.0 if beam.total else running - beam.amount)
    ends = [start + beam.amount for start, beam in zip(starts, beams, strict=True)]
    hues = [_beam_colour(i, beam, beams, colours, key) for i, beam in enumerate(beams)]
    drawn = _horizontal([beam.amount for beam in beams], hues, 20 / STEP)
    return figure(
        colours,
        height=STEP * len(beams) + 12,
        data=[drawn | {"base": starts}],
        annotations=_beam_words(beams, list(map(max, starts, ends))),
        shapes=[_joint(row, end, colours) for row, end in enumerate(ends[:-1])],
        xaxis={
            "visible": False,
            "range": [min(*starts, *ends), max(*starts, *ends) or 1.0],
        },
        yaxis={"visible": False, "range": [len(beams) - 0.5, -0.5]},
        margin={"l": BEAM_NAMES, "r": 84, "t": 2, "b": 2},
    )


def _bars(
    bars: Sequence[Bar], colours: Palette, width: float, *, opening: bool
) -> list[dict[str, Any]]:
    """Return the solid bars to keep, where opening over the tinted ones to open."""
    hues = [colours.style(bar.key).colour for bar in bars]
    keep = _horizontal([bar.to_keep for bar in bars], hues, width)
    keep["marker"]["pattern"] = {
        "shape": _hatched(bars, hues, colours),
        "fgcolor": colours.page,
        "fgopacity": 0.45,
        "size": 7,
    }
    if not opening:
        return [keep]
    tints = [tint(hue, TINT) for hue in hues]
    return [_horizontal([bar.to_open for bar in bars], tints, width), keep]


def _horizontal(values: Sequence[float], hues: Sequence[str], width: float) -> dict[str, Any]:
    """Return a trace of horizontal bars, one row each."""
    return {
        "type": "bar",
        "orientation": "h",
        "x": list(values),
        "y": list(range(len(values))),
        "width": width,
        "marker": {"color": list(hues), "line": {"width": 0}, "cornerradius": 2},
        "hoverinfo": "skip",
    }


def _hatched(bars: Sequence[Bar], hues: Sequence[str], colours: Palette) -> list[str]:
    """Return a pattern for each bar that shares its hue with another and is the dashed one."""
    return [
        "/" if colours.style(bar.key).dash != "solid" and hues.count(hue) > 1 else ""
        for bar, hue in zip(bars, hues, strict=True)
    ]


def _bar_words(
    bars: Sequence[Bar], ends: Sequence[float], selected: str, colours: Palette
) -> list[dict[str, Any]]:
    """Return each bar's name above it and its figure at its end."""
    names, figures = [], []
    for row, (bar, end) in enumerate(zip(bars, ends, strict=True)):
        hue = colours.style(bar.key).colour
        chosen = f'<b><span style="color:{hue}">{bar.label}</span></b>'
        text = chosen if bar.key == selected else bar.label
        names.append(_words(text, 0, row, xref="paper", yshift=17))
        figures.append(_words(f"<b>{bar.text}</b>", end, row, xshift=5))
    return names + figures


def _beam_words(beams: Sequence[Beam], ends: Sequence[float]) -> list[dict[str, Any]]:
    """Return each row's name at the left and its amount right of its bar, totals bold."""
    names, amounts = [], []
    for row, (beam, end) in enumerate(zip(beams, ends, strict=True)):
        name, text = escape(beam.label), beam.text
        if beam.total:
            name, text = f"<b>{name}</b>", f"<b>{text}</b>"
        names.append(_words(name, 0, row, xref="paper", xshift=2 - BEAM_NAMES))
        amounts.append(_words(text, end, row, xshift=5))
    return names + amounts


def _words(text: str, x: float, y: float, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - plotly's
    return {"text": text, "x": x, "y": y, "showarrow": False, "xanchor": "left"} | more


def _joint(row: int, x: float, colours: Palette) -> dict[str, Any]:
    """Return the thin line from the end of one row's bar to the next row's."""
    half = 10 / STEP
    line = {"color": colours.muted, "width": 1}
    return {"type": "line", "x0": x, "x1": x, "y0": row + half, "y1": row + 1 - half, "line": line}


def _worth_line(
    worth: float, text: str, colours: Palette, limits: tuple[float, float], rows: int
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the dashed line and the words below the bars; an arrow where it is off the scale."""
    least, reach = limits
    style: dict[str, Any] = {"font": {"color": colours.muted}}
    y = rows - 0.35
    if worth > reach:
        return [], _words(f"{text} →", 1, y, xref="paper", **style | {"xanchor": "right"})
    if worth < least:
        return [], _words(f"← {text}", 0, y, xref="paper", **style)
    if worth - least < (reach - least) / 2:
        note = _words(text, worth, y, xshift=6, **style)
    else:
        note = _words(text, worth, y, xshift=-6, **style | {"xanchor": "right"})
    dashed = {"color": colours.text, "width": 1.25, "dash": "5px,4px"}
    line = {"type": "line", "x0": worth, "x1": worth, "y0": -0.6, "y1": rows - 0.1, "line": dashed}
    return [line], note


def _beam_colour(i: int, beam: Beam, beams: Sequence[Beam], colours: Palette, key: str) -> str:
    if beam.total:
        return colours.style(key).colour if i == len(beams) - 1 else colours.zero
    return colours.gain if beam.amount < 0 else colours.loss
