"""What the reader must know of a result: assumptions and what is not taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from margin_core.methodologies.derive_srm.account import Account
    from margin_core.methodologies.derive_srm.terms import Params


def notices(own: Account, p: Params) -> Iterator[str]:
    """Yield the warnings of a result; some may repeat."""
    yield from (mark.warning for mark in own.held if mark.warning)
    yield from own.collateral.warnings
    if own.price_warning and (own.held or own.portfolio.balances):
        yield own.price_warning
    if own.others and own.price != 1.0:
        yield (
            f"Collateral counts as if {p.cash_asset} were at its peg; at {own.price:.6g} it is "
            "worth as much less or more against what is owed"
        )
    for position in own.portfolio.positions:
        if position.isolated_margin is not None:
            yield f"{position.label}: Derive isolates no position, it is margined with the rest"
