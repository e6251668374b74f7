"""The replay of Derive's cases: folders that nobody here has seen, written in other ways.

The case is a perpetual of one unit sold at a spot of 100 000, with 1 000 of cash: the rise of 18 %
is the worst of its scenarios, 1.5 % and 0.5 % are charged on top, so that its margins are
1 000 - 18 000 x 0.8 - 1 500 and 1 000 - 18 000 - 2 000.
"""

import copy
import json

import pytest

from tests import replay
from tests.replays.derive_pmrm import case

SCENARIO = {
    "Cash": 1_000.0,
    "Collaterals": [],
    "SpotPrice": 100_000.0,
    "SpotConfidence": 1.0,
    "NumPerps": -1.0,
    "PerpPrice": 100_000.0,
    "PerpConfidence": 1.0,
    "UnrealisedPerpPNL": 0.0,
    "UnrealisedFunding": 0.0,
    "StablePrice": 1.0,
    "Options": [],
    "OptionFeeds": [],
}
PARAMETERS = {
    "SkewShock": {
        "LINEAR_SCALE_CAP": 0.15,
        "LINEAR_CBASE": -0.05,
        "ABS_SCALE_CAP": 0.15,
        "ABS_CBASE": -0.05,
        "MIN_K_STAR": 0.01,
        "MIN_WIDTH_SCALE": 4.0,
        "VOL_PARAM_STATIC": 0.6,
        "VOL_PARAM_SCALE": -0.1,
    },
    "VolShock": {
        "VOLRANGEUP": 0.5,
        "VOLRANGEDOWN": 0.275,
        "SHORTTERMPOWER": 0.3,
        "LONGTERMPOWER": 0.13,
        "DTE_FLOOR": 1,
        "MIN_VOL_EVAL_SHOCKED": 0.45,
    },
    "Margin": {
        "BASE_STATIC_DISCOUNT": 0.95,
        "LONG_RATE_MULTSCALE": 1,
        "LONG_RATE_ADDSCALE": 0.08,
        "BASE_STATIC_DISCOUNT_NEG": 1.04,
        "SHORT_RATE_MULTSCALE": 0.5,
        "SHORT_RATE_ADDSCALE": 0.08,
        "IM_LOSS_FACTOR": 1.0,
        "MM_LOSS_FACTOR": 0.8,
    },
    "BasisContingency": {
        "SCENARIO_SPOT_UP": 1.045,
        "SCENARIO_SPOT_DOWN": 0.955,
        "BASIS_CONT_ADD_FACTOR": 0.5,
        "BASIS_CONT_MULT_FACTOR": 2.0,
    },
    "OtherContingency": {
        "PEG_LOSS_THRESHOLD": 0.98,
        "PEG_LOSS_FACTOR": 2.0,
        "CONF_THRESHOLD": 0.55,
        "CONF_MARGIN": 1.0,
        "MM_PERP_PERCENT": 0.015,
        "IM_PERP_PERCENT": 0.005,
        "MM_OPTION_PERCENT": 0.003,
        "IM_OPTION_PERCENT": 0.002,
    },
    "Scenarios": [
        {"SpotShock": 1.18, "VolShockDirection": "Up", "DampeningFactor": 1},
        {"SpotShock": 1, "VolShockDirection": "None", "DampeningFactor": 1},
        {"SpotShock": 0.82, "VolShockDirection": "Down", "DampeningFactor": 1},
        {"SpotShock": 4, "VolShockDirection": "Up", "DampeningFactor": 0.012},
        {"SpotShock": 1, "VolShockDirection": "LINEAR", "DampeningFactor": 1},
        {"SpotShock": 1, "VolShockDirection": "ABS", "DampeningFactor": 1},
    ],
}
RESULT = {
    "IM": -19_000.0,
    "MM": -14_900.0,
    "PortfolioMTM": 1_000.0,
    "OptionMTM": 0.0,
    "CollateralMTM": 0.0,
    "reg_losses": [["0.18", 1, "-18000"], ["0.0", 0, "0"], ["-0.18", -1, "18000"]],
    "tail_losses": [["3", 1, "-3600"]],
    "skew_losses": [["LINEAR", "0"], ["ABS", "0"]],
}
CASE = {"Scenario": SCENARIO, "Parameters": PARAMETERS, "Result": RESULT}
FIGURES = 11
DAI = {
    "Name": "DAI",
    "Amount": 100.0,
    "Price": 1.0,
    "Confidence": 1.0,
    "IsRiskCancelling": False,
    "MMHaircut": 0.1,
    "IMHaircut": 0.2,
}
CALL = {"Expiry": 86_400, "Strike": 100_000.0, "IsCall": 1, "MarkVol": 0.5, "Amount": 1.0}
FEED = {"FeedExpiry": 86_400, "Forward": 100_000.0, "Rate": 0.0}


def changed(**scenario):
    document = copy.deepcopy(CASE)
    document["Scenario"] |= scenario
    return document


def without(group, key):
    document = copy.deepcopy(CASE)
    del document[group][key]
    return document


def as_text(document):
    match document:
        case dict():
            return {key: as_text(entry) for key, entry in document.items()}
        case list():
            return [as_text(entry) for entry in document]
        case _:
            return str(document)


def verdicts(document):
    return [figure.verdict for figure in case("test_1_a", document)]


def figures(document):
    return {figure.quantity: figure for figure in case("test_1_a", document)}


def replayed(folder, capsys, **documents):
    for name, document in documents.items():
        text = document if isinstance(document, str) else json.dumps(document)
        (folder / f"{name}.json").write_text(text, "utf-8")
    status = replay.main(["derive_pmrm", str(folder)])
    return status, capsys.readouterr().out.splitlines()


def test_the_case_agrees_in_every_figure_whatever_its_file_is_called(tmp_path, capsys):
    status, lines = replayed(tmp_path, capsys, mine=CASE, test_2_b=CASE)
    assert status == 0
    assert lines[-1] == f"{2 * FIGURES} of {2 * FIGURES} figures agree"
    assert lines[0].startswith("test_2_b\tIM\t-19000\t-19000\t")


@pytest.mark.parametrize(
    "document",
    [
        as_text(changed(Collaterals=[])),
        changed(LastEntryPrice=None, Further={"any": "thing"}),
        changed(UnrealisedPerpPNL=None, LastEntryPrice=100_000.0),
        changed(UnrealisedFunding=None, SystemFundingIndex=0.5, FundingIndex=0.5),
        without("Scenario", "Collaterals"),
        without("Scenario", "Options"),
        without("Scenario", "OptionFeeds"),
        without("Scenario", "PerpConfidence"),
    ],
)
def test_a_case_may_be_written_in_other_ways(document):
    assert verdicts(document) == ["ok"] * FIGURES


def test_profit_and_funding_left_out_follow_from_the_prices():
    prices = {"LastEntryPrice": 90_000.0, "SystemFundingIndex": 7.0, "FundingIndex": 2.0}
    held = changed(UnrealisedPerpPNL=None, UnrealisedFunding=None, **prices)
    assert figures(held)["PortfolioMTM"].got == pytest.approx(1_000.0 - 10_000.0 + 5.0)


def test_a_wrong_figure_fails_alone(tmp_path, capsys):
    wrong = copy.deepcopy(CASE)
    wrong["Result"]["MM"] = -14_900.0001
    status, lines = replayed(tmp_path, capsys, test_1_a=wrong)
    assert status == 1
    assert [line.split("\t")[1] for line in lines if line.endswith("FAIL")] == ["MM"]


def test_loss_rows_find_their_scenarios_in_any_order():
    document = copy.deepcopy(CASE)
    document["Parameters"]["Scenarios"].reverse()
    document["Result"]["skew_losses"].insert(0, ["OTHER", "1"])
    expected = ["ok"] * FIGURES
    expected.insert(-2, "not covered: the case has no such scenario")
    assert verdicts(document) == expected


def test_a_loss_row_of_no_scenario_takes_the_next_one_left():
    document = copy.deepcopy(CASE)
    document["Result"]["reg_losses"][0] = ["18 %", "-18000"]
    document["Result"]["tail_losses"].append(["4", 1, "-1"])
    *others, last, _, _ = verdicts(document)
    assert set(others) == {"ok"}
    assert last == "not covered: the case has no such scenario"


def test_figures_that_a_case_does_not_give_are_not_asked():
    assert len(verdicts(without("Result", "skew_losses"))) == FIGURES - 2


def test_of_the_case_that_breaks_the_rule_the_requirements_are_asked():
    asked = [figure.quantity for figure in case("test_67", CASE)]
    assert asked == [figure.quantity for figure in case("test_67_misc", CASE)] == ["IM", "MM"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{", "JSONDecodeError"),
        ([], "TypeError"),
        ({"Result": {}}, "no figure is expected"),
        (without("Scenario", "SpotPrice"), "'SpotPrice'"),
        (changed(SpotPrice=None), "'SpotPrice'"),
        (without("Parameters", "VolShock"), "'VolShock'"),
        (changed(Options=[CALL]), "no entry of OptionFeeds for the expiry in 86400 s"),
        (changed(Collaterals=[DAI | {"Amount": -1.0}]), "owed"),
    ],
)
def test_a_case_that_cannot_be_read_says_why_and_hides_no_other(tmp_path, capsys, document, reason):
    status, lines = replayed(tmp_path, capsys, test_1_bad=document, test_2_good=CASE)
    assert status == 1
    bad = [line for line in lines if line.startswith("test_1_bad\t")]
    assert bad
    assert all("\tnot covered: " in line and reason in line for line in bad)
    assert sum(line.endswith("\tok") for line in lines) == FIGURES


def test_an_asset_listed_twice_or_called_like_cash_is_collateral_at_its_own_price():
    held = [DAI, DAI | {"Price": 2.0}, DAI | {"Name": "USDC"}]
    found = figures(changed(Collaterals=held))
    assert found["CollateralMTM"].got == pytest.approx(400.0)
    assert found["MM"].got == pytest.approx(-14_900.0 + 0.9 * 400.0)
    assert found["IM"].got == pytest.approx(-19_000.0 + 0.7 * 400.0)


def test_of_several_confidences_of_an_expiry_the_lowest_counts():
    call = {"Options": [CALL], "NumPerps": 0}
    sure = figures(changed(**call, OptionFeeds=[FEED]))["IM"].got
    doubtful = FEED | {"OptionVolConfidences": [0.9, 0.5]}
    found = figures(changed(**call, OptionFeeds=[doubtful]))["IM"].got
    assert sure - found == pytest.approx(0.5 * 100_000.0)
