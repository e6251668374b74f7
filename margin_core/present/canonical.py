"""Canonical JSON: one sequence of bytes for one value, as RFC 8785 prescribes.

References
----------
RFC 8785, JSON Canonicalization Scheme, sections 3.2.2 (values) and 3.2.3 (order of names).
"""

from __future__ import annotations

import json
import math
from decimal import Decimal

LARGEST_INTEGER = 2**53 - 1  # beyond it a JSON number is not exact (RFC 8785, section 3.2.2.3)
_PLAIN_UP_TO, _PLAIN_FROM = 21, -6  # exponents that ECMAScript writes without an "e"


def canonical(value: object) -> bytes:
    """Return the canonical UTF-8 bytes of a JSON value.

    Raises
    ------
    ValueError
        If the value has no canonical form: a number that is not finite or not exact, a text with
        half a character, or something that JSON does not know.
    """
    return _text(value).encode()


def _text(value: object) -> str:
    match value:
        case None | bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case int():
            if abs(value) > LARGEST_INTEGER:
                raise ValueError(f"{value} is not exact as a JSON number")
            return str(value)
        case float():
            return _number(value)
        case list() | tuple():
            return f"[{','.join(_text(entry) for entry in value)}]"
        case dict():
            members = sorted(value.items(), key=lambda member: _order(member[0]))
            return f"{{{','.join(f'{_text(name)}:{_text(entry)}' for name, entry in members)}}}"
        case _:
            raise ValueError(f"{type(value).__name__} is no JSON value")


def _order(name: object) -> bytes:
    """Return what names are sorted by: their UTF-16 code units."""
    if not isinstance(name, str):
        raise ValueError(f"{name!r} is no name of a JSON object")  # noqa: TRY004 - as all others
    return name.encode("utf-16-be")


def _number(value: float) -> str:
    """Return a double as ECMAScript writes it: Python's shortest digits, its own layout."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no JSON number")
    if value == 0.0:
        return "0"
    sign, figures, exponent = Decimal(repr(value)).normalize().as_tuple()
    digits = "".join(map(str, figures))
    point = len(digits) + int(exponent)  # how many digits stand before the point
    return "-" * sign + _laid_out(digits, point)


def _laid_out(digits: str, point: int) -> str:
    if len(digits) <= point <= _PLAIN_UP_TO:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _PLAIN_UP_TO:
        return f"{digits[:point]}.{digits[point:]}"
    if _PLAIN_FROM < point <= 0:
        return f"0.{'0' * -point}{digits}"
    mantissa = digits[0] + (f".{digits[1:]}" if digits[1:] else "")
    return f"{mantissa}e{point - 1:+d}"
