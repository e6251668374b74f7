"""Published and recorded figures of coin venues: rows of ``examples*.csv``, ``recorded/*.json``.

Every module ``tests/replays/cex_*.py`` is asked. It may have ``TRANSLATORS``, from (venue, topic)
to a function of the row's inputs, and ``recorded``, a function of a recorded document that returns
None for one that it doesn't know. Either gives the figures that the public code has for what was
expected, under the same keys, lists and tables in the same form.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from tests.replays import UNREADABLE, Figure, why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

PREFIX = "cex_"
RECORDED = 1e-12  # relative and absolute: to the last digit of a double, as good as
NO_SUCH_FIGURE = "the code has no such figure"
NOT_COUNTED = {"no", "partial"}


def figures(path: Path) -> Iterator[Figure]:
    """Yield every figure of the examples and the recorded answers in a folder."""
    for file in sorted(path.glob("examples*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                yield from _of_row(row)
    for file in sorted((path / "recorded").glob("*.json")):
        document = json.loads(file.read_text("utf-8"))
        if "expected" in document:
            yield from _of_recorded(file.stem, document)


@cache
def modules() -> tuple[ModuleType, ...]:
    """Return the modules that translate for a venue."""
    names = [m.name for m in iter_modules([str(Path(__file__).parent)])]
    return tuple(
        import_module(f"tests.replays.{name}") for name in names if name.startswith(PREFIX)
    )


def translators() -> dict[tuple[str, str], Callable[[dict], dict]]:
    """Return the translator of every kind of row that some module knows."""
    return {
        kind: translator
        for module in modules()
        for kind, translator in getattr(module, "TRANSLATORS", {}).items()
    }


def tolerance(text: str) -> tuple[float, float]:
    """Return the relative and absolute tolerance of ``1e-09*max(1,|v|)`` or ``abs 1e-09``."""
    if absolute := re.fullmatch(r"abs\s+(\S+)", text.strip()):
        return 0.0, float(absolute[1])
    either = re.fullmatch(r"(\S+?)\s*\*\s*max\(1,\s*\|v\|\)", text.strip())
    if either is None:
        raise ValueError(f"tolerance {text!r}")
    return float(either[1]), float(either[1])


def flat(expected: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (quantity, value) of everything in a table or list; a bare number is ``value``."""
    match expected:
        case dict():
            for key, entry in expected.items():
                yield from flat(entry, f"{name}.{key}" if name else key)
        case list() | tuple():
            for i, entry in enumerate(expected):
                yield from flat(entry, f"{name}[{i}]")
        case _:
            yield name or "value", expected


def _of_row(row: dict[str, str]) -> Iterator[Figure]:
    translator = translators().get((row["venue"], row["topic"]))
    got: dict = {}
    note = f"no translator for {row['venue']} {row['topic']}"
    relative = absolute = 0.0
    try:
        relative, absolute = tolerance(row["tolerance"])
        if translator:
            got, note = translator(json.loads(row["inputs_json"])), NO_SUCH_FIGURE
    except UNREADABLE as error:
        note = why(error)
    expected = json.loads(row["expected_json"])
    counts = row["verified"] not in NOT_COUNTED
    for figure in _compared(row["id"], expected, got, note):
        yield replace(figure, relative=relative, absolute=absolute, counts=counts)


def _of_recorded(name: str, document: dict) -> Iterator[Figure]:
    answers = (m.recorded(document) for m in modules() if hasattr(m, "recorded"))
    note = "no translator for this recording"
    try:
        found = next((answer for answer in answers if answer is not None), None)
        note = note if found is None else NO_SUCH_FIGURE
    except UNREADABLE as error:
        found, note = None, why(error)
    for figure in _compared(name, document["expected"], found or {}, note):
        yield replace(figure, relative=RECORDED, absolute=RECORDED)


def _compared(name: str, expected: Any, got: dict, note: str) -> Iterator[Figure]:
    """Yield one figure per expected one; a word is 1 where the code says the same, else 0."""
    found = dict(flat(got))
    for quantity, value in flat(expected):
        mine = found.get(quantity)
        match value:
            case None:
                continue
            case str():
                same = None if mine is None else float(mine == value)
                yield Figure(name, f"{quantity}={value}", 1.0, same, note=note)
            case _:
                yield Figure(name, quantity, float(value), mine, note=note)
