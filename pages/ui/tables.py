"""Editable tables: rows as a table began with them, and a visitor's changes laid over them.

Within one visit an editor is always given the rows it began with: given its own output it would
lose every other change. Cells that nobody touched keep their exact value, whatever is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pages.ui import state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Row = dict[str, Any]

ROW_HEIGHT = 30
HEADER_EXTRA = 6  # pixels that the header and the frame take more than a row
TALLEST = 60  # rows; a longer table scrolls within itself


def begun(
    name: str, key: str, seed: Callable[[], tuple[list[Row], pd.DataFrame]]
) -> tuple[list[Row], pd.DataFrame]:
    """Return rows and frame that table ``name`` began with; ``seed`` makes them on arrival.

    ``key`` is its widget's, a new one where the table starts anew.
    """
    if state.arriving(key):
        state.put(f"{name}.base", seed())
    rows, shown = state.read(f"{name}.base")
    return rows, shown


def with_edits(
    base: Sequence[Mapping[str, Any]],
    edits: Mapping[str, Any],
    read: Callable[[str, Any], Any],
) -> list[Row]:
    """Return the rows after a data editor's changes; ``read`` turns a shown cell into its value."""

    def cells(changed: Mapping[str, Any]) -> Row:
        return {name: read(name, value) for name, value in changed.items() if name != "_index"}

    rows = [dict(row) for row in base]
    for index, changed in edits.get("edited_rows", {}).items():
        rows[int(index)] |= cells(changed)
    gone = set(edits.get("deleted_rows", ()))
    kept = [row for index, row in enumerate(rows) if index not in gone]
    return kept + [cells(changed) for changed in edits.get("added_rows", ())]


def frame(
    rows: Sequence[Mapping[str, Any]], columns: Iterable[str], dtypes: Mapping[str, str]
) -> pd.DataFrame:
    """Return rows as a typed frame; a column is of numbers by default, text in it is blank."""

    def column(name: str) -> pd.Series:
        cells = [row.get(name) for row in rows]
        if dtype := dtypes.get(name):
            return pd.Series(cells, dtype=dtype)
        numbers = [None if isinstance(cell, str) else cell for cell in cells]
        return pd.Series(numbers, dtype="Float64")

    return pd.DataFrame({name: column(name) for name in columns})


def is_blank(row: Mapping[str, Any]) -> bool:
    """Return whether nothing is entered in a row."""
    return all(cell is None or cell == "" for cell in row.values())


def in_points(fraction: float) -> float:
    """Return a fraction as a table shows it, in percent."""
    return round(fraction * 100.0, 10)


def from_points(percent: float) -> float:
    """Return a fraction from its percent."""
    return round(percent / 100.0, 12)


def volatility(percent: float) -> float | str:
    """Return a volatility from its points; less than one stays text, for the door to refuse.

    It is what a grid makes of a pasted ``40%``, or a fraction where points are asked.
    """
    return f"{percent:g} points" if 0.0 < percent < 1.0 else from_points(percent)


def height(rows: int) -> int:
    """Return the pixels that a table of ``rows`` rows and a header takes."""
    return (min(rows, TALLEST) + 1) * ROW_HEIGHT + HEADER_EXTRA
