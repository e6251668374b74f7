"""The sentences of the Scenarios page: what decides each requirement, and who loses then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core import Phase, binding_scenarios, deciding
from margin_core.margin.last_bits import CENT
from pages.ui import names, numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core import MarginResult, Outcome

DATE_WORDS = 3  # 18 Dec 2026
NAMED = 2  # positions named as losers


def sentence(result: MarginResult) -> str:
    """Return the headline, Markdown: what decides a rule book's requirement, and who loses then."""
    if result.worst_scenario is None:
        return ""
    found = deciding(result, Phase.OPEN)
    under = f"under {names.short(result)}"
    if found is None:
        return f"Nothing is asked {under}: no scenario loses {_most(result)}."
    if found.scenario is None:
        verb = "weighs most" if found.outweighs else "decides"
        subject = _with("The", found.label)
        return f"{subject} {verb} {under}: no scenario loses {_most(result)}."
    amount = numbers.exact(abs(found.scenario.pnl), result.currency)
    losers = _losers(found.scenario)
    verb = "loses" if len(losers) == 1 else "lose"
    tail = f"; {' and '.join(losers)} {verb} most." if losers else "."
    who = f"{_group(result, found.scenario)} alone" if _several(result) else "the book"
    return f"{_subject(found.scenario)} decides {under}: {who} loses :orange[{amount}]{tail}"


def detail(results: Sequence[MarginResult]) -> str:
    """Return the grey line under the headline, Markdown: what binds each rule book."""
    return " · ".join(_binds(result) for result in results if result.worst_scenario is not None)


def decided(result: MarginResult, phase: Phase) -> str:
    """Return what decides a requirement, as short as it can be said; empty where nothing does."""
    found = deciding(result, phase)
    if found is None:
        return ""
    if found.scenario is None:
        return f"{'Mostly' if found.outweighs else 'Decided by:'} {_lower(found.label)}."
    of = f"{_group(result, found.scenario)} " if _several(result) else ""
    return f"Decided by: {of}{_moves(found.scenario)}."


def ring(result: MarginResult | None, *, drawn: bool) -> str:
    """Return what the ring of the map marks, or that the scenario lies beyond it."""
    if result is None:
        return ""
    if not drawn:
        return f"The worst scenario of {result.title} is none of these moves. "
    return f"Ring: nearest to the worst scenario of {result.title}. "


def array_note(result: MarginResult) -> str:
    """Return what a rule book's scenarios, as a table, are and whether any of them binds."""
    found = deciding(result, Phase.OPEN)
    told = (
        "Every scenario the rule book names, the worst one first; P&L of the group, then of its "
        "classes and positions"
    )
    if found is None or binding_scenarios(result, Phase.OPEN):
        return told
    return f"{told}. None of them binds: what counts is {_with('the', found.label)}"


def _binds(result: MarginResult) -> str:
    found = deciding(result, Phase.OPEN)
    if found is None:
        return f"{result.title} asks nothing"
    if found.scenario is None:
        name = _with("its", found.label)
        return f"{result.title} {'is mostly' if found.outweighs else 'binds at'} {name}"
    amount = numbers.exact(found.scenario.pnl, result.currency)
    of = f"{_group(result, found.scenario)}: " if _several(result) else ""
    return f"{result.title} binds at {numbers.plain(found.scenario.label)} ({of}{amount})"


def _most(result: MarginResult) -> str:
    """Return ``more than`` the largest loss of a group, or ``anything``."""
    loss = max(-outcome.pnl for outcome in result.worst_by_group)
    amount = numbers.exact(max(loss, 0.0), result.currency)
    none = amount == numbers.exact(0.0, result.currency)
    return "anything" if none else f"more than :orange[{amount}]"


def _several(result: MarginResult) -> bool:
    """Return whether groups of the book have worst scenarios of their own."""
    return len(result.worst_by_group) > 1


def _group(result: MarginResult, outcome: Outcome) -> str:
    return numbers.plain(outcome.group or names.short(result))


def _lower(label: str) -> str:
    """Return a name within a sentence; one that begins with an abbreviation stays as it is."""
    return numbers.plain(label[:1].lower() + label[1:] if label[1:2].islower() else label)


def _with(article: str, label: str) -> str:
    """Return a name within a sentence with its article; an abbreviation has none."""
    name = _lower(label)
    return name if name == numbers.plain(label) else f"{article} {name}"


def _moves(outcome: Outcome) -> str:
    """Return the move of a scenario where all move alike, else its name."""
    moves = {(spot, vol) for _, spot, vol in outcome.moves}
    if len(moves) != 1:
        return numbers.plain(outcome.label)
    spot, vol = moves.pop()
    told = f"spot {numbers.percent(spot, signed=True)}" if spot else "spot unchanged"
    return f"{told}, vol {numbers.percent(vol, signed=True)}" if vol else told


def _losers(outcome: Outcome) -> list[str]:
    """Return the instruments that lose most, each by a name without its expiry."""
    lost: dict[str, float] = {}
    for label, pnl in outcome.pnl_by_position:
        instrument = label.partition(" ")[2]
        lost[instrument] = lost.get(instrument, 0.0) + pnl
    worst = sorted(lost, key=lost.__getitem__)[:NAMED]
    return list(dict.fromkeys(_short(each) for each in worst if lost[each] < -CENT))


def _subject(outcome: Outcome) -> str:
    """Return a scenario as the subject of a sentence: ``A fall of 15 %``."""
    moves = {spot for _, spot, _ in outcome.moves}
    if len(moves) != 1 or not min(moves):
        return f"The scenario {numbers.plain(outcome.label)}"
    move = min(moves)
    return f"A {'fall' if move < 0 else 'rise'} of {numbers.percent(abs(move))}"


def _short(instrument: str) -> str:
    """Return an instrument's name without its expiry."""
    words = instrument.split(" ")
    dated = len(words) > DATE_WORDS + 1 and words[-1].isdigit()
    return numbers.plain(" ".join(words[:-DATE_WORDS] if dated else words))
