"""The parameters of Bybit's portfolio margin, what it covers, and what collateral counts for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from margin_core.errors import ParameterError
from margin_core.margin.coin_account import DOLLAR, is_inverse, not_in_dollars, settlement
from margin_core.margin.haircuts import NOT_TAKEN, rated
from margin_core.margin.parameters import NOT_PUBLISHED, count
from margin_core.margin.refusal import refuse, refuse_currency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.margin.haircuts import Tier
    from margin_core.margin.parameters import Table

KEY = "bybit_pm"
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Params:
    """See ``bybit_pm.toml`` for values, units and sources."""

    majors: tuple[str, ...]
    spot_range: Table
    spot_points: float
    vol_up: float
    vol_down: float
    spot_hedging: bool
    short_option_rate: Table
    vega_spread_rate: Table
    stable_spread_rate: float | str
    basis_rate: Table
    contract_rate: Table
    initial_factor: Table
    borrow_maintenance: float | str
    borrow_initial: float | str
    collateral_ratio: Table
    option_maintenance: Table
    option_initial: tuple[float, ...]
    option_liquidation_fee: float
    option_taker_fee: float | str
    option_fee_cap: float

    def entry(self, name: str, coin: str) -> tuple[str, Any]:
        """Return (path, value) of a parameter for a coin: its own, its class's or ``other``."""
        value = getattr(self, name)
        if isinstance(value, float | str):
            return f"{KEY}.{name}", value
        kind = "majors" if coin in self.majors else OTHER
        key = next(key for key in (coin, kind, OTHER) if key in value)
        return f"{KEY}.{name}.{key}", value[key]

    def of(self, name: str, coin: str) -> float | None:
        """Return the number of a parameter for a coin; None where it is not published."""
        _, value = self.entry(name, coin)
        return None if value == NOT_PUBLISHED else float(value)


def check(p: Params) -> None:
    """Raise ``ParameterError`` for parameters of a form that nothing can be computed from."""
    reaches = [reach for _, reach in p.spot_range.entries if isinstance(reach, float)]
    if not all(0.0 < move < 1.0 for move in (*reaches, p.vol_down)) or p.vol_up <= 0.0:
        raise ParameterError(
            "a range of the stress is not between 0 and 1",
            where=f"{KEY}.spot_range, {KEY}.vol_up, {KEY}.vol_down",
            remedy="Write 0.1 for 10 %.",
        )
    points = count(p.spot_points, f"{KEY}.spot_points")
    if points < 3 or p.spot_points % 2 != 1:  # noqa: PLR2004 - two ends and today's price
        raise ParameterError(
            f"{p.spot_points:g} prices do not have today's in their middle",
            where=f"{KEY}.spot_points",
            remedy="Give an odd number from 3.",
        )
    if len(p.option_initial) != 2:  # noqa: PLR2004 - a pair
        raise ParameterError("option_initial is not a pair", where=KEY, remedy="Write [0.15, 0.1].")


def refuse_uncovered(portfolio: Portfolio) -> None:
    """Raise ``NotCoveredError`` for what Bybit lists no contract like."""
    refuse_currency(portfolio, DOLLAR, "its accounts are counted")
    refuse(
        portfolio,
        lambda position: not_in_dollars(position, portfolio),
        "It margins listed European options in dollars, futures and perpetuals on coins.",
    )


def quoted_in(position: Position) -> str:
    """Return the dollar or stablecoin that a contract is quoted in, or that it is inverse."""
    return "inverse" if is_inverse(position.instrument) else settlement(position, DOLLAR)


def collateral_tiers(asset: str, p: Params) -> Sequence[Tier]:
    """Return the haircuts of an asset by coins; ``NOT_TAKEN`` where no ratio is known.

    Raises
    ------
    ParameterError
        If a ratio is not from 0 to 1, or tiers do not rise.
    """
    value = p.collateral_ratio[ratio_entry(asset, p)]
    if value == NOT_PUBLISHED:
        return rated(1.0, "") if asset == DOLLAR else NOT_TAKEN
    return rated(value, f"{KEY}.collateral_ratio.{ratio_entry(asset, p)}")


def ratio_entry(asset: str, p: Params) -> str:
    """Return the entry of the collateral ratios that an asset takes: its own or ``other``."""
    return asset if asset in p.collateral_ratio else OTHER
