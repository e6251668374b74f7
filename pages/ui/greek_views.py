"""The parts of the Greeks page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import streamlit as st

from margin_core import summed, total_exposure
from margin_core.present.charts import bars, greeks, template
from pages.ui import compute, greek_tables, numbers, shell
from pages.ui.greek_tables import UNITS

if TYPE_CHECKING:
    from margin_core import Exposure, PositionExposure
    from pages.ui import state

HELP = {
    "delta": "Profit if every underlying rises by 1 %, to first order.",
    "gamma": "How much delta grows when every underlying rises by 1 %.",
    "vega": "Profit if every volatility rises by one point.",
    "theta": "Profit of a day passing with nothing else moving. Funding stands apart.",
    "rho": "Profit if every rate rises by one percentage point.",
}
MOVES = tuple(m / 100 for m in range(-30, 31, 2))
TICKS = (-0.2, 0.0, 0.2)
NO_EXPIRY = "No\u00a0expiry"
SHOWN = 12


def headline(workspace: state.Workspace) -> None:
    """Say which way the book leans and how that changes with spot."""
    held = compute.greeks(*workspace.account)
    currency = workspace.portfolio.currency
    book = _sum(held)
    lean = "Long" if book.delta >= 0 else "Short"
    units = _units(held)
    amount = units or f"{numbers.money(abs(book.delta), currency)} per 1 %"
    side = f"{lean} {amount} of delta" if book.delta else "No delta"
    if abs(book.gamma) < 0.005 * max(abs(book.delta), 1e-9):
        bend = "no gamma to speak of: rises and falls count alike"
    elif book.gamma < 0:
        hurts, helps = ("falls", "rises") if book.delta >= 0 else ("rises", "falls")
        bend = f"short gamma: {hurts} hurt faster than {helps} help"
    else:
        bend = "long gamma: large moves help more than small ones cost"
    shell.headline(
        f"{side} and {bend}.",
        "Position-scaled, multiplier included · vega "
        f"{numbers.money(book.vega, currency, signed=True)} per vol point against theta "
        f"{numbers.money(book.theta, currency, signed=True)} a day",
    )


def totals(workspace: state.Workspace) -> None:
    """Draw the five figures of the book with their units."""
    book = _sum(compute.greeks(*workspace.account))
    columns = st.columns(len(UNITS))
    for column, (name, unit) in zip(columns, UNITS.items(), strict=True):
        column.metric(
            name.capitalize(),
            numbers.money(getattr(book, name), workspace.portfolio.currency, signed=True),
            delta=unit,
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help=HELP[name],
        )


def profiles(workspace: state.Workspace) -> None:
    """Draw delta, gamma, vega and theta against spot, today and just before first expiry."""
    days = _later(workspace)
    market = workspace.account[1]
    later = numbers.day(market.valuation_time + timedelta(days=days))
    today = compute.greek_profile(*workspace.account, MOVES, 0.0)
    then = compute.greek_profile(*workspace.account, MOVES, float(days))
    currency = workspace.portfolio.currency
    shell.card_title(
        _bend(today),
        f"Greeks of the book by spot, {currency}; every underlying moves alike. Solid: today. "
        f"Dashed: {later} (in {days} d)",
    )
    chosen = [
        greeks.Profile(
            name.capitalize(),
            UNITS[name],
            tuple(getattr(exposure, name) for exposure in today),
            tuple(getattr(exposure, name) for exposure in then),
        )
        for name in ("delta", "gamma", "vega", "theta")
    ]
    st.plotly_chart(
        greeks.profiles(
            MOVES,
            [(move, numbers.percent(move, signed=True)) for move in TICKS],
            chosen,
            template.palette(shell.theme()),
            later=later,
        ),
        theme=None,
        key="greeks.profiles",
        config={"displayModeBar": False},
        alt="Delta, gamma, vega and theta of the book against spot, today and " + later,
    )


def by_expiry(workspace: state.Workspace) -> None:
    """Draw the Greeks by expiry, tinted by their share of the column."""
    held = compute.greeks(*workspace.account)
    groups = summed(sorted(held, key=_expiry_order), _expiry_name)
    gamma = max(groups, key=lambda name: abs(groups[name].gamma))
    carrier = "What never expires" if gamma == NO_EXPIRY else gamma
    none = "No gamma at any expiry" if set(groups) - {NO_EXPIRY} else "Nothing here expires"
    shell.card_title(
        f"{carrier} carries most gamma" if groups[gamma].gamma else none,
        f"By expiry, {workspace.portfolio.currency}. Tint: share of the column",
    )
    greek_tables.tinted(groups, "Expiry")


def by_position(workspace: state.Workspace) -> None:
    """Draw each position's delta."""
    held = compute.greeks(*workspace.account)
    currency = workspace.portfolio.currency
    largest = max(held, key=lambda position: abs(position.exposure.delta))
    shell.card_title(
        f"{numbers.name(largest.mark.label)} is the largest delta",
        f"Delta by position, {currency} per +1 %",
    )
    ranked = sorted(held, key=lambda position: -abs(position.exposure.delta))[:SHOWN]
    values = [position.exposure.delta for position in ranked]
    st.plotly_chart(
        bars.positions(
            [numbers.signed_label(position.mark.label) for position in ranked],
            values,
            [numbers.money(value, currency, signed=True) for value in values],
            template.palette(shell.theme()),
        ),
        theme=None,
        key="greeks.positions",
        config={"displayModeBar": False},
        alt=f"Delta by position; the largest is {largest.mark.label}",
    )


def _bend(today: tuple[Exposure, ...]) -> str:
    gammas = [exposure.gamma for exposure in today]
    low, high = min(gammas), max(gammas)
    if max(abs(low), abs(high)) == 0.0:
        return "The book is straight: no gamma at any spot"
    worst = gammas.index(low) if abs(low) >= abs(high) else gammas.index(high)
    side = "Short" if gammas[worst] < 0 else "Long"
    return f"{side} gamma is largest at spot {numbers.percent(MOVES[worst], signed=True)}"


def _later(workspace: state.Workspace) -> int:
    """Return the days to the eve of the first expiry; a month where nothing expires."""
    portfolio, market = workspace.account
    expiries = [
        position.instrument.expiry
        for position in portfolio.positions
        if hasattr(position.instrument, "expiry")
    ]
    if not expiries:
        return 30
    return max((min(expiries) - market.valuation_time).days - 1, 0)


def _units(held: tuple[PositionExposure, ...]) -> str | None:
    """Return the net delta in units where the book has one underlying."""
    symbols = {position.mark.position.underlying for position in held}
    if len(symbols) != 1:
        return None
    total = sum(position.delta_units for position in held)
    size = f"{abs(total):,.0f}" if abs(total) >= 1 else f"{round(abs(total), 6):,.4g}"
    return f"{size} {numbers.plain(min(symbols))}"


def _expiry_name(position: PositionExposure) -> str:
    return f"{position.expiry:%-d\u00a0%b\u00a0%y}" if position.expiry else NO_EXPIRY


def _expiry_order(position: PositionExposure) -> str:
    return f"{position.expiry:%Y%m%d%H%M}" if position.expiry else ""


def _sum(held: tuple[PositionExposure, ...]) -> Exposure:
    return total_exposure(position.exposure for position in held)
