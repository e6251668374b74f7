"""What collateral carries: the ladder of rule books, the margin ratio, and the ratio's map."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from margin_core.present.charts.template import Palette, figure, tint

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

STEP, THICK = 54, 18  # px: a name, its bar, and the bracket under it
BULLET, SLIM = 42, 12
CELL = 38
MARGIN = 150  # px right of the ladder, where figures and brackets speak
HALF = 0.5
WHITE, INK = "#FFFFFF", "#14181D"
MIDDLE = 0.19  # relative luminance at which both are read alike
WEIGHTS, GAMMA = (0.2126, 0.7152, 0.0722), 2.2  # of red, green, blue in relative luminance (WCAG)
STEEPEST = 3.0  # halvings or doublings of the ratio where the colours end


@dataclass(frozen=True, slots=True)
class Rung:
    """One bar of the ladder: ``note`` under it speaks of the step to the bar below."""

    key: str
    label: str
    amount: float
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bullet:
    """One rule book's margin ratio; None where there is no equity to meet its requirement."""

    key: str
    label: str
    ratio: float | None
    text: str


@dataclass(frozen=True, slots=True)
class RatioCell:
    """One cell of the map; ``ratio`` None where there is no equity."""

    ratio: float | None
    liquidated: bool
    text: str


def ladder(rungs: Sequence[Rung], steps: int, colours: Palette) -> go.Figure:
    """Return one bar per rung, a bracket from each that has a ``note`` to the next.

    A bracket to a shorter bar is blue, to a longer one orange. A thin line stands under the first
    ``steps`` of them, which are the ladder; the others are there to compare with.
    """
    ends = [max(rung.amount, 0.0) for rung in rungs]
    least = min(0.0, *(rung.amount for rung in rungs))
    hues = [colours.style(rung.key).colour for rung in rungs]
    names = [
        _words(f"<b>{escape(rung.label)}</b>", 0, row, xref="paper", yshift=17)
        for row, rung in enumerate(rungs)
    ]
    figures = [
        _words(f"<b>{escape(rung.text)}</b>", end, row, xshift=5)
        for row, (rung, end) in enumerate(zip(rungs, ends, strict=True))
    ]
    lines, notes = _rule(steps, len(rungs), colours), []
    for row, rung in enumerate(rungs):
        if rung.note:
            drawn, said = _bracket(row, ends[row], ends[row + 1], rung.note, colours)
            lines += drawn
            notes.append(said)
    bars = _bars([rung.amount for rung in rungs], hues, THICK / STEP)
    hatched = [
        "/" if colours.style(rung.key).dash != "solid" and hues.count(hue) > 1 else ""
        for rung, hue in zip(rungs, hues, strict=True)
    ]
    bars["marker"]["pattern"] = {
        "shape": hatched,
        "fillmode": "overlay",
        "fgcolor": colours.page,
        "fgopacity": 0.45,
        "size": 7,
    }
    return figure(
        colours,
        height=STEP * len(rungs) + 18,
        data=[bars],
        annotations=[*names, *figures, *notes],
        shapes=lines,
        xaxis={"visible": False, "range": [least, max(ends) or 1.0]},
        yaxis={"visible": False, "range": [len(rungs) - 0.4, -0.65]},
        margin={"l": 2, "r": MARGIN, "t": 0, "b": 0},
    )


def bullets(rows: Sequence[Bullet], lines: Sequence[float], colours: Palette) -> go.Figure:
    """Return one bar per rule book on a scale that ends a little beyond the last of ``lines``.

    ``lines`` are the ratios where a band begins, the mildest first; a ratio beyond the scale fills
    it, as does one without equity.
    """
    reach = 1.2 * lines[-1]
    lengths = [reach if row.ratio is None else min(max(row.ratio, 0.0), reach) for row in rows]
    hues = [colours.style(row.key).colour for row in rows]
    height = BULLET * len(rows) + 30
    bands = [
        {"x0": start, "x1": end, "fillcolor": tint(colours.loss, share)}
        for start, end, share in zip(
            lines, [*lines[1:], reach], (0.12, 0.26, 0.5)[-len(lines) :], strict=True
        )
    ]
    shape = {"type": "rect", "layer": "below", "line": {"width": 0}}
    names = [_words(escape(row.label), 0, i, xref="paper", yshift=16) for i, row in enumerate(rows)]
    ratios = [
        _words(f"<b>{row.text}</b>", 1, i, xref="paper", yshift=16, xanchor="right")
        for i, row in enumerate(rows)
    ]
    return figure(
        colours,
        height=height,
        data=[_bars(lengths, hues, SLIM / BULLET)],
        shapes=[
            shape | band | {"y0": i - 0.16, "y1": i + 0.16}
            for i in range(len(rows))
            for band in bands
        ],
        annotations=names + ratios,
        xaxis={
            "range": [0, reach],
            "tickvals": list(lines),
            "ticktext": [f"{100 * value:.0f} %" for value in lines],
            "showline": False,
        },
        yaxis={"visible": False, "range": [len(rows) - 0.6, -0.75]},
        margin={"l": 2, "r": 2, "t": 0, "b": 26},
    )


def ratio_map(
    cells: Sequence[Sequence[RatioCell]],
    rows: Sequence[str],
    columns: Sequence[str],
    colours: Palette,
) -> go.Figure:
    """Return the margin ratio after both moves: orange liquidated, a line along 100 %.

    Parameters
    ----------
    cells : sequence of sequence of RatioCell
        One row per entry of ``rows``, the first on top; one column per entry of ``columns``.
    rows, columns : sequence of str
        What each row and column has moved.
    colours : Palette
    """
    heat = {
        "type": "heatmap",
        "z": [[_depth(cell) for cell in row] for row in cells],
        "zmin": -STEEPEST,
        "zmax": STEEPEST,
        "colorscale": [[i / (len(colours.scale) - 1), c] for i, c in enumerate(colours.scale)],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "text": [[cell.text for cell in row] for row in cells],
        "customdata": [[[row, column] for column in columns] for row in rows],
        "hovertemplate": "%{customdata[0]}, spot %{customdata[1]} %<br>ratio %{text} %"
        "<extra></extra>",
    }
    return figure(
        colours,
        height=CELL * len(rows) + 44,
        data=[heat],
        annotations=[
            _words(
                cell.text, c, r, xanchor="center", font={"size": 11, "color": _ink(cell, colours)}
            )
            for r, row in enumerate(cells)
            for c, cell in enumerate(row)
        ],
        shapes=[
            {"type": "line", "line": {"color": colours.text, "width": 2}} | edge
            for edge in _edges(cells)
        ],
        xaxis=_ticks(columns) | {"range": [-HALF, len(columns) - HALF]},
        yaxis=_ticks(rows) | {"range": [len(rows) - HALF, -HALF]},
        margin={"l": 4, "r": 4, "t": 4, "b": 24},
    )


def _depth(cell: RatioCell) -> float:
    """Return how often equity could halve before liquidation; negative beyond it."""
    if cell.ratio is None:
        return -STEEPEST if cell.liquidated else STEEPEST
    if cell.ratio <= 0.0:
        return STEEPEST
    return max(-STEEPEST, min(STEEPEST, -math.log2(cell.ratio)))


def _ink(cell: RatioCell, colours: Palette) -> str:
    """Return white or near black, whichever is read better on the cell's colour."""
    place = (_depth(cell) + STEEPEST) / (2.0 * STEEPEST) * (len(colours.scale) - 1)
    lower = min(int(place), len(colours.scale) - 2)
    below, above = (_channels(colours.scale[i]) for i in (lower, lower + 1))
    mixed = [a + (b - a) * (place - lower) for a, b in zip(below, above, strict=True)]
    light = sum(w * value**GAMMA for w, value in zip(WEIGHTS, mixed, strict=True))
    return WHITE if light < MIDDLE else INK


def _channels(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5))


def _edges(cells: Sequence[Sequence[RatioCell]]) -> list[dict[str, Any]]:
    """Return the sides between a cell that is liquidated and a neighbour that is not."""
    found = []
    for r, row in enumerate(cells):
        for c, cell in enumerate(row):
            if c + 1 < len(row) and cell.liquidated != row[c + 1].liquidated:
                x = c + HALF
                found.append({"x0": x, "x1": x, "y0": r - HALF, "y1": r + HALF})
            if r + 1 < len(cells) and cell.liquidated != cells[r + 1][c].liquidated:
                y = r + HALF
                found.append({"x0": c - HALF, "x1": c + HALF, "y0": y, "y1": y})
    return found


def _ticks(labels: Sequence[str]) -> dict[str, Any]:
    return {
        "tickvals": list(range(len(labels))),
        "ticktext": [escape(label) for label in labels],
        "showgrid": False,
        "showline": False,
        "ticks": "",
    }


def _bars(lengths: Sequence[float], hues: Sequence[str], width: float) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "x": list(lengths),
        "y": list(range(len(lengths))),
        "width": width,
        "marker": {"color": list(hues), "line": {"width": 0}, "cornerradius": 2},
        "hoverinfo": "skip",
    }


def _bracket(
    row: int, start: float, end: float, note: str, colours: Palette
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the lines of a bracket under a bar, between its end and the next one's."""
    hue = colours.loss if end > start else colours.gain
    y, tick = row + 0.33, 0.06
    line = {"type": "line", "line": {"color": hue, "width": 1.5}}
    sides = [line | {"x0": x, "x1": x, "y0": y - tick, "y1": y + tick} for x in (start, end)]
    across = line | {"x0": start, "x1": end, "y0": y, "y1": y}
    said = _words(escape(note), max(start, end), y, xshift=6, font={"color": hue})
    return [*sides, across], said


def _rule(steps: int, rows: int, colours: Palette) -> list[dict[str, Any]]:
    """Return the line between the ladder and what is compared with it."""
    if not 0 < steps < rows:
        return []
    y = steps - 0.53
    line = {"color": colours.border, "width": 1}
    return [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}]


def _words(text: str, x: float, y: float, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - plotly's
    return {"text": text, "x": x, "y": y, "showarrow": False, "xanchor": "left"} | more
