"""A risk unit: every contract on one coin, and the coins held as far as they hedge them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.margin.coin_account import is_inverse
from margin_core.margin.risk_unit import coins_held, hedging_coins
from margin_core.risk.exposures import PERCENT, exposures

if TYPE_CHECKING:
    from datetime import datetime

    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market
    from margin_core.risk.exposures import Exposure
    from margin_core.risk.marks import Mark


@dataclass(frozen=True, slots=True)
class Contract:
    """One position with its sensitivities, in dollars.

    ``slope`` is what it gains per unit of a relative move of the index; ``cash_delta`` the same at
    its own mark, which the charges are taken on; ``notional`` its coins at the index, unsigned.
    """

    mark: Mark
    exposure: Exposure
    slope: float
    cash_delta: float
    notional: float

    @property
    def expiry(self) -> datetime | None:
        """The expiry of an option or a future; None of a perpetual."""
        return getattr(self.mark.position.instrument, "expiry", None)

    @property
    def is_option(self) -> bool:
        """Whether this is an option."""
        return isinstance(self.mark.position.instrument, Option)


@dataclass(frozen=True, slots=True)
class Unit:
    """The contracts on one coin; ``spot_in_use`` holds coins that hedge them, if any do."""

    coin: str
    index: float  # dollars
    contracts: tuple[Contract, ...]
    spot_in_use: Mark | None = None

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Every holding that the stress moves."""
        held = tuple(contract.mark for contract in self.contracts)
        return held if self.spot_in_use is None else (*held, self.spot_in_use)

    @property
    def options(self) -> tuple[Contract, ...]:
        """The options among the contracts."""
        return tuple(contract for contract in self.contracts if contract.is_option)

    @property
    def has_options(self) -> bool:
        """Whether the unit holds an option."""
        return any(contract.is_option for contract in self.contracts)


def units(portfolio: Portfolio, market: Market, marks: tuple[Mark, ...]) -> tuple[Unit, ...]:
    """Return the risk units of the account, in order of appearance.

    Coins are added only against a negative delta of the contracts, and no more than offset it.
    Coins that a balance holds at a haircut of its own are left out.
    """
    contracts: dict[str, list[Contract]] = {}
    for found in exposures(marks, market):
        coin = found.mark.position.underlying
        contracts.setdefault(coin, []).append(_contract(found.mark, found.exposure, market))
    return tuple(
        Unit(coin, market[coin].spot, tuple(held), _spot_in_use(coin, held, portfolio, market))
        for coin, held in contracts.items()
    )


def _contract(mark: Mark, exposure: Exposure, market: Market) -> Contract:
    """Return the contract; a perpetual or a future moves by what the index moves."""
    position = mark.position
    index = market[position.underlying].spot
    coins = position.units
    if is_inverse(position.instrument) and not isinstance(position.instrument, Option):
        coins /= mark.price
    notional = abs(coins) * index
    if isinstance(position.instrument, Option):
        delta = exposure.delta / PERCENT
        return Contract(mark, exposure, delta, delta, notional)
    return Contract(mark, exposure, coins * index, coins * mark.price, notional)


def _spot_in_use(
    coin: str, contracts: list[Contract], portfolio: Portfolio, market: Market
) -> Mark | None:
    index = market[coin].spot
    unsettled = sum(
        contract.mark.value / index
        for contract in contracts
        if is_inverse(contract.mark.position.instrument) and not contract.is_option
    )
    hedged = -sum(contract.slope for contract in contracts) / index
    return hedging_coins(coin, coins_held(coin, portfolio) + unsettled, hedged, index)
