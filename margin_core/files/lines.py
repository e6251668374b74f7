"""Pasted text, line by line: what was understood of each, and what was not and why."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from margin_core.book.instruments import MarginType
from margin_core.errors import Fault, InputError
from margin_core.files import limits
from margin_core.files.broker_lines import Row, row_of
from margin_core.files.cells import value_of
from margin_core.files.positions import POSITIONS
from margin_core.files.rows import ROW_COLUMNS, from_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market

# What the columns of blotters are called, where not as in the portfolio file.
ALIASES = {
    "symbol": "underlying",
    "type": "kind",
    "qty": "quantity",
    "expiration": "expiry",
    "iv": "implied_volatility",
    "price": "entry_price",
    "mark": "mark_price",
}
KINDS = {"call", "put", *POSITIONS}
COMMENTS = ("#", "//")
EMPTY_CELLS = ',;\t "'
UNSEEN = {ord(character): None for character in "\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}"}


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """A pasted line: the row it stands for, where it could be read, and what is wrong with it."""

    number: int  # in the pasted text, from 1
    text: str
    row: Row | None
    fault: Fault | None  # None: ``from_rows`` takes the row, with those of all such lines


def parse_lines(
    text: str, base: tuple[Portfolio, Market], held: Sequence[Mapping[str, object]] = ()
) -> list[LineVerdict]:
    """Return a verdict for each line that holds a position; all others have none.

    Takes CSV or TSV, under a header of field names or in the order of ``ROW_COLUMNS``, and free
    lines (see ``row_of``). The others are blank lines, comments (from ``#`` or ``//``) and the
    header. What is read is judged together (see ``refusals``).

    Parameters
    ----------
    text : str
        What was pasted.
    base : tuple of Portfolio and Market
        The account that the positions are meant for: its underlyings, currency and time.
    held : sequence of mapping
        The rows of the account that the lines will join.

    Raises
    ------
    InputError
        If the text has more than ``MAX_LINES`` lines or ``MAX_BYTES`` characters.
    """
    lines = _lines(text)
    delimiter, header = _header(lines[0][1]) if lines else ("", ())
    lines = lines[1:] if header else lines
    rows: dict[int, Row] = {}
    faults: dict[int, Fault] = {}
    for number, line in lines:
        try:
            rows[number] = _row(line, header, delimiter, base)
        except InputError as error:
            faults[number] = replace(error.fault, where=_place(number))
    faults |= refusals(rows, base, held)
    return [LineVerdict(n, line, rows.get(n), faults.get(n)) for n, line in lines]


def refusals(
    lines: Mapping[int, Mapping[str, object]],
    base: tuple[Portfolio, Market],
    held: Sequence[Mapping[str, object]] = (),
) -> dict[int, Fault]:
    """Return the first fault of each line that cannot join ``held`` and the lines before it.

    All others can, together; what is wrong with ``held`` itself is not said.

    Parameters
    ----------
    lines : mapping of int to mapping
        The number of each line and the row it stands for.
    base, held
        As ``parse_lines`` takes them.
    """
    faults: dict[int, Fault] = {}
    while left := {number: row for number, row in lines.items() if number not in faults}:
        places = {_place(number): number for number in left}
        of_book = [f"row {number} of the book" for number in range(1, len(held) + 1)]
        try:
            from_rows([*held, *left.values()], base, [*of_book, *places])
        except InputError as error:
            found = [(places[f.where], f) for f in error.faults if f.where in places]
            faults |= dict(reversed(found))
            if found:  # no more than MAX_FAULTS were listed: the rest once more
                continue
        break
    return faults


def _place(number: int) -> str:
    return f"Line {number}"


def _lines(text: str) -> list[tuple[int, str]]:
    """Return number and text of the lines that are not blank."""
    lines = text[: limits.MAX_BYTES].splitlines()
    if len(text) > limits.MAX_BYTES or len(lines) > limits.MAX_LINES:
        raise InputError(
            f"the text has more than {limits.MAX_LINES:,} lines",
            remedy="Paste fewer, or import a file.",
        )
    return [(number, line) for number, line in enumerate(lines, start=1) if _holds_more(line)]


def _holds_more(line: str) -> bool:
    """Return whether a line is neither blank nor a comment."""
    text = line.translate(UNSEEN).strip()
    return bool(text.strip(EMPTY_CELLS)) and not text.startswith(COMMENTS)


def _header(line: str) -> tuple[str, tuple[str, ...]]:
    """Return the delimiter and the field names of a header line; no names if it is none."""
    delimiter = _delimiter(line)
    names = (cell.lower().replace(" ", "_") for cell in _bare_cells(line, delimiter))
    columns = tuple(ALIASES.get(name, name) for name in names)
    return delimiter, columns if {"underlying", "quantity"} <= set(columns) else ()


def _row(line: str, header: Sequence[str], delimiter: str, base: tuple[Portfolio, Market]) -> Row:
    """Return the row of a line, by whichever notation it is in."""
    line = line.translate(UNSEEN)
    if len(line) > limits.MAX_LINE:
        raise InputError(
            f"the line has {len(line):,} characters, more than {limits.MAX_LINE:,}",
            remedy="Paste one position per line.",
        )
    if header or _in_columns(line):
        return _table_row(
            _cells(line, delimiter if header else _delimiter(line)), header or ROW_COLUMNS
        )
    portfolio, market = base
    row = _spelled(row_of(line, portfolio.currency), portfolio)
    _refuse_more_than_the_coin(row, market)
    return row


def _in_columns(line: str) -> bool:
    """Return whether a line without a header has its kind where the table has it.

    Else its tabs or commas only part the words of a free line.
    """
    place = ROW_COLUMNS.index("kind")
    cells = _bare_cells(line, _delimiter(line))
    return len(cells) > place and cells[place].lower() in KINDS


def _delimiter(line: str) -> str:
    return max("\t,;", key=line.count)


def _bare_cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip(' "') for cell in line.translate(UNSEEN).split(delimiter)]


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InputError(f"the line is no row: {error}", remedy="Check its quotes.") from error


def _table_row(cells: Sequence[str], columns: Sequence[str]) -> Row:
    if any(cell.strip() for cell in cells[len(columns) :]):
        raise InputError(
            f"the line has {len(cells)} cells for {len(columns)} columns",
            remedy=f"In order, the columns are {', '.join(columns)}.",
        )
    values = {name: value_of(name, cell) for name, cell in zip(columns, cells, strict=False)}
    kind = str(values.get("kind", "")).lower()
    values |= {"kind": kind} if kind in KINDS else {}
    return {name: value for name, value in values.items() if value is not None}


def _spelled(row: Row, portfolio: Portfolio) -> Row:
    """Return the row with its symbol as the account spells it."""
    symbol = str(row["underlying"])
    known = {u.symbol.upper(): u.symbol for u in portfolio.underlyings}
    if symbol in known.values():
        return row
    return row | {"underlying": known.get(symbol.upper(), symbol.upper())}


def _refuse_more_than_the_coin(row: Row, market: Market) -> None:
    """Refuse a coin-quoted price no option can have: it must be a price in dollars."""
    symbol, price, strike = str(row["underlying"]), row.get("entry_price"), row.get("strike")
    if row.get("margin_type") != MarginType.INVERSE or not market.has(symbol):
        return
    if isinstance(price, float) and isinstance(strike, float):
        most = 1.0 if row["kind"] == "call" else strike / market[symbol].spot
        if price > max(most, 1.0):
            raise InputError(
                f"{price:g} {symbol} is more than the option can be worth",
                remedy=f"Write @ {price:g} USD if it is priced in dollars.",
            )
