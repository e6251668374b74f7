"""Reads one JSON object field by field, and gathers every fault instead of stopping at one."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from margin_core.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

LARGEST = 1e15  # of any number, so that no product of two overflows
MONTH = re.compile(r"\d{4}(0[1-9]|1[0-2])")


@dataclass(slots=True)
class Fields:
    """One JSON object and its place; every object of a document shares the list of faults.

    A method returns the field's value; after a fault some value of the right type, which nobody
    sees because ``finish`` raises.
    """

    raw: dict[str, Any]
    where: str
    faults: list[Fault]
    read: set[str] = field(default_factory=set)
    inner: list[Fields] = field(default_factory=list)

    def has(self, name: str) -> bool:
        """Return whether the object has ``name``."""
        return name in self.raw

    def fault(self, name: str, what: str, remedy: str) -> None:
        """Note what is wrong with ``name``; with the object itself where that is empty."""
        place = ".".join(part for part in (self.where, name) if part)
        self.faults.append(Fault(place, what, remedy))

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text that is not blank, or the default."""
        value = self._value(name, default)
        if isinstance(value, str) and (value.strip() or value == default):
            return value
        self.fault(name, _found(value), "Give a text.")
        return ""

    def day(self, name: str) -> date:
        """Return a date."""
        value = self._value(name, None)
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self.fault(name, _found(value), "Write a date as 2025-12-29.")
            return date.min

    def month(self, name: str, default: str | None = None) -> str:
        """Return a contract month."""
        value = self._value(name, default)
        if isinstance(value, str) and MONTH.fullmatch(value):
            return value
        self.fault(name, _found(value), "Write a contract month as 202512.")
        return ""

    def number(
        self,
        name: str,
        default: float | None = None,
        *,
        least: float = -math.inf,
        above: float = -math.inf,
        most: float = math.inf,
    ) -> float:
        """Return a finite number within its bounds."""
        value = self._value(name, default)
        if _is_number(value) and least <= value <= most and value > above:
            return float(value)
        bounds = [f"at least {least:g}"] * (least > -math.inf)
        bounds += [f"above {above:g}"] * (above > -math.inf)
        bounds += [f"at most {most:g}"] * (most < math.inf)
        self.fault(name, _found(value), f"Give a number {' and '.join(bounds)}".rstrip() + ".")
        return 1.0

    def whole(self, name: str) -> int:
        """Return a whole number."""
        number = self.number(name)
        if number % 1.0:
            self.fault(name, _found(number), "Give a whole number.")
        return int(number)

    def numbers(self, name: str, count: int) -> tuple[float, ...]:
        """Return a list of ``count`` finite numbers."""
        value = self._value(name, None)
        if isinstance(value, list) and len(value) == count and all(map(_is_number, value)):
            return tuple(map(float, value))
        self.fault(name, _found(value), f"Give a list of {count} numbers.")
        return (0.0,) * count

    def choice(self, name: str, options: Iterable[str], default: str | None = None) -> str:
        """Return one of ``options``."""
        value, known = self._value(name, default), list(options)
        if value in known:
            return str(value)
        self.fault(name, _found(value), f"Give one of {', '.join(known)}.")
        return known[0]

    def flag(self, name: str) -> bool:
        """Return true or false; false where absent."""
        value = self._value(name, False)  # noqa: FBT003 - the default of a flag
        if not isinstance(value, bool):
            self.fault(name, _found(value), "Give true or false.")
        return value is True

    def object(self, name: str) -> Fields:
        """Return an object; an empty one where absent."""
        value = self._value(name, {})
        return self._inner(value, name)

    def objects(self, name: str, default: list[Any] | None = None) -> list[Fields]:
        """Return a list of objects."""
        value = self._value(name, default)
        if not isinstance(value, list):
            self.fault(name, _found(value), "Give a list of objects.")
            return []
        return [self._inner(entry, f"{name}[{i}]") for i, entry in enumerate(value)]

    def finish(self) -> None:
        """Raise ``InputError`` with every fault, unknown names among them, if there is one."""
        self.note_unknown()
        if self.faults:
            raise InputError.of(tuple(dict.fromkeys(self.faults)))

    def _value(self, name: str, default: Any) -> Any:  # noqa: ANN401 - JSON holds anything
        self.read.add(name)
        return self.raw.get(name, default)

    def _inner(self, value: Any, name: str) -> Fields:  # noqa: ANN401 - JSON holds anything
        if not isinstance(value, dict):
            self.fault(name, _found(value), "Give an object.")
            value = {}
        place = f"{self.where}.{name}" if self.where else name
        fields = Fields(value, place, self.faults)
        self.inner.append(fields)
        return fields

    def note_unknown(self) -> None:
        """Note every name that nothing has asked for, here and in the objects within."""
        for name in sorted(self.raw.keys() - self.read):
            self.fault(
                name, "is no field of this format", f"Known: {', '.join(sorted(self.read))}."
            )
        for fields in self.inner:
            fields.note_unknown()


def note_repeats(entries: Iterable[tuple[Fields, Hashable]]) -> None:
    """Note each entry (its fields, and what tells it from others) that stands there twice."""
    seen: dict[Hashable, str] = {}
    for fields, key in entries:
        if key in seen:
            fields.fault("", f"repeats {seen[key]}", "Keep one of the two.")
        else:
            seen[key] = fields.where


def parse(text: str) -> Fields:
    """Return the top object of a JSON document; ``InputError`` if it is none."""
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"not JSON: {error.msg}",
            where=f"line {error.lineno}, column {error.colno}",
            remedy="Give a margin-span/1 document.",
        ) from error
    except (RecursionError, ValueError) as error:  # nested too deeply, a number of 5,000 digits
        raise InputError("not readable", remedy="Give a margin-span/1 document.") from error
    if not isinstance(raw, dict):
        raise InputError(f"the document {_found(raw)}", remedy="Give a JSON object.")
    return Fields(raw, "", [])


def _is_number(value: Any) -> bool:  # noqa: ANN401 - JSON holds anything
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def _found(value: Any) -> str:  # noqa: ANN401 - JSON holds anything
    return "is missing" if value is None else f"is {str(value)[:40]!r}"
