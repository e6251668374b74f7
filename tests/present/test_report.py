"""Documents hold what the contract names, as plain finite numbers."""

import json
from dataclasses import replace

import pytest

from margin_core.analysis.comparison import compare
from margin_core.margin.figure import given
from margin_core.margin.result import LiquidationPrice
from margin_core.present import report
from margin_core.risk.exposures import exposures
from margin_core.risk.marks import collateral_marks, marks
from margin_core.risk.revaluation import revalue
from margin_core.risk.scenarios import VolMode, VolRule, grid
from tests.present.account import MARKET, PORTFOLIO
from tests.toy import METHODOLOGIES, SPOT, TOY

RESULT_FIELDS = [
    "methodology",
    "title",
    "sources",
    "currency",
    "net_liquidation_value",
    "equity",
    "collateral_not_counted",
    "initial_margin",
    "maintenance_margin",
    "excess_initial",
    "excess_maintenance",
    "capital_to_open",
    "capital_to_keep",
    "margin_ratio",
    "worst_scenario",
    "worst_by_group",
    "scenarios",
    "liquidation_prices",
    "breakdown",
    "warnings",
]


def plain(document):
    """Return the document as a reader of its JSON has it; refuses NaN and infinity."""
    return json.loads(json.dumps(document, allow_nan=False))


def readd(line):
    """Return a line's amount from its parts alone, by the rules a reader is told."""
    parts = [readd(part) for part in line["parts"]]
    match line["rule"]:
        case "given":
            return line["amount"]
        case "total":
            return sum(parts)
        case "largest":
            return max(parts)
        case "smallest":
            return min(parts)
        case "scaled":
            return line["factor"] * parts[0]
        case "floored":
            return max(parts[0], line["factor"])


def test_a_result_has_every_field_and_no_other():
    document = plain(report.result_document(TOY(PORTFOLIO, MARKET)))
    assert list(document) == RESULT_FIELDS
    assert document["capital_to_open"] == pytest.approx(
        document["net_liquidation_value"]
        - document["collateral_not_counted"]
        - document["excess_initial"]
    )
    assert document["excess_maintenance"] == document["equity"] - document["maintenance_margin"]
    assert document["margin_ratio"] == document["maintenance_margin"] / document["equity"]
    assert document["sources"][0]["title"] == "Toy handbook"
    assert document["sources"][0]["retrieved"] == "2026-01-01"


def test_a_reader_of_the_json_can_add_up_every_figure():
    document = plain(report.result_document(TOY(PORTFOLIO, MARKET)))
    for name, figure in [
        ("initial", "initial_margin"),
        ("maintenance", "maintenance_margin"),
        ("equity", "equity"),
    ]:
        line = document["breakdown"][name]
        assert set(line) == {"label", "amount", "rule", "factor", "parts", "source"}
        assert readd(line) == pytest.approx(document[figure])


def test_a_scenario_says_its_moves_and_whose_loss_it_is():
    document = plain(report.result_document(TOY(PORTFOLIO, MARKET)))
    worst = document["worst_scenario"]
    assert worst == min(document["scenarios"], key=lambda outcome: outcome["pnl"])
    assert worst["moves"] == {
        "XYZ": {"spot": -0.1, "volatility": 0.0},
        "BTC": {"spot": -0.1, "volatility": 0.0},
    }
    assert worst["pnl_by_underlying"]["BTC"] == pytest.approx(-500.0)
    assert sum(worst["pnl_by_underlying"].values()) == pytest.approx(worst["pnl"])
    assert [p["position"] for p in worst["pnl_by_position"]] == [
        position.label for position in PORTFOLIO.positions
    ]
    assert document["worst_by_group"] == [worst]


def test_a_rule_based_result_has_no_scenario():
    document = plain(report.result_document(SPOT(PORTFOLIO, MARKET)))
    assert document["worst_scenario"] is None
    assert document["worst_by_group"] == document["scenarios"] == []


def test_liquidation_prices_are_listed_by_position():
    price = LiquidationPrice("+0.1 BTC perpetual", 41_000.0, 40_000.0)
    result = TOY(PORTFOLIO, MARKET)
    document = plain(report.result_document(replace(result, liquidation_prices=(price,))))
    assert document["liquidation_prices"] == [
        {"position": "+0.1 BTC perpetual", "price": 41_000.0, "bankruptcy_price": 40_000.0}
    ]


def test_zero_has_no_sign():
    assert str(report.line_document(given("Nothing", -0.0))["amount"]) == "0.0"


def test_a_comparison_holds_results_and_reasons():
    document = plain(
        report.comparison_document(compare(PORTFOLIO, MARKET, METHODOLOGIES), PORTFOLIO)
    )
    assert document["portfolio"] == "Covered call"
    assert [r["methodology"] for r in document["results"]] == ["toy", "spot"]
    assert document["not_covered"] == []


def greeks():
    positions = exposures(marks(PORTFOLIO, MARKET), MARKET)
    coins = exposures(collateral_marks(PORTFOLIO, MARKET), MARKET)
    return plain(report.greeks_document(PORTFOLIO, MARKET, positions, coins))


def test_greeks_state_the_unit_of_every_figure_they_give():
    document = greeks()
    for group in ("positions", "expiries", "underlyings", "collateral"):
        for row in document[group]:
            named = set(row) - {"position", "expiry", "underlying", "mark", "volatility"}
            assert named <= set(document["units"])
    assert set(document["total"]) <= set(document["units"])


def test_greeks_add_up_over_positions_expiries_and_underlyings():
    document = greeks()
    for name, value in document["total"].items():
        for group in ("positions", "expiries", "underlyings"):
            assert sum(row[name] for row in document[group]) == pytest.approx(value)
    assert [row["expiry"] for row in document["expiries"]] == [
        "2026-03-20T20:00:00+00:00",
        None,
    ]


def test_delta_comes_in_units_of_the_underlying_too_and_coins_stand_apart():
    document = greeks()
    shares, call, future = document["positions"]
    assert shares["delta_units"] == 100.0
    assert shares["delta"] == pytest.approx(100.0)  # 1 % of 10,000
    assert call["volatility"] == pytest.approx(0.3)
    assert future["volatility"] is None
    by_symbol = {row["underlying"]: row for row in document["underlyings"]}
    assert by_symbol["BTC"]["delta_units"] == pytest.approx(0.1)
    assert by_symbol["XYZ"]["delta_units"] == pytest.approx(100.0 + call["delta_units"])
    (coin,) = document["collateral"]
    assert coin["delta_units"] == pytest.approx(0.05)
    assert document["total_with_collateral"]["delta"] == pytest.approx(
        document["total"]["delta"] + 25.0
    )


def test_the_scenario_grid_lists_every_cell_with_its_units():
    held = marks(PORTFOLIO, MARKET) + collateral_marks(PORTFOLIO, MARKET)
    rule = VolRule(VolMode.POINTS)
    cube = revalue(held, MARKET, grid((-0.1, 0.0, 0.1), (0.0, 0.05), (0.0, 7.0), vol_rule=rule))
    document = plain(report.scenarios_document(PORTFOLIO, MARKET, cube, by_position=True))
    assert (document["spot"], document["vol"], document["days"]) == (
        [-0.1, 0.0, 0.1],
        [0.0, 0.05],
        [0.0, 7.0],
    )
    assert len(document["cells"]) == 12
    assert set(document["units"]) == {"spot", "vol", "days", "pnl"}
    assert "5 points" in document["units"]["vol"]
    assert "collateral" in document["pnl_of"]
    assert document["positions"][-1] == "+0.05 BTC collateral"
    cell = document["cells"][0]
    assert (cell["spot"], cell["vol"], cell["days"]) == (-0.1, 0.0, 0.0)
    assert sum(cell["pnl_by_position"]) == pytest.approx(cell["pnl"])
    assert cell["pnl_by_position"][0] == pytest.approx(-1_000.0)
    assert cell["pnl_by_position"][-1] == pytest.approx(-250.0)
    lean = report.scenarios_document(PORTFOLIO, MARKET, cube)
    assert "pnl_by_position" not in lean["cells"][0]


def test_a_methodology_says_what_it_covers_and_follows():
    assert plain(report.methodology_document(TOY)) == {
        "key": "toy",
        "title": "Toy margin",
        "covers": "everything",
        "sources": [
            {
                "key": "handbook",
                "title": "Toy handbook",
                "href": "https://example.com/handbook",
                "retrieved": "2026-01-01",
            }
        ],
        "profiles": ["wide"],
    }
