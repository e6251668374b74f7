"""P&L by spot and date: what waiting costs or earns, wherever the price goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from margin_core import expiries, grid_scenarios
from margin_core.present.charts import scenarios, template
from pages.ui import compute, numbers, scenario_views, shell

if TYPE_CHECKING:
    from datetime import datetime

    from pages.ui import state

MOST_EXPIRIES = 5
WITHOUT_EXPIRY = (1.0, 7.0, 14.0, 30.0)  # days shown of a book that never expires


def view(workspace: state.Workspace) -> None:
    """Draw the P&L at every spot move on each date; volatilities stay as they are."""
    portfolio, market = workspace.account
    spots, _ = scenario_views.axes(workspace)
    days = _days(expiries(portfolio), market.valuation_time)
    cube = compute.cube(portfolio, market, grid_scenarios(spots, days=days))
    pnl = cube.grid()[:, 0].sum(axis=-1)[::-1]  # today on top
    labels = tuple(_when(day, workspace) for day in reversed(days))
    with st.container(border=True, gap="xsmall"):
        waiting = pnl[0, spots.index(0.0)]
        shell.card_title(
            _title(waiting, labels[0], workspace),
            f"{portfolio.currency}, against today's marks, coins held included; every underlying "
            "moves alike, volatilities stay, what expires is settled at the spot of its cell. "
            "×: now",
        )
        columns = scenario_views.spot_labels(workspace, spots)
        if st.toggle("Show as table", key="scenarios.ladder.table", persist_state="session"):
            names = [label.split("<")[0] for label in columns]
            st.dataframe(pd.DataFrame(pnl.round(0), index=list(labels), columns=names)[::-1])
            return
        chart = scenarios.heat_map(
            pnl,
            scenarios.Axis(spots, columns, "spot"),
            scenarios.Axis(tuple(reversed(days)), labels),
            [[numbers.thousands(value) for value in row] for row in pnl.tolist()],
            template.palette(shell.theme()),
            now=(len(days) - 1, spots.index(0.0)),
        )
        st.plotly_chart(
            chart,
            theme=None,
            key="scenarios.ladder",
            config={"displayModeBar": False},
            alt=f"Profit and loss by spot move and date, from {numbers.exact(pnl.min())} "
            f"to {numbers.exact(pnl.max())}",
        )


def _days(moments: tuple[datetime, ...], now: datetime) -> tuple[float, ...]:
    """Return today, half the way to the first expiry, and each of the next expiries."""
    ahead = [(moment - now).total_seconds() / 86_400.0 for moment in moments]
    later = sorted(day for day in ahead if day > 0.0)[:MOST_EXPIRIES]
    if not later:
        return (0.0, *WITHOUT_EXPIRY)
    return (0.0, later[0] / 2, *later)


def _when(days: float, workspace: state.Workspace) -> str:
    if days == 0.0:
        return "Today"
    return f"{workspace.account[1].valuation_time + pd.Timedelta(days=days):%-d %b %y}"


def _title(waiting: float, until: str, workspace: state.Workspace) -> str:
    """Return what time alone does to the book by the last date."""
    currency = workspace.portfolio.currency
    amount = numbers.exact(abs(waiting), currency)
    if abs(waiting) < scenario_views.UNIT:
        return f"Waiting until {until} at today's spot costs nothing"
    verb = "earns" if waiting > 0.0 else "costs"
    return f"Waiting until {until} at today's spot {verb} {amount}"
