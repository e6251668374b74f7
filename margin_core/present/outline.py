"""A tree of lines as the few rows that tell where its figure comes from."""

from __future__ import annotations

from dataclasses import dataclass

from margin_core.margin.figure import CHOICES, Line, Rule, binding, total

ALTERNATIVES = 3  # more of them are a list: the one that binds stands for it
BREADTH = 5  # parts shown under one line; the smaller ones of a sum become one row
DEPTH = 2
PAIR = 2
LESS = -1.0  # the factor of a part that is taken away
NOTHING = 0.005  # reporting currency: parts of a sum below this are left out


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an outline, reporting currency.

    ``how`` says in words how the amount follows from the rows under it, empty for a sum;
    ``weighty`` marks what the figure rests on.
    """

    label: str
    amount: float
    depth: int = 0
    weighty: bool = False
    how: str = ""


def outline(line: Line, rows: int = 8) -> tuple[Row, ...]:
    """Return at most ``rows`` rows: what ``line`` is made of, and ``line`` itself last.

    Each row stands above the rows that it is made of, one level deeper. A sum's rows add up to it;
    of alternatives the one that binds is opened.
    """
    spine = essence(line)
    last = Row(line.label, line.amount, weighty=True, how=how(spine))
    return (*_below(spine, rows - 1, 0), last)


def essence(line: Line) -> Line:
    """Return the line whose amount ``line`` only passes on, down to where something is done."""
    if line.rule in CHOICES and len(line.parts) > ALTERNATIVES:
        return essence(binding(line))
    parts = _substantial(line)
    if len(parts) == 1 and abs(parts[0].amount - line.amount) < NOTHING:
        return essence(parts[0])
    return line


def how(line: Line) -> str:
    """Return in words how a line's amount follows from its parts; empty for a sum or a leaf.

    Nor does a part taken away need words: its amount has the sign.
    """
    count = len(line.parts)
    match line.rule:
        case Rule.LARGEST:
            return "larger of the two" if count == PAIR else f"largest of {count}"
        case Rule.SMALLEST:
            return "smaller of the two" if count == PAIR else f"smallest of {count}"
        case Rule.SCALED:
            return "" if line.factor == LESS else f"{line.factor:.6g} times"
        case Rule.FLOORED:
            return f"at least {line.factor:,.6g}"
        case Rule.GIVEN | Rule.TOTAL:
            return ""


def name(line: Line) -> str:
    """Return a line's name; of a choice among many that of what binds."""
    while line.rule in CHOICES and len(line.parts) > ALTERNATIVES:
        line = binding(line)
    return line.label


def _below(line: Line, budget: int, depth: int) -> tuple[Row, ...]:
    """Return rows for the parts of ``line``; the weightiest part is opened while rows last."""
    parts = _folded(_substantial(line), min(budget, BREADTH))
    if not parts:
        return ()
    left = budget - len(parts)
    heavy = _weightiest(line, parts)
    rows: list[Row] = []
    for part in parts:
        opened = essence(part)
        said = how(part) if len(part.parts) > ALTERNATIVES else how(opened)
        rows.append(Row(name(part), part.amount, depth, part is heavy, said))
        if part is heavy and left > 1 and depth < DEPTH:
            rows += _below(opened, left, depth + 1)
    return tuple(rows)


def _weightiest(line: Line, parts: tuple[Line, ...]) -> Line:
    """Return the part that binds, or the largest of ``parts``."""
    return binding(line) if line.rule in CHOICES else max(parts, key=lambda p: abs(p.amount))


def _substantial(line: Line) -> tuple[Line, ...]:
    """Return the parts that are amounts: of a sum those that add to it, of a product no leaf."""
    if line.rule is Rule.SCALED and line.parts[0].rule is Rule.GIVEN:
        return ()  # a count of contracts, a price
    if line.rule is not Rule.TOTAL:
        return line.parts
    return tuple(part for part in line.parts if abs(part.amount) >= NOTHING)


def _folded(parts: tuple[Line, ...], most: int) -> tuple[Line, ...]:
    """Return the ``most - 1`` largest parts in order and the rest as one; all where they fit."""
    if len(parts) <= most:
        return parts
    order = sorted(range(len(parts)), key=lambda i: -abs(parts[i].amount))
    kept = sorted(order[: most - 1])
    rest = [parts[i] for i in sorted(order[most - 1 :])]
    return (*(parts[i] for i in kept), total(f"{len(rest)} more", *rest))
