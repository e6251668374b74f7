"""The sentences of the Compare page."""

from dataclasses import replace

import pytest

from margin_core import BuildUp, Phase, SpotPoint
from margin_core.analysis.attribution import Step
from margin_core.analysis.comparison import NotCovered
from margin_core.margin.figure import given, largest
from margin_core.margin.result import MarginResult, Outcome
from pages.ui import compare_words as words


def result(key, initial, equity=50_000.0, *, worst=None, uncounted=0.0):
    margin = given("Initial margin", initial)
    if worst is not None:
        others = [given(f"p{i}", -1.0) for i in range(4)]
        margin = largest("Scan", *others, given(worst.label, initial))
    return MarginResult(
        key,
        key.upper(),
        "USD",
        equity + uncounted,
        uncounted,
        given("Equity", equity),
        margin,
        margin,
        worst_by_group=() if worst is None else (worst,),
    )


FALL = Outcome("Point 1", (("XYZ", -0.15, 0.0),), -6_014.0)
FALL_AND_VOL = Outcome("Point 1", (("A", -0.1, 0.12), ("B", -0.1, 0.12)), -6_014.0)
APART = Outcome("A down, B up", (("A", -0.1, 0.0), ("B", 0.1, 0.0)), -6_014.0)


def test_portfolio_margin_stands_against_reg_t_whatever_else_covers_the_book():
    results = [result("cme_span", 1.0), result("us_reg_t", 35_000.0), result("occ_tims", 6_014.0)]
    assert words.sentence(results, Phase.OPEN) == (
        "Portfolio margin asks :violet[$6,014]. Reg T asks $35,000 for the same book."
    )
    assert words.detail(results, Phase.OPEN).startswith("It frees **$28,986** (82.8 %).")


@pytest.mark.parametrize(
    ("pnl", "who"), [((-9.0, 5.0), "The hedges free"), ((-9.0, -5.0), "It frees"), ((), "It frees")]
)
def test_hedges_free_nothing_where_no_position_gains_as_another_loses(pnl, who):
    fall = replace(FALL, pnl_by_position=tuple((f"+{i} XYZ", x) for i, x in enumerate(pnl)))
    chosen = replace(result("occ_tims", 6_014.0), scenarios=(fall,))
    said = words.detail([result("us_reg_t", 35_000.0), chosen], Phase.OPEN)
    assert said.startswith(f"{who} **$28,986** (82.8 %).")


def test_a_higher_requirement_is_said_with_the_same_weight():
    results = [result("us_reg_t", 18_450.0), result("occ_tims", 21_300.0, worst=FALL)]
    assert words.sentence(results, Phase.OPEN) == (
        "Portfolio margin asks more: :violet[$21,300], against $18,450 under Reg T."
    )
    assert words.detail(results, Phase.OPEN) == (
        "It ties up **$2,850** more (15.4 %). Decided by: spot −15 %."
    )


def test_equal_requirements_are_one_figure():
    results = [result("us_reg_t", 4_000.0), result("occ_tims", 4_000.0)]
    assert words.sentence(results, Phase.OPEN) == (
        "Portfolio margin and Reg T both ask :violet[$4,000] for this book."
    )


def test_one_rule_book_alone_stands_alone():
    results = [result("okx_pm", 900.0)]
    assert words.sentence(results, Phase.OPEN) == "OKX PM asks $900 for this book."
    assert words.detail(results, Phase.OPEN) == "No other rule book here covers it."


def test_published_rule_books_come_before_the_houses_own():
    results = [result(k, a) for k, a in (("scenario_pm", 1.0), ("okx_pm", 9.0), ("bybit_pm", 8.0))]
    found = words.contrast(results, Phase.OPEN)
    assert (found.chosen.methodology, found.other.methodology) == ("bybit_pm", "okx_pm")
    assert "The choice frees" in words.detail(results, Phase.OPEN)


def test_none_is_said_and_not_zero():
    assert words.sentence([], Phase.OPEN) == "No rule book here covers this whole book."


@pytest.mark.parametrize(
    ("worst", "said"),
    [
        (FALL, "spot −15 %."),
        (FALL_AND_VOL, "spot −10 %, vol +12 %."),
        (APART, "A down, B up."),
    ],
)
def test_what_decides_is_said_as_short_as_can_be(worst, said):
    results = [result("occ_tims", 6_014.0, worst=worst), result("us_reg_t", 9_000.0)]
    assert words.detail(results, Phase.OPEN).endswith(f"Decided by: {said}")


def test_every_rule_book_that_is_not_met_is_named_with_its_shortfall():
    results = [result("us_reg_t", 54_800.0), result("cme_span", 51_000.0), result("occ_tims", 6.0)]
    assert words.detail(results, Phase.OPEN).endswith(
        "Short by **$4,800** under Reg T and **$1,000** under SPAN."
    )


def test_collateral_that_a_rule_book_leaves_out_explains_its_shortfall():
    results = [result("cme_span", 6_000.0, 0.0, uncounted=90_000.0)]
    assert words.detail(results, Phase.OPEN).endswith(
        "Short by **$6,000** under SPAN (which leaves $90,000 uncounted)."
    )


def test_rule_books_that_ask_one_figure_have_no_span():
    results = [result("us_reg_t", 600.0), result("cme_span", 600.0)]
    assert words.bars_title(results, Phase.OPEN) == "Same book, two rule books: $600 by each"
    results = [result("us_reg_t", 700.0), result("cme_span", 600.0)]
    assert words.bars_title(results, Phase.OPEN) == "Same book, two rule books: from $600 to $700"
    told = words.bars_title(results, Phase.OPEN, of_equity=True)
    assert told == "Same book, two rule books: from 1.2 % to 1.4 % of equity"
    told = words.bars_title(results[:1], Phase.OPEN, of_equity=True)
    assert told == "One rule book covers this book: 1.4 % of equity"


def test_few_refusals_have_their_reasons_and_many_their_names():
    refusal = NotCovered("us_reg_t", "Reg T, long title", "positions: no perpetuals are margined")
    assert words.refusals([refusal]).replace("\\", "") == "Reg T (no perpetuals are margined)"
    assert "why: in the table" in words.refusals([refusal] * 3)


def points(*cushions):
    """Points 10 % apart, from -20 %, at an equity of 100."""
    kept = [100.0 - cushion for cushion in cushions]
    return [
        SpotPoint(-0.2 + 0.1 * i, 0.0, keep, 100.0, 100.0, 0.0, keep, keep / 100.0)
        for i, keep in enumerate(kept)
    ]


def price(move):
    return f"{100 * (1 + move):.0f}"


SAFE = points(10, 10, 10, 10, 10)
FALLS = points(-10, 10, 10, 10, 10)
BOTH = points(-10, 10, 10, 10, -10)


@pytest.mark.parametrize(
    ("profiles", "said"),
    [
        ({"A": SAFE}, "No rule book would liquidate within 40 % of today's spot"),
        ({"A": FALLS, "B": SAFE}, "A would liquidate below 85; B not within 40 %"),
        ({"A": BOTH}, "A would liquidate below 85 or above 115"),
        ({"A": FALLS, "B": points(-10, -5, 10, 9, 9)}, "B would be the first to liquidate, below"),
        ({"A": points(10, 10, -1, 10, 10), "B": SAFE}, "A would liquidate at today's spot"),
    ],
)
def test_the_profile_says_who_liquidates_where(profiles, said):
    assert words.profile_title(profiles, price, {}).startswith(said)


@pytest.mark.parametrize(
    ("profiles", "undrawn", "said"),
    [
        ({"A": SAFE}, {"B": True, "C": False}, "B would liquidate at today's spot"),
        ({"A": SAFE}, {"B": False}, "No rule book drawn here would liquidate within 40 % of"),
        ({"A": FALLS, "B": FALLS}, {"C": False}, "A would be the first drawn here to liquidate"),
    ],
)
def test_the_profile_claims_nothing_of_rule_books_that_it_does_not_draw(profiles, undrawn, said):
    assert words.profile_title(profiles, price, undrawn).startswith(said)


@pytest.mark.parametrize(
    ("alone", "requirement", "said"),
    [
        ((60.0, 40.0), 19.0, "Offsets cut 81 % of the stand-alone sum"),
        ((60.0, 40.0), 0.1, "Offsets cut 99.9 % of the stand-alone sum"),
        ((60.0, 40.0), 0.01, "Offsets cut over 99.9 % of the stand-alone sum"),
        ((60.0, 40.0), 0.0, "Offsets cut 100 % of the stand-alone sum"),
        ((60.0, 40.0), 99.99, "Offsets cut under 0.1 % of the stand-alone sum"),
        ((60.0, 40.0), 100.0, "Together the positions cost what they cost alone"),
        ((60.0, 40.0), 100.2, "Together the positions cost 0.2 % more than alone"),
        ((60.0, 40.0), 150.0, "Together the positions cost 50 % more than alone"),
        ((5.0, -5.0), 7.0, "Together the positions cost more than alone"),
        ((5.0, -5.0), -7.0, "Together the positions cost less than alone"),
        ((100.0,), 100.0, "One position: nothing offsets it"),
        ((100.0,), 150.0, "With its collateral the position costs 50 % more than alone"),
        ((100.0,), 60.0, "With its collateral the position costs 40 % less than alone"),
    ],
)
def test_the_build_up_says_what_offsets_do(alone, requirement, said):
    built = BuildUp(tuple(Step("a", each) for each in alone), (), requirement)
    assert words.build_up_title(built) == said
