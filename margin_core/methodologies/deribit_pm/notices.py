"""What the reader must know of a result: dates, inferred rules that it used, what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from margin_core.margin.coin_account import unread_haircuts
from margin_core.margin.last_bits import sign
from margin_core.methodologies.deribit_pm.book import moves
from margin_core.methodologies.deribit_pm.terms import CURRENCY, extended_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.methodologies.deribit_pm.book import Account
    from margin_core.methodologies.deribit_pm.matrix import Matrix
    from margin_core.methodologies.deribit_pm.terms import Params
    from margin_core.risk.marks import Mark

EQUAL = 1e-9  # relative


def notices(
    portfolio: Portfolio,
    held: Sequence[Mark],
    parts: Sequence[Account],
    matrices: Sequence[Matrix],
    p: Params,
) -> Iterator[str]:
    """Yield the warnings of a result; some may repeat."""
    yield from _dates(matrices, p)
    yield from (mark.warning for mark in held if mark.warning)
    yield from _of_collateral(portfolio, parts, p)
    yield from _of_positions(portfolio, p)
    for own in matrices:
        yield from _inferred(own, p)


def _dates(matrices: Sequence[Matrix], p: Params) -> Iterator[str]:
    symbols = dict.fromkeys(own.bucket.symbol for own in matrices)
    dated = [f"{s} as of {p.recorded_on[s]}" for s in symbols if s in p.recorded_on]
    if dated:
        yield f"Parameters of {', '.join(dated)}; Deribit changes them without notice"


def _of_collateral(portfolio: Portfolio, parts: Sequence[Account], p: Params) -> Iterator[str]:
    for part in parts:
        yield from part.collateral.warnings
    if not p.cross:
        return
    yield from unread_haircuts(portfolio.balances, p.haircut, "deribit_pm.haircut")
    counted = parts[0].collateral.counted.parts
    for balance, line in zip(portfolio.balances, counted, strict=True):
        if line.amount and moves(balance, p) is None:
            yield (
                f"{balance.asset} is held at its haircut alone: whether it moves in Deribit's "
                "matrix, or how far, is not published"
            )


def _of_positions(portfolio: Portfolio, p: Params) -> Iterator[str]:
    for position in portfolio.positions:
        if position.isolated_margin is not None:
            yield (
                f"{position.label}: Deribit has no isolated margin, it is margined with the rest"
            )
        if getattr(position.instrument, "quote_currency", None) == CURRENCY and not p.cross:
            yield (
                f"{position.label}: a linear contract quoted in USD settles in the account of "
                + (p.linear_settlement)
            )


def _inferred(own: Matrix, p: Params) -> Iterator[str]:
    """Yield the rules that this bucket used and that are inferred, not published."""
    bucket, name = own.bucket, own.bucket.name
    options = [contract for contract in bucket.contracts if contract.option]
    if options:
        yield (
            "Inferred: option gains become coin at the moved forward, and no time passes in the "
            "matrix"
        )
    if any(c.expiry and c.market.days_to(c.expiry) < p.days_floor for c in options):
        yield f"Inferred: days to expiry count at least {p.days_floor:g} in volatility moves"
    terms = bucket.terms
    if any(
        c.expiry
        and c.market.years_to(c.expiry) * terms.annualised_move_risk > terms.min_annualised_move
        for c in bucket.contracts
    ):
        yield "Inferred: the roll shock of an expiry grows in proportion to the time to it"
    if sign(own.delta_shock.amount):
        yield f"Inferred: which delta of {name} counts for the delta shock, and how it grows"
    far = slice(extended_from(p), None)
    damped = np.min(own.counted, initial=0.0)
    # a future's far cells are those inside
    undamped = np.min(bucket.vector[far], initial=0.0) * (1.0 - EQUAL)
    if sign(float(damped - undamped) * bucket.price) > 0:
        yield f"The dampener of {name}'s extended table is as third parties tell it"
