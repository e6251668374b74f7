"""The price of a coin at which an account's maintenance margin meets its margin balance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.margin.coin_account import is_inverse
from margin_core.margin.liquidation_price import within_reach
from margin_core.margin.result import LiquidationPrice
from margin_core.methodologies.deribit_sm.charges import holdings
from margin_core.methodologies.deribit_sm.terms import number
from margin_core.risk.marks import entry_price
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.haircuts import Collateral
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.deribit_sm.terms import Params
    from margin_core.risk.marks import Mark


def liquidation_prices(
    portfolio: Portfolio,
    market: Market,
    marks: Sequence[Mark],
    assets: Collateral,
    balance: float,
    maintenance: float,
    p: Params,
) -> Iterator[LiquidationPrice]:
    """Yield a price of the underlying for each future and perpetual of one account.

    All prices of that coin move by one ratio, those of other coins stand still: Deribit's
    estimated liquidation ratio. There is none for a coin on which options are sold, whose margin
    follows their marks, for an account that is in liquidation already, and in a direction in
    which nothing goes wrong.

    Parameters
    ----------
    portfolio : Portfolio
        The account's positions and balances.
    market : Market
    marks : sequence of Mark
        Of its positions.
    assets : Collateral
        Its balances as counted; without charges of one phase.
    balance, maintenance : float
        Margin balance and maintenance margin, reporting currency.
    p : Params
    """
    if maintenance >= balance or assets.maintenance_charge.amount:
        return
    held = holdings(marks)
    sold = {h.symbol for h in held if isinstance(h.instrument, Option) and h.quantity < 0.0}
    for symbol in dict.fromkeys(h.symbol for h in held):
        if symbol in sold:
            continue
        constant, slope = _worth(symbol, portfolio, market, marks, assets)
        fixed, growing, falling = _owed(symbol, market, marks, p)
        rest = balance - constant - slope
        owed_elsewhere = maintenance - fixed - growing - falling
        ratios = _roots(net([slope, -growing]), constant + rest - fixed - owed_elsewhere, -falling)
        broke = -(constant + rest) / slope if slope else math.nan
        spot = market[symbol].spot
        for mark in marks:
            if mark.position.underlying == symbol and not isinstance(
                mark.position.instrument, Option
            ):
                ratio = _beyond(ratios, down=mark.position.quantity > 0.0)
                if ratio is not None:
                    beyond = broke < ratio < 1.0 or 1.0 < ratio < broke
                    gone = broke if beyond and within_reach(broke) else None
                    yield LiquidationPrice(
                        mark.position.label, spot * ratio, None if gone is None else spot * gone
                    )


def _worth(
    symbol: str, portfolio: Portfolio, market: Market, marks: Sequence[Mark], assets: Collateral
) -> tuple[float, float]:
    """Return ``a`` and ``b`` of what futures and balances on a coin are worth, ``a + b x``.

    ``x`` is its price over today's. An inverse contract is worth ``units (1/entry - 1/(x mark))``
    coins at ``x spot``.
    """
    constants, slopes = [], []
    spot = market[symbol].spot
    for mark in marks:
        position = mark.position
        if position.underlying != symbol or isinstance(position.instrument, Option):
            continue
        entry = entry_price(position, mark.price, portfolio, market)
        if is_inverse(position.instrument):
            slopes.append(position.units * spot / entry)
            constants.append(-position.units * spot / mark.price)
        else:
            slopes.append(position.units * mark.price)
            constants.append(-position.units * entry)
    for held, line in zip(portfolio.balances, assets.counted.parts, strict=True):
        if (held.tracks or held.asset) == symbol:
            slopes.append(line.amount)
    return net(constants), net(slopes)


def _owed(
    symbol: str, market: Market, marks: Sequence[Mark], p: Params
) -> tuple[float, float, float]:
    """Return ``a``, ``b`` and ``c`` of the maintenance margin of futures, ``a + b x + c / x``."""
    constant = slope = falling = 0.0
    spot = market[symbol].spot
    for held in holdings(marks):
        if held.symbol != symbol or isinstance(held.instrument, Option):
            continue
        rate = number("maintenance_rate", symbol, p)
        increment = number("size_increment", symbol, p) * held.coins
        value = held.coins * spot
        if is_inverse(held.instrument):  # worth the same at any price, in fewer coins as it rises
            constant += value * rate
            falling += value * increment
        else:
            slope += value * (rate + increment)
    return constant, slope, falling


def _roots(a: float, b: float, c: float) -> tuple[float, ...]:
    """Return the roots of ``a x + b + c / x``, which is positive at 1, with ``c`` at most 0."""
    if not a:
        return (-c / b,) if b and c else ()
    # b exceeds -a - c, so that there are roots; only rounding can make this negative
    inside = max(b * b - 4.0 * a * c, 0.0)
    q = -0.5 * (b + math.copysign(math.sqrt(inside), b))
    return tuple(root for root in (q / a, c / q if q else 0.0) if root)


def _beyond(ratios: Sequence[float], *, down: bool) -> float | None:
    """Return the root nearest to 1 in one direction, above 0."""
    found = [ratio for ratio in ratios if within_reach(ratio)]
    if down:
        return max((ratio for ratio in found if ratio < 1.0), default=None)
    return min((ratio for ratio in found if ratio > 1.0), default=None)
