"""The sentences of the Collateral page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core import CALL, LIQUIDATION, WATCH
from margin_core.margin.last_bits import CENT
from pages.ui import names, numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core import Backing, Counted, MarginResult, Rung, Segregation, Standing, Transfer

FEW = 2  # positions named in a sentence
MOST = 10.0  # a higher ratio is told as more than this


def sentence(climb: Sequence[Rung], chosen: MarginResult) -> str:
    """Return the headline, Markdown: the ladder from its first step to its last."""
    covered = [rung.result for rung in climb if rung.result is not None]
    if len(covered) < 2:  # noqa: PLR2004 - a ladder has two ends
        return f"{names.short(chosen)}: {_pays(chosen)}."
    first, last = covered[0], covered[-1]
    start, end = (rung.capital or 0.0 for rung in climb if rung.result in (first, last))
    before, after = (numbers.money(x, chosen.currency) for x in (start, end))
    amount = names.tinted(after, last.methodology)
    if before == after:
        return f"{names.short(first)} and {names.short(last)} both ask {amount} for this book."
    if end > start:
        return f"{names.short(last)} asks more than {names.short(first)}: {amount}, not {before}."
    return (
        f"From {names.short(first)} to {names.short(last)} the book needs {amount}, not {before}."
    )


def detail(positions: int, held: Sequence[Counted], chosen: MarginResult) -> str:
    """Return the grey line under the headline, Markdown."""
    told = ["1 position" if positions == 1 else f"{positions} positions"]
    if held:
        told.append(numbers.plain(_holdings(held, chosen)))
    told.append(f"{_pays(chosen)} under {names.short(chosen)}")
    return " · ".join(told)


def ladder_title(climb: Sequence[Rung]) -> str:
    """Return the takeaway of the ladder."""
    covered = [rung.result for rung in climb if rung.result is not None]
    capital = [rung.capital for rung in climb if rung.capital is not None]
    if not covered:
        return "No step of the ladder covers this book"
    if len(covered) == 1:
        return f"Of the ladder only {names.short(covered[0])} covers this book"
    first, last = names.short(covered[0]), names.short(covered[-1])
    freed = capital[0] - capital[-1]
    if abs(freed) < CENT:
        return f"{last} asks what {first} asks"
    more = "more" if freed < 0.0 else "less"
    if capital[0] <= 0.0:
        return f"{last} asks {more} than {first}"
    share = numbers.percent(abs(freed) / capital[0], 0)
    if share == numbers.percent(0.0):
        return f"{last} asks hardly {more} than {first}"
    return f"{last} asks {share} {more} than {first}"


def step(rung: Rung, currency: str) -> str:
    """Return what a bracket to this rung says."""
    freed = rung.freed or 0.0
    if abs(freed) < CENT:
        return "asks the same"
    return f"{'frees' if freed > 0.0 else 'ties up'} {numbers.money(abs(freed), currency)}"


def ratio(value: float | None, *, owing: bool = True) -> str:
    """Return a margin ratio; without equity, ``no equity`` where something is owed."""
    if value is None:
        return "no equity" if owing else "nothing owed"
    return f"over {numbers.percent(MOST)}" if value > MOST else numbers.percent(value)


def of(standing: Standing) -> str:
    """Return the margin ratio of a standing."""
    return ratio(standing.ratio, owing=standing.liquidated)


def verdict(found: Standing) -> str:
    """Return in a word where a margin ratio stands."""
    if found.liquidated:
        return "not met"
    if found.ratio is None or found.ratio < WATCH:
        return "met"
    return "call" if found.ratio >= CALL else "watch"


def ratio_title(chosen: MarginResult, *, liquidated: bool) -> str:
    """Return the takeaway of the ratios."""
    name = names.short(chosen)
    if liquidated:
        return f"{name}: the maintenance requirement is not met"
    return f"{name}: maintenance takes {ratio(chosen.margin_ratio, owing=False)} of equity"


def thresholds() -> str:
    """Return what the bands of the ratio mean."""
    return (
        f"Maintenance over equity. Shaded: watch from {numbers.percent(WATCH, 0)}, call from "
        f"{numbers.percent(CALL, 0)} (both ours), liquidated at {numbers.percent(LIQUIDATION, 0)} "
        "(Reg T: called)"
    )


def map_title(cells: Sequence[Standing], now: Standing) -> str:
    """Return the takeaway of the map."""
    missed = sum(cell.liquidated for cell in cells)
    if now.liquidated:
        return "The requirement is not met even now"
    if not missed:
        return "No move shown here breaks the requirement"
    verb = "breaks" if missed == 1 else "break"
    return f"{missed} of the {len(cells)} moves shown {verb} the requirement"


def balances_title(held: Sequence[Counted], chosen: MarginResult) -> str:
    """Return the takeaway of the balances."""
    if not held:
        return "No collateral is held beside the positions"
    text = _holdings(held, chosen)
    return text[:1].upper() + text[1:]


def backing(found: Backing, move: float, currency: str) -> str:
    """Return whether a coin falls together with the positions it backs, Markdown."""
    asset = numbers.plain(" and ".join(found.assets))
    one, fall = len(found.assets) == 1, numbers.percent(abs(move))
    backs, falls = ("backs", "it falls") if one else ("back", "they fall")
    amount = numbers.plain(numbers.money(abs(found.pnl), currency))
    more = [f"{len(found.losing) - FEW} more"] if len(found.losing) > FEW else []
    named = [*(numbers.name(label) for label in found.losing[:FEW]), *more]
    losers = " and ".join(filter(None, (", ".join(named[:-1]), *named[-1:])))
    on = f"on {numbers.plain(found.underlying)}"
    if found.pnl < 0.0:
        alone = found.positions == 1
        lose = f", which loses {amount}" if alone else f". All positions {on} lose {amount}"
        return f"**Wrong-way: {asset}** {backs} {losers}{lose} if {falls} {fall}."
    if losers:
        return (
            f"**{asset}** {backs} {losers}, but all positions {on} together make {amount} if "
            f"{falls} {fall}."
        )
    make = f"the position {on} makes" if found.positions == 1 else f"the positions {on} make"
    return (
        f"**{asset}** {backs} nothing that loses with {'it' if one else 'them'}: {make} {amount} "
        f"if {falls} {fall}."
    )


def venues_title(found: Segregation, currency: str) -> str:
    """Return the takeaway of the venues."""
    if abs(found.cost) < CENT:
        return "Holding this apart costs nothing"
    amount = numbers.money(abs(found.cost), currency)
    if found.cost < 0.0:
        return f"One unified account would tie up {amount} more"
    return f"Holding this apart costs {amount}: one unified account would free it"


def transfer(found: Transfer, currency: str) -> str:
    """Return what to move where, Markdown."""
    amount = numbers.plain(f"{found.amount:,.4g} {found.asset}")
    worth = numbers.plain(numbers.money(found.value, currency))
    source, target = (numbers.plain(name or "no venue") for name in (found.source, found.target))
    return f"Move **{amount}** ({worth}) from {source} to {target}."


def _holdings(held: Sequence[Counted], chosen: MarginResult) -> str:
    value, counts = sum(each.value for each in held), sum(each.counted for each in held)
    full, taken = (numbers.money(x, chosen.currency) for x in (value, counts))
    if value < 0.0:
        return f"balances are a debit of {numbers.money(-value, chosen.currency)}"
    if abs(value - counts) < CENT:
        return f"collateral of {full} counts in full"
    return f"of {full} in collateral {taken} counts"


def _pays(chosen: MarginResult) -> str:
    if chosen.margin_ratio is None:
        owed = chosen.maintenance.amount > 0.0
        return "nothing that counts pays for maintenance" if owed else "no maintenance is asked"
    return f"maintenance takes {ratio(chosen.margin_ratio)} of equity"
