"""The ladder that the field went through, for one account: what each step frees, in two parts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from margin_core.analysis.attribution import Margin, Phase
from margin_core.errors import NotCoveredError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.result import MarginResult
    from margin_core.market.snapshot import Market


@dataclass(frozen=True, slots=True)
class Rung:
    """One way of margining the account, against the last one before it that covers it.

    ``stand_alone`` is what the positions would need, each in an account of its own; ``freed`` is
    negative where more capital is tied up. Both are None, and ``result`` too, where the account is
    not covered; ``freed`` also on the first rung, ``stand_alone`` also where a position cannot
    be held alone. ``refusal`` says why an account is not covered. Amounts are in the reporting
    currency.
    """

    key: str
    title: str
    result: MarginResult | None
    capital: float | None
    stand_alone: float | None
    freed: float | None
    refusal: str = ""

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
        return Rung(key, title, None, None, None, None, str(error))
    capital = phase.capital(result)
    alone = _stand_alone(margin, portfolio, market, phase)
    freed = None if before is None or before.capital is None else before.capital - capital
    return Rung(key, result.title, result, capital, alone, freed)


def _stand_alone(
    margin: Margin, portfolio: Portfolio, market: Market, phase: Phase
) -> float | None:
    """Return the capital of the positions, each alone and without collateral."""
    accounts = (replace(portfolio, positions=(p,), balances=()) for p in portfolio.positions)
    try:
        return sum(phase.capital(margin(account, market)) for account in accounts)
    except NotCoveredError:
        return None
