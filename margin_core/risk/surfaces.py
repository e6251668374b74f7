"""The volatility surface that an account's own options imply for one underlying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.market import volatility
from margin_core.market.volatility import VolPoint
from margin_core.pricing.implied_volatility import VOL_FLOOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.market.snapshot import Market
    from margin_core.market.volatility import Surface
    from margin_core.risk.marks import Mark


def surface(marks: Sequence[Mark], market: Market, underlying: str) -> Surface:
    """Return the surface through the volatilities of the marked options on ``underlying``.

    Options at their expiry, and those whose price carries no volatility, tell nothing and are
    left out; without any other the surface is flat at the underlying's own volatility.

    Raises
    ------
    MarketDataError
        If neither an option nor the underlying gives a volatility.
    """
    points = [
        VolPoint(option.strike, years, mark.volatility, market.forward(underlying, option.expiry))
        for mark in marks
        if isinstance(option := mark.position.instrument, Option)
        and option.underlying == underlying
        and (years := market.years_to(option.expiry)) > 0.0
        and mark.volatility > VOL_FLOOR
    ]
    flat = market[underlying].volatility
    if not points and flat is not None:
        spot = market[underlying].spot
        points = [VolPoint(spot, 1.0, flat, spot)]
    return volatility.surface(points)
