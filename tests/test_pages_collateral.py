"""The Collateral page runs for every sample, and says what is true."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from margin_core import Phase
from pages.ui import compute, link, rules

APP = str(Path(__file__).resolve().parents[1] / "app.py")


def opened(code=""):
    """Open the page at its own address, as a link does."""
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state["shell.goto"] = ("collateral", {"p": code} if code else {})
    return app.run()


def changed(sample, change):
    """Open a sample after ``change`` to its portfolio."""
    found = link.sample(sample)
    return opened(link.code(replace(found, sample=None, portfolio=change(found.portfolio))))


def spoken(app):
    return " ".join(each.value for each in app.markdown)


@pytest.mark.parametrize("sample", link.samples())
def test_every_sample_opens(sample):
    app = opened(f"~{sample}")
    assert not app.exception
    assert not app.error
    assert len(app.title) == 1


def test_the_headline_tells_the_ladder_from_its_first_step_to_its_last():
    app = opened("~hedged_equity_collar")
    title = app.title[0].value
    assert title.startswith("From Reg T to Portfolio margin the book needs ")
    assert title.endswith(", not $361,003.")


def test_a_last_step_that_asks_more_is_said_to():
    app = opened("~cash_and_carry")
    (phase,) = [each for each in app.segmented_control if each.label == "Requirement"]
    phase.set_value("To keep").run()
    assert "asks more than Isolated margin" in app.title[0].value


def test_steps_that_do_not_cover_the_book_are_named():
    assert "**Not covered:** Isolated margin" in spoken(opened("~inverse_crypto_book"))


def test_wrong_way_collateral_is_named_with_what_it_backs():
    text = spoken(opened("~inverse_crypto_book"))
    assert "**Wrong-way: ETH and STETH** back −20 ETH 2,600 put 25 Dec 2026" in text


def test_a_coin_whose_positions_gain_little_is_not_said_to_be_hedged():
    text = spoken(opened("~covered_call_vault"))
    assert "**BTC** backs nothing that loses with it: the position on BTC makes" in text


def test_millions_held_are_written_out():
    app = opened("~index_product_groups")
    (held,) = [frame.value for frame in app.dataframe if "Haircut" in frame.value.columns]
    assert list(held["Amount"]) == ["3,600,000"]


def test_a_step_of_less_than_a_percent_is_not_nought():
    assert "**Deribit PM asks hardly more than Deribit SM**" in spoken(
        opened("~cash_secured_put_vault")
    )


def test_a_book_settled_in_coin_is_told_in_coin():
    assert "**In coin**" in spoken(opened("~inverse_crypto_book"))
    assert "**In coin**" not in spoken(opened("~hedged_equity_collar"))


def test_another_rule_book_brings_its_own_haircuts():
    app = opened("~cash_and_carry")
    (box,) = [each for each in app.selectbox if each.label == "Rule book"]
    before = spoken(app)
    box.set_value("Cross margin").run()
    assert "By Cross margin" in spoken(app)
    assert "By Cross margin" not in before


def test_a_book_over_two_venues_is_set_against_one_account():
    def over_two(portfolio):
        here, *rest = portfolio.balances
        return replace(
            portfolio,
            positions=tuple(replace(p, venue="one") for p in portfolio.positions),
            balances=(
                replace(here, venue="two"),
                *(replace(b, amount=1.0, venue="one") for b in rest),
            ),
        )

    app = changed("cash_and_carry", over_two)
    assert not app.exception
    text = spoken(app)
    assert "each venue alone by" in text
    assert "from two to one" in text


def test_an_empty_book_says_where_to_begin():
    app = changed("cash_and_carry", lambda p: replace(p, positions=(), balances=()))
    assert not app.exception
    assert app.title[0].value == "The book is empty."


def test_each_venue_is_margined_by_its_own_rule_book_where_that_covers_it():
    portfolio, market = link.sample("two_venues").portfolio, link.sample("two_venues").market
    found = compute.segregated("scenario_pm", portfolio, market, Phase.OPEN, rules.PUBLISHED)
    by_venue = {venue.name: venue.result.methodology for venue in found.venues}
    assert by_venue == {
        "deribit": "deribit_pm",
        "bybit": "scenario_pm",
    }  # Bybit's covers no coin swap
