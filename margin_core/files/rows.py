"""The table editor's door: rows of position fields in and out, all else kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from margin_core.files.cells import NUMBERS, value_of
from margin_core.files.document import portfolio_and_market
from margin_core.files.faults import Path, json_place
from margin_core.files.wording import Unusable, shown
from margin_core.files.writing import document

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market

Row = Mapping[str, object]

# In the editor's order. A blank cell is the contract's default.
ROW_COLUMNS = (
    "underlying",
    "kind",
    "quantity",
    "strike",
    "expiry",
    "implied_volatility",
    "entry_price",
    "mark_price",
    "multiplier",
    "price_currency",
    "style",
    "settlement",
    "otc",
    "margin_type",
    "quote_currency",
    "funding_rate",
    "accrued_funding",
    "leverage",
    "isolated_margin",
    "lower_price",
    "upper_price",
    "liquidity",
    "venue",
)


def from_rows(
    rows: Sequence[Row], base: tuple[Portfolio, Market], places: Sequence[str] = ()
) -> tuple[Portfolio, Market]:
    """Return ``base`` with the positions, marks and volatilities of ``rows`` in place of its own.

    Parameters
    ----------
    rows : sequence of mapping
        Field name -> cell, per position. ``kind`` may be ``call`` or ``put``. A blank cell (None,
        NaN, empty text) is a field left out; a row of blanks only is no row.
    base : tuple of Portfolio and Market
        Whence underlyings, balances, prices and the valuation time.
    places : sequence of str
        What faults call each row; by default rows are counted from 1, as ``Row 8``.

    Raises
    ------
    InputError
        With every fault.
    """
    names = places or [f"Row {number}" for number in range(1, len(rows) + 1)]
    positions = [position_of(row) for row in rows]
    filled = [index for index, position in enumerate(positions) if position]

    def place(path: Path) -> str:
        in_rows = len(path) > 1 and path[0] == "positions"
        return names[filled[int(path[1])]] if in_rows else json_place(path)

    portfolio, market = base
    raw = document(replace(portfolio, positions=()), market)
    return portfolio_and_market(raw | {"positions": [positions[i] for i in filled]}, place)


def to_rows(portfolio: Portfolio, market: Market) -> list[dict[str, Any]]:
    """Return one row per position, each with every column; None where the default holds.

    ``from_rows(to_rows(portfolio, market), (portfolio, market))`` is what went in.
    """
    return [_row(position) for position in document(portfolio, market)["positions"]]


def position_of(row: Row) -> dict[str, object]:
    """Return the position fields of a row that are not blank, as a JSON file would hold them."""
    cells = {name: value_of(name, cell) for name, cell in row.items()}
    filled = {name: value for name, value in cells.items() if value is not None}
    kind = str(filled.get("kind", "")).lower()
    if kind not in {"call", "put"}:
        return filled
    right = filled.get("right", kind)
    if right != kind:
        right = Unusable(f"{shown(right)} contradicts kind {kind}", "Leave right out.")
    return filled | {"kind": "option", "right": right}


def _row(position: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: position.get(name) for name in ROW_COLUMNS}
    numbers = {name: float(position[name]) for name in NUMBERS & position.keys()}
    return row | numbers | {"kind": position.get("right", position["kind"])}
