"""What the reader must know of a result: assumptions, what is not taken, who may be short."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from margin_core.methodologies.derive_pmrm.account import Account
    from margin_core.methodologies.derive_pmrm.terms import Params


def notices(own: Account, p: Params) -> Iterator[str]:
    """Yield the warnings of a result; some may repeat."""
    yield from (mark.warning for mark in own.held if mark.warning)
    yield from own.collateral.warnings
    if own.price_warning and (own.held or own.portfolio.balances):
        yield own.price_warning
    if len(own.books) > 1:
        symbols = " and ".join(held.symbol for held in own.books)
        yield (
            f"{symbols} have a manager and an account each, which offset nothing; "
            f"{p.cash_asset} and other collateral is taken to be where it is needed"
        )
    for position in own.portfolio.positions:
        if position.isolated_margin is not None:
            yield f"{position.label}: portfolio margin isolates nothing, it is margined in full"
    yield from _of_settlement(own)


def _of_settlement(own: Account) -> Iterator[str]:
    for held in own.books:
        for expiry in held.expiries:
            if expiry.fixed:
                yield (
                    f"{held.symbol} {expiry.name} is in its settlement average; the part of the "
                    "forward that is fixed is taken in proportion to the time gone"
                )
