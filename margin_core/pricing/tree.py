"""A trinomial tree of the escrowed spot, for many American options and spots at once.

The tree's spots move with the forward, so that its probabilities need no drift: they are those of
a martingale whatever the rates, and positive whatever the volatility.
"""

import math
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from margin_core.pricing import black
from margin_core.pricing.arrays import CHUNK, TINY, FloatArray, pieces

Dividends = tuple[tuple[float, float], ...]  # years to the ex-date, amount

# Steps of the coarser tree for a year, growing with the root of time; the finer has twice as many.
STEPS = 68
FEWEST_STEPS = 32
# Spots that would need more nodes than this between them get a tree each.
WIDEST = 400
# Logarithm of the highest node over the spot; only at wild vols would there be higher ones, and
# there a call is worth its European value.
HIGHEST = 200.0
# Half the change of the gain from exercise over a cell, in strikes, beyond which it isn't linear.
WIDEST_CELL = 0.1
# A root of value over exercise, in strikes, that stands for none: rounding leaves less.
EXERCISED = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """Options of one expiry, a row each; escrowed spots of shape (n, n_spot), the rest (n, 1)."""

    spot: FloatArray
    strike: FloatArray
    vol: FloatArray
    rate: FloatArray
    dividend_yield: FloatArray
    sign: FloatArray

    def rows(self, chosen: slice | NDArray[np.intp]) -> "Options":
        """Return some of the options."""
        return Options(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def apart(self) -> "Options":
        """Return each spot of each option as an option of its own."""
        columns = (getattr(self, field.name) for field in fields(self))
        return Options(*(np.broadcast_to(c, self.spot.shape).reshape(-1, 1) for c in columns))


def outstanding(
    dividends: Dividends, rate: FloatArray, date: FloatArray | float, years: FloatArray | float
) -> FloatArray:
    """Return the value at a date of the dividends that go ex after it and up to expiry."""
    total = 0.0 * (rate + date + years)
    for time, amount in dividends:
        due = (time > date) & (time <= years)
        total += amount * np.exp(-rate * np.maximum(time - date, 0.0)) * due
    return np.asarray(total)


def extrapolated(options: Options, years: float, dividends: Dividends) -> FloatArray:
    """Value American options, from two trees of which one has twice the dates.

    Parameters
    ----------
    options : Options
        Escrowed spots not negative.
    years : float
        To expiry, positive.
    dividends : tuple of (years to the ex-date, amount)

    Returns
    -------
    ndarray of shape (n_options, n_spot)
        Quote currency per unit.
    """
    dates = _dates(years, dividends)
    finer = np.interp(np.arange(2 * dates.size - 1) / 2, np.arange(dates.size), dates)
    finer[::2] = dates
    return 2.0 * _value(options, finer, dividends) - _value(options, dates, dividends)


def _dates(years: float, dividends: Dividends) -> FloatArray:
    """Dates of the tree: every ex-date, and evenly between them; today first, expiry last."""
    steps = max(FEWEST_STEPS, STEPS * math.sqrt(years))
    ends = [0.0, *sorted({time for time, _ in dividends if 0.0 < time < years}), years]
    parts = [
        np.linspace(start, end, math.ceil(steps * (end - start) / years), endpoint=False)
        for start, end in pairwise(ends)
    ]
    return np.concatenate([*parts, [years]])


def _value(options: Options, dates: FloatArray, dividends: Dividends) -> FloatArray:
    """Value the options on the tree of the dates, as many as fit the cache at a time."""
    n_options, n_spot = options.spot.shape
    # Kurtosis of a normal step asks for a spacing of root 3 deviations.
    spacing = options.vol * math.sqrt(3.0 * np.diff(dates).max())
    lowest = options.spot.min(axis=1, keepdims=True)
    span = np.log((options.spot.max(axis=1, keepdims=True) + TINY) / (lowest + TINY))
    width = 1 if n_spot == 1 else math.ceil((span / (spacing + TINY)).max()) + 4
    if width > WIDEST:
        return _value(options.apart(), dates, dividends).reshape(n_options, n_spot)
    # Spots between nodes are interpolated from two on either side.
    root = lowest if n_spot == 1 else lowest * np.exp(-spacing)
    out = np.empty_like(options.spot)
    for rows in pieces(n_options, CHUNK // (width + 2 * dates.size)):
        part, start, step = options.rows(rows), root[rows], spacing[rows]
        nodes = _induct(part, start, step, width, dates, dividends)
        due = outstanding(dividends, part.rate, 0.0, dates[-1])
        out[rows] = nodes if n_spot == 1 else _read(part, nodes, start, step, due)
    return out


def _induct(
    options: Options,
    root: FloatArray,
    spacing: FloatArray,
    width: int,
    dates: FloatArray,
    dividends: Dividends,
) -> FloatArray:
    """Return values today at root x exp(spacing x 0, 1, ... width - 1): (n_options, width)."""
    steps = np.diff(dates)
    last = steps.size - 1
    exponents = np.minimum(spacing * np.arange(-last, last + width), HIGHEST)
    lattice = root * np.exp(exponents)
    growth = np.exp((options.rate - options.dividend_yield) * dates)
    discount = np.exp(-options.rate * steps)
    up = 1.0 / (1.0 + np.exp(spacing))
    moves = discount * steps / (3.0 * steps.max())
    due, averaged = _claims(options, dates, dividends)
    value = _before_expiry(options, lattice * growth[:, [last]], steps[last], due[:, [-1]])
    for k in range(last, -1, -1):
        spot = lattice[:, last - k : last + k + width] * growth[:, [k]]
        if k < last:
            held = (moves[:, [k]] * up) * value[:, 2:]
            held += (discount - moves)[:, [k]] * value[:, 1:-1]
            held += (moves[:, [k]] * (1.0 - up)) * value[:, :-2]
            value = held
        value = _exercise(options, spot, value, due[:, [k]], averaged[:, [k]])
    return value


def _claims(
    options: Options, dates: FloatArray, dividends: Dividends
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Dividends that exercise at each date collects, and whether it is averaged over cells.

    A call is exercised before the stock goes ex, a put after; a stock ex today already is. Today's
    value is read at its nodes, and has no cells.
    """
    today = np.array([sum(a for time, a in dividends if 0.0 < time == date) for date in dates])
    due = outstanding(dividends, options.rate, dates, dates[-1]) + today * (options.sign > 0.0)
    return due, ((options.sign < 0.0) | (today > 0.0)) & (dates > 0.0)


def _before_expiry(options: Options, spot: FloatArray, years: float, due: FloatArray) -> FloatArray:
    """European value one step before expiry, at which a call collects what is due."""
    strike = np.maximum(options.strike - due, 0.0)
    facts = (options.vol, options.rate, options.dividend_yield)
    return black.value(spot, strike, years, *facts, call=options.sign > 0.0)


def _exercise(
    options: Options,
    spot: FloatArray,
    held: FloatArray,
    due: FloatArray,
    averaged: NDArray[np.bool_],
) -> FloatArray:
    """Value with the right to exercise, which pays the dividends due along with the spot.

    Where the gain from exercise changes sign between nodes, a node takes its mean over the cell
    around it: the error then falls evenly with the number of dates, which the extrapolation needs.
    A call's falls evenly between ex-dates as it is.
    """
    gain = options.sign * (spot + (due - options.strike)) - held
    if not averaged.any():
        return np.maximum(held + gain, held)
    middle = gain[:, 1:-1]
    change = 0.25 * np.abs(gain[:, 2:] - gain[:, :-2])
    reach = averaged.astype(np.float64) * np.minimum(change, WIDEST_CELL * options.strike)
    added = np.maximum(gain, 0.0)
    added[:, 1:-1] = (np.clip(middle, -reach, reach) + reach) ** 2 / (4.0 * reach + TINY)
    added[:, 1:-1] += np.maximum(middle - reach, 0.0)
    return np.asarray(held + added)


def _read(
    options: Options, nodes: FloatArray, root: FloatArray, spacing: FloatArray, due: FloatArray
) -> FloatArray:
    """Interpolate the nodes' values at the spots by a cubic through four of them.

    Above what exercise pays, value starts as a parabola where exercise stops, so its root has no
    bend there; the four nodes are those next to the spot, but none at which exercise is due.
    """
    width = nodes.shape[1]
    shift = due - options.strike
    exercised = options.sign * (root * np.exp(spacing * np.arange(width)) + shift)
    height = np.sqrt(np.maximum(nodes - exercised, 0.0))
    held = height > EXERCISED * options.strike
    put = options.sign < 0.0
    lowest = np.where(put, held.argmax(axis=1)[:, None], 0)
    highest = np.where(put, width, width - held[:, ::-1].argmax(axis=1)[:, None]) - 4
    place: FloatArray = np.log((options.spot + TINY) / (root + TINY)) / (spacing + TINY)
    first = np.minimum(np.maximum(place.astype(int) - 1, lowest), highest)
    first = np.clip(first, 0, width - 4)
    x = place - first
    a, b, c, d = (np.take_along_axis(height, first + i, axis=1) for i in range(4))
    outer = (x - 1.0) * (x - 2.0) * (d * x - a * (x - 3.0)) / 6.0
    found = outer + 0.5 * x * (x - 3.0) * (b * (x - 2.0) - c * (x - 1.0))
    return np.asarray(options.sign * (options.spot + shift) + np.maximum(found, 0.0) ** 2)
