"""Every rule book on one book: what each asks, why, and where it would liquidate."""

import streamlit as st

from pages.ui import compare_charts as charts
from pages.ui import compare_views as views
from pages.ui import compute, pairing_card, shell

with shell.page("compare") as workspace:
    if not workspace.portfolio.positions:
        views.empty()
    elif not (found := compute.comparison(*workspace.account, workspace.settings)).results:
        views.uncovered(found)
    else:
        phase, of_equity = views.headline(found, sample=workspace.sample is not None)
        upper, lower = st.columns(views.SPLIT), st.columns(views.SPLIT)
        with views.card(upper[1]):
            book = views.chosen(workspace, found, phase, of_equity=of_equity)
            views.why(book)
        with views.card(upper[0]):
            charts.bars(book, found)
        with views.card(lower[1]):
            charts.build_up(book)
        with views.card(lower[0]):
            charts.margin_against_spot(book)
        if workspace.baseline:
            with views.card(st.container()):
                views.since_baseline(book, workspace.baseline)
        if book.covers(pairing_card.KEY):
            with views.card(st.container()):
                pairing_card.draw(book)
