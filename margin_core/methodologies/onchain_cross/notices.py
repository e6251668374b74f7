"""What the reader must know of a result: assumptions, and what is not taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from margin_core.methodologies.onchain_cross.account import Account, CoinMarket
    from margin_core.methodologies.onchain_cross.terms import Params

ROUNDING = 1e-9  # of a leverage times its fraction


def notices(own: Account, p: Params) -> Iterator[str]:
    """Yield the warnings of a result; some may repeat."""
    yield from (mark.warning for mark in own.held if mark.warning)
    yield from own.collateral.warnings
    for held in own.markets:
        if held.perpetuals:
            yield from _on_perpetual(held, p)
    for position in own.portfolio.positions:
        if position.isolated_margin is not None:
            yield f"{position.label}: its isolated margin is no limit here, all is one pool"


def _on_perpetual(held: CoinMarket, p: Params) -> Iterator[str]:
    fraction = p.fraction("perp_imf", held.symbol) + p.open_interest_increase(held.symbol)
    if held.leverage is not None and held.leverage * fraction > 1.0 + ROUNDING:
        yield (
            f"{held.symbol} perpetual: {held.leverage:.4g}x is more than its market allows; "
            f"{1.0 / fraction:.4g}x is taken"
        )
    if held.symbol in p.open_interest_caps and not p.open_notional[held.symbol]:
        lower, _ = p.caps(held.symbol)
        yield (
            f"{held.symbol} perpetual: the market's open interest is taken as none; from "
            f"{lower:,.0f} dollars on more is asked initially"
        )
