"""Capital explained, and contrasts between rule books and accounts."""

import pytest

from margin_core.analysis.attribution import Phase
from margin_core.analysis.contrast import (
    Contrast,
    changes,
    explained_capital,
    ranked,
    shortfall,
)
from margin_core.margin.figure import given
from margin_core.margin.result import MarginResult


def result(key="a", initial=100.0, maintenance=80.0, equity=90.0, worth=90.0, uncounted=0.0):
    return MarginResult(
        key,
        key.upper(),
        "USD",
        worth,
        uncounted,
        given("Equity", equity),
        given("Initial margin", initial),
        given("Maintenance margin", maintenance),
    )


def test_the_lower_requirement_frees_the_difference():
    contrast = Contrast(result(initial=40.0), result(initial=100.0), Phase.OPEN)
    assert (contrast.freed, contrast.share, contrast.same) == (60.0, 0.6, False)


def test_a_higher_requirement_frees_less_than_nothing():
    contrast = Contrast(result(maintenance=100.0), result(maintenance=80.0), Phase.KEEP)
    assert (contrast.freed, contrast.share) == (-20.0, -0.25)


def test_no_share_of_a_requirement_that_is_not_positive():
    contrast = Contrast(result(initial=-5.0), result(initial=0.0), Phase.OPEN)
    assert contrast.share is None


def test_equal_to_the_cent_is_the_same():
    assert Contrast(result(initial=100.0), result(initial=100.004), Phase.OPEN).same


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize(("worth", "uncounted"), [(90.0, 0.0), (120.0, 10.0), (60.0, 0.0)])
def test_explained_capital_adds_up_to_the_capital(phase, worth, uncounted):
    one = result(worth=worth, uncounted=uncounted)
    assert explained_capital(one, phase).amount == pytest.approx(phase.capital(one))


def test_where_equity_is_the_net_liquidation_value_capital_is_the_requirement():
    assert [part.label for part in explained_capital(result(), Phase.OPEN).parts] == [
        "Initial margin"
    ]


def test_an_account_short_of_a_requirement_says_by_how_much():
    assert shortfall(result(), Phase.OPEN) == 10.0
    assert shortfall(result(), Phase.KEEP) == 0.0
    assert shortfall(result(initial=90.0), Phase.OPEN) == 0.0


def test_ranking_is_of_the_phase_asked():
    first, second = result("a", 100.0, 50.0), result("b", 90.0, 80.0)
    assert [r.methodology for r in ranked([second, first], Phase.OPEN)] == ["a", "b"]
    assert [r.methodology for r in ranked([second, first], Phase.KEEP)] == ["b", "a"]


def test_changes_name_what_only_one_of_the_accounts_has():
    before = [result("a", 100.0), result("b")]
    after = [result("a", 130.0), result("c", 7.0)]
    found = {
        c.methodology: (c.before, c.after, c.difference) for c in changes(before, after, Phase.OPEN)
    }
    assert found == {
        "a": (100.0, 130.0, 30.0),
        "b": (100.0, None, None),
        "c": (None, 7.0, None),
    }


def test_equals_but_for_rounding_stand_in_the_order_of_the_rule_books():
    one, other = result("a", maintenance=80.0), result("b", maintenance=80.0 + 1e-13)
    assert one.capital_to_keep != other.capital_to_keep
    assert ranked((one, other), Phase.KEEP)[0] is one
    assert ranked((other, one), Phase.KEEP)[0] is other
