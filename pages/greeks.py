"""What the book gains and loses by small moves: totals, profiles, by expiry and position."""

import streamlit as st

from pages.ui import compute, greek_tables, greek_views, shell

with shell.page("greeks") as workspace:
    if not compute.greeks(*workspace.account):  # neither positions nor coins held
        shell.empty("Greeks show what the book gains and loses by small moves.")
    else:
        greek_views.headline(workspace)
        greek_views.totals(workspace)
        left, right = st.columns([1.55, 1])
        with left.container(border=True, gap="xsmall", height="stretch"):
            greek_views.profiles(workspace)
        with right.container(border=True, gap="xsmall", height="stretch"):
            greek_views.by_expiry(workspace)
            greek_views.by_position(workspace)
        with st.container(border=True, gap="xsmall"):
            greek_tables.table(workspace)
