"""Line: a figure made while it is explained."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from margin_core.margin.last_bits import first_largest, sign


class Rule(StrEnum):
    """How a line's amount follows from its parts."""

    GIVEN = "given"
    TOTAL = "total"
    LARGEST = "largest"
    SMALLEST = "smallest"
    SCALED = "scaled"
    FLOORED = "floored"


@dataclass(frozen=True, slots=True)
class Line:
    """One explained figure, in the reporting currency, and the lines it was made from.

    Build lines only with ``given``, ``total``, ``largest``, ``smallest``, ``scaled`` and
    ``floored``: each computes the amount from its parts, so that an explanation cannot disagree
    with its figure.
    """

    label: str
    amount: float
    rule: Rule
    parts: tuple[Line, ...] = ()
    factor: float = 1.0  # used by SCALED and FLOORED only
    source: str = ""  # "<key in the methodology's sources>#<paragraph or parameter>"


def given(label: str, amount: float, *, source: str = "") -> Line:
    """Return a leaf."""
    return Line(label, float(amount), Rule.GIVEN, source=source)


def total(label: str, *parts: Line, source: str = "") -> Line:
    """Return the sum of ``parts``; zero without any."""
    return Line(label, float(sum(p.amount for p in parts)), Rule.TOTAL, parts, source=source)


def largest(label: str, *parts: Line, source: str = "") -> Line:
    """Return the greatest of ``parts``: the binding one."""
    return Line(label, max(p.amount for p in parts), Rule.LARGEST, parts, source=source)


def smallest(label: str, *parts: Line, source: str = "") -> Line:
    """Return the least of ``parts``."""
    return Line(label, min(p.amount for p in parts), Rule.SMALLEST, parts, source=source)


def scaled(label: str, part: Line, factor: float, *, source: str = "") -> Line:
    """Return ``factor`` times ``part``."""
    return Line(label, factor * part.amount, Rule.SCALED, (part,), float(factor), source)


def floored(label: str, part: Line, floor: float = 0.0, *, source: str = "") -> Line:
    """Return ``part``, but at least ``floor``."""
    return Line(label, max(part.amount, floor), Rule.FLOORED, (part,), float(floor), source)


def without_sign(label: str, *parts: Line, source: str = "") -> Line:
    """Return the sum of ``parts`` without its sign: either direction is charged."""
    size = total(label, *parts, source=source)
    if sign(size.amount) >= 0:
        return size
    return scaled(f"{label}, without its sign", size, -1.0, source=source)


def nonzero(*lines: Line) -> tuple[Line, ...]:
    """Return the lines that are anything: a charge that an account has not needs no line."""
    return tuple(line for line in lines if sign(line.amount))


def binding(line: Line) -> Line:
    """Return the part of a ``largest`` or ``smallest`` line that its amount comes from.

    Of parts that are alike but for rounding it is the first.
    """
    direction = -1.0 if line.rule is Rule.SMALLEST else 1.0
    return line.parts[first_largest([direction * part.amount for part in line.parts])]
