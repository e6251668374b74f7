"""Fewer scenarios: against rule books run on the shorter list, and against every choice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from statistics import mean

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as example
from hypothesis import strategies as st

from margin_core.analysis.attribution import Phase
from margin_core.analysis.comparison import compare
from margin_core.analysis.scenario_choices import CHOICES, Choice, everything
from margin_core.analysis.scenario_subsets import scenario_subsets
from margin_core.book.instruments import AssetClass, Option, Perpetual, Right, Stock, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.margin.figure import floored, given, largest, scaled, smallest, total
from margin_core.margin.result import MarginResult, Outcome
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies import METHODOLOGIES
from tests.methodologies import derive_accounts
from tests.strategies import accounts

NOW = datetime(2026, 1, 2, 21, tzinfo=UTC)
MARKET = Market(
    NOW,
    (
        Quote("XYZ", 100.0, rate=0.03, volatility=0.3),
        Quote("BTC", 90_000.0, volatility=0.55),
        Quote("ETH", 3_000.0, volatility=0.7),
    ),
)
UNDERLYINGS = (
    Underlying("XYZ", AssetClass.EQUITY),
    Underlying("BTC", AssetClass.CRYPTO),
    Underlying("ETH", AssetClass.CRYPTO),
)


def option(symbol, right, strike, quantity, days=45):
    expiry = (NOW + timedelta(days=days)).replace(hour=8)
    multiplier = 100.0 if symbol == "XYZ" else 1.0
    return Position(Option(symbol, Right(right), strike, expiry, multiplier=multiplier), quantity)


SHARES = Portfolio(
    (
        option("XYZ", "call", 105.0, -3.0),
        option("XYZ", "put", 90.0, 2.0),
        Position(Stock("XYZ"), 50.0),
    ),
    (Balance("USD", 20_000.0),),
    UNDERLYINGS,
)
BITCOIN = (
    option("BTC", "call", 100_000.0, -2.0),
    option("BTC", "put", 80_000.0, -1.0, days=20),
    option("BTC", "call", 95_000.0, 1.0, days=120),
    Position(Perpetual("BTC"), 0.7),
)
COINS = Portfolio(BITCOIN, (Balance("USD", 200_000.0),), UNDERLYINGS)
TWO_COINS = replace(
    COINS,
    positions=(*BITCOIN, option("ETH", "put", 3_200.0, -20.0), Position(Perpetual("ETH"), -8.0)),
)


def result(key, portfolio, parameters=None):
    return METHODOLOGIES[key](portfolio, MARKET, parameters)


def kept(places):
    """Return a choice of these places of every list."""
    return Choice("kept", lambda _: places)


def asked(found, phase):
    return found.initial.amount if phase is Phase.OPEN else found.maintenance.amount


def with_rows(rows):
    return replace(METHODOLOGIES["derive_pmrm"].published, scenarios=tuple(rows))


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.name)
@pytest.mark.parametrize("portfolio", [COINS, TWO_COINS], ids=["one manager", "two managers"])
def test_derive_asks_the_same_of_a_shorter_list_of_its_parameters(portfolio, choice, phase):
    rows = METHODOLOGIES["derive_pmrm"].published.scenarios
    found = result("derive_pmrm", portfolio)
    one_list = [o for o in found.scenarios if o.group == "BTC" and not o.beside]
    assert len(one_list) == len(rows) == 31
    places = sorted(choice.keep(one_list))
    shorter = result("derive_pmrm", portfolio, with_rows(rows[i] for i in places))
    (subset,) = scenario_subsets(found, phase, [choice]).chosen
    assert subset.scenarios == len(places)
    assert subset.requirement == pytest.approx(asked(shorter, phase), rel=1e-12)


@settings(max_examples=25, deadline=None)
@example(derive_accounts.accounts(), st.sets(st.integers(0, 30), min_size=1))
def test_derive_asks_the_same_of_any_part_of_its_list(account, places):
    portfolio, market = account
    methodology = METHODOLOGIES["derive_pmrm"]
    found = methodology(portfolio, market)
    rows = with_rows(methodology.published.scenarios[i] for i in sorted(places))
    for phase in Phase:
        subsets = scenario_subsets(found, phase, [kept(places)])
        assert subsets.full == asked(found, phase)
        assert subsets.chosen[0].requirement == pytest.approx(
            asked(methodology(portfolio, market, rows), phase), rel=1e-9, abs=1e-6
        )


def test_the_average_and_the_worst_are_those_of_every_pair_of_derives_scenarios():
    rows = METHODOLOGIES["derive_pmrm"].published.scenarios
    pairs = [
        result("derive_pmrm", COINS, with_rows(pair)).initial.amount
        for pair in combinations(rows, 2)
    ]
    two = scenario_subsets(result("derive_pmrm", COINS)).by_count[1]
    assert two.average == pytest.approx(mean(pairs), rel=1e-12)
    assert two.worst == pytest.approx(min(pairs), rel=1e-12)
    assert max(pairs) == pytest.approx(result("derive_pmrm", COINS).initial.amount)


@pytest.mark.parametrize(
    ("key", "portfolio", "changes", "places"),
    [
        ("deribit_pm", TWO_COINS, {"extended_moves": ()}, range(27)),
        ("scenario_pm", TWO_COINS, {"tail_multiples": (), "tail_weights": ()}, range(27)),
        ("scenario_pm", SHARES, {"tail_multiples": (), "tail_weights": ()}, range(27)),
        ("occ_tims", SHARES, {"points_per_side": 1.0}, (0, 9)),
    ],
)
def test_other_rule_books_ask_the_same_of_shorter_lists_of_their_parameters(
    key, portfolio, changes, places
):
    published = METHODOLOGIES[key].published
    found, shorter = result(key, portfolio), result(key, portfolio, replace(published, **changes))
    for phase in Phase:
        (subset,) = scenario_subsets(found, phase, [kept(tuple(places))]).chosen
        assert subset.scenarios == len(places)
        assert subset.requirement == pytest.approx(asked(shorter, phase), rel=1e-9)


def test_okx_asks_the_same_of_fewer_moves_of_the_index():
    published = METHODOLOGIES["okx_pm"].published
    table = published.spot_moves
    fewer = tuple((name, (moves[0], moves[2])) for name, moves in table.entries)
    shorter = replace(published, spot_moves=replace(table, entries=fewer))
    places = [i for i in range(21) if i % 7 not in {1, 5}]  # without the middle one each way
    (subset,) = scenario_subsets(result("okx_pm", COINS), choices=[kept(places)]).chosen
    assert subset.requirement == pytest.approx(result("okx_pm", COINS, shorter).initial.amount)


def test_span_asks_the_same_without_scenarios_whose_cover_is_nothing():
    published = METHODOLOGIES["cme_span"].published
    uncovered = result("cme_span", SHARES, replace(published, extreme_cover=0.0))
    (subset,) = scenario_subsets(result("cme_span", SHARES), choices=[kept(range(14))]).chosen
    assert subset.requirement == pytest.approx(uncovered.initial.amount)
    assert subset.requirement < result("cme_span", SHARES).initial.amount


@pytest.mark.parametrize(
    ("key", "portfolio", "scenarios", "lists"),
    [
        ("derive_pmrm", TWO_COINS, 31, 2),
        ("deribit_pm", TWO_COINS, 35, 2),
        ("okx_pm", COINS, 21, 1),
        ("occ_tims", SHARES, 10, 1),
        ("cme_span", SHARES, 16, 1),
        ("scenario_pm", SHARES, 31, 1),
    ],
)
def test_every_rule_book_that_takes_the_worst_of_a_list_is_read(key, portfolio, scenarios, lists):
    subsets = scenario_subsets(result(key, portfolio))
    assert (subsets.scenarios, subsets.lists) == (scenarios, lists)
    everything_kept = subsets.chosen[0]
    assert everything_kept.requirement == pytest.approx(subsets.full)
    assert subsets.by_count[-1].average == pytest.approx(subsets.full)
    assert subsets.by_count[-1].worst == pytest.approx(subsets.full)
    worst = {o.label for o in result(key, portfolio).worst_by_group}
    assert {outcome.label for outcome in subsets.binding} <= worst


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@example(accounts(max_positions=3))
def test_more_scenarios_never_ask_less_and_all_of_them_ask_everything(account):
    for found in compare(*account, METHODOLOGIES).results:
        subsets = scenario_subsets(found)
        if subsets is None:
            continue
        close = 1e-9 * max(abs(subsets.full), 1.0)
        assert abs(subsets.chosen[0].requirement - subsets.full) <= close
        averages = [count.average for count in subsets.by_count]
        worst = [count.worst for count in subsets.by_count]
        for asked in (averages, worst):
            assert all(more >= less - close for less, more in pairwise(asked))
            assert abs(asked[-1] - subsets.full) <= close
        if subsets.exact:
            assert all(w <= a + close for w, a in zip(worst, averages, strict=True))


def test_a_rule_book_without_scenarios_has_none_to_leave_out():
    assert scenario_subsets(result("deribit_sm", COINS)) is None


LABELS = ("spot −15 %", "spot unchanged", "spot +15 %", "spot +30 %")
MOVES = (-0.15, 0.0, 0.15, 0.3)


def outcomes(losses, group=""):
    return tuple(
        Outcome(label, (("XYZ", move, 0.0),), -loss, group=group)
        for label, move, loss in zip(LABELS, MOVES, losses, strict=True)
    )


def scan(losses, *beside):
    lines = (given(label, loss) for label, loss in zip(LABELS, losses, strict=True))
    return largest("Worst", *lines, *beside)


def made(initial, *lists):
    """Return a result that asks ``initial``, its scenarios those of ``lists`` of losses."""
    scenarios = tuple(o for i, losses in enumerate(lists) for o in outcomes(losses, f"G{i}"))
    none = given("Equity", 0.0)
    return MarginResult("made", "Made", "USD", 0.0, 0.0, none, initial, initial, (), scenarios)


def by_hand(losses, choose):
    """Return factor times the worst, at least 5, beside 2 of another rule, at most 40."""
    return min(1.5 * max(*(losses[i] for i in choose), 2.0, 5.0) + 3.0, 40.0)


@settings(max_examples=40, deadline=None)
@example(st.lists(st.integers(-20, 30).map(float), min_size=4, max_size=4))
def test_every_rule_above_the_list_acts_as_it_does_in_the_full_requirement(losses):
    worst = floored("At least", scan(losses, given("beside", 2.0)), 5.0)
    line = smallest(
        "At most", total("Sum", scaled("x", worst, 1.5), given("add-on", 3.0)), given("cap", 40.0)
    )
    subsets = scenario_subsets(made(line, losses))
    assert subsets.exact
    for number, count in enumerate(subsets.by_count, start=1):
        every = [by_hand(losses, choice) for choice in combinations(range(4), number)]
        assert count.scenarios == number
        assert count.average == pytest.approx(mean(every))
        assert count.worst == pytest.approx(min(every))
        assert subsets.full == pytest.approx(max(every))


@settings(max_examples=30, deadline=None)
@example(*[st.lists(st.integers(0, 30).map(float), min_size=4, max_size=4)] * 2)
def test_several_lists_that_add_up_are_averaged_exactly(first, second):
    line = total("Sum", scan(first), floored("least", scaled("half", scan(second), 0.5), 4.0))
    subsets = scenario_subsets(made(line, first, second))
    assert subsets.exact
    assert subsets.lists == 2
    for number, count in enumerate(subsets.by_count, start=1):
        choices = list(combinations(range(4), number))
        every = [
            max(first[i] for i in a) + max(0.5 * max(second[i] for i in b), 4.0)
            for a in choices
            for b in choices
        ]
        shared = [
            max(first[i] for i in a) + max(0.5 * max(second[i] for i in a), 4.0) for a in choices
        ]
        assert count.average == pytest.approx(mean(every))
        assert count.average == pytest.approx(mean(shared))  # one choice for both lists
        assert count.worst == pytest.approx(min(every))
        assert count.worst <= min(shared) + 1e-9


def test_lists_that_meet_below_a_minimum_say_that_their_averages_are_not_exact():
    first, second = (1.0, 2.0, 3.0, 10.0), (1.0, 2.0, 3.0, 10.0)
    line = floored("At least", total("Sum", scan(first), scan(second)), 8.0)
    subsets = scenario_subsets(made(line, first, second))
    assert not subsets.exact
    assert subsets.by_count[0].worst == 8.0


def test_a_list_that_stands_twice_is_one_list():
    losses = (10.0, 0.0, 5.0, 20.0)
    risk = scan(losses)
    line = largest("At least maintenance", total("Initial", risk), scaled("0.8", risk, 0.8))
    subsets = scenario_subsets(made(line, losses))
    assert subsets.lists == 1
    assert subsets.by_count[0].average == pytest.approx(mean(losses))


def test_groups_with_the_same_scenarios_are_told_apart_by_their_losses():
    calm, wild = (1.0, 0.0, 2.0, 3.0), (9.0, 0.0, 20.0, 4.0)
    line = total("Sum", scan(wild), scan(calm))
    binding = scenario_subsets(made(line, calm, wild)).binding
    assert [(outcome.group, outcome.label) for outcome in binding] == [
        ("G1", "spot +15 %"),
        ("G0", "spot +30 %"),
    ]


def test_a_list_whose_minimum_binds_needs_no_scenario():
    losses = (1.0, 0.0, 2.0, 3.0)
    subsets = scenario_subsets(made(largest("XYZ", scan(losses), given("Minimum", 50.0)), losses))
    assert subsets.binding == ()
    assert {subset.requirement for subset in subsets.chosen} == {50.0}
    assert subsets.reaching(0.99) == 1


def test_how_many_blind_picks_reach_a_share_is_read_off_the_averages():
    losses = (100.0, 0.0, 0.0, 0.0)
    subsets = scenario_subsets(made(scan(losses), losses))
    averages = [count.average for count in subsets.by_count]
    assert averages == pytest.approx([25.0, 50.0, 75.0, 100.0])
    assert [subsets.reaching(share) for share in (0.2, 0.5, 0.51, 1.0)] == [1, 2, 3, 4]
    assert subsets.share(50.0) == 0.5


def test_no_share_is_told_of_a_requirement_that_is_not_positive():
    losses = (0.0, 0.0, 0.0, 0.0)
    assert scenario_subsets(made(scan(losses), losses)).share(0.0) is None


def test_choices_keep_the_moves_that_they_name():
    names = {
        choice.name: [LABELS[i] for i in choice.keep(outcomes((0.0,) * 4))] for choice in CHOICES
    }
    assert names == {
        "All": list(LABELS),
        "Every 2nd price move": ["spot −15 %", "spot +15 %", "spot +30 %"],
        "Every 3rd price move": ["spot −15 %", "spot +30 %"],
        "Every 4th price move": ["spot −15 %", "spot +30 %"],
        "Farthest moves and none": ["spot −15 %", "spot unchanged", "spot +30 %"],
        "Nearest moves and none": list(LABELS[:3]),
    }


def test_the_smallest_moves_are_those_that_derive_checks_trusted_callers_by():
    """PMRM_2, getBasisContingencyScenarios: 1.045, 0.955 and 1, volatility unchanged."""
    found = result("derive_pmrm", COINS)
    one_list = [o for o in found.scenarios if not o.beside]
    (nearest,) = (choice for choice in CHOICES if choice.name == "Nearest moves and none")
    assert sorted(one_list[i].label for i in nearest.keep(one_list)) == [
        "spot +4.5 %",
        "spot unchanged",
        "spot −4.5 %",
    ]


def test_scenarios_that_tell_no_moves_count_as_not_moving():
    silent = [replace(outcome, moves=()) for outcome in outcomes((0.0,) * 4)]
    assert {choice.name: len(list(choice.keep(silent))) for choice in CHOICES} == {
        "All": 4,
        "Every 2nd price move": 4,
        "Every 3rd price move": 4,
        "Every 4th price move": 4,
        "Farthest moves and none": 4,
        "Nearest moves and none": 1,
    }
    assert list(everything(silent)) == [0, 1, 2, 3]
