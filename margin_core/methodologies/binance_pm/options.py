"""Margin of European options sold: a share of the index, less what they are out of the money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.margin.figure import Line, given, largest, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.market.snapshot import Market
    from margin_core.risk.marks import Mark


def options_margin(
    label: str, marks: Sequence[Mark], market: Market, ratios: tuple[float, ...], source: str
) -> Line:
    """Return the margin of every option sold; options bought need none.

    ``ratios`` of the index: before what the option is out of the money, and at least.
    """
    sold = (_sold(mark, market, ratios) for mark in marks if mark.position.quantity < 0.0)
    return total(label, *(line for line in sold if line is not None), source=source)


def _sold(mark: Mark, market: Market, ratios: tuple[float, ...]) -> Line | None:
    option = mark.position.instrument
    if not isinstance(option, Option):
        return None
    index, coins = market[option.underlying].spot, abs(mark.position.units)
    away = option.strike - index if option.call else index - option.strike
    base, least = ratios
    risk = largest(
        "Risk part",
        given(
            f"{base:.4g} x index, less out of the money", coins * (base * index - max(away, 0.0))
        ),
        given(f"{least:.4g} x index", coins * least * index),
    )
    return total(mark.label, risk, given("At its mark", coins * mark.price))
