"""The parameters of the risk matrix, coin by coin, and which contracts it covers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.errors import ParameterError
from margin_core.margin.coin_account import (
    not_a_coin_contract,
    quoted_elsewhere,
    settlement,
)
from margin_core.margin.parameters import NOT_PUBLISHED, count, give
from margin_core.margin.refusal import refuse, refuse_currency
from margin_core.risk.scenarios import ScenarioSet, VolRule

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.margin.parameters import Table

CURRENCY = "USD"
CROSS, SEGREGATED = "cross", "segregated"
BOTH, NONE = "both", "none"
DOLLAR_TOKENS = ("USDC", "USDT")


@dataclass(frozen=True, slots=True)
class Params:
    """See ``deribit_pm.toml`` for values, units and sources; the names are Deribit's own."""

    collateral: str
    recorded_on: Table
    price_range: Table
    volatility_range_up: Table
    volatility_range_down: Table
    short_term_vega_power: Table
    long_term_vega_power: Table
    min_volatility_for_shock_up: Table
    extended_table_factor: Table
    m_inc: Table
    delta_total_liq_shock_threshold: Table
    max_delta_shock: Table
    annualised_move_risk: Table
    min_annualised_move: Table
    extended_dampener: Table
    pnl_offset: Table
    max_offsetable_pnl: Table
    equity_side_impact: Table
    moves_as: Table
    haircut: Table
    segregated_assets: tuple[str, ...]
    linear_settlement: str
    mm_factor: float
    buckets_count: float
    extended_moves: tuple[float, ...]
    reference_days: float
    days_floor: float
    settlement_minutes: float
    decimals: float
    spot_margin: Table
    mmp_margin: Table
    open_orders_margin: Table

    @property
    def cross(self) -> bool:
        """Whether one account stands for all; ``ParameterError`` if the word is unknown."""
        if self.collateral not in {CROSS, SEGREGATED}:
            raise ParameterError(
                f"{self.collateral!r} is no kind of collateral",
                where="deribit_pm.collateral",
                remedy=f"Use {CROSS} or {SEGREGATED}.",
            )
        return self.collateral == CROSS


@dataclass(frozen=True, slots=True)
class Coin:
    """One coin's parameters; those of volatility are 0 where no option needs them."""

    price_range: float
    extended_table_factor: float
    m_inc: float
    delta_total_liq_shock_threshold: float
    max_delta_shock: float
    annualised_move_risk: float
    min_annualised_move: float
    extended_dampener: float
    pnl_offset: float
    max_offsetable_pnl: float
    volatility_range_up: float = 0.0
    volatility_range_down: float = 0.0
    short_term_vega_power: float = 0.0
    long_term_vega_power: float = 0.0
    min_volatility_for_shock_up: float = 0.0


NAMES = tuple(field.name for field in fields(Coin))
WITHOUT_OPTIONS = tuple(name for name in NAMES if "vol" not in name and "vega" not in name)


def refuse_uncovered(portfolio: Portfolio, p: Params) -> None:
    """Raise ``NotCoveredError`` for what the rule book or its known parameters leave out."""
    refuse_currency(portfolio, CURRENCY, "its dampener and threshold are")
    refuse(
        portfolio,
        lambda position: (
            not_a_coin_contract(position, portfolio)
            or quoted_elsewhere(position, (CURRENCY, *DOLLAR_TOKENS))
        ),
        "It margins European options, futures and perpetuals on coins, settled in coin, USDC or "
        "USDT.",
    )
    with_options = {q.underlying for q in portfolio.positions if isinstance(q.instrument, Option)}
    unknown = {
        symbol: missing(symbol, p, options=symbol in with_options)
        for symbol in dict.fromkeys(position.underlying for position in portfolio.positions)
    }
    refuse(
        portfolio,
        lambda q: (
            f"not all parameters of {q.underlying} are known" if unknown[q.underlying] else ""
        ),
        give(
            dict.fromkeys(
                f"deribit_pm.{name}.{_entry(name, symbol, p)}"
                for symbol, names in unknown.items()
                for name in names
            )
        ),
    )


def settles_in(position: Position, p: Params) -> str:
    """Return the currency that a contract pays in."""
    quoted = settlement(position, p.linear_settlement)
    return p.linear_settlement if quoted == CURRENCY else quoted


def missing(symbol: str, p: Params, *, options: bool) -> tuple[str, ...]:
    """Return the names of the parameters of a coin that are not published and not given."""
    names = NAMES if options else WITHOUT_OPTIONS
    return tuple(name for name in names if _value(name, symbol, p) == NOT_PUBLISHED)


def coin(symbol: str, p: Params, *, options: bool) -> Coin:
    """Return the parameters of a coin for which nothing is ``missing``.

    Raises
    ------
    ParameterError
        If one of them is no number, or the price range reaches zero.
    """
    names = NAMES if options else WITHOUT_OPTIONS
    found = Coin(**{name: _number(name, symbol, p) for name in names})
    if not 0.0 < found.price_range < 1.0:
        raise ParameterError(
            f"a price range of {found.price_range:g} is none",
            where=f"deribit_pm.price_range.{symbol}",
            remedy="Give a ratio between 0 and 1.",
        )
    return found


def cells(terms: Coin, p: Params) -> ScenarioSet:
    """Return the moves of the matrix: price by price from the lowest, then the extended table.

    Inside a price volatility is down, unchanged and up; an extended cell has it up, and the
    share ``extended_table_factor x price_range / move`` counts.
    """
    steps = count(p.buckets_count, "deribit_pm.buckets_count")
    if any(move <= -1.0 or move == 0.0 for move in p.extended_moves):
        raise ParameterError(
            "the matrix needs extended moves that leave a price",
            where="deribit_pm",
            remedy="Give extended_moves above -1 and not 0.",
        )
    spots = [terms.price_range * k / steps for k in range(-steps, steps + 1)]
    vols = (-terms.volatility_range_down, 0.0, terms.volatility_range_up)
    share = terms.extended_table_factor * terms.price_range
    return ScenarioSet(
        spot_moves=(*(spot for spot in spots for _ in vols), *p.extended_moves),
        vol_moves=(*(vol for _ in spots for vol in vols), *(vols[-1] for _ in p.extended_moves)),
        weights=(
            *(1.0 for _ in spots for _ in vols),
            *(share / abs(move) for move in p.extended_moves),
        ),
        vol_rule=VolRule(
            reference_days=p.reference_days,
            short_power=terms.short_term_vega_power,
            long_power=terms.long_term_vega_power,
            days_floor=p.days_floor,
            vol_floor=0.0,
            up_floor=terms.min_volatility_for_shock_up,
        ),
    )


def published(table: Table, key: str) -> object:
    """Return an entry; ``NOT_PUBLISHED`` where the table has none."""
    return table[key] if key in table else NOT_PUBLISHED  # noqa: SIM401 - a Table has no get


def extended_from(p: Params) -> int:
    """Return the number of cells before the extended table."""
    return 3 * (2 * int(p.buckets_count) + 1)


def _value(name: str, symbol: str, p: Params) -> object:
    table: Table = getattr(p, name)
    return table[_entry(name, symbol, p)]


def _entry(name: str, symbol: str, p: Params) -> str:
    return symbol if symbol in getattr(p, name) else "other"


def _number(name: str, symbol: str, p: Params) -> float:
    value = _value(name, symbol, p)
    if not isinstance(value, int | float):
        raise ParameterError(
            f"{value!r} is no number",
            where=f"deribit_pm.{name}.{symbol}",
            remedy="Give a number, in the parameter's unit.",
        )
    return value
