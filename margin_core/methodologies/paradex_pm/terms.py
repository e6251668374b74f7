"""The parameters of the scan by asset, its scenarios, and which accounts it covers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from margin_core.book.instruments import MarginType, Option, Perpetual, Settlement, Style
from margin_core.errors import ParameterError
from margin_core.margin.cash_asset import QUOTED_IN, refuse_other_money
from margin_core.margin.refusal import refuse
from margin_core.risk.scenarios import ScenarioSet, VolRule

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.margin.parameters import Table

KEY = "paradex_pm"
IN_COIN = "settled in coin"


@dataclass(frozen=True, slots=True)
class Params:
    """See ``paradex_pm.toml`` for values, units and sources; the names are Paradex's own."""

    standard_spot_shocks: Table
    tail_spot_shocks: tuple[float, ...]
    tail_weights: Table
    vol_shock_up: Table
    vol_shock_down: Table
    min_vol_shock_up: Table
    reference_days: float
    dte_floor_days: float
    vega_power_short_dte: float
    vega_power_long_dte: float
    unhedged_margin_factor: Table
    hedged_margin_factor: Table
    mmf_factor: float
    funding_provision_hour: float
    perpetual_taker_fee: float
    option_taker_fee: float
    option_fee_cap: float
    settlement_minutes: float
    unlisted_as: str
    cash_asset: str


@dataclass(frozen=True, slots=True)
class Asset:
    """What one underlying is margined with."""

    scenarios: ScenarioSet
    unhedged: float  # ratio of spot, per unit of net delta
    hedged: float  # ratio of spot, per unit of delta that another offsets


def listed(p: Params) -> tuple[str, ...]:
    """Return the assets that have an entry in every table."""
    tables = _tables(p)
    return tuple(
        name
        for name, _ in p.standard_spot_shocks.entries
        if all(name in table for table in tables.values())
    )


def entry(symbol: str, p: Params) -> str:
    """Return the asset whose entries an underlying takes; empty where there is none."""
    for name in (symbol, p.unlisted_as):
        if name in listed(p):
            return name
    return ""


def asset(symbol: str, p: Params) -> Asset:
    """Return the terms of an underlying that has some; ``ParameterError`` if they are faulty."""
    name = entry(symbol, p)
    shocks = _numbers("standard_spot_shocks", name, p, least=0.0)
    weights = _numbers("tail_weights", name, p, least=0.0)
    if not shocks or len(weights) != len(p.tail_spot_shocks):
        raise ParameterError(
            f"{len(shocks)} standard shocks and {len(weights)} tail weights",
            where=f"{KEY}.standard_spot_shocks.{name}, {KEY}.tail_weights.{name}",
            remedy=f"Give a shock at least, and {len(p.tail_spot_shocks)} weights.",
        )
    up, down = float(p.vol_shock_up[name]), -float(p.vol_shock_down[name])
    rows = [(*move, 1.0) for move in _standard(shocks, up, down)]
    rows += [(s, up, w) for s, w in zip(p.tail_spot_shocks, weights, strict=True)]
    spot, vol, share = zip(*rows, strict=True)
    if min(spot) <= -1.0:
        raise ParameterError(
            "a spot shock leaves no price",
            where=f"{KEY}.standard_spot_shocks.{name}, {KEY}.tail_spot_shocks",
            remedy="Give moves above -1; 0.14 is 14 %.",
        )
    rule = VolRule(
        reference_days=p.reference_days,
        short_power=p.vega_power_short_dte,
        long_power=p.vega_power_long_dte,
        days_floor=p.dte_floor_days,
        vol_floor=0.0,
        up_floor=float(p.min_vol_shock_up[name]),
    )
    return Asset(
        ScenarioSet(spot, vol, weights=share, vol_rule=rule),
        float(p.unhedged_margin_factor[name]),
        float(p.hedged_margin_factor[name]),
    )


def refuse_uncovered(portfolio: Portfolio, p: Params) -> None:
    """Raise ``NotCoveredError`` for positions and balances that the account can't hold."""
    refuse_other_money(portfolio, p.cash_asset)

    def reason(position: Position) -> str:
        if why := _no_contract_here(position):
            return why
        return "" if entry(position.underlying, p) else "no scenarios of its underlying published"

    refuse(
        portfolio,
        reason,
        f"It margins European options and perpetuals on {', '.join(listed(p))}, settled in "
        f"{p.cash_asset}. -p {KEY}.unlisted_as=BTC lends others the tables of BTC.",
    )


def _standard(shocks: tuple[float, ...], up: float, down: float) -> list[tuple[float, float]]:
    """Return (spot, vol) of the standard scenarios, highest spot first.

    The largest shock goes with volatility up alone, all others with both.
    """
    inner = [*shocks[1:], 0.0, *(-shock for shock in reversed(shocks[1:]))]
    both = [(shock, vol) for shock in inner for vol in (up, down)]
    return [(shocks[0], up), *both, (-shocks[0], up)]


def _no_contract_here(position: Position) -> str:
    """Return why a position is no option or perpetual of this venue; empty if it is one."""
    match position.instrument:
        case Option() as option:
            return _no_option_here(option)
        case Perpetual(margin_type=MarginType.INVERSE):
            return IN_COIN
        case Perpetual(quote_currency=quoted):
            return "" if quoted in QUOTED_IN else f"quoted in {quoted}"
        case _:
            return "neither an option nor a perpetual"


def _no_option_here(option: Option) -> str:
    reasons = (
        (option.style is Style.AMERICAN, "an American option"),
        (option.otc, "not a listed option"),
        (option.settlement is Settlement.PHYSICAL, "an option that delivers"),
        (option.margin_type is MarginType.INVERSE, IN_COIN),
    )
    return next((why for holds, why in reasons if holds), "")


def _tables(p: Params) -> dict[str, Table]:
    return {
        "standard_spot_shocks": p.standard_spot_shocks,
        "tail_weights": p.tail_weights,
        "vol_shock_up": p.vol_shock_up,
        "vol_shock_down": p.vol_shock_down,
        "min_vol_shock_up": p.min_vol_shock_up,
        "unhedged_margin_factor": p.unhedged_margin_factor,
        "hedged_margin_factor": p.hedged_margin_factor,
    }


def _numbers(table: str, name: str, p: Params, *, least: float) -> tuple[float, ...]:
    values: Any = _tables(p)[table][name]
    if not all(isinstance(v, float) and math.isfinite(v) and v >= least for v in values):
        raise ParameterError(
            f"{values!r} is no list of numbers from {least:g}",
            where=f"{KEY}.{table}.{name}",
            remedy="Write [0.14, 0.07] for 14 % and 7 %.",
        )
    return tuple(values)
