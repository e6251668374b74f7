"""The sentences of the Compare page: what each rule book asks, and what that means."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING

from margin_core import (
    Contrast,
    Phase,
    Side,
    crossings,
    ranked,
    shortfall,
)
from margin_core.margin.last_bits import CENT
from pages.ui import names, numbers, rule_words, scenario_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from margin_core import BuildUp, Change, Crossing, MarginResult, NotCovered, SpotPoint

WHAT = {Phase.OPEN: "Capital to open", Phase.KEEP: "Capital to keep"}
NAMED = 3  # rule books named in one sentence
FEW = 2  # rule books whose reasons are told beside the chart
REASON = 72  # characters of such a reason
WITHIN = "40 %"  # of today's spot, how far the profile goes
HALF = 0.5


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
    first = found.chosen if found else results[0]
    told = [_freed(found)] if found else ["No other rule book here covers it."]
    told += [scenario_words.decided(first, phase), _short_by(results, phase)]
    return " ".join(filter(None, told))


def bars_title(results: Sequence[MarginResult], phase: Phase, *, of_equity: bool = False) -> str:
    """Return the takeaway of the requirement bars, in money or in percent of equity."""
    tell, unit = (_share, " of equity") if of_equity else (_money, "")
    amounts = [tell(phase.capital(result), result) for result in ranked(results, phase)]
    if len(amounts) == 1:
        return f"One rule book covers this book: {amounts[0]}{unit}"
    span = f"from {amounts[-1]} to {amounts[0]}{unit}"
    if amounts[-1] == amounts[0]:
        span = f"{amounts[0]}{unit} by each"
    return f"Same book, {_count(len(amounts))} rule books: {span}"


def refusals(not_covered: Sequence[NotCovered]) -> str:
    """Return who does not cover the book, Markdown, and shortly why where they are few."""
    told = [names.SHORT.get(refusal.methodology, refusal.title) for refusal in not_covered]
    if len(told) > FEW:
        return f"{numbers.plain(', '.join(told))} (why: in the table)"
    reasons = [
        shorten(
            rule_words.here(refusal.reason).removeprefix("positions: "), REASON, placeholder="…"
        )
        for refusal in not_covered
    ]
    return " · ".join(
        numbers.plain(f"{name} ({reason})") for name, reason in zip(told, reasons, strict=True)
    )


def profile_title(
    profiles: Mapping[str, Sequence[SpotPoint]],
    where: Callable[[float], str],
    undrawn: Mapping[str, bool],
) -> str:
    """Return the takeaway of requirement against spot.

    ``profiles`` are those drawn, by short name; ``undrawn`` says of the other rule books whether
    each would liquidate today.
    """
    already = [name for name, points in profiles.items() if _liquidated_now(points)]
    already += [name for name, liquidated in undrawn.items() if liquidated]
    if already:
        return f"{_listed(already)} would liquidate at today's spot"
    hit = {name: found for name, points in profiles.items() if (found := crossings(points))}
    if not hit:
        drawn = " drawn here" if undrawn else ""
        return f"No rule book{drawn} would liquidate within {WITHIN} of today's spot"
    first = min(hit, key=lambda name: min(abs(crossing.move) for crossing in hit[name]))
    sides = _sides(hit[first], where)
    if len(hit) > 1:
        drawn = " drawn here" if undrawn else ""
        return f"{first} would be the first{drawn} to liquidate, {sides}"
    safe = [name for name in profiles if name not in hit]
    told = f"; {_listed(safe)} not within {WITHIN}" if safe else ""
    return f"{first} would liquidate {sides}{told}"


def build_up_title(built: BuildUp) -> str:
    """Return the takeaway of the build-up."""
    one = len(built.stand_alone) == 1
    saved = built.stand_alone_sum - built.requirement
    if abs(saved) < CENT:
        same = "Together the positions cost what they cost alone"
        return "One position: nothing offsets it" if one else same
    part = "" if built.saved is None else f"{_part(abs(built.saved))} "
    if part and saved > 0.0 and not one:
        return f"Offsets cut {part}of the stand-alone sum"
    whole = "With its collateral the position costs" if one else "Together the positions cost"
    return f"{whole} {part}{'less' if saved > 0.0 else 'more'} than alone"


def change_title(found: Sequence[Change], chosen: MarginResult) -> str:
    """Return the takeaway of the change since the baseline, of the chosen rule book."""
    change = next(change for change in found if change.methodology == chosen.methodology)
    name = names.short(chosen)
    if change.difference is None:
        return f"{name} does not cover the pinned book"
    amount = _money(abs(change.difference), chosen)
    if amount == _money(0.0, chosen):
        return f"{name} asks what it asked of the pinned book"
    return f"{name} asks {amount} {'more' if change.difference > 0.0 else 'less'} than before"


def _freed(found: Contrast) -> str:
    if found.same:
        return "Neither frees anything against the other."
    amount = _money(abs(found.freed), found.chosen)
    share = "" if found.share is None else f" ({numbers.percent(abs(found.share))})"
    if found.freed < 0.0:
        return f"It ties up **{amount}** more{share}."
    known = (found.chosen.methodology, found.other.methodology) in names.PAIRS
    if known and _hedged(found.chosen):
        return f"The hedges free **{amount}**{share}."
    return f"{'It' if known else 'The choice'} frees **{amount}**{share}."


def _part(fraction: float) -> str:
    """Return a fraction as percent that is neither nothing nor all of it unless it is."""
    for digits in (0, 1):
        told = numbers.percent(fraction, digits)
        if told not in {numbers.percent(0.0), numbers.percent(1.0)} or fraction == 1.0:
            return told
    return "over 99.9 %" if fraction > HALF else "under 0.1 %"


def _hedged(result: MarginResult) -> bool:
    """Return whether in some scenario one position gains what another loses a part of."""
    return any(
        min(pnl, default=0.0) < -CENT and max(pnl, default=0.0) > CENT
        for pnl in ([each for _, each in o.pnl_by_position] for o in result.scenarios)
    )


def _short_by(results: Sequence[MarginResult], phase: Phase) -> str:
    """Return which rule books the account does not meet, and by how much."""
    told = _listed(
        [
            f"**{_money(shortfall(result, phase), result)}** under {names.short(result)}"
            f"{_uncounted(result)}"
            for result in ranked(results, phase)
            if shortfall(result, phase) > 0.0
        ]
    )
    return f"Short by {told}." if told else ""


def _uncounted(result: MarginResult) -> str:
    """Return what explains a shortfall of an account worth enough: collateral not counted."""
    if result.collateral_not_counted <= shortfall(result, Phase.KEEP):
        return ""
    return f" (which leaves {_money(result.collateral_not_counted, result)} uncounted)"


def _sides(found: Sequence[Crossing], where: Callable[[float], str]) -> str:
    """Return where liquidation begins, nearest to today: ``below 73.60 or above 126.30``."""
    falls = [crossing.move for crossing in found if crossing.side is Side.BELOW]
    rises = [crossing.move for crossing in found if crossing.side is Side.ABOVE]
    told = [f"below {where(max(falls))}"] if falls else []
    told += [f"above {where(min(rises))}"] if rises else []
    return " or ".join(told)


def _liquidated_now(points: Sequence[SpotPoint]) -> bool:
    return min(points, key=lambda point: abs(point.move)).liquidated


def _listed(words: Sequence[str]) -> str:
    """Return words as people list them, at most a few by name; empty for none."""
    if len(words) > NAMED:
        words = (*words[: NAMED - 1], f"{len(words) - NAMED + 1} more")
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _count(count: int) -> str:
    few = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return few[count] if count < len(few) else str(count)


def _money(amount: float, result: MarginResult) -> str:
    return numbers.money(amount, result.currency)


def _share(amount: float, result: MarginResult) -> str:
    return numbers.share(amount, result.net_liquidation_value)
