"""Journeys through the Portfolio page, by what a visitor means to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from margin_core import LpRange, files
from pages.ui import compute, link, rules, shell, toolbar

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = "hedged_equity_collar"
FIRST_STRIKE_ROW = 1  # its first option
ROWS = 7


@pytest.fixture
def page():
    return opened(f"~{SAMPLE}")


def opened(code):
    """Open the page at its own address, as a link does."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    return go(app, "portfolio", code)


def go(app, page, code):
    for editor in app.data_editor:  # as in a browser, what a page's widgets hold is dropped
        if editor.key in app.session_state:
            del app.session_state[editor.key]
    app.session_state["shell.goto"] = (page, {"p": code})
    app.run()
    assert not app.exception
    return app


def workspace(page):
    return page.session_state["workspace"]


def editor_key(page, table="positions"):
    return next(
        editor.key for editor in page.data_editor if editor.key.startswith(f"portfolio.{table}.")
    )


def edit(page, table="positions", *, cells=None, added=(), deleted=()):
    """Lay changes over a table as the browser sends them: all since the table was begun."""
    page.session_state[editor_key(page, table)] = {
        "edited_rows": cells or {},
        "added_rows": list(added),
        "deleted_rows": list(deleted),
    }
    page.run()
    assert not page.exception
    return page


def notice(page):
    """Return what the frame will say; a test's second run is of the page without its frame."""
    return page.session_state["notice"].replace("\\", "")


def words(page):
    return " ".join(element.value for element in page.markdown)


def button(page, label):
    return next(found for found in page.button if found.label == label)


def test_the_page_says_where_the_book_makes_money_and_what_it_is_worth(page):
    assert page.title[0].value.startswith("On 15 Jan 27 the book makes money above")
    assert "7 positions worth $725,003" in words(page)
    assert "first expiry 15 Jan 2027 (56 d)" in words(page)


def test_an_edit_reaches_the_portfolio_and_the_next_one_adds_to_it(page):
    edit(page, cells={0: {"quantity": 4000.0}})
    edit(page, cells={0: {"quantity": 4000.0}, 1: {"quantity": 40.0}})
    quantities = [p.quantity for p in workspace(page).portfolio.positions]
    assert quantities[:2] == [4000.0, 40.0]
    assert workspace(page).sample is None


def test_cells_that_nobody_touched_keep_their_exact_value(page):
    before = workspace(page).market.instruments
    edit(page, cells={0: {"quantity": 4000.0}})
    assert workspace(page).market.instruments == before


def test_volatility_is_typed_in_points_and_a_day_as_people_write_it(page):
    edit(page, cells={1: {"implied_volatility": 31.7, "expiry": "18 Dec 2026"}})
    option = workspace(page).portfolio.positions[1].instrument
    quotes = {q.instrument: q.volatility for q in workspace(page).market.instruments}
    assert option.expiry.date().isoformat() == "2026-12-18"
    assert quotes[option] == 0.317


def test_a_change_of_kind_shows_the_multiplier_of_the_new_kind(page):
    edit(
        page,
        cells={1: {"kind": "stock", "strike": None, "expiry": None, "implied_volatility": None}},
    )
    assert page.data_editor[0].value["multiplier"][1] == 1.0
    assert workspace(page).faults == ()


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"strike": -5.0}, "**Row 2:** strike -5 is not positive."),
        ({"strike": None}, "**Row 2:** strike missing."),
        ({"strike": float("nan")}, "**Row 2:** strike missing."),
        ({"kind": "warrant"}, '**Row 2:** kind "warrant" is not known.'),
        ({"expiry": "2020-01-17"}, "expired on 2020\\-01\\-17"),
        ({"expiry": "18/12/2026"}, "is not a date"),
        ({"underlying": "FOO"}, "FOO is not among the underlyings."),
        ({"implied_volatility": 0.4}, "in points: write 25 for 25 %."),
        ({"implied_volatility": -4.0}, "in points: write 25 for 25 %."),
        ({"quantity": float("inf")}, "**Row 2:** quantity"),
    ],
)
def test_a_faulty_cell_is_one_sentence_and_the_last_figures_stay(page, cells, sentence):
    before = workspace(page).portfolio
    headline = page.title[0].value
    edit(page, cells={FIRST_STRIKE_ROW: cells})
    assert sentence.replace("\\", "") in words(page).replace("\\", "")
    assert "Figures are of the last complete portfolio." in words(page)
    assert workspace(page).portfolio == before
    assert page.title[0].value == headline


def test_a_row_just_begun_is_listed_once_and_its_completion_counts(page):
    edit(page, added=[{"underlying": "XYZ"}])
    assert words(page).count("Row 8:") == 1
    new = {"underlying": "XYZ", "kind": "call", "quantity": -5.0, "strike": 140.0}
    new |= {"expiry": "2027-03-19", "implied_volatility": 25.0}
    edit(page, added=[new])
    assert "Row 8:" not in words(page)
    assert len(workspace(page).portfolio.positions) == ROWS + 1


def test_a_faulty_row_can_be_removed_by_its_button(page):
    edit(page, cells={0: {"quantity": 4000.0}}, added=[{"underlying": "XYZ", "kind": "put"}])
    button(page, "Remove row 8").click().run()
    assert workspace(page).faults == ()
    assert workspace(page).portfolio.positions[0].quantity == 4000.0
    assert len(workspace(page).portfolio.positions) == ROWS


def test_two_positions_that_disagree_are_listed_by_the_row_of_the_second(page):
    row = {"underlying": "ABC", "kind": "put", "strike": 50.0, "expiry": "2027-01-15"}
    edit(page, added=[row | {"quantity": 1.0, "entry_price": p} for p in (1.0, 1.5)])
    assert "**Row 9:**" in words(page)


def test_a_table_of_another_session_has_another_key():
    """A browser that outlives its session must not lay old changes over the new table."""
    assert editor_key(opened("")) != editor_key(opened(""))


def test_deleting_a_row_takes_the_position_out(page):
    edit(page, deleted=[0, 4])
    assert [p.underlying for p in workspace(page).portfolio.positions] == ["XYZ"] * 3 + ["ABC"] * 2


def test_another_page_and_back_keeps_edits_and_unfinished_rows(page):
    edit(page, cells={0: {"quantity": 4000.0}}, added=[{"underlying": "XYZ", "kind": "put"}])
    go(page, "scenarios", workspace(page).link)
    go(page, "portfolio", workspace(page).link)
    assert page.data_editor[0].value["quantity"][0] == 4000.0
    assert "Row 8:" in words(page)
    edit(page, deleted=[7])
    assert workspace(page).faults == ()
    assert workspace(page).portfolio.positions[0].quantity == 4000.0


def test_every_column_can_be_shown_and_edited(page):
    edit(page, cells={0: {"quantity": 4000.0}})
    next(t for t in page.toggle if t.label == "All columns").set_value(True).run()
    edit(page, cells={1: {"venue": "Cboe"}})
    assert workspace(page).portfolio.positions[0].quantity == 4000.0
    assert workspace(page).portfolio.positions[1].venue == "Cboe"


def test_a_liquidity_range_brings_its_columns_as_soon_as_a_row_has_one(page):
    assert "lower_price" not in page.data_editor[0].proto.column_order
    edit(page, added=[{"underlying": "XYZ", "kind": "lp_range", "quantity": 1.0}])
    assert "lower_price missing" in words(page).replace("\\", "")
    assert {"lower_price", "upper_price", "liquidity"} <= set(
        page.data_editor[0].proto.column_order
    )
    edit(page, cells={ROWS: {"lower_price": 40.0, "upper_price": 60.0, "liquidity": 500.0}})
    assert workspace(page).faults == ()
    held = workspace(page).portfolio.positions[ROWS].instrument
    assert held == LpRange("XYZ", 40.0, 60.0, 500.0)


def test_a_cleared_book_offers_templates_and_starts_from_one(page):
    button(page, "Clear").click().run()
    assert not page.exception
    assert page.title[0].value.startswith("No positions yet")
    assert notice(page) == toolbar.CLEARED_SAMPLE
    assert (workspace(page).portfolio.balances, workspace(page).portfolio.name) == ((), "")
    button(page, "Collar").click().run()
    assert not page.exception
    assert len(workspace(page).portfolio.positions) == 3


def test_clearing_ones_own_book_leaves_its_collateral(page):
    edit(page, cells={0: {"quantity": 4000.0}})
    button(page, "Clear").click().run()
    assert notice(page) == toolbar.CLEARED
    assert workspace(page).portfolio.balances


def test_a_book_without_anything_says_how_to_begin():
    empty = '{"format": "margin-portfolio/1", "valuation_time": "2026-11-20T21:00:00Z"}'
    page = opened(files.encode(*files.read(empty)))
    assert page.title[0].value.startswith("No positions yet")
    edit(page, "underlyings", added=[{"symbol": "XYZ", "asset_class": "equity", "spot": 100.0}])
    assert [u.symbol for u in workspace(page).portfolio.underlyings] == ["XYZ"]
    edit(page, added=[{"underlying": "XYZ", "kind": "stock", "quantity": 10.0}])
    assert "1 position worth $1,000" in words(page)


@pytest.mark.parametrize("name", shell._TITLES)
def test_every_page_opens_on_an_empty_book(page, name):
    button(page, "Clear").click().run()
    go(page, name, workspace(page).link)
    assert len(page.title) == 1
    assert not page.error


def test_a_spot_is_edited_and_every_figure_follows(page):
    edit(page, "underlyings", cells={0: {"spot": 100.0, "volatility": 30.0}})
    market = workspace(page).market
    assert (market["XYZ"].spot, market["XYZ"].volatility) == (100.0, 0.3)
    assert workspace(page).faults == ()
    edit(page, "underlyings", cells={0: {"spot": 101.0, "volatility": 30.0}})
    assert workspace(page).market["XYZ"].spot == 101.0


def test_a_faulty_market_is_listed_and_survives_another_page(page):
    before = workspace(page).market
    edit(page, "underlyings", cells={0: {"spot": -1.0}}, added=[{"symbol": "NEW"}])
    assert "**Underlying 1:** spot -1 is not positive." in words(page).replace("\\", "")
    assert "**Underlying 3:**" in words(page)
    assert workspace(page).market == before
    go(page, "scenarios", workspace(page).link)
    go(page, "portfolio", workspace(page).link)
    assert "**Underlying 3:**" in words(page)


def test_a_volatility_below_a_point_waits_as_text_and_is_blank_when_seen_again(page):
    edit(page, cells={1: {"implied_volatility": 0.4}})
    go(page, "scenarios", workspace(page).link)
    go(page, "portfolio", workspace(page).link)
    assert page.data_editor[0].value["implied_volatility"].isna()[1]
    edit(page, cells={1: {"implied_volatility": 40.0}})
    assert workspace(page).faults == ()


def test_a_new_underlying_mends_the_row_that_waited_for_it(page):
    edit(page, added=[{"underlying": "NEW", "kind": "stock", "quantity": 5.0}])
    assert "NEW is not among the underlyings" in words(page)
    edit(page, "underlyings", added=[{"symbol": "NEW", "asset_class": "equity", "spot": 10.0}])
    assert workspace(page).faults == ()
    assert workspace(page).portfolio.positions[-1].underlying == "NEW"


def test_an_underlying_that_a_position_needs_cannot_be_taken_out(page):
    edit(page, "underlyings", deleted=[1])
    assert "ABC is not among the underlyings" in words(page)
    assert len(workspace(page).portfolio.underlyings) == 2


def test_collateral_takes_a_haircut_in_percent_by_phase(page):
    edit(page, "collateral", added=[{"asset": "XYZ", "amount": 10.0, "haircut": 12.5}])
    assert workspace(page).portfolio.balances[-1].haircut.maintenance == 0.125
    both = {"asset": "XYZ", "amount": 10.0, "haircut": 12.5, "haircut_to_keep": 10.0}
    edit(page, "collateral", added=[both])
    haircut = workspace(page).portfolio.balances[-1].haircut
    assert (haircut.initial, haircut.maintenance) == (0.125, 0.1)


def test_a_valuation_after_an_expiry_is_refused_in_a_sentence(page):
    before = workspace(page).market.valuation_time
    field = next(f for f in page.get("datetime_input") if f.label.startswith("Valuation"))
    field.set_value(before.replace(year=2027, month=6, tzinfo=None)).run()
    assert not page.exception
    assert "Position 2: the XYZ option expired" in notice(page)
    assert "4 more" in notice(page)
    assert workspace(page).market.valuation_time == before
    field = next(f for f in page.get("datetime_input") if f.label.startswith("Valuation"))
    assert field.value == before.replace(tzinfo=None)


def test_dividends_and_rates_that_the_table_cannot_hold_are_shown_and_kept():
    page = opened("~dividends_and_early_exercise")
    portfolio, market = link.sample("dividends_and_early_exercise").portfolio, None
    market = link.sample("dividends_and_early_exercise").market
    captions = " ".join(caption.value for caption in page.caption)
    assert "dividends" in captions
    assert "JSON file" in captions
    edit(page, "underlyings", cells={0: {"rate": 5.0}})
    symbol = portfolio.underlyings[0].symbol
    assert workspace(page).market[symbol].rate == 0.05
    assert workspace(page).market[symbol].dividends == market[symbol].dividends


@pytest.mark.parametrize("name", link.samples())
def test_every_sample_opens_with_its_figures(name):
    page = opened(f"~{name}")
    assert "the book" in page.title[0].value.lower()
    assert not page.error
    assert page.get("plotly_chart")


def test_a_tampered_link_is_one_sentence_and_the_default_book_stays():
    page = opened("1.this-is-no-portfolio")
    assert "could not be opened" in page.toast[0].value
    assert workspace(page).sample == link.DEFAULT_SAMPLE


def test_a_cash_account_is_chosen_on_the_page_and_reg_t_knows_it():
    def reg_t():
        found = compute.comparison(*workspace(page).account, rules.PUBLISHED)
        return next(r.capital_to_open for r in found.results if r.methodology == "us_reg_t")

    page = opened("~short_strangle_cheap_stock")
    in_margin = reg_t()
    (kind,) = (box for box in page.selectbox if box.label == "Account type")
    assert kind.options == ["margin", "cash"]
    kind.set_value("cash").run()
    assert not page.exception
    assert workspace(page).portfolio.account_type == "cash"
    assert reg_t() > in_margin
