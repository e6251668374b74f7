"""Pasted lines judged together with the book that they will join, or take the place of."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from margin_core import MarginError, files, with_volatility
from pages.ui import book, compute, numbers, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from margin_core import Fault, Market, Portfolio
    from pages.ui import state

    Row = Mapping[str, Any]
    Rows = dict[int, Row]  # by the number of their line
    Account = tuple[Portfolio, Market]

OTHERWISE = "Tick the average below, or paste it under a header with a mark_price."
VOLATILITY = "implied_volatility"
MOST_NAMED = 4  # lines of an average; more are counted


@dataclass(frozen=True)
class Line:
    """A pasted line as it was read."""

    number: int
    row: Row
    verdict: str
    remedy: str = ""
    understood: bool = True

    @property
    def entry(self) -> float | None:
        """The price paid, where it is a number."""
        price = self.row.get("entry_price")
        return price if isinstance(price, float) else None


@dataclass(frozen=True)
class Judgement:
    """What is to be said of each line, and the position table once they are imported."""

    lines: tuple[Line, ...]
    rows: tuple[Row, ...]

    @property
    def understood(self) -> int:
        """How many lines will be imported."""
        return sum(line.understood for line in self.lines)


@dataclass(frozen=True)
class Paste:
    """Pasted lines as they were read, the account that they come into, and its rows they join.

    ``fills`` are those that leave the mark of an option open; their ``rows`` count the account's
    first, then the lines'.
    """

    verdicts: tuple[files.LineVerdict, ...]
    account: Account
    held: tuple[Row, ...]
    fills: tuple[files.Fills, ...] = ()

    @property
    def rows(self) -> Rows:
        """The rows that could be read, by line."""
        return {v.number: v.row for v in self.verdicts if v.row is not None}


def read(text: str, workspace: state.Workspace, *, replacing: bool) -> Paste:
    """Return what stands in the text; ``InputError`` if it is too long."""
    account = book.base(workspace, replacing=replacing)
    held = () if replacing else workspace.rows
    paste = Paste(tuple(files.parse_lines(text, account, held)), account, held)
    unlike = files.unlike_fills([*held, *paste.rows.values()], account)
    return replace(paste, fills=tuple(f for f in unlike if _lines_of(f, paste)))


def averages(paste: Paste) -> list[str]:
    """Return, of each option whose fills leave its mark open, what their average would be."""
    return [
        f"{found.option} at {_price(found, paste)}, the average of {_places(found, paste)}"
        for found in paste.fills
    ]


def judged(paste: Paste, *, averaging: bool) -> Judgement:
    """Return a verdict for each line, and the table that those understood will make.

    ``averaging``: whether fills of one option are marked at their average price.
    """
    held, rows = _at_average(paste) if averaging else (paste.held, paste.rows)
    faults = _refusals(rows, held, paste.account)
    said = _marked(paste) if averaging else {}
    if valued := _at_the_books_volatility(rows, faults, paste.account):
        rows |= valued
        said |= {number: _valued(row) for number, row in valued.items()}
        faults = _refusals(rows, held, paste.account)
    faults |= {v.number: v.fault for v in paste.verdicts if v.row is None and v.fault}
    lines = tuple(_line(v.number, rows, faults, said) for v in paste.verdicts)
    if not averaging:
        lines = _offered(lines, paste)
    return Judgement(lines, (*held, *(line.row for line in lines if line.understood)))


def problems(found: Judgement) -> list[str]:
    """Return a sentence for each thing that is wrong: the lines, the fact and the remedy."""
    lines: dict[str, list[int]] = {}
    for line in found.lines:
        if not line.understood:
            lines.setdefault(f"{line.verdict}. {line.remedy}".strip(), []).append(line.number)
    return [f"{_several('Line', places)}: {words}" for words, places in lines.items()]


def _at_average(paste: Paste) -> tuple[tuple[Row, ...], Rows]:
    """Return the account's rows and the lines' with their fills marked at their average."""
    rows = paste.rows
    average = {index: found.average for found in paste.fills for index in found.rows}
    marked = tuple(
        {**row, "mark_price": average[index]} if index in average else row
        for index, row in enumerate([*paste.held, *rows.values()])
    )
    own = len(paste.held)
    return marked[:own], dict(zip(rows, marked[own:], strict=True))


def _refusals(rows: Rows, held: Sequence[Row], account: Account) -> dict[int, Fault]:
    """Return the first fault of each line that the account would not take."""
    faults = files.refusals(rows, account, held)
    sound = {number: row for number, row in rows.items() if number not in faults}
    return faults | _impossible(sound, held, account)


def _impossible(rows: Rows, held: Sequence[Row], account: Account) -> dict[int, Fault]:
    """Return the fault of each line that is priced as nothing can be."""
    own = [(0, row) for row in held if not tables.is_blank(row)]
    table = [*own, *rows.items()]
    try:
        compute.marked(*files.from_rows([row for _, row in table], account))
    except MarginError as error:
        found = ((re.match(r"positions\[(\d+)\]", f.where), f) for f in error.faults)
        return {table[int(at[1])][0]: fault for at, fault in found if at and int(at[1]) >= len(own)}
    return {}


def _at_the_books_volatility(rows: Rows, faults: Iterable[int], account: Account) -> Rows:
    """Return the options at fault that have no price, at what the book's own options imply."""
    bare = (number for number in faults if rows[number].get(VOLATILITY) is None)
    valued = ((number, with_volatility(rows[number], account)) for number in bare)
    return {number: row for number, row in valued if row.get(VOLATILITY) is not None}


def _line(number: int, rows: Rows, faults: Mapping[int, Fault], said: Mapping[int, str]) -> Line:
    row = rows.get(number, {})
    if fault := faults.get(number):
        return Line(number, row, fault.what, fault.remedy, understood=False)
    priced = row.get("entry_price") is not None
    words = said.get(number, "ok" if priced else "ok, entry price = mark")
    return Line(number, row, words)


def _offered(lines: Iterable[Line], paste: Paste) -> tuple[Line, ...]:
    """Return the lines, those whose fills leave a mark open with the remedy that is at hand."""
    fills = {number for found in paste.fills for number in _lines_of(found, paste)}
    return tuple(
        replace(line, remedy=OTHERWISE)
        if line.number in fills and "differs" in line.verdict
        else line
        for line in lines
    )


def _marked(paste: Paste) -> dict[int, str]:
    return {
        number: f"ok, marked at {_price(found, paste)}, the average of its fills"
        for found in paste.fills
        for number in _lines_of(found, paste)
    }


def _valued(row: Row) -> str:
    vol = numbers.percent(float(row[VOLATILITY]))
    return f"ok at the book's volatility of {vol}, entry = mark"


def _price(found: files.Fills, paste: Paste) -> str:
    """Return the average as on screen, with its currency where that is not the account's."""
    unit = "" if found.currency == paste.account[0].currency else f" {found.currency}"
    return numbers.price(found.average) + unit


def _lines_of(found: files.Fills, paste: Paste) -> list[int]:
    """Return the numbers of the lines among the fills."""
    lines, own = list(paste.rows), len(paste.held)
    return [lines[index - own] for index in found.rows if index >= own]


def _places(found: files.Fills, paste: Paste) -> str:
    """Return where the fills stand: ``line 1 and row 2 of the book``, many of them counted."""
    lines = _lines_of(found, paste)
    rows = [index + 1 for index in found.rows if index < len(paste.held)]
    parts = [_several("line", lines)]
    parts += [f"{_several('row', rows)} of the book"] if rows else []
    return " and ".join(parts)


def _several(noun: str, places: Sequence[int]) -> str:
    """Return ``line 1``, ``lines 1 and 2``, ``12 lines``."""
    if len(places) > MOST_NAMED:
        return f"{len(places)} {noun}s"
    *first, last = map(str, places)
    return f"{noun}s {', '.join(first)} and {last}" if first else f"{noun} {last}"
