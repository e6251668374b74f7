"""The moves that lose a given amount: how far away trouble is, rather than how bad a move is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.ui import compute, numbers, scenario_views, shell
from pages.ui.compare_book import table

if TYPE_CHECKING:
    from margin_core import LosingMoves
    from pages.ui import state

SHARE = 0.5  # of the worst loss on the grid that is asked for at first
SMALLEST, LARGEST = 1.0, 1e15


def view(workspace: state.Workspace) -> None:
    """Draw how far spot must move to lose the amount, for each move of volatility."""
    portfolio, market = workspace.account
    worth = compute.worth(portfolio, market)
    spots, vols = scenario_views.axes(workspace)
    worst = -scenario_views.cube(workspace, spots, vols).total().min()
    with st.container(border=True, gap="xsmall"):
        words, field = st.columns([2.4, 1], vertical_alignment="bottom")
        loss = field.number_input(
            f"Loss, {portfolio.currency}",
            min_value=SMALLEST,
            max_value=LARGEST,
            value=max(float(round(SHARE * worst)), SMALLEST),
            format="%.0f",
            key=f"scenarios.reverse{workspace.revision}",
            help="At first half of the worst loss on the grid.",
        )
        found = compute.losing(portfolio, market, float(loss), vols)
        calm = next(each for each in found if each.vol_points == 0.0)
        part = numbers.percent(loss / worth) if worth > 0.0 else ""
        share = f", {part} of what it is worth" if part not in {"", numbers.percent(0.0)} else ""
        with words:
            shell.card_title(
                f"{_sentence(calm)} {numbers.exact(loss, portfolio.currency)}",
                f"The nearest moves at which the book has lost it{share}; today, coins held "
                "included, every underlying alike. –: no move from −99 % to +200 % does",
            )
        where = scenario_views.places(workspace)
        table(
            {
                "Volatility": [numbers.points(each.vol_points) for each in found],
                "A fall of": [_move(each.fall) for each in found],
                "to": [where(each.fall) for each in found],
                "A rise of": [_move(each.rise) for each in found],
                "to ": [where(each.rise) for each in found],
            }
        )


def _sentence(calm: LosingMoves) -> str:
    ways = [
        f"{word} of {numbers.percent(abs(move))}"
        for word, move in (("a fall", calm.fall), ("a rise", calm.rise))
        if move is not None
    ]
    if not ways:
        return "No move of spot from −99 % to +200 % loses"
    return f"{' or '.join(ways).capitalize()} loses"


def _move(move: float | None) -> str:
    if move is None:
        return "–"
    return numbers.percent(abs(move)) if move else "none: volatility alone"
