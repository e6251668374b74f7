"""Every methodology on one account; one that does not cover it is a row, not a crash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.errors import NotCoveredError
from margin_core.margin.last_bits import by_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.result import MarginResult, Methodology
    from margin_core.market.snapshot import Market


@dataclass(frozen=True, slots=True)
class NotCovered:
    """A methodology that does not margin the account, and why.

    ``reason`` names the first positions, ``positions`` each with its own reason.
    """

    methodology: str
    title: str
    reason: str
    positions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What each methodology asks of one account, in the order of the methodologies."""

    results: tuple[MarginResult, ...]
    not_covered: tuple[NotCovered, ...] = ()

    @property
    def ranked(self) -> tuple[MarginResult, ...]:
        """The results by capital to open, the most demanding first."""
        return tuple(by_size(self.results, lambda result: result.capital_to_open))


def compare(
    portfolio: Portfolio,
    market: Market,
    methodologies: Mapping[str, Methodology],
    parameters: Mapping[str, object] | None = None,
    data: Mapping[str, object] | None = None,
) -> Comparison:
    """Return what each of ``methodologies`` asks of ``portfolio``.

    Parameters
    ----------
    portfolio : Portfolio
    market : Market
    methodologies : mapping of key to Methodology
    parameters : mapping of key to parameters, optional
        Replaces the published parameters of the methodologies it names.
    data : mapping of key to data, optional
        What ``load_data`` read for the methodologies it names.

    Returns
    -------
    Comparison
        One result or one `NotCovered` per methodology.
    """
    chosen, files = parameters or {}, data or {}
    results: list[MarginResult] = []
    refusals: list[NotCovered] = []
    for key, methodology in methodologies.items():
        try:
            results.append(methodology(portfolio, market, chosen.get(key), files.get(key)))
        except NotCoveredError as error:
            refusals.append(NotCovered(key, methodology.title, str(error), error.positions))
    return Comparison(tuple(results), tuple(refusals))
