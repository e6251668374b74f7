"""Write a portfolio and its market as CSV, or say what a CSV would lose."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from margin_core.errors import Fault, InputError
from margin_core.files.table import COLUMNS, HEADER_COLUMNS, UNDERLYING_COLUMNS
from margin_core.files.writing import document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market

Raw = dict[str, Any]
FORMULA_STARTS = ("=", "+", "-", "@", "\t")  # a spreadsheet would run such a text
ONCE = frozenset({"name", "description"})  # in the first row only
IN_JSON = "Write the portfolio as JSON."


def write_csv(portfolio: Portfolio, market: Market) -> str:
    """Return the portfolio file as CSV; ``read`` returns what was written.

    Underlyings come back in the order in which positions name them.

    Raises
    ------
    InputError
        Naming every field that CSV cannot carry; and as ``write`` does.
    """
    raw = document(portfolio, market)
    rows = list(_rows(raw))
    faults = [*_lost(raw), *_formulas(rows)]
    if not rows:
        faults.append(Fault("", "a CSV cannot carry a portfolio of nothing", IN_JSON))
    if faults:
        raise InputError.of(tuple(faults))
    text = io.StringIO(newline="")
    used = [column for column in COLUMNS if any(column in row for row in rows)]
    writer = csv.DictWriter(text, used, lineterminator="\n")
    writer.writeheader()
    writer.writerows({column: _text(value) for column, value in row.items()} for row in rows)
    return text.getvalue()


def _rows(raw: Raw) -> Iterator[Raw]:
    """Yield each position and collateral asset as one flat row."""
    underlyings = {underlying["symbol"]: underlying for underlying in raw["underlyings"]}
    header = {column: raw[column] for column in HEADER_COLUMNS if column in raw}
    for position in raw["positions"]:
        facts = underlyings[position["underlying"]]
        beside = {column: facts[column] for column in UNDERLYING_COLUMNS if column in facts}
        if position["kind"] == "perpetual":
            beside.pop("leverage", None)  # the column is the position's own
        yield beside | position | header
        header = {column: value for column, value in header.items() if column not in ONCE}
    for asset in raw["collateral"]:
        yield {"kind": "collateral"} | asset | header
        header = {column: value for column, value in header.items() if column not in ONCE}


def _lost(raw: Raw) -> Iterator[Fault]:
    """Yield a fault for each field that no cell can hold."""
    kinds: dict[str, set[str]] = {}
    for position in raw["positions"]:
        kinds.setdefault(position["underlying"], set()).add(position["kind"])
    for index, underlying in enumerate(raw["underlyings"]):
        symbol, place = underlying["symbol"], f"underlyings[{index}]"
        if symbol not in kinds:
            yield Fault(place, f"a CSV cannot carry {symbol}, which no position names", IN_JSON)
        for field in underlying.keys() - {"symbol", *UNDERLYING_COLUMNS}:
            yield Fault(f"{place}.{field}", f"a CSV cannot carry the {field} of {symbol}", IN_JSON)
        if "leverage" in underlying and kinds.get(symbol) == {"perpetual"}:
            what = f"a CSV of perpetuals cannot carry the leverage of {symbol} itself"
            yield Fault(f"{place}.leverage", what, IN_JSON)
    for index, asset in enumerate(raw["collateral"]):
        if isinstance(asset.get("haircut"), dict):
            what = f"a CSV cannot carry a haircut of {asset['asset']} for each phase"
            yield Fault(f"collateral[{index}].haircut", what, IN_JSON)


def _formulas(rows: Iterable[Raw]) -> Iterator[Fault]:
    """Yield a fault for each text that a spreadsheet would take for a formula."""
    seen = {(c, v) for row in rows for c, v in row.items() if isinstance(v, str)}
    for column, value in sorted(seen):
        if value.startswith(FORMULA_STARTS):
            what = f"a spreadsheet would run the {column} {value[:20]} as a formula"
            yield Fault(column, what, "Begin it with a letter, or write JSON.")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else repr(value)
