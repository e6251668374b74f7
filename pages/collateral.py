"""What pays for the book: the ladder of rule books, the margin ratio, what each balance counts."""

import streamlit as st

from pages.ui import collateral_falls as falls
from pages.ui import collateral_views as views
from pages.ui import compute, shell
from pages.ui.compare_views import SPLIT, card, uncovered

with shell.page("collateral") as workspace:
    if not workspace.portfolio.positions:
        shell.empty("Collateral shows what pays for the book, and how far it may fall.")
    elif not (found := compute.comparison(*workspace.account, workspace.settings)).results:
        uncovered(found)
    else:
        book, climb = views.headline(workspace, found)
        upper, lower = st.columns(SPLIT), st.columns(SPLIT)
        with card(upper[0]):
            views.ladder(book, climb)
        with card(upper[1]):
            views.ratio(book)
        with card(lower[0]):
            views.balances(book)
        with card(lower[1]):
            falls.falling(book)
        if views.in_venues(book):
            with card(st.container()):
                views.venues(book)
