"""What rule books that margin a coin's contracts as one unit share: its stress, its own coins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import Stock
from margin_core.book.portfolio import Position
from margin_core.margin.figure import Line, floored, given, largest, total
from margin_core.margin.last_bits import sign, worst
from margin_core.margin.result import Outcome
from margin_core.risk.marks import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.pricing.black import FloatArray


def coins_held(coin: str, portfolio: Portfolio) -> float:
    """Return the net coins of all balances but those held at a haircut of their own."""
    return sum(
        balance.amount
        for balance in portfolio.balances
        if balance.asset.upper() == coin and (balance.haircut is None or balance.amount <= 0.0)
    )


def hedging_coins(coin: str, held: float, hedged: float, index: float) -> Mark | None:
    """Return the coins that offset the contracts' delta, in dollars at ``index``; None without any.

    Parameters
    ----------
    coin : str
    held : float
        Coins of the account.
    hedged : float
        Coins that the contracts are short of; negative where they are long.
    index : float
        Dollars per coin.
    """
    coins = min(held, hedged)
    if sign(coins * index) <= 0:
        return None
    return Mark(Position(Stock(coin), coins), index, 0.0, coins * index, asset=coin)


def outcome(
    coin: str,
    label: str,
    move: tuple[float, float],
    marks: Sequence[Mark],
    pnl: FloatArray,
) -> Outcome:
    """Return what a scenario does to a unit: ``move`` of price and volatility, P&L by holding."""
    whole = float(pnl.sum())
    return Outcome(
        label,
        ((coin, *move),),
        whole,
        ((coin, whole),),
        coin,
        tuple(zip((mark.label for mark in marks), pnl.tolist(), strict=True)),
    )


def worst_loss(
    label: str, among: str, outcomes: Sequence[Outcome], source: str
) -> tuple[Line, Outcome]:
    """Return the largest loss, never a gain, and its scenario, which is opened to the holdings."""
    binding = worst(outcomes)
    lines = (
        total(each.label, *(given(name, 0.0 - pnl) for name, pnl in each.pnl_by_position))
        if place == binding
        else given(each.label, 0.0 - each.pnl)
        for place, each in enumerate(outcomes)
    )
    line = floored(label, largest(among, *lines), source=source)
    return line, outcomes[binding]
