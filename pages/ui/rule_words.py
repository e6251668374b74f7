"""The sentences about rule book settings: what is set, and what a rule book asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from margin_core import METHODOLOGIES
from pages.ui import names, numbers

if TYPE_CHECKING:
    from margin_core import Setting, Settings

NAME = "Rule book settings"
ITEM = re.compile(r"-p ([\w./]+)=(\.\.\.|\w+)")  # as the command line takes it
ITEMS = re.compile(f"{ITEM.pattern}(?: {ITEM.pattern})*")
SOLD = re.compile(r"(?<!\S)-(?=\d)")  # the sign of a quantity, none of an option's name
NAMED = 4  # values told of one rule book


def short(key: str) -> str:
    """Return the short name of a rule book."""
    return names.SHORT.get(key, METHODOLOGIES[key].title)


def profile(name: str) -> str:
    """Return a profile's name in words."""
    return name.replace("_", " ") if name else "As published"


def told(settings: Settings) -> str:
    """Return what is set, rule book by rule book."""
    return " · ".join(f"{short(each.methodology)}: {_set(each)}" for each in settings.chosen)


def here(text: str) -> str:
    """Return a sentence as the pages say it: settings by their name, a true minus sign."""
    named = ITEMS.sub(lambda found: f"{_paths(found[0])} in {NAME}", text)
    return SOLD.sub(numbers.MINUS, named)


def above(reason: str) -> str:
    """Return a refusal as the dialog tells it, whose table holds the values asked for."""
    return ITEMS.sub("them above.", reason).removeprefix("parameters: ")


def lacking(reason: str) -> tuple[str, ...]:
    """Return the paths of the values that a refusal asks for, within their rule book."""
    return tuple(path.partition(".")[2] for path, value in ITEM.findall(reason) if value == "...")


def _set(setting: Setting) -> str:
    changes = [f"{path} = {text}" for path, text in setting.changes]
    more = [f"{len(changes) - NAMED} more"] if len(changes) > NAMED else []
    named = [profile(setting.profile)] if setting.profile else []
    return ", ".join((*named, *changes[:NAMED], *more))


def _paths(options: str) -> str:
    found = ITEM.findall(options)
    return ", ".join(path if value == "..." else f"{path}={value}" for path, value in found)
