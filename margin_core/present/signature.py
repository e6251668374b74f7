"""EIP-712: hash typed data, sign the hash with a user's own key, recover who signed.

A key passes through `sign` and is kept nowhere.

References
----------
EIP-712, "Definition of hashStruct" and "Rationale for encodeData"; EIP-55 (addresses);
EIP-2 (the lower half of s).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from coincurve import PrivateKey, PublicKey

from margin_core.present.commitment import WORD, from_hex, hex_text, keccak256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DOMAIN = "EIP712Domain"
_V = 27  # Ethereum adds it to the recovery bit
_SIGNATURE = 2 * WORD + 1  # r, s, v
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def digest(
    types: Mapping[str, Sequence[tuple[str, str]]],
    primary: str,
    domain: Mapping[str, Any],
    message: Mapping[str, Any],
) -> bytes:
    """Return the 32 bytes that are signed for a message of type ``primary``."""
    parts = _struct_hash(types, DOMAIN, domain), _struct_hash(types, primary, message)
    return keccak256(b"\x19\x01" + b"".join(parts))


def sign(hashed: bytes, key: bytes) -> str:
    """Return r, s and v as hexadecimal text; the same key and hash always give the same.

    Raises
    ------
    ValueError
        If ``key`` is no private key of secp256k1.
    """
    signed = PrivateKey(key).sign_recoverable(hashed, hasher=None)
    return hex_text(signed[:-1] + bytes([signed[-1] + _V]))


def signer(hashed: bytes, signature: str) -> str:
    """Return the address (EIP-55) whose key made the signature.

    Raises
    ------
    ValueError
        If the text is no signature in its one lawful form.
    """
    data = from_hex(signature, _SIGNATURE)
    lower = int.from_bytes(data[WORD : 2 * WORD]) <= _HALF_ORDER
    if data[-1] - _V not in {0, 1} or not lower:
        raise ValueError("v is not 27 or 28, or s is not the lower one of the two")
    recoverable = data[:-1] + bytes([data[-1] - _V])
    key = PublicKey.from_signature_and_message(recoverable, hashed, hasher=None)
    return _checksummed(keccak256(key.format(compressed=False)[1:])[-20:])


def address(key: bytes) -> str:
    """Return the address (EIP-55) of a private key."""
    public = PrivateKey(key).public_key.format(compressed=False)
    return _checksummed(keccak256(public[1:])[-20:])


def _checksummed(data: bytes) -> str:
    """Return an address whose capitals are its check."""
    text = data.hex()
    check = keccak256(text.encode()).hex()
    return "0x" + "".join(
        letter.upper() if int(nibble, 16) >= 8 else letter  # noqa: PLR2004 - half of a nibble
        for letter, nibble in zip(text, check, strict=False)
    )


def _struct_hash(
    types: Mapping[str, Sequence[tuple[str, str]]], name: str, values: Mapping[str, Any]
) -> bytes:
    words = [_word(types, kind, values[field]) for kind, field in types[name]]
    return keccak256(keccak256(_encoded_type(types, name).encode()) + b"".join(words))


def _encoded_type(types: Mapping[str, Sequence[tuple[str, str]]], name: str) -> str:
    """Return a struct's own form, then those of the structs that it holds, by name."""
    found: set[str] = set()
    pending = [name]
    while pending:
        found.add(one := pending.pop())
        pending += [kind for kind, _ in types[one] if kind in types and kind not in found]
    return "".join(
        f"{one}({','.join(f'{kind} {field}' for kind, field in types[one])})"
        for one in (name, *sorted(found - {name}))
    )


def _word(
    types: Mapping[str, Sequence[tuple[str, str]]],
    kind: str,
    value: Any,  # noqa: ANN401
) -> bytes:
    """Return one value as a word of 32 bytes."""
    if kind in types:
        return _struct_hash(types, kind, value)
    if kind == "string":
        return keccak256(value.encode())
    if kind == "bytes32":
        return bytes(value)
    if kind == "address":
        return int(value, 16).to_bytes(WORD)
    if re.fullmatch(r"u?int256", kind):
        return int(value).to_bytes(WORD, signed=kind == "int256")
    raise ValueError(f"{kind} is no type that is signed here")
