"""Portfolio in a real browser: typing, undo, links, dialogs, and a phone."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser

LINES = """\
+500 XYZ stock @ 97.73
XYZ 18DEC26 105 C -5 @ 15.42
XYZ 31FEB27 90 P -10 @ 0.88
10 XYZ 15JAN27 80 P
"""
QUANTITY, STRIKE, VOLATILITY = 3, 4, 6  # columns of the position table


@pytest.fixture
def desk(visitor):
    visitor.open("/portfolio")
    figures(visitor)
    return visitor


def figures(visitor):
    """Return the sentence and the line under it: every figure of the book in short."""
    visitor.page.get_by_text(re.compile(r"positions? worth")).wait_for()
    return visitor.headline(), re.search(r".*positions? worth.*", visitor.text())[0]


def dialog(visitor, button):
    """Open one of the dialogs."""
    visitor.page.get_by_role("button", name=button).click()
    visitor.settle()
    return visitor.page.get_by_test_id("stDialog")


def cell(visitor, row, column):
    table = visitor.page.get_by_test_id("stDataFrame").first
    return table.locator(f"[role=gridcell]#glide-cell-{column}-{row}")


def select(visitor, row, column):
    """Select a cell of the position table by mouse and arrows."""
    table = visitor.page.get_by_test_id("stDataFrame").first
    table.locator("#glide-cell-1-0").wait_for(state="attached")
    visitor.page.wait_for_timeout(300)
    box = table.locator("canvas").first.bounding_box()
    visitor.page.mouse.click(box["x"] + 60, box["y"] + 45)
    table.locator("#glide-cell-1-0[aria-selected=true]").wait_for(state="attached")
    for key, times in (("ArrowRight", column - 1), ("ArrowDown", row)):
        for _ in range(times):
            visitor.page.keyboard.press(key)
    table.locator(f"#glide-cell-{column}-{row}[aria-selected=true]").wait_for(state="attached")


def changed(visitor, before):
    """Return the figures once they are others than ``before``."""
    line = visitor.page.get_by_text(re.compile(r"positions? worth"))
    expect(line).not_to_have_text(before[1])
    return figures(visitor)


def says(visitor, words):
    expect(visitor.page.get_by_test_id("stMain")).to_contain_text(words)


def back(visitor):
    visitor.page.go_back()
    visitor.page.wait_for_timeout(300)
    visitor.settle()


def test_two_edits_in_a_row_both_count(desk):
    before = figures(desk)
    desk.type_in_cell(0, QUANTITY, "1000")
    first = changed(desk, before)
    desk.type_in_cell(1, QUANTITY, "-7")
    changed(desk, first)
    expect(cell(desk, 0, QUANTITY)).to_have_text("1000")
    expect(cell(desk, 1, QUANTITY)).to_have_text("-7")


def test_another_page_and_back_keeps_the_edit(desk):
    before = figures(desk)
    desk.type_in_cell(0, QUANTITY, "1000")
    edited = changed(desk, before)
    desk.go("Scenarios")
    desk.go("Portfolio")
    assert figures(desk) == edited
    desk.type_in_cell(1, QUANTITY, "60")
    changed(desk, edited)
    expect(cell(desk, 0, QUANTITY)).to_have_text("1000")


def test_a_reload_keeps_the_book(desk):
    before = figures(desk)
    desk.type_in_cell(0, QUANTITY, "1000")
    edited = changed(desk, before)
    desk.page.reload()
    desk.settle()
    assert figures(desk) == edited


def test_back_undoes_edit_by_edit(desk):
    before = figures(desk)
    desk.type_in_cell(0, QUANTITY, "1000")
    edited = changed(desk, before)
    desk.type_in_cell(0, QUANTITY, "2000")
    again = changed(desk, edited)
    back(desk)
    assert changed(desk, again) == edited
    back(desk)
    assert changed(desk, edited) == before


def test_a_copied_address_opens_the_same_figures_elsewhere(desk, visitors):
    before = figures(desk)
    desk.type_in_cell(0, QUANTITY, "1000")
    edited = changed(desk, before)
    other = visitors(timezone_id="Asia/Tokyo", color_scheme="dark")
    other.page.goto(desk.page.url)
    other.settle()
    assert figures(other) == edited


def test_a_strike_below_zero_is_named_by_its_row_and_can_be_mended(desk):
    before = figures(desk)
    desk.type_in_cell(1, STRIKE, "-5")
    says(desk, "Row 2: strike -5 is not positive.")
    says(desk, "Figures are of the last complete portfolio.")
    assert figures(desk) == before
    desk.type_in_cell(1, STRIKE, "110")
    expect(desk.page.get_by_test_id("stMain")).not_to_contain_text("1 problem")


def test_a_faulty_row_goes_by_its_button(desk):
    desk.type_in_cell(1, STRIKE, "-5")
    desk.page.get_by_role("button", name="Remove row 2").click()
    desk.settle()
    says(desk, "6 positions worth")


def test_rows_pasted_over_the_last_one_replace_it_and_add_the_rest(desk):
    desk.page.evaluate(
        "navigator.clipboard.writeText('XYZ\\tput\\t-3\\t100\\t2027-03-19\\t29.5\\n"
        "XYZ\\tput\\t3\\t90\\t18DEC26\\t31.5')"
    )
    select(desk, 6, 1)
    desk.page.keyboard.press("Control+v")
    says(desk, "8 positions worth")


def test_four_cells_typed_without_waiting_for_figures_all_count(desk):
    """An edit sent before the address has the last one must not be taken for an old link."""
    select(desk, 0, QUANTITY)
    typed = ("1000", "10", "-20", "-30")
    overlay = '[data-testid="portal"] input, [data-testid="portal"] textarea'
    for row, quantity in enumerate(typed):
        desk.page.locator(f"#glide-cell-{QUANTITY}-{row}[aria-selected=true]").wait_for(
            state="attached"
        )
        desk.page.keyboard.press("Enter")
        desk.page.locator(overlay).first.wait_for()
        desk.page.keyboard.press("Control+a")
        desk.page.keyboard.type(quantity)
        desk.page.wait_for_timeout(120)  # the grid loses a key pressed sooner than a hand can
        desk.page.keyboard.press("Enter")
        expect(desk.page.locator(overlay)).to_have_count(0)
    desk.page.wait_for_timeout(1500)
    desk.settle()
    for row, quantity in enumerate(typed):
        expect(cell(desk, row, QUANTITY)).to_have_text(quantity)


def test_pasted_lines_are_judged_one_by_one_and_the_good_ones_come_in(desk):
    opened = dialog(desk, "Paste or import")
    opened.locator("textarea").fill(LINES)
    desk.page.keyboard.press("Control+Enter")
    desk.settle()
    assert "3 of 4 lines understood" in opened.inner_text()
    assert "1 needs you" in opened.inner_text()
    verdicts = opened.get_by_test_id("stDataFrame")
    verdicts.locator("[role=gridcell]").first.wait_for(state="attached")
    assert "31FEB27" in verdicts.text_content()
    assert "The sample's collateral goes with its positions" in opened.inner_text()
    opened.get_by_role("button", name="Import 3 positions").click()
    desk.settle()
    says(desk, "3 positions worth")
    assert "cash" not in figures(desk)[1]
    back(desk)
    says(desk, "7 positions worth")
    assert "cash" in figures(desk)[1]


def test_two_fills_of_one_option_come_in_at_one_mark_or_are_told_apart(desk):
    opened = dialog(desk, "Paste or import")
    opened.locator("textarea").fill("-5 XYZ 18DEC26 90 P @ 1.25\n−5 XYZ 18DEC26 90 P @ 1.31")
    desk.page.keyboard.press("Control+Enter")
    desk.settle()
    choice = opened.get_by_text("Mark XYZ 90 put 18 Dec 2026 at 1.28, the average of lines 1 and 2")
    expect(choice).to_be_visible()
    choice.click()
    expect(opened).to_contain_text("1 of 2 lines understood")
    expect(opened).to_contain_text("Line 2: entry_price 1.31 USD of XYZ 90 put 18 Dec 2026 differs")
    choice.click()
    opened.get_by_role("button", name="Import 2 positions").click()
    desk.settle()
    says(desk, "2 positions worth −$1,280")
    expect(cell(desk, 1, VOLATILITY + 1)).to_have_text("1.31")


def test_a_header_alone_is_a_sentence(desk):
    opened = dialog(desk, "Paste or import")
    opened.locator("textarea").fill("underlying,kind,quantity\n")
    desk.page.keyboard.press("Control+Enter")
    desk.settle()
    expect(opened).to_contain_text("No position stands here yet")


def test_a_file_with_faults_lists_them_and_changes_nothing(desk):
    before = figures(desk)
    opened = dialog(desk, "Paste or import")
    faulty = {
        "format": "margin-portfolio/1",
        "valuation_time": "2026-11-20T21:00:00Z",
        "underlyings": [{"symbol": "XYZ", "asset_class": "equity", "spot": -1}],
        "positions": [{"kind": "warrant", "underlying": "XYZ", "quantity": 1}],
    }
    upload(opened, "faulty.json", json.dumps(faulty).encode())
    expect(opened).to_contain_text("faulty.json was not opened: 2 faults. What was open stays.")
    text = opened.inner_text()
    assert "underlyings[0].spot" in text
    assert "warrant" in text
    desk.page.keyboard.press("Escape")
    desk.settle()
    assert figures(desk) == before


def test_a_file_replaces_the_account(desk):
    opened = dialog(desk, "Paste or import")
    content = {
        "format": "margin-portfolio/1",
        "name": "Ten shares",
        "valuation_time": "2026-11-20T21:00:00Z",
        "underlyings": [{"symbol": "XYZ", "asset_class": "equity", "spot": 50}],
        "positions": [{"kind": "stock", "underlying": "XYZ", "quantity": 10}],
    }
    upload(opened, "ten.json", json.dumps(content).encode())
    desk.settle()
    opened.get_by_role("button", name="Open it in place of the account").click()
    desk.settle()
    says(desk, "1 position worth $500")


def test_a_file_of_ten_megabytes_is_refused_in_a_sentence(desk):
    before = figures(desk)
    opened = dialog(desk, "Paste or import")
    upload(opened, "large.json", b"[" + b"1," * 5_000_000 + b"1]")
    desk.settle()
    assert "2MB" in opened.inner_text().replace(".0", "").replace(" ", "")
    desk.page.keyboard.press("Escape")
    desk.settle()
    assert figures(desk) == before


def upload(opened, name, content):
    field = opened.get_by_test_id("stFileUploaderDropzoneInput").first
    field.set_input_files({"name": name, "mimeType": "application/json", "buffer": content})
    opened.page.wait_for_timeout(600)


def test_a_template_is_added_and_back_takes_it_out(desk):
    opened = dialog(desk, "Templates")
    table = opened.get_by_test_id("stDataFrame")
    table.locator("[role=gridcell]#glide-cell-1-0").wait_for(state="attached")
    desk.page.wait_for_timeout(1000)
    box = table.locator("canvas").first.bounding_box()
    desk.page.mouse.click(box["x"] + 36, box["y"] + 36 + 21)  # the first "Use"
    says(desk, "11 positions worth")  # an iron condor more
    desk.settle()
    back(desk)
    says(desk, "7 positions worth")


def test_a_template_replaces_the_book_without_the_mouse(desk):
    opened = dialog(desk, "Templates")
    opened.get_by_text("Hedged", exact=True).click()
    desk.settle()
    opened.get_by_text("Replace the book").click()
    desk.settle()
    expect(opened).to_contain_text("The sample's collateral goes with its positions")
    use = opened.get_by_role("button", name="Use it")
    use.focus()
    desk.page.keyboard.press("Enter")
    says(desk, "2 positions worth")  # a covered call
    expect(desk.page.get_by_test_id("stToast")).to_contain_text(
        "collateral went with its positions"
    )
    assert "cash" not in figures(desk)[1]


@pytest.mark.parametrize(
    ("menu", "choice", "column", "shown"),
    [
        ("Scale", "Double", QUANTITY, "100"),
        ("Shift strikes", "Up one step", STRIKE, "115"),
        ("Roll", "7 days later", STRIKE + 1, "26 Mar 2027"),
    ],
)
def test_the_whole_book_is_changed_from_the_toolbar(desk, menu, choice, column, shown):
    desk.page.get_by_role("button", name=menu).click()
    desk.page.get_by_text(choice, exact=True).click()
    desk.page.wait_for_timeout(300)
    desk.settle()
    expect(cell(desk, 1, column)).to_have_text(shown)


def test_clear_is_undone_by_back(desk):
    before = figures(desk)
    desk.page.get_by_role("button", name="Clear").click()
    expect(desk.page.locator("h1").first).to_contain_text("No positions yet")
    expect(desk.page.get_by_test_id("stToast")).to_contain_text("with its name and any collateral")
    desk.settle()
    says(desk, "No collateral")
    back(desk)
    assert figures(desk) == before


def test_the_chart_has_a_table_twin(desk):
    desk.page.get_by_text("Show as table").click()
    desk.settle()
    tables = desk.page.get_by_test_id("stDataFrame")
    assert tables.count() == 5
    assert desk.page.locator("[aria-label*='against the spot']").count() >= 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_sideways_scrolling(visitors, scheme):
    phone = visitors(viewport=PHONE, color_scheme=scheme)
    phone.open("/portfolio")
    phone.page.wait_for_timeout(300)
    main = phone.page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert phone.headline()


def test_a_tampered_link_is_one_sentence(visitor):
    visitor.open("/portfolio?p=1.eNotAPortfolio")
    toast = visitor.page.get_by_test_id("stToast")
    toast.wait_for()
    assert "could not be opened" in toast.inner_text()
    assert "7 positions worth" in visitor.text()
