"""Values of parameters: tables, how a text is read as one, and how one is written as text."""

from __future__ import annotations

import json
import math
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from margin_core.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_PUBLISHED = "not published"  # stands for a number that the rule book leaves to the reader
DEEPEST = 3  # lists within lists of a value whose form is not known
MOST_POINTS = 1_001  # of a grid; more take longer than anyone waits
SHOWN = 80  # characters of a value in a sentence


@dataclass(frozen=True, slots=True)
class Table:
    """A parameter with one value per key, such as a range per asset class."""

    entries: tuple[tuple[str, Any], ...]

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - a table holds what the file holds
        for name, value in self.entries:
            if name == key:
                return value
        raise ParameterError(
            f"no value for {key!r}",
            where="parameter table",
            remedy=f"It has {', '.join(name for name, _ in self.entries)}.",
        )

    def __contains__(self, key: str) -> bool:
        return any(name == key for name, _ in self.entries)


def frozen(value: Any) -> Any:  # noqa: ANN401 - TOML values are what they are
    """Return a TOML value as a parameter holds it: numbers are floats, lists tuples."""
    match value:
        case dict():
            return Table(tuple((key, frozen(entry)) for key, entry in value.items()))
        case list():
            return tuple(frozen(entry) for entry in value)
        case int() if not isinstance(value, bool):
            return float(value)
        case _:
            return value


def count(value: float, where: str) -> int:
    """Return a parameter that counts the points of a grid.

    Raises
    ------
    ParameterError
        If it is not from 1 to `MOST_POINTS`.
    """
    if not 1.0 <= value <= MOST_POINTS:
        raise ParameterError(
            f"{value:g} points are no grid", where=where, remedy=f"Give 1 to {MOST_POINTS:,}."
        )
    return int(value)


def flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - TOML value
    """Yield (path, value) of everything in ``value`` that `replaced` can replace, in order."""
    if isinstance(value, Table) and value.entries:
        for key, entry in value.entries:
            yield from flat(entry, f"{path}.{key}")
    else:
        yield path, value


def differing(path: str, value: Any, book: Any) -> list[tuple[str, Any, Any]]:  # noqa: ANN401
    """Return (path, value, the book's value) of what differs; tables alike entry by entry."""
    if value == book:
        return []
    if isinstance(value, Table) and isinstance(book, Table):
        before = dict(book.entries)
        if before.keys() == dict(value.entries).keys():
            return [
                found
                for key, entry in value.entries
                for found in differing(f"{path}.{key}", entry, before[key])
            ]
    return [(path, value, book)]


def replaced(value: Any, entry: str, text: str, where: str) -> Any:  # noqa: ANN401 - TOML value
    """Return ``text`` as a value like ``value``, or the table ``value`` with it at ``entry``.

    Raises
    ------
    ParameterError
        If there is no such entry, or the text is no value of that form.
    """
    if not entry:
        return _parsed(text, value, where)
    if not isinstance(value, Table):
        raise ParameterError(
            f"a single value has no entry {entry!r}", where=where, remedy="Give the value alone."
        )
    names = [key for key, _ in value.entries if f"{entry}.".startswith(f"{key}.")]
    name = names[0] if names else entry.partition(".")[0]
    inner = entry[len(name) + 1 :]
    new = replaced(value[name], inner, text, f"{where}.{name}")
    return Table(tuple((key, new if key == name else old) for key, old in value.entries))


def written(value: Any) -> str:  # noqa: ANN401 - TOML value
    """Return a value as a text that is read as that value: TOML, or a bare word."""
    if isinstance(value, str):
        return value if _literal(value) == value else json.dumps(value)
    return _inline(value)


def cut(text: str) -> str:
    """Return a text as a sentence shows it, a long one cut short."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _inline(value: Any) -> str:  # noqa: ANN401 - TOML value
    match value:
        case Table():
            entries = (f"{_key(key)} = {_inline(entry)}" for key, entry in value.entries)
            return f"{{{', '.join(entries)}}}"
        case tuple():
            return f"[{', '.join(map(_inline, value))}]"
        case float():
            short = f"{value:.12g}"
            return short if float(short) == value else repr(value)
        case _:  # a word, or yes or no
            return json.dumps(value)


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else json.dumps(name)


def _parsed(text: str, like: Any, where: str) -> Any:  # noqa: ANN401 - as the value replaced
    value = _literal(text)
    if not _alike(value, like):
        raise ParameterError(
            f"{cut(text)!r} is not a value like {cut(written(like))}",
            where=where,
            remedy="Give a value of the same form.",
        )
    formless = isinstance(like, Table | tuple) and not _parts(like)
    if _lowest(value) < 0.0 <= _lowest(like) and not formless:
        raise ParameterError(
            f"{cut(text)!r} is negative", where=where, remedy="Give numbers of 0 or more."
        )
    return value


def _lowest(value: Any) -> float:  # noqa: ANN401 - TOML value
    """Return the lowest number in a value, 0 if none is lower."""
    match value:
        case Table() | tuple():
            return min((_lowest(part) for part in _parts(value)), default=0.0)
        case float():
            return min(value, 0.0)
        case _:
            return 0.0


def _literal(text: str) -> Any:  # noqa: ANN401 - TOML value
    """Return what a text says: a TOML value, else the text itself."""
    try:
        (value,) = tomllib.loads(f"value = {text}").values()
        return frozen(value)
    except (ValueError, OverflowError, RecursionError):  # no TOML, too large, or too deep
        return text


def _alike(value: Any, like: Any) -> bool:  # noqa: ANN401 - TOML values
    """Return whether ``value`` has the form of ``like``, whose parts say what parts it may have.

    What is not published says nothing of its form, and neither does an empty table or list.
    """
    if like == NOT_PUBLISHED:
        return _plain(value) and not isinstance(value, bool)
    if type(value) is not type(like):
        return False
    if not isinstance(value, Table | tuple):
        return _plain(value) or value == like
    forms = _parts(like)
    if not forms:
        return _plain(value)
    return all(any(_alike(part, form) for form in forms) for part in _parts(value))


def _plain(value: Any, depth: int = DEEPEST) -> bool:  # noqa: ANN401 - TOML value
    """Return whether a value is a word, yes or no, a finite number, or a list or table of such."""
    if isinstance(value, Table | tuple):
        return depth > 0 and all(_plain(part, depth - 1) for part in _parts(value))
    return isinstance(value, str | bool) or (isinstance(value, float) and math.isfinite(value))


def _parts(value: Table | tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(entry for _, entry in value.entries) if isinstance(value, Table) else value
