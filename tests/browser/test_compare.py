"""The Compare page in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from margin_core import Phase, files
from pages.ui import link
from tests.browser.conftest import PHONE
from tests.test_pages_compare import CONDOR, SAMPLE, asks, indebted

pytestmark = pytest.mark.browser

FIRST_VISIT = 60_000  # ms: a cold server also imports the engine


def drawn(visitor):
    """Wait until the three charts are painted; they come after the script has run."""
    visitor.settle()
    visitor.page.locator(".js-plotly-plot .main-svg").nth(2).wait_for()
    visitor.page.wait_for_timeout(700)
    return visitor


def choose(visitor, box, option):
    visitor.page.get_by_role("combobox", name=box).click()
    visitor.page.get_by_role("option", name=option, exact=True).click()
    visitor.page.wait_for_timeout(300)
    visitor.settle()


def to_keep(visitor):
    visitor.page.get_by_test_id("stMain").get_by_text("To keep", exact=True).click()
    visitor.page.wait_for_timeout(300)
    visitor.settle()


def test_a_deep_link_is_answered_on_a_server_that_has_answered_nothing(visitors, cold_server):
    visitor = visitors(cold_server.url)
    visitor.page.set_default_timeout(FIRST_VISIT)
    visitor.open(f"/?p=~{CONDOR}&rulebook=Reg+T&phase=To+keep")
    assert asks(CONDOR, "occ_tims") in visitor.headline()
    assert visitor.page.get_by_test_id("stTopNavLink").count() >= 4
    assert "Uncovered: −10 IDX 6,300 call" in visitor.text()
    assert "phase=To+keep" in visitor.page.url


def test_a_shared_link_opens_the_same_numbers_elsewhere(visitors):
    first = visitors()
    first.open()
    choose(first, "Portfolio", link.samples()[CONDOR])
    choose(first, "Rule book", "SPAN")
    to_keep(first)
    second = visitors(timezone_id="Asia/Tokyo")
    second.open(first.page.url.removeprefix(first.url))
    assert drawn(second).figures() == drawn(first).figures()
    assert second.headline() == first.headline()
    assert "SPAN built up" in second.text()


def test_percent_of_equity_outlives_other_pages_a_reload_and_an_account_without_equity(visitor):
    def chart():
        visitor.page.locator("[class*=st-key-compare-bars] .main-svg").first.wait_for()
        return visitor.page.locator("[class*=st-key-compare-bars] .annotation").all_text_contents()

    visitor.open()
    money = visitor.headline()
    visitor.page.get_by_role("radio", name="% of equity").click()
    expect(visitor.page.get_by_text(re.compile("from .* of equity"))).to_be_visible()
    assert "unit=%25+of+equity" in visitor.page.url
    assert visitor.headline() == money
    assert "equity 100.0 %" in chart()
    visitor.go("Greeks")
    visitor.go("Compare")
    assert "equity 100.0 %" in chart()
    visitor.page.reload()
    drawn(visitor)
    assert "equity 100.0 %" in chart()
    visitor.open(f"/?p={indebted()}&unit=%25+of+equity")
    expect(visitor.page.get_by_role("radio", name="% of equity")).to_be_disabled()
    visitor.page.get_by_test_id("stMain").get_by_test_id("stTooltipIcon").first.hover()
    expect(visitor.page.get_by_text("is zero or negative: nothing is a percentage")).to_be_visible()
    choose(visitor, "Portfolio", link.samples()[CONDOR])
    expect(visitor.page.get_by_text(re.compile("from .* of equity"))).to_be_visible()


def test_the_csv_reads_back_to_what_is_open_and_its_absence_is_explained(visitor):
    visitor.open("/?p=~covered_call")
    sidebar = visitor.page.get_by_test_id("stSidebar")
    sidebar.get_by_role("button", name="Export").click()
    button = visitor.page.get_by_role("button", name="Positions, CSV")
    with visitor.page.expect_download() as taken:
        button.click()
    assert taken.value.suggested_filename == "positions.csv"
    sample = link.sample("covered_call")
    assert files.read_path(taken.value.path()) == (sample.portfolio, sample.market)
    visitor.page.keyboard.press("Escape")
    choose(visitor, "Portfolio", link.samples()["cash_and_carry"])
    sidebar.get_by_role("button", name="Export").click()
    expect(button).to_be_disabled()
    button.hover(force=True)
    expect(visitor.page.get_by_text("A CSV cannot carry the forwards of BTC")).to_be_visible()


def test_two_visitors_do_not_see_one_anothers_book(visitors):
    one, other = visitors(), visitors()
    one.open()
    other.open(f"/?p=~{CONDOR}")
    assert asks(SAMPLE, "occ_tims") in one.headline()
    assert asks(CONDOR, "occ_tims") in other.headline()
    to_keep(one)
    other.page.reload()
    other.settle()
    assert asks(CONDOR, "us_reg_t") in other.headline()
    assert asks(SAMPLE, "us_reg_t", Phase.KEEP) in one.headline()


def test_the_derivation_opens_down_to_the_paragraph_and_another_part_can_be_chosen(visitor):
    visitor.open(f"/?p=~{CONDOR}&rulebook=Reg+T")
    visitor.page.get_by_role("button", name="Open the full derivation").click()
    dialog = visitor.page.get_by_role("dialog")
    dialog.wait_for()
    visitor.settle()
    assert dialog.get_by_role("heading", name=re.compile(r"Why \$674,072\?")).is_visible()
    dialog.get_by_text("Uncovered short option: −10 IDX 6,300 call 15 Jan 2027 ·").click()
    dialog.get_by_text("(f)(2)(E), retrieved").first.wait_for()
    source = dialog.get_by_role("link", name=re.compile("FINRA Rule 4210")).filter(visible=True)
    assert source.first.get_attribute("href").startswith("https://")
    dialog.get_by_text("Gross requirement (basis A) ·").click()
    visitor.page.wait_for_timeout(600)  # it slides open
    dialog.get_by_role("combobox", name="The next step opens").filter(visible=True).click()
    visitor.page.get_by_role("option", name=re.compile("Short iron condor")).click()
    visitor.page.wait_for_timeout(400)
    visitor.settle()
    assert "Maximum potential loss" in dialog.inner_text()
    visitor.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")


def test_the_simple_pairing_stands_beside_the_cheapest(visitor):
    visitor.open(f"/?p=~{CONDOR}")
    assert "asks $774,072: $100,000 more" in visitor.text()
    visitor.page.get_by_text("Show the simple pairing").click()
    visitor.page.wait_for_timeout(400)
    visitor.settle()
    assert "Call credit spread" in visitor.text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_without_scrolling_sideways(visitors, scheme):
    visitor = visitors(viewport=PHONE, color_scheme=scheme)
    visitor.open(f"/?p=~{CONDOR}&unit=%25+of+equity")
    drawn(visitor)
    for _ in range(3):
        visitor.page.get_by_text("Show as table").first.click()
        visitor.page.wait_for_timeout(400)
        visitor.settle()
    widths = visitor.page.evaluate(
        "['html', '[data-testid=stMain]'].map(q => document.querySelector(q).scrollWidth)"
    )
    assert max(widths) <= PHONE["width"]
    background = visitor.page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    assert background == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(18, 22, 27)")
    assert visitor.page.locator(".js-plotly-plot").count() == 3


@pytest.mark.parametrize("query", ["", "?unit=%25+of+equity"])
def test_everything_important_stands_above_the_fold(visitor, query):
    visitor.open(f"/{query}")
    drawn(visitor)
    bottoms = [
        box["y"] + box["height"]
        for box in (plot.bounding_box() for plot in visitor.page.locator(".js-plotly-plot").all())
    ]
    assert max(bottoms) < 900


def test_the_keyboard_reaches_the_switch_and_the_derivation(visitor):
    visitor.open()
    button = visitor.page.get_by_role("button", name="Open the full derivation")
    button.focus()
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_role("dialog").wait_for()
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_role("dialog").wait_for(state="detached")
    before = visitor.headline()
    switch = visitor.page.get_by_test_id("stMain").get_by_role("radio", name="To keep")
    switch.focus()
    visitor.page.keyboard.press("Space")
    visitor.page.wait_for_timeout(300)
    visitor.settle()
    assert visitor.headline() != before
