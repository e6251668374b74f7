"""The sentences of the ladder: what a step frees, in which parts, and what decides it."""

from dataclasses import replace

import pytest

from margin_core import Outcome, Phase, Rung
from margin_core.margin.figure import given, largest
from margin_core.margin.result import MarginResult
from pages.ui.collateral_steps import reasons

FALL = Outcome("spot −10 %", (), -60.0)


def rung(key, capital, alone, freed=None, *, equity=0.0, minimum=None, currency="USD"):
    line = given("Margin", capital)
    if minimum is not None:
        line = largest("Margin", given(FALL.label, 60.0), given("Minimum", minimum))
    result = MarginResult(
        key,
        key,
        currency,
        equity,
        0.0,
        given("Equity", equity),
        line,
        line,
        worst_by_group=() if minimum is None else (FALL,),
    )
    return Rung(key, key, result, capital, alone, freed)


def told(*climb, positions=2):
    """Return the reason of the last step."""
    return reasons(climb, Phase.OPEN, positions)[climb[-1].key]


FIRST = rung("first", 1_700.0, 1_700.0)


@pytest.mark.parametrize(
    ("first", "positions", "said"),
    [
        (FIRST, 2, "Asks $1,700, the sum of what each asks alone."),
        (FIRST, 1, "Asks $1,700, what the position asks alone."),
        (
            rung("first", 99.5, 1_700.0),
            3,
            (
                "Asks $99.50: the positions, each alone, would ask $1,700; being together "
                "saves $1,600."
            ),
        ),
        (
            rung("first", 1_800.0, 1_700.0),
            1,
            (
                "Asks $1,800: the position alone would ask $1,700; holding it with the collateral "
                "costs $100."
            ),
        ),
        (rung("first", 1_700.0, None), 2, "Asks $1,700."),
    ],
)
def test_the_first_step_stands_against_its_positions_alone(first, positions, said):
    assert told(first, positions=positions) == said


@pytest.mark.parametrize(
    ("capital", "alone", "said"),
    [
        (75.0, 175.0, ("Frees $1,625: positions alone ask $1,525 less, and being together saves "
         "$100 more.")),
        (2_000.0, 2_000.0, "Ties up $300 more: positions alone ask $300 more."),
        (1_700.0, 1_700.0, "Asks the same."),
        (1_600.0, None, "Frees $100."),
        (1_800.0, 1_600.0, ("Ties up $100 more: positions alone ask $100 less, and being together "
         "costs $200 more.")),
    ],
)  # fmt: skip
def test_a_step_is_told_in_the_two_parts_that_add_up_to_it(capital, alone, said):
    assert told(FIRST, rung("next", capital, alone, 1_700.0 - capital)) == said


@pytest.mark.parametrize(
    ("saved", "now", "said"),
    [
        (300.0, 200.0, "saves $100 less"),
        (200.0, 300.0, "saves $100 more"),
        (-300.0, -200.0, "costs $100 less"),
        (-200.0, -300.0, "costs $100 more"),
        (200.0, -300.0, "costs $300, where it saved $200"),
        (-200.0, 300.0, "saves $300, where it cost $200"),
    ],
)
def test_a_saving_that_turns_into_a_cost_is_called_one(saved, now, said):
    before = rung("first", 1_000.0 - saved, 1_000.0)
    after = rung("next", 1_000.0 - now, 1_000.0, now - saved)
    assert told(before, after).endswith(f": being together {said}.")
    assert told(before, after, positions=1).endswith(f": holding it with the collateral {said}.")


def test_one_position_is_spoken_of_in_the_singular():
    said = told(FIRST, rung("next", 1_500.0, 1_500.0, 200.0), positions=1)
    assert said == "Frees $200: the position alone asks $200 less."


def test_amounts_are_in_the_currency_of_the_book():
    before, after = (rung(key, x, x, 1_700.0 - x, currency="EUR") for key, x in (("a", 1_700.0),
                     ("b", 1_650.5)))  # fmt: skip
    assert told(before, after).startswith("Frees €49.50: positions alone ask €49.50 less.")


def test_what_decides_is_a_move_or_what_overrules_every_move():
    assert "The move that decides is spot −10 %." in told(rung("a", 60.0, 60.0, minimum=10.0))
    said = told(rung("a", 90.0, 90.0, minimum=90.0))
    assert said.endswith("No move decides: Minimum counts instead.")


def test_the_share_of_equity_is_told_as_elsewhere_on_the_page():
    before = rung("first", 1_700.0, 1_700.0, equity=4_250.0)
    after = replace(rung("next", 1_700.0, 1_700.0, 0.0, equity=100.0))
    assert told(before, after) == (
        "Asks the same. Maintenance margin takes over 1,000 % of what pays for it, 40 % before."
    )


def test_a_step_that_does_not_cover_the_book_is_stepped_over():
    broken = Rung("broken", "Broken", None, None, None, None, "an option")
    found = reasons((FIRST, broken, rung("next", 1_600.0, 1_600.0, 100.0)), Phase.OPEN, 2)
    assert list(found) == ["first", "next"]
    assert found["next"].startswith("Frees $100:")
