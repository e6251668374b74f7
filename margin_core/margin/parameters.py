"""Reads the TOML file beside a methodology into its frozen parameter class, refusing gaps."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from margin_core.errors import ParameterError
from margin_core.margin.values import (
    NOT_PUBLISHED,
    Table,
    count,
    differing,
    frozen,
    replaced,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["NOT_PUBLISHED", "Table", "count"]  # for who reads parameters alone

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Source:
    """A document that a methodology follows."""

    key: str
    title: str
    href: str
    retrieved: str  # ISO date


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
    """A parameter file as read: its names, date, sources, parameters and named profiles.

    ``short`` is the name for sentences, whose words are those of the title or of the file's name.
    """

    title: str
    effective: str
    sources: tuple[Source, ...]
    parameters: tuple[Parameter, ...]
    profiles: tuple[tuple[str, tuple[Parameter, ...]], ...] = ()
    short: str = ""


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
    title = raw["title"]
    return Document(
        title, str(raw["effective"]), sources, parameters, profiles, raw.get("short", title)
    )


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
        value = replaced(values[name], entry, text, f"{where}.{name}")
        published = replace(published, **{name: value})  # type: ignore[type-var]
    return published


def modifications(parameters: P, published: P, profiles: Mapping[str, P]) -> tuple[str, ...]:
    """Return a sentence for each value of ``parameters`` that is not the rule book's.

    The rule book's are the published values or those of a profile, whichever is nearer; a
    profile is named in a sentence of its own.
    """
    books = {"": published, **profiles}
    departing = {name: departures(parameters, book) for name, book in books.items()}
    nearest = min(departing, key=lambda name: len(departing[name]))
    profile = (f"Parameters are those of the profile {nearest!r}.",) if nearest else ()
    return profile + tuple(
        f"Modified: parameter {name} set to {written(value)}; the rule book says {written(book)}."
        for name, value, book in departing[nearest]
    )


def in_force(document: Document, profile: str, parameters: object) -> Document:
    """Return a parameter file with the values that ``parameters`` hold.

    What a profile replaces has that entry's unit, source and note.
    """
    entries = {entry.name: entry for entry in document.parameters}
    entries |= {entry.name: entry for entry in dict(document.profiles).get(profile, ())}
    return replace(
        document,
        parameters=tuple(
            replace(entry, value=getattr(parameters, name)) for name, entry in entries.items()
        ),
    )


def departures(parameters: P, book: P) -> list[tuple[str, Any, Any]]:
    """Return (path, value, the book's value) of everything that differs, entry by entry."""
    found: list[tuple[str, Any, Any]] = []
    for field in fields(book):  # type: ignore[arg-type]
        found += differing(field.name, getattr(parameters, field.name), getattr(book, field.name))
    return found


def give(paths: Iterable[str]) -> str:
    """Return the remedy for parameters that are neither published nor given."""
    return f"Give {' '.join(f'-p {path}=...' for path in paths)}"


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
            name, frozen(entry["value"]), entry["unit"], entry["source"], entry.get("note", "")
        )
        for name, entry in entries.items()
    )
