"""A comparison as an Excel workbook: figures, derivations, positions and scenarios."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import Outline

from margin_core.book.instruments import Option
from margin_core.margin.figure import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from margin_core.analysis.comparison import Comparison
    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.figure import Line
    from margin_core.margin.result import MarginResult
    from margin_core.market.snapshot import Market
    from margin_core.risk.marks import Mark

Value = str | float | None

MONEY = "#,##0.00;−#,##0.00"
FACTOR = "0.######"
DEEPEST = 7  # Excel groups rows no deeper
MAX_INDENT = 15
FACTORED = (Rule.SCALED, Rule.FLOORED)
MAX_TITLE = 31  # characters of a sheet's name
FORBIDDEN_IN_TITLE = re.compile(r"[\[\]:*?/\\]")


def workbook(
    comparison: Comparison, portfolio: Portfolio, market: Market, marks: Sequence[Mark]
) -> bytes:
    """Return an .xlsx file of a comparison.

    Sheets: every methodology's figures side by side, one derivation per methodology with rows
    grouped and indented as its lines are, the positions at their marks, and every scenario.
    Amounts are in the reporting currency. Text is written as text: no cell holds a formula.

    Parameters
    ----------
    comparison : Comparison
    portfolio : Portfolio
    market : Market
    marks : sequence of Mark
        One per position, in order.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.created = market.valuation_time.replace(tzinfo=None)
    book.properties.title = _clean(portfolio.name)
    _comparison(book.create_sheet("Comparison"), comparison, portfolio, market)
    for result in comparison.results:
        _derivation(book.create_sheet(_title(result.methodology)), result)
    _positions(book.create_sheet("Positions"), portfolio, market, marks)
    _scenarios(book.create_sheet("Scenarios"), comparison)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _comparison(
    sheet: Worksheet, comparison: Comparison, portfolio: Portfolio, market: Market
) -> None:
    _widths(sheet, 44, *[20] * 10, 100)
    _append(sheet, [portfolio.name or "Portfolio"], bold=True)
    _append(sheet, [f"Valued {market.valuation_time:%-d %b %Y %H:%M} UTC"])
    _append(sheet, [f"Amounts in {portfolio.currency}"])
    _append(sheet, [])
    _append(sheet, _COMPARED, bold=True)
    for result in comparison.ranked:
        worst = result.worst_scenario
        figures = [
            result.capital_to_open,
            result.capital_to_keep,
            result.initial.amount,
            result.maintenance.amount,
            result.equity.amount,
            result.excess_initial,
            result.excess_maintenance,
            result.collateral_not_counted,
            result.margin_ratio,
            worst.label if worst else None,
        ]
        _append(sheet, [result.title, *figures, " ".join(result.warnings)])
    for refusal in comparison.not_covered:
        _append(sheet, [refusal.title, f"not covered: {refusal.reason}"])


_COMPARED = [
    "Methodology",
    "Capital to open",
    "Capital to keep",
    "Initial margin",
    "Maintenance margin",
    "Equity",
    "Excess, initial",
    "Excess, maintenance",
    "Collateral not counted",
    "Margin ratio",
    "Worst scenario",
    "Warnings",
]


def _derivation(sheet: Worksheet, result: MarginResult) -> None:
    _widths(sheet, 70, 18, 12, 12, 40)
    sheet.sheet_properties.outlinePr = Outline(summaryBelow=False)
    _append(sheet, [result.title], bold=True)
    for source in result.sources:
        _append(sheet, [f"{source.title}, retrieved {source.retrieved}", source.href])
    _append(sheet, [])
    _append(sheet, ["Line", "Amount", "Rule", "Factor", "Source"], bold=True)
    row = len(result.sources) + 4
    for top in (result.initial, result.maintenance, result.equity):
        for depth, line in _walk(top):
            factor = line.factor if line.rule in FACTORED else None
            values: list[Value] = [line.label, line.amount, line.rule, factor, line.source]
            cells = _cells(sheet, values, bold=depth == 0)
            cells[0].alignment = Alignment(indent=min(depth, MAX_INDENT))
            cells[3].number_format = FACTOR
            sheet.append(cells)
            sheet.row_dimensions[row].outlineLevel = min(depth, DEEPEST)
            row += 1


def _walk(line: Line, depth: int = 0) -> Iterator[tuple[int, Line]]:
    yield depth, line
    for part in line.parts:
        yield from _walk(part, depth + 1)


def _positions(
    sheet: Worksheet, portfolio: Portfolio, market: Market, marks: Sequence[Mark]
) -> None:
    _widths(sheet, 44, *[16] * 6)
    _append(
        sheet,
        ["Position", "Quantity", "Multiplier", "Mark", "Volatility", "Value", "Spot"],
        bold=True,
    )
    for mark in marks:
        position = mark.position
        vol = mark.volatility if isinstance(position.instrument, Option) else None
        size = [position.quantity, position.instrument.multiplier]
        spot = market[position.underlying].spot
        _append(sheet, [position.label, *size, mark.price, vol, mark.value, spot])
    for balance in portfolio.balances:
        price = market.price(balance.asset, portfolio.currency)
        held = [balance.amount, None, price, None, balance.amount * price]
        _append(sheet, [f"{balance.asset} collateral", *held])


def _scenarios(sheet: Worksheet, comparison: Comparison) -> None:
    _widths(sheet, 20, 20, 44, 16, 16, 16, 16, 18)
    _append(
        sheet,
        [
            "Methodology",
            "Group",
            "Scenario",
            "P&L",
            "Underlying",
            "Spot move, relative",
            "Volatility move, relative",
            "P&L of the underlying",
        ],
        bold=True,
    )
    for result in comparison.results:
        for outcome in result.scenarios:
            pnl = dict(outcome.pnl_by_underlying)
            head: list[Value] = [result.methodology, outcome.group, outcome.label, outcome.pnl]
            for symbol, spot, vol in outcome.moves or (("", None, None),):
                _append(sheet, [*head, symbol, spot, vol, pnl.get(symbol)])


def _append(sheet: Worksheet, values: Sequence[Value], *, bold: bool = False) -> None:
    sheet.append(_cells(sheet, values, bold=bold))


def _cells(sheet: Worksheet, values: Sequence[Value], *, bold: bool) -> list[Cell]:
    return [_cell(sheet, value, bold=bold) for value in values]


def _cell(sheet: Worksheet, value: Value, *, bold: bool) -> Cell:
    cell = Cell(sheet, row=1, column=1, value=_clean(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"  # never a formula, whatever a label begins with
    elif value is not None:
        cell.number_format = MONEY
    if bold:
        cell.font = Font(bold=True)
    return cell


def _clean(text: str) -> str:
    return str(ILLEGAL_CHARACTERS_RE.sub(" ", text))


def _title(key: str) -> str:
    return FORBIDDEN_IN_TITLE.sub(" ", key)[:MAX_TITLE]


def _widths(sheet: Worksheet, *widths: float) -> None:
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
