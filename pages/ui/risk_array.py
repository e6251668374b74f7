"""A rule book's own scenarios as a table, the binding one first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pages.ui import compute, shell

if TYPE_CHECKING:
    from margin_core import MarginResult
    from pages.ui import state


def view(workspace: state.Workspace) -> None:
    """Draw every scenario of every rule book that has any."""
    results = [r for r in compute.comparison(*workspace.account).results if r.scenarios]
    if not results:
        st.write("No rule book with scenarios covers this book.")
    for result in results:
        with st.container(border=True, gap="xsmall"):
            draw(result, workspace.portfolio.currency)


def draw(result: MarginResult, currency: str) -> None:
    """Draw one rule book's scenarios as a table, the binding one of each group first."""
    ranked = sorted(result.scenarios, key=lambda outcome: outcome.pnl)
    binding = {(outcome.group, outcome.label) for outcome in result.worst_by_group}
    ranked.sort(key=lambda outcome: (outcome.group, outcome.label) not in binding)
    asked = result.maintenance.amount or 1.0
    rows = [
        {
            "Group": outcome.group,
            "Scenario": outcome.label,
            f"P&L, {currency}": round(outcome.pnl, 2),
            "Share of requirement": max(0.0, round(-100.0 * outcome.pnl / asked, 1)),
            "Binds": ["binds"] if (outcome.group, outcome.label) in binding else [],
        }
        for outcome in ranked
    ]
    shell.card_title(
        f"Risk array: {result.title} takes the worst of {len(rows)} rows",
        "Every scenario the rule book names, the binding one first",
    )
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        row_height=30,
        height=min(38 + 30 * len(rows), 420),
        column_config={
            f"P&L, {currency}": st.column_config.NumberColumn(format="localized"),
            "Share of requirement": st.column_config.ProgressColumn(
                format="%.0f %%", min_value=0.0, max_value=100.0, color="#B35806"
            ),
            "Binds": st.column_config.MultiselectColumn(
                options=["binds"], color=["#B35806"], width="small"
            ),
        },
        key=f"scenarios.array.{result.methodology}",
    )
