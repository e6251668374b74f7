"""Rule book settings, from app.py as a visitor meets them: address, figures, dialog, way back."""

from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from margin_core import METHODOLOGIES, Phase, configured
from pages.ui import compute, link, numbers, rules

APP = str(Path(__file__).resolve().parents[1] / "app.py")
PAGES = ("compare", "portfolio", "scenarios", "greeks", "collateral")
STRESS = "occ_tims:stock_stress"
HEDGED = "btc_hedged_with_calls_and_perpetual"
GIVEN = (
    "bybit_pm.short_option_rate.BTC=0.01,bybit_pm.contract_rate.BTC=0.002,"
    "bybit_pm.initial_factor.BTC=1.2"
)


def opened(settings="", page="compare", code="", **query):
    """Open a page at its own address, as a link does."""
    app = AppTest.from_file(APP, default_timeout=60)
    named = {"p": code, "with": settings, **query}
    app.session_state["shell.goto"] = (page, {k: v for k, v in named.items() if v})
    app.run()
    assert not app.exception
    return app


def asks(key, settings="", name=link.DEFAULT_SAMPLE, phase=Phase.OPEN):
    """Return what a rule book asks under settings, computed without the pages."""
    sample = link.sample(name)
    books = configured(METHODOLOGIES, rules.read(settings))
    return numbers.money(phase.capital(books[key](sample.portfolio, sample.market)))


def banner(app):
    return " ".join(warning.value.replace("\\", "") for warning in app.main.warning)


def words(app):
    return "\n".join(element.value.replace("\\", "") for element in app.main.markdown)


def button(app, label):
    return app.button[[each.label for each in app.button].index(label)]


def box(app, key):
    return next(each for each in app.sidebar.text_input if each.key == key)


def test_published_parameters_need_no_word():
    app = opened()
    assert not banner(app)
    assert box(app, "with").value == ""
    assert "with" not in app.query_params


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_plainly_what_is_set(page):
    app = opened(f"{STRESS},bybit_pm.initial_factor.BTC=1.20", page)
    assert banner(app) == (
        "**Rule book settings:** Bybit PM: initial_factor.BTC = 1.2 · Portfolio margin: "
        "stock stress"
    )
    assert {"Reset", "Change"} <= {each.label for each in app.main.button}


def test_a_link_opens_figures_under_the_settings_and_marks_them():
    app = opened(STRESS)
    assert asks("occ_tims", STRESS) != asks("occ_tims")
    assert asks("occ_tims", STRESS) in app.title[0].value
    assert "Parameters are those of the profile 'stock_stress'." in words(app)
    app.session_state["compare.bars.table"] = True
    app.run()
    frame = app.main.dataframe[0].value
    titles = dict(zip(frame["Rule book"], frame["Capital to open"], strict=True))
    marked = f"{METHODOLOGIES['occ_tims'].title} · stock stress"
    assert titles[marked] == asks("occ_tims", STRESS)
    assert titles[METHODOLOGIES["us_reg_t"].title] == asks("us_reg_t")


def test_the_address_and_the_copied_link_hold_the_settings():
    app = opened("us_reg_t.initial_long=0.60,occ_tims:stock_stress")
    text = "occ_tims:stock_stress,us_reg_t.initial_long=0.6"
    assert app.query_params["with"] in (text, [text])
    app.run()
    assert box(app, "with").value == text
    (url,) = (code.value for code in app.sidebar.code)
    assert parse_qs(urlsplit(url).query)["with"] == [text]


def test_settings_stay_when_another_book_is_opened_and_reset_brings_the_published_back():
    app = opened(STRESS)
    next(b for b in app.sidebar.selectbox if b.label == "Portfolio").set_value("covered_call").run()
    assert asks("occ_tims", STRESS, "covered_call") in app.title[0].value
    button(app, "Reset").click().run()
    assert not app.exception
    assert not banner(app)
    assert asks("occ_tims", name="covered_call") in app.title[0].value
    assert box(app, "with").value == ""


def test_what_a_rule_book_lacks_can_be_given_and_is_asked_for_where_it_is_missing():
    app = opened(code=f"~{HEDGED}")
    assert "Give what Bybit PM lacks" in [each.label for each in app.main.button]
    app = opened(GIVEN, code=f"~{HEDGED}")
    assert "Give what Bybit PM lacks" not in [each.label for each in app.main.button]
    app.session_state["compare.bars.table"] = True
    app.run()
    frame = app.main.dataframe[0].value
    row = frame[frame["Rule book"] == f"{METHODOLOGIES['bybit_pm'].title} · modified"]
    assert row["Capital to open"].item() == asks("bybit_pm", GIVEN, HEDGED)


def test_refusals_say_what_to_do_on_the_page():
    app = opened(code=f"~{HEDGED}")
    app.session_state["compare.bars.table"] = True
    app.run()
    captions = "\n".join(caption.value.replace("\\", "") for caption in app.main.caption)
    asked = "Give bybit_pm.short_option_rate.BTC, bybit_pm.contract_rate.BTC, "
    assert asked + "bybit_pm.initial_factor.BTC in Rule book settings" in captions
    assert "-p " not in captions


def test_a_book_that_nobody_covers_leads_to_what_is_lacking(monkeypatch):
    refused = compute.compare(*account(HEDGED), {"bybit_pm": METHODOLOGIES["bybit_pm"]})
    monkeypatch.setattr(compute, "comparison", lambda *_: refused)
    app = opened(code=f"~{HEDGED}")
    assert app.title[0].value == "No rule book here covers this whole book."
    assert "bybit_pm.contract_rate.BTC" in words(app)
    button(app, "Give what Bybit PM lacks").click().run()
    assert not app.exception


def account(name):
    return link.sample(name).portfolio, link.sample(name).market


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rubbish", "'rubbish' is not [KEY.]NAME=VALUE"),
        ("occ_tims:nobody", "occ_tims: no profile 'nobody'. It has wide_index_ranges"),
        ("nobody.at_all=1", "no methodology asked has a parameter 'nobody'"),
        ("occ_tims.ranges.equity=[0.1, 0.2]", "a range from +10% to +20% is none"),
        ("occ_tims.contract_minimum=1e308", "no figure comes out with"),
        ("occ_tims.contract_minimum=" + "[" * 1_500, "is not a value like 0.375"),
        ("occ_tims.points_per_side=1e9", "1e+09 points are no grid"),
        ("us_reg_t.search_nodes=1e9", "how far a search goes is not changed here"),
        ("x" * 3_000, "they have 3,000 characters"),
        ("<img src=x onerror=alert(1)>", "no methodology asked has a parameter '<img src'"),
        ("\x00\ufffd\u202e=1", "no methodology asked has a parameter"),
    ],
)
def test_settings_at_fault_are_a_sentence_and_the_published_parameters(text, says):
    app = opened(text)
    (toast,) = app.toast
    assert says in toast.value.replace("\\", "")
    assert "Rule books are as published." in toast.value
    assert len(toast.value) < 700
    assert asks("occ_tims") in app.title[0].value
    assert not banner(app)
    app.run()
    assert not app.toast
    assert box(app, "with").value == ""


def test_settings_typed_at_fault_leave_the_last_good_ones():
    app = opened(STRESS)
    box(app, "with").set_value("occ_tims:nobody").run()
    (toast,) = app.toast
    assert "What was set stays." in toast.value
    assert asks("occ_tims", STRESS) in app.title[0].value
    app.run()
    assert box(app, "with").value == STRESS


def test_settings_that_give_no_figure_for_a_later_book_take_out_their_rule_book_alone():
    app = opened("deribit_sm.initial_rate.BTC=1e308")
    assert not app.toast  # it covers no shares, so nothing was tried
    next(b for b in app.sidebar.selectbox if b.label == "Portfolio").set_value(
        "perpetuals_with_leverage"
    ).run()
    assert not app.exception
    assert not app.error
    app.session_state["compare.bars.table"] = True
    app.run()
    captions = "\n".join(caption.value.replace("\\", "") for caption in app.main.caption)
    assert "no figure comes out with deribit_sm.initial_rate.BTC=1e+308. Give values" in captions
    assert "rule books: from $" in words(app)


def test_a_pinned_baseline_keeps_its_settings():
    app = opened()
    next(toggle for toggle in app.toggle if toggle.label == "Pin as baseline").set_value(True).run()
    box(app, "with").set_value(STRESS).run()
    (changes,) = (frame.value for frame in app.dataframe if "Baseline" in frame.value)
    row = changes[changes["Rule book"].str.startswith(METHODOLOGIES["occ_tims"].title)]
    assert row["Baseline"].item() == asks("occ_tims")
    assert row["Now"].item() == asks("occ_tims", STRESS)


def test_scenarios_and_collateral_follow_the_settings():
    scenarios = opened(STRESS, "scenarios")
    assert "A fall of 25 % decides" in scenarios.title[0].value
    assert "A fall of 15 % decides" in opened("", "scenarios").title[0].value
    scenarios.segmented_control(key="view").set_value("Risk array").run()
    assert not scenarios.exception
    assert f"{METHODOLOGIES['occ_tims'].title} · stock stress" in (
        next(b for b in scenarios.main.selectbox if b.label == "Rule book").options
    )
    collateral = opened(STRESS, "collateral")
    assert asks("occ_tims", STRESS) in collateral.title[0].value


def test_the_workbook_holds_the_figures_on_screen_and_says_what_is_set():
    settings = rules.read(STRESS)
    book = openpyxl.load_workbook(
        BytesIO(compute.excel(*account(link.DEFAULT_SAMPLE), settings)), read_only=True
    )
    rows = {row[0]: row for row in book["Comparison"].iter_rows(values_only=True) if row[0]}
    row = rows[f"{METHODOLOGIES['occ_tims'].title} · stock stress"]
    assert numbers.money(row[1]) == asks("occ_tims", STRESS)
    assert "Parameters are those of the profile 'stock_stress'." in row[-1]


def test_the_derivation_cites_the_values_in_force():
    def captions(settings):
        app = opened(settings, code="~short_strangle_cheap_stock", rulebook="Portfolio margin")
        button(app, "Open the full derivation").click().run()
        assert not app.exception
        return "\n".join(caption.value.replace("\\", "") for caption in app.caption)

    assert "parameter contract_minimum = 0.375, " in captions("")
    assert "replaced here" not in captions("us_reg_t.initial_long=0.6")
    replaced = captions("occ_tims.contract_minimum=0.5")
    assert "parameter contract_minimum = 0.5, " in replaced
    assert ", replaced here)" in replaced


def test_the_dialog_opens_at_the_rule_book_that_is_explained():
    app = opened(rulebook="Reg T")
    button(app, "Change its parameters").click().run()
    assert not app.exception
    (book,) = (b for b in app.selectbox if b.label == "Rule book" and b.key == "rules.book")
    (profile,) = (b for b in app.selectbox if b.label == "Profile")
    assert book.value == "us_reg_t"
    assert profile.options == ["As published", "tastytrade", "house 25 15", "lean"]
    (frame,) = (f.value for f in app.dataframe if "Parameter" in f.value)
    row = frame[frame["Parameter"] == "initial_long"].iloc[0]
    assert (row["Value"], row["As published"]) == ("0.5", "0.5")
    assert row["Unit"] == "ratio of market value"
    assert "220.12(a)" in row["Source"]
    assert row["Link"].startswith("https://")
    assert button(app, "Use these settings").disabled


def test_the_dialog_opens_from_the_banner_with_what_is_set():
    app = opened("us_reg_t:lean,us_reg_t.initial_long=0.6", "greeks")
    button(app, "Change").click().run()
    assert not app.exception
    (profile,) = (b for b in app.selectbox if b.label == "Profile")
    assert profile.value == "lean"
    assert "Reset Reg T" in " ".join(each.label for each in app.button)
