"""The dialog that sets the parameters which a rule book runs with, and what opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from margin_core import METHODOLOGIES, Phase, Settings, setting
from pages.ui import compute, numbers, rule_table, rules, state, tables
from pages.ui import rule_words as words
from pages.ui.compare_book import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core import NotCovered, Setting

SHOWS = ("Needed here", "All", "Not published", "Changed")
TALLEST = 10  # rows of the table; a longer one scrolls
VALUE = "Value"  # the column that is edited
PHASES = {"Capital to open": Phase.OPEN, "Capital to keep": Phase.KEEP}

_DRAFT = "rules.draft"
_BOOK = "rules.book"
_SEED = "rules.seed"
_REVISION = "rules.revision"


def opener(label: str, key: str, widget: str) -> None:
    """Draw a button that opens the dialog at rule book ``key``."""
    if st.button(
        label, key=widget, icon=":material/tune:", type="tertiary", on_click=_begin, args=(key,)
    ):
        _dialog()


def offer(refusals: Sequence[NotCovered], place: str) -> None:
    """Draw, for each rule book that lacks a value, a button that opens the dialog at it."""
    asking = [refusal for refusal in refusals if words.lacking(refusal.reason)]
    if asking:
        with st.container(horizontal=True, gap="small"):
            for refusal in asking:
                key = refusal.methodology
                opener(f"Give what {words.short(key)} lacks", key, f"rules.{place}.{key}")


def banner(workspace: state.Workspace) -> None:
    """Say which rule books do not run as published, with a way to change it and one back."""
    if not workspace.settings.chosen:
        return
    text, buttons = st.columns([6, 2], vertical_alignment="center")
    text.warning(
        f"**{words.NAME}:** {numbers.plain(words.told(workspace.settings))}",
        icon=":material/tune:",
    )
    with buttons.container(horizontal=True, horizontal_alignment="right", gap="medium"):
        opener("Change", workspace.settings.chosen[0].methodology, "rules.banner")
        st.button("Reset", on_click=state.set_settings, args=(rules.PUBLISHED,), type="tertiary")


def _begin(key: str) -> None:
    """Start from what is set; a dialog that was closed leaves nothing behind."""
    state.put(_DRAFT, state.current().settings)
    state.put(_BOOK, key)
    _renew()


@st.dialog(words.NAME, width="large")
def _dialog() -> None:
    """Let the visitor choose a rule book and a profile, replace values, and see what it does."""
    workspace = state.current()
    draft: Settings = state.read(_DRAFT)
    chosen = _chosen(draft)
    key = chosen.methodology
    base, entered = _table(chosen, _filtered(chosen, _needed(chosen, workspace)))
    draft, faults = rule_table.taken(draft, base, entered, workspace.account)
    state.put(_DRAFT, draft)
    for fault in faults:
        st.markdown(f":yellow[:material/warning:] {numbers.plain(fault)} The last value stays.")
    _effect(key, draft, workspace)
    left, right = st.columns([1, 3])
    if left.button("Use these settings", disabled=draft == workspace.settings, width="stretch"):
        state.set_settings(draft)
        state.rerun()
    if draft.of(key):
        title = numbers.plain(METHODOLOGIES[key].title)
        right.button(f"Reset {title}", type="tertiary", on_click=_undo, args=(key,))


def _undo(key: str) -> None:
    """Take out what is set of one rule book."""
    state.put(_DRAFT, state.read(_DRAFT).put(setting(METHODOLOGIES[key])))
    _renew()


def _renew() -> None:
    """Let every widget of the dialog but the choice of rule book start anew."""
    state.put(_REVISION, state.read(_REVISION, 0) + 1)


def _widget(name: str, *of: str) -> str:
    return ".".join(("rules", name, str(state.read(_REVISION, 0)), *of))


def _chosen(draft: Settings) -> Setting:
    """Draw the choice of rule book and profile; return what is set of that rule book."""
    left, right = st.columns(2)
    key = left.selectbox(
        "Rule book", list(METHODOLOGIES), format_func=lambda k: METHODOLOGIES[k].title, key=_BOOK
    )
    methodology = METHODOLOGIES[key]
    before = draft.of(key) or setting(methodology)
    profiles = ["", *methodology.profiles]
    profile = right.selectbox(
        "Profile",
        profiles,
        index=profiles.index(before.profile),
        format_func=words.profile,
        key=_widget("profile", key),
        help="A published set of values, such as a broker's own or those of an earlier day. "
        "Choosing one takes back what was replaced by hand.",
    )
    return before if profile == before.profile else setting(methodology, profile)


def _needed(chosen: Setting, workspace: state.Workspace) -> tuple[str, ...]:
    """Return the paths of the values that the account needs and that nobody published."""
    key = chosen.methodology
    plain = setting(METHODOLOGIES[key], chosen.profile)
    asked = [
        words.lacking(refusal.reason)
        for settings in (rules.PUBLISHED.put(plain), rules.PUBLISHED.put(chosen))
        for refusal in compute.answer(key, *workspace.account, settings).not_covered
    ]
    return tuple(dict.fromkeys(path for paths in asked for path in paths))


def _filtered(chosen: Setting, needed: Sequence[str]) -> list[rule_table.Row]:
    """Draw what narrows the table down; return the rows that are left."""
    left, right = st.columns(2, vertical_alignment="bottom")
    find = left.text_input(
        "Find",
        key=_widget("find", chosen.methodology),
        placeholder="A name, a unit, a source",
        label_visibility="collapsed",
    )
    show = right.segmented_control(
        "Show",
        SHOWS if needed else SHOWS[1:],
        default=SHOWS[0] if needed else SHOWS[1],
        required=True,
        key=_widget("show", chosen.methodology),
        label_visibility="collapsed",
    )
    rows = [row for row in rule_table.rows(chosen) if row.says(find)]
    match show:
        case "Needed here":
            return [row for row in rows if row.path in needed]
        case "Not published":
            return [row for row in rows if row.open]
        case "Changed":
            return [row for row in rows if row.changed]
        case _:
            return rows


def _table(
    chosen: Setting, rows: Sequence[rule_table.Row]
) -> tuple[Setting, dict[str, str | None]]:
    """Draw the rows; return the setting that they began with, and what was entered since."""
    paths = [row.path for row in rows]
    if not paths:
        st.markdown(":gray[Nothing here.]")
        return chosen, {}
    key = _widget("table", chosen.methodology, chosen.profile, str(hash(tuple(paths))))
    if state.arriving(key):
        state.put(_SEED, (chosen, _frame(rows)))
    base, frame = state.read(_SEED)
    st.data_editor(
        frame,
        key=key,
        column_config=_columns(),
        disabled=[name for name in frame if name != VALUE],
        hide_index=True,
        row_height=tables.ROW_HEIGHT,
        height=tables.height(min(len(rows), TALLEST)),
        placeholder="",
        alt=f"Parameters of {METHODOLOGIES[chosen.methodology].title}",
    )
    edited = (state.read(key) or {}).get("edited_rows", {})
    return base, {paths[int(i)]: cells[VALUE] for i, cells in edited.items() if VALUE in cells}


def _frame(rows: Sequence[rule_table.Row]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Parameter": [row.path for row in rows],
            VALUE: [row.value for row in rows],
            "As published": [row.published for row in rows],
            "Unit": [row.unit for row in rows],
            "Source": [row.source for row in rows],
            "Link": [row.link for row in rows],
            "Note": [row.note for row in rows],
        },
        dtype="string",
    )


def _columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "Parameter": column.TextColumn(width=230, pinned=True),
        VALUE: column.TextColumn(
            width=140, help="Blank goes back to the profile's value. Lists like [-0.15, 0.15]."
        ),
        "As published": column.TextColumn(width=130),
        "Unit": column.TextColumn(width=230),
        "Source": column.TextColumn(width=250),
        "Link": column.LinkColumn(width=60, display_text="Open"),
        "Note": column.TextColumn(width=400),
    }


def _effect(key: str, draft: Settings, workspace: state.Workspace) -> None:
    """Draw what the rule book asks of the account as published, and as set."""
    account, currency = workspace.account, workspace.portfolio.currency
    book = compute.answer(key, *account, rules.PUBLISHED)
    here = compute.answer(key, *account, draft.only(key))
    for refusal in here.not_covered:
        st.markdown(f":gray[Not covered: {numbers.plain(words.above(refusal.reason))}]")
    if not here.results:
        return
    columns: dict[str, list[str]] = {"": [], "As published": [], "As set": [], "Difference": []}
    for name, phase in PHASES.items():
        after = phase.capital(here.results[0])
        before = phase.capital(book.results[0]) if book.results else None
        more = None if before is None else after - before
        columns[""].append(name)
        columns["As published"].append(
            "not covered" if before is None else numbers.exact(before, currency)
        )
        columns["As set"].append(numbers.exact(after, currency))
        columns["Difference"].append(
            "–" if more is None else numbers.exact(more, currency, signed=True)
        )
    table(columns)
