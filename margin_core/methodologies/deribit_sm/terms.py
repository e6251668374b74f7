"""The parameters of standard margin, coin by coin, and which contracts it covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.errors import ParameterError
from margin_core.margin.coin_account import (
    not_a_coin_contract,
    quoted_elsewhere,
    settlement,
)
from margin_core.margin.parameters import NOT_PUBLISHED, give
from margin_core.margin.refusal import refuse

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.margin.parameters import Table

CROSS, SEGREGATED = "cross", "segregated"
DOLLAR, DOLLAR_TOKENS = "USD", ("USDC", "USDT")
RATES = ("initial_rate", "maintenance_rate", "size_increment")
OPTION_TERMS = ("option_initial", "option_initial_floor", "option_maintenance")


@dataclass(frozen=True, slots=True)
class Params:
    """See ``deribit_sm.toml`` for values, units and sources."""

    collateral: str
    initial_rate: Table
    maintenance_rate: Table
    size_increment: Table
    inferred_rates: tuple[str, ...]
    option_initial: Table
    option_initial_floor: Table
    option_maintenance: Table
    inferred_option_terms: tuple[str, ...]
    haircut: Table
    inferred_haircuts: tuple[str, ...]
    segregated_assets: tuple[str, ...]
    linear_settlement: str

    @property
    def cross(self) -> bool:
        """Whether one account stands for all; ``ParameterError`` if the word is unknown."""
        if self.collateral not in {CROSS, SEGREGATED}:
            raise ParameterError(
                f"{self.collateral!r} is no kind of collateral",
                where="deribit_sm.collateral",
                remedy=f"Use {CROSS} or {SEGREGATED}.",
            )
        return self.collateral == CROSS


def refuse_uncovered(portfolio: Portfolio, p: Params) -> None:
    """Raise ``NotCoveredError`` for what the rule book or its known parameters leave out."""
    refuse(
        portfolio,
        lambda position: (
            not_a_coin_contract(position, portfolio)
            or quoted_elsewhere(position, (DOLLAR, *DOLLAR_TOKENS))
        ),
        "It margins European options, futures and perpetuals on coins, settled in coin, USDC or "
        "USDT.",
    )
    refuse(
        portfolio,
        lambda position: _unknown(position, p),
        give(
            dict.fromkeys(
                f"deribit_sm.{name}.{_entry(name, position.underlying, p)}"
                for position in portfolio.positions
                for name in _lacking(position, p)
            )
        ),
    )


def settles_in(position: Position, p: Params) -> str:
    """Return the currency that a contract pays in."""
    quoted = settlement(position, p.linear_settlement)
    return p.linear_settlement if quoted == DOLLAR else quoted


def number(name: str, symbol: str, p: Params) -> float:
    """Return a coin's entry of the table ``name``; ``ParameterError`` if it is no number."""
    value = _value(name, symbol, p)
    if not isinstance(value, int | float):
        raise ParameterError(
            f"{value!r} is no number",
            where=f"deribit_sm.{name}.{symbol}",
            remedy="Give a number, in the parameter's unit.",
        )
    return value


def _unknown(position: Position, p: Params) -> str:
    names = _lacking(position, p)
    return f"no {', '.join(names)} published for {position.underlying}" if names else ""


def _lacking(position: Position, p: Params) -> list[str]:
    names = OPTION_TERMS if isinstance(position.instrument, Option) else RATES
    return [name for name in names if _value(name, position.underlying, p) == NOT_PUBLISHED]


def _value(name: str, symbol: str, p: Params) -> object:
    table: Table = getattr(p, name)
    return table[_entry(name, symbol, p)]


def _entry(name: str, symbol: str, p: Params) -> str:
    return symbol if symbol in getattr(p, name) else "other"
