"""The sidebar: which portfolio, the market it stands in, its summary, export and link."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from margin_core import MarginError, files
from pages.ui import compute, link, numbers, state

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from margin_core import Fault

OWN = "Your own portfolio"
SHARED = ("phase", "unit", "rulebook", "view")  # choices on pages that a link keeps


def draw() -> None:
    """Draw the sidebar and take what was changed in it."""
    with st.sidebar:
        _choose_portfolio()
        workspace = state.current()
        if workspace.portfolio.underlyings:
            _market(workspace)
        try:
            _summary(state.current())
        except MarginError as error:
            st.error(numbers.plain(str(error)))
        left, right = st.columns(2)
        with left.popover("Export", width="stretch"):
            _export(state.current())
        # drawn in the open: what a closed popover holds is not there to keep the address
        code = state.draw_link()
        settings = state.draw_settings()
        with right.popover("Copy link", width="stretch"):
            _link(code, settings)


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
        # a widget tells its options apart by their labels: an edited sample needs one of its own
        format_func=lambda name: _own_title(workspace) if name == OWN else titles[name],
        key=key,
        on_change=_open_chosen,
        args=(key,),
    )


def _own_title(workspace: state.Workspace) -> str:
    name = workspace.portfolio.name
    return f"Yours: {name}" if name else OWN


def _open_chosen(key: str) -> None:
    chosen = state.read(key)
    if chosen in link.samples():  # else its own, perhaps under a name that it had before
        sample = link.sample(chosen)
        state.open_account(sample.portfolio, sample.market, chosen)


def _market(workspace: state.Workspace) -> None:
    """Draw the what-if inputs; each starts at what is open and changes one field of the move."""
    suffix = f".{workspace.revision}"
    symbols = [underlying.symbol for underlying in workspace.portfolio.underlyings]
    symbol = symbols[0]
    if len(symbols) > 1:
        symbol = st.selectbox("Underlying", symbols, key=f"sidebar.underlying{suffix}")
    _spot_and_vol(workspace, symbol, suffix)
    st.slider(
        "Spot move",
        -40,
        40,
        round(100 * workspace.move.spot),
        format="%d %%",
        help="Moves every underlying.",
        **_wired(f"sidebar.move{suffix}", lambda v: {"spot": v / 100.0, "spots": ()}),
    )
    _date_and_rate(workspace, symbol, suffix)
    pin = f"sidebar.pin{suffix}"
    st.toggle(
        "Pin as baseline",
        value=workspace.baseline is not None,
        key=pin,
        on_change=lambda: state.pin_baseline(pinned=state.read(pin)),
        help="Keeps this book; Compare then shows it beside what you change.",
    )


def _spot_and_vol(workspace: state.Workspace, symbol: str, suffix: str) -> None:
    move, spot = workspace.move, workspace.market[symbol].spot
    others = {name: value for name, value in move.spots if name != symbol}

    def moved_to(price: float) -> dict[str, object]:
        return {"spots": tuple(sorted((others | {symbol: price / spot - 1.0}).items()))}

    left, right = st.columns(2)
    left.number_input(
        f"Spot {symbol}",
        value=spot * (1.0 + move.of(symbol)),
        format="%.2f" if spot >= 1.0 else "%.6g",
        help="A what-if: every option keeps its own volatility.",
        **_wired(f"sidebar.spot.{symbol}.{move.of(symbol)!r}{suffix}", moved_to),
    )
    right.number_input(
        "Vol shift, pts",
        value=100.0 * move.vol_points,
        step=1.0,
        format="%.1f",
        help="Added to every option's volatility.",
        **_wired(f"sidebar.vol{suffix}", lambda v: {"vol_points": v / 100.0}),
    )


def _date_and_rate(workspace: state.Workspace, symbol: str, suffix: str) -> None:
    move, now = workspace.move, workspace.market.valuation_time
    rate = workspace.market[symbol].rate if move.rate is None else move.rate

    def later(on: date) -> dict[str, object]:
        days = (on - now.date()).days
        return {"valuation_time": now + timedelta(days=days) if days > 0 else None}

    left, right = st.columns([1.75, 1])
    left.date_input(
        "Valuation",
        value=(move.valuation_time or now).date(),
        min_value=now.date(),
        max_value=_last_day(workspace),
        format="YYYY-MM-DD",
        help="Any day up to the first expiry.",
        **_wired(f"sidebar.date{suffix}", later),
    )
    right.number_input(
        "Rate, %",
        value=100.0 * rate,
        step=0.25,
        format="%.2f",
        help="Of every underlying, continuously compounded.",
        **_wired(f"sidebar.rate.{symbol}{suffix}", lambda v: {"rate": v / 100.0}),
    )


def _wired(key: str, change: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Return the key and the callback of an input that changes fields of the move."""

    def take() -> None:
        workspace = state.current()
        move = replace(workspace.move, **change(state.read(key)))
        if link.is_sane(move):
            state.set_move(move)
        else:  # a new revision makes the field show what counts
            state.notify("That is beyond what a what-if may move. The last value stays.")
            state.commit(replace(workspace, revision=workspace.revision + 1))

    return {"key": key, "on_change": take}


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
    st.table(rows, border="horizontal")


def _export(workspace: state.Workspace) -> None:
    """Draw the downloads; each is written when it is asked for, of what is open now."""
    portfolio, market = workspace.account
    rules = workspace.settings
    for label, name, write in (
        ("Portfolio, JSON", "portfolio.json", lambda: files.write(portfolio, market)),
        ("Every figure, Excel", "margin.xlsx", lambda: compute.excel(portfolio, market, rules)),
    ):
        st.download_button(
            label,
            data=write,
            file_name=name,
            on_click="ignore",
            width="stretch",
            key=f"sidebar.export.{name}",
        )
    text, lost = compute.csv(portfolio, market)
    st.download_button(
        "Positions, CSV",
        data=text,
        file_name="positions.csv",
        mime="text/csv",
        on_click="ignore",
        width="stretch",
        disabled=bool(lost),
        help=_lost(lost) if lost else "One row per position and per balance.",
        key="sidebar.export.positions.csv",
    )


def _lost(faults: tuple[Fault, ...]) -> str:
    """Return why there is no CSV, in one sentence."""
    first = faults[0].what
    more = f" (1 of {len(faults)} reasons)" if len(faults) > 1 else ""
    return f"{first[:1].upper()}{numbers.plain(first[1:])}{more}: export JSON instead."


def _link(code: str, settings: str) -> None:
    if not code and state.current().sample is None:
        st.write("This portfolio is too large for a link. Export it as a file instead.")
        return
    st.caption("The address holds the whole portfolio; who can read the address can read it.")
    url = (st.context.url or "").split("?")[0]
    chosen = {state.LINK: code, state.SETTINGS: settings} | {
        name: state.read(name) or st.query_params.get(name) for name in SHARED
    }
    query = urlencode({name: value for name, value in chosen.items() if value})
    st.code(f"{url}?{query}" if query else url, language=None, wrap_lines=True)
