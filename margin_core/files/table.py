"""The portfolio file as CSV: one row per position or collateral, its underlying beside it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.errors import Fault, InputError
from margin_core.files import limits
from margin_core.files.cells import value_of
from margin_core.files.rows import ROW_COLUMNS, position_of
from margin_core.files.wording import near, printable, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from margin_core.files.faults import Path

HEADER_COLUMNS = ("valuation_time", "currency", "account_type", "name", "description")
UNDERLYING_COLUMNS = (
    "asset_class",
    "spot",
    "rate",
    "dividend_yield",
    "volatility",
    "leverage",
    "high_capitalization",
    "marginable",
    "index",
    "index_ratio",
    "class_group",
    "product_group",
)
COLLATERAL_COLUMNS = ("asset", "amount", "price", "haircut", "confidence", "tracks")
POSITION_COLUMNS = ("kind", "right", *(c for c in ROW_COLUMNS if c != "kind"))
COLUMNS = tuple(
    dict.fromkeys(POSITION_COLUMNS + COLLATERAL_COLUMNS + UNDERLYING_COLUMNS + HEADER_COLUMNS)
)


@dataclass(frozen=True, slots=True)
class _Record:
    """The cells of one row that are not blank."""

    number: int  # in the file, from 1, the header's row included
    cells: Mapping[str, object]

    @property
    def collateral(self) -> bool:
        return self.cells.get("kind") == "collateral"

    def part(self, columns: tuple[str, ...]) -> _Record:
        return _Record(self.number, {c: v for c, v in self.cells.items() if c in columns})

    def without(self, columns: tuple[str, ...]) -> dict[str, object]:
        return {c: v for c, v in self.cells.items() if c not in columns}


@dataclass(frozen=True, slots=True)
class _Merged:
    """What several rows say of one thing, and the row where each column is first said."""

    values: dict[str, object]
    rows: dict[str, int]
    faults: list[Fault]


@dataclass(frozen=True, slots=True)
class _Places:
    """Where in the file the values of the document stand."""

    header: Mapping[str, int]
    underlyings: list[tuple[int, Mapping[str, int]]]
    positions: list[int]
    collateral: list[int]

    def __call__(self, path: Path) -> str:
        match path:
            case ("underlyings", int(index), *rest):
                first, rows = self.underlyings[index]
                column = "underlying" if rest[:1] == ["symbol"] else "".join(map(str, rest[:1]))
                return _cell(rows.get(column, first), column)
            case ("positions" | "collateral" as section, int(index), *rest):
                row = self.positions[index] if section == "positions" else self.collateral[index]
                return _cell(row, str(rest[0]) if rest else "")
            case (str(column), *_):
                return _cell(self.header.get(column, 1), column)
            case _:
                return ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A CSV file as the document it stands for."""

    document: dict[str, object]
    place: _Places
    faults: list[Fault]  # of the table itself


def parse_csv(text: str) -> Sheet:
    """Return the document of a CSV text: what a JSON file of the same content would hold.

    A cell that has not its column's type stays text, which the models refuse in its place.
    ``leverage`` is the position's in the row of a perpetual, the underlying's in any other.

    Raises
    ------
    InputError
        If the text is no table, or its first row does not name the columns.
    """
    records, faults = _records(text)
    header = _merged([record.part(HEADER_COLUMNS) for record in records])
    collateral = [record for record in records if record.collateral]
    positions = [record for record in records if not record.collateral]
    underlyings = _underlyings(positions)
    document = {
        "format": limits.FORMAT,
        **header.values,
        "underlyings": [{"symbol": symbol} | u.values for symbol, (_, u) in underlyings.items()],
        "positions": [
            position_of(record.without(HEADER_COLUMNS + _of_underlying(record)))
            for record in positions
        ],
        "collateral": [record.without((*HEADER_COLUMNS, "kind")) for record in collateral],
    }
    place = _Places(
        header.rows,
        [(first, merged.rows) for first, merged in underlyings.values()],
        [record.number for record in positions],
        [record.number for record in collateral],
    )
    faults += header.faults
    faults += [fault for _, merged in underlyings.values() for fault in merged.faults]
    return Sheet(document, place, faults)


def _of_underlying(record: _Record) -> tuple[str, ...]:
    """Return the columns of a position's row that speak of its underlying."""
    perpetual = record.cells.get("kind") == "perpetual"
    return tuple(c for c in UNDERLYING_COLUMNS if not (perpetual and c == "leverage"))


def _underlyings(positions: list[_Record]) -> dict[str, tuple[int, _Merged]]:
    """Return of each underlying the row that names it first, and what its rows say."""
    naming: dict[str, list[_Record]] = {}
    for record in positions:
        symbol = record.cells.get("underlying")
        if isinstance(symbol, str):
            naming.setdefault(symbol, []).append(record.part(_of_underlying(record)))
    return {symbol: (parts[0].number, _merged(parts)) for symbol, parts in naming.items()}


def _merged(parts: list[_Record]) -> _Merged:
    merged = _Merged({}, {}, [])
    for part in parts:
        for column, value in part.cells.items():
            if merged.values.setdefault(column, value) == value:
                merged.rows.setdefault(column, part.number)
                continue
            first = f"{shown(merged.values[column])} in row {merged.rows[column]}"
            what = f"{column} {shown(value)} differs from {first}"
            remedy = f"Give the same {column} in every row that has one."
            merged.faults.append(Fault(_cell(part.number, column), what, remedy))
    return merged


def _records(text: str) -> tuple[list[_Record], list[Fault]]:
    """Return the rows that hold anything, and the faults of columns and row lengths."""
    rows = _rows(text)
    columns, faults = _columns(next(rows))
    records = []
    for number, row in rows:
        filled = _filled(columns, row)
        if any(cell.strip() for cell in row[len(columns) :]):
            what = f"the row has {len(row)} cells, the first row {len(columns)}"
            faults.append(Fault(f"row {number}", what, "Quote a text that holds a comma."))
        if filled:
            records.append(_Record(number, filled))
    return records, faults


def _filled(columns: list[str], row: list[str]) -> dict[str, object]:
    named = zip(columns, row, strict=False)
    cells = {column: value_of(column, cell) for column, cell in named if column in COLUMNS}
    return {column: value for column, value in cells.items() if value is not None}


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield number and cells of each row, from the first that is not blank."""
    first = next(line for line in text.splitlines() if line.strip())
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begun = False
    try:
        for number, row in enumerate(rows, start=1):
            if number > limits.MAX_ROWS:
                raise InputError(
                    f"the file has more than {limits.MAX_ROWS:,} rows",
                    remedy=f"A portfolio has at most {limits.MAX_POSITIONS:,} positions.",
                )
            begun = begun or any(cell.strip() for cell in row)
            if begun:
                yield number, row
    except csv.Error as error:
        raise InputError(
            f"the file is no readable CSV: {error}",
            where=f"line {rows.line_num}",
            remedy="Check the quotes there.",
        ) from error


def _columns(header: tuple[int, list[str]]) -> tuple[list[str], list[Fault]]:
    """Return the columns of the first row, and what is wrong with them."""
    number, cells = header
    width = max((i for i, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    columns = [cell.strip().lower().replace(" ", "_") for cell in cells[:width]]
    if "kind" not in columns or width > limits.MAX_FIELDS:
        raise InputError(
            "the first row does not name the columns of the format, such as kind",
            where=f"row {number}",
            remedy="Begin a CSV with the field names as header, and a JSON file with a brace.",
        )
    faults = []
    for index, column in enumerate(columns, start=1):
        place = f"row {number}, column {printable(column) or index}"
        if column not in COLUMNS:
            what = f"{shown(cells[index - 1])} is not a column of the format"
            faults.append(Fault(place, what, near(column, COLUMNS)))
        elif columns.index(column) != index - 1:
            faults.append(Fault(place, f"column {column} stands twice", "Leave one out."))
    return columns, faults


def _cell(row: int, column: str) -> str:
    return f"row {row}, column {column}" if column else f"row {row}"
