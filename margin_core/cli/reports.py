"""The commands on verifiable reports: make and verify one, commit to many, prove and check."""

from __future__ import annotations

import json
import secrets
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from margin_core.cli import commands
from margin_core.cli.options import chosen_data, chosen_parameters
from margin_core.errors import Fault, InputError, MarginError
from margin_core.files import limits
from margin_core.margin.configured import blamed_on
from margin_core.methodologies import METHODOLOGIES
from margin_core.present.membership import committed, proven, unproven
from margin_core.present.signing import signed
from margin_core.present.verifiable import FORMAT, STATEMENT, verifiable_report
from margin_core.present.verification import NOTHING, Difference, read_document, verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.present.verification import Verification

CHECK_FAILED = 1
MAX_BYTES = 20 * limits.MAX_BYTES  # a report is longer than its portfolio
SHOWN = 20  # differences in words; --json lists all
LONGEST = 300  # characters of a value in words, such as that of a data file
KEY_BYTES = 32
NOT_PROVEN = (
    "A root proves what is in it, not what was left out; verify the report itself for its figures."
)

out_option = click.option("-o", "--out", metavar="FILE", help="Where to write; else it is shown.")


@commands.cli.command()
@click.argument("file")
@click.option("-m", "--methodology", "key", required=True, metavar="KEY")
@out_option
@click.option("--key-file", metavar="FILE", help="A private key to sign with; - asks for it.")
@click.option("--chain-id", type=click.IntRange(1, 2**53), default=1, help="Of the signature.")
@commands.with_parameters
@commands.with_json
def report(
    file: str,
    *,
    key: str,
    out: str | None,
    key_file: str | None,
    chain_id: int,
    changes: Sequence[str],
    profile: str | None,
    data: Sequence[str],
    as_json: bool,
) -> None:
    """Write a report of one methodology that verifies from itself alone."""
    chosen = {key: commands.methodology_of(key)}
    parameters = chosen_parameters(chosen, changes, profile)
    texts = _data_text(chosen_data(chosen, data), data)
    portfolio, market = commands.read_file(file)
    with blamed_on(changes):
        document = verifiable_report(chosen[key], portfolio, market, parameters[key], texts)
    if key_file is not None:
        document = _signed(document, key_file, chain_id)
    _written(document, out)
    if out is not None:
        summary = {"report": out, "commitments": document["commitments"]}
        signature = document.get("signature", {})
        _said(
            summary | ({"signer": signature["signer"]} if signature else {}),
            [
                f"{out}: {key} of {portfolio.name or file}",
                *(f"{name}: {text}" for name, text in document["commitments"].items()),
                *([f"signed by {signature['signer']}"] if signature else []),
                *STATEMENT,
            ],
            as_json=as_json,
        )


@commands.cli.command("verify")
@click.argument("file", metavar="REPORT")
@click.option("--signer", metavar="ADDRESS", help="Whose signature it must bear.")
@commands.with_json
def verify_report(file: str, *, signer: str | None, as_json: bool) -> None:
    """Recompute everything in a report from it alone; exit 1 if a line differs."""
    document = _document(file, "report")
    found = verify(document, METHODOLOGIES)
    if signer is not None and found.signer.lower() != signer.lower():
        other = Difference("signature.signer", found.signer or NOTHING, signer)
        found = replace(found, differences=(other, *found.differences))
    summary = {
        "verified": found.holds,
        "lines": found.lines,
        "differences": [asdict(difference) for difference in found.differences],
        "notes": list(found.notes),
        "signer": found.signer or None,
        "statement": list(STATEMENT),
    }
    verdict = "Verified" if found.holds else "NOT verified"
    sentences = [
        f"{verdict}: {found.lines:,} lines of {file} computed again.",
        *_in_words(found),
        f"Signed by {found.signer}." if found.signer else "Not signed.",
        *STATEMENT,
    ]
    _said(summary, sentences, as_json=as_json)
    if not found.holds:
        click.get_current_context().exit(CHECK_FAILED)


@commands.cli.command()
@click.argument("book", metavar="BOOK")
@click.option("-m", "--methodology", "key", metavar="KEY", help="For portfolio files.")
@out_option
@commands.with_json
def commit(book: str, *, key: str | None, out: str | None, as_json: bool) -> None:
    """Commit to every account of the folder BOOK: reports, or portfolio files with -m.

    An account is called as its file. What is written holds every salt: publish the root alone.
    """
    document = committed(_accounts(Path(book), key), secrets.token_bytes(KEY_BYTES))
    _written(document, out)
    if out is not None:
        count = len(document["accounts"])
        _said(
            {"commitment": out, "root": document["root"], "accounts": count},
            [f"root: {document['root']}", f"{out}: {count} accounts. Keep it; publish the root."],
            as_json=as_json,
        )


@commands.cli.command()
@click.argument("file", metavar="COMMITMENT")
@click.argument("account")
@out_option
@commands.with_json
def prove(file: str, account: str, *, out: str | None, as_json: bool) -> None:
    """Write the proof that ACCOUNT is in COMMITMENT, for who holds its report."""
    document = proven(_document(file, "commitment"), account)
    _written(document, out)
    if out is not None:
        _said(
            {"proof": out, "root": document["root"]},
            [f"{out}: {account} under the root {document['root']}"],
            as_json=as_json,
        )


@commands.cli.command()
@click.argument("proof")
@click.argument("file", metavar="REPORT")
@click.option("--root", default="", metavar="HASH", help="The root as published.")
@commands.with_json
def check(proof: str, file: str, *, root: str, as_json: bool) -> None:
    """Check that PROOF shows REPORT to be under a root; exit 1 if it does not."""
    evidence = _document(proof, "proof")
    failures = unproven(evidence, _document(file, "report"), root.lower())
    compare = [] if root else ["No --root given: compare the root with the published one."]
    claim = f"{evidence['account']} is under the root {evidence['root']}"
    verdict = f"NOT proven that {claim}" if failures else f"Proven: {claim}"
    _said(
        {"proven": not failures, "root": evidence["root"], "failures": list(failures)},
        [verdict, *failures, *compare, NOT_PROVEN],
        as_json=as_json,
    )
    if failures:
        click.get_current_context().exit(CHECK_FAILED)


def _in_words(found: Verification) -> list[str]:
    sentences = [
        f"{d.line}{f' ({d.label})' if d.label else ''}: the report says {_cut(d.stated)}, "
        f"expected {_cut(d.expected)}."
        for d in found.differences[:SHOWN]
    ]
    left = len(found.differences) - SHOWN
    if left > 0:
        sentences.append(f"And {left:,} more lines; --json lists all.")
    return sentences + [f"Note: {note}" for note in found.notes]


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"


def _accounts(book: Path, key: str | None) -> dict[str, Any]:
    """Return the report of each file in a folder, made here where it is a portfolio."""
    if not book.is_dir():
        raise InputError(f"{book} is no folder", remedy="Give a folder with a file per account.")
    if key is not None:
        commands.methodology_of(key)
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    for path in sorted(p for p in book.iterdir() if p.suffix in {".json", ".csv"} and p.is_file()):
        if path.stem in found:
            faults.append(Fault(str(path), "another file is called so", "Rename one of them."))
            continue
        try:
            found[path.stem] = _account(path, key)
        except MarginError as error:
            found[path.stem] = {}
            faults += _at(str(path), error)
    if faults:
        raise InputError.of(tuple(faults))
    return found


def _account(path: Path, key: str | None) -> dict[str, Any]:
    text = _text(str(path))
    if f'"{FORMAT}"' in text:
        document = read_document(text, "report")
        if not verify(document, METHODOLOGIES).holds:
            raise InputError("does not verify", remedy="See verify.")
        return document
    if key is None:
        raise InputError("is no report", remedy="Name a methodology with -m to make one.")
    portfolio, market = commands.read_file(str(path))
    return verifiable_report(commands.methodology_of(key), portfolio, market)


def _at(file: str, error: MarginError) -> list[Fault]:
    """Return the faults of a file with its name before their places."""
    return [replace(f, where=": ".join(filter(None, (file, f.where)))) for f in error.faults]


def _signed(document: dict[str, Any], key_file: str, chain_id: int) -> dict[str, Any]:
    """Return the signed report; neither the key nor a part of it is written or shown."""
    given = click.prompt("Private key", hide_input=True) if key_file == "-" else _text(key_file)
    try:
        key = bytes.fromhex(given.strip().removeprefix("0x"))
        if len(key) == KEY_BYTES:
            return signed(document, key, chain_id)
    except ValueError:
        pass  # what it said might quote the key
    raise InputError("is no private key", where="--key-file", remedy="Give 64 hexadecimal digits.")


def _data_text(loaded: object, data: Sequence[str]) -> str:
    """Return the text of the data file, which ``chosen_data`` has read and accepted."""
    return _text(data[-1].partition("=")[2].strip()) if loaded else ""


def _document(file: str, kind: str) -> dict[str, Any]:
    return _parsed(_text(file), file, kind)


def _parsed(text: str, file: str, kind: str) -> dict[str, Any]:
    try:
        return read_document(text, kind)
    except InputError as error:
        raise InputError(error.fault.what, where=file, remedy=error.fault.remedy) from error


def _text(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.buffer.read(MAX_BYTES).decode("utf-8-sig")
        with Path(file).open("rb") as opened:
            return opened.read(MAX_BYTES).decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or "not a path"
        raise InputError(f"{file} cannot be read: {reason}", remedy="Check the name.") from error
    except ValueError as error:
        raise InputError(f"{file} is no text", remedy="Give a file in UTF-8.") from error


def _written(document: dict[str, Any], out: str | None) -> None:
    """Write a document to a file, or show it where no file is named."""
    if out is None:
        commands.print_json(document)
        return
    try:
        Path(out).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        reason = error.strerror or "not a path"
        raise InputError(
            f"{out} cannot be written: {reason}",
            where="-o",
            remedy="Name a file in a folder that exists and takes files.",
        ) from error


def _said(summary: dict[str, Any], sentences: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        commands.print_json(summary)
    else:
        click.echo("\n".join(sentences))
