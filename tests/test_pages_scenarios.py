"""The Scenarios and Greeks pages run for every sample, and say what is true."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import link

APP = str(Path(__file__).resolve().parents[1] / "app.py")


def opened(page, code=""):
    """Open a page at its own address, as a link does."""
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state["shell.goto"] = (page, {"p": code} if code else {})
    return app.run()


@pytest.mark.parametrize("page", ["scenarios", "greeks"])
@pytest.mark.parametrize("sample", link.samples())
def test_every_sample_opens_on_every_page(page, sample):
    app = opened(page, f"~{sample}")
    assert not app.exception
    assert not app.error
    assert len(app.title) == 1


@pytest.mark.parametrize("view", ["Risk array", "Time ladder", "Reverse", "Payoff"])
def test_every_view_draws(view):
    app = opened("scenarios")
    app.segmented_control(key="view").set_value(view).run()
    assert not app.exception


def test_the_headline_names_the_scenario_that_binds_portfolio_margin():
    app = opened("scenarios", "~covered_call")
    assert app.title[0].value.startswith(
        "A fall of 15 % decides under Portfolio margin: the book loses :orange[$"
    )


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        (
            "short_strangle_cheap_stock",
            (
                "The minimum per contract decides under Portfolio margin: no scenario loses more "
                "than :orange[$1,373]."
            ),
        ),
        (
            "box",
            "The minimum per contract decides under Portfolio margin: no scenario loses anything.",
        ),
    ],
)
def test_where_a_minimum_decides_no_scenario_is_said_to(sample, said):
    app = opened("scenarios", f"~{sample}")
    assert app.title[0].value == said
    told = next(text.value for text in app.markdown if " binds at " in text.value)
    assert "Portfolio margin (OCC TIMS) binds at its minimum per contract" in told


def test_one_position_alone_loses_most_in_the_singular():
    title = opened("scenarios", "~btc_hedged_with_calls_and_perpetual").title[0].value
    assert title.endswith("BTC collateral loses most.")


def test_the_panel_adds_up_to_the_cell():
    app = opened("scenarios", "~iron_condor")
    (spot,) = [box for box in app.selectbox if box.label == "Spot move"]
    spot.set_value(-0.3).run()
    (total,) = [m.value for m in app.markdown if m.value.startswith("**Total**")]
    assert "−30 %" in total


def test_a_what_if_comes_back_from_its_link():
    app = opened("greeks", "~covered_call")
    before = [metric.value for metric in app.metric]
    app.slider[0].set_value(-10).run()
    moved = [metric.value for metric in app.metric]
    assert moved != before
    again = opened("greeks", app.session_state["workspace"].link)
    assert again.slider[0].value == -10
    assert [metric.value for metric in again.metric] == moved


def test_an_empty_book_says_where_to_begin():
    held = replace(link.sample(link.DEFAULT_SAMPLE), sample=None)
    cash_alone = replace(held, portfolio=replace(held.portfolio, positions=()))
    empty = replace(held, portfolio=replace(held.portfolio, positions=(), balances=()))
    for account in (empty, cash_alone):
        for page in ("scenarios", "greeks"):
            app = opened(page, link.code(account))
            assert not app.exception
            assert app.title[0].value == "The book is empty."


def test_coins_without_positions_have_greeks_and_scenarios():
    coins = replace(link.sample("covered_call_vault"), sample=None)
    coins = replace(coins, portfolio=replace(coins.portfolio, positions=()))
    assert opened("greeks", link.code(coins)).title[0].value.startswith("Long ")
    assert not opened("scenarios", link.code(coins)).exception


def test_keeping_a_what_if_makes_it_the_account():
    app = opened("greeks", "~covered_call!s-0.1")
    moved = [metric.value for metric in app.metric]
    (keep,) = [button for button in app.button if button.label == "Keep"]
    keep.click().run()
    assert not app.exception
    assert [metric.value for metric in app.metric] == moved
    assert app.session_state["workspace"].move == link.NO_MOVE


@pytest.mark.parametrize(
    ("code", "headline", "carrier"),
    [
        ("~hedged_liquidity", "rises hurt faster than falls help", "What never expires carries"),
        ("~covered_call", "falls hurt faster than rises help", "19 Feb 27 carries"),
        ("~box", "No delta and no gamma to speak of", "No gamma at any expiry"),
        ("~perpetuals_with_leverage", "rises and falls count alike", "Nothing here expires"),
    ],
)
def test_the_greeks_say_which_way_the_book_leans_and_what_carries_its_gamma(
    code, headline, carrier
):
    app = opened("greeks", code)
    assert headline in app.title[0].value
    assert any(carrier in text.value.replace("\xa0", " ") for text in app.markdown)


def test_the_time_ladder_says_what_waiting_costs_and_its_table_has_every_date():
    app = opened("scenarios", "~iron_condor")
    app.segmented_control(key="view").set_value("Time ladder").run()
    assert any("at today's spot earns $" in text.value for text in app.markdown)
    toggle = next(t for t in app.toggle if t.key == "scenarios.ladder.table")
    toggle.set_value(True).run()
    rows = app.dataframe[0].value
    assert rows.index[0] == "Today"
    assert len(rows.index) == 3  # half the way to the one expiry, and that


def test_a_book_that_never_expires_has_dates_of_its_own():
    app = opened("scenarios", "~perpetuals_with_leverage")
    app.segmented_control(key="view").set_value("Time ladder").run()
    assert not app.exception
    assert any("costs nothing" in text.value for text in app.markdown)


def test_the_reverse_view_names_the_moves_that_lose_the_amount():
    app = opened("scenarios", "~covered_call_vault")
    app.segmented_control(key="view").set_value("Reverse").run()
    told = next(text.value for text in app.markdown if " loses $" in text.value)
    assert told.startswith("**A fall of 30")  # half of what 60 % lose
    (amount,) = [n for n in app.number_input if n.label.startswith("Loss")]
    amount.set_value(1e12).run()
    assert any("No move of spot" in text.value for text in app.markdown)
    assert not app.exception


def per_unit(app):
    return next(toggle for toggle in app.main.toggle if toggle.label == "Per unit")


def test_greeks_per_unit_are_those_of_the_instrument_whatever_is_held_of_it():
    app = opened("greeks", "~covered_call")
    assert not per_unit(app).value
    whole = app.main.dataframe[0].value
    per_unit(app).set_value(True).run()
    assert not app.exception
    (frame,) = (each.value for each in app.main.dataframe)
    stock, call = (row for _, row in frame.iterrows())
    held, sold = (row for _, row in whole.iterrows())
    assert "stock" in stock["Of one unit, held long"]
    assert not call["Of one unit, held long"].startswith("-")
    assert (stock["Delta, units"], stock["Price, USD"]) == (
        1.0,
        held["Value"] / held["Delta, units"],
    )
    assert 0.0 < call["Delta, units"] < 1.0
    assert sold["Delta, units"] < 0.0 < call["Vega, per point"]
    assert call["Price, USD"] > 0.0 > sold["Value"]
    assert call["Delta, units"] / call["Price, USD"] == pytest.approx(
        sold["Delta, units"] / sold["Value"], rel=1e-3
    )
    assert any("there is no total here" in caption.value for caption in app.main.caption)
    assert "Position-scaled" in app.main.markdown[0].value


def test_per_unit_is_offered_where_rows_are_positions_alone_and_is_remembered():
    app = opened("greeks", "~covered_call")
    per_unit(app).set_value(True).run()
    by = next(each for each in app.main.button_group if each.label == "By")
    by.set_value("Underlying").run()
    assert not [toggle for toggle in app.main.toggle if toggle.label == "Per unit"]
    assert not app.main.dataframe
    next(each for each in app.main.button_group if each.label == "By").set_value("Position").run()
    assert per_unit(app).value


def test_liquidity_per_unit_is_one_such_position():
    app = opened("greeks", "~hedged_liquidity")
    per_unit(app).set_value(True).run()
    assert any("(of liquidity: one such position)" in each.value for each in app.main.caption)


def test_coins_held_have_their_name_per_unit():
    app = opened("greeks", "~inverse_crypto_book")
    per_unit(app).set_value(True).run()
    rows = app.main.dataframe[0].value.set_index("Of one unit, held long")
    assert rows.loc["BTC collateral", "Delta, units"] == 1.0
    assert rows.loc["BTC inverse perpetual", "Delta, units"] == pytest.approx(1.0)
