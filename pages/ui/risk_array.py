"""A rule book's own scenarios as a table, the worst one first; SPAN's chain of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from margin_core import risk_arrays, span_chain
from margin_core.present.charts import compare, template
from pages.ui import compute, numbers, shell
from pages.ui import scenario_words as words

if TYPE_CHECKING:
    from margin_core import MarginResult
    from margin_core import RiskArray as Array
    from pages.ui import state

TOTALS = ("SPAN requirement", "Total")
MOST_ROWS = 12  # shown without scrolling


def view(workspace: state.Workspace) -> None:
    """Draw every scenario of every rule book that has any, by group, class and position."""
    results = [
        r for r in compute.by_scenarios(*workspace.account, workspace.settings) if r.scenarios
    ]
    if not results:
        st.write("No rule book with scenarios covers this book.")
        return
    titles = {result.title: result for result in results}
    chosen = st.selectbox(
        "Rule book", list(titles), key="scenarios.book", persist_state="session", width=340
    )
    result = titles[chosen] if chosen in titles else results[0]
    for array in risk_arrays(result, workspace.portfolio):
        with st.container(border=True, gap="xsmall"):
            _table(array, result, workspace.portfolio.currency)
    if result.methodology == "cme_span":
        with st.container(border=True, gap="xsmall"):
            _chain(result, workspace.portfolio.currency)


def draw(result: MarginResult, workspace: state.Workspace) -> None:
    """Draw the array of the rule book's largest group."""
    worst = result.worst_scenario
    arrays = risk_arrays(result, workspace.portfolio)
    _table(
        next((array for array in arrays if worst and array.group == worst.group), arrays[0]),
        result,
        workspace.portfolio.currency,
    )


def _table(array: Array, result: MarginResult, currency: str) -> None:
    """Draw one group's scenarios: its P&L, then by class where there are several, by position."""
    classes = array.classes if len(array.classes) > 1 else ()
    rows = [
        {
            "Scenario": row.scenario,
            "Binds": ["binds"] if row.binds else ["worst"] if row.worst else [],
            f"P&L, {currency}": _cents(row.pnl),
            "Share": round(100.0 * row.share, 1),
            **{f"Class {name}": _cents(x) for name, x in zip(classes, row.classes, strict=False)},
            **{
                numbers.signed_label(name): _cents(x)
                for name, x in zip(array.positions, row.positions, strict=True)
            },
        }
        for row in array.rows
    ]
    group = f"{numbers.plain(array.group)}: " if array.group else ""
    shell.card_title(
        f"{group}{result.title} takes the worst of {len(rows)} scenarios",
        words.array_note(result),
    )
    amounts = {
        column: st.column_config.NumberColumn(format="localized")
        for column in rows[0]
        if column not in ("Scenario", "Binds", "Share")
    }
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        row_height=30,
        height=38 + 30 * min(len(rows), MOST_ROWS),
        column_config=amounts
        | {
            "Scenario": st.column_config.TextColumn(pinned=True),
            "Share": st.column_config.ProgressColumn(
                format="%.0f %%", min_value=0.0, max_value=100.0, color="#B35806"
            ),
            "Binds": st.column_config.MultiselectColumn(
                options=["binds", "worst"], color=["#B35806", "#64748B"], width="small"
            ),
        },
        key=f"scenarios.array.{result.methodology}.{array.group}",
    )


def _cents(amount: float) -> float:
    """Return an amount to the cent, nothing without a sign."""
    return round(amount, 2) + 0.0


def _chain(result: MarginResult, currency: str) -> None:
    """Draw SPAN's steps as a waterfall, with the table that says the same."""
    steps = span_chain(result)
    shell.card_title(
        "From scan risk to the total: scan, spreads, credits, minimum, option value",
        f"Over all commodities, {currency}. Net option value counts in equity, so the requirement "
        "stands before it",
    )
    beams = [
        compare.Beam(label, amount, numbers.exact(amount, currency), total=label in TOTALS)
        for label, amount in steps
    ]
    st.plotly_chart(
        compare.build_up(beams, template.palette(shell.theme()), key=result.methodology),
        theme=None,
        key="scenarios.chain",
        config={"displayModeBar": False},
        alt=f"SPAN's steps, ending at {numbers.exact(steps[-1][1], currency)}",
    )
    with st.expander("Show as table", icon=":material/table:"):
        st.table({label: numbers.exact(amount, currency) for label, amount in steps})
