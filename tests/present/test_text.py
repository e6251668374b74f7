"""Plain text: aligned, with units, derivations down to what binds."""

from dataclasses import replace

from margin_core.analysis.comparison import compare
from margin_core.book.instruments import Perpetual
from margin_core.book.portfolio import Position
from margin_core.margin.figure import given, largest, smallest, total
from margin_core.margin.result import Outcome
from margin_core.present import text
from margin_core.risk.exposures import exposures
from margin_core.risk.marks import collateral_marks, marks
from margin_core.risk.revaluation import revalue
from margin_core.risk.scenarios import VolMode, VolRule, grid
from tests.present.account import MARKET, PORTFOLIO
from tests.toy import METHODOLOGIES, SPOT, TOY


def test_numbers_end_in_one_column():
    shown = text.comparison_text(compare(PORTFOLIO, MARKET, METHODOLOGIES), PORTFOLIO)
    header, spot, toy = shown.splitlines()[2:5]
    column = header.index("to open") + len("to open")
    assert spot[:column].split()[0] == "spot"
    assert spot[column] == toy[column] == " "
    assert toy.endswith("spot −10 %")


def test_what_is_not_covered_and_warnings_follow_the_comparison():
    perpetual = replace(PORTFOLIO, positions=(Position(Perpetual("BTC"), 1.0),))
    modified = {"toy": replace(TOY.published, spot_range=0.2)}
    shown = text.comparison_text(compare(perpetual, MARKET, METHODOLOGIES, modified), perpetual)
    assert "Not covered:\n  spot: positions[0]: +1 BTC perpetual is a perpetual." in shown
    assert "Warnings of toy:\n  Modified: parameter spot_range set to 0.2" in shown


def test_a_derivation_follows_what_binds():
    shown = text.results_text([TOY(PORTFOLIO, MARKET)])
    assert "Toy margin (toy), amounts in USD" in shown
    assert "Toy handbook, retrieved 2026-01-01" in shown
    lines = [line.strip().split("  ")[0] for line in shown.splitlines()]
    start = lines.index("Initial margin")
    assert lines[start : start + 7] == [
        "Initial margin",
        "1.25 times",
        "Maintenance margin",
        "Scan loss",
        "at least 0.00",
        "Largest loss",
        "the largest of 3",
    ]
    assert lines[start + 7] == "spot −10 %"


def decided(result, name):
    """Return the figures of a result's table whose names begin so."""
    lines = (line.strip().split("  ") for line in text.results_text([result]).splitlines())
    return [line[-1].strip() for line in lines if line[0].startswith(name)]


def test_a_minimum_that_overrules_the_worst_scenario_is_what_decides():
    result = TOY(PORTFOLIO, MARKET)
    least = largest("Initial margin", result.initial, given("Minimum", 1e9))
    overruled = replace(result, initial=least)
    assert decided(overruled, "Worst scenario") == ["spot −10 %"]
    assert decided(overruled, "Decides initial margin") == ["Minimum"]
    assert decided(overruled, "Decides maintenance margin") == ["spot −10 %"]


def test_a_charge_that_outweighs_the_worst_scenario_is_most_of_it():
    result = TOY(PORTFOLIO, MARKET)
    charged = total("Initial margin", result.initial, given("Basis", 1e9))
    assert decided(replace(result, initial=charged), "Decides initial") == ["mostly Basis"]


def test_of_several_groups_the_one_whose_scenario_decides_is_named():
    result = TOY(PORTFOLIO, MARKET)
    (worst,) = result.worst_by_group
    groups = (replace(worst, group="XYZ"), Outcome("up", (), 1.0, group="ABC"))
    several = replace(result, worst_by_group=groups)
    assert decided(several, "Decides initial") == ["XYZ: spot −10 %"]


def test_a_rule_book_without_scenarios_has_no_rows_for_them():
    assert decided(SPOT(PORTFOLIO, MARKET), "Worst") == []
    assert decided(SPOT(PORTFOLIO, MARKET), "Decides") == []


def test_the_smallest_of_several_is_followed_too():
    result = TOY(PORTFOLIO, MARKET)
    choice = smallest("Cheapest", given("dear", 2.0), given("cheap", 1.0))
    shown = text.results_text([replace(result, initial=choice)])
    assert "the smallest of 2" in shown
    assert "cheap" in shown
    assert "dear" not in shown


def test_no_equity_has_words_for_a_ratio():
    borrowed = replace(PORTFOLIO, balances=())
    result = TOY(replace(borrowed, positions=()), MARKET)
    assert "none: equity is not positive" in text.results_text([result])


def test_greeks_are_shown_with_their_units_at_every_level():
    positions = exposures(marks(PORTFOLIO, MARKET), MARKET)
    coins = exposures(collateral_marks(PORTFOLIO, MARKET), MARKET)
    shown = text.greeks_text(PORTFOLIO, MARKET, positions, coins)
    for words in (
        "+100 XYZ stock",
        "2026-03-20T20:00:00+00:00",
        "none",
        "with collateral",
        "+0.05 BTC collateral",
        "delta: reporting currency per +1 % of spot",
        "vega: reporting currency per +1 volatility point",
        "delta, units: units of the underlying",
    ):
        assert words in shown
    assert "with collateral" not in text.greeks_text(PORTFOLIO, MARKET, positions)


def test_a_grid_is_shown_per_day_and_per_position():
    held = marks(PORTFOLIO, MARKET) + collateral_marks(PORTFOLIO, MARKET)
    rule = VolRule(VolMode.POINTS)
    cube = revalue(held, MARKET, grid((-0.1, 0.1), (-0.05, 0.05), (0.0, 7.0), vol_rule=rule))
    shown = text.scenarios_text(PORTFOLIO, cube)
    assert shown.count("All positions and coins") == 2
    assert "7 days from the valuation time" in shown
    assert "volatility points" in shown
    assert "coins held as collateral" in shown
    detailed = text.scenarios_text(PORTFOLIO, cube, by_position=True)
    block = detailed[detailed.index("+100 XYZ stock, 0 days") :].splitlines()
    assert block[1].split() == ["vol", "\\", "spot", "-0.1", "+0.1"]
    assert block[2].split() == ["-0.05", "-1,000.00", "1,000.00"]


def test_the_list_of_methodologies_says_what_each_covers():
    lines = text.methodologies_text(METHODOLOGIES).splitlines()
    assert lines[0].split() == ["key", "title", "covers"]
    assert lines[1].split() == ["toy", "Toy", "margin", "everything"]
