"""What a named strategy is made of: its numbers, and legs that make positions from them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.instruments import (
    AssetClass,
    Future,
    LpRange,
    Option,
    Perpetual,
    Right,
    Settlement,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import Balance, Position
from margin_core.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

SHARES_PER_OPTION = 100.0
LIQUIDITY_DIGITS = 6
DELIVERING = frozenset(
    {AssetClass.EQUITY, AssetClass.ETF_BROAD, AssetClass.ETF_NARROW, AssetClass.ETN}
)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The numbers a strategy is built from; the book knows no price, so they bring the spot.

    ``quantity`` is in option contracts of 100 shares or of one coin; stock, coins, futures
    and perpetuals are sized to match.
    """

    underlying: Underlying
    spot: float
    step: float  # distance of neighbouring strikes
    near: datetime  # the expiry, or the earlier of two
    far: datetime
    quantity: float = 1.0
    currency: str = "USD"

    @property
    def multiplier(self) -> float:
        """Units of the underlying per option contract."""
        return 1.0 if self.underlying.asset_class is AssetClass.CRYPTO else SHARES_PER_OPTION

    @property
    def units(self) -> float:
        """Units of the underlying that ``quantity`` contracts are on."""
        return self.quantity * self.multiplier

    def strike(self, steps: int) -> float:
        """Return the strike ``steps`` above (below) the one nearest to spot.

        Raises
        ------
        InputError
            If it would not be positive, or the step is not.
        """
        if not self.step > 0.0:
            raise InputError(
                f"strike step {self.step:g} is not positive",
                where="strike step",
                remedy="Enter the distance of neighbouring strikes.",
            )
        strike = round((round(self.spot / self.step) + steps) * self.step, 10)
        if strike <= 0.0:
            raise InputError(
                f"{self.underlying.symbol} at {self.spot:g} has no strike {-steps} steps of "
                f"{self.step:g} below",
                where="strike step",
                remedy="Enter a smaller strike step.",
            )
        return strike


@dataclass(frozen=True, slots=True)
class Strategy:
    """What a template builds: positions, and the cash or coins that belong to them."""

    positions: tuple[Position, ...]
    balances: tuple[Balance, ...] = ()


Leg = Callable[[Inputs], Position | Balance]
Builder = Callable[[Inputs], Strategy]


def _option(right: Right, ratio: float, steps: int, *, far: bool) -> Leg:
    """Return a leg of ``ratio`` options per contract, at the customary style and settlement."""

    def leg(inputs: Inputs) -> Position:
        delivers = inputs.underlying.asset_class in DELIVERING
        option = Option(
            underlying=inputs.underlying.symbol,
            right=right,
            strike=inputs.strike(steps),
            expiry=inputs.far if far else inputs.near,
            style=Style.AMERICAN if delivers else Style.EUROPEAN,
            multiplier=inputs.multiplier,
            settlement=Settlement.PHYSICAL if delivers else Settlement.CASH,
        )
        return Position(option, ratio * inputs.quantity)

    return leg


def call(ratio: float, steps: int, *, far: bool = False) -> Leg:
    """Return a leg of ``ratio`` calls, struck ``steps`` from the money."""
    return _option(Right.CALL, ratio, steps, far=far)


def put(ratio: float, steps: int, *, far: bool = False) -> Leg:
    """Return a leg of ``ratio`` puts, struck ``steps`` from the money."""
    return _option(Right.PUT, ratio, steps, far=far)


def holding(ratio: float) -> Leg:
    """Return a leg of ``ratio`` times the options' units: stock, or coins held as collateral."""

    def leg(inputs: Inputs) -> Position | Balance:
        symbol = inputs.underlying.symbol
        if inputs.underlying.asset_class is AssetClass.CRYPTO:
            return Balance(symbol, ratio * inputs.units)
        return Position(Stock(symbol), ratio * inputs.units)

    return leg


def perpetual(ratio: float) -> Leg:
    """Return a leg of perpetuals, ``ratio`` times the units of the options."""
    return lambda i: Position(Perpetual(i.underlying.symbol), ratio * i.units)


def liquidity(low: int, high: int) -> Leg:
    """Return a leg of liquidity between two strikes, as many steps from the money.

    Below its range it is all coins: as many as the options are on.
    """

    def leg(inputs: Inputs) -> Position:
        lower, upper = inputs.strike(low), inputs.strike(high)
        size = inputs.multiplier / (1.0 / math.sqrt(lower) - 1.0 / math.sqrt(upper))
        held = LpRange(inputs.underlying.symbol, lower, upper, round(size, LIQUIDITY_DIGITS))
        return Position(held, inputs.quantity)

    return leg


def future(ratio: float, *, far: bool = False) -> Leg:
    """Return a leg of futures, ``ratio`` times the units of the options."""
    return lambda i: Position(
        Future(i.underlying.symbol, i.far if far else i.near), ratio * i.units
    )


def cash(steps: int) -> Leg:
    """Return a leg of cash that pays for the options' units at a strike ``steps`` away."""
    return lambda i: Balance(i.currency, i.strike(steps) * i.units)


def of(*legs: Leg) -> Builder:
    """Return a builder of these legs."""

    def builder(inputs: Inputs) -> Strategy:
        made = [leg(inputs) for leg in legs]
        return Strategy(
            tuple(leg for leg in made if isinstance(leg, Position)),
            tuple(leg for leg in made if isinstance(leg, Balance)),
        )

    return builder
