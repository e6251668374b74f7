"""The rule books as they run: published, or under the visitor's settings."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from margin_core import (
    DOCUMENTS,
    METHODOLOGIES,
    InputError,
    NotCoveredError,
    Settings,
    configured,
    read_settings,
)
from margin_core.margin.configured import blamed_on, finite
from margin_core.margin.parameters import in_force

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from margin_core import Document, Market, Methodology, Portfolio

PUBLISHED = Settings()

# how far a search goes: no rule, and the time is that of everyone on this server
EFFORT = {"us_reg_t": ("exact_size", "search_nodes")}


@lru_cache(maxsize=64)
def books(settings: Settings) -> Mapping[str, Methodology]:
    """Return every rule book as it runs under ``settings``."""
    return configured(METHODOLOGIES, settings) if settings.chosen else METHODOLOGIES


def read(text: str) -> Settings:
    """Return the settings that a text stands for.

    Raises
    ------
    InputError, ParameterError
        If it is too long, a name is nobody's, a value is at fault, or is not changed here.
    """
    found = read_settings(text, METHODOLOGIES)
    for setting in found.chosen:
        for path, _ in setting.changes:
            if path in EFFORT.get(setting.methodology, ()):
                raise InputError(
                    "how far a search goes is not changed here",
                    where=f"{setting.methodology}.{path}",
                    remedy="Use the command line.",
                )
    return found


def check(
    settings: Settings, portfolio: Portfolio, market: Market, items: Sequence[str] = ()
) -> None:
    """Raise ``ParameterError`` if settings give no figure for an account they cover.

    ``items`` are blamed for it; by default everything that is set of the rule book.
    """
    for setting in settings.chosen:
        methodology = METHODOLOGIES[setting.methodology]
        try:
            with blamed_on(items or setting.items):
                finite(methodology(portfolio, market, setting.parameters))
        except NotCoveredError:
            continue


def parameters(key: str, settings: Settings) -> Any:  # noqa: ANN401 - each rule book has its own
    """Return the parameters that rule book ``key`` runs with."""
    setting = settings.of(key)
    return METHODOLOGIES[key].published if setting is None else setting.parameters


def items(key: str, settings: Settings) -> tuple[str, ...]:
    """Return what is set of rule book ``key``, item by item; none where it runs as published."""
    setting = settings.of(key)
    return () if setting is None else setting.items


def document(key: str, settings: Settings) -> Document:
    """Return the parameter file of rule book ``key`` with the values that it runs with."""
    setting = settings.of(key)
    if setting is None:
        return DOCUMENTS[key]
    return in_force(DOCUMENTS[key], setting.profile, setting.parameters)
