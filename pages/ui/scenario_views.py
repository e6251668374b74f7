"""The views of the Scenarios page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from margin_core import Move, VolMode, VolRule, grid_scenarios
from margin_core.present.charts import bars, scenarios, template
from pages.ui import compute, numbers, risk_array, shell, state
from pages.ui import scenario_words as words

if TYPE_CHECKING:
    from collections.abc import Callable

    from margin_core import MarginResult, PnlCube

SPOT_MOVES = tuple(m / 100 for m in range(-30, 31, 5))
WIDE_MOVES = tuple(m / 100 for m in range(-60, 61, 10))  # books with coins
VOL_MOVES = tuple(m / 100 for m in range(-8, 17, 4))
WIDE_VOLS = tuple(m / 100 for m in range(-30, 31, 10))
DAYS = (0, 1, 7, 14, 30, 60, 90)
UNIT = 0.5  # reporting currency: less is shown as nothing
SHOWN = 12  # positions named in the panel; the rest are one bar

POINTS = VolRule(mode=VolMode.POINTS)


def headline(workspace: state.Workspace) -> None:
    """Say which scenario decides the requirement, what it costs and who loses."""
    results = [
        result
        for result in compute.by_scenarios(*workspace.account, workspace.settings)
        if result.worst_scenario is not None
    ]
    if not results:
        shell.headline(
            "No rule book with scenarios covers this book; the grid shows its profit and loss.",
            "Open Compare to see why each one does not.",
        )
        return
    shell.headline(words.sentence(results[0]), words.detail(results))


def grid(workspace: state.Workspace) -> None:
    """Draw the heat map and, beside it, who loses in the chosen cell."""
    spots, vols = axes(workspace)
    results = [
        r
        for r in compute.by_scenarios(*workspace.account, workspace.settings)
        if r.worst_scenario is not None
    ]
    suffix = f".{workspace.revision}"
    ringed = _controls(workspace, (spots, vols), results, suffix)
    days = state.read(f"scenarios.days{suffix}")
    held = cube(workspace, spots, vols, days)
    cell = (
        vols.index(state.read(f"scenarios.vol{suffix}")),
        spots.index(state.read(f"scenarios.spot{suffix}")),
    )
    left, right = st.columns([2.05, 1])
    with left.container(border=True, gap="xsmall", height="stretch"):
        _map(workspace, held, (spots, vols), cell, ringed, suffix)
    with right.container(border=True, gap="xsmall", height="stretch"):
        _who_loses(workspace, held, (spots, vols), cell, suffix)
    if results:
        with st.container(border=True, gap="xsmall"):
            risk_array.draw(ringed or results[0], workspace)


def axes(workspace: state.Workspace) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the moves of spot and of volatility that the page shows."""
    coins = any(u.asset_class == "crypto" for u in workspace.portfolio.underlyings)
    return (WIDE_MOVES, WIDE_VOLS) if coins else (SPOT_MOVES, VOL_MOVES)


def cube(
    workspace: state.Workspace,
    spots: tuple[float, ...],
    vols: tuple[float, ...],
    days: float = 0.0,
) -> PnlCube:
    """Return the P&L of positions and coins held at every spot and volatility move."""
    moves = grid_scenarios(spots, vols, (days,), vol_rule=POINTS)
    return compute.cube(*workspace.account, moves)


def spot_labels(workspace: state.Workspace, spots: tuple[float, ...]) -> tuple[str, ...]:
    """Return spot moves for an axis, the price under each where the book has one underlying."""
    spot = _only_spot(workspace)
    return tuple(
        numbers.percent(m, signed=True) + (f"<br>{numbers.tick(spot * (1 + m))}" if spot else "")
        for m in spots
    )


def places(workspace: state.Workspace) -> Callable[[float | None], str]:
    """Return what says to which price a spot move leads; a dash where no one price does."""
    spot = _only_spot(workspace)
    return lambda move: "–" if spot is None or move is None else numbers.price(spot * (1 + move))


def _controls(
    workspace: state.Workspace,
    axes: tuple[tuple[float, ...], tuple[float, ...]],
    results: list[MarginResult],
    suffix: str,
) -> MarginResult | None:
    """Draw the selectors that twin a click on the map; return the rule book to ring."""
    spots, vols = axes
    row = st.container(horizontal=True)
    titles = {result.title: result for result in results}
    ringed = titles.get(state.read(f"scenarios.ring{suffix}"), next(iter(results), None))
    cell = _cell(workspace, ringed, spots, vols) or (vols.index(0.0), spots.index(0.0))
    row.selectbox(
        "Spot move",
        spots,
        index=cell[1],
        format_func=lambda m: numbers.percent(m, signed=True),
        key=f"scenarios.spot{suffix}",
        persist_state="session",
        width=130,
    )
    row.selectbox(
        "Vol move",
        vols,
        index=cell[0],
        format_func=numbers.points,
        key=f"scenarios.vol{suffix}",
        persist_state="session",
        width=130,
    )
    row.selectbox(
        "Days forward",
        DAYS,
        format_func=lambda days: f"{days} d",
        key=f"scenarios.days{suffix}",
        persist_state="session",
        width=130,
        help="Options that expire before are settled at the spot of the cell.",
    )
    row.selectbox(
        "Ring", list(titles), key=f"scenarios.ring{suffix}", persist_state="session", width=280
    )
    return ringed


def _map(
    workspace: state.Workspace,
    cube: PnlCube,
    axes: tuple[tuple[float, ...], tuple[float, ...]],
    cell: tuple[int, int],
    ringed: MarginResult | None,
    suffix: str,
) -> None:
    spots, vols = axes
    pnl = cube.grid()[0].sum(axis=-1)
    text = [[numbers.thousands(value) for value in row] for row in pnl.tolist()]
    ring = _cell(workspace, ringed, spots, vols)
    shell.card_title(
        "P&L if spot and volatility move at once",
        f"{workspace.portfolio.currency}, against today's marks, coins held included; every "
        f"underlying moves alike. {words.ring(ringed, drawn=ring is not None)}×: now. Select a "
        "cell to see who loses",
    )
    labels = spot_labels(workspace, spots)

    def clicked() -> None:
        event = state.read(f"scenarios.map{suffix}")
        points = event.selection.points if event else []
        if points:
            state.put(f"scenarios.spot{suffix}", spots[int(points[0]["x"])])
            state.put(f"scenarios.vol{suffix}", vols[int(points[0]["y"])])

    if st.toggle("Show as table", key="scenarios.table", persist_state="session"):
        rows = [numbers.points(v) for v in vols]
        st.dataframe(
            pd.DataFrame(pnl.round(0), index=rows, columns=[x.split("<")[0] for x in labels])[::-1]
        )
        return
    chart = scenarios.heat_map(
        pnl,
        scenarios.Axis(spots, labels, "spot"),
        scenarios.Axis(vols, tuple(numbers.points(v) for v in vols), "vol"),
        text,
        template.palette(shell.theme()),
        ring=ring,
        chosen=cell,
        now=(vols.index(0.0), spots.index(0.0)),
    )
    st.plotly_chart(
        chart,
        theme=None,
        key=f"scenarios.map{suffix}",
        on_select=clicked,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=f"Profit and loss by spot and volatility move, from {numbers.exact(pnl.min())} "
        f"to {numbers.exact(pnl.max())}",
    )


def _who_loses(
    workspace: state.Workspace,
    cube: PnlCube,
    axes: tuple[tuple[float, ...], tuple[float, ...]],
    cell: tuple[int, int],
    suffix: str,
) -> None:
    currency = workspace.portfolio.currency
    spots, vols = axes
    spot, vol = spots[cell[1]], vols[cell[0]]
    by_position = cube.grid()[0, cell[0], cell[1]].tolist()
    pairs = sorted(
        zip((mark.label for mark in cube.marks), by_position, strict=True), key=lambda p: p[1]
    )
    shown = _folded(pairs)
    place = f"{numbers.percent(spot, signed=True)}, vol {numbers.points(vol)}"
    shell.card_title(f"Who loses at {place}", f"P&L by position, {currency}")
    st.plotly_chart(
        bars.positions(
            [numbers.signed_label(name) for name, _ in shown],
            [pnl for _, pnl in shown],
            [numbers.exact(pnl, currency, signed=True) for _, pnl in shown],
            template.palette(shell.theme()),
            hatched=True,
        ),
        theme=None,
        key="scenarios.losers",
        config={"displayModeBar": False},
        alt=f"P&L by position at spot {place}",
    )
    total = numbers.exact(sum(by_position), currency, signed=True)
    st.markdown(f"**Total** at {place}: **{total}**")
    st.button(
        "Load this scenario",
        icon=":material/login:",
        type="tertiary",
        key=f"scenarios.load{suffix}",
        on_click=_load,
        args=(spot, vol),
        help="Makes it the what-if that every page shows.",
    )


def _load(spot: float, vol: float) -> None:
    """Put a scenario on top of what is already moved."""
    workspace = state.current()
    before = workspace.move
    moved = Move(
        spot=(1 + before.spot) * (1 + spot) - 1,
        spots=tuple((name, (1 + value) * (1 + spot) - 1) for name, value in before.spots),
        vol_points=before.vol_points + vol,
        valuation_time=before.valuation_time,
        rate=before.rate,
    )
    state.commit(replace(workspace, move=moved, revision=workspace.revision + 1))


def _cell(
    workspace: state.Workspace,
    result: MarginResult | None,
    spots: tuple[float, ...],
    vols: tuple[float, ...],
) -> tuple[int, int] | None:
    """Return the map's cell nearest to the worst scenario; None where it has no single move.

    A relative volatility move is taken in points of the book's mean volatility.
    """
    worst = result.worst_scenario if result else None
    moves = {spot for _, spot, _ in worst.moves} if worst else set()
    if worst is None or len(moves) != 1 or not min(spots) <= min(moves) <= max(spots):
        return None
    return (
        _nearest(worst.moves[0][2] * compute.mean_volatility(*workspace.account), vols),
        _nearest(min(moves), spots),
    )


def _nearest(value: float, axis: tuple[float, ...]) -> int:
    return min(range(len(axis)), key=lambda i: abs(axis[i] - value))


def _folded(pairs: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Return the largest losses and gains by name, and what is left as one."""
    if len(pairs) <= SHOWN:
        return pairs
    half = SHOWN // 2
    middle = pairs[half:-half]
    rest = (f"{len(middle)} more positions", sum(pnl for _, pnl in middle))
    return [*pairs[:half], rest, *pairs[-half:]]


def _only_spot(workspace: state.Workspace) -> float | None:
    """Return the spot where the book has one underlying; several have no common price axis."""
    symbols = {position.underlying for position in workspace.portfolio.positions}
    return workspace.account[1][min(symbols)].spot if len(symbols) == 1 else None
