"""A report verifies from itself alone; every change to it is found and named."""

import copy
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.errors import InputError, NotCoveredError
from margin_core.files import read
from margin_core.margin.figure import given as given_line
from margin_core.methodologies import METHODOLOGIES
from margin_core.present import verifiable
from margin_core.present.canonical import canonical
from margin_core.present.membership import committed, proven, unproven
from margin_core.present.signing import signed
from margin_core.present.verifiable import checks, commitments, leaves, verifiable_report
from margin_core.present.verification import read_document, verify
from tests.present.account import MARKET, PORTFOLIO
from tests.toy import METHODOLOGIES as TOYS
from tests.toy import TOY

BOOK = {
    "format": "margin-portfolio/1",
    "name": "Short strangle",
    "valuation_time": "2026-01-02T21:00:00Z",
    "underlyings": [
        {"symbol": "BRK.B", "asset_class": "equity", "spot": 101.37, "volatility": 0.31}
    ],
    "positions": [
        {
            "kind": "option",
            "underlying": "BRK.B",
            "quantity": -3,
            "right": "put",
            "strike": 95,
            "expiry": "2026-03-20",
        },
        {"kind": "stock", "underlying": "BRK.B", "quantity": 17, "entry_price": 99.5},
    ],
    "collateral": [{"asset": "USD", "amount": 5000.25}],
}
KEY = b"\x07" * 32
REPORT = signed(verifiable_report(METHODOLOGIES["us_reg_t"], *read(json.dumps(BOOK))), KEY)
SMALL = signed(verifiable_report(TOY, PORTFOLIO, MARKET), KEY)
LINES = [line for line, _ in leaves(SMALL, "")]


def rehashed(report):
    """Return a report whose hashes were made again, as a forger would; without the signature."""
    report = {key: value for key, value in report.items() if key != "signature"}
    body = report["body"]
    return report | {"commitments": commitments(body), "checks": checks(body)}


def changed(report, line, change):
    """Return a copy of the report with the value at a line replaced."""
    report = copy.deepcopy(report)
    pending = [("", report)]
    while pending:
        at, node = pending.pop()
        entries = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in list(entries):
            (here, _), *_rest = leaves({key: 0} if isinstance(node, dict) else [0] * (key + 1), at)
            here = here if isinstance(node, dict) else f"{at}[{key}]"
            if here == line:
                node[key] = change(value)
                return report
            if isinstance(value, dict | list):
                pending.append((here, value))
    raise LookupError(line)


def another(value):
    """Return a value that differs in one digit or one letter."""
    match value:
        case bool():
            return not value
        case str() if value:
            digit = next((i for i, c in enumerate(value) if c.isdigit()), len(value) - 1)
            new = "1" if value[digit] != "1" else "2"
            return value[:digit] + new + value[digit + 1 :]
        case _:
            return "1"


def last_digit_up(text):
    """Return a figure one more in its last digit."""
    return format(Decimal(text) + Decimal(1).scaleb(Decimal(text).as_tuple().exponent), "f")


def amounts():
    return [
        line
        for line, value in leaves(REPORT["body"]["result"], ".body.result")
        if line.endswith((".amount", "_margin", ".equity", ".factor")) and isinstance(value, str)
    ]


def test_a_report_verifies_after_a_journey_through_a_file():
    found = verify(read_document(json.dumps(REPORT), "report"))
    assert (found.differences, found.notes) == ((), ())
    assert found.lines == sum(1 for _ in leaves(REPORT, ""))


def test_the_order_of_names_does_not_matter():
    backwards = json.loads(json.dumps(REPORT, sort_keys=True))
    assert verify(backwards).holds
    assert canonical(backwards) == canonical(REPORT)


@pytest.mark.parametrize("line", LINES)
def test_a_change_of_any_value_is_found_and_named(line):
    found = verify(changed(SMALL, line, another), TOYS)
    named = {difference.line for difference in found.differences}
    plain = line.removeprefix(".").replace("checks", "")
    expected = {line.removeprefix(".")}
    if plain.startswith("["):  # a check is named as the line that it checks
        expected = {json.loads(plain[1:-1])}
    elif plain.startswith("signature"):
        expected = {"signature", "signature.signer"}
    assert named & expected


@pytest.mark.parametrize("line", amounts())
def test_a_forger_who_hashes_again_is_found_by_the_last_digit_of_any_figure(line):
    forged = rehashed(changed(REPORT, line, last_digit_up))
    assert line.removeprefix(".") in {d.line for d in verify(forged).differences}


def test_a_forger_who_changes_an_input_and_hashes_again_is_found_by_the_figures():
    forged = rehashed(changed(REPORT, ".body.portfolio.positions[0].strike", lambda _: "96"))
    assert "body.result.initial_margin" in {d.line for d in verify(forged).differences}


def test_a_forger_who_makes_all_anew_is_found_by_the_signature():
    other = BOOK | {"collateral": [{"asset": "USD", "amount": 9000.25}]}
    forged = verifiable_report(METHODOLOGIES["us_reg_t"], *read(json.dumps(other)))
    found = verify(forged | {"signature": REPORT["signature"]})
    assert [difference.line for difference in found.differences] == ["signature.signer"]


def test_names_added_and_left_out_are_found():
    report = copy.deepcopy(REPORT)
    report["body"]["result"]["bonus"] = "1.00"
    del report["body"]["result"]["warnings"]
    report["body"]["portfolio"]["positions"][1]["multiplier"] = "1"  # the default, not written
    lines = {d.line for d in verify(rehashed(report)).differences}
    assert {"body.result.bonus", "body.portfolio.positions[1].multiplier"} <= lines
    assert any(line.startswith("body.result.warnings") for line in lines)


def test_inputs_of_which_nothing_comes_out_are_a_difference_and_no_crash():
    for value in ("-95", "none", True, ["95"], {}):
        forged = rehashed(
            changed(REPORT, ".body.portfolio.positions[0].strike", lambda _, v=value: v)
        )
        assert not verify(forged).holds
    for value in ("word", [], {"table": ["x"]}, True):
        forged = rehashed(
            changed(REPORT, ".body.parameters.short_floor.value", lambda _, v=value: v)
        )
        assert not verify(forged).holds


@given(st.integers(-4, 4))
@settings(max_examples=9)
def test_a_report_of_a_machine_that_differs_in_the_last_bits_verifies(ulps):
    """Every figure of the toy book off by some units in the last place of a double."""

    def elsewhere(*arguments):
        result = TOY.margin(*arguments)
        off = 1.0 + ulps * 2.0**-52
        lines = {
            name: given_line(name, getattr(result, name).amount * off)
            for name in ("equity", "initial", "maintenance")
        }
        return replace(result, net_liquidation_value=result.net_liquidation_value * off, **lines)

    def here(*arguments):
        result = TOY.margin(*arguments)
        lines = {
            name: given_line(name, getattr(result, name).amount)
            for name in ("equity", "initial", "maintenance")
        }
        return replace(result, **lines)

    report = verifiable_report(replace(TOY, margin=elsewhere), PORTFOLIO, MARKET)
    found = verify(report, {TOY.key: replace(TOY, margin=here)})
    assert found.holds


def test_another_version_of_the_code_is_a_remark_and_the_figures_decide():
    found = verify(rehashed(changed(REPORT, ".body.code.sha256", lambda _: "0x00")))
    assert found.holds
    assert "body.code.sha256" in found.notes[0]


def test_data_files_and_changed_parameters_travel_in_the_report():
    parameters = replace(TOY.published, initial_factor=1.5)
    toy = next(toy for toy in TOYS.values() if toy.load_data)
    chosen = parameters if toy.key == TOY.key else None
    report = verifiable_report(toy, PORTFOLIO, MARKET, chosen, "0.2")
    assert report["body"]["data"] == "0.2"
    assert verify(report, TOYS).holds
    assert not verify(rehashed(changed(report, ".body.data", lambda _: "0.3")), TOYS).holds


def test_no_number_of_a_report_is_a_json_number():
    assert not [
        value
        for _, value in leaves(REPORT, "")
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"a": 1}', '{"a": "1", "a": "2"}', '"\\ud800"', "[" * 100_000]
)
def test_what_is_no_report_is_refused_as_input(text):
    with pytest.raises(InputError):
        verify(read_document(text, "report"))


def test_an_account_that_is_not_covered_has_no_report():
    with pytest.raises(NotCoveredError):
        verifiable_report(METHODOLOGIES["perps_cross"], *read(json.dumps(BOOK)))


def test_the_hash_of_the_code_is_of_every_source():
    assert verifiable.code()["sha256"].startswith("0x")
    assert verifiable.code() == REPORT["body"]["code"]


REPORTS = {
    name: verifiable_report(
        METHODOLOGIES["us_reg_t"],
        *read(json.dumps(BOOK | {"collateral": [{"asset": "USD", "amount": amount}]})),
    )
    for name, amount in {"ann": 5000, "bob": 6000, "cy": 7000}.items()
}
COMMITMENT = committed(REPORTS, b"\x01" * 32)


@pytest.mark.parametrize("name", REPORTS)
def test_every_account_is_proven_under_the_root(name):
    assert unproven(proven(COMMITMENT, name), REPORTS[name], COMMITMENT["root"]) == ()


def test_the_proof_of_a_changed_account_fails():
    evidence = proven(COMMITMENT, "ann")
    for line in (".body.portfolio.collateral[0].amount", ".body.result.initial_margin"):
        assert unproven(evidence, changed(REPORTS["ann"], line, another))


def test_the_proof_of_a_neighbour_fails():
    assert unproven(proven(COMMITMENT, "ann"), REPORTS["bob"])


@pytest.mark.parametrize(
    "line", [line for line, _ in leaves(proven(COMMITMENT, "ann"), "") if line != ".format"]
)
def test_a_changed_proof_fails(line):
    evidence = changed(proven(COMMITMENT, "ann"), line, another)
    assert unproven(evidence, REPORTS["ann"], COMMITMENT["root"])


def test_another_root_than_the_published_one_fails():
    other = committed(REPORTS, b"\x02" * 32)
    assert unproven(proven(other, "ann"), REPORTS["ann"], COMMITMENT["root"])


def test_an_account_that_is_not_there_and_a_broken_commitment_are_refused():
    for document, name in (
        (COMMITMENT, "dan"),
        (COMMITMENT | {"root": "0x"}, "ann"),
        ({}, "ann"),
        (COMMITMENT | {"accounts": []}, "ann"),
    ):
        with pytest.raises(InputError):
            proven(document, name)
    with pytest.raises(InputError):
        committed({}, b"")
    with pytest.raises(InputError):
        unproven({}, REPORTS["ann"])
