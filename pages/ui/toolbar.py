"""What can be done to the whole position table at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from margin_core import MarginError, expiries_rolled, scaled, strikes_shifted
from pages.ui import book, compute, editor, importer, numbers, state, templates

if TYPE_CHECKING:
    from collections.abc import Callable

    from margin_core import Mark, Market, Portfolio

    Change = Callable[[state.Workspace], tuple[Portfolio, Market]]

MENUS: dict[str, dict[str, Change]] = {
    "Shift strikes": {
        "Up one step": lambda w: strikes_shifted(w.portfolio, w.market, _marks(w), 1),
        "Down one step": lambda w: strikes_shifted(w.portfolio, w.market, _marks(w), -1),
    },
    "Roll": {
        "7 days later": lambda w: expiries_rolled(w.portfolio, w.market, _marks(w), 7),
        "30 days later": lambda w: expiries_rolled(w.portfolio, w.market, _marks(w), 30),
    },
    "Scale": {
        "Halve": lambda w: (scaled(w.portfolio, 0.5), w.market),
        "Double": lambda w: (scaled(w.portfolio, 2.0), w.market),
    },
}
HELP = {
    "Shift strikes": "Every option to the next strike, entered at its mark.",
    "Roll": "Every expiry later, entered at its mark.",
    "Scale": "Every quantity; collateral stays.",
}
CLEARED = "Every position is taken out. Back restores them."
CLEARED_SAMPLE = "The sample is taken out with its name and any collateral. Back restores it."


def draw(workspace: state.Workspace) -> None:
    """Draw the toolbar; what was chosen is done, and the table starts anew."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button("Templates", icon=":material/category:"):
            templates.dialog()
        if st.button("Paste or import", icon=":material/content_paste:"):
            importer.dialog()
        unfit = bool(workspace.faults) or not workspace.portfolio.positions
        for name, changes in MENUS.items():
            chosen = st.menu_button(
                name, list(changes), type="tertiary", disabled=unfit, help=HELP[name]
            )
            if chosen:
                _apply(changes[chosen], workspace)
        if st.button("Clear", type="tertiary", disabled=not workspace.rows):
            state.notify(CLEARED if workspace.sample is None else CLEARED_SAMPLE)
            _apply(book.cleared, workspace)
        st.toggle("All columns", key=editor.EVERY_SWITCH, persist_state="session")


def _apply(change: Change, workspace: state.Workspace) -> None:
    try:
        portfolio, market = change(workspace)
        compute.marked(portfolio, market)
    except MarginError as error:
        state.notify(numbers.plain(str(error)))
    else:
        state.open_account(portfolio, market, move=workspace.move)
    state.rerun()


def _marks(workspace: state.Workspace) -> tuple[Mark, ...]:
    return compute.marked(workspace.portfolio, workspace.market)
