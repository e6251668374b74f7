"""The position table: its columns, the visitor's changes as rows, and figures beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from margin_core import files
from pages.ui import compute, numbers, state, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pages.ui.tables import Row

KINDS = ("stock", "call", "put", "future", "perpetual", "lp_range")
COMMON = (
    *("underlying", "kind", "quantity", "strike", "expiry"),
    *("implied_volatility", "entry_price", "multiplier"),
)
LIQUIDITY = ("lower_price", "upper_price", "liquidity")  # shown where a row has liquidity
EVERY = (*COMMON, *(name for name in files.ROW_COLUMNS if name not in COMMON))
DTYPES = dict.fromkeys(
    (
        *("underlying", "kind", "expiry", "price_currency", "style", "settlement"),
        *("margin_type", "quote_currency", "venue"),
    ),
    "string",
) | {"otc": "boolean"}
VOLATILITY = "implied_volatility"  # in points on screen
DAY_FORMATS = ("%d %b %Y", "%d%b%y", "%d%b%Y")
PLAIN = "%.10g"  # a number as typed
EVERY_SWITCH = "portfolio.every"
WHOLE_DELTA = 100.0  # units; a smaller one has decimals
MOST_ALONE = 60  # positions; of a larger book each one alone is not computed


def draw(workspace: state.Workspace) -> None:
    """Draw the table with its figures and take what was changed in it."""
    if state.read(EVERY_SWITCH):
        _table(workspace, EVERY)
        return
    left, right = st.columns([0.72, 0.28], gap="xsmall")
    ranges = any(row.get("kind") == "lp_range" for row in workspace.rows)
    with left:
        _table(workspace, (*COMMON[:3], *LIQUIDITY, *COMMON[3:]) if ranges else COMMON)
    with right:
        _figures(workspace)


def reseed() -> None:
    """Let the table start anew from the workspace, its changes taken in."""
    workspace = state.current()
    state.commit(replace(workspace, revision=workspace.revision + 1))


def _table(workspace: state.Workspace, columns: Sequence[str]) -> None:
    key = f"portfolio.positions.{state.session()}.{workspace.revision}.{len(columns)}"
    base, frame = tables.begun("portfolio.positions", key, lambda: _seed(workspace))
    st.data_editor(
        frame,
        key=key,
        num_rows="dynamic",
        column_order=columns,
        column_config=_columns(),
        row_height=tables.ROW_HEIGHT,
        height=tables.height(len(base) + 1),
        hide_index=True,
        placeholder="",
        alt="Positions, one per row",
    )
    edits = state.read(key) or {}
    rows = tables.with_edits(base, edits, _value)
    if rows != list(workspace.rows):
        state.apply_rows(rows)
        if _contract_changed(edits) and not state.current().faults:
            reseed()
        state.rerun()


def _seed(workspace: state.Workspace) -> tuple[list[Row], pd.DataFrame]:
    """Return the rows and how they are shown: points, days in words, multipliers by default."""
    rows = [dict(row) for row in workspace.rows if not tables.is_blank(row)]
    shown = [_shown(row) for row in rows]
    if not workspace.faults:
        for row, position in zip(shown, workspace.portfolio.positions, strict=True):
            row["multiplier"] = position.instrument.multiplier
    return rows, tables.frame(shown, EVERY, DTYPES)


def _contract_changed(edits: Mapping[str, Any]) -> bool:
    """Return whether a change of kind leaves the default multiplier on screen out of date."""
    return any({"kind", "underlying"} & cells.keys() for cells in edits["edited_rows"].values())


def _value(name: str, shown: Any) -> Any:  # noqa: ANN401 - whatever the editor holds
    """Return a cell as the file format has it."""
    if isinstance(shown, str):
        text = shown.strip()
        return (_iso(text) if name == "expiry" else text) or None
    if name == VOLATILITY and isinstance(shown, int | float):
        return tables.volatility(shown)
    return shown


def _iso(text: str) -> str:
    """Return a day in one of the customary spellings as ISO 8601, other text as it is."""
    for spelling in DAY_FORMATS:
        try:
            return datetime.strptime(text, spelling).date().isoformat()  # noqa: DTZ007 - a day
        except ValueError:
            continue
    return text


def _shown(row: Mapping[str, Any]) -> Row:
    shown = dict(row)
    if isinstance(vol := row.get(VOLATILITY), int | float):
        shown[VOLATILITY] = tables.in_points(vol)
    try:
        day = datetime.fromisoformat(f"{row.get('expiry')}T00:00:00+00:00")
    except ValueError:
        return shown
    return shown | {"expiry": numbers.day(day)}


def _figures(workspace: state.Workspace) -> None:
    """Draw mark, delta and stand-alone requirement of each row, beside it."""
    found = _by_row(workspace)
    title, alone = _alone(workspace)
    portfolio, market = workspace.account
    marks = compute.marked(portfolio, market)
    greeks = compute.greeks(portfolio, market)

    def column(values: Iterable[str]) -> list[str | None]:
        texts = list(values)
        return [None if index is None else texts[index] for index in found] + [None]

    table = pd.DataFrame(
        {
            "row": [*map(str, range(1, len(found) + 1)), None],
            "mark": column(numbers.price(mark.price) for mark in marks),
            "delta": column(_delta(held.delta_units) for held in greeks[: len(marks)]),
            "alone": column("" if value is None else _whole(value) for value in alone),
        },
        dtype="string",
    )
    text = st.column_config.TextColumn
    st.dataframe(
        table,
        hide_index=True,
        row_height=tables.ROW_HEIGHT,
        height=tables.height(len(found) + 1),
        placeholder="",
        column_config={
            "row": text("Row", width=40, alignment="right"),
            "mark": text("Mark", width=76, alignment="right"),
            "delta": text("Delta", width=74, alignment="right", help="In units of the underlying."),
            "alone": text(
                "Alone, PM",
                width=84,
                alignment="right",
                help=f"What {title} asks to open this position by itself, {portfolio.currency}."
                if title
                else f"Computed for books of up to {MOST_ALONE} positions.",
            ),
        },
        alt="Mark, delta and stand-alone requirement of each position",
    )


def _delta(units: float) -> str:
    return numbers.number(units, 0 if abs(units) >= WHOLE_DELTA else 2, signed=True)


def _whole(amount: float) -> str:
    return numbers.number(amount, 0)


def _by_row(workspace: state.Workspace) -> list[int | None]:
    """Return the index of each row's position in the last complete portfolio, if it has one."""
    if not workspace.faults:
        count = iter(range(len(workspace.portfolio.positions)))
        return [None if tables.is_blank(row) else next(count) for row in workspace.rows]
    known = [_filled(row) for row in files.to_rows(workspace.portfolio, workspace.market)]
    rows = [_filled(row) for row in workspace.rows]
    return [known.index(row) if row in known else None for row in rows]


def _filled(row: Mapping[str, Any]) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def _alone(workspace: state.Workspace) -> tuple[str, Sequence[float | None]]:
    portfolio, market = workspace.account
    if len(portfolio.positions) > MOST_ALONE:
        return "", [None] * len(portfolio.positions)
    return compute.alone(portfolio, market, workspace.settings)


def _columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "underlying": column.TextColumn("Underlying", width=108),
        "kind": column.SelectboxColumn("Kind", options=KINDS, width=84),
        "quantity": column.NumberColumn(
            "Quantity",
            width=90,
            format="%+.10g",
            help="Signed: negative is short. Contracts, or shares of a stock.",
        ),
        "strike": column.NumberColumn("Strike", width=80, format=PLAIN),
        "expiry": column.TextColumn(
            "Expiry", width=104, help="Written like 18 Dec 2026, 18DEC26 or 2026-12-18."
        ),
        VOLATILITY: column.NumberColumn(
            "IV, %",
            width=68,
            format="%.1f",
            help="Volatility in points: 25 is 25 %. Blank: implied by the price.",
        ),
        "entry_price": column.NumberColumn(
            "Entry", width=76, format=PLAIN, help="Blank: equals the mark."
        ),
        "multiplier": column.NumberColumn(
            "Mult.", width=70, format=PLAIN, help="Units per contract."
        ),
        "mark_price": column.NumberColumn(
            "Mark given", format=PLAIN, help="Blank: the model's value."
        ),
        "price_currency": column.TextColumn("Price in", help="Blank: the reporting currency."),
        "style": column.SelectboxColumn("Style", options=("american", "european")),
        "settlement": column.SelectboxColumn("Settlement", options=("physical", "cash")),
        "otc": column.CheckboxColumn("Unlisted"),
        "margin_type": column.SelectboxColumn("Margined", options=("linear", "inverse")),
        "quote_currency": column.TextColumn("Quoted in"),
        "funding_rate": column.NumberColumn("Funding / 8 h", format="%.6g"),
        "accrued_funding": column.NumberColumn("Accrued funding"),
        "leverage": column.NumberColumn("Leverage"),
        "isolated_margin": column.NumberColumn("Isolated margin"),
        "lower_price": column.NumberColumn(
            "From", width=70, format=PLAIN, help="Lower end of a liquidity range."
        ),
        "upper_price": column.NumberColumn(
            "To", width=70, format=PLAIN, help="Upper end of a liquidity range."
        ),
        "liquidity": column.NumberColumn(
            "Liquidity",
            width=78,
            format=PLAIN,
            help="Of one position: below its range it is this times 1/√from - 1/√to coins.",
        ),
        "venue": column.TextColumn("Venue"),
    }
