"""What the reader must know of a result: inferred terms that it used, what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.margin.coin_account import is_inverse, shortages, unread_haircuts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.methodologies.deribit_sm.accounts import Account
    from margin_core.methodologies.deribit_sm.terms import Params
    from margin_core.risk.marks import Mark


def notices(
    portfolio: Portfolio, held: Sequence[Mark], parts: Sequence[Account], p: Params
) -> Iterator[str]:
    """Yield the warnings of a result; some may repeat."""
    yield from (mark.warning for mark in held if mark.warning)
    for part in parts:
        yield from part.collateral.warnings
    if p.cross:
        yield from _of_collateral(portfolio, p)
    for position in portfolio.positions:
        yield from _of_position(position, p)
    yield from shortages([(part.currency, part.equity, part.initial) for part in parts])


def _of_collateral(portfolio: Portfolio, p: Params) -> Iterator[str]:
    assets = dict.fromkeys(b.asset.upper() for b in portfolio.balances if b.haircut is None)
    if inferred := [asset for asset in assets if asset in p.inferred_haircuts]:
        yield (
            f"Inferred: the haircut of {', '.join(inferred)} is that of recorded accounts under "
            "portfolio margin"
        )
    yield from unread_haircuts(portfolio.balances, p.haircut, "deribit_sm.haircut")


def _of_position(position: Position, p: Params) -> Iterator[str]:
    symbol, instrument = position.underlying, position.instrument
    if position.isolated_margin is not None:
        yield f"{position.label}: Deribit has no isolated margin, it is margined with the rest"
    if isinstance(instrument, Option):
        if position.quantity < 0.0:
            yield from _of_sold(symbol, instrument, p)
    elif symbol in p.inferred_rates:
        yield (
            f"Inferred: {symbol}'s maintenance rate is half of its initial rate, and its size "
            "increment that of portfolio margin"
        )


def _of_sold(symbol: str, option: Option, p: Params) -> Iterator[str]:
    if symbol in p.inferred_option_terms:
        yield f"Not published: the margin of options sold on {symbol}; bitcoin's terms are taken"
    if not is_inverse(option):
        yield (
            "Inferred: a linear option is charged as an inverse one, in money at the index, as "
            "other venues write the rule"
        )
