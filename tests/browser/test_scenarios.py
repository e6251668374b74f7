"""Journeys through Scenarios and Greeks in a real browser."""

from dataclasses import replace
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from pages.ui import link
from tests.browser.conftest import DESK, PHONE

pytestmark = pytest.mark.browser

COLUMNS, ROWS = 13, 7


def click_cell(visitor, column, row):
    """Click a cell of the heat map; column from the left, row from the top."""
    plot = visitor.page.locator("[class*=st-key-scenarios-map] .nsewdrag").first
    plot.wait_for()
    visitor.page.wait_for_timeout(600)  # plotly binds its events late
    box = plot.bounding_box()
    visitor.page.mouse.click(
        box["x"] + box["width"] * (column + 0.5) / COLUMNS,
        box["y"] + box["height"] * (row + 0.5) / ROWS,
    )
    visitor.settle()


def test_a_click_on_the_heat_map_lists_who_loses_there(visitor):
    visitor.open("/scenarios")
    click_cell(visitor, 0, 0)  # the top left one
    expect(visitor.page.get_by_text("Who loses at −30 %, vol +16 pts")).to_be_visible()
    click_cell(visitor, 12, 6)
    expect(visitor.page.get_by_text("Who loses at +30 %, vol −8 pts")).to_be_visible()


def test_the_selectors_are_the_twin_of_the_click(visitor):
    visitor.open("/scenarios")
    visitor.page.get_by_role("combobox", name="Spot move").click()
    visitor.page.get_by_role("option", name="+10 %").click()
    visitor.settle()
    expect(visitor.page.get_by_text("Who loses at +10 %")).to_be_visible()


def test_a_scenario_can_be_loaded_and_discarded(visitor):
    visitor.open("/scenarios")
    before = visitor.figures()
    visitor.page.get_by_role("button", name="Load this scenario").click()
    expect(visitor.page.get_by_text("What-if:")).to_be_visible()
    visitor.settle()
    assert visitor.figures() != before
    visitor.page.get_by_role("button", name="Discard").click()
    expect(visitor.page.get_by_text("What-if:")).to_be_hidden()
    visitor.settle()
    assert visitor.figures() == before


def test_the_what_if_follows_to_other_pages_and_back_undoes_it(visitor):
    visitor.open("/greeks")
    before = visitor.figures()
    what_if = visitor.page.get_by_text("What-if:")
    visitor.page.get_by_test_id("stSidebar").get_by_role("slider").first.press("ArrowLeft")
    expect(what_if).to_be_visible()
    visitor.settle()
    moved = visitor.figures()
    assert moved != before
    visitor.go("Scenarios")
    expect(what_if).to_be_visible()
    visitor.go("Greeks")
    assert visitor.figures() == moved
    for _ in range(2):  # to Scenarios, and to Greeks before it
        visitor.page.go_back()
        visitor.settle()
        expect(what_if).to_be_visible()
    visitor.page.go_back()
    expect(what_if).to_be_hidden()
    visitor.settle()
    assert visitor.figures() == before


def test_an_edited_sample_opened_by_its_link_is_still_there_on_the_next_page(visitor):
    sample = link.sample(link.DEFAULT_SAMPLE)
    first, *others = sample.portfolio.positions
    edited = replace(sample.portfolio, positions=(replace(first, quantity=3000.0), *others))
    visitor.open("/greeks?p=" + quote(link.code(link.Opened(edited, sample.market))))
    before = visitor.figures()
    visitor.go("Scenarios")
    visitor.go("Greeks")
    assert visitor.figures() == before
    assert "p=1." in visitor.page.url


@pytest.mark.parametrize("viewport", [DESK, PHONE])
def test_greeks_per_unit_are_shown_in_their_card_and_outlive_other_pages(visitors, viewport):
    visitor = visitors(viewport=viewport)
    visitor.open("/greeks")
    note = visitor.page.get_by_text("so there is no total here")
    expect(note).to_be_hidden()
    visitor.page.get_by_test_id("stMain").get_by_text("Per unit", exact=True).click()
    expect(note).to_be_visible()
    if viewport == DESK:
        table = visitor.page.get_by_test_id("stDataFrame").last
        table.locator("[role=columnheader]", has_text="Rho, per +1 %").wait_for(state="attached")
        scroller = table.locator(".dvn-scroller")
        assert scroller.evaluate("box => box.scrollWidth <= box.clientWidth + 1")
        visitor.go("Compare")
        visitor.go("Greeks")
        expect(note).to_be_visible()
    assert visitor.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth + 1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/scenarios", "/greeks"])
def test_a_phone_needs_no_sideways_scroll(visitors, path, scheme):
    phone = visitors(viewport=PHONE, color_scheme=scheme)
    phone.open(path)
    assert phone.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth + 1")
