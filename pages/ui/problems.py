"""What is wrong with what was entered: one line for each place, with a way out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.ui import editor, numbers, state, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from margin_core import Fault

MOST = 8  # places listed at a time
POINTS = "Volatilities here are in points: write 25 for 25 %."
KEPT = "Figures are of the last complete portfolio."


def of_positions(workspace: state.Workspace) -> None:
    """List what is wrong with the position table, by row, each row removable."""
    listed([(_place(fault, workspace.rows), fault) for fault in workspace.faults], _remove)


def listed(faults: Iterable[tuple[str, Fault]], remove: Callable[[int], None] | None) -> None:
    """List faults at the places that their reader knows; ``remove`` takes out a row."""
    by_place: dict[str, list[Fault]] = {}
    for place, fault in faults:
        by_place.setdefault(place, []).append(fault)
    count = sum(map(len, by_place.values()))
    shown = list(by_place.items())[:MOST]
    for number, (place, found) in enumerate(shown, start=1):
        badge, sentence, way_out = st.columns([1.15, 7, 1.25], vertical_alignment="center")
        if number == 1:
            words = "1 problem" if count == 1 else f"{count} problems"
            badge.badge(words, icon=":material/warning:", color="yellow")
        last = number == len(shown)
        sentence.markdown(_sentence(place, found) + (f" {KEPT}" if last else ""))
        row = re.fullmatch(r"Row (\d+)", place)
        if row and remove:
            way_out.button(
                f"Remove row {row[1]}", type="tertiary", on_click=remove, args=(int(row[1]),)
            )
    if len(by_place) > MOST:
        st.caption(f"and {len(by_place) - MOST} more; they are listed when these are mended.")


def _sentence(place: str, faults: Sequence[Fault]) -> str:
    """Return the faults of one place as Markdown; a single one with its remedy."""
    bold = f"**{numbers.plain(place)}:** " if place else ""
    if len(faults) == 1:
        return bold + numbers.plain(f"{faults[0].what}. {_remedy(faults[0])}".strip())
    return bold + numbers.plain("; ".join(fault.what for fault in faults)) + "."


def _remedy(fault: Fault) -> str:
    """Return the remedy, for a volatility in the unit of the tables."""
    named = re.match(r"(implied_)?volatility ", fault.what)
    return POINTS if named and "missing" not in fault.what else fault.remedy


def _place(fault: Fault, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the row of the table that the fault is about, else where it says it is."""
    found = re.match(r"positions\[(\d+)\]", fault.where)
    filled = [number for number, row in enumerate(rows, start=1) if not tables.is_blank(row)]
    if found and int(found[1]) < len(filled):
        return f"Row {filled[int(found[1])]}"
    return fault.where


def _remove(row: int) -> None:
    rows = list(state.current().rows)
    state.apply_rows(rows[: row - 1] + rows[row:])
    editor.reseed()
