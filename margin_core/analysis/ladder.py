"""The ladder that the field went through, for one account: what each step frees, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from margin_core.analysis.attribution import Margin, Phase
from margin_core.analysis.contrast import overruled
from margin_core.errors import NotCoveredError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.result import MarginResult
    from margin_core.market.snapshot import Market

CENT = 0.005  # reporting currency: amounts closer than this are one figure


@dataclass(frozen=True, slots=True)
class Rung:
    """One way of margining the account, against the last one before it that covers it.

    ``stand_alone`` is what the positions would need, each in an account of its own; ``freed`` is
    negative where more capital is tied up. Both are None, and ``result`` too, where the account is
    not covered; ``freed`` also on the first rung, ``stand_alone`` also where a position cannot
    be held alone. Amounts are in the reporting currency.
    """

    key: str
    title: str
    result: MarginResult | None
    capital: float | None
    stand_alone: float | None
    freed: float | None
    reason: str

    @property
    def offsets(self) -> float | None:
        """What positions and collateral save by being together; negative is a surcharge."""
        if self.stand_alone is None or self.capital is None:
            return None
        return self.stand_alone - self.capital


def ladder(
    portfolio: Portfolio,
    market: Market,
    margins: Sequence[tuple[str, Margin]],
    phase: Phase = Phase.OPEN,
) -> tuple[Rung, ...]:
    """Return one rung per margin function, in the order given.

    Parameters
    ----------
    portfolio : Portfolio
    market : Market
    margins : sequence of (key, callable)
        From the oldest step to the newest; each a methodology or any function from account and
        market to a result.
    phase : Phase
        Whose capital is compared.

    Returns
    -------
    tuple of Rung
        What a step frees is what its positions alone ask less, and what they save more by being
        together: the two add up to it.
    """
    rungs: list[Rung] = []
    before: Rung | None = None
    for key, margin in margins:
        rung = _rung(key, margin, before, portfolio, market, phase)
        rungs.append(rung)
        before = rung if rung.result is not None else before
    return tuple(rungs)


def _rung(
    key: str,
    margin: Margin,
    before: Rung | None,
    portfolio: Portfolio,
    market: Market,
    phase: Phase,
) -> Rung:
    try:
        result = margin(portfolio, market)
    except NotCoveredError as error:
        title = str(getattr(margin, "title", key))
        return Rung(key, title, None, None, None, None, f"Not covered: {error}")
    capital = phase.capital(result)
    alone = _stand_alone(margin, portfolio, market, phase)
    freed = None if before is None or before.capital is None else before.capital - capital
    rung = Rung(key, result.title, result, capital, alone, freed, "")
    return replace(rung, reason=" ".join(_sentences(rung, before, phase)))


def _stand_alone(
    margin: Margin, portfolio: Portfolio, market: Market, phase: Phase
) -> float | None:
    """Return the capital of the positions, each alone and without collateral."""
    accounts = (replace(portfolio, positions=(p,), balances=()) for p in portfolio.positions)
    try:
        return sum(phase.capital(margin(account, market)) for account in accounts)
    except NotCoveredError:
        return None


def _sentences(rung: Rung, before: Rung | None, phase: Phase) -> Iterator[str]:
    if rung.result is None or rung.capital is None:
        return
    if before is None or rung.freed is None:
        yield _first(rung)
    else:
        yield _step(rung, before, rung.freed)
    worst = rung.result.worst_scenario
    if worst is not None and not overruled(rung.result, phase):
        yield f"The move that decides is {worst.label}."
    now = rung.result.margin_ratio
    then = before.result.margin_ratio if before is not None and before.result is not None else None
    if now is not None and then is not None:
        takes = f"{100.0 * now:.1f} % of what pays for it, {100.0 * then:.1f} % before"
        yield f"Maintenance margin takes {takes}."


def _first(rung: Rung) -> str:
    if rung.offsets is None or abs(rung.offsets) < CENT:
        return f"Asks {rung.capital:,.2f}, the sum of what each position asks alone."
    verb = "saves" if rung.offsets > 0.0 else "costs"
    return (
        f"Asks {rung.capital:,.2f}: each position alone {rung.stand_alone:,.2f} in sum; "
        f"being together {verb} {abs(rung.offsets):,.2f}."
    )


def _step(rung: Rung, before: Rung, freed: float) -> str:
    head = f"Frees {freed:,.2f}" if freed > 0.0 else f"Ties up {-freed:,.2f} more"
    head = head if abs(freed) >= CENT else "Asks the same"
    reasons = list(_reasons(rung, before))
    return f"{head}: {', and '.join(reasons)}." if reasons else f"{head}."


def _reasons(rung: Rung, before: Rung) -> Iterator[str]:
    """Yield the two parts of what a step frees, where they are known and not nothing."""
    if rung.stand_alone is None or before.stand_alone is None:
        return
    less = before.stand_alone - rung.stand_alone
    if abs(less) >= CENT:
        yield f"positions alone ask {abs(less):,.2f} {'less' if less > 0.0 else 'more'}"
    more = (rung.offsets or 0.0) - (before.offsets or 0.0)
    if abs(more) >= CENT:
        yield f"being together saves {abs(more):,.2f} {'more' if more > 0.0 else 'less'}"
