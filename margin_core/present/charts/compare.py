"""What rule books ask of one account: requirement bars, and how one requirement builds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    rows = list(range(len(bars)))
    hues = [colours.style(bar.key).colour for bar in bars]
    height = min(ROOMY, max(ROW, FILLED // len(bars)))
    chart = figure(colours, height=height * len(bars) + 30, barmode="overlay")
    if opening:
        tints = [tint(hue, TINT) for hue in hues]
        _horizontal(chart, [bar.to_open for bar in bars], rows, tints, THICK / height)
    keep = [bar.to_keep for bar in bars]
    _horizontal(
        chart, keep, rows, hues, THICK / height, hatched=_hatched(bars, colours), hatch=colours.page
    )
    for row, (bar, hue) in enumerate(zip(bars, hues, strict=True)):
        chosen = bar.key == selected
        name = f'<b><span style="color:{hue}">{bar.label}</span></b>' if chosen else bar.label
        chart.add_annotation(
            x=0, xref="paper", y=row, yshift=17, text=name, showarrow=False, xanchor="left"
        )
        end = max(bar.to_keep, bar.to_open if opening else bar.to_keep, 0.0)
        _amount(chart, end, row, f"<b>{bar.text}</b>")
    longest = max(max(b.to_keep, b.to_open if opening else b.to_keep, 0.0) for b in bars) or 1.0
    least = min(min(b.to_keep, b.to_open, 0.0) for b in bars)
    reach = max(longest, worth) if worth <= FAR * longest else longest
    chart.update_xaxes(visible=False, range=[least, reach])
    chart.update_yaxes(visible=False, range=[len(bars) - 0.5 + 0.4, -0.75])
    _worth_line(chart, worth, worth_text, colours, least=least, reach=reach, rows=len(bars))
    return chart.update_layout(margin={"l": 2, "r": 78, "t": 0, "b": 0})


def build_up(beams: Sequence[Beam], colours: Palette, *, key: str) -> go.Figure:
    """Return the build-up from the stand-alone sum to the requirement, top to bottom.

    The last total is drawn in the colour of rule book ``key``, the first in grey; a change that
    asks less is blue, one that asks more orange.
    """
    starts, running = [], 0.0
    for beam in beams:
        running = beam.amount if beam.total else running + beam.amount
        starts.append(0.0 if beam.total else running - beam.amount)
    hues = [_beam_colour(i, beam, beams, colours, key) for i, beam in enumerate(beams)]
    chart = figure(colours, height=STEP * len(beams) + 12)
    rows = list(range(len(beams)))
    chart.add_bar(
        x=[beam.amount for beam in beams],
        base=starts,
        y=rows,
        orientation="h",
        width=20 / STEP,
        marker={"color": hues, "line": {"width": 0}, "cornerradius": 2},
        customdata=[(beam.label, beam.text) for beam in beams],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
    )
    ends = [start + beam.amount for start, beam in zip(starts, beams, strict=True)]
    for row, beam in enumerate(beams):
        text = f"<b>{beam.text}</b>" if beam.total else beam.text
        name = f"<b>{beam.label}</b>" if beam.total else beam.label
        chart.add_annotation(
            x=0, xref="paper", xshift=-146, y=row, text=name, showarrow=False, xanchor="left"
        )
        _amount(chart, max(starts[row], ends[row]), row, text)
        if row:
            chart.add_shape(
                type="line",
                x0=ends[row - 1],
                x1=ends[row - 1],
                y0=row - 1 + 10 / STEP,
                y1=row - 10 / STEP,
                line={"color": colours.muted, "width": 1},
            )
    chart.update_xaxes(visible=False, range=[min(*starts, *ends), max(*starts, *ends) or 1.0])
    chart.update_yaxes(visible=False, range=[len(beams) - 0.5, -0.5])
    return chart.update_layout(margin={"l": 148, "r": 84, "t": 2, "b": 2})


def _hatched(bars: Sequence[Bar], colours: Palette) -> list[str]:
    """Return a pattern for each bar that shares its hue with another and is the dashed one."""
    styles = [colours.style(bar.key) for bar in bars]
    hues = [style.colour for style in styles]
    return [
        "/" if style.dash != "solid" and hues.count(style.colour) > 1 else "" for style in styles
    ]


def _horizontal(
    chart: go.Figure,
    values: Sequence[float],
    rows: Sequence[int],
    hues: Sequence[str],
    width: float,
    *,
    hatched: Sequence[str] = (),
    hatch: str = "",
) -> None:
    pattern = {"shape": list(hatched), "bgcolor": list(hues), "fgcolor": hatch, "size": 7}
    chart.add_bar(
        x=list(values),
        y=list(rows),
        orientation="h",
        width=width,
        marker={
            "color": list(hues),
            "line": {"width": 0},
            "cornerradius": 2,
            "pattern": pattern | {"fgopacity": 0.45} if hatched else None,
        },
        hoverinfo="skip",
    )


def _amount(chart: go.Figure, x: float, y: float, text: str) -> None:
    """Print an amount just right of ``x``; it may run into the margin."""
    chart.add_annotation(x=x, y=y, text=text, showarrow=False, xanchor="left", xshift=5)


def _worth_line(
    chart: go.Figure,
    worth: float,
    text: str,
    colours: Palette,
    *,
    least: float,
    reach: float,
    rows: int,
) -> None:
    """Draw the dashed line with its words below the bars; an arrow where it is off the scale."""
    note = {"y": rows - 0.5 + 0.15, "showarrow": False, "font": {"color": colours.muted}}
    if not least <= worth <= reach:
        right = worth > reach
        chart.add_annotation(
            x=1 if right else 0,
            xref="paper",
            text=f"{text} →" if right else f"← {text}",
            xanchor="right" if right else "left",
            **note,
        )
        return
    chart.add_shape(
        type="line",
        x0=worth,
        x1=worth,
        y0=-0.6,
        y1=rows - 0.1,
        line={"color": colours.text, "width": 1.25, "dash": "5px,4px"},
    )
    right = worth - least < (reach - least) / 2
    chart.add_annotation(
        x=worth,
        text=text,
        xanchor="left" if right else "right",
        xshift=6 if right else -6,
        **note,
    )


def _beam_colour(i: int, beam: Beam, beams: Sequence[Beam], colours: Palette, key: str) -> str:
    if beam.total:
        return colours.style(key).colour if i == len(beams) - 1 else colours.zero
    return colours.gain if beam.amount < 0 else colours.loss
