"""Reads the TOML file beside a methodology into its frozen parameter class, refusing gaps."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from margin_core.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

P = TypeVar("P")

NOT_PUBLISHED = "not published"  # stands for a number that the rule book leaves to the reader


@dataclass(frozen=True, slots=True)
class Source:
    """A document that a methodology follows."""

    key: str
    title: str
    href: str
    retrieved: str  # ISO date


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


@dataclass(frozen=True, slots=True)
class Parameter:
    """One published number or table, its unit and where it is published."""

    name: str
    value: Any
    unit: str
    source: str  # "<key in [sources]>#<paragraph or page>"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A parameter file as read: title, date, sources, parameters and named profiles."""

    title: str
    effective: str
    sources: tuple[Source, ...]
    parameters: tuple[Parameter, ...]
    profiles: tuple[tuple[str, tuple[Parameter, ...]], ...] = ()


@cache
def read(module_file: str) -> Document:
    """Return the parameter file beside ``module_file``; a folder's bears the folder's name.

    Raises
    ------
    ParameterError
        If a value lacks its unit or its source, or cites a source that the file does not name.
    """
    path = _path(module_file)
    raw = tomllib.loads(path.read_text("utf-8"))
    sources = tuple(
        Source(key, entry["title"], entry["href"], str(entry["retrieved"]))
        for key, entry in raw.get("sources", {}).items()
    )
    known = {source.key for source in sources}
    profiles = tuple(
        (name, _parameters(entries, known, path.name))
        for name, entries in raw.get("profiles", {}).items()
    )
    parameters = _parameters(raw.get("parameters", {}), known, path.name)
    return Document(raw["title"], str(raw["effective"]), sources, parameters, profiles)


def load(kind: type[P], module_file: str) -> P:
    """Return the published parameters beside ``module_file`` as an instance of ``kind``.

    Raises
    ------
    ParameterError
        If the file and the fields of ``kind`` differ.
    """
    values = {parameter.name: parameter.value for parameter in read(module_file).parameters}
    expected = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if differing := expected ^ values.keys():
        raise ParameterError(
            f"missing or unknown parameters {sorted(differing)}",
            where=_path(module_file).name,
            remedy=f"Make the file match {kind.__name__}.",
        )
    return kind(**values)


def load_profiles(published: P, module_file: str) -> dict[str, P]:
    """Return the file's named profiles: ``published`` with each profile's values in it."""
    return {
        name: replace(published, **{entry.name: entry.value for entry in entries})  # type: ignore[type-var]
        for name, entries in read(module_file).profiles
    }


def overridden(published: P, changes: Mapping[str, str], where: str) -> P:
    """Return ``published`` with text values put in, each as the type of the value it replaces.

    A name is a parameter's, or ``name.entry`` for one entry of a table.

    Raises
    ------
    ParameterError
        If a name is unknown or a text is no value of its parameter's type.
    """
    for path, text in changes.items():
        name, _, entry = path.partition(".")
        values = {field.name: getattr(published, field.name) for field in fields(published)}  # type: ignore[arg-type]
        if name not in values:
            raise ParameterError(
                f"no parameter {name!r}", where=where, remedy=f"It has {', '.join(values)}."
            )
        value = _replaced(values[name], entry, text, f"{where}.{name}")
        published = replace(published, **{name: value})  # type: ignore[type-var]
    return published


def modifications(parameters: P, published: P, profiles: Mapping[str, P]) -> tuple[str, ...]:
    """Return a sentence for each value of ``parameters`` that is not the rule book's.

    The rule book's are the published values or those of a profile, whichever is nearer; a
    profile is named in a sentence of its own.
    """
    books = {"": published, **profiles}
    departures = {name: _departures(parameters, book) for name, book in books.items()}
    nearest = min(departures, key=lambda name: len(departures[name]))
    profile = (f"Parameters are those of the profile {nearest!r}.",) if nearest else ()
    return profile + tuple(
        f"Modified: parameter {name} set to {value}; the rule book says {book}."
        for name, value, book in departures[nearest]
    )


def _path(module_file: str) -> Path:
    path = Path(module_file)
    if path.name == "__init__.py":
        return path.parent / f"{path.parent.name}.toml"
    return path.with_suffix(".toml")


def _parameters(
    entries: dict[str, dict[str, Any]], sources: set[str], where: str
) -> tuple[Parameter, ...]:
    for name, entry in entries.items():
        if lacking := {"value", "unit", "source"} - entry.keys():
            raise ParameterError(
                f"{name} lacks {', '.join(sorted(lacking))}",
                where=where,
                remedy="Give every value its unit and its source.",
            )
        if entry["source"].split("#")[0] not in sources:
            raise ParameterError(
                f"{name} cites the unknown source {entry['source']!r}",
                where=where,
                remedy=f"Cite one of {', '.join(sorted(sources))}.",
            )
    return tuple(
        Parameter(
            name, _frozen(entry["value"]), entry["unit"], entry["source"], entry.get("note", "")
        )
        for name, entry in entries.items()
    )


def _frozen(value: Any) -> Any:  # noqa: ANN401 - TOML values are what they are
    match value:
        case dict():
            return Table(tuple((key, _frozen(entry)) for key, entry in value.items()))
        case list():
            return tuple(_frozen(entry) for entry in value)
        case int() if not isinstance(value, bool):
            return float(value)
        case _:
            return value


def _replaced(value: Any, entry: str, text: str, where: str) -> Any:  # noqa: ANN401 - TOML value
    """Return ``text`` as a value like ``value``, or the table ``value`` with it at ``entry``."""
    if not entry:
        return _parsed(text, value, where)
    if not isinstance(value, Table):
        raise ParameterError(
            f"a single value has no entry {entry!r}", where=where, remedy="Give the value alone."
        )
    name, _, inner = entry.partition(".")
    new = _replaced(value[name], inner, text, f"{where}.{name}")
    return Table(tuple((key, new if key == name else old) for key, old in value.entries))


def _departures(parameters: P, book: P) -> list[tuple[str, Any, Any]]:
    """Return (name, value, the book's value) of everything that differs, entry by entry."""
    found: list[tuple[str, Any, Any]] = []
    for field in fields(book):  # type: ignore[arg-type]
        found += _differing(field.name, getattr(parameters, field.name), getattr(book, field.name))
    return found


def _differing(name: str, value: Any, book: Any) -> list[tuple[str, Any, Any]]:  # noqa: ANN401
    if value == book:
        return []
    if isinstance(value, Table) and isinstance(book, Table):
        book_entries = dict(book.entries)
        return [
            found
            for key, entry in value.entries
            for found in _differing(f"{name}.{key}", entry, book_entries.get(key))
        ]
    return [(name, _shown(value), _shown(book))]


def _shown(value: Any) -> str:  # noqa: ANN401 - as the file holds it
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _parsed(text: str, like: Any, where: str) -> Any:  # noqa: ANN401 - as the value replaced
    """Return ``text`` as a value of the type of ``like``: a TOML value, or a bare word.

    What is not published takes a number or a word.
    """
    try:
        value = _frozen(tomllib.loads(f"value = {text}")["value"])
    except tomllib.TOMLDecodeError:
        value = text
    kinds = (float, str) if like == NOT_PUBLISHED else (type(like),)
    if type(value) not in kinds or (isinstance(value, float) and not math.isfinite(value)):
        raise ParameterError(
            f"{text!r} is not a value like {like!r}",
            where=where,
            remedy="Give a value of the same form.",
        )
    return value
