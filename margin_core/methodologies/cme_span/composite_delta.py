"""Composite deltas of the holdings whose arrays are made here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import Option
from margin_core.risk.exposures import exposures
from margin_core.risk.models import option_grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.market.snapshot import Market
    from margin_core.methodologies.cme_span.terms import Params
    from margin_core.pricing.black import FloatArray
    from margin_core.risk.marks import Mark

BUMP = 1e-4  # of spot, where a delta is a difference


def composite_deltas(
    marks: Sequence[Mark], market: Market, price_range: float, p: Params
) -> FloatArray:
    """Return each position's composite delta, in units of its underlying.

    Parameters
    ----------
    marks : sequence of Mark
        All on one underlying.
    market : Market
    price_range : float
        Price scan range, ratio of spot.
    p : Params

    Returns
    -------
    ndarray of shape (n_positions,)
        Of an option, the weighted mean of its deltas at the scanned prices, looking ahead.
    """
    deltas = np.zeros(len(marks))
    options = [i for i, mark in enumerate(marks) if isinstance(mark.position.instrument, Option)]
    linear = [i for i in range(len(marks)) if i not in options]
    for i, exposure in zip(linear, exposures([marks[i] for i in linear], market), strict=True):
        deltas[i] = exposure.delta_units
    if options:
        deltas[options] = _option_deltas([marks[i] for i in options], market, price_range, p)
    return deltas


def _option_deltas(
    marks: Sequence[Mark], market: Market, price_range: float, p: Params
) -> FloatArray:
    """Return the weighted mean of each option's deltas at the scanned prices, a day ahead."""
    spot = market[marks[0].position.underlying].spot
    moves = price_range * np.array([price for price, _ in p.weights])
    at = spot * (1.0 + np.maximum(moves, p.lowest_move))
    bumped = np.concatenate([at * (1.0 - BUMP), at * (1.0 + BUMP)])
    values = option_grid(
        [m.position.instrument for m in marks if isinstance(m.position.instrument, Option)],
        market,
        bumped,
        np.array([[mark.volatility] for mark in marks]),
        np.array([p.look_ahead_days]),
    )[:, 0, 0, :]
    slopes = (values[:, len(at) :] - values[:, : len(at)]) / (2.0 * BUMP * at)
    weights = np.array([weight for _, weight in p.weights])
    units = np.array([mark.position.units for mark in marks])
    return np.asarray(units * (slopes @ weights))
