"""P&L at the simulated prices, with volatilities that stay with the series or with moneyness."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import Option
from margin_core.errors import ParameterError
from margin_core.risk.revaluation import revalue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.market.snapshot import Market
    from margin_core.pricing.black import FloatArray
    from margin_core.risk.marks import Mark
    from margin_core.risk.scenarios import ScenarioSet


def pnl(marks: Sequence[Mark], market: Market, scenarios: ScenarioSet, smile: str) -> FloatArray:
    """Return P&L of shape (n_scenarios, n_positions), reporting currency.

    Raises
    ------
    ParameterError
        If ``smile`` is neither ``sticky_strike`` nor ``sticky_moneyness``.
    """
    match smile:
        case "sticky_strike":
            return revalue(marks, market, scenarios).values
        case "sticky_moneyness":
            return _at_constant_moneyness(marks, market, scenarios)
        case _:
            raise ParameterError(
                f"no smile {smile!r}",
                where="smile",
                remedy="Use sticky_strike or sticky_moneyness.",
            )


def _at_constant_moneyness(
    marks: Sequence[Mark], market: Market, scenarios: ScenarioSet
) -> FloatArray:
    """Return P&L where each option takes the volatility of its new moneyness.

    The curve of an expiry is the account's own series of one right, linear in log moneyness and
    flat past its ends.
    """
    curves: dict[tuple[object, ...], dict[float, float]] = {}
    for mark in marks:
        option = mark.position.instrument
        if isinstance(option, Option):
            curve = curves.setdefault(_curve_of(option), {})
            curve[_moneyness(option, market, 0.0)] = mark.volatility

    def moved(mark: Mark, spot_move: float) -> Mark:
        option = mark.position.instrument
        if not isinstance(option, Option):
            return mark
        known = sorted(curves[_curve_of(option)].items())
        at, volatilities = [x for x, _ in known], [vol for _, vol in known]
        volatility = np.interp(_moneyness(option, market, spot_move), at, volatilities)
        return replace(mark, volatility=float(volatility))

    rows = []
    for spot_move, vol_move in zip(scenarios.spot_moves, scenarios.vol_moves, strict=True):
        one = replace(scenarios, spot_moves=(spot_move,), vol_moves=(vol_move,), shape=None)
        rows.append(revalue([moved(mark, spot_move) for mark in marks], market, one).values[0])
    return np.array(rows)


def _curve_of(option: Option) -> tuple[object, ...]:
    return option.underlying, option.expiry, option.right


def _moneyness(option: Option, market: Market, spot_move: float) -> float:
    return math.log(option.strike / (market[option.underlying].spot * (1.0 + spot_move)))
