"""Commitments: hashes of canonical bytes, and a Merkle tree over many accounts.

The tree is OpenZeppelin's StandardMerkleTree: leaves hashed twice, pairs hashed in ascending
order, so that its proofs can be checked by ``MerkleProof.verify`` in a contract.

References
----------
FIPS 180-4 (SHA-256). Keccak, with the padding of Ethereum, which SHA3-256 changed.
OpenZeppelin merkle-tree, README, "Standard Merkle Trees".
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from Crypto.Hash import keccak

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WORD = 32  # bytes of a hash and of a word of the Ethereum ABI


def sha256(data: bytes) -> bytes:
    """Return the 32 bytes of SHA-256."""
    return hashlib.sha256(data).digest()


def keccak256(data: bytes) -> bytes:
    """Return the 32 bytes of Keccak-256 as Ethereum uses it; not SHA3-256."""
    return keccak.new(data=data, digest_bits=256).digest()


def hex_text(data: bytes) -> str:
    """Return bytes as ``0x`` and lower-case digits."""
    return f"0x{data.hex()}"


def from_hex(text: str, length: int = WORD) -> bytes:
    """Return the bytes of ``0x...``.

    Raises
    ------
    ValueError
        If the text is not ``0x`` and lower-case digits of ``length`` bytes.
    """
    data = bytes.fromhex(text.removeprefix("0x"))
    if hex_text(data) != text or len(data) != length:
        raise ValueError(f"{text[:80]!r} is not 0x and {2 * length} lower-case hexadecimal digits")
    return data


def salt(secret: bytes, account: str) -> bytes:
    """Return the 32 bytes that keep an account's leaf from being guessed."""
    return hmac.digest(secret, account.encode(), "sha256")


def leaf(account: str, report: bytes, salted: bytes) -> bytes:
    """Return an account's leaf: three words, hashed twice so that no inner node passes for one.

    Parameters
    ----------
    account : str
        The account's name; its Keccak-256 is the first word.
    report : bytes of length 32
        The Keccak-256 commitment of the account's report.
    salted : bytes of length 32
        See `salt`.
    """
    return keccak256(keccak256(keccak256(account.encode()) + report + salted))


def tree(leaves: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the tree as one sequence: the root first, node i above 2i + 1 and 2i + 2.

    Raises
    ------
    ValueError
        If there is no leaf, or one stands twice.
    """
    ordered = sorted(leaves)
    if not ordered or len(set(ordered)) < len(ordered):
        raise ValueError("a tree needs a leaf, and each leaf once")
    nodes = [b""] * (len(ordered) - 1) + ordered[::-1]
    for i in reversed(range(len(ordered) - 1)):
        nodes[i] = _above(nodes[2 * i + 1], nodes[2 * i + 2])
    return tuple(nodes)


def proof(nodes: Sequence[bytes], member: bytes) -> tuple[bytes, ...]:
    """Return the siblings of ``member`` from the leaf up to below the root.

    Raises
    ------
    ValueError
        If ``member`` is no leaf of the tree.
    """
    leaves = len(nodes) // 2
    place = nodes.index(member, leaves)
    path = []
    while place > 0:
        path.append(nodes[place - 1 if place % 2 == 0 else place + 1])
        place = (place - 1) // 2
    return tuple(path)


def root_of(member: bytes, path: Iterable[bytes]) -> bytes:
    """Return the root that a proof leads to."""
    node = member
    for sibling in path:
        node = _above(node, sibling)
    return node


def _above(one: bytes, other: bytes) -> bytes:
    return keccak256(min(one, other) + max(one, other))
