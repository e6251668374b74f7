"""Risk arrays say of every scenario what the result says of it, by class and by position."""

import math
from pathlib import Path

import pytest

from margin_core import METHODOLOGIES, compare, files, risk_arrays, span_chain

SAMPLES = Path(__file__).parents[2] / "sample_portfolios"
BOOK = files.read_path(SAMPLES / "index_product_groups.json")


@pytest.fixture(params=["occ_tims", "cme_span", "scenario_pm"])
def result(request):
    return METHODOLOGIES[request.param](*BOOK)


def test_every_scenario_is_a_row_of_its_group(result):
    arrays = risk_arrays(result, BOOK[0])
    rows = {(array.group, row.scenario): row.pnl for array in arrays for row in array.rows}
    assert rows == {(o.group, o.label): o.pnl for o in result.scenarios}


def test_the_binding_scenario_is_on_top_and_bears_the_whole_share(result):
    for array in risk_arrays(result, BOOK[0]):
        top = array.rows[0]
        assert top.worst
        assert top.binds
        assert top.share == (1.0 if top.pnl < 0.0 else 0.0)


def test_classes_and_positions_add_up_to_the_same():
    (array,) = risk_arrays(METHODOLOGIES["occ_tims"](*BOOK), BOOK[0])
    assert array.classes == ("SPX", "NDX")  # SPY and QQQ stand in the classes of their indices
    assert len(array.positions) == len(BOOK[0].positions)
    for row in array.rows:
        assert sum(row.positions) == pytest.approx(sum(row.classes))


def test_offsets_make_a_group_lose_more_than_the_sum_of_its_classes():
    (array,) = risk_arrays(METHODOLOGIES["occ_tims"](*BOOK), BOOK[0])
    for row in array.rows:  # 90 % of the one class's gain pays for the other's loss
        loss, gain = sorted(row.classes)
        assert loss < 0.0 < gain
        assert row.pnl == pytest.approx(loss + 0.9 * gain)


@pytest.mark.parametrize(
    "sample", ["index_product_groups", "iron_condor", "short_strangle_cheap_stock", "box"]
)
def test_spans_chain_adds_up_to_its_requirement_and_total(sample):
    result = METHODOLOGIES["cme_span"](*files.read_path(SAMPLES / f"{sample}.json"))
    *steps, (name, requirement), (_, option_value), (_, total) = span_chain(result)
    assert name == "SPAN requirement"
    assert sum(amount for _, amount in steps) == pytest.approx(requirement, abs=1e-6)
    assert requirement == pytest.approx(result.maintenance.amount)
    assert total == pytest.approx(requirement + option_value)
    assert total == pytest.approx(result.maintenance.amount - sum_of_options(result))


def sum_of_options(result):
    (line,) = [part for part in result.equity.parts if part.label == "Net option value"]
    return sum(part.amount for part in line.parts)


def test_a_worst_scenario_that_a_minimum_overrules_does_not_bind():
    book = files.read_path(SAMPLES / "short_strangle_cheap_stock.json")
    (array,) = risk_arrays(METHODOLOGIES["occ_tims"](*book), book[0])
    assert [row.worst for row in array.rows] == [True] + [False] * 9
    assert not any(row.binds for row in array.rows)


def test_what_rounding_leaves_is_no_loss_to_share():
    book = files.read_path(SAMPLES / "box.json")
    (array,) = risk_arrays(METHODOLOGIES["occ_tims"](*book), book[0])
    assert array.rows[0].worst
    assert [row.share for row in array.rows] == [0.0] * 10
    assert [row.scenario.split(":")[0] for row in array.rows] == [
        f"Point {number}" for number in range(1, 11)
    ]


def test_of_scenarios_alike_the_first_alone_is_the_worst():
    book = files.read_path(SAMPLES / "cash_and_carry.json")  # no option: volatility moves nothing
    (array,) = risk_arrays(METHODOLOGIES["deribit_pm"](*book), book[0])
    assert [row.scenario for row in array.rows[:3]] == ["spot +16 %"] * 3
    assert [row.worst for row in array.rows] == [True] + [False] * 34
    assert [row.binds for row in array.rows] == [True] + [False] * 34
    assert all(math.copysign(1.0, row.share) > 0.0 for row in array.rows)


@pytest.mark.parametrize("sample", sorted(path.stem for path in SAMPLES.glob("*.json")))
def test_every_group_of_every_rule_book_has_one_worst_scenario(sample):
    book = files.read_path(SAMPLES / f"{sample}.json")
    for found in compare(*book, METHODOLOGIES).results:
        arrays = risk_arrays(found, book[0])
        worst = [[row for row in array.rows if row.worst] for array in arrays]
        assert [len(rows) for rows in worst] == [1] * len(found.worst_by_group)
