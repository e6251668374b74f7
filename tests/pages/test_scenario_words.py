"""The sentences of the Scenarios page."""

import pytest

from margin_core.margin.figure import given, largest
from margin_core.margin.result import MarginResult, Outcome
from pages.ui import scenario_words as words


def result(*outcomes, minimum=0.0):
    scenarios = [given(outcome.label, -outcome.pnl) for outcome in outcomes]
    scan = largest("Scan", *scenarios, given("No loss", 0.0))
    margin = largest("Initial margin", scan, given("Minimum per contract", minimum))
    return MarginResult(
        "toy", "Toy", "USD", 0.0, 0.0, given("Equity", 0.0), margin, margin, worst_by_group=outcomes
    )


def outcome(pnl, move=-0.15, group="", positions=(("+5 XYZ stock", -40.0),)):
    return Outcome("Point 1", (("XYZ", move, 0.0),), pnl, group=group, pnl_by_position=positions)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            result(outcome(-500.0)),
            "A fall of 15 % decides: the book loses :orange[$500]; XYZ stock loses most.",
        ),
        (
            result(outcome(-500.0, group="XYZ"), outcome(-100.0, 0.15, "ABC")),
            "A fall of 15 % decides: XYZ alone loses :orange[$500]; XYZ stock loses most.",
        ),
        (
            result(outcome(500.0, 0.2, positions=())),
            "A rise of 20 % decides: the book makes $500.",
        ),
        (
            result(outcome(-500.0, 0.0, positions=())),
            "The scenario Point 1 decides: the book loses :orange[$500].",
        ),
        (
            result(outcome(-500.0), minimum=900.0),
            "The minimum per contract decides: no scenario loses more than :orange[$500].",
        ),
        (
            result(outcome(0.0), minimum=900.0),
            "The minimum per contract decides: no scenario loses anything.",
        ),
        (result(), ""),
    ],
)
def test_the_headline_says_what_decides_and_who_loses(found, said):
    assert words.sentence(found) == said


def test_each_rule_book_that_has_scenarios_says_what_binds_it():
    found = [result(outcome(-500.0)), result(), result(outcome(-500.0), minimum=900.0)]
    assert words.detail(found) == (
        "Toy binds at Point 1 (−$500) · Toy binds at its minimum per contract"
    )
