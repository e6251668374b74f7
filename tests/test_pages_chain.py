"""The card on checks on a chain: its takeaway, its counts, and what fewer scenarios miss."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import compute, link

APP = str(Path(__file__).resolve().parents[1] / "app.py")
BITCOIN = "btc_hedged_with_calls_and_perpetual"


def opened(sample, *, open_card=True, **state):
    """Open the Scenarios page of a sample, the card open."""
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state["shell.goto"] = ("scenarios", {"p": f"~{sample}", "view": "Payoff"})
    app.run()
    if open_card:
        app.session_state["scenarios.cost"] = True
        for key, value in state.items():
            app.session_state[f"scenarios.cost.{key}"] = value
        app.run()
    assert not app.exception
    return app


def takeaway(app):
    """Return the card's title."""
    (card,) = [m.value for m in app.markdown if "What a check on a chain costs" in m.value]
    return card.split("**")[1]


def table(app, column):
    """Return the table that has a column of that name."""
    (frame,) = [d.value for d in app.dataframe if column in d.value.columns]
    return frame


def words(app):
    told = " ".join(element.value for element in (*app.markdown, *app.caption))
    return told.replace("\\", "")


def test_the_takeaway_counts_the_check_that_runs_on_a_chain():
    assert takeaway(opened(BITCOIN, open_card=False)) == (
        "A check of Derive PMRM takes 31 option prices, some 186–248 k gas; 16 of its 31 scenarios "
        "would find 100 % of the requirement"
    )


def test_nothing_is_drawn_before_the_card_is_opened():
    closed = opened(BITCOIN, open_card=False)
    assert not [d for d in closed.dataframe if "Gas, estimate" in d.value.columns]


def test_the_counts_stand_by_rule_book_with_what_others_measured():
    counts = table(opened(BITCOIN), "Gas, estimate").set_index("Rule book")
    derive = counts.loc["Derive PMRM"]
    assert (derive["Scenarios"], derive["Prices"], derive["ln"]) == ("31", "31", "31")
    assert (derive["exp"], derive["Normal"]) == ("63", "62")
    assert derive["Gas of a test nearest in size"] == "PMRM, 1 expiry, 16 options: 17.0 m"
    assert derive["The venue checks"] == "by contracts"
    assert counts.loc["Deribit SM", "Prices"] == "–"
    assert counts.loc["Deribit SM", "Computes"] == "A formula for each position"


def test_american_options_and_the_pairing_are_not_counted_in_operations():
    app = opened("hedged_equity_collar")
    assert takeaway(app) == (
        "No chain could check this book in closed form: its options are American"
    )
    counts = table(app, "Gas, estimate").set_index("Rule book")
    assert counts.loc["Portfolio margin", "Prices"] == "50 American: no closed form"
    assert counts.loc["Reg T", "Prices"] == "not countable"
    assert counts.loc["Reg T", "Computes"] == "An optimisation, no formula"
    assert "Prices" not in table(app, "Scenarios kept").columns


def test_the_parts_of_the_list_show_what_they_cost_and_find():
    app = opened(BITCOIN)
    parts = table(app, "Scenarios kept").set_index("Scenarios kept")
    assert list(parts.loc["Every 2nd price move"]) == ["16", "16", "$18,997", "100 %"]
    assert list(parts.loc["Nearest moves and none"]) == ["3", "3", "$7,230", "38.1 %"]
    assert "16 scenarios, every 2nd price move, find 100 %; blind picks need 30" in words(app)
    assert "known afterwards: BTC spot −18 %, vol up." in words(app)
    assert "how Derive checks callers that it trusts" in words(app)


def test_another_rule_book_can_be_looked_at():
    app = opened(BITCOIN)
    (books,) = [box for box in app.selectbox if box.label == "Scenarios of"]
    assert books.options[0] == "Derive portfolio margin"
    books.set_value("OKX portfolio margin").run()
    assert not app.exception
    parts = table(app, "Scenarios kept").set_index("Scenarios kept")
    # three scenarios stand beside its list, and volatilities move in two ways
    assert list(parts.loc["All"])[:2] == ["21", "38"]
    assert "trusts" not in words(app)


def test_the_chart_has_a_table():
    counts = table(opened(BITCOIN, table=True), "On average")
    assert list(counts["Scenarios"]) == [str(number) for number in range(1, 32)]
    assert list(counts.iloc[-1]) == ["31", "100 %", "100 %"]


def test_a_list_of_which_every_scenario_is_needed_says_so():
    app = opened("inverse_crypto_book")
    (books,) = [box for box in app.selectbox if box.label == "Scenarios of"]
    books.set_value("SPAN-style margin").run()
    assert "No part of the 16 scenarios shown finds enough; blind picks need 15" in words(app)


def test_a_minimum_that_decides_needs_no_scenario():
    app = opened("short_strangle_cheap_stock")
    assert "No scenario has a say: a minimum or another charge decides" in words(app)


def test_nor_does_the_takeaway_say_that_some_would_find_it():
    assert takeaway(opened("box")).endswith("gas; no scenario has a say in the requirement")


def test_perpetuals_alone_price_nothing():
    app = opened("perpetuals_with_leverage")
    assert takeaway(app) == (
        "No option is priced in a check of this book: products of prices and sizes do"
    )


def test_balances_alone_have_nothing_to_check():
    sample = link.sample(BITCOIN)
    bare = replace(sample, sample=None, portfolio=replace(sample.portfolio, positions=()))
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state["shell.goto"] = ("scenarios", {"p": link.code(bare), "view": "Payoff"})
    app.run()
    assert not app.exception
    assert "on a chain costs" not in words(app)


def test_a_book_of_which_no_rule_book_has_a_list_says_so(monkeypatch):
    every = compute.results
    monkeypatch.setattr(
        compute, "results", lambda held: [r for r in every(held) if not r.scenarios]
    )
    assert "No rule book that covers this book takes the worst" in words(opened(BITCOIN))


def test_prices_without_a_list_are_told_without_its_parts(monkeypatch):
    every = compute.results

    def unnamed(held):
        """Return results of which no line bears a scenario's name."""
        return [
            replace(r, scenarios=tuple(replace(o, label=f"other {o.label}") for o in r.scenarios))
            for r in every(held)
        ]

    monkeypatch.setattr(compute, "results", unnamed)
    assert takeaway(opened(BITCOIN)) == (
        "A check of Derive PMRM takes 31 option prices, some 186–248 k gas"
    )


@pytest.mark.parametrize("sample", link.samples())
def test_the_card_opens_for_every_sample(sample):
    app = opened(sample)
    assert not app.error
    assert takeaway(app)
