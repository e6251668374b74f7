"""Parts of a list of scenarios that a check might make do with, chosen by their moves alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from margin_core.margin.result import Outcome


@dataclass(frozen=True, slots=True)
class Choice:
    """A name, and the places of the scenarios kept of a list, at least one."""

    name: str
    keep: Callable[[Sequence[Outcome]], Iterable[int]]


def everything(outcomes: Sequence[Outcome]) -> Iterable[int]:
    """Keep the whole list."""
    return range(len(outcomes))


def every(step: int) -> Callable[[Sequence[Outcome]], Iterable[int]]:
    """Return what keeps every ``step``-th price move and both ends, with all their volatilities."""

    def keep(outcomes: Sequence[Outcome]) -> Iterable[int]:
        moves = _price_moves(outcomes)
        return _at(outcomes, (*moves[::step], moves[-1]))

    return keep


def farthest(outcomes: Sequence[Outcome]) -> Iterable[int]:
    """Keep the farthest price move each way and the smallest, with all their volatilities."""
    moves = _price_moves(outcomes)
    return _at(outcomes, (moves[0], min(moves, key=abs), moves[-1]))


def nearest(outcomes: Sequence[Outcome]) -> Iterable[int]:
    """Keep the smallest price move each way and none, each with its smallest volatility move."""
    moves = _price_moves(outcomes)
    falls = [move for move in moves if move < 0.0][-1:]
    rises = [move for move in moves if move > 0.0][:1]
    for move in (*falls, *(move for move in moves if move == 0.0), *rises):
        yield min(_at(outcomes, (move,)), key=lambda i: abs(_moves(outcomes[i])[1]))


CHOICES = (
    Choice("All", everything),
    Choice("Every 2nd price move", every(2)),
    Choice("Every 3rd price move", every(3)),
    Choice("Every 4th price move", every(4)),
    Choice("Farthest moves and none", farthest),
    Choice("Nearest moves and none", nearest),
)


def _moves(outcome: Outcome) -> tuple[float, float]:
    """Return the moves of price and volatility of the first underlying; others move in step.

    Where a rule book's data tell no moves there are none.
    """
    return next(((price, vol) for _, price, vol in outcome.moves), (0.0, 0.0))


def _price_moves(outcomes: Sequence[Outcome]) -> list[float]:
    return sorted({_moves(outcome)[0] for outcome in outcomes})


def _at(outcomes: Sequence[Outcome], moves: Iterable[float]) -> Iterable[int]:
    kept = set(moves)
    return (i for i, outcome in enumerate(outcomes) if _moves(outcome)[0] in kept)
