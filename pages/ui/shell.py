"""The frame each page stands in: guard, banner, headline, footer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from margin_core import MarginError, Move
from pages.ui import numbers, rule_settings, state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlit.navigation.page import StreamlitPage

VERSION = "0.1"

_TITLES = {
    "compare": "Compare",
    "portfolio": "Portfolio",
    "scenarios": "Scenarios",
    "greeks": "Greeks",
    "collateral": "Collateral",
}
_ALIVE = "shell.alive"
_GOTO = "shell.goto"


def pages() -> list[StreamlitPage]:
    """Return every page of the menu; the first one answers at ``/``."""
    state.put(_ALIVE, True)  # noqa: FBT003 - a flag's value
    return list(_pages().values())


def resume() -> None:
    """Go to the page that was asked for before ``app.py`` had run."""
    if waiting := state.take(_GOTO):
        name, query = waiting
        st.switch_page(_pages()[name], query_params=query)


@contextmanager
def page(name: str) -> Iterator[state.Workspace]:
    """Stand one page in the frame, and say in a sentence what it could not do.

    On a cold server the first visit to a page's own address runs that page without ``app.py``;
    the guard goes there first and comes back.
    """
    if not state.read(_ALIVE):
        state.put(_GOTO, (name, st.query_params.to_dict()))
        st.switch_page("app.py")
    workspace = state.current()
    _banner(workspace, name)
    try:
        yield workspace
    except MarginError as error:
        st.error(numbers.plain(str(error)))
    _footer(workspace)


def headline(sentence: str, detail: str) -> None:
    """Draw the page's answer: one sentence (Markdown) and a grey line under it."""
    with st.container(gap="xsmall"):
        st.title(sentence, anchor=False)
        st.markdown(f":gray[{detail}]")


def card_title(takeaway: str, what: str) -> None:
    """Draw the first line of a card: its takeaway, and what is plotted with its unit."""
    st.markdown(f"**{takeaway}**  \n:small[:gray[{what}]]")


def empty(sentence: str) -> None:
    """Say what an empty book's page would show, and where to begin."""
    headline("The book is empty.", sentence)
    st.page_link("pages/portfolio.py", label="Start a portfolio", icon=":material/edit_note:")


def theme() -> str:
    """Return ``light`` or ``dark``, as the visitor's browser shows the page."""
    return st.context.theme.type or "light"


def _pages() -> dict[str, StreamlitPage]:
    return {
        name: st.Page(
            f"pages/{name}.py",
            title=title,
            url_path="" if name == "compare" else name,
            default=name == "compare",
        )
        for name, title in _TITLES.items()
    }


def _banner(workspace: state.Workspace, page: str) -> None:
    """Say what is not as file and rule books say: settings, a what-if, rows that do not count."""
    rule_settings.banner(workspace)
    if workspace.move != Move():
        text, discard, keep = st.columns([6, 1, 1], vertical_alignment="center")
        text.warning(f"**What-if:** {_words(workspace)}", icon=":material/science:")
        discard.button("Discard", on_click=state.discard_move, type="tertiary", width="stretch")
        keep.button("Keep", on_click=state.keep_move, width="stretch")
    if workspace.faults and page != "portfolio":  # which lists them row by row
        count = len(workspace.faults)
        rows = "1 row" if count == 1 else f"{count} faults"
        st.warning(
            f"{rows} in the position table to mend on the Portfolio page. Figures are of the last "
            "complete portfolio.",
            icon=":material/warning:",
        )


def _words(workspace: state.Workspace) -> str:
    move = workspace.move
    parts = [f"spot {numbers.percent(move.spot, signed=True)}"] if move.spot else []
    parts += [
        f"{numbers.plain(symbol)} {numbers.percent(value, signed=True)}"
        for symbol, value in move.spots
    ]
    parts += [f"vol {numbers.points(move.vol_points)}"] if move.vol_points else []
    if move.valuation_time is not None:
        parts.append(f"valued {numbers.day(move.valuation_time)}")
    parts += [f"rate {numbers.percent(move.rate, 2)}"] if move.rate is not None else []
    return " · ".join(parts)


def _footer(workspace: state.Workspace) -> None:
    when = numbers.moment(workspace.account[1].valuation_time)
    st.caption(
        "Model estimate, not a broker's or venue's requirement · valued "
        f"{when} · margin workbench {VERSION}",
        help="Prices are those of the file; there is no feed. Each option keeps its own implied "
        "volatility when spot moves; no fees, no taxes. Every requirement cites its rule: open "
        "the full derivation on Compare.",
    )
