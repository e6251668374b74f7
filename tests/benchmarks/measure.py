"""How the benchmarks measure: side by side in one process, medians of interleaved runs."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from statistics import median
from time import perf_counter

RUNS = 7


@dataclass(frozen=True)
class Row:
    """One line of the table; a figure that could not be measured is None."""

    item: str
    ours: float
    unit: str
    peer: str
    theirs: float | None = None
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None


@dataclass(frozen=True)
class Peer:
    """What we are measured against, and how often the goal wants us faster.

    A peer that would take minutes does a share of the work; its time is scaled up.
    """

    name: str
    run: Callable[[], object]
    goal: float
    share: float = 1.0
    module: str = "QuantLib"


def race(item: str, ours: Callable[[], object], *peers: Peer, runs: int = RUNS) -> list[Row]:
    """Time ours and every installed peer in turn, ``runs`` times; one row per peer."""
    here = [peer for peer in peers if find_spec(peer.module)]
    contestants = [ours, *(peer.run for peer in here)]
    times: list[list[float]] = [[] for _ in contestants]
    for run in contestants:  # compile, fill caches
        run()
    for _ in range(runs):
        for run, taken in zip(contestants, times, strict=True):
            start = perf_counter()
            run()
            taken.append(perf_counter() - start)
    mine, *others = (1e3 * median(taken) for taken in times)
    scaled = {peer.name: other / peer.share for peer, other in zip(here, others, strict=True)}
    return [_raced(item, mine, peer, scaled.get(peer.name)) for peer in peers]


def bounded(item: str, error: float, unit: str, peer: str, bound: float) -> Row:
    """Compare an error with the largest that is allowed."""
    return Row(item, error, unit, peer, goal=f"at most {bound:g}", met=error <= bound)


def print_table(rows: list[Row]) -> bool:
    """Print one line per row; true if no goal was missed."""
    layout = "{:<42} {:>18} {:<44} {:>14} {:>7} {:<16} {}"
    print(layout.format("item", "ours", "peer", "theirs", "ratio", "goal", "met"))
    for row in rows:
        print(
            layout.format(
                row.item,
                f"{row.ours:.3g} {row.unit}",
                row.peer,
                "" if row.theirs is None else f"{row.theirs:.4g} {row.unit}",
                "" if row.ratio is None else f"{row.ratio:.2f}",
                row.goal,
                {True: "yes", False: "NO", None: "not measured"}[row.met],
            )
        )
    return all(row.met is not False for row in rows)


def _raced(item: str, ours: float, peer: Peer, theirs: float | None) -> Row:
    goal = f"at least {peer.goal:g}"
    if theirs is None:
        return Row(item, ours, "ms", f"{peer.name} (not installed)", goal=goal)
    ratio = theirs / ours
    return Row(item, ours, "ms", peer.name, theirs, ratio, goal, met=ratio >= peer.goal)
