"""The sidebar: which portfolio, the market it stands in, its summary, export and link."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import streamlit as st

from margin_core import MarginError, Move, files, report
from pages.ui import compute, link, numbers, state

if TYPE_CHECKING:
    from datetime import date

OWN = "Your own portfolio"
LINK_LIMIT = 6000


def draw() -> None:
    """Draw the sidebar and take what was changed in it."""
    with st.sidebar:
        _choose_portfolio()
        workspace = state.current()
        if workspace.portfolio.underlyings:
            _market(workspace)
        try:
            _summary(state.current())
            _export(state.current())
        except MarginError as error:
            st.error(numbers.plain(str(error)))
        with st.popover("Copy link", width="stretch"):
            _link()


def _choose_portfolio() -> None:
    workspace = state.current()
    titles = link.samples()
    own = [] if workspace.sample else [OWN]
    names = [*own, *titles]
    key = f"sidebar.portfolio.{workspace.revision}"
    st.selectbox(
        "Portfolio",
        names,
        index=names.index(workspace.sample or OWN),
        format_func=lambda name: (workspace.portfolio.name or OWN) if name == OWN else titles[name],
        key=key,
        on_change=_open_chosen,
        args=(key,),
    )


def _open_chosen(key: str) -> None:
    chosen = state.read(key)
    if chosen != OWN:
        sample = link.sample(chosen)
        state.open_account(sample.portfolio, sample.market, chosen)


def _market(workspace: state.Workspace) -> None:
    """Draw the what-if inputs; each starts at the file's own value."""
    suffix = f".{workspace.revision}"
    symbols = [underlying.symbol for underlying in workspace.portfolio.underlyings]
    symbol = symbols[0]
    if len(symbols) > 1:
        symbol = st.selectbox("Underlying", symbols, key=f"sidebar.underlying{suffix}")
    quote = workspace.market[symbol]
    move = workspace.move
    left, right = st.columns(2)
    spot = left.number_input(
        f"Spot {symbol}",
        value=_moved_spot(quote.spot, move, symbol),
        format="%.2f" if quote.spot >= 1.0 else "%.6g",
        key=f"sidebar.spot.{symbol}.{move.spot!r}{suffix}",
        help="A what-if: every option keeps its volatility.",
    )
    points = right.number_input(
        "Vol shift, pts",
        value=100.0 * move.vol_points,
        step=1.0,
        format="%.1f",
        key=f"sidebar.vol{suffix}",
        help="Added to every option's volatility.",
    )
    percent = st.slider(
        "Spot move", -40, 40, round(100 * move.spot), format="%d %%", key=f"sidebar.move{suffix}"
    )
    left, right = st.columns([1.35, 1])
    now = workspace.market.valuation_time
    on = left.date_input(
        "Valuation",
        value=(move.valuation_time or now).date(),
        min_value=now.date(),
        max_value=_last_day(workspace),
        key=f"sidebar.date{suffix}",
        help="Later dates up to the first expiry.",
    )
    rate = right.number_input(
        "Rate, %",
        value=100.0 * (quote.rate if move.rate is None else move.rate),
        step=0.25,
        format="%.2f",
        key=f"sidebar.rate{suffix}",
    )
    _take(workspace, symbol, spot, points / 100.0, percent / 100.0, on, rate / 100.0)
    st.toggle(
        "Pin as baseline",
        value=workspace.baseline is not None,
        key=f"sidebar.pin{suffix}",
        on_change=lambda: state.pin_baseline(pinned=state.read(f"sidebar.pin{suffix}")),
        help="Keeps this book; Compare then shows baseline and now.",
    )


def _take(
    workspace: state.Workspace,
    symbol: str,
    spot: float,
    vol_points: float,
    spot_move: float,
    on: date,
    rate: float,
) -> None:
    """Make the inputs the what-if, where they differ from what is open."""
    before, market = workspace.move, workspace.market
    shown = _moved_spot(market[symbol].spot, before, symbol)
    spots = dict(before.spots)
    if spot > 0.0 and abs(spot - shown) > 0.005 * min(1.0, shown):
        spots[symbol] = round(spot / market[symbol].spot - 1.0, 8)
        spot_move = before.spot
    elif spot_move != before.spot:
        spots = {}
    now = market.valuation_time
    later = now + timedelta(days=(on - now.date()).days) if on > now.date() else None
    move = Move(
        spot=spot_move,
        spots=tuple(sorted(spots.items())),
        vol_points=vol_points,
        valuation_time=later,
        rate=None if _shown_rate(rate, workspace, symbol) else rate,
    )
    if move != before:
        state.set_move(move)


def _moved_spot(spot: float, move: Move, symbol: str) -> float:
    return spot * (1.0 + move.of(symbol))


def _shown_rate(rate: float, workspace: state.Workspace, symbol: str) -> bool:
    """Return whether ``rate`` is just what the file says, and no what-if."""
    return workspace.move.rate is None and abs(rate - workspace.market[symbol].rate) < 5e-5


def _last_day(workspace: state.Workspace) -> date:
    expiries = _expiries(workspace)
    now = workspace.market.valuation_time
    return max(min(expiries).date(), now.date()) if expiries else (now + timedelta(days=365)).date()


def _expiries(workspace: state.Workspace) -> list[datetime]:
    found = (getattr(p.instrument, "expiry", None) for p in workspace.portfolio.positions)
    return [expiry for expiry in found if isinstance(expiry, datetime)]


def _summary(workspace: state.Workspace) -> None:
    portfolio, market = workspace.account
    currency = portfolio.currency
    held = compute.greeks(portfolio, market)
    worth = compute.worth(portfolio, market)
    delta = sum(position.exposure.delta for position in held)
    rows = {
        "Positions": str(len(portfolio.positions)),
        "Net liquidation value": numbers.money(worth, currency),
        "Delta per +1 %": numbers.money(delta, currency, signed=True),
    }
    if expiries := _expiries(workspace):
        days = (min(expiries).date() - market.valuation_time.date()).days
        rows["First expiry"] = f"{days} d"
    st.table({label: [value] for label, value in rows.items()}, border="horizontal")


def _export(workspace: state.Workspace) -> None:
    portfolio, market = workspace.account
    with st.popover("Export", width="stretch"):
        st.download_button(
            "Portfolio, JSON",
            data=lambda: files.write(portfolio, market),
            file_name="portfolio.json",
            mime="application/json",
            on_click="ignore",
            width="stretch",
        )
        st.download_button(
            "Every figure, Excel",
            data=lambda: report.workbook(portfolio, market),
            file_name="margin.xlsx",
            on_click="ignore",
            width="stretch",
        )


def _link() -> None:
    text = state.draw_link()
    if not text and state.current().link == "" and state.current().sample is None:
        st.write("This portfolio is too large for a link. Export it as a file instead.")
        return
    st.caption("The address holds the whole portfolio; who can read the address can read it.")
    url = (st.context.url or "").split("?")[0]
    st.code(f"{url}?{state.LINK}={text}" if text else url, language=None, wrap_lines=True)
