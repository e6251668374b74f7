"""The tables of Greeks: by position, by one unit of what it is in, and by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from margin_core import LpRange, describe, summed, total_exposure
from margin_core.present.charts import template
from pages.ui import compute, numbers, shell

if TYPE_CHECKING:
    from margin_core import Exposure, Mark, PositionExposure
    from pages.ui import state

UNITS = {
    "delta": "per +1 % spot",
    "gamma": "delta change per +1 %",
    "vega": "per vol point",
    "theta": "per day",
    "rho": "per +1 % rate",
}
BRIEF = {  # so that every column of the widest table stands in its card
    "delta": "per +1 %",
    "gamma": "per +1 %",
    "vega": "per point",
    "theta": "per day",
    "rho": "per +1 %",
}
STRONGEST_TINT = 0.34
PRICE, GREEK = "%.6g", "%.4g"  # of one unit, which may be a share or a coin of any price
RANGE = " (of liquidity: one such position)"
TENS = 10.0  # amounts from here on are whole


def table(workspace: state.Workspace) -> None:
    """Draw every Greek by position or by underlying, as a table."""
    held = compute.greeks(*workspace.account)
    controls = st.container(horizontal=True, vertical_alignment="bottom")
    by = controls.segmented_control(
        "By", ["Position", "Underlying"], default="Position", required=True, key="greeks.by"
    )
    if by == "Underlying":
        tinted(summed(held, lambda position: position.mark.position.underlying), "Underlying")
    elif controls.toggle(
        "Per unit",
        key="greeks.unit",
        persist_state="session",
        help="Greeks of one unit of the underlying, held long, without quantity and multiplier.",
    ):
        _per_unit(workspace)
    else:
        _per_position(held)


def tinted(groups: dict[str, Exposure], title: str) -> None:
    """Draw groups and their total as a table whose cells are tinted by their size."""
    frame = pd.DataFrame(
        [
            {
                title: name,
                **{greek.capitalize(): getattr(exposure, greek) for greek in UNITS},
            }
            for name, exposure in {**groups, "Total": total_exposure(groups.values())}.items()
        ]
    )
    columns = pd.Index([greek.capitalize() for greek in UNITS])
    st.table(
        frame.style.format(dict.fromkeys(columns, _signed)).apply(_tints, subset=columns),
        border="horizontal",
        hide_index=True,
    )


def _per_position(held: tuple[PositionExposure, ...]) -> None:
    """Draw every position's Greeks, multiplier and quantity included."""
    rows = [
        {
            "Position": position.mark.label,
            "Delta, units": round(position.delta_units, 2),
            "Value": round(position.exposure.value, 2),
            **{
                f"{name.capitalize()}, {unit}": round(getattr(position.exposure, name), 2)
                for name, unit in UNITS.items()
            },
        }
        for position in held
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, row_height=30, key="greeks.table")


def _per_unit(workspace: state.Workspace) -> None:
    """Draw the Greeks of one unit of what each position is in; such figures have no total."""
    units = compute.greeks_per_unit(*workspace.account)
    rows = [
        {
            "Of one unit, held long": _instrument(unit.mark),
            f"Price, {workspace.portfolio.currency}": unit.mark.price,
            "Delta, units": unit.delta_units,
            **{
                f"{name.capitalize()}, {told}": getattr(unit.exposure, name)
                for name, told in BRIEF.items()
            },
        }
        for unit in units
    ]
    frame = pd.DataFrame(rows)
    names = list(frame.columns[1:])
    st.dataframe(
        frame,
        hide_index=True,
        row_height=30,
        key="greeks.table.unit",
        column_config={
            name: st.column_config.NumberColumn(name, format=PRICE if name == names[0] else GREEK)
            for name in names
        },
    )
    ranges = any(isinstance(unit.mark.position.instrument, LpRange) for unit in units)
    st.caption(
        f"Of one unit of the underlying{RANGE if ranges else ''}, {workspace.portfolio.currency}: "
        "neither quantity nor multiplier counts. Units of different positions do not add up, so "
        "there is no total here."
    )


def _instrument(mark: Mark) -> str:
    """Return what a position is in, without its quantity."""
    return f"{mark.asset} collateral" if mark.asset else describe(mark.position.instrument)


def _signed(amount: object) -> str:
    value = float(str(amount))
    text = numbers.number(value, 1 if abs(value) < TENS else 0, signed=True)
    return text.removesuffix(".0")


def _tints(column: pd.Series[float]) -> list[str]:
    """Return a background per cell: loss or gain hue, by its share of the column's largest."""
    colours = template.palette(shell.theme())
    body = column.iloc[:-1]
    reach = float(body.abs().max()) or 1.0
    cells = [
        f"background-color: {template.tint(colours.loss if value < 0 else colours.gain, share)}"
        if (share := STRONGEST_TINT * abs(float(value)) / reach)
        else ""
        for value in body
    ]
    return [*cells, "font-weight: 600"]
