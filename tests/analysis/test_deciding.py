"""What decides a requirement, against the figure itself: a part is changed and it is added anew."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings

from margin_core.analysis.attribution import Phase
from margin_core.analysis.comparison import compare
from margin_core.analysis.deciding import Decision, binding_scenarios, deciding
from margin_core.margin.figure import (
    Rule,
    floored,
    largest,
    scaled,
    smallest,
    total,
)
from margin_core.margin.figure import given as leaf
from margin_core.margin.result import MarginResult, Outcome
from margin_core.methodologies import METHODOLOGIES
from pages.ui import link
from tests.lines import every, readd
from tests.strategies import accounts

RISE, FALL = Outcome("rise", (("XYZ", 0.15, 0.0),), 5.0), Outcome("fall", (), -40.0)


def result(initial, *worst, maintenance=None):
    kept = initial if maintenance is None else maintenance
    equity = leaf("Equity", 0.0)
    return MarginResult("toy", "Toy", "USD", 0.0, 0.0, equity, initial, kept, worst_by_group=worst)


def scan(fall=40.0):
    return largest("Scan", leaf("rise", -5.0), leaf("fall", fall))


def minimum(amount):
    return total("Minimum per contract", leaf("calls", amount))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (scan(), Decision("fall", FALL)),
        (largest("XYZ", scan(), minimum(15.0)), Decision("fall", FALL)),
        (largest("XYZ", scan(), minimum(50.0)), Decision("Minimum per contract")),
        (smallest("XYZ", scan(), leaf("Value", 30.0)), Decision("Value")),
        (floored("XYZ", scan(), 50.0), Decision("XYZ")),
        (total("XYZ", scan(), leaf("Charge", 39.0)), Decision("fall", FALL)),
        (total("XYZ", scan(), leaf("Charge", 41.0)), Decision("Charge", outweighs=True)),
        (
            total("XYZ", total("Scan, charged", scan(), leaf("Charge", 20.0)), minimum(50.0)),
            Decision("fall", FALL),  # with its charge it is the larger part
        ),
        (
            scaled("Margin", total("Credit", scaled("Less", scan(), -1.0)), -1.5),
            Decision("fall", FALL),
        ),
        (scan(0.0), None),
        (leaf("Margin", 40.0), None),
    ],
)
def test_the_largest_part_is_followed_to_a_scenario_or_to_what_overrules_all(line, said):
    assert deciding(result(line, FALL), Phase.OPEN) == said


def test_each_requirement_has_its_own_answer():
    found = result(scan(), FALL, maintenance=largest("XYZ", scan(), minimum(50.0)))
    assert deciding(found, Phase.OPEN).label == "fall"
    assert deciding(found, Phase.KEEP).label == "Minimum per contract"


def test_without_scenarios_nothing_is_said_to_decide():
    assert deciding(result(scan()), Phase.OPEN) is None
    assert binding_scenarios(result(scan()), Phase.OPEN) == ()


def test_of_groups_whose_scenarios_share_a_name_each_is_told_by_its_loss():
    small, large = (Outcome("fall", (), -loss, group=f"{loss:g}") for loss in (40.0, 60.0))
    both = total("Margin", largest("40", scan(), minimum(50.0)), scan(60.0))
    found = result(both, large, small)
    assert deciding(found, Phase.OPEN).scenario is large
    assert binding_scenarios(found, Phase.OPEN) == (large,)


def test_a_scenario_that_is_not_the_largest_part_binds_all_the_same():
    found = result(total("XYZ", scan(), leaf("Charge", 41.0)), FALL)
    assert binding_scenarios(found, Phase.OPEN) == (FALL,)
    assert binding_scenarios(result(largest("XYZ", scan(), minimum(50.0)), FALL), Phase.OPEN) == ()


def nudged(line, place, by=1e-3):
    """Return the line with the part at ``place``, the n-th line from the top, larger."""
    number = iter(range(1_000_000))

    def copied(each):
        if next(number) == place:
            return replace(each, amount=each.amount + by, rule=Rule.GIVEN, parts=())
        return replace(each, parts=tuple(copied(part) for part in each.parts))

    return readd(copied(line))


def grows_with(line, outcome):
    """Return whether the amount grows with a line that is this scenario, found by its name."""
    return any(
        abs(nudged(line, place) - readd(line)) > 1e-5
        for place, each in enumerate(every(line))
        if each.label == outcome.label and abs(each.amount + outcome.pnl) < 1e-6
    )


def check(found):
    """Check what is said of a result against its figures."""
    worst = found.worst_by_group
    for phase, line in ((Phase.OPEN, found.initial), (Phase.KEEP, found.maintenance)):
        said, bind = deciding(found, phase), binding_scenarios(found, phase)
        if worst and line.amount >= 0.005:
            labels = {each.label for each in every(line)}
            assert {outcome.label for outcome in worst} <= labels, found.methodology
            assert said is not None, found.methodology
            assert said.scenario is None or said.scenario in worst
            assert said.scenario is not None or said.label not in {o.label for o in found.scenarios}
        tall = [outcome for outcome in worst if outcome.pnl < -0.01]
        assert [o for o in tall if o in bind] == [o for o in tall if grows_with(line, o)]


@cache
def sampled(name):
    sample = link.sample(name)
    return compare(sample.portfolio, sample.market, METHODOLOGIES).results


@pytest.mark.parametrize("name", link.samples())
def test_of_every_sample_and_rule_book_it_is_what_the_figure_grows_with(name):
    for found in sampled(name):
        check(found)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(accounts(max_positions=3))
def test_of_any_account_it_is_what_the_figure_grows_with(account):
    for found in compare(*account, METHODOLOGIES).results:
        check(found)
