"""Line: a figure made while it is explained."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from margin_core.margin.last_bits import first_largest, sign

if TYPE_CHECKING:
    from collections.abc import Sequence


class Rule(StrEnum):
    """How a line's amount follows from its parts."""

    GIVEN = "given"
    TOTAL = "total"
    LARGEST = "largest"
    SMALLEST = "smallest"
    SCALED = "scaled"
    FLOORED = "floored"


CHOICES = frozenset({Rule.LARGEST, Rule.SMALLEST})  # lines that are one of their parts


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


def amount_of(rule: Rule, parts: Sequence[float], factor: float = 1.0) -> float:
    """Return what a line of ``rule``, not a leaf, amounts to over parts of these amounts.

    ``factor`` is what SCALED multiplies with, and the floor of FLOORED.
    """
    match rule:
        case Rule.TOTAL:
            return float(sum(parts))
        case Rule.LARGEST:
            return max(parts)
        case Rule.SMALLEST:
            return min(parts)
        case Rule.SCALED:
            return factor * parts[0]
        case Rule.FLOORED:
            return max(parts[0], factor)
        case Rule.GIVEN:
            raise ValueError("a leaf is given, not computed")


def given(label: str, amount: float, *, source: str = "") -> Line:
    """Return a leaf."""
    return Line(label, float(amount), Rule.GIVEN, source=source)


def total(label: str, *parts: Line, source: str = "") -> Line:
    """Return the sum of ``parts``; zero without any."""
    return _made(label, Rule.TOTAL, parts, source)


def largest(label: str, *parts: Line, source: str = "") -> Line:
    """Return the greatest of ``parts``: the binding one."""
    return _made(label, Rule.LARGEST, parts, source)


def smallest(label: str, *parts: Line, source: str = "") -> Line:
    """Return the least of ``parts``."""
    return _made(label, Rule.SMALLEST, parts, source)


def scaled(label: str, part: Line, factor: float, *, source: str = "") -> Line:
    """Return ``factor`` times ``part``."""
    return _made(label, Rule.SCALED, (part,), source, factor)


def floored(label: str, part: Line, floor: float = 0.0, *, source: str = "") -> Line:
    """Return ``part``, but at least ``floor``."""
    return _made(label, Rule.FLOORED, (part,), source, floor)


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


def _made(
    label: str, rule: Rule, parts: tuple[Line, ...], source: str, factor: float = 1.0
) -> Line:
    amount = amount_of(rule, [part.amount for part in parts], factor)
    return Line(label, amount, rule, parts, float(factor), source)
