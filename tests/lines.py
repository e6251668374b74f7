"""A tree of lines as a reader goes through it: every line, one by its name, its amount anew."""

from margin_core.margin.figure import Rule


def every(line):
    """Yield a line and every line under it, from the top down."""
    yield line
    for part in line.parts:
        yield from every(part)


def leaves(line):
    """Return the lines that are made of no others."""
    return [each for each in every(line) if not each.parts]


def named(line, label):
    """Return the first line with this label, from the top down; None without any."""
    return next((each for each in every(line) if each.label == label), None)


def starting(line, start):
    """Return the first line whose label starts so, from the top down; None without any."""
    return next((each for each in every(line) if each.label.startswith(start)), None)


def readd(line):
    """Return a line's amount from its leaves alone, by the rules a reader is told."""
    parts = [readd(part) for part in line.parts]
    match line.rule:
        case Rule.GIVEN:
            return line.amount
        case Rule.TOTAL:
            return sum(parts)
        case Rule.LARGEST:
            return max(parts)
        case Rule.SMALLEST:
            return min(parts)
        case Rule.SCALED:
            return line.factor * parts[0]
        case Rule.FLOORED:
            return max(parts[0], line.factor)
