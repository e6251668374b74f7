"""Settings: which rule books run with other than their published parameters, as text and back.

``KEY:PROFILE`` is a published set of one rule book's parameters, ``KEY.NAME[.ENTRY]=VALUE``
replaces one value; commas separate several.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, is_dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from margin_core.errors import InputError, ParameterError
from margin_core.margin.parameters import departures, overridden
from margin_core.margin.values import cut, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from margin_core.margin.result import Methodology

FORM = "[KEY.]NAME=VALUE"
LONGEST = 2_000  # characters of settings as text
LISTED = 3  # rule books whose parameters are listed in one sentence
SEPARATOR = re.compile(r",\s*(?=[a-z]\w*[.:])")  # none within a list or a table
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Setting:
    """One rule book's parameters: those of a profile, "" for the published ones, some replaced.

    ``changes`` holds (path, value as text) of what departs from the profile.
    """

    methodology: str
    profile: str
    changes: tuple[tuple[str, str], ...]
    parameters: Any

    @property
    def items(self) -> tuple[str, ...]:
        """The setting as text, item by item."""
        profile = (f"{self.methodology}:{self.profile}",) if self.profile else ()
        return profile + tuple(f"{self.methodology}.{path}={text}" for path, text in self.changes)

    @property
    def mark(self) -> str:
        """What a title says of it: the profile in words, and whether values are replaced."""
        profile = self.profile.replace("_", " ")
        return ", ".join(filter(None, (profile, "modified" if self.changes else "")))


@dataclass(frozen=True, slots=True)
class Settings:
    """The rule books that run with other than their published parameters."""

    chosen: tuple[Setting, ...] = ()

    @property
    def text(self) -> str:
        """The settings as text; empty where all is as published."""
        return ",".join(item for setting in self.chosen for item in setting.items)

    def of(self, key: str) -> Setting | None:
        """Return the setting of rule book ``key``; None where it runs as published."""
        return next((each for each in self.chosen if each.methodology == key), None)

    def only(self, key: str) -> Settings:
        """Return the settings of rule book ``key`` alone."""
        return Settings(tuple(each for each in self.chosen if each.methodology == key))

    def put(self, setting: Setting) -> Settings:
        """Return the settings with those of one rule book replaced."""
        kept = tuple(each for each in self.chosen if each.methodology != setting.methodology)
        chosen = (*kept, setting) if setting.items else kept
        return Settings(tuple(sorted(chosen, key=lambda each: each.methodology)))


def setting(
    methodology: Methodology, profile: str = "", changes: Mapping[str, str] = NOTHING
) -> Setting:
    """Return the setting of one rule book.

    Parameters
    ----------
    methodology : Methodology
    profile : str
        One of its profiles; empty for the published parameters.
    changes : mapping of path to text
        A path is ``NAME`` or ``NAME.ENTRY``. What equals the profile's value is left out.

    Raises
    ------
    ParameterError
        If it has no such profile or parameter, or a text is no value of its form.
    """
    if profile and profile not in methodology.profiles:
        raise ParameterError(
            f"no profile {cut(profile)!r}",
            where=methodology.key,
            remedy=f"It has {', '.join(methodology.profiles) or 'none'}.",
        )
    book = methodology.profiles[profile] if profile else methodology.published
    parameters = overridden(book, changes, methodology.key)
    departing = tuple((path, written(value)) for path, value, _ in departures(parameters, book))
    return Setting(methodology.key, profile, departing, parameters)


def settings(
    items: Iterable[str],
    methodologies: Mapping[str, Methodology],
    profile: str | None = None,
    where: str = "",
) -> Settings:
    """Return the settings that items of text stand for, by rule book.

    Parameters
    ----------
    items : iterable of str
        ``KEY:PROFILE``, or ``[KEY.]NAME[.ENTRY]=VALUE``: without KEY for every methodology that
        has NAME.
    methodologies : mapping of key to Methodology
        Those that the items may mean.
    profile : str, optional
        For every methodology that publishes it.
    where : str
        What an error points at.

    Raises
    ------
    InputError, ParameterError
        If a name is nobody's, or a value is at fault.
    """
    profiles = _publishing(profile, methodologies) if profile is not None else {}
    changes: dict[str, dict[str, str]] = {}
    for item in items:
        if named := re.fullmatch(r"\s*(\w+):(\w+)\s*", item):
            profiles[_known(named[1], methodologies, where)] = named[2]
            continue
        name, text = _assignment(item, where)
        for key, path in _targets(name, methodologies, where):
            changes.setdefault(key, {})[path] = text
    found = Settings()
    for key in profiles | changes:
        found = found.put(setting(methodologies[key], profiles.get(key, ""), changes.get(key, {})))
    return found


def read_settings(text: str, methodologies: Mapping[str, Methodology]) -> Settings:
    """Return the settings that a text stands for; none for an empty one.

    Raises
    ------
    InputError, ParameterError
        If it is too long, a name is nobody's, or a value is at fault.
    """
    if len(text) > LONGEST:
        raise InputError(
            f"they have {len(text):,} characters, more than {LONGEST:,}",
            remedy="Replace fewer values.",
        )
    return settings(filter(None, map(str.strip, SEPARATOR.split(text))), methodologies)


def _publishing(profile: str, methodologies: Mapping[str, Methodology]) -> dict[str, str]:
    found = {key: profile for key, m in methodologies.items() if profile in m.profiles}
    if not found:
        raise InputError(
            f"no methodology asked has a profile {profile!r}",
            where="--profile",
            remedy=_listed({key: m.profiles for key, m in methodologies.items()}),
        )
    return found


def _known(key: str, methodologies: Mapping[str, Methodology], where: str) -> str:
    if key not in methodologies:
        raise InputError(
            f"{cut(key)!r} is not a methodology",
            where=where,
            remedy=f"There are {', '.join(methodologies)}.",
        )
    return key


def _assignment(item: str, where: str) -> tuple[str, str]:
    name, separator, text = item.partition("=")
    if not separator or not name.strip():
        raise InputError(
            f"{cut(item)!r} is not {FORM}",
            where=where,
            remedy=f"Write it as {FORM}, or KEY:PROFILE.",
        )
    return name.strip(), text.strip()


def _targets(
    name: str, methodologies: Mapping[str, Methodology], where: str
) -> list[tuple[str, str]]:
    """Return (methodology, parameter path) of everything that ``name`` names."""
    head, _, rest = name.partition(".")
    if head in methodologies and rest:
        return [(head, rest)]
    names = {key: _names(m.published) for key, m in methodologies.items()}
    targets = [(key, name) for key, own in names.items() if head in own]
    if not targets:
        raise InputError(
            f"no methodology asked has a parameter {cut(head)!r}",
            where=where,
            remedy=_listed(names)
            if len(names) <= LISTED
            else f"Write it as KEY.NAME=VALUE; KEY is one of {', '.join(names)}.",
        )
    return targets


def _names(parameters: object) -> tuple[str, ...]:
    return tuple(f.name for f in fields(parameters)) if is_dataclass(parameters) else ()


def _listed(names: Mapping[str, Iterable[str]]) -> str:
    """Return what each methodology has, as a sentence."""
    return " ".join(f"{key} has {', '.join(own) or 'none'}." for key, own in names.items())
