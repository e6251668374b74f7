"""Journeys on the Compare page, from app.py as a visitor meets it."""

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from margin_core import METHODOLOGIES, MarginError, Phase, build_up, files
from pages.ui import compute, link, numbers

APP = Path(__file__).parents[1] / "app.py"
SAMPLE = link.DEFAULT_SAMPLE
CONDOR = "iron_condor_doubled_leg"


def opened(code="", **query):
    app = AppTest.from_file(APP, default_timeout=60)
    for name, value in {"p": code, **query}.items():
        if value:
            app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def asks(name, key, phase=Phase.OPEN):
    sample = link.sample(name)
    return numbers.money(phase.capital(METHODOLOGIES[key](sample.portfolio, sample.market)))


def sample_account():
    sample = link.sample(SAMPLE)
    return sample.portfolio, sample.market


def headline(app):
    return app.title[0].value


def words(app):
    """Everything written on the page but in tables and charts."""
    return "\n".join(element.value.replace("\\", "") for element in app.main.markdown)


def tables(app):
    return "\n".join(element.value.to_string() for element in app.main.table)


def test_the_headline_names_what_both_rule_books_ask():
    app = opened()
    assert asks(SAMPLE, "occ_tims") in headline(app)
    assert asks(SAMPLE, "us_reg_t") in headline(app)
    assert re.search(
        r"The hedges free \*\*\$[\d,]+\*\* \([\d.]+ %\)\. Decided by: XYZ spot", words(app)
    )


def test_every_figure_follows_the_switch_and_the_address_holds_it():
    app = opened(phase="To keep")
    assert asks(SAMPLE, "occ_tims", Phase.KEEP) in headline(app)
    assert asks(SAMPLE, "us_reg_t", Phase.KEEP) in headline(app)
    assert "Capital to keep, USD" in words(app)


def test_a_copied_link_keeps_the_switch_and_the_rule_book():
    app = opened(f"~{CONDOR}", phase="To keep", rulebook="SPAN")
    (url,) = (code.value for code in app.sidebar.code)
    query = parse_qs(urlsplit(url).query)
    assert query == {"p": [f"~{CONDOR}"], "phase": ["To keep"], "rulebook": ["SPAN"]}


def unit(app):
    return next(each for each in app.main.button_group if each.label == "Unit")


def indebted():
    """The default sample with a debt of 900,000: worth less than nothing."""
    portfolio, market = sample_account()
    (cash,) = portfolio.balances
    owing = replace(portfolio, balances=(replace(cash, amount=-900_000.0),))
    return files.encode(owing, market)


def test_in_percent_of_equity_the_bars_and_their_table_change_and_the_headline_stays():
    app = opened(unit="% of equity")
    tims, reg_t = (METHODOLOGIES[key](*sample_account()) for key in ("occ_tims", "us_reg_t"))
    worth = compute.worth(*sample_account())
    low, high = (f"{100 * each.capital_to_open / worth:.1f} %" for each in (tims, reg_t))
    assert headline(app) == headline(opened())
    assert f"Same book, four rule books: from {low} to {high} of equity" in words(app)
    assert "Capital to open, % of equity." in words(app)
    app.session_state["compare.bars.table"] = True
    app.run()
    (frame,) = (each.value for each in app.main.dataframe)
    rows = frame.set_index("Rule book")
    assert rows.loc[tims.title, "Capital to open"] == low
    assert (
        rows.loc[reg_t.title, "Capital to keep"] == f"{100 * reg_t.capital_to_keep / worth:.1f} %"
    )
    assert rows.loc[reg_t.title, "Excess to open"] == f"{100 * reg_t.excess_initial / worth:.1f} %"
    assert any("of equity, the net liquidation value" in each.value for each in app.main.caption)
    assert "Portfolio margin built up, USD" in words(app)


def test_a_copied_link_keeps_the_unit():
    (url,) = (code.value for code in opened(unit="% of equity").sidebar.code)
    assert parse_qs(urlsplit(url).query) == {"unit": ["% of equity"]}


def test_without_equity_there_is_no_percentage_and_the_reason_is_told():
    app = opened(indebted(), unit="% of equity")
    assert unit(app).disabled
    assert unit(app).value == "USD"
    assert unit(app).help == (
        "This account's equity, its net liquidation value, is zero or negative: nothing is a "
        "percentage of it."
    )
    assert f"to {asks(SAMPLE, 'us_reg_t')}" in words(app)
    assert "of equity" not in words(app)
    box = next(box for box in app.sidebar.selectbox if box.label == "Portfolio")
    box.set_value(SAMPLE).run()
    assert not unit(app).disabled


def test_the_unit_is_named_in_the_currency_of_the_account():
    portfolio, market = sample_account()
    (cash,) = portfolio.balances
    euros = replace(portfolio, currency="EUR", balances=(replace(cash, asset="EUR"),))
    assert unit(opened(files.encode(euros, market))).options == ["EUR", "% of equity"]


def csv_button(app):
    buttons = (each.proto for each in app.get("download_button"))
    return next(button for button in buttons if button.label == "Positions, CSV")


def test_positions_can_be_taken_as_csv():
    button = csv_button(opened())
    assert not button.disabled
    assert button.help == "One row per position and per balance."


def test_what_a_csv_cannot_hold_is_told_where_it_would_be_taken():
    button = csv_button(opened("~cash_and_carry"))
    assert button.disabled
    assert button.help == "A CSV cannot carry the forwards of BTC: export JSON instead."
    portfolio, market = (
        link.sample("cash_and_carry").portfolio,
        link.sample("cash_and_carry").market,
    )
    named = files.encode(replace(portfolio, name="=1+1"), market)
    assert "(1 of 2 reasons): export JSON" in csv_button(opened(named)).help
    assert csv_button(opened(empty_book())).disabled


def test_the_rule_book_follows_the_book_until_one_is_chosen():
    def open_sample(name):
        box = next(box for box in app.sidebar.selectbox if box.label == "Portfolio")
        box.set_value(name).run()
        return next(box.value for box in app.main.selectbox if box.label == "Rule book")

    app = opened()
    assert open_sample("inverse_crypto_book") != "Portfolio margin"
    assert open_sample(SAMPLE) == "Portfolio margin"
    next(box for box in app.main.selectbox if box.label == "Rule book").set_value("Reg T").run()
    assert open_sample("iron_condor") == "Reg T"


def test_portfolio_margin_that_asks_more_says_so():
    app = opened("~short_strangle_cheap_stock")
    assert headline(app).startswith("Portfolio margin asks more: ")
    assert "It ties up **$3,500** more (87.5 %)" in words(app)
    assert "Decided by: minimum per contract." in words(app)


def test_a_book_of_coins_names_who_does_not_cover_it():
    app = opened("~inverse_crypto_book")
    assert "Reg T" not in headline(app)
    assert "**Not covered:**" in words(app)
    assert "Reg T" in words(app).split("**Not covered:**")[1]


def test_what_is_locked_up_liquidates_nobody():
    app = opened("~hedged_liquidity")  # short of full collateral by 61,000
    assert "Full collateral" in headline(app)
    assert "No rule book would liquidate within 40 % of today's spot" in words(app)


def test_the_chosen_rule_book_is_explained_and_built_up():
    app = opened(rulebook="Reg T")
    amounts = app.main.table[0].value["amount"]
    assert numbers.money(amounts.iloc[-1]) == asks(SAMPLE, "us_reg_t")
    assert "Reg T built up" in words(app)
    sample = link.sample(SAMPLE)
    built = build_up(sample.portfolio, sample.market, METHODOLOGIES["us_reg_t"])
    assert f"Offsets cut {numbers.percent(built.saved, 0)}" in words(app)


def test_a_doubled_leg_is_named_as_uncovered_with_its_cost_and_the_simple_pairing_beside_it():
    app = opened(f"~{CONDOR}", rulebook="Reg T")
    assert "Uncovered: −10 IDX 6,300 call 15 Jan 2027 costs $600,000" in words(app)
    assert "asks $774,072: **$100,000 more**" in words(app)
    assert "Uncovered short option" in tables(app)


def test_the_costliest_uncovered_group_is_named_first(monkeypatch):
    found = compute.reg_t_pairings
    monkeypatch.setattr(compute, "reg_t_pairings", lambda *account: found(*account)[::-1])
    app = opened("~index_product_groups")
    assert "Uncovered: −1 NDX 20,000 put 15 Jan 2027 costs $215,000; −20 SPY" in words(app)


def test_the_derivation_goes_down_to_positions_and_their_paragraph():
    app = opened(f"~{CONDOR}", rulebook="Reg T")
    app.button[[b.label for b in app.button].index("Open the full derivation")].click().run()
    assert not app.exception
    steps = [step.label.replace("\\", "") for step in app.expander]
    assert any("Uncovered −10 IDX 6,300 call 15 Jan 2027" in step for step in steps)
    captions = "\n".join(caption.value.replace("\\", "") for caption in app.caption)
    assert re.search(r"Source: \[.*4210.*\]\(https?://.*\), \(f\)\(2\)\(E\)", captions)
    assert "Rule: larger of the two." in captions


def test_what_the_reader_must_know_stands_under_the_figure():
    app = opened("~short_strangle_cheap_stock")
    sample = link.sample("short_strangle_cheap_stock")
    (warning,) = METHODOLOGIES["occ_tims"](sample.portfolio, sample.market).warnings
    assert warning in words(app)


def test_a_pinned_book_is_compared_with_the_one_that_follows():
    app = opened()
    next(toggle for toggle in app.toggle if toggle.label == "Pin as baseline").set_value(True).run()
    assert "Portfolio margin asks what it asked of the pinned book" in words(app)
    next(box for box in app.sidebar.selectbox if box.label == "Portfolio").set_value(CONDOR).run()
    assert not app.exception
    assert re.search(r"Portfolio margin asks \$[\d,]+ more than before", words(app))
    (changes,) = (frame.value for frame in app.dataframe if "Baseline" in frame.value)
    row = changes[changes["Rule book"] == METHODOLOGIES["occ_tims"].title]
    assert row["Baseline"].item() == asks(SAMPLE, "occ_tims")
    assert row["Now"].item() == asks(CONDOR, "occ_tims")


def test_every_chart_has_its_table():
    app = opened()
    for name in ("bars", "spot", "built"):
        app.session_state[f"compare.{name}.table"] = True
    app.run()
    assert not app.exception
    columns = [set(frame.value.columns) for frame in app.main.dataframe]
    assert {"Rule book", "Capital to open", "Capital to keep"} <= columns[1] | columns[0]
    assert len(columns) == 3


def empty_book():
    sample = link.sample(SAMPLE)
    return files.encode(
        type(sample.portfolio)(underlyings=sample.portfolio.underlyings), sample.market
    )


def test_an_empty_book_offers_beginnings_and_no_figure():
    app = opened(empty_book())
    assert headline(app) == "The book is empty."
    buttons = [button for button in app.main.button if button.key]
    assert len(buttons) == 3
    assert not re.search(r"\$|nan|NaN", words(app))
    buttons[1].click().run()
    assert not app.exception
    assert "asks" in headline(app)


def test_a_card_that_cannot_be_drawn_says_so_and_the_others_stay(monkeypatch):
    def refuse(*_):
        raise MarginError("this step is not to be had", remedy="Take another rule book.")

    monkeypatch.setattr(compute, "built_up", refuse)
    app = opened()
    assert "this step is not to be had. Take another rule book." in words(app)
    assert "rule books: from" in words(app)
    assert "at each spot" in words(app)


@pytest.mark.parametrize("name", link.samples())
def test_every_sample_is_compared(name):
    app = opened("" if name == SAMPLE else f"~{name}")
    assert " ask" in headline(app)
    assert len(headline(app)) <= 90
    assert not app.error
