"""Journeys through Collateral in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser

BOOK = "/collateral?p=~cash_and_carry"


def test_another_rule_book_counts_the_coins_less(visitor):
    visitor.open(BOOK)
    expect(
        visitor.page.get_by_text("Collateral of $285,000 counts in full", exact=True)
    ).to_be_visible()
    visitor.page.get_by_test_id("stMain").get_by_role("combobox").first.click()
    visitor.page.get_by_role("option", name="Cross margin").click()
    visitor.settle()
    expect(
        visitor.page.get_by_text("Of $285,000 in collateral $276,750 counts", exact=True)
    ).to_be_visible()
    visitor.go("Greeks")
    visitor.go("Collateral")
    expect(
        visitor.page.get_by_text("Of $285,000 in collateral $276,750 counts", exact=True)
    ).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scroll(visitors, scheme):
    phone = visitors(viewport=PHONE, color_scheme=scheme)
    phone.open(BOOK)
    expect(phone.page.locator("h1").first).to_contain_text("From Isolated margin to Deribit PM")
    assert phone.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth + 1")
