"""Charges for what the grid cannot see, and what a short option costs at least."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import LpRange, Option, Stock
from margin_core.book.portfolio import describe
from margin_core.margin.figure import Line, floored, given, scaled, total, without_sign
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from types import UnionType

    from margin_core.book.instruments import Instrument
    from margin_core.methodologies.scenario_pm.book import Book, Group
    from margin_core.methodologies.scenario_pm.terms import Params

Bucket = tuple["Group", "datetime | None", tuple[int, ...]]  # columns of one expiry


def gamma(held: Book, p: Params) -> Line:
    """Return the charge for net short gamma: the loss of a swing of one step, on average.

    The price goes a step up or a step down and comes back; the two are weighted so that what is
    linear in spot loses nothing. A class group that is long gamma pays nothing.
    """
    step = min(abs(step) for step in p.spot_steps if step)
    lines = []
    for group in held.groups:
        members = _of_kind(held, group.members, Option | LpRange)
        if members:
            swing = total(f"{group.name}, one swing", *_swings(held, members, step))
            charge = scaled(group.name, floored(swing.label, swing), p.gamma_swings)
            lines.append(charge)
    return total("Net short gamma", *lines, source="house#gamma_swings")


def vega(held: Book, p: Params) -> Line:
    """Return the charge on the net vega of each expiry, long or short."""
    quiet, up = held.at(0.0, 0.0), held.at(0.0, max(p.vol_steps))
    change = held.pnl[up] - held.pnl[quiet]
    lines = []
    for group, expiry, members in _buckets(held):
        losses = [given(held.labels[i], -float(change[i])) for i in _of_kind(held, members, Option)]
        if losses and expiry is not None:
            size = without_sign("At volatility up", *losses)
            lines.append(scaled(f"{group.name} {expiry:%-d %b %Y}", size, p.vega_share))
    return total("Net vega by expiry", *lines, source="house#vega_share")


def basis(held: Book, p: Params) -> Line:
    """Return the charge on the net delta of each expiry: futures need not follow spot."""
    step = min(abs(step) for step in p.spot_steps if step)
    up, down = held.at(step, 0.0), held.at(-step, 0.0)
    lines = []
    for group, expiry, members in _buckets(held):
        years = 0.0 if expiry is None else held.market.years_to(expiry)
        rate = max(p.basis_floor[group.family], p.basis_per_year[group.family] * years)
        name = "perpetuals" if expiry is None else f"{expiry:%-d %b %Y}"
        deltas = []
        for i in members:
            moves = held.sets[held.marks[i].position.underlying].spot_moves
            delta = (held.pnl[up, i] - held.pnl[down, i]) / (moves[up] - moves[down])
            deltas.append(given(held.labels[i], float(delta)))
        lines.append(scaled(f"{group.name} {name}", without_sign("Delta in money", *deltas), rate))
    return total("Basis by expiry", *lines, source="okx#MR4")


def short_option_floor(held: Book, p: Params) -> Line:
    """Return the least that the options sold cost, net of the same options bought."""
    quantities: dict[Instrument, list[float]] = {}
    families = {i: group.family for group in held.groups for i in group.members}
    floors: dict[Instrument, float] = {}
    for i, mark in enumerate(held.marks):
        instrument = mark.position.instrument
        if isinstance(instrument, Option):
            quantities.setdefault(instrument, []).append(mark.position.quantity)
            floors[instrument] = p.short_option_floor[families[i]]
    lines = (
        scaled(
            f"{-quantity:,g} short {describe(instrument)}",
            given(
                "Value of the underlying",
                -quantity * instrument.multiplier * held.market[instrument.underlying].spot,
            ),
            floors[instrument],
        )
        for instrument, lots in quantities.items()
        if (quantity := net(lots)) < 0.0
    )
    return total("Minimum for options sold", *lines, source="occ#minimum per contract")


def _swings(held: Book, members: Iterable[int], step: float) -> Iterable[Line]:
    up, quiet, down = held.at(step, 0.0), held.at(0.0, 0.0), held.at(-step, 0.0)
    for i in members:
        moves = held.sets[held.marks[i].position.underlying].spot_moves
        to_up = -moves[down] / (moves[up] - moves[down])
        mean = to_up * held.pnl[up, i] + (1.0 - to_up) * held.pnl[down, i]
        yield given(held.labels[i], float(held.pnl[quiet, i] - mean))


def _of_kind(held: Book, members: Iterable[int], kind: type | UnionType) -> tuple[int, ...]:
    return tuple(i for i in members if isinstance(held.marks[i].position.instrument, kind))


def _buckets(held: Book) -> Iterable[Bucket]:
    """Yield the derivatives of each class group and expiry; perpetuals are one of their own."""
    for group in held.groups:
        buckets: dict[datetime | None, list[int]] = {}
        for i in group.members:
            instrument = held.marks[i].position.instrument
            if not isinstance(instrument, Stock | LpRange):
                buckets.setdefault(getattr(instrument, "expiry", None), []).append(i)
        for expiry, members in buckets.items():
            yield group, expiry, tuple(members)
