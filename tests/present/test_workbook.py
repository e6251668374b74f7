"""The workbook opens, holds the figures, and holds no formula."""

from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import load_workbook

from margin_core.analysis.comparison import compare
from margin_core.book.instruments import Perpetual
from margin_core.book.portfolio import Position
from margin_core.present.workbook import workbook
from margin_core.risk.marks import marks
from tests.present.account import MARKET, PORTFOLIO
from tests.toy import METHODOLOGIES, TOY


def opened(portfolio=PORTFOLIO):
    comparison = compare(portfolio, MARKET, METHODOLOGIES)
    return load_workbook(BytesIO(workbook(comparison, portfolio, MARKET, marks(portfolio, MARKET))))


def rows(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_there_is_a_sheet_for_each_thing():
    assert opened().sheetnames == ["Comparison", "toy", "spot", "Positions", "Scenarios"]


def test_figures_stand_side_by_side_most_demanding_first():
    sheet = rows(opened()["Comparison"])
    assert sheet[0][0] == "Covered call"
    header = next(row for row in sheet if row[0] == "Methodology")
    first, second = sheet[sheet.index(header) + 1 :]
    assert [first[0], second[0]] == ["Spot margin", "Toy margin"]
    result = TOY(PORTFOLIO, MARKET)
    named = dict(zip(header, second, strict=True))
    assert named["Capital to open"] == pytest.approx(result.capital_to_open)
    assert named["Margin ratio"] == pytest.approx(result.margin_ratio)
    assert named["Worst scenario"] == "spot −10 %"


def test_what_is_not_covered_says_why():
    perpetual = replace(
        PORTFOLIO, positions=(*PORTFOLIO.positions, Position(Perpetual("BTC"), 1.0))
    )
    book = opened(perpetual)
    last = rows(book["Comparison"])[-1]
    assert last[:2] == [
        "Spot margin",
        "not covered: positions[3]: +1 BTC perpetual is a perpetual.",
    ]
    assert "spot" not in book.sheetnames


def test_a_derivation_is_indented_and_grouped_as_its_lines_are():
    sheet = opened()["toy"]
    labelled = {row[0].value: row[0] for row in sheet.iter_rows()}
    depths = {
        name: (
            labelled[name].alignment.indent,
            sheet.row_dimensions[labelled[name].row].outlineLevel,
        )
        for name in ("Initial margin", "Scan loss", "Largest loss", "spot −10 %")
    }
    # maintenance, which has the same lines, comes second and is the one found by name
    assert depths == {
        "Initial margin": (0, 0),
        "Scan loss": (1, 1),
        "Largest loss": (2, 2),
        "spot −10 %": (3, 3),
    }
    initial = rows(sheet)[labelled["Initial margin"].row - 1]
    assert initial[1] == pytest.approx(TOY(PORTFOLIO, MARKET).initial.amount)
    assert initial[2:] == ["scaled", 1.25, "handbook#3"]


def test_positions_and_collateral_are_listed_with_marks():
    sheet = rows(opened()["Positions"])
    assert sheet[1][:2] == ["+100 XYZ stock", 100]
    assert sheet[2][4] == pytest.approx(0.3)
    assert sheet[3][5] == pytest.approx(100.0)  # 0.1 coin gained 1,000
    assert sheet[-1] == ["BTC collateral", 0.05, None, 50_000, None, 2_500, None]


def test_every_scenario_is_listed_underlying_by_underlying():
    sheet = rows(opened()["Scenarios"])
    assert len(sheet) == 1 + 3 * 2
    assert sheet[1][:3] == ["toy", None, "spot −10 %"]
    assert sheet[1][4:6] == ["XYZ", -0.1]
    assert sheet[1][3] == pytest.approx(sheet[1][7] + sheet[2][7])


def test_text_that_looks_like_a_formula_stays_text():
    book = opened(replace(PORTFOLIO, name='=HYPERLINK("http://example.com")\x07'))
    cell = book["Comparison"]["A1"]
    assert (cell.value, cell.data_type) == ('=HYPERLINK("http://example.com") ', "s")
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_an_empty_account_has_a_workbook_too():
    empty = replace(PORTFOLIO, positions=(), balances=())
    book = opened(empty)
    assert len(rows(book["Positions"])) == 1
