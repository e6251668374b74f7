"""The command line: documents on standard output, faults in words, exit status 0, 2 or 1."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from margin_core.cli import cli, commands
from margin_core.errors import InputError
from margin_core.margin.figure import given
from tests.toy import METHODOLOGIES, TOY

FILE = {
    "format": "margin-portfolio/1",
    "name": "Covered call",
    "valuation_time": "2026-01-02T21:00:00Z",
    "underlyings": [
        {"symbol": "XYZ", "asset_class": "equity", "spot": 100.0, "volatility": 0.3},
        {"symbol": "BTC", "asset_class": "crypto", "spot": 50000.0},
    ],
    "positions": [
        {"kind": "stock", "underlying": "XYZ", "quantity": 100},
        {
            "kind": "option",
            "underlying": "XYZ",
            "quantity": -1,
            "right": "call",
            "strike": 110.0,
            "expiry": "2026-03-20",
        },
    ],
    "collateral": [{"asset": "USD", "amount": -1000}, {"asset": "BTC", "amount": 0.05}],
}
PERPETUAL = FILE | {"positions": [{"kind": "perpetual", "underlying": "BTC", "quantity": 1}]}
FAULTY = FILE | {
    "positions": [
        {"kind": "stock", "underlying": "XYZ", "quantity": "many"},
        {"kind": "option", "underlying": "XYZ", "quantity": 1, "right": "call", "strike": -5},
    ]
}
CSV = (
    "kind,underlying,quantity,asset_class,spot,valuation_time\n"
    "stock,XYZ,10,equity,100,2026-01-02T21:00:00Z\n"
)


@pytest.fixture(autouse=True)
def _toy_methodologies(monkeypatch):
    monkeypatch.setattr(commands, "METHODOLOGIES", METHODOLOGIES)


@pytest.fixture
def file(tmp_path):
    """Return a function that writes a portfolio file and returns its path."""

    def write(document=FILE, name="book.json"):
        path = tmp_path / name
        path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
        return str(path)

    return write


def run(*arguments, stdin=None):
    return CliRunner().invoke(cli, arguments, input=stdin)


def document(*arguments, stdin=None):
    """Return the JSON document of a command that succeeds and prints nothing else."""
    done = run(*arguments, "--json", stdin=stdin)
    assert (done.exit_code, done.stderr) == (0, "")
    return json.loads(done.stdout)


def refused(*arguments, stdin=None):
    """Return what a command that refuses its input says, with nothing on standard output."""
    done = run(*arguments, stdin=stdin)
    assert isinstance(done.exception, SystemExit)
    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr


def test_methodologies_are_listed_with_what_they_cover():
    listed = document("methodologies")["methodologies"]
    assert [(m["key"], m["title"], m["covers"]) for m in listed] == [
        ("toy", "Toy margin", "everything"),
        ("spot", "Spot margin", "stock and options"),
    ]
    assert "stock and options" in run("methodologies").stdout


def test_margin_answers_in_the_order_asked(file):
    found = document("margin", file(), "-m", "spot", "-m", "toy")
    assert found["portfolio"] == "Covered call"
    assert [r["methodology"] for r in found["results"]] == ["spot", "toy"]
    assert found["results"][1]["breakdown"]["initial"]["label"] == "Initial margin"
    assert "Capital to open" in run("margin", file(), "-m", "toy").stdout


def test_a_hyphen_reads_standard_input():
    found = document("margin", "-", "-m", "toy", stdin=json.dumps(FILE))
    assert found["results"][0]["currency"] == "USD"


def test_a_csv_is_read_and_called_as_its_file(file):
    found = document("margin", file(CSV, "shares.csv"), "-m", "toy")
    assert found["portfolio"] == "shares"
    assert found["results"][0]["maintenance_margin"] == pytest.approx(100.0)


def test_a_parameter_is_replaced_for_all_who_have_it_and_the_results_say_so(file):
    path = file(CSV, "shares.csv")
    found = document("margin", path, "-m", "toy", "-m", "spot", "-p", "spot_range=0.2")
    toy, spot = found["results"]
    assert toy["maintenance_margin"] == pytest.approx(200.0)
    assert toy["warnings"] == spot["warnings"]
    assert toy["warnings"] == ["Modified: parameter spot_range set to 0.2; the rule book says 0.1."]


def test_a_parameter_may_be_meant_for_one_methodology_or_one_table_entry(file):
    found = document(
        "margin",
        file(),
        "-m",
        "toy",
        "-m",
        "spot",
        "-p",
        "toy.spot_range=0.2",
        "-p",
        "toy.charge.equity=3",
        "-p",
        "charge.crypto=2",
    )
    toy, spot = found["results"]
    assert toy["warnings"] == [
        "Modified: parameter spot_range set to 0.2; the rule book says 0.1.",
        "Modified: parameter charge.equity set to 3; the rule book says 0.",
        "Modified: parameter charge.crypto set to 2; the rule book says 1.",
    ]
    assert spot["warnings"] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("nobody=1", "no methodology asked has a parameter 'nobody'. toy has spot_range"),
        ("toy.nobody=1", "toy: no parameter 'nobody'. It has spot_range"),
        ("toy.deposit=1", "toy: no parameter 'deposit'"),
        ("spot_range", "'spot_range' is not [KEY.]NAME=VALUE"),
        ("=1", "'=1' is not [KEY.]NAME=VALUE"),
        ("spot_range=wide", "'wide' is not a value like 0.1"),
        ("charge.bond=1", "no value for 'bond'. It has equity, crypto"),
        ("initial_factor=1e308", "no figure comes out with initial_factor=1e308"),
    ],
)
def test_a_faulty_parameter_is_refused_with_what_would_do(file, change, message):
    assert message in refused("margin", file(), "-m", "toy", "-m", "spot", "-p", change)


def test_every_parameter_at_fault_is_named(file):
    asked = ("margin", file(), "-m", "toy", "-m", "spot", "--profile", "narrow")
    faulty = ("nobody=1", "toy.charge.equity=3", "spot_range=wide", "toy:far", "spot.deposit")
    said = refused(*asked, *(word for item in faulty for word in ("-p", item))).splitlines()
    assert [line.split(".")[0] for line in said] == [
        "--profile: no methodology asked has a profile 'narrow'",
        "-p: no methodology asked has a parameter 'nobody'",
        "toy",
        "toy: no profile 'far'",
        "-p: 'spot",
    ]


def test_a_profile_is_used_where_published_and_named(file):
    found = document("margin", file(), "-m", "toy", "-m", "spot", "--profile", "wide")
    assert found["results"][0]["warnings"] == ["Parameters are those of the profile 'wide'."]
    assert found["results"][1]["warnings"] == []
    assert "toy has wide. spot has none." in refused(
        "margin", file(), "-m", "toy", "-m", "spot", "--profile", "narrow"
    )


def test_a_profile_may_be_meant_for_one_methodology(file):
    found = document("compare", file(), "-p", "toy:wide", "-p", "toy.charge.equity=3")
    assert found["results"][0]["warnings"] == [
        "Parameters are those of the profile 'wide'.",
        "Modified: parameter charge.equity set to 3; the rule book says 0.",
    ]
    assert "spot: no profile 'wide'. It has none." in refused("compare", file(), "-p", "spot:wide")


def test_a_data_file_is_given_to_the_methodology_that_takes_it(file):
    path, data = file(CSV, "shares.csv"), file("0.3", "range.txt")
    found = document("margin", path, "-m", "toy", "--data", f"toy={data}")
    assert found["results"][0]["maintenance_margin"] == pytest.approx(300.0)
    assert document("compare", path, "--data", f"toy={data}")["results"][0] == found["results"][0]
    marked = file("\ufeff0.3", "marked.txt")  # as some editors begin a file
    assert document("margin", path, "-m", "toy", "--data", f"toy={marked}") == found


def test_a_data_file_at_fault_is_refused_by_its_name(file, tmp_path):
    path, data = file(), file("wide", "range.txt")
    message = refused("margin", path, "-m", "toy", "--data", f"toy={data}")
    assert message == f"{data}: line 1: 'wide' is not a range.\n"
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    assert "bytes: is no text" in refused("compare", path, "--data", f"toy={tmp_path / 'bytes'}")
    assert "cannot be read" in refused("compare", path, "--data", f"toy={tmp_path}")


def test_data_for_a_methodology_that_takes_none_or_is_not_asked_is_refused(file):
    path = file()
    assert "spot takes no data" in refused("compare", path, "--data", f"spot={path}")
    assert "'spot' is not a methodology asked" in refused(
        "margin", path, "-m", "toy", "--data", f"spot={path}"
    )
    assert "'range.txt' is not KEY=FILE" in refused("compare", path, "--data", "range.txt")


def test_an_unknown_methodology_is_answered_with_those_there_are(file):
    assert "'reg_x' is not a methodology. There are toy, spot." in refused(
        "margin", file(), "-m", "reg_x"
    )


def test_a_methodology_asked_that_does_not_cover_the_portfolio_is_a_refusal(file):
    message = refused("margin", file(PERPETUAL), "-m", "toy", "-m", "spot")
    assert message == "not covered by spot: positions[0]: +1 BTC perpetual is a perpetual.\n"


def test_a_comparison_goes_on_without_those_that_do_not_cover_it(file):
    found = document("compare", file(PERPETUAL))
    assert [r["methodology"] for r in found["results"]] == ["toy"]
    assert found["not_covered"][0]["methodology"] == "spot"
    assert "perpetual" in found["not_covered"][0]["reason"]
    shown = run("compare", file(PERPETUAL))
    assert shown.exit_code == 0
    assert "Not covered:" in shown.stdout


def test_greeks_state_their_units(file):
    found = document("greeks", file())
    assert found["underlyings"][0]["delta_units"] == pytest.approx(
        sum(row["delta_units"] for row in found["positions"])
    )
    assert found["units"]["vega"] == "reporting currency per +1 volatility point"
    assert found["collateral"][0]["position"] == "+0.05 BTC collateral"
    assert "Units:" in run("greeks", file()).stdout


def test_a_grid_takes_negative_moves_and_counts_volatility_in_points(file):
    axes = ("--spot", "-0.3:0.3:7", "--vol", "-0.1:0.1:3")
    found = document("scenarios", file(), *axes, "--days", "7,0", "--by", "position")
    assert found["spot"] == [-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3]
    assert found["days"] == [0.0, 7.0]
    assert len(found["cells"]) == 7 * 3 * 2
    down = found["cells"][0]
    # 30 % of 10,000 of stock and of 2,500 of coins; the call can gain at most what it is worth
    assert down["pnl_by_position"][0] == pytest.approx(-3_000.0)
    assert down["pnl_by_position"][2] == pytest.approx(-750.0)
    assert "volatility points" in run("scenarios", file(), *axes).stdout


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--spot", "0.3", "is not LO:HI:N"),
        ("--spot", "0.3:-0.3:7", "does not rise within"),
        ("--spot", "-1:0:2", "does not rise within -0.999 to 100"),
        ("--spot", "nan:0:2", "does not rise within"),
        ("--spot", "-0.1:0.1:1", "N must be 2 to 1,001"),
        ("--spot", "-0.1:0.1:9999", "N must be 2 to 1,001"),
        ("--vol", "0:0:2", "or 1 where LO and HI are the same"),
        ("--days", "1,x", "is not a list of days"),
        ("--days", "-1", "is not a list of days"),
        ("--by", "expiry", "'expiry' is not 'position'"),
    ],
)
def test_a_faulty_axis_is_refused_with_its_form(file, option, value, message):
    axes = {"--spot": "-0.1:0.1:3", "--vol": "0:0:1"} | {option: value}
    assert message in refused(
        "scenarios", file(), *(part for pair in axes.items() for part in pair)
    )


def test_a_grid_too_large_is_refused(file):
    axes = ("--spot", "-0.5:0.5:1001", "--vol", "-0.1:0.1:1001", "--days", "0,1")
    assert "more than 5,000,000 values" in refused("scenarios", file(), *axes)


def test_a_valid_file_is_said_to_be_valid(file):
    found = document("validate", file())
    assert (found["valid"], found["faults"], found["positions"]) == (True, [], 2)
    # 10,000 of stock less the call, 1,000 owed, 2,500 of coins
    assert 11_000.0 < found["net_liquidation_value"] < 11_500.0
    assert "Valid: 2 positions and 2 balances" in run("validate", file()).stdout


def test_a_price_below_intrinsic_value_is_a_warning(file):
    option = FILE["positions"][1] | {"strike": 50.0, "mark_price": 10.0}
    path = file(FILE | {"positions": [option]})
    (warning,) = document("validate", path)["warnings"]
    assert f"Warning: {warning}" in run("validate", path).stdout


def test_everything_that_is_wrong_is_said_line_by_line(file):
    message = refused("validate", file(FAULTY))
    places = [line.split(":")[0] for line in message.splitlines()]
    assert {"positions[0].quantity", "positions[1].strike", "positions[1].expiry"} <= set(places)


def test_faults_come_as_json_too(file):
    done = run("validate", file(FAULTY), "--json")
    found = json.loads(done.stdout)
    assert (done.exit_code, found["valid"]) == (2, False)
    assert {"where", "what", "remedy"} == set(found["faults"][0])
    assert len(found["faults"]) == len(done.stderr.splitlines())


def test_a_file_that_can_be_read_but_not_valued_is_refused(file, monkeypatch):
    def refuse(*_):
        raise InputError("no price", where="positions[0]")

    monkeypatch.setattr(commands, "marks", refuse)
    done = run("validate", file(), "--json")
    assert json.loads(done.stdout)["faults"][0]["where"] == "positions[0]"
    assert done.exit_code == 2


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", '{"format": "margin-portfolio/9"}'])
@pytest.mark.parametrize(
    "command",
    [("validate", "-"), ("greeks", "-"), ("compare", "-"), ("margin", "-", "-m", "toy")],
)
def test_a_file_that_is_no_portfolio_is_refused_in_words(command, text):
    assert refused(*command, stdin=text).strip()


def test_bytes_that_are_no_text_are_refused():
    assert "UTF-8" in refused("validate", "-", stdin=b"\xff\xfe\xfa")


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path):
    assert "cannot be read" in refused("validate", str(tmp_path / "none.json"))
    assert "cannot be read" in refused("validate", str(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("marign",), "No such command 'marign'"),
        (("margin", "-"), "Missing option '-m'"),
        (("greeks",), "Missing argument 'FILE'"),
        (("greeks", "-", "--fast"), "No such option '--fast'"),
    ],
)
def test_a_command_line_that_is_wrong_says_how(arguments, message):
    assert message in refused(*arguments)


def test_a_figure_that_is_not_finite_is_a_bug_and_no_output(file, monkeypatch):
    def margin(*arguments):
        return replace(TOY.margin(*arguments), initial=given("Initial margin", float("nan")))

    monkeypatch.setattr(commands, "METHODOLOGIES", {"toy": replace(TOY, margin=margin)})
    for arguments in (("margin", file(), "-m", "toy"), ("compare", file())):
        done = run(*arguments, "--json")
        assert (done.exit_code, done.stdout) == (1, "")
        assert isinstance(done.exception, ValueError)


def test_the_package_runs_as_a_program(file):
    done = subprocess.run(
        [sys.executable, "-m", "margin_core", "validate", file(), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["valid"] is True


def test_prices_that_no_volatility_gives_are_all_named_with_their_positions(file):
    stock, call = FILE["positions"]
    dear = [call | {"mark_price": 500}, stock, call | {"right": "put", "mark_price": 120}]
    path = file(FILE | {"positions": dear})
    done = run("validate", path, "--json")
    assert done.exit_code == 2
    faults = json.loads(done.stdout)["faults"]
    assert [fault["where"] for fault in faults] == ["positions[0]", "positions[2]"]
    assert all("above what any volatility gives" in fault["what"] for fault in faults)
    assert len(refused("compare", path).splitlines()) == 2


def test_a_reader_that_closes_early_gets_a_sentence_and_no_traceback(file):
    axes = ["--spot", "-0.5:0.5:401", "--vol", "0:0:1", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "margin_core", "scenarios", file(), *axes],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.close()
        message = process.stderr.read()
    assert message == "Standard output was closed before everything was written.\n"
    assert process.returncode == 2


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_closes_halfway_gets_no_success(file, unbuffered):
    axes = ["--spot", "-0.5:0.5:1001", "--vol", "0:1:21", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "margin_core", "scenarios", file(), *axes],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        text=True,
    ) as process:
        assert process.stdout.read(10).startswith("{")
        process.stdout.close()
        message = process.stderr.read()
    assert message == "Standard output was closed before everything was written.\n"
    assert process.returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_gets_a_sentence_and_no_traceback():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "margin_core", "methodologies"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.stderr == (
        "standard output: cannot be written: No space left on device. Write to another place.\n"
    )
    assert done.returncode == 2


def test_a_file_error_that_no_code_foresaw_is_a_bug(file, monkeypatch):
    def broken(_):
        raise PermissionError(13, "Permission denied", "somewhere")

    monkeypatch.setattr(commands, "read_file", broken)
    done = CliRunner().invoke(cli, ["validate", file()])
    assert (done.exit_code, done.stdout) == (1, "")
    assert isinstance(done.exception, PermissionError)
