"""One account, or one per settlement currency: its balance and what its instruments need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.margin.coin_account import at_least, by_settlement, haircut_of
from margin_core.margin.figure import Line, given, nonzero, total
from margin_core.margin.haircuts import NOT_TAKEN, collateral, flat
from margin_core.methodologies.deribit_sm.charges import charge, holdings
from margin_core.methodologies.deribit_sm.terms import settles_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.portfolio import Balance, Portfolio
    from margin_core.margin.haircuts import Collateral, Tier
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.deribit_sm.terms import Params
    from margin_core.risk.marks import Mark


@dataclass(frozen=True, slots=True)
class Account:
    """What margins itself: everything with cross collateral, else one settlement currency.

    ``equity`` is the margin balance: futures' unsettled profit and the balances taken.
    """

    currency: str
    portfolio: Portfolio
    marks: tuple[Mark, ...]
    collateral: Collateral
    equity: Line
    initial: Line
    maintenance: Line


def accounts(
    portfolio: Portfolio, market: Market, held: Sequence[Mark], p: Params
) -> tuple[Account, ...]:
    """Return the accounts in order of appearance, with their margin balance and requirements.

    ``held`` are the marks of the positions, in the portfolio's order.
    """
    if p.cross:
        return (_account(portfolio.currency, portfolio, tuple(held), market, p),)
    parts = by_settlement(portfolio, lambda position: settles_in(position, p))
    return tuple(
        _account(
            currency,
            part,
            tuple(mark for mark in held if settles_in(mark.position, p) == currency),
            market,
            p,
        )
        for currency, part in parts.items()
    )


def _account(
    currency: str, part: Portfolio, held: tuple[Mark, ...], market: Market, p: Params
) -> Account:
    assets = collateral(part, market, lambda b: _tiers(b, p), source="insights#haircut")
    charges = [charge(holding, market, p) for holding in holdings(held)]
    unsettled = (
        given(mark.label, mark.value)
        for mark in held
        if not isinstance(mark.position.instrument, Option)
    )
    name = f"{currency} account"
    initial = _asked(
        f"{name}, initial margin", [line for line, _ in charges], assets.initial_charge
    )
    maintenance = _asked(
        f"{name}, maintenance margin", [line for _, line in charges], assets.maintenance_charge
    )
    return Account(
        currency,
        part,
        held,
        assets,
        total(f"{name}, margin balance", *unsettled, assets.counted, source="summary"),
        at_least(initial, maintenance),
        maintenance,
    )


def _asked(label: str, charges: list[Line], phase: Line) -> Line:
    return total(label, *charges, *nonzero(phase))


def _tiers(balance: Balance, p: Params) -> Sequence[Tier]:
    asset = balance.asset.upper()
    if not p.cross:
        return flat(0.0) if asset in p.segregated_assets else NOT_TAKEN
    haircut = haircut_of(asset, p.haircut, "deribit_sm.haircut")
    return NOT_TAKEN if haircut is None else flat(0.0, haircut)
