"""The user's own values and names in a message: short, safe to print, with advice at hand."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = {dict: "an object", list: "a list", type(None): "null"}
LENGTH = 40  # characters of the user's that a message quotes


@dataclass(frozen=True, slots=True)
class Unusable:
    """A value the text holds but no field may take; it stands where the value stood."""

    what: str
    remedy: str


def shown(value: object) -> str:
    """Return a short text for a value of any kind."""
    match value:
        case Unusable():
            return value.what
        case dict() | list() | None:
            return NAMES[type(value)]
        case str():
            return f'"{printable(value)}"'
        case bool():
            return str(value).lower()
        case _:
            return _number(value)


def _number(value: object) -> str:
    if not isinstance(value, float | int):
        return printable(str(value))
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if float(text) == value and len(text) <= LENGTH else printable(repr(value))


def printable(text: str) -> str:
    """Return a text of the user's, cut, with what cannot be shown escaped."""
    cut = text if len(text) <= LENGTH else text[: LENGTH - 1] + "…"
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in cut
    )


def near(name: str, names: Sequence[str]) -> str:
    """Return the advice on a name that is none of ``names``: the likeliest, or all of them."""
    close = difflib.get_close_matches(name, names, n=2)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Known are {', '.join(names)}."


def a(noun: str) -> str:
    """Return a noun with its article."""
    if noun == "file":
        return "the file"
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
