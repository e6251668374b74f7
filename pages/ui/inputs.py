"""Market and collateral of the account: editable, through the same door as a file."""

from __future__ import annotations

import json
import re
from datetime import UTC
from typing import TYPE_CHECKING, Any

import streamlit as st

from margin_core import AccountType, AssetClass, InputError, MarginError, files
from pages.ui import compute, numbers, problems, shell, state, tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from margin_core import Fault, Quote
    from pages.ui.tables import Row

UNDERLYING_COLUMNS = (
    *("symbol", "asset_class", "spot", "rate", "dividend_yield", "volatility"),
    *("class_group", "product_group", "index", "index_ratio"),
    *("leverage", "marginable", "high_capitalization"),
)
COLLATERAL_COLUMNS = (
    *("asset", "amount", "price", "haircut", "haircut_to_keep", "tracks", "venue", "confidence"),
)
DTYPES = dict.fromkeys(
    (
        *("symbol", "asset_class", "class_group", "product_group", "index"),
        *("asset", "tracks", "venue"),
    ),
    "string",
) | {"marginable": "boolean", "high_capitalization": "boolean"}
PERCENTS = {"rate", "dividend_yield", "volatility", "haircut", "haircut_to_keep"}
SECTIONS = {"underlyings": UNDERLYING_COLUMNS, "collateral": COLLATERAL_COLUMNS}
PLAIN = "%.10g"  # a number as typed
UNTOLD = {"marginable": True, "high_capitalization": True, "leverage": 1.0}
PLACES = {"underlyings": "Underlying", "collateral": "Balance", "positions": "Position"}


def draw(workspace: state.Workspace) -> None:
    """Draw the market's table, the collateral's, and the facts of the account."""
    with st.container(border=True, gap="xsmall"):
        shell.card_title(
            "Market", "Spot and flat figures of each underlying; a row more is an underlying more"
        )
        _table("underlyings", workspace)
        _kept(workspace)
    with st.container(border=True, gap="xsmall"):
        shell.card_title(
            "Collateral",
            f"Cash and coins after trading; negative is a debit. Prices in "
            f"{workspace.portfolio.currency}, blank: the spot of the underlying of that name",
        )
        _table("collateral", workspace)
    with st.container(border=True, gap="xsmall"):
        shell.card_title("Account", "What the market's figures and the amounts refer to")
        _facts(workspace)


def _table(section: str, workspace: state.Workspace) -> None:
    key = f"portfolio.{section}.{state.session()}.{workspace.revision}"
    document = _document(workspace)
    base, frame = tables.begun(
        f"portfolio.{section}", key, lambda: _seed(section, workspace.revision, document)
    )
    st.data_editor(
        frame,
        key=key,
        num_rows="dynamic",
        column_config=_underlying_columns() if section == "underlyings" else _collateral_columns(),
        row_height=tables.ROW_HEIGHT,
        height=tables.height(len(base) + 1),
        hide_index=True,
        placeholder="",
        alt="Market of each underlying" if section == "underlyings" else "Collateral",
    )
    rows = tables.with_edits(base, state.read(key) or {}, _value)
    state.put(f"portfolio.{section}.draft", (workspace.revision, rows))
    entries = [_entry(row) for row in rows if not tables.is_blank(row)]
    if entries != document[section]:
        _take(document | {section: entries}, workspace)


def _seed(section: str, revision: int, document: Row) -> tuple[list[Row], pd.DataFrame]:
    """Return the rows: those left unfinished when the page was last seen, else the account's."""
    of_revision, rows = state.read(f"portfolio.{section}.draft", (None, []))
    if of_revision != revision:
        rows = [_row(entry) for entry in document[section]]
    shown = [
        {
            name: tables.in_points(value) if name in PERCENTS and _is_number(value) else value
            for name, value in (UNTOLD | row).items()
        }
        for row in rows
    ]
    return rows, tables.frame(shown, SECTIONS[section], DTYPES)


def _take(document: Row, workspace: state.Workspace) -> None:
    """Make the document the account, or list everything that is wrong with it."""
    try:
        account = _read(document)
    except InputError as error:
        problems.listed([(_place(fault), fault) for fault in error.faults], None)
        return
    except MarginError as error:
        problems.listed([(_place(error.fault), error.fault)], None)
        return
    if account != (workspace.portfolio, workspace.market):
        state.apply_account(*account)
        state.rerun()


def _read(document: Row) -> tuple[Any, Any]:
    portfolio, market = files.read(json.dumps(document), name="account.json")
    compute.marked(portfolio, market)
    return portfolio, market


def _document(workspace: state.Workspace) -> Row:
    document: Row = json.loads(files.write(workspace.portfolio, workspace.market))
    return document


def _row(entry: Mapping[str, Any]) -> Row:
    """Return an entry of the document as a row, a haircut by phase in two cells."""
    haircut = entry.get("haircut")
    if not isinstance(haircut, dict):
        return dict(entry)
    return {
        **entry,
        "haircut": haircut["initial"],
        "haircut_to_keep": haircut["maintenance"],
    }


def _entry(row: Mapping[str, Any]) -> Row:
    """Return a row as an entry of the document; blank cells are left out."""
    entry = {name: value for name, value in row.items() if value is not None}
    keep = entry.pop("haircut_to_keep", None)
    if keep is not None:
        entry["haircut"] = {"initial": entry.get("haircut", keep), "maintenance": keep}
    return entry


def _value(name: str, shown: Any) -> Any:  # noqa: ANN401 - whatever the editor holds
    if isinstance(shown, str):
        return shown.strip() or None
    if name == "volatility" and _is_number(shown):
        return tables.volatility(shown)
    return tables.from_points(shown) if name in PERCENTS and _is_number(shown) else shown


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _place(fault: Fault) -> str:
    """Return a place in the document as its reader sees it: ``Underlying 2``."""
    found = re.match(r"(\w+)\[(\d+)\]", fault.where)
    if not found or found[1] not in PLACES:
        return fault.where
    return f"{PLACES[found[1]]} {int(found[2]) + 1}"


def _kept(workspace: state.Workspace) -> None:
    """Show what the table has no room for; it is kept, and edited in the file."""
    lines = [line for quote in workspace.market.quotes if (line := _terms(quote))]
    if lines:
        st.caption(
            "  \n".join(lines) + "  \nThese are kept, and edited in the JSON file: export it, then "
            "paste it back."
        )


def _terms(quote: Quote) -> str:
    dividends = [f"{d.amount:g} on {d.ex_date:%-d %b %Y}" for d in quote.dividends]
    rates = [f"{numbers.percent(v, 2)} to {numbers.day(day)}" for day, v in quote.rates]
    forwards = [f"{numbers.price(v)} on {numbers.day(day)}" for day, v in quote.forwards]
    named = {"dividends": dividends, "rates": rates, "forwards": forwards}
    terms = "; ".join(f"{name} {', '.join(found)}" for name, found in named.items() if found)
    return f"{numbers.plain(quote.symbol)}: {terms}" if terms else ""


def _facts(workspace: state.Workspace) -> None:
    name, time, currency, kind = st.columns([2, 1.5, 1, 1])
    revision = workspace.revision
    valued = workspace.market.valuation_time.replace(tzinfo=None)
    name.text_input(
        "Name",
        workspace.portfolio.name,
        **_wired("name", workspace.portfolio.name, revision),
    )
    time.datetime_input(
        "Valuation time, UTC",
        valued,
        help="The moment that the market's figures describe.",
        **_wired("valuation_time", valued, revision),
    )
    currency.text_input(
        "Reporting currency",
        workspace.portfolio.currency,
        **_wired("currency", workspace.portfolio.currency, revision),
    )
    kinds = [str(kind) for kind in AccountType]
    kind.selectbox(
        "Account type",
        kinds,
        index=kinds.index(workspace.portfolio.account_type),
        **_wired("account_type", str(workspace.portfolio.account_type), revision),
    )


def _wired(field: str, value: object, revision: int) -> dict[str, Any]:
    """Return key and callback of an input that changes one field of the document's head."""
    key = f"portfolio.account.{field}.{revision}"

    def take() -> None:
        entered = state.read(key)
        if field == "valuation_time" and entered is not None:
            entered = entered.replace(tzinfo=UTC).isoformat()
        head = {name: v for name, v in {field: entered}.items() if v is not None}
        try:
            state.apply_account(*_read(_document(state.current()) | head))
        except MarginError as error:
            state.put(key, value)
            state.notify(_refusal(error))

    return {"key": key, "on_change": take}


def _refusal(error: MarginError) -> str:
    """Return in a sentence why an input was refused."""
    faults = error.faults if isinstance(error, InputError) else (error.fault,)
    first, *rest = faults
    more = f" And {len(rest)} more." if rest else ""
    place = f"{_place(first)}: " if first.where else ""
    return numbers.plain(f"{place}{first.what}. What was there stays.{more}")


def _underlying_columns() -> dict[str, Any]:
    column = st.column_config
    percent: dict[str, Any] = {"format": "%.2f", "width": 84}
    return {
        "symbol": column.TextColumn("Symbol", width=90),
        "asset_class": column.SelectboxColumn(
            "Class", options=[str(kind) for kind in AssetClass], width=110
        ),
        "spot": column.NumberColumn("Spot", width=90, format=PLAIN),
        "rate": column.NumberColumn("Rate, %", help="Continuous, per year.", **percent),
        "dividend_yield": column.NumberColumn("Yield, %", help="Continuous, per year.", **percent),
        "volatility": column.NumberColumn(
            "Vol, %", help="Of options that give neither volatility nor price.", **percent
        ),
        "class_group": column.TextColumn("Class group", help="Same text: nets in full."),
        "product_group": column.TextColumn("Product group", help="Same text: offsets in part."),
        "index": column.TextColumn("Follows", help="The index it follows."),
        "index_ratio": column.NumberColumn(
            "Index ratio", format=PLAIN, help="Units of the index per unit."
        ),
        "leverage": column.NumberColumn("Leverage", help="Of a leveraged fund."),
        "marginable": column.CheckboxColumn("Marginable"),
        "high_capitalization": column.CheckboxColumn("High cap.", help="Of a broad index."),
    }


def _collateral_columns() -> dict[str, Any]:
    column = st.column_config
    percent: dict[str, Any] = {"format": "%.1f", "width": 110}
    return {
        "asset": column.TextColumn("Asset", width=90),
        "amount": column.NumberColumn("Amount", width=120, format=PLAIN),
        "price": column.NumberColumn("Price", width=100, format=PLAIN),
        "haircut": column.NumberColumn("Haircut, %", help="Blank: the rule book's own.", **percent),
        "haircut_to_keep": column.NumberColumn(
            "To keep, %", help="The haircut for maintenance, where it is another.", **percent
        ),
        "tracks": column.TextColumn("Moves with", width=110, help="As stETH moves with ETH."),
        "venue": column.TextColumn("Venue", width=110),
        "confidence": column.NumberColumn("Confidence", help="Of the oracle, from 0 to 1."),
    }
