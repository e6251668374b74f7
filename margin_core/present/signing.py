"""The signature of a report: what of it is signed, by EIP-712, and by whom."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

from margin_core.present import signature
from margin_core.present.commitment import from_hex
from margin_core.present.verifiable import commitments

Document = dict[str, Any]
SCHEME = "EIP-712"
PRIMARY = "MarginReport"
TYPES = {
    signature.DOMAIN: (("string", "name"), ("string", "version"), ("uint256", "chainId")),
    PRIMARY: (
        ("string", "methodology"),
        ("string", "valuationTime"),
        ("string", "currency"),
        ("int256", "initialMarginE18"),
        ("int256", "maintenanceMarginE18"),
        ("bytes32", "reportSha256"),
        ("bytes32", "reportKeccak256"),
    ),
}
_E18 = Decimal(10) ** 18


def signed(report: Document, key: bytes, chain: int = 1) -> Document:
    """Return the report with a signature by ``key``, which is kept nowhere.

    Parameters
    ----------
    report : dict
    key : bytes of length 32
        A private key of secp256k1.
    chain : int
        The chain that the signature is meant for; 1 is Ethereum's main net.

    Raises
    ------
    ValueError
        If the key is none.
    """
    return report | {
        "signature": {
            "scheme": SCHEME,
            "chain_id": str(chain),
            "signer": signature.address(key),
            "signature": signature.sign(report_digest(report, chain), key),
        }
    }


def signed_by(report: Document) -> str:
    """Return the address whose key signed the report as it stands now.

    Raises
    ------
    ValueError, LookupError
        If there is no signature in its one form.
    """
    stated = report["signature"]
    if set(stated) != {"scheme", "chain_id", "signer", "signature"} or stated["scheme"] != SCHEME:
        raise ValueError(f"it is not in the form of {SCHEME}")
    if str(int(stated["chain_id"])) != stated["chain_id"]:
        raise ValueError("its chain is not a plain number")
    return signature.signer(report_digest(report, int(stated["chain_id"])), stated["signature"])


def report_digest(report: Document, chain: int = 1) -> bytes:
    """Return the 32 bytes to sign, here or in a wallet: see `TYPES` and `message`."""
    domain = {"name": "margin_core", "version": "1", "chainId": chain}
    return signature.digest(TYPES, PRIMARY, domain, message(report))


def message(report: Document) -> Document:
    """Return the message that is signed; its hashes are of the body as it stands now."""
    body = report["body"]
    result, hashes = body["result"], commitments(body)
    return {
        "methodology": body["methodology"],
        "valuationTime": body["portfolio"]["valuation_time"],
        "currency": result["currency"],
        "initialMarginE18": _e18(result["initial_margin"]),
        "maintenanceMarginE18": _e18(result["maintenance_margin"]),
        "reportSha256": from_hex(hashes["sha256"]),
        "reportKeccak256": from_hex(hashes["keccak256"]),
    }


def _e18(amount: str) -> int:
    with localcontext(prec=100):
        return int(Decimal(amount) * _E18)
