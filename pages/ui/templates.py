"""The templates dialog: named strategies with a sketch each, and what they are built from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from margin_core import (
    TEMPLATES,
    Inputs,
    MarginError,
    TemplateGroup,
    offered_expiries,
    strike_step,
)
from pages.ui import book, compute, numbers, state

if TYPE_CHECKING:
    from datetime import datetime

    from margin_core import Template, Underlying

FIRST_OFFERED = ("covered_call", "collar", "iron_condor")  # in an empty book
SOON = 14  # days: a nearer expiry is not proposed
ROW_HEIGHT = 42
MODES = {False: "Add to the book", True: "Replace the book"}
GONE = "The sample's collateral went with its positions. Back restores them."

_USE = "templates.use"


@st.dialog("Start from a template", width="large")
def dialog() -> None:
    """Let the visitor choose a template, its numbers, and whether it replaces the book."""
    workspace = state.current()
    if not workspace.portfolio.underlyings:
        st.write("Add an underlying under Market first: a template needs a symbol and its spot.")
        return
    inputs = _inputs(workspace)
    group = st.pills(
        "Group",
        list(TemplateGroup),
        default=TemplateGroup.NEUTRAL,
        required=True,
        key="templates.group",
        persist_state="session",
        label_visibility="collapsed",
    )
    shown = [template for template in TEMPLATES if template.group == group]
    _gallery(shown)
    replacing, chosen = _choice(shown)
    if replacing and book.drops_collateral(workspace):
        st.caption(book.GOES)
    if click := state.read(_USE):
        chosen = shown[click["row"]]
    if chosen:
        _use(chosen, inputs, workspace, replacing=replacing)


def _choice(shown: list[Template]) -> tuple[bool, Template | None]:
    """Draw what becomes of the book, and the twin of the table's buttons for a keyboard."""
    mode, pick, use = st.columns([1.9, 1.4, 0.7], vertical_alignment="bottom")
    replacing = mode.segmented_control(
        "What becomes of the book",
        list(MODES),
        default=False,
        required=True,
        format_func=MODES.__getitem__,
        key="templates.mode",
        label_visibility="collapsed",
    )
    picked = pick.selectbox(
        "Template",
        shown,
        format_func=lambda template: template.title,
        label_visibility="collapsed",
    )
    used = use.button("Use it", width="stretch")
    return bool(replacing), picked if used else None


def offer(workspace: state.Workspace) -> None:
    """Draw, in an empty book, a button for each of three templates to begin with."""
    if workspace.rows or not workspace.portfolio.underlyings:
        return
    inputs = _proposed(workspace, workspace.portfolio.underlyings[0])
    first = [template for template in TEMPLATES if template.key in FIRST_OFFERED]
    with st.container(horizontal=True, gap="small"):
        chosen = [t for t in first if st.button(t.title, help=t.description)]
    for template in chosen:
        _use(template, inputs, workspace, replacing=False)


def _use(
    template: Template, inputs: Inputs, workspace: state.Workspace, *, replacing: bool
) -> None:
    """Put the template into the account, or say in a sentence why it cannot be."""
    try:
        portfolio, market = book.with_template(workspace, template, inputs, replacing=replacing)
        compute.marked(portfolio, market)
    except MarginError as error:
        st.error(numbers.plain(str(error)))
        return
    if replacing and book.drops_collateral(workspace):
        state.notify(GONE)
    state.open_account(portfolio, market, move=workspace.move)
    state.rerun()


def _inputs(workspace: state.Workspace) -> Inputs:
    """Draw the numbers that every template is built from, with what fits the account."""
    symbol, near, far, step, quantity = st.columns([1, 1.5, 1.5, 0.9, 0.9])
    symbols = [underlying.symbol for underlying in workspace.portfolio.underlyings]
    name = symbol.selectbox("Underlying", symbols)
    proposed = _proposed(workspace, workspace.portfolio.underlying(name))
    expiries = offered_expiries(workspace.portfolio, workspace.market, proposed.underlying)
    return Inputs(
        proposed.underlying,
        proposed.spot,
        step.number_input("Strike step", value=proposed.step, key=f"templates.step.{name}"),
        _expiry(near, "Expiry", expiries, proposed.near, workspace),
        _expiry(far, "Later expiry", expiries, proposed.far, workspace),
        quantity.number_input("Quantity", value=1.0, format="%.4g", help="Option contracts."),
        proposed.currency,
    )


def _expiry(
    column: st.delta_generator.DeltaGenerator,
    label: str,
    expiries: tuple[datetime, ...],
    proposed: datetime,
    workspace: state.Workspace,
) -> datetime:
    now = workspace.market.valuation_time
    return column.selectbox(
        label,
        expiries,
        index=expiries.index(proposed),
        format_func=lambda expiry: numbers.day(expiry, now),
    )


def _proposed(workspace: state.Workspace, underlying: Underlying) -> Inputs:
    """Return the numbers a template is built from where nobody says otherwise."""
    portfolio, market = workspace.portfolio, workspace.market
    expiries = offered_expiries(portfolio, market, underlying)
    near = next(expiry for expiry in expiries if market.days_to(expiry) >= SOON)
    return Inputs(
        underlying,
        market[underlying.symbol].spot,
        strike_step(portfolio, market, underlying.symbol),
        near,
        next((expiry for expiry in expiries if expiry > near), near),
        currency=portfolio.currency,
    )


def _gallery(shown: list[Template]) -> None:
    sketches = compute.sketches()
    table = pd.DataFrame(
        {
            "use": ["Use"] * len(shown),
            "sketch": [sketches[template.key] for template in shown],
            "title": [template.title for template in shown],
            "description": [template.description for template in shown],
        }
    )
    column = st.column_config
    st.dataframe(
        table,
        hide_index=True,
        row_height=ROW_HEIGHT,
        height="content",
        column_config={
            "use": column.ButtonColumn("", width=70, pinned=True, key=_USE),
            "sketch": column.LineChartColumn("At first expiry", width=150, color="gray"),
            "title": column.TextColumn("Template", width=180),
            "description": column.TextColumn("In one line", width=480),
        },
        alt="Templates with a sketch of their payoff",
    )
