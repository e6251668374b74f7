"""Methodologies under settings: they run with the parameters chosen, or say what is at fault."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from margin_core.errors import NotCoveredError, ParameterError
from margin_core.margin.values import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.result import MarginResult, Methodology
    from margin_core.margin.settings import Setting, Settings
    from margin_core.market.snapshot import Market

FAILURES = (
    *(ArithmeticError, LookupError, MemoryError),
    *(RuntimeError, StopIteration, TypeError, ValueError),
)


def configured(
    methodologies: Mapping[str, Methodology], chosen: Settings
) -> dict[str, Methodology]:
    """Return the methodologies as they run under settings, their titles saying so.

    One whose parameters give no figure for an account does not cover it.
    """
    return dict(methodologies) | {
        each.methodology: _configured(methodologies[each.methodology], each)
        for each in chosen.chosen
    }


def computed(
    methodology: Methodology,
    chosen: Setting,
    portfolio: Portfolio,
    market: Market,
    data: object = None,
) -> MarginResult:
    """Return the margin of an account under a setting.

    Raises
    ------
    ParameterError
        If the parameters give no figure.
    NotCoveredError, MarketDataError
        As the methodology does.
    """
    with blamed_on(chosen.items):
        return finite(methodology(portfolio, market, chosen.parameters, data))


def finite(result: MarginResult) -> MarginResult:
    """Return the result, if all of its figures are numbers; ``ValueError`` if not."""
    if not all(map(math.isfinite, _figures(result))):
        raise ValueError(f"{result.methodology} gives a figure that is not finite")
    return result


def _figures(result: MarginResult) -> Iterator[float]:
    """Yield every amount of a result: a greatest or least one may hide others below it."""
    yield from (result.capital_to_open, result.capital_to_keep, result.net_liquidation_value)
    lines = [result.initial, result.maintenance, result.equity]
    while lines:
        line = lines.pop()
        yield from (line.amount, line.factor)
        lines += line.parts
    for outcome in (*result.scenarios, *result.worst_by_group):
        yield outcome.pnl
        yield from (pnl for _, pnl in outcome.pnl_by_position)


@contextmanager
def blamed_on(items: Sequence[str]) -> Iterator[None]:
    """Turn a calculation that fails under changed parameters into a fault of the changes.

    A rule book need not foresee every value that a visitor may type, and what it stumbles over
    then differs. What it raised stands as the cause; nothing is caught where nothing is changed.
    """
    try:
        yield
    except FAILURES as error:
        if not items:
            raise
        raise ParameterError(
            f"no figure comes out with {cut(', '.join(items))}",
            remedy="Give values of the size of the published ones.",
        ) from error


def _configured(methodology: Methodology, chosen: Setting) -> Methodology:
    def margin(
        portfolio: Portfolio,
        market: Market,
        published: object,  # noqa: ARG001 - the setting stands in its place
        data: object = None,
    ) -> MarginResult:
        try:
            result = computed(methodology, chosen, portfolio, market, data)
        except ParameterError as error:
            fault = error.fault
            raise NotCoveredError(fault.what, where=fault.where, remedy=fault.remedy) from error
        return replace(result, title=f"{result.title} · {chosen.mark}")

    return replace(methodology, title=f"{methodology.title} · {chosen.mark}", margin=margin)
