"""Replays a set of published examples through the public code.

``python -m tests.replay SET PATH`` prints one tab-separated line per expected figure: id,
quantity, expected, got, relative error and a verdict. It exits with 0 only if all agree.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.replays import Figure


def main(arguments: list[str]) -> int:
    """Replay the set in ``arguments[0]`` from the folder ``arguments[1]``."""
    if len(arguments) != 2:
        print("usage: python -m tests.replay SET PATH", file=sys.stderr)
        return 2
    name, folder = arguments
    figures = list(import_module(f"tests.replays.{name}").figures(Path(folder)))
    for figure in figures:
        print(line(figure))
    counted = [figure for figure in figures if figure.counts]
    agreeing = sum(figure.agrees for figure in counted)
    print(f"{agreeing} of {len(counted)} figures agree")
    return 0 if counted and agreeing == len(counted) else 1


def line(figure: Figure) -> str:
    """Return the tab-separated line of one figure."""
    got = "" if figure.got is None else f"{figure.got:.10g}"
    error = "" if figure.got is None else f"{figure.error:+.2e}"
    cells = (figure.id, figure.quantity, f"{figure.expected:.10g}", got, error, figure.verdict)
    return "\t".join(cells)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
