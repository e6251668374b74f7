"""P&L under every scenario: the grid, each rule book's own risk array, and the payoff."""

import streamlit as st

from pages.ui import (
    chain_card,
    compute,
    payoff,
    reverse_view,
    risk_array,
    scenario_views,
    shell,
    time_ladder,
)

VIEWS = {
    "Grid": scenario_views.grid,
    "Risk array": risk_array.view,
    "Time ladder": time_ladder.view,
    "Reverse": reverse_view.view,
    "Payoff": payoff.card,
}

with shell.page("scenarios") as workspace:
    if not compute.greeks(*workspace.account):  # neither positions nor coins held
        shell.empty("Scenarios show what the book gains and loses when markets move.")
    else:
        scenario_views.headline(workspace)
        view = st.segmented_control(
            "View",
            list(VIEWS),
            default="Grid",
            required=True,
            key="view",
            bind="query-params",
            label_visibility="collapsed",
        )
        VIEWS[view](workspace)
        chain_card.draw(workspace)
