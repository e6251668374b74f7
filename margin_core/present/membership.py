"""Membership: one root over the reports of many accounts, and proofs that an account is in it.

The commitment holds every name, salt and hash and stays with who made it; its root is published,
and each account gets its own proof. A root says nothing of accounts that were left out, and no
sum is proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from margin_core.errors import InputError
from margin_core.present.commitment import from_hex, hex_text, leaf, proof, root_of, salt, tree
from margin_core.present.verifiable import commitments

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]
COMMITMENT_FORMAT = "margin-commitment/1"
PROOF_FORMAT = "margin-proof/1"


def committed(reports: Mapping[str, Document], secret: bytes) -> Document:
    """Return the commitment to a report of each account.

    Parameters
    ----------
    reports : mapping of account name to report
    secret : bytes of length 32
        Random; the salts follow from it and the names.

    Raises
    ------
    InputError
        If there is no account.
    """
    if not reports:
        raise InputError("there is no account", remedy="Give a folder with at least one.")
    accounts = [
        {
            "account": name,
            "salt": hex_text(salt(secret, name)),
            "report_keccak256": commitments(report["body"])["keccak256"],
        }
        for name, report in sorted(reports.items())
    ]
    root = tree(_leaf(account) for account in accounts)[0]
    return {"format": COMMITMENT_FORMAT, "root": hex_text(root), "accounts": accounts}


def proven(commitment: Document, name: str) -> Document:
    """Return the proof that an account is in a commitment; it names no other account.

    Raises
    ------
    InputError
        If the document is no commitment, does not have its own root, or has no such account.
    """
    try:
        accounts = {account["account"]: account for account in commitment["accounts"]}
        nodes = tree(_leaf(account) for account in accounts.values())
        whole = (commitment["format"], commitment["root"]) == (
            COMMITMENT_FORMAT,
            hex_text(nodes[0]),
        )
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"is no commitment: {error}", remedy="Make one with commit.") from error
    if not whole:
        raise InputError("does not have the root that it states", remedy="Commit again.")
    if name not in accounts:
        raise InputError(
            f"{name!r} is no account of it", remedy=f"There are {', '.join(accounts)}."
        )
    path = proof(nodes, _leaf(accounts[name]))
    return {
        "format": PROOF_FORMAT,
        **accounts[name],
        "path": [hex_text(sibling) for sibling in path],
        "root": commitment["root"],
    }


def unproven(evidence: Document, report: Document, root: str = "") -> tuple[str, ...]:
    """Return why a proof does not show that a report is under a root; nothing if it does.

    Parameters
    ----------
    evidence : dict
        What `proven` returned.
    report : dict
        The account's report as it stands now.
    root : str
        The published root; the proof's own by default, which then must be compared by hand.

    Raises
    ------
    InputError
        If the documents are no proof and no report.
    """
    try:
        stated = commitments(report["body"])["keccak256"]
        reached = _reached(evidence)
        members = {"format", "account", "salt", "report_keccak256", "path", "root"}
        whole = evidence["format"] == PROOF_FORMAT and evidence.keys() == members
        own = str(evidence["root"])
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"are no proof and report: {error}", remedy="Give what prove and report wrote."
        ) from error
    failures = {
        f"format: the proof is not in the form {PROOF_FORMAT}": not whole,
        f"report_keccak256: the proof is of {evidence['report_keccak256']}, the report is "
        f"{stated}": evidence["report_keccak256"] != stated,
        f"path: the proof leads to {reached}, not to its root {own}": reached != own,
        f"root: the proof's root is {own}, the published one {root}": bool(root) and own != root,
    }
    return tuple(why for why, failed in failures.items() if failed)


def _reached(evidence: Document) -> str:
    """Return the root that a proof leads to, or what keeps it from one."""
    try:
        return hex_text(root_of(_leaf(evidence), map(from_hex, evidence["path"])))
    except ValueError as error:
        return f"no root ({error})"


def _leaf(account: Mapping[str, str]) -> bytes:
    report, salted = from_hex(account["report_keccak256"]), from_hex(account["salt"])
    return leaf(account["account"], report, salted)
