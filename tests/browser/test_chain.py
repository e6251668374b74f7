"""The card on checks on a chain in a real browser, at a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, DRAWN, PHONE

pytestmark = pytest.mark.browser

BITCOIN = "/scenarios?p=~btc_hedged_with_calls_and_perpetual&view=Payoff"


@pytest.mark.parametrize(
    ("viewport", "scheme"), [(DESK, "light"), (DESK, "dark"), (PHONE, "light")]
)
def test_the_card_opens_and_its_chart_has_a_table(visitors, viewport, scheme):
    visitor = visitors(viewport=viewport, color_scheme=scheme)
    visitor.open(BITCOIN)
    takeaway = visitor.page.get_by_text("A check of Derive PMRM takes 31 option prices")
    expect(takeaway).to_be_visible()
    visitor.page.get_by_text("Show the count, and what fewer scenarios miss").click()
    visitor.settle()
    chart = visitor.page.locator(".st-key-scenarios-cost-chart")
    expect(chart.get_by_text("on average")).to_be_visible()
    expect(chart.get_by_text("2nd", exact=True)).to_be_visible()
    visitor.page.wait_for_function(DRAWN)
    assert visitor.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth + 1")
    visitor.page.locator(".st-key-scenarios-cost-table label").click()
    visitor.settle()
    expect(chart).to_have_count(0)
