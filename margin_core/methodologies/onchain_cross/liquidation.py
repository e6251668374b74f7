"""Where a perpetual is liquidated while the account's other positions stay where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.errors import ParameterError
from margin_core.margin.result import LiquidationPrice
from margin_core.methodologies.onchain_cross.terms import KEY, Prices
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Iterator

    from margin_core.methodologies.onchain_cross.account import Account, CoinMarket
    from margin_core.methodologies.onchain_cross.terms import Params


def liquidation_prices(
    own: Account, equity: float, maintenance: float, p: Params
) -> Iterator[LiquidationPrice]:
    """Yield the price of each perpetual at which equity is down to the maintenance margin.

    Parameters
    ----------
    own : Account
    equity, maintenance : float
        Of the account, dollars.
    p : Params
        Says whether the rule book defines such a price.

    Raises
    ------
    ParameterError
        If it says neither.

    References
    ----------
    dYdX documentation, Liquidations, cross liquidation price:
    p' = (e - s p - MMR of the others) / (|s| MMF - s), here for the factor p' / p.
    """
    if p.liquidation_price not in list(Prices):
        raise ParameterError(
            f"{p.liquidation_price!r} is no definition of a liquidation price",
            where=f"{KEY}.liquidation_price",
            remedy=f"Enter one of {', '.join(Prices)}.",
        )
    if p.liquidation_price == Prices.NOT_DEFINED:
        return
    for held in (each for each in own.markets if each.perpetuals):
        factor = _factor(held, equity, maintenance, p)
        if factor > 0.0:
            for mark in held.perpetuals:
                yield LiquidationPrice(mark.label, mark.price * factor)


def _factor(held: CoinMarket, equity: float, maintenance: float, p: Params) -> float:
    """Return what the perpetual's price is multiplied by there; 0 where no price does it."""
    notional = net(mark.position.units * mark.price for mark in held.perpetuals)
    own = abs(notional) * (p.maintenance_fraction(held.symbol) + p.perp_fee)
    slope = own - notional
    return (equity - notional - (maintenance - own)) / slope if slope else 0.0
