"""The sentences of the Scenarios page."""

import pytest

from margin_core import Phase
from margin_core.margin.figure import given, largest, total
from margin_core.margin.result import MarginResult, Outcome
from pages.ui import scenario_words as words


def result(*outcomes, minimum=0.0, charge=0.0):
    groups = [
        largest(outcome.group or "XYZ", given(outcome.label, -outcome.pnl), given("No loss", 0.0))
        for outcome in outcomes
    ]
    charged = total("Scan and charges", *groups, given("BTC, roll shock", charge))
    margin = largest("Initial margin", charged, given("Minimum per contract", minimum))
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
            "A fall of 15 % decides under Toy: the book loses :orange[$500]; XYZ stock loses most.",
        ),
        (
            result(outcome(-500.0, group="XYZ"), outcome(-100.0, 0.15, "ABC")),
            (
                "A fall of 15 % decides under Toy: XYZ alone loses :orange[$500]; "
                "XYZ stock loses most."
            ),
        ),
        (
            result(outcome(500.0, 0.2, positions=())),
            "Nothing is asked under Toy: no scenario loses anything.",
        ),
        (
            result(outcome(-500.0, 0.0, positions=())),
            "The scenario Point 1 decides under Toy: the book loses :orange[$500].",
        ),
        (
            result(outcome(-500.0), minimum=900.0),
            (
                "The minimum per contract decides under Toy: no scenario loses more than "
                ":orange[$500]."
            ),
        ),
        (
            result(outcome(0.0), minimum=900.0),
            "The minimum per contract decides under Toy: no scenario loses anything.",
        ),
        (
            result(outcome(-500.0), charge=900.0),
            "BTC, roll shock weighs most under Toy: no scenario loses more than :orange[$500].",
        ),
        (result(), ""),
    ],
)
def test_the_headline_says_what_decides_and_who_loses(found, said):
    assert words.sentence(found) == said


def test_no_position_that_gains_or_stays_is_said_to_lose():
    held = (("+1 BTC collateral", -0.001), ("-1 BTC perpetual", 5.0))
    assert words.sentence(result(outcome(-500.0, positions=held))).endswith(":orange[$500].")


def test_positions_of_one_name_lose_together():
    held = (("+1 BTC collateral", -5.0), ("+2 BTC collateral", -6.0), ("-1 BTC perpetual", -9.0))
    assert words.sentence(result(outcome(-20.0, positions=held))).endswith(
        "; BTC collateral and BTC perpetual lose most."
    )


def test_expiries_of_one_strike_are_told_apart_and_named_once():
    held = (
        ("-1 XYZ 90 put 18 Dec 2026", -9.0),
        ("-2 XYZ 90 put 19 Mar 2027", -8.0),
        ("+3 XYZ 80 put 18 Dec 2026", -7.0),
        ("+3 XYZ 80 put 19 Mar 2027", -7.0),
    )
    assert words.sentence(result(outcome(-20.0, positions=held))).endswith(
        "; XYZ 90 put loses most."
    )


def test_each_rule_book_that_has_scenarios_says_what_binds_it():
    found = [
        result(outcome(-500.0)),
        result(),
        result(outcome(-500.0), minimum=900.0),
        result(outcome(-500.0), charge=900.0),
        result(outcome(5.0)),
        result(outcome(-500.0, group="XYZ"), outcome(-100.0, 0.15, "ABC")),
    ]
    assert words.detail(found).split(" · ") == [
        "Toy binds at Point 1 (−$500)",
        "Toy binds at its minimum per contract",
        "Toy is mostly BTC, roll shock",
        "Toy asks nothing",
        "Toy binds at Point 1 (XYZ: −$500)",
    ]


def test_what_decides_is_said_in_a_word_of_either_phase():
    several = result(outcome(-500.0, group="XYZ"), outcome(-100.0, 0.15, "ABC"))
    assert words.decided(several, Phase.KEEP) == "Decided by: XYZ spot −15 %."
    assert words.decided(result(outcome(-500.0, 0.0)), Phase.OPEN) == "Decided by: spot unchanged."
    assert words.decided(result(outcome(-5.0), minimum=9.0), Phase.OPEN) == (
        "Decided by: minimum per contract."
    )
    assert words.decided(result(outcome(-5.0), charge=9.0), Phase.OPEN) == "Mostly BTC, roll shock."
    assert words.decided(result(outcome(5.0)), Phase.OPEN) == ""


def test_a_table_of_scenarios_says_where_none_of_them_binds():
    assert "None of them binds" not in words.array_note(result(outcome(-5.0)))
    assert "None of them binds" not in words.array_note(result(outcome(-5.0), charge=9.0))
    assert words.array_note(result(outcome(-5.0), minimum=9.0)).endswith(
        "None of them binds: what counts is the minimum per contract"
    )


def test_a_ring_is_spoken_of_where_it_is_drawn():
    assert words.ring(result(), drawn=True) == "Ring: nearest to the worst scenario of Toy. "
    assert words.ring(result(), drawn=False) == (
        "The worst scenario of Toy is none of these moves. "
    )
    assert words.ring(None, drawn=False) == ""
