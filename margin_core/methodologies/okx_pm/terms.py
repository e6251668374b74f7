"""The parameters of OKX's portfolio margin, and what it covers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from margin_core.errors import ParameterError
from margin_core.margin.coin_account import (
    DOLLAR,
    DOLLARS,
    is_inverse,
    not_a_coin_contract,
    settlement,
)
from margin_core.margin.haircuts import NOT_TAKEN, flat, rated
from margin_core.margin.parameters import NOT_PUBLISHED
from margin_core.margin.refusal import refuse, refuse_currency

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.margin.haircuts import Tier
    from margin_core.margin.parameters import Table

KEY = "okx_pm"
OTHER = "other"
NEEDED = {
    "basis_floor": "the least rate of MR4",
    "reduction_rate": "the rate of MR7",
    "reduction_tiers": "what multiplies MR7 by its size",
}


class Known(StrEnum):
    """What is known of a currency's discount."""

    LISTED = "listed"
    FIRST_TIER = "first tier"
    THIRD_PARTY = "third party"
    NOTHING = "nothing"


DISCOUNTS = {  # in the order in which they are asked for a currency
    "discount_rate": Known.LISTED,
    "discount_tiers": Known.LISTED,
    "discount_value_tiers": Known.LISTED,
    "discount_first_tier": Known.FIRST_TIER,
    "discount_third_party": Known.THIRD_PARTY,
}


@dataclass(frozen=True, slots=True)
class Discount:
    """The haircuts of a currency, lowest tier first, and what is known of them."""

    tiers: tuple[Tier, ...]
    known: Known


@dataclass(frozen=True, slots=True)
class Params:
    """See ``okx_pm.toml`` for values, units and sources."""

    majors: tuple[str, ...]
    large: tuple[str, ...]
    spot_moves: Table
    vol_days: tuple[float, ...]
    vol_points: tuple[float, ...]
    vol_percent: tuple[float, ...]
    theta_days: float
    vega_points: float
    basis_per_year: Table
    basis_floor: Table
    rate_shift: float
    extreme_move: Table
    extreme_share: float
    reduction_rate: Table
    reduction_tiers: Table
    depeg_tiers: tuple[float, ...]
    depeg_factors: Table
    depeg_elsewhere: float | str
    initial_factor: float
    borrow_initial: float
    borrow_maintenance: float
    discount_rate: Table
    discount_tiers: Table
    discount_value_tiers: Table
    discount_first_tier: Table
    discount_third_party: Table
    option_initial: tuple[float, ...]
    option_maintenance: Table
    option_tier_factor: float
    option_least: float
    option_fee: float

    def coin_class(self, coin: str) -> str:
        """Return the class of a coin, which has most parameters in common."""
        if coin in self.majors:
            return "majors"
        return "large" if coin in self.large else OTHER

    def entry(self, table: Table, coin: str) -> str:
        """Return the entry of a table that holds for a coin: its own, its class's or ``other``."""
        return next(key for key in (coin, self.coin_class(coin), OTHER) if key in table)

    def of(self, table: Table, coin: str) -> Any:  # noqa: ANN401 - a number or tiers
        """Return the value of a table that holds for a coin."""
        return table[self.entry(table, coin)]


def check(p: Params) -> None:
    """Raise ``ParameterError`` for parameters of a form that nothing can be computed from."""
    if len({len(p.vol_days), len(p.vol_points), len(p.vol_percent)}) != 1 or not p.vol_days:
        raise ParameterError(
            "vol_days, vol_points and vol_percent differ in number",
            where=KEY,
            remedy="Give each the same number of entries.",
        )
    moves = [*(m for _, side in p.spot_moves.entries for m in side), *_values(p.extreme_move)]
    if not all(0.0 < move < 1.0 for move in moves):
        raise ParameterError(
            "a move of the index is not between 0 and 1",
            where=f"{KEY}.spot_moves, {KEY}.extreme_move",
            remedy="Write 0.12 for 12 %.",
        )
    if len(p.option_initial) != 2:  # noqa: PLR2004 - a pair
        raise ParameterError("option_initial is not a pair", where=KEY, remedy="Write [0.1, 0.15].")


def pairs(value: Any, where: str) -> tuple[tuple[float, float], ...]:  # noqa: ANN401 - from a table
    """Return rows of (upper end, number) of a table; one number alone stands for any amount.

    Raises
    ------
    ParameterError
        If a row has not two numbers or the ends do not rise.
    """
    if isinstance(value, float):
        return ((math.inf, value),)
    if not all(isinstance(row, tuple) and len(row) == 2 for row in value) or any(  # noqa: PLR2004
        low[0] >= high[0] for low, high in pairwise(value)
    ):
        raise ParameterError(
            "tiers are not pairs of an upper end and a number, ends rising",
            where=f"{KEY}.{where}",
            remedy="Write [[250000, 1], [500000, 2]].",
        )
    return tuple(value)


def refuse_uncovered(portfolio: Portfolio) -> None:
    """Raise ``NotCoveredError`` for what OKX lists no contract like."""
    refuse_currency(portfolio, DOLLAR, "its tiers are")
    refuse(
        portfolio,
        lambda position: _reason(position, portfolio),
        "It margins listed European options, futures and perpetuals on coins.",
    )


def quoted_in(position: Position) -> str:
    """Return the dollar or the stablecoin that a contract is quoted in."""
    return DOLLAR if is_inverse(position.instrument) else settles_in(position)


def settles_in(position: Position) -> str:
    """Return the currency that profits are paid in."""
    return settlement(position, DOLLAR)


def lacking(coins: Sequence[str], p: Params) -> dict[str, str]:
    """Return from path to use the parameters of coins that nobody published or gave."""
    return {
        f"{KEY}.{name}.{key}": f"{coin}: {what}"
        for coin in coins
        for name, what in NEEDED.items()
        if getattr(p, name)[key := p.entry(getattr(p, name), coin)] == NOT_PUBLISHED
    }


def discount(currency: str, price: Callable[[], float], p: Params) -> Discount:
    """Return the haircuts of a currency by units of it, and where they are from.

    What the reader gave for the currency itself goes first, what OKX announced next, and what was
    given for all others last. ``price`` returns dollars per unit; it is asked only where tiers are
    counted in dollars.

    Raises
    ------
    ParameterError
        If a rate is not from 0 to 1, or tiers do not rise.
    """
    if currency == DOLLAR:
        return Discount(flat(0.0), Known.LISTED)
    entries = [(name, currency, known) for name, known in DISCOUNTS.items()]
    if currency not in p.discount_rate:
        entries.append(("discount_rate", OTHER, Known.LISTED))
    for name, entry, known in entries:
        table: Table = getattr(p, name)
        if entry in table and table[entry] != NOT_PUBLISHED:
            unit = price() if name == "discount_value_tiers" else 1.0
            return Discount(rated(table[entry], f"{KEY}.{name}.{entry}", unit), known)
    return Discount(NOT_TAKEN, Known.NOTHING)


def _reason(position: Position, portfolio: Portfolio) -> str:
    quote = quoted_in(position)
    if quote not in DOLLARS:
        return f"quoted in {quote}, not in one of {', '.join(DOLLARS)}"
    return not_a_coin_contract(position, portfolio)


def _values(table: Table) -> tuple[float, ...]:
    return tuple(value for _, value in table.entries)
