"""Bytes to text, and JSON text to plain values whose oddities a model will refuse in place."""

from __future__ import annotations

import json

from margin_core.errors import InputError
from margin_core.files import limits
from margin_core.files.wording import Unusable

NULL = Unusable("is null", "Leave the field out, or enter its value.")
TWICE = Unusable("is given twice", "Give it once.")
NOT_UNICODE = Unusable("holds half a Unicode character", "Write the text in UTF-8.")


def decoded(text: str | bytes) -> str:
    """Return the text, without a byte order mark, if it is UTF-8 and not too large.

    Raises
    ------
    InputError
        If it is neither.
    """
    if len(text) > limits.MAX_BYTES:
        raise InputError(
            f"the file is larger than {limits.MAX_BYTES / 1e6:g} MB",
            remedy="Split the portfolio, or leave out what no position needs.",
        )
    try:
        return (text if isinstance(text, bytes) else text.encode()).decode("utf-8-sig")
    except UnicodeError as error:
        raise InputError(
            "the file is not UTF-8 text",
            where=f"byte {error.start}" if isinstance(error, UnicodeDecodeError) else "",
            remedy="Save it as UTF-8.",
        ) from error


def parse_json(text: str) -> object:
    """Return the plain value of a JSON text.

    Null, a repeated key and half a surrogate pair become ``Unusable`` where they stand; NaN and
    infinities become floats, which every field refuses.

    Raises
    ------
    InputError
        If the text is not JSON.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise InputError(
            f"the file is not valid JSON: {error.msg.lower()}",
            where=f"line {error.lineno}, column {error.colno}",
            remedy="Correct the text there; a comma or a quote is often missing.",
        ) from error
    except RecursionError as error:
        raise InputError(
            "the file nests objects or lists too deeply",
            remedy="A portfolio file nests five levels at most.",
        ) from error
    except ValueError as error:  # an integer of thousands of digits
        raise InputError(
            "the file holds a number of too many digits",
            remedy=f"Numbers reach to {limits.MAX_NUMBER:g}.",
        ) from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        name = key.encode("utf-8", "replace").decode()
        result[name] = TWICE if name in result else _usable(value)
    return result


def _usable(value: object) -> object:
    if value is None:
        return NULL
    if isinstance(value, str) and not _is_unicode(value):
        return NOT_UNICODE
    return value


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
