"""A volatility surface: strike and tenor to volatility, between the volatilities given."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from margin_core.errors import MarketDataError

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST = 1.0 / 365  # years: closer to expiry than a day, moneyness is measured as at a day
LARGEST_LOG = 700.0  # exp of more is no float


@dataclass(frozen=True, slots=True)
class VolPoint:
    """A volatility given: ``forward`` is the underlying's for the same expiry."""

    strike: float
    years: float
    vol: float  # annualised decimal
    forward: float


@dataclass(frozen=True, slots=True)
class Smile:
    """The volatilities of one expiry by strike, lowest strike first."""

    years: float
    forward: float
    strikes: tuple[float, ...]
    vols: tuple[float, ...]

    def vol(self, strike: float) -> float:
        """Return the volatility at ``strike``: linear between strikes, flat outside them."""
        return float(np.interp(strike, self.strikes, self.vols))


@dataclass(frozen=True, slots=True)
class Surface:
    """The smiles of one underlying, nearest expiry first; build it with `surface`."""

    smiles: tuple[Smile, ...]

    def vol(self, strike: float, years: float) -> float:
        """Return the annualised volatility of an option.

        Between two expiries total variance is linear in time at equal standardised log-moneyness,
        ln(strike / forward) / sqrt(years), so that variance per year is constant between them and
        a smile widens with the root of time; before the first and past the last expiry volatility
        is theirs at equal moneyness. Forwards in between grow at a constant rate.

        Parameters
        ----------
        strike : float
            Above 0, quote currency.
        years : float
            Time to expiry, ACT/365, not negative.
        """
        near = max((s for s in self.smiles if s.years <= years), default=None, key=_years)
        far = min((s for s in self.smiles if s.years >= years), default=None, key=_years)
        if near is None or far is None or near.years == far.years:
            smile = near or far or self.smiles[0]
            return smile.vol(_at(smile, _moneyness(strike, smile.forward, years)))
        weight = (years - near.years) / (far.years - near.years)
        forward = near.forward ** (1.0 - weight) * far.forward**weight
        moneyness = _moneyness(strike, forward, years)
        near_variance = near.vol(_at(near, moneyness)) ** 2 * near.years
        far_variance = far.vol(_at(far, moneyness)) ** 2 * far.years
        return math.sqrt(((1.0 - weight) * near_variance + weight * far_variance) / years)


def surface(points: Iterable[VolPoint]) -> Surface:
    """Return the surface through ``points``; those of one strike and expiry are averaged.

    Raises
    ------
    MarketDataError
        If there is no point.
    """
    ordered = sorted(points, key=lambda point: (point.years, point.strike))
    if not ordered:
        raise MarketDataError(
            "no volatility is given",
            where="volatility surface",
            remedy="Give the underlying's `volatility`, or an option on it with a price.",
        )
    smiles = tuple(
        _smile(years, tuple(members)) for years, members in groupby(ordered, lambda p: p.years)
    )
    return Surface(smiles)


def _smile(years: float, points: tuple[VolPoint, ...]) -> Smile:
    by_strike = [
        (strike, fmean(point.vol for point in same))
        for strike, same in groupby(points, lambda point: point.strike)
    ]
    return Smile(
        years,
        points[0].forward,
        tuple(strike for strike, _ in by_strike),
        tuple(vol for _, vol in by_strike),
    )


def _years(smile: Smile) -> float:
    return smile.years


def _moneyness(strike: float, forward: float, years: float) -> float:
    return math.log(strike / forward) / math.sqrt(max(years, SHORTEST))


def _at(smile: Smile, moneyness: float) -> float:
    """Return the smile's strike of standardised log-moneyness ``moneyness``."""
    log = moneyness * math.sqrt(max(smile.years, SHORTEST))
    return smile.forward * math.exp(min(log, LARGEST_LOG))
