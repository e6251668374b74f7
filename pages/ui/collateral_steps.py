"""The sentences of the ladder: what each step frees, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core import deciding
from margin_core.margin.last_bits import CENT
from pages.ui import collateral_words as words
from pages.ui import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core import Phase, Rung


def reasons(climb: Sequence[Rung], phase: Phase, positions: int) -> dict[str, str]:
    """Return for each step of the ladder that covers the book what it frees and why, by key.

    ``positions`` is how many the book has.
    """
    covered = [rung for rung in climb if rung.result is not None]
    return {
        rung.key: " ".join(_sentences(rung, before, phase, positions))
        for before, rung in zip([None, *covered], covered, strict=False)
    }


def _sentences(rung: Rung, before: Rung | None, phase: Phase, positions: int) -> Iterator[str]:
    if rung.result is None or rung.capital is None:
        return
    yield _first(rung, positions) if before is None else _step(rung, before, positions)
    decision = deciding(rung.result, phase)
    if decision is not None and decision.scenario is not None:
        yield f"The move that decides is {decision.label}."
    elif decision is not None:
        what = "is larger than any move's loss" if decision.outweighs else "counts instead"
        yield f"No move decides: {decision.label} {what}."
    if before is None or before.result is None:
        return
    now, then = rung.result.margin_ratio, before.result.margin_ratio
    if now is not None and then is not None:
        takes = f"{words.ratio(now)} of what pays for it, {words.ratio(then)} before"
        yield f"Maintenance margin takes {takes}."


def _first(rung: Rung, positions: int) -> str:
    asked = _money(rung.capital or 0.0, rung)
    one = positions == 1
    if rung.stand_alone is None or rung.offsets is None:
        return f"Asks {asked}."
    if abs(rung.offsets) < CENT:
        alone = "what the position asks alone" if one else "the sum of what each asks alone"
        return f"Asks {asked}, {alone}."
    verb = "saves" if rung.offsets > 0.0 else "costs"
    alone = "the position alone" if one else "the positions, each alone,"
    return (
        f"Asks {asked}: {alone} would ask {_money(rung.stand_alone, rung)}; "
        f"{_together(positions)} {verb} {_money(abs(rung.offsets), rung)}."
    )


def _step(rung: Rung, before: Rung, positions: int) -> str:
    freed = rung.freed or 0.0
    amount = _money(abs(freed), rung)
    head = f"Frees {amount}" if freed > 0.0 else f"Ties up {amount} more"
    head = head if abs(freed) >= CENT else "Asks the same"
    parts = list(_parts(rung, before, positions))
    return f"{head}: {', and '.join(parts)}." if parts else f"{head}."


def _parts(rung: Rung, before: Rung, positions: int) -> Iterator[str]:
    """Yield the two parts of what a step frees, where they are known and not nothing."""
    if rung.stand_alone is None or before.stand_alone is None:
        return
    less = before.stand_alone - rung.stand_alone
    if abs(less) >= CENT:
        asks = "the position alone asks" if positions == 1 else "positions alone ask"
        yield f"{asks} {_money(abs(less), rung)} {'less' if less > 0.0 else 'more'}"
    saved, now = before.offsets or 0.0, rung.offsets or 0.0
    if abs(now - saved) >= CENT:
        yield f"{_together(positions)} {_change(saved, now, rung)}"


def _change(saved: float, now: float, rung: Rung) -> str:
    """Return how a saving changed; a negative one is a cost."""
    amount = _money(abs(now - saved), rung)
    if min(saved, now) > -CENT:
        return f"saves {amount} {'more' if now > saved else 'less'}"
    if max(saved, now) < CENT:
        return f"costs {amount} {'more' if now < saved else 'less'}"
    was, does = ("cost", "saves") if now > saved else ("saved", "costs")
    return f"{does} {_money(abs(now), rung)}, where it {was} {_money(abs(saved), rung)}"


def _together(positions: int) -> str:
    return "holding it with the collateral" if positions == 1 else "being together"


def _money(amount: float, rung: Rung) -> str:
    return numbers.money(amount, rung.result.currency if rung.result else "")
