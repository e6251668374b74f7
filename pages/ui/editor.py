"""The position table: its columns, the visitor's changes as rows, and what is wrong with them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from margin_core import files
from pages.ui import numbers, state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from margin_core import Fault

Row = dict[str, Any]

KINDS = ("stock", "call", "put", "future", "perpetual")
COMMON = (
    *("underlying", "kind", "quantity", "strike", "expiry"),
    *("implied_volatility", "entry_price", "multiplier"),
)
EVERY = (*COMMON, *(name for name in files.ROW_COLUMNS if name not in COMMON))
TEXTS = {
    *("underlying", "kind", "expiry", "price_currency", "style", "settlement"),
    *("margin_type", "quote_currency", "venue"),
}
FLAGS = {"otc"}
VOLATILITY = "implied_volatility"  # in points on screen

ROW_HEIGHT = 30
TALLEST = 60  # rows; a longer table scrolls within itself
MAX_PROBLEMS = 8
DAY_FORMATS = ("%d %b %Y", "%d%b%y", "%d%b%Y")

_BASE = "portfolio.base"


def draw(workspace: state.Workspace, *, every_column: bool) -> None:
    """Draw the table and take what was changed in it.

    Within one visit the editor is always given the rows it began with, and its changes are laid
    over them; given its own output it would lose every other change.
    """
    extent = "every" if every_column else "common"
    key = f"portfolio.positions.{workspace.revision}.{extent}"
    if state.arriving(key):
        rows = [dict(row) for row in workspace.rows if not _is_blank(row)]
        state.put(_BASE, (rows, _frame(rows, workspace)))
    base, frame = state.read(_BASE)
    st.data_editor(
        frame,
        key=key,
        num_rows="dynamic",
        column_order=EVERY if every_column else COMMON,
        column_config=_columns(),
        row_height=ROW_HEIGHT,
        height=height(len(base) + 1),
        hide_index=True,
        placeholder="",
        alt="Positions, one per row",
    )
    edits = state.read(key) or {}
    rows = with_edits(base, edits)
    if rows != [dict(row) for row in workspace.rows]:
        state.apply_rows(rows)
        if _contract_changed(edits) and not state.current().faults:
            reseed()
        st.rerun()


def reseed() -> None:
    """Let the table start anew from the workspace, its changes taken in."""
    workspace = state.current()
    state.commit(replace(workspace, revision=workspace.revision + 1))


def height(rows: int) -> int:
    """Return the pixels that a table of ``rows`` rows and a header takes."""
    return (min(rows, TALLEST) + 1) * ROW_HEIGHT + 8


def with_edits(base: Sequence[Mapping[str, Any]], edits: Mapping[str, Any]) -> list[Row]:
    """Return the rows after a data editor's changes; cells it did not touch stay exact."""
    rows = [dict(row) for row in base]
    for index, cells in edits.get("edited_rows", {}).items():
        rows[int(index)] |= _cells(cells)
    gone = set(edits.get("deleted_rows", ()))
    kept = [row for index, row in enumerate(rows) if index not in gone]
    return kept + [_cells(cells) for cells in edits.get("added_rows", ())]


def problems(workspace: state.Workspace) -> None:
    """List what is wrong with the rows, each with a way out."""
    faults = workspace.faults
    if not faults:
        return
    words = "1 problem" if len(faults) == 1 else f"{len(faults)} problems"
    for number, fault in enumerate(faults[:MAX_PROBLEMS]):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if number == 0:
                st.badge(words, icon=":material/warning:", color="yellow")
            _problem(fault, workspace, last=number == len(faults[:MAX_PROBLEMS]) - 1)
    if len(faults) > MAX_PROBLEMS:
        st.caption(f"and {len(faults) - MAX_PROBLEMS} more, shown when these are mended.")


def _problem(fault: Fault, workspace: state.Workspace, *, last: bool) -> None:
    row = row_of(fault, workspace.rows)
    place = f"Row {row}" if row else fault.where
    text = f"**{numbers.plain(place)}:** " if place else ""
    text += numbers.plain(f"{fault.what}. {fault.remedy}".strip())
    if last:
        text += " Figures are of the last complete portfolio."
    st.markdown(text, width="stretch")
    if row:
        st.button(
            f"Remove row {row}",
            key=f"portfolio.remove.{row}.{fault.what}",
            type="tertiary",
            on_click=_remove,
            args=(row,),
        )


def row_of(fault: Fault, rows: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the number of the row that a fault is about, from 1; None where it is about none."""
    if in_table := re.match(r"Row (\d+)", fault.where):
        return int(in_table[1])
    if in_account := re.match(r"positions\[(\d+)\]", fault.where):
        filled = [number for number, row in enumerate(rows, start=1) if not _is_blank(row)]
        index = int(in_account[1])
        return filled[index] if index < len(filled) else None
    return None


def _remove(row: int) -> None:
    rows = [dict(r) for r in state.current().rows]
    state.apply_rows(rows[: row - 1] + rows[row:])
    reseed()


def _is_blank(row: Mapping[str, Any]) -> bool:
    return all(cell is None or cell == "" for cell in row.values())


def _contract_changed(edits: Mapping[str, Any]) -> bool:
    """Return whether a change of kind leaves the default multiplier on screen out of date."""
    return any({"kind", "underlying"} & cells.keys() for cells in edits["edited_rows"].values())


def _cells(cells: Mapping[str, Any]) -> Row:
    return {name: _cell(name, value) for name, value in cells.items() if name in EVERY}


def _cell(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever the editor holds
    """Return a cell as the file format has it."""
    if isinstance(value, str):
        text = value.strip()
        return (_iso(text) if name == "expiry" else text) or None
    if name == VOLATILITY and isinstance(value, int | float):
        return round(value / 100.0, 12)
    return value


def _iso(text: str) -> str:
    """Return a day in one of the customary spellings as ISO 8601, other text as it is."""
    for spelling in DAY_FORMATS:
        try:
            return datetime.strptime(text, spelling).date().isoformat()  # noqa: DTZ007 - a day
        except ValueError:
            continue
    return text


def _frame(rows: Sequence[Row], workspace: state.Workspace) -> pd.DataFrame:
    """Return the rows as the editor shows them: typed columns, points, days in words."""
    shown = [_shown(row) for row in rows]
    if not workspace.faults:
        for row, position in zip(shown, workspace.portfolio.positions, strict=True):
            row["multiplier"] = position.instrument.multiplier
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in shown], dtype=_dtype(name)) for name in EVERY}
    )


def _shown(row: Mapping[str, Any]) -> Row:
    shown = dict(row)
    if isinstance(vol := row.get(VOLATILITY), int | float):
        shown[VOLATILITY] = round(vol * 100.0, 10)
    try:
        day = datetime.fromisoformat(f"{row.get('expiry')}T00:00:00+00:00")
    except ValueError:
        return shown
    return shown | {"expiry": numbers.day(day)}


def _dtype(name: str) -> str:
    if name in TEXTS:
        return "string"
    return "boolean" if name in FLAGS else "Float64"


def _columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "underlying": column.TextColumn("Underlying", width=100),
        "kind": column.SelectboxColumn("Kind", options=KINDS, width=90),
        "quantity": column.NumberColumn(
            "Quantity",
            width=92,
            format="%+.10g",
            help="Signed: negative is short. Contracts, or shares of a stock.",
        ),
        "strike": column.NumberColumn("Strike", width=88),
        "expiry": column.TextColumn(
            "Expiry", width=112, help="Written like 18 Dec 2026, 18DEC26 or 2026-12-18."
        ),
        VOLATILITY: column.NumberColumn(
            "IV, %",
            width=74,
            format="%.1f",
            help="Volatility in points: 25 is 25 %. Blank: implied by the price.",
        ),
        "entry_price": column.NumberColumn("Entry", width=82, help="Blank: equals the mark."),
        "multiplier": column.NumberColumn("Mult.", width=74, help="Units per contract."),
        "mark_price": column.NumberColumn("Mark given", help="Blank: the model's value."),
        "price_currency": column.TextColumn("Price in", help="Blank: the reporting currency."),
        "style": column.SelectboxColumn("Style", options=("american", "european")),
        "settlement": column.SelectboxColumn("Settlement", options=("physical", "cash")),
        "otc": column.CheckboxColumn("Unlisted"),
        "margin_type": column.SelectboxColumn("Margined", options=("linear", "inverse")),
        "quote_currency": column.TextColumn("Quoted in"),
        "funding_rate": column.NumberColumn("Funding / 8 h", format="%.6g"),
        "accrued_funding": column.NumberColumn("Accrued funding"),
        "leverage": column.NumberColumn("Leverage"),
        "isolated_margin": column.NumberColumn("Isolated margin"),
        "venue": column.TextColumn("Venue"),
    }
