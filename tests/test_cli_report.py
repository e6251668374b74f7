"""The commands on verifiable reports, from the file to the exit status."""

import json

import pytest
from click.testing import CliRunner

from margin_core.cli import cli

KEY = "0x" + "07" * 32
BOOK = {
    "format": "margin-portfolio/1",
    "valuation_time": "2026-01-02T21:00:00Z",
    "underlyings": [{"symbol": "XYZ", "asset_class": "equity", "spot": 100.0}],
    "positions": [{"kind": "stock", "underlying": "XYZ", "quantity": 100}],
    "collateral": [{"asset": "USD", "amount": 1000}],
}


def run(*arguments, stdin=None):
    return CliRunner().invoke(cli, arguments, input=stdin)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an empty folder to work in, with a portfolio of each of three accounts in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "book").mkdir()
    for name, amount in {"ann": 1000, "bob": 2000, "cy": 3000}.items():
        document = BOOK | {"collateral": [{"asset": "USD", "amount": amount}]}
        (tmp_path / "book" / f"{name}.json").write_text(json.dumps(document), "utf-8")
    (tmp_path / "key").write_text(KEY + "\n", "utf-8")
    return tmp_path


@pytest.fixture
def report(folder):
    """Return the path of a report of the first account."""
    done = run("report", "book/ann.json", "-m", "us_reg_t", "-o", "report.json")
    assert (done.exit_code, done.stderr) == (0, "")
    return folder / "report.json"


def change(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_report_verifies(report):
    done = run("verify", str(report))
    assert done.exit_code == 0
    assert done.stdout.startswith("Verified")
    assert "Does not show: that the positions or balances exist" in done.stdout


def test_a_changed_digit_fails_and_is_named(report):
    change(report, '"initial_margin": "5000.', '"initial_margin": "5001.')
    done = run("verify", str(report))
    assert done.exit_code == 1
    assert "body.result.initial_margin: the report says" in done.stdout
    found = json.loads(run("verify", str(report), "--json").stdout)
    assert found["verified"] is False
    assert "body.result.initial_margin" in {d["line"] for d in found["differences"]}


def test_a_long_value_that_was_changed_is_cut_short_in_words_only(folder):
    book = BOOK | {"description": "Of " + "many " * 1_000}
    (folder / "long.json").write_text(json.dumps(book), "utf-8")
    run("report", "long.json", "-m", "us_reg_t", "-o", "report.json")
    change(folder / "report.json", "Of many", "Of few")
    said = run("verify", "report.json").stdout
    assert 'body.portfolio.description: the report says "Of few many' in said
    assert max(map(len, said.splitlines())) < 500
    found = json.loads(run("verify", "report.json", "--json").stdout)
    assert len(found["differences"][0]["stated"]) > 5_000


def test_a_changed_input_is_named_though_everything_follows_from_it(report):
    change(report, '"spot": "100"', '"spot": "101"')
    done = run("verify", str(report))
    assert done.exit_code == 1
    assert "body.portfolio.underlyings[0].spot" in done.stdout
    assert "more lines" in done.stdout


def test_a_report_is_shown_where_no_file_is_named(report):
    shown = json.loads(run("report", "book/ann.json", "-m", "us_reg_t").stdout)
    assert shown == json.loads(report.read_text("utf-8"))


def test_a_report_of_changed_parameters_says_so_and_verifies(folder):
    arguments = ("-m", "us_reg_t", "-p", "initial_long=0.6", "-o", "report.json")
    assert run("report", "book/ann.json", *arguments, "--json").exit_code == 0
    assert "initial_long set to 0.6" in (folder / "report.json").read_text("utf-8")
    assert run("verify", "report.json").exit_code == 0


def test_a_signed_report_names_its_signer_and_never_its_key(folder):
    done = run(
        "report", "book/ann.json", "-m", "us_reg_t", "--key-file", "key", "-o", "signed.json"
    )
    signer = json.loads((folder / "signed.json").read_text("utf-8"))["signature"]["signer"]
    assert f"signed by {signer}" in done.stdout
    written = done.stdout + (folder / "signed.json").read_text("utf-8")
    assert KEY not in written
    assert KEY[2:] not in written
    assert run("verify", "signed.json", "--signer", signer).exit_code == 0
    other = "0x" + "11" * 20
    done = run("verify", "signed.json", "--signer", other)
    assert done.exit_code == 1
    assert f"signature.signer: the report says {signer}, expected {other}." in done.stdout


@pytest.mark.usefixtures("folder")
def test_a_key_can_be_typed_and_a_wrong_one_is_refused_without_being_shown():
    typed = ("report", "book/ann.json", "-m", "us_reg_t", "--key-file", "-", "-o", "signed.json")
    assert run(*typed, stdin=KEY + "\n").exit_code == 0
    for wrong in ("77" * 31, "zz" * 32, "00" * 32):
        done = run(*typed, stdin=wrong + "\n")
        assert done.exit_code == 2
        assert wrong not in done.output


def test_an_unsigned_report_fails_where_a_signer_is_asked_and_says_so(report):
    signer = "0x" + "11" * 20
    done = run("verify", str(report), "--signer", signer, "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert (found["verified"], found["signer"]) == (False, None)
    missing = {"line": "signature.signer", "stated": "nothing", "expected": signer, "label": ""}
    assert found["differences"] == [missing]


def test_what_is_no_report_is_an_input_at_fault(folder):
    assert run("verify", "book/ann.json").exit_code == 2
    assert run("verify", "none.json").exit_code == 2
    (folder / "bytes.json").write_bytes(b"\xff")
    assert run("verify", "bytes.json").exit_code == 2
    done = run("report", "book/ann.json", "-m", "us_reg_t", "-o", "none/x.json")
    assert done.exit_code == 2
    assert "Name a file in a folder that exists" in done.stderr


def test_a_report_that_an_editor_began_with_a_byte_order_mark_verifies(report):
    report.write_bytes(b"\xef\xbb\xbf" + report.read_bytes())
    assert run("verify", str(report)).exit_code == 0


def test_an_account_is_proven_under_the_root_of_a_book(report):
    done = run("commit", "book", "-m", "us_reg_t", "-o", "commitment.json", "--json")
    root = json.loads(done.stdout)["root"]
    assert run("prove", "commitment.json", "ann", "-o", "proof.json").exit_code == 0
    # the name of an account's portfolio is its file's, so that both reports are the same
    done = run("check", "proof.json", str(report), "--root", root)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "not what was left out" in done.stdout


def test_the_proof_of_a_changed_account_fails(report):
    run("commit", "book", "-m", "us_reg_t", "-o", "commitment.json")
    run("prove", "commitment.json", "ann", "-o", "proof.json")
    change(report, '"amount": "1000"', '"amount": "1001"')
    done = run("check", "proof.json", str(report))
    assert done.exit_code == 1
    assert "NOT proven" in done.stdout
    assert "compare the root" in done.stdout


def test_a_book_may_hold_reports_and_refuses_one_that_does_not_verify(report, folder):
    (folder / "reports").mkdir()
    kept = report.rename(folder / "reports" / "ann.json")
    assert run("commit", "reports", "-o", "commitment.json").exit_code == 0
    change(kept, '"amount": "1000"', '"amount": "1001"')
    assert run("commit", "reports", "-o", "commitment.json").exit_code == 2


def test_a_book_that_cannot_be_committed_to_is_an_input_at_fault(folder):
    (folder / "empty").mkdir()
    for book in ("none", "empty", "book"):  # the last without a methodology
        assert run("commit", book).exit_code == 2
    assert run("prove", "key", "ann").exit_code == 2


def test_every_account_that_cannot_be_committed_to_is_named_by_its_file(report, folder):
    book = folder / "book"
    report.rename(book / "dora.json")
    change(book / "dora.json", '"amount": "1000"', '"amount": "1001"')
    change(book / "bob.json", "100.0", "-1")
    (book / "eve.json").write_text(json.dumps(BOOK | {"currency": "EUR"}), "utf-8")
    (book / "ann.csv").write_text("kind\n", "utf-8")
    (book / "folder.json").mkdir()
    done = run("commit", "book", "-m", "us_reg_t")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "book/ann.json: another file is called so. Rename one of them." in done.stderr
    assert "book/bob.json: underlyings[0].spot: spot -1 is not positive." in done.stderr
    assert "book/dora.json: does not verify. See verify." in done.stderr
    assert "book/eve.json: " in done.stderr
    assert "folder.json" not in done.stderr
    assert run("commit", "book", "-m", "nobody").stderr.count("'nobody' is not a method") == 1
