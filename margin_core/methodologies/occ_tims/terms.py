"""What the rule is made of: its parameters, whom it covers, and how far each price moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import (
    AssetClass,
    Future,
    LpRange,
    MarginType,
    Option,
    Perpetual,
)
from margin_core.errors import ParameterError
from margin_core.margin.parameters import count
from margin_core.margin.refusal import refuse, refuse_currency
from margin_core.risk.scenarios import ScenarioSet, grid

if TYPE_CHECKING:
    from margin_core.book.instruments import Underlying
    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.margin.parameters import Table

HIGH_CAPITALIZATION = "high_capitalization_index"
OTHER_BROAD = "other_broad_index"
EQUITY = "equity"
VOLATILITY_INDEX = "volatility_index"
CURRENCY = "USD"
KINDS = (HIGH_CAPITALIZATION, OTHER_BROAD, EQUITY, VOLATILITY_INDEX)


@dataclass(frozen=True, slots=True)
class Params:
    """See ``occ_tims.toml`` for values, units and sources."""

    ranges: Table
    volatility_index_range: tuple[float, ...]
    points_per_side: float
    grid: str
    smile: str
    contract_minimum: float
    cap_long_minimum: bool
    product_offsets: Table
    portfolio_groups: Table
    portfolio_offsets: Table
    minimum_equity: float
    minimum_equity_unmonitored: float
    minimum_equity_unlisted: float
    initial_factor: float
    house_ranges: Table
    house_volatility_move: float
    concentrated_names: float
    concentrated_move: float
    other_move: float
    large_position_share: float
    large_position_charge: float
    shares_outstanding: Table
    deviations: float
    daily_deviations: Table
    small_company_value: float
    small_company_shares: Table


def refuse_uncovered(portfolio: Portfolio, p: Params) -> None:
    """Raise ``NotCoveredError`` for a portfolio with a position that the rule does not margin."""
    refuse_currency(portfolio, CURRENCY, "its minimums are")
    refuse(
        portfolio,
        lambda position: _not_covered(position, portfolio, p),
        "It margins US stocks, funds, indices and the options and futures on them.",
    )


def kind(underlying: Underlying, portfolio: Portfolio) -> str:
    """Return which of the rule's ranges applies: that of the index a fund follows, if known."""
    followed = next((u for u in portfolio.underlyings if u.symbol == underlying.index), underlying)
    match followed.asset_class:
        case AssetClass.INDEX_BROAD | AssetClass.ETF_BROAD:
            return HIGH_CAPITALIZATION if followed.high_capitalization else OTHER_BROAD
        case AssetClass.INDEX_VOLATILITY:
            return VOLATILITY_INDEX
        case _:
            return EQUITY


def span(underlying: Underlying, portfolio: Portfolio, p: Params) -> tuple[float, float]:
    """Return how far the rule moves ``underlying``, down and up, leverage included."""
    name = kind(underlying, portfolio)
    if name == VOLATILITY_INDEX:
        ends = ends_of(p.volatility_index_range, "volatility_index_range")
    else:
        ends = ends_of(p.ranges[name], "ranges")
    return leveraged(ends, underlying)


def leveraged(ends: tuple[float, float], underlying: Underlying) -> tuple[float, float]:
    """Return a range times the factor of a leveraged fund, whichever way the fund moves."""
    low, high = ends
    return low * abs(underlying.leverage), high * abs(underlying.leverage)


def scenarios(
    underlying: Underlying,
    ends: tuple[float, float],
    p: Params,
    vol_moves: tuple[float, ...] = (0.0,),
) -> ScenarioSet:
    """Return the simulated prices of ``underlying`` for each volatility move.

    They stand in the order of its index, from the lowest up: an inverse fund begins with its
    highest price, so that at each point it pays for what really gains or loses with it.
    """
    moves = points(*ends, p)
    return grid(moves[::-1] if inverse(underlying) else moves, vol_moves)


def ends_of(span: object, where: str) -> tuple[float, float]:
    """Return the two ends of a range; ``ParameterError`` if it has not two."""
    match span:
        case (float() as low, float() as high):
            return low, high
        case _:
            raise ParameterError(
                f"{span!r} is no range",
                where=where,
                remedy="Give a fall and a rise: [-0.15, 0.15].",
            )


def inverse(underlying: Underlying) -> bool:
    """Return whether a fund rises where its index falls."""
    return underlying.leverage < 0.0


def points(low: float, high: float, p: Params) -> tuple[float, ...]:
    """Return the relative moves of the ten points between ``low`` (< 0) and ``high`` (> 0).

    Raises
    ------
    ParameterError
        If the range would not hold the current price or reaches a price of zero, or the grid is
        unknown.

    References
    ----------
    OCC, Risk-Based Haircuts: "plus and minus price moves at ten equidistant data points".
    """
    if not -1.0 < low < 0.0 < high:
        raise ParameterError(
            f"a range from {low:+.0%} to {high:+.0%} is none",
            where="ranges",
            remedy="Give a fall between 0 and -100 % and a rise above 0, leverage included.",
        )
    side = count(p.points_per_side, "points_per_side")
    match p.grid:
        case "two_sided":
            falls = [low * step / side for step in range(side, 0, -1)]
            return (*falls, *(high * step / side for step in range(1, side + 1)))
        case "even":
            return tuple(np.linspace(low, high, 2 * side).tolist())
        case _:
            raise ParameterError(
                f"no grid {p.grid!r}", where="grid", remedy="Use two_sided or even."
            )


def _not_covered(position: Position, portfolio: Portfolio, p: Params) -> str:
    """Return why the rule does not margin ``position``; empty if it does."""
    instrument = position.instrument
    underlying = portfolio.underlying(position.underlying)
    if isinstance(instrument, Perpetual):
        return "a perpetual"
    if isinstance(instrument, LpRange):
        return "liquidity in a range"
    if underlying.asset_class in {AssetClass.CRYPTO, AssetClass.COMMODITY}:
        return f"a {underlying.asset_class} product"
    if isinstance(instrument, Option | Future) and instrument.margin_type is MarginType.INVERSE:
        return "an inverse contract"
    if kind(underlying, portfolio) == VOLATILITY_INDEX and not p.volatility_index_range:
        return (
            "the range of volatility indices is not public (parameter volatility_index_range sets "
            "one)"
        )
    return ""
