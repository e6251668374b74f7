"""The replays of TIMS and SPAN: every shape of row, with right and with wrong expectations.

Published rows come with their source; the others are computed by hand from the rule.
"""

import csv
import json

import pytest

from tests import replay
from tests.replays import VECTORS, cme_span, occ_tims

TWO_SIDED = [0, 0, -4, -4, 4, 4, -8, -8, 8, 8, -12, -12, 12, 12, -11, 11]
# McMillan, Options as a Strategic Investment, ch. 34: a future and a call, profits positive
MCMILLAN = "McMillan, ch. 34 (profit-positive arrays, $)"
FUTURE = [0, 0, 3330, 3330, -3330, -3330, 6670, 6670, -6670, -6670,
          10000, 10000, -10000, -10000, 7000, -7000]  # fmt: skip
CALL = [460, -610, 2640, 1730, -1270, -2340, 5210, 4540, -2540, -3430,
        8060, 7640, -3380, -3990, 3130, -1500]  # fmt: skip
SCENARIOS = ",".join(f"s{n}" for n in range(1, 17))
SYNTHETIC = f"""id,kind,month,right,delta,settle,{SCENARIOS}
F202509,FUT,202509,,1.0,3600.0,0,0,-4,-4,4,4,-8,-8,8,8,-12,-12,12,12,-11,11
F202512,FUT,202512,,1.0,3640.0,0,0,-4,-4,4,4,-8,-8,8,8,-12,-12,12,12,-11,11
C3600,OOF,202512,C,0.5,120.0,-1,1,-4,-2,1,4,-7,-5,3,6,-10,-8,5,7,-9,3
"""
PARAMETERS = {
    "tiers": {"1": [202509, 202509], "2": [202510, 202512]},
    "spreads": [["series", 1, 2.5, 202509, 202512], ["tier", 1, 4.0, 1, 2]],
    "som_rate": 3,
    "som_method": "calls+puts",
    "cvf": 100,
}
IBM = {
    "date": "2007-02-23",
    "expiry": "2007-04-20",
    "spot": 97.73,
    "style": "American",
    "multiplier": 100,
    "range": [-0.15, 0.15],
    "rate": 0.0525,
    "dividend_yield": 0.0,
}
SPX = IBM | {
    "spot": 1451.19,
    "style": "European",
    "range": [-0.08, 0.06],
    "dividend_yield": 0.0195,
}
SPY = {"symbol": "SPY", "qty": 100_000, "price": 145.3}


def leg(quantity, right, strike, price):
    return {"qty": quantity, "type": right, "strike": strike, "price": price}


def folder(tmp_path, *rows, examples=()):
    """Write rows (id, inputs, expected, source or name) as the published sets hold them."""
    fields = ("id", "kind", "name", "source", "inputs", "expected", "our_value", "note")
    for file, entries in (("other_examples.csv", rows), ("tims_examples.csv", examples)):
        with (tmp_path / file).open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, fields)
            writer.writeheader()
            for name, inputs, expected, *words in entries:
                said = dict.fromkeys(("source", "name"), words[0] if words else "")
                texts = {"inputs": json.dumps(inputs), "expected": json.dumps(expected)}
                writer.writerow({"id": name, **said, **texts})
    (tmp_path / "span_synth_arrays.csv").write_text(SYNTHETIC, "utf-8")
    (tmp_path / "span_synth_params.json").write_text(json.dumps(PARAMETERS), "utf-8")
    return tmp_path


SPAN = [
    ("array qty", {"array": CALL, "qty": -2}, {"scan": 16_120, "active": 11}, MCMILLAN),
    (
        "legs fut call",
        {"legs": [[2, "fut"], [-1, "call"]], "fut": FUTURE, "call": CALL},
        {"scan": 16_620, "active": 13},
        MCMILLAN,
    ),
    ("psr short long", {"psr": 570, "short": 9, "long": 2}, {"scan": 3_990, "total": 3_990}),
    (
        "two commodities",
        {
            "risk": {"A": 500, "B": 400},
            "spread_charge": 50,
            "spreads": 2,
            "inter_credit_each": 300,
            "short_call": {"qty": -3, "settle": 7, "unit": 10},
        },
        {"span": 400, "nov": -210, "total": 610},
    ),
    # itorK/SPAN-margin-calculator: half the range of 7.4 %
    ("share", {"qty": 8, "psr": 0.037, "multiplier": 20, "price": 2465.96}, 14_599),
    ("array lot qty", {"array": TWO_SIDED, "lot": 75, "qty": -2}, {"scan": 1_800}),
    ("psr", {"psr": 3_300.5}, {"long": 3_300.5, "short": 3_300.5}),
    ("psr mult cover", {"psr": 570_000, "mult": 2, "cover": 0.35}, 399_000),
    ("series", {"scan": 1_234, "series_charge": 300}, 1_534),
    ("tier", {"scan": 0, "tier_charge": 1_000}, 1_000),  # riskkit, gold September against June
    # riskkit, options on gold of 2025-09-12
    ("short", {"scan": 12_878, "settle": 107.4, "cvf": 100}, 23_618, "short 1 OG put"),
    ("long", {"scan": 7_597, "settle": 107.4, "cvf": 100}, -3_143, "long 1 OG put"),
    # JSCC, Calculation examples using SPAN parameter of sample file, example 2
    (
        "scan som nov net",
        {"scan": 5_701_000, "som": 294_000, "nov": -32_000_000, "net": -10},
        {"total": 37_701_000},
    ),
    ("minimum binds", {"scan": 100, "som": 294, "nov": -32, "net": -10}, {"total": 326}),
    # KDPW, Wyliczenia w SPAN (slideplayer.pl 832807), slide 8
    (
        "scale legs",
        {
            "scale": 10,
            "legs": [[-2, 1], [-3, 1], [1, 0.7028], [2, 0.6151], [-1, -0.3032], [-2, -0.3574]],
        },
        {"short": -50, "long": 29.51},
    ),
    (
        "ccs ratio rate",
        {
            "ccs": {
                "A": {"scan": 30_000, "paired": 24_000, "s1": 600, "s2": -200, "delta": 10},
                "B": {"scan": 20_000, "paired": 19_000, "s1": 0, "s2": 0, "delta": -8},
            },
            "ratio": [1, 2],
            "rate": 0.5,
        },
        {"A": 4 * 2_680 * 0.5, "B": 8 * 2_437.5 * 0.5},
    ),
    # two lots of a call are one position; 1.5 against 1 September net of 0.5 December
    (
        "legs",
        {"legs": [["F202509", 1], ["F202512", -1], ["C3600", -2], ["C3600", 3]]},
        {
            "scan": 7,
            "active": 14,
            "delta": 0.5,
            "intra": 0.5 * 2.5,
            "som": 0,
            "span": 8.25,
            "nov": 12_000,
            "total": -11_991.75,
        },
    ),
    ("short legs", {"legs": [["C3600", -2], ["C3600", 1]]}, {"scan": 10, "som": 3, "total": 12010}),
]


@pytest.mark.parametrize("case", SPAN, ids=lambda case: case[0])
def test_a_shape_of_span_row_agrees_when_right_and_fails_when_wrong(case, tmp_path):
    _, inputs, expected, *words = case
    right = expected if isinstance(expected, dict) else {"value": expected}
    wrong = {key: value * 1.02 + 3 for key, value in right.items()}
    rows = ("S1", inputs, expected, *words), ("S2", inputs, wrong, *words)
    figures = list(cme_span.figures(folder(tmp_path, *rows)))
    assert [figure.verdict for figure in figures] == ["ok"] * len(right) + ["FAIL"] * len(right)


def test_nse_s_extremes_hold_two_ranges_a_carry_and_the_weight(tmp_path):
    published = {"psr": 2234.01, "drift": 8.72, "k": 1.000725}
    row = ("S1", published, {"s15": -1561.89, "s16": 1568.0})
    assert [f.verdict for f in cme_span.figures(folder(tmp_path, row))] == ["ok", "ok"]


def test_an_unknown_shape_is_not_covered(tmp_path):
    [figure] = cme_span.figures(folder(tmp_path, ("S1", {"colour": 1}, 2)))
    assert figure.verdict == "not covered: no example of this shape is known"


# Cboe, Margin Requirement Examples for Sample Options-based Positions (2007-02-23)
CBOE = [
    (IBM, [leg(-100, "C", 100, 1.68)], "IBM", 129_804, 471_850),  # covered call
    (IBM, [leg(100, "C", 100, 1.68), leg(-100, "P", 100, 3.18)], None, 154_313, 212_260),
    (IBM, [leg(100, "P", 95, 1.02), leg(-100, "C", 105, 0.4)], "IBM", 33_522, 494_850),  # collar
    (IBM, [leg(100, "C", 95, 4.53), leg(-100, "C", 105, 0.4)], None, 40_881, 41_300),
    (SPX, [leg(100, "P", 1450, 18.72)], "SPY", 272_402, 7_452_200),  # protective put
    (SPX, [leg(100, "P", 1450, 18.72), leg(-100, "C", 1500, 5.96)], None, 625_592, 1_875_885),
    (SPX, [leg(100, "P", 1450, 18.72), leg(-100, "C", 1500, 5.96)], "SPY", 212_909, 7_392_600),
]


@pytest.mark.parametrize(("terms", "options", "stock", "margined", "strategy"), CBOE)
def test_a_row_of_cboe_s_table_agrees_when_right_and_fails_when_wrong(
    terms, options, stock, margined, strategy, tmp_path
):
    held = {"IBM": {"symbol": "IBM", "qty": 10_000, "price": 97.73}, "SPY": SPY, None: None}[stock]
    inputs = terms | {"options": options, "stock": held}
    inputs["underlying"] = "IBM" if terms is IBM else "SPX"
    rows = [(name, inputs, figure) for name, figure in (("T1", margined), ("R1", strategy))]
    wrong = [(name, inputs, 1.05 * figure) for name, figure in (("T2", margined), ("R2", strategy))]
    figures = list(occ_tims.figures(folder(tmp_path, examples=rows + wrong)))
    assert [figure.verdict for figure in figures] == ["ok", "ok", "FAIL", "FAIL"]


def test_a_row_of_options_alone_needs_no_name_for_their_underlying(tmp_path):
    inputs = IBM | {"options": [leg(-100, "C", 100, 1.68)]}
    [figure] = occ_tims.figures(folder(tmp_path, examples=[("T1", inputs, 115_429)]))
    assert figure.verdict == "ok"


def test_stock_alone_and_values_of_classes_are_rows_too(tmp_path):
    stock = {"stock": {"qty": -40, "price": 50}, "range": [-0.1, 0.1]}
    held = [{"cls": "A", "value": 1_000}, {"cls": "B", "value": -600}, {"cls": "A", "value": 500}]
    classes = {"positions": held, "offset": 0.75, "range": [-0.1, 0.1]}
    rows = ("T1", stock, 200), ("T2", stock, 202), ("T3", classes, 105), ("T4", classes, 90)
    figures = occ_tims.figures(folder(tmp_path, *rows))
    assert [figure.verdict for figure in figures] == ["ok", "FAIL", "ok", "FAIL"]


def test_the_exit_status_tells_whether_all_agree(tmp_path, capsys):
    right, wrong = ("S1", {"psr": 5}, {"long": 5}), ("S2", {"psr": 5}, {"short": -5})
    assert replay.main(["cme_span", str(folder(tmp_path, right))]) == 0
    assert replay.main(["cme_span", str(folder(tmp_path, right, wrong))]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1] == "1 of 2 figures agree"
    assert printed[-2].split("\t")[-1] == "FAIL"


@pytest.mark.skipif(not (VECTORS / "tims_span").is_dir(), reason="the published set is not here")
def test_every_shape_of_row_has_a_test_here():
    with (VECTORS / "tims_span" / "calculations.csv").open(encoding="utf-8", newline="") as lines:
        shapes = {frozenset(row["inputs"].split()) for row in csv.DictReader(lines)}
    tested = {frozenset(case[1]) for case in SPAN} | {frozenset({"psr", "drift", "k"})}
    tested |= {frozenset({"stock", "range"}), frozenset({"positions", "offset", "range"})}
    assert shapes - tested == {frozenset({*IBM, "options"})}
