"""The replay of coin venues: how rows become figures, and the kinds that no row here shows.

Figures of kinds without a row are those of Deribit's answers that the other rows come from.
"""

import csv
import json

import pytest

from margin_core.methodologies.deribit_pm.terms import NAMES
from tests.replays import VECTORS, cex
from tests.replays.cex_deribit import TRANSLATORS, recorded
from tests.slow import black76

ETH = -0.999487053  # coins, recorded 2026-02-15
BTC = 0.314538364  # coins, docs.deribit.com, 2024-06-17


def row(**changes):
    """Return a row of an examples file."""
    plain = {
        "id": "ROW",
        "venue": "Deribit",
        "topic": "S:PM ETH totals",
        "inputs_json": json.dumps(
            {"position_eth": ETH, "min_annualised_move": 0.005, "mm_factor": 0.8}
        ),
        "expected_json": json.dumps({"roll_shock": 0.005 * -ETH}),
        "tolerance": "1e-12*max(1,|v|)",
        "verified": "yes",
    }
    return plain | changes


def folder(tmp_path, *rows, recorded=None):
    with (tmp_path / "examples_more.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(row()))
        writer.writeheader()
        writer.writerows(rows)
    (tmp_path / "recorded").mkdir()
    if recorded is not None:
        (tmp_path / "recorded" / "one.json").write_text(json.dumps(recorded), "utf-8")
    return tmp_path


def test_every_examples_file_is_read_and_each_figure_has_its_rows_tolerance(tmp_path):
    close = row(expected_json='{"roll_shock": 0.0049974352}', tolerance="abs 1e-10")
    far = row(expected_json='{"roll_shock": 0.004}')
    found = list(cex.figures(folder(tmp_path, row(), close, far)))
    assert [figure.verdict for figure in found] == ["ok", "ok", "FAIL"]


def test_rows_not_verified_are_for_the_reader_and_unknown_kinds_are_not_covered(tmp_path):
    read_only = row(verified="partial", expected_json='{"roll_shock": 1.0}')
    unknown = row(topic="something else")
    missing = row(expected_json='{"colour": 1.0}')
    found = list(cex.figures(folder(tmp_path, read_only, unknown, missing)))
    assert [figure.verdict for figure in found] == [
        "for the reader",
        "not covered: no translator for Deribit something else",
        "not covered: the code has no such figure",
    ]


def test_a_row_or_a_recording_of_another_form_does_not_hide_the_rest(tmp_path):
    path = folder(
        tmp_path,
        row(inputs_json="{}"),
        row(tolerance="about right"),
        row(),
        recorded={"model_params": {"currency": {"usd": {}}}, "expected": {"x": 1.0}},
    )
    assert [figure.verdict for figure in cex.figures(path)] == [
        "not covered: KeyError: 'min_annualised_move'",
        "not covered: ValueError: tolerance 'about right'",
        "ok",
        "not covered: ValueError: not enough values to unpack (expected 1, got 0)",
    ]


def test_recordings_without_expected_figures_are_left_and_unknown_ones_are_named(tmp_path):
    assert list(cex.figures(folder(tmp_path, recorded={"result": []}))) == []
    (tmp_path / "recorded" / "two.json").write_text('{"expected": {"x": [1.0, null]}}', "utf-8")
    (figure,) = cex.figures(tmp_path)
    assert (figure.id, figure.quantity) == ("two", "x[0]")
    assert figure.verdict == "not covered: no translator for this recording"


@pytest.mark.parametrize("from_future", [False, True])
def test_a_recorded_option_is_priced_off_the_forward_of_its_expiry(from_future):
    forward, strike, years = 67_400.0, 70_000.0, 30.0 / 365.0
    price = black76(forward, strike, years, 0.5, call=True) / forward
    down = black76(0.84 * forward, strike, years, 0.5, call=True) / (0.84 * forward)
    pair = dict.fromkeys(NAMES, 0.0) | {"price_range": 0.16, "volatility_range_up": 0.4}
    document = {
        "model_params": {
            "currency_pair": {"btc_usd": pair},
            "currency": {"usd": {}, "btc": {}},
            "general": {"mm_factor": 0.8, "buckets_count": 4, "timestamp": 1_719_561_600_000},
        },
        "portfolio": {"position": {"BTC-28JUL24": 0.0, "BTC-28JUL24-70000-C": -2.0}},
        "index_price": {"btc_usd": 65_000.0},
        "ticker": {
            "BTC-28JUL24": {"mark_price": forward if from_future else 60_000.0},
            "BTC-28JUL24-70000-C": {"mark_price": price, "mark_iv": 50.0},
        },
        "expected": {},
    }
    if not from_future:
        document["ticker"]["BTC-28JUL24-70000-C"]["underlying_price"] = forward
    vector = recorded(document)["pre_aggregated_standard"]
    assert vector[1] == pytest.approx(-2.0 * (down - price), abs=1e-12)
    assert vector[13] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1e-09*max(1,|v|)", (1e-9, 1e-9)), ("abs 5e-4", (0.0, 5e-4)), ("1*max(1,|v|)", (1.0, 1.0))],
)
def test_a_tolerance_is_read_in_both_forms(text, expected):
    assert cex.tolerance(text) == expected


def test_the_totals_of_a_short_ether_perpetual_are_worst_case_and_roll():
    got = TRANSLATORS["Deribit", "S:PM ETH totals"](
        {"position_eth": ETH, "min_annualised_move": 0.005, "mm_factor": 0.8}
    )
    worst = round(-ETH * (1.0 - 1.0 / 1.18), 9)
    assert worst == 0.152464127
    assert got["risk_matrix_margin"] == pytest.approx(worst - 0.005 * ETH, abs=1e-12)
    assert got["IM"] == pytest.approx(round(worst - 0.005 * ETH, 9), abs=1e-12)
    assert got["MM"] == pytest.approx(0.8 * (worst - 0.005 * ETH), abs=1e-12)


def test_gains_count_for_the_share_that_the_row_says():
    got = TRANSLATORS["Deribit", "S:PM gains scaled by pnl_offset 0.6"](
        {"position_eth": ETH, "R": 0.18, "pnl_offset": 0.6}
    )
    assert got["m18"] == pytest.approx(0.6 * 0.21939959699999997, abs=1e-12)
    assert got["m045"] == pytest.approx(0.6 * 0.04709624857068062, abs=1e-12)
    assert got["p18"] == pytest.approx(-0.1524641267288135, abs=1e-12)


def test_a_perpetual_shows_the_ends_of_its_range_in_the_extended_table():
    got = TRANSLATORS["Deribit", "S:PM extended table, inverse perp"](
        {"position_btc": BTC, "R": 0.16, "factor": 1}
    )
    low, high = -0.05991206933333334, 0.043384601931034494
    far = {name: got[name] for name in ("e_m66", "e_m33", "e_p50", "e_p500")}
    assert far == pytest.approx({"e_m66": low, "e_m33": low, "e_p50": high, "e_p500": high})


def test_the_cells_of_another_range_are_named_by_their_moves():
    got = TRANSLATORS["Deribit", "S:PM initial risk vector, inverse perp"](
        {"position_btc": 2.0, "R": 0.15}
    )
    moves = {"m15": -0.15, "m1125": -0.1125, "m075": -0.075, "p0375": 0.0375}
    expected = {name: 2.0 * (1.0 - 1.0 / (1.0 + move)) for name, move in moves.items()}
    assert {name: got[name] for name in expected} == pytest.approx(expected, abs=1e-14)
    wide = TRANSLATORS["Deribit", "S:PM initial risk vector, inverse perp"](
        {"position_btc": 1.0, "R": 0.2}
    )
    assert wide["m20"] == pytest.approx(1.0 - 1.0 / 0.8, abs=1e-14)


@pytest.mark.parametrize("form", ["two balances", "dollars", "coins"])
def test_coins_held_are_given_in_dollars_in_coin_or_as_two_balances(form):
    # recorded 2026-05-06: equity, and the whole account's margin balance in the same coin
    total = 25.710502678
    held = {
        "btc": [2.288e-5, 3.1639e-4],
        "eth": [8.6e-5, 0.01089],
        "usdt": [23.61869, 25.713074],
    }
    if form == "dollars":
        held = {name: own / whole * total for name, (own, whole) in held.items()}
    elif form == "coins":
        held = {name: own for name, (own, _) in held.items()}
    ranges = {"total_equity_usd": total, "R_btc": 0.16, "R_eth": 0.18}
    got = TRANSLATORS["Deribit", "X:PM account MM (pure collateral)"](held | ranges)
    assert got["total_MM_usd"] == pytest.approx(0.2671726792, rel=3e-4)


@pytest.mark.skipif(not (VECTORS / "cex").is_dir(), reason="the published set is not here")
def test_every_kind_of_row_that_deribit_has_is_translated():
    with (VECTORS / "cex" / "calculations.csv").open(encoding="utf-8", newline="") as lines:
        kinds = {(kind["venue"], kind["topic"]) for kind in csv.DictReader(lines)}
    assert {kind for kind in kinds if kind[0] == "Deribit"} == TRANSLATORS.keys()
