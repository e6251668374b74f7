"""The sentences of the Compare page: what each rule book asks, and what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core import Contrast, Phase, Side, crossings, ranked, shortfall
from pages.ui import names, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from margin_core import BuildUp, Crossing, MarginResult, NotCovered, SpotPoint

WHAT = {Phase.OPEN: "Capital to open", Phase.KEEP: "Capital to keep"}
NAMED = 3  # rule books named in one sentence


def contrast(results: Sequence[MarginResult], phase: Phase) -> Contrast | None:
    """Return the two rule books that the headline sets against each other.

    They are the first known pair that both cover the book, else the least and the most demanding
    of the published ones, else of all; None where fewer than two cover it.
    """
    covered = {result.methodology: result for result in results}
    for chosen, other in names.PAIRS:
        if chosen in covered and other in covered:
            return Contrast(covered[chosen], covered[other], phase)
    published = [result for result in results if result.methodology not in names.HOUSE]
    for group in (published, results):
        if len(group) > 1:
            most, *_, least = ranked(group, phase)
            return Contrast(least, most, phase)
    return None


def sentence(results: Sequence[MarginResult], phase: Phase) -> str:
    """Return the headline, Markdown: what the book costs, at best and by the other rule book."""
    if not results:
        return "No rule book here covers this whole book."
    found = contrast(results, phase)
    if found is None:
        (only,) = results
        amount = names.tinted(_money(phase.capital(only), only), only.methodology)
        return f"{names.short(only)} asks {amount} for this book."
    chosen, other = names.short(found.chosen), names.short(found.other)
    amount = names.tinted(_money(found.capital, found.chosen), found.chosen.methodology)
    against = _money(found.other_capital, found.other)
    if found.same:
        return f"{chosen} and {other} both ask {amount} for this book."
    if found.freed < 0.0:
        return f"{chosen} asks more: {amount}, against {against} under {other}."
    return f"{chosen} asks {amount}. {other} asks {against} for the same book."


def detail(results: Sequence[MarginResult], phase: Phase) -> str:
    """Return the grey line under the headline, Markdown."""
    if not results:
        return "The reasons are listed below. A book held at one venue is covered by its rule book."
    found = contrast(results, phase)
    told = [_freed(found)] if found else ["No other rule book here covers it."]
    worst = (found.chosen if found else results[0]).worst_scenario
    if worst is not None and worst.pnl < 0.0:
        told.append(f"Decided by: {numbers.plain(worst.label)}.")
    told.append(_short_by(results, phase))
    return " ".join(filter(None, told))


def bars_title(results: Sequence[MarginResult], phase: Phase) -> str:
    """Return the takeaway of the requirement bars."""
    most, *_, least = (first := ranked(results, phase)[0], *ranked(results, phase)[1:], first)[:-1]
    if len(results) == 1:
        return f"One rule book covers this book: {_money(phase.capital(most), most)}"
    low, high = _money(phase.capital(least), least), _money(phase.capital(most), most)
    return f"Same book, {_count(len(results))} rule books: from {low} to {high}"


def refusals(not_covered: Sequence[NotCovered]) -> str:
    """Return who does not cover the book and why, Markdown; those of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for refusal in not_covered:
        reason = refusal.reason.removeprefix("positions: ")
        name = names.SHORT.get(refusal.methodology, refusal.title)
        by_reason.setdefault(reason, []).append(name)
    return " · ".join(
        f"{numbers.plain(', '.join(members))} ({numbers.plain(reason)})"
        for reason, members in by_reason.items()
    )


def profile_title(
    profiles: Mapping[str, Sequence[SpotPoint]], where: Callable[[float], str]
) -> str:
    """Return the takeaway of requirement against spot; ``profiles`` by short name."""
    already = [name for name, points in profiles.items() if _liquidated_now(points)]
    if already:
        return f"{_listed(already)} would liquidate at today's spot"
    told = {name: _sides(crossings(points), where) for name, points in profiles.items()}
    hit = {name: words for name, words in told.items() if words}
    if not hit:
        return "No rule book would liquidate within 40 % of today's spot"
    name, words = next(iter(hit.items()))
    others = list(hit)[1:]
    safe = [other for other in told if other not in hit]
    title = f"{name} would liquidate {words}"
    if others:
        return f"{title}; {_listed(others)} too"
    return f"{title}; {_listed(safe)} nowhere" if safe else title


def build_up_title(built: BuildUp, currency: str) -> str:
    """Return the takeaway of the build-up."""
    saved = built.saved
    if saved is None or abs(saved) < 0.005:  # noqa: PLR2004 - less than would be printed
        return "Positions cost what they cost on their own"
    if saved > 0.0:
        return f"Offsets cut {numbers.percent(saved, 0)} of the stand-alone sum"
    more = numbers.money(built.requirement - built.stand_alone_sum, currency)
    return f"Together the positions cost {more} more than alone"
