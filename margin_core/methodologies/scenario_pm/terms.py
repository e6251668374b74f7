"""The parameters of the house's portfolio margin, and how far each underlying is moved."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from margin_core.errors import ParameterError
from margin_core.risk.scenarios import ScenarioSet, VolRule

if TYPE_CHECKING:
    from margin_core.book.instruments import Underlying
    from margin_core.margin.parameters import Table

MAJOR_COIN, COIN = "major_coin", "coin"


@dataclass(frozen=True, slots=True)
class Params:
    """See ``scenario_pm.toml`` for values, units, sources and reasons."""

    family: Table
    major_coins: tuple[str, ...]
    spot_down: Table
    spot_up: Table
    vol_up: Table
    vol_down: Table
    reference_days: float
    short_power: float
    long_power: float
    days_floor: float
    spot_steps: tuple[float, ...]
    vol_steps: tuple[float, ...]
    tail_multiples: tuple[float, ...]
    tail_weights: tuple[float, ...]
    lowest_spot: float
    gain_credit: Table
    correlation: Table
    vega_share: float
    gamma_swings: float
    basis_per_year: Table
    basis_floor: Table
    short_option_floor: Table
    maintenance_percentage: float
    initial_percentage: float
    haircut: Table


def family(underlying: Underlying, p: Params) -> str:
    """Return the family of ``underlying``, whose ranges it moves in."""
    found = str(p.family[underlying.asset_class])
    return MAJOR_COIN if found == COIN and underlying.symbol in p.major_coins else found


@dataclass(frozen=True, slots=True)
class Rank:
    """One scenario as every underlying sees it: shares of its own ranges.

    ``spot`` -1 is the underlying's whole range down, ``vol`` 1 its whole volatility range up.
    """

    spot: float
    vol: float
    weight: float = 1.0


def ranks(p: Params) -> tuple[Rank, ...]:
    """Return the scenarios: the grid, and beyond it the far tail with volatility up.

    The plainest move comes first, so that of several as bad it is the one that binds: first
    volatility stays, then spot moves least.

    Raises
    ------
    ParameterError
        If the spot steps do not mirror each other or a step of zero is missing, or weights and
        multiples of the tail differ in number.
    """
    if sorted(p.spot_steps) != sorted(-step for step in p.spot_steps) or 0.0 not in p.spot_steps:
        raise ParameterError(
            "spot_steps do not mirror each other around 0",
            where="scenario_pm",
            remedy="Give each step with both signs, and 0.",
        )
    if 0.0 not in p.vol_steps or max(p.vol_steps) <= 0.0 or len(p.spot_steps) == 1:
        raise ParameterError(
            "the grid lacks an unchanged volatility, a higher one or a moved spot",
            where="scenario_pm",
            remedy="Give vol_steps with 0 and a positive step, and spot_steps besides 0.",
        )
    if len(p.tail_multiples) != len(p.tail_weights):
        raise ParameterError(
            f"{len(p.tail_multiples)} tail_multiples have {len(p.tail_weights)} tail_weights",
            where="scenario_pm",
            remedy="Give one weight for each multiple.",
        )
    cells = [Rank(spot, vol) for vol, spot in product(p.vol_steps, p.spot_steps)]
    tail = [
        Rank(sign * multiple, max(p.vol_steps), weight)
        for sign in (-1.0, 1.0)
        for multiple, weight in zip(p.tail_multiples, p.tail_weights, strict=True)
    ]
    return tuple(sorted(cells, key=lambda cell: (abs(cell.vol), abs(cell.spot))) + tail)


def scenario_set(underlying: Underlying, p: Params) -> ScenarioSet:
    """Return the moves of ``underlying`` at every rank; a leveraged fund moves by its factor.

    An inverse fund goes the other way than its class, by its factor times the class's own move.
    """
    name, steps = family(underlying, p), ranks(p)
    return ScenarioSet(
        spot_moves=tuple(
            max(
                rank.spot
                * (p.spot_up[name] if rank.spot > 0.0 else p.spot_down[name])
                * underlying.leverage,
                p.lowest_spot - 1.0,
            )
            for rank in steps
        ),
        vol_moves=tuple(
            rank.vol * (p.vol_up[name] if rank.vol > 0.0 else p.vol_down[name]) for rank in steps
        ),
        weights=tuple(rank.weight for rank in steps),
        vol_rule=VolRule(
            reference_days=p.reference_days,
            short_power=p.short_power,
            long_power=p.long_power,
            days_floor=p.days_floor,
        ),
    )
