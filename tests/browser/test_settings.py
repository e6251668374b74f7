"""Rule book settings in a real browser: the dialog, the address, the way back."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from margin_core import METHODOLOGIES
from tests.browser.conftest import PHONE
from tests.test_pages_settings import GIVEN, HEDGED, STRESS, asks

pytestmark = pytest.mark.browser

PROFILE = "Parameters are those of the profile 'stock_stress'."
OVERLAY = '[data-testid="portal"] input, [data-testid="portal"] textarea'
VALUE = 1  # column of the table


def dialog(visitor, button):
    visitor.page.get_by_role("button", name=button, exact=True).click()
    opened = visitor.page.get_by_role("dialog")
    opened.get_by_test_id("stDataFrame").first.wait_for()
    visitor.settle()
    return opened


def choose(visitor, label, option):
    visitor.page.get_by_role("dialog").get_by_role("combobox", name=label).click()
    visitor.page.get_by_role("option", name=option, exact=True).click()
    visitor.page.wait_for_timeout(300)
    visitor.settle()


def use(visitor):
    visitor.page.get_by_role("button", name="Use these settings").click()
    visitor.page.get_by_role("dialog").wait_for(state="detached")
    visitor.settle()


def cell(opened, row, column=VALUE):
    table = opened.get_by_test_id("stDataFrame").first
    return table.locator(f"[role=gridcell]#glide-cell-{column}-{row}")


def give(visitor, opened, row, text):
    """Type a value into a row of the table."""
    here = cell(opened, row)
    here.wait_for(state="attached")
    visitor.page.wait_for_timeout(400)
    if here.get_attribute("aria-selected") != "true":
        box = opened.locator("canvas").first.bounding_box()
        visitor.page.mouse.click(box["x"] + 300, box["y"] + 45 + 30 * row)
    expect(here).to_have_attribute("aria-selected", "true")
    visitor.page.keyboard.press("Enter")
    visitor.page.locator(OVERLAY).first.wait_for()
    visitor.page.keyboard.press("Control+a")
    visitor.page.keyboard.type(text)
    visitor.page.wait_for_timeout(120)
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator(OVERLAY)).to_have_count(0)
    visitor.page.wait_for_timeout(400)
    visitor.settle()


def heading(visitor, amount):
    expect(visitor.page.locator("h1").first).to_contain_text(amount)


def test_an_overlay_changes_the_figures_travels_in_the_address_and_is_undone(visitors):
    first = visitors()
    first.open()
    published = first.figures()
    dialog(first, "Change its parameters")
    choose(first, "Profile", "stock stress")
    assert "+$38,624" in first.page.get_by_role("dialog").text_content()
    use(first)
    heading(first, asks("occ_tims", STRESS))
    assert PROFILE in first.text()
    assert "Rule book settings: Portfolio margin: stock stress" in first.text()
    marked = f"{METHODOLOGIES['occ_tims'].title} · stock stress"
    expect(first.page.get_by_test_id("stMain")).to_contain_text(marked)
    assert "with=occ_tims%3Astock_stress" in first.page.url
    stressed = first.figures()
    assert stressed != published
    first.page.reload()
    first.settle()
    assert first.figures() == stressed
    second = visitors(timezone_id="Asia/Tokyo")
    second.open(first.page.url.removeprefix(first.url))
    assert second.figures() == stressed
    first.page.get_by_role("button", name="Reset", exact=True).click()
    heading(first, asks("occ_tims"))
    first.settle()
    assert first.figures() == published
    assert "with=" not in first.page.url
    first.page.go_back()
    heading(first, asks("occ_tims", STRESS))
    first.settle()
    assert first.figures() == stressed


def test_settings_hold_on_every_page_and_change_from_any(visitor):
    visitor.open(f"/?with={STRESS}")
    for page in ("Portfolio", "Scenarios", "Greeks", "Collateral"):
        visitor.go(page)
        assert "Rule book settings: Portfolio margin: stock stress" in visitor.text(), page
        assert "with=occ_tims" in visitor.page.url
    dialog(visitor, "Change")
    visitor.page.get_by_role("button", name="Reset Portfolio margin (OCC TIMS)").click()
    visitor.settle()
    use(visitor)
    heading(visitor, asks("occ_tims"))
    assert "Rule book settings: " not in visitor.text()


def test_a_link_survives_a_click_that_comes_before_the_page_is_drawn(visitor):
    """A slow machine shows the menu long before the boxes that hold what a link opened."""
    slowed = visitor.context.new_cdp_session(visitor.page)
    slowed.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    visitor.page.goto(f"/?p=~{HEDGED}&with={STRESS}")
    for page in ("Portfolio", "Greeks"):
        visitor.page.get_by_test_id("stTopNavLink").filter(has_text=page).click()
        visitor.page.wait_for_url(f"**/{page.lower()}?*{HEDGED}*")
    slowed.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    main = visitor.page.get_by_test_id("stMain")
    for _ in range(2):
        expect(main).to_contain_text("Rule book settings: Portfolio margin: stock stress")
        expect(main).to_contain_text("BTC")
        address = parse_qs(urlsplit(visitor.page.url).query)
        assert address == {"p": [f"~{HEDGED}"], "with": [STRESS]}
        visitor.settle()
        visitor.go("Collateral")


def type_in_box(visitor, name, text):
    box = visitor.page.get_by_role("textbox", name=name)
    box.click()
    visitor.page.keyboard.press("Control+a")
    visitor.page.keyboard.press("Delete")
    visitor.page.keyboard.type(text)
    visitor.page.keyboard.press("Enter")


def test_a_box_takes_a_text_that_was_open_before(visitor):
    visitor.open()
    for text in (STRESS, "", STRESS, "rubbish", ""):
        type_in_box(visitor, "Rule book settings", text)
        asked = text if text != "rubbish" else STRESS
        heading(visitor, asks("occ_tims", asked))
        expect(visitor.page.get_by_role("textbox", name="Rule book settings")).to_have_value(asked)
        visitor.settle()
        assert ("with=" in visitor.page.url) == bool(asked)
    for sample in ("box", HEDGED, "box"):
        type_in_box(visitor, "Link code", f"~{sample}")
        visitor.page.wait_for_url(f"**?p=~{sample}")
        visitor.settle()


def test_what_a_venue_does_not_publish_is_given_on_the_page(visitor):
    visitor.open(f"/?p=~{HEDGED}")
    opened = dialog(visitor, "Give what Bybit PM lacks")
    assert "Give them above." in opened.inner_text()
    for row, value in enumerate(("0.01", "0.002", "lots")):
        give(visitor, opened, row, value)
    assert "no figure comes out with initial_factor.BTC=lots." in opened.inner_text()
    assert "The last value stays." in opened.inner_text()
    give(visitor, opened, 2, "1.2")
    assert asks("bybit_pm", GIVEN, HEDGED) in opened.text_content()
    use(visitor)
    marked = f"{METHODOLOGIES['bybit_pm'].title} · modified"
    expect(visitor.page.get_by_test_id("stMain")).to_contain_text(marked)
    assert "Give what Bybit PM lacks" not in visitor.text()


def test_a_parameter_is_found_by_its_words_and_its_last_good_value_stays(visitor):
    visitor.open()
    opened = dialog(visitor, "Change its parameters")
    opened.get_by_role("textbox", name="Find").fill("contract minimum")
    visitor.page.keyboard.press("Enter")
    expect(cell(opened, 0, 0)).to_have_text("contract_minimum")
    give(visitor, opened, 0, "37.5")
    assert "+$" in opened.text_content()
    give(visitor, opened, 0, "much")
    assert "'much' is not a value like 0.375." in opened.inner_text()
    use(visitor)
    heading(visitor, asks("occ_tims", "occ_tims.contract_minimum=37.5"))


def test_what_was_not_used_is_gone_when_the_dialog_opens_again(visitor):
    visitor.open(f"/?p=~{HEDGED}")
    opened = dialog(visitor, "Give what Bybit PM lacks")
    give(visitor, opened, 0, "0.01")
    opened.get_by_text("Changed", exact=True).click()
    expect(cell(opened, 0)).to_have_text("0.01")
    give(visitor, opened, 0, "0.03")
    opened.get_by_text("Needed here", exact=True).click()
    expect(cell(opened, 0)).to_have_text("0.03")
    expect(cell(opened, 1)).to_have_text("not published")
    visitor.page.keyboard.press("Escape")
    opened.wait_for(state="detached")
    opened = dialog(visitor, "Give what Bybit PM lacks")
    expect(cell(opened, 0)).to_have_text("not published")
    assert "with=" not in visitor.page.url


def test_settings_in_the_address_that_cannot_be_taken_are_one_sentence(visitor):
    visitor.open("/?with=occ_tims:nobody")
    toast = visitor.page.get_by_test_id("stToast")
    toast.wait_for()
    assert "no profile 'nobody'" in toast.inner_text()
    heading(visitor, asks("occ_tims"))
    assert "with=" not in visitor.page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_settings_without_sideways_scrolling(visitors, scheme):
    phone = visitors(viewport=PHONE, color_scheme=scheme)
    phone.open(f"/?with={STRESS},us_reg_t:house_25_15,us_reg_t.initial_long=0.6")
    dialog(phone, "Change")
    widths = phone.page.evaluate(
        "['html', '[data-testid=stMain]'].map(q => document.querySelector(q).scrollWidth)"
    )
    assert max(widths) <= PHONE["width"]
    phone.page.keyboard.press("Escape")
    phone.page.get_by_role("dialog").wait_for(state="detached")
