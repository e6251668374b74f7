"""Greeks of positions and of the groups they form, in the reporting currency."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import Future, LpRange, MarginType, Option, Perpetual
from margin_core.market.snapshot import DAYS_PER_YEAR
from margin_core.pricing import liquidity
from margin_core.risk.marks import range_value
from margin_core.risk.models import option_greeks
from margin_core.risk.netting import net, net_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from margin_core.market.snapshot import Market
    from margin_core.risk.marks import Mark

PERCENT = 0.01
POINT = 0.01

UNITS = {
    "value": "reporting currency",
    "delta": "reporting currency per +1 % of spot",
    "gamma": "change of delta per +1 % of spot: gamma x (1 % of spot) squared",
    "vega": "reporting currency per +1 volatility point",
    "theta": "reporting currency per day",
    "rho": "reporting currency per +1 percentage point of rate",
}


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a position, or a sum of positions, gains from a small move; units in ``UNITS``."""

    value: float = 0.0
    delta: float = 0.0
    gamma: float = 0.0
    vega: float = 0.0
    theta: float = 0.0
    rho: float = 0.0


@dataclass(frozen=True, slots=True)
class PositionExposure:
    """One position's exposure; ``delta_units`` is its delta in units of the underlying."""

    mark: Mark
    exposure: Exposure
    delta_units: float

    @property
    def expiry(self) -> datetime | None:
        """The expiry of an option or a future; None for what has none."""
        return getattr(self.mark.position.instrument, "expiry", None)


def exposures(marks: Sequence[Mark], market: Market) -> tuple[PositionExposure, ...]:
    """Return the exposure of every marked position, in order.

    A perpetual has delta only; funding stands apart. Inverse contracts: delta of the value in
    reporting currency, coins won or lost at spot. Liquidity in a range has delta and gamma; what
    it earns in fees stands apart.
    """
    greeks = option_greeks(
        [m.position.instrument for m in marks if isinstance(m.position.instrument, Option)],
        np.array([m.volatility for m in marks if isinstance(m.position.instrument, Option)]),
        market,
    )
    option = iter(zip(*(getattr(greeks, f.name) for f in fields(greeks)), strict=True))
    return tuple(
        _option(mark, next(option), market)
        if isinstance(mark.position.instrument, Option)
        else _other(mark, market)
        for mark in marks
    )


def per_unit(marks: Sequence[Mark], market: Market) -> tuple[PositionExposure, ...]:
    """Return the exposure of one unit of the underlying in each marked instrument, held long.

    Quantity, multiplier and what was won since entry do not count. Of an inverse contract it is
    one coin's worth; of liquidity in a range, whose units change with spot, one such position.
    """
    return exposures([_one_unit(mark) for mark in marks], market)


def profile(
    marks: Sequence[Mark], market: Market, spot_moves: Sequence[float], days: float = 0.0
) -> tuple[Exposure, ...]:
    """Return the book's exposure after each relative spot move, ``days`` from now.

    Every underlying moves alike; options keep their volatility, and those expired by then have
    left the book.
    """
    later = replace(market, valuation_time=market.valuation_time + timedelta(days=days))
    alive = [mark for mark in marks if not _expired(mark, later)]
    options = [m for m in alive if isinstance(m.position.instrument, Option)]
    ranges = [
        (m.position.units, m.position.instrument, market[m.position.underlying].spot)
        for m in alive
        if isinstance(m.position.instrument, LpRange)
    ]
    others = [m for m in alive if not isinstance(m.position.instrument, Option | LpRange)]
    growth = np.repeat(1.0 + np.asarray(spot_moves), len(options))
    tiled = options * len(spot_moves)
    greeks = option_greeks(
        [m.position.instrument for m in tiled if isinstance(m.position.instrument, Option)],
        np.array([mark.volatility for mark in tiled]),
        later,
        growth,
    )
    units = np.array([mark.position.units for mark in tiled])
    spot = np.array([market[mark.position.underlying].spot for mark in tiled]) * growth
    columns = {
        "value": units * greeks.value,
        "delta": units * greeks.delta * spot * PERCENT,
        "gamma": units * greeks.gamma * (spot * PERCENT) ** 2,
        "vega": units * greeks.vega * POINT,
        "theta": units * greeks.theta / DAYS_PER_YEAR,
        "rho": units * greeks.rho * PERCENT,
    }
    linear = [_linear(mark, later).exposure for mark in others]
    rest = [
        *([_grown(exposure, move) for move in spot_moves] for exposure in linear),
        *([_range(n, held, at * (1.0 + move)) for move in spot_moves] for n, held, at in ranges),
    ]
    sums = [
        net_rows(
            np.column_stack(
                [
                    column.reshape(len(spot_moves), -1),
                    *([getattr(exposure, name) for exposure in each] for each in rest),
                ]
            )
        )
        for name, column in columns.items()
    ]
    return tuple(Exposure(*map(float, row)) for row in zip(*sums, strict=True))


def _grown(linear: Exposure, move: float) -> Exposure:
    """Return the exposure of what is linear in spot, after a relative spot move."""
    growth = 1.0 + move
    return Exposure(
        value=linear.value + linear.delta / PERCENT * move,
        delta=linear.delta * growth,
        theta=linear.theta * growth,
        rho=linear.rho * growth,
    )


def _expired(mark: Mark, market: Market) -> bool:
    expiry = getattr(mark.position.instrument, "expiry", None)
    return expiry is not None and expiry <= market.valuation_time


def summed(
    positions: Sequence[PositionExposure], key: Callable[[PositionExposure], str]
) -> dict[str, Exposure]:
    """Return the exposures added up by ``key``, in order of first appearance."""
    groups: dict[str, list[Exposure]] = {}
    for position in positions:
        groups.setdefault(key(position), []).append(position.exposure)
    return {name: total(group) for name, group in groups.items()}


def total(exposures: Iterable[Exposure]) -> Exposure:
    """Return the sum of exposures; a Greek that cancels but for rounding is 0."""
    held = tuple(exposures)
    return Exposure(*(net(getattr(each, f.name) for each in held) for f in fields(Exposure)))


def _one_unit(mark: Mark) -> Mark:
    """Return the mark of one unit, opened at its price."""
    instrument = mark.position.instrument
    units, value = 1.0, mark.price
    if isinstance(instrument, Future | Perpetual):
        value = 0.0  # until its price moves
        if instrument.margin_type is MarginType.INVERSE:
            units = mark.price
    quantity = units / instrument.multiplier
    position = replace(mark.position, quantity=quantity, accrued_funding=0.0)
    return replace(mark, position=position, value=value)


def _option(
    mark: Mark, greeks: tuple[float, float, float, float, float, float], market: Market
) -> PositionExposure:
    _, delta, gamma, vega, theta, rho = (float(greek) for greek in greeks)
    units = mark.position.units
    spot = market[mark.position.underlying].spot
    return PositionExposure(
        mark,
        Exposure(
            value=mark.value,
            delta=units * delta * spot * PERCENT,
            gamma=units * gamma * (spot * PERCENT) ** 2,
            vega=units * vega * POINT,
            theta=units * theta / DAYS_PER_YEAR,
            rho=units * rho * PERCENT,
        ),
        units * delta,
    )


def _other(mark: Mark, market: Market) -> PositionExposure:
    """Return the exposure of anything but an option."""
    match mark.position.instrument:
        case LpRange() as held:
            spot = market[held.underlying].spot
            exposure = _range(mark.position.units, held, spot)
            return PositionExposure(mark, exposure, exposure.delta / (spot * PERCENT))
        case _:
            return _linear(mark, market)


def _range(units: float, held: LpRange, spot: float) -> Exposure:
    """Return the exposure of liquidity in a range at ``spot``, which alone says its value."""
    at, terms = np.array(spot), (held.lower_price, held.upper_price, held.liquidity)
    return Exposure(
        value=units * range_value(held, at).item(),
        delta=units * liquidity.coins(at, *terms).item() * spot * PERCENT,
        gamma=units * liquidity.gamma(at, *terms).item() * (spot * PERCENT) ** 2,
    )


def _linear(mark: Mark, market: Market) -> PositionExposure:
    """Return the exposure of a stock, a future or a perpetual: delta, and a future's carry."""
    position, instrument = mark.position, mark.position.instrument
    spot = market[position.underlying].spot
    if getattr(instrument, "margin_type", None) is not MarginType.INVERSE:
        per_price, coins = position.units, 0.0
    else:  # worth units * (1/entry - 1/mark) coins
        per_price = position.units * spot / mark.price**2
        coins = (mark.value - position.accrued_funding) / spot
    delta = per_price * mark.price / spot + coins  # the basis moves with spot
    theta = rho = 0.0
    if isinstance(instrument, Future):
        years = market.years_to(instrument.expiry)
        theta = -per_price * mark.price * math.log(mark.price / spot) / years if years else 0.0
        rho = per_price * mark.price * years
    return PositionExposure(
        mark,
        Exposure(
            value=mark.value,
            delta=delta * spot * PERCENT,
            theta=theta / DAYS_PER_YEAR,
            rho=rho * PERCENT,
        ),
        delta,
    )
