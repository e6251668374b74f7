"""The sentences of the Scenarios page: what decides each requirement, and who loses then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core import Phase, overruled
from pages.ui import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core import MarginResult, Outcome

DATE_WORDS = 3  # 18 Dec 2026
NAMED = 2  # positions named as losers


def sentence(result: MarginResult) -> str:
    """Return the headline, Markdown: the scenario or the minimum that decides, and who loses."""
    worst = result.worst_scenario
    if worst is None:
        return ""
    amount = numbers.exact(abs(worst.pnl), result.currency)
    loses = worst.pnl < 0 and amount != numbers.exact(0.0, result.currency)
    least = overruled(result, Phase.OPEN)
    if least:
        most = f"more than :orange[{amount}]" if loses else "anything"
        return f"The {_lower(least)} decides: no scenario loses {most}."
    losers = [_short(name) for name, pnl in _worst_first(worst)[:NAMED] if pnl < 0]
    verb = "loses" if len(losers) == 1 else "lose"
    tail = f"; {' and '.join(losers)} {verb} most." if losers else "."
    several = len(result.worst_by_group) > 1
    who = f"{numbers.plain(worst.group)} alone" if several and worst.group else "the book"
    told = f"{who} loses :orange[{amount}]" if loses else f"{who} makes {amount}"
    return f"{_subject(worst)} decides: {told}{tail}"


def detail(results: Sequence[MarginResult]) -> str:
    """Return the grey line under the headline, Markdown: what binds each rule book."""
    return " · ".join(filter(None, map(_binds, results)))


def _binds(result: MarginResult) -> str:
    worst = result.worst_scenario
    if worst is None:
        return ""
    if least := overruled(result, Phase.OPEN):
        return f"{result.title} binds at its {_lower(least)}"
    amount = numbers.exact(worst.pnl, result.currency)
    return f"{result.title} binds at {numbers.plain(worst.label)} ({amount})"


def _lower(label: str) -> str:
    return numbers.plain(label[:1].lower() + label[1:])


def _worst_first(outcome: Outcome) -> list[tuple[str, float]]:
    return sorted(outcome.pnl_by_position, key=lambda pair: pair[1])


def _subject(outcome: Outcome) -> str:
    """Return a scenario as the subject of a sentence: ``A fall of 15 %``."""
    moves = {spot for _, spot, _ in outcome.moves}
    if len(moves) != 1 or not min(moves):
        return f"The scenario {numbers.plain(outcome.label)}"
    move = min(moves)
    return f"A {'fall' if move < 0 else 'rise'} of {numbers.percent(abs(move))}"


def _short(label: str) -> str:
    """Return a position's label without its quantity and its expiry."""
    words = label.split(" ")
    dated = len(words) > DATE_WORDS + 2 and words[-1].isdigit()
    return numbers.plain(" ".join(words[1:-DATE_WORDS] if dated else words[1:]))
