"""What a group asks in a phase: gross, and what turns gross into the net liquidation basis."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, given, largest, scaled, smallest, total
from margin_core.margin.last_bits import sign
from margin_core.methodologies.us_reg_t import hedges, options, stock
from margin_core.methodologies.us_reg_t.groups import RULES, Kind
from margin_core.methodologies.us_reg_t.legs import Series, Shares
from margin_core.methodologies.us_reg_t.losses import maximum_loss
from margin_core.methodologies.us_reg_t.percent import percent

if TYPE_CHECKING:
    from margin_core.methodologies.us_reg_t.groups import Group, Terms
    from margin_core.methodologies.us_reg_t.params import Params


class Adjustment(StrEnum):
    """What the gross requirement holds, or its equity lacks, against net liquidation value."""

    SHORT_STOCK = "Market value of short stock"
    SHORT_OPTIONS = "Market value of short options"
    LONG_OPTIONS = "Market value of long options without loan value"
    ABOVE_STRIKE = "Stock above the exercise price of its short call"
    BOX_GAP = "European long boxes, counted at their strike gap"

    @property
    def sign(self) -> float:
        """Whether it is taken from (-1) or added to (+1) the gross requirement."""
        added = {Adjustment.LONG_OPTIONS, Adjustment.ABOVE_STRIKE}
        return 1.0 if self in added else -1.0


def gross(group: Group, terms: Terms) -> Line:
    """Return the gross requirement (basis A) of a group.

    It includes the value of what is short (uncovered options, stock) and, initially, the full
    cost of long options.
    """
    lines = [_base(group, terms)]
    if terms.initial and group.kind not in {Kind.LONG_OPTION, Kind.BOX}:
        lines += [options.cost(leg) for leg in group.options if leg.quantity > 0]
    lone_stock = group.kind in {Kind.LONG_STOCK, Kind.SHORT_STOCK}
    return total(group.label, *lines, source=lines[0].source if lone_stock else RULES[group.kind])


def adjustments(group: Group, terms: Terms) -> list[tuple[Adjustment, Line]]:
    """Return what takes the gross requirement of a group to the net liquidation basis.

    The requirement must leave the same excess against net liquidation value as gross does
    against the credit balance. That balance holds all proceeds, long stock (at no more than the
    exercise price of a call sold against it) and long options with loan value.
    """
    lines: list[tuple[Adjustment, Line]] = []
    for leg in group.legs:
        value = given(leg.label, leg.value)
        match leg:
            case Shares() if leg.quantity < 0:
                lines.append((Adjustment.SHORT_STOCK, value))
            case Series() if leg.quantity < 0:
                lines.append((Adjustment.SHORT_OPTIONS, value))
            case Series() if group.kind is Kind.BOX or not terms.initial:
                lendable = group.kind is Kind.LONG_OPTION and leg.loan
                counted = options.time_value(leg) if lendable else value
                lines.append((Adjustment.LONG_OPTIONS, counted))
    if group.kind is Kind.BOX:
        lines.append((Adjustment.BOX_GAP, strike_gap(group.options)))
    excess = None if terms.initial else hedges.above_strike(group)
    if excess is not None:
        lines.append((Adjustment.ABOVE_STRIKE, excess))
    return lines


def net(group: Group, terms: Terms) -> float:
    """Return what the group asks on the net liquidation basis (C)."""
    adjusted = sum(kind.sign * line.amount for kind, line in adjustments(group, terms))
    return gross(group, terms).amount + adjusted


def strike_gap(box: tuple[Series, ...]) -> Line:
    """Return what a long box pays at expiration: the gap between its exercise prices."""
    low, high = sorted(leg.option.strike for leg in box if leg.option.call)
    return given("Gap between the exercise prices", (high - low) * box[0].units)


def _base(group: Group, terms: Terms) -> Line:
    p, initial = terms.p, terms.initial
    match group.kind:
        case Kind.UNCOVERED:
            return options.uncovered(group.options[0], p)
        case Kind.CASH_SECURED:
            return options.cash_secured(group.options[0])
        case Kind.LONG_OPTION:
            return options.lone_long(group.options[0], p, initial=initial)
        case Kind.LONG_STOCK:
            return stock.long_stock(group.lot, p, initial=initial, cash=terms.cash)
        case Kind.SHORT_STOCK:
            return stock.short_stock(group.lot, p, initial=initial)
        case _:
            return _of_several_legs(group, terms)


def _of_several_legs(group: Group, terms: Terms) -> Line:
    match group.kind:
        case Kind.STRADDLE:
            return _straddle(group.call, group.put, terms.p)
        case Kind.SPREAD:
            return _spread(group.options, terms)
        case Kind.BOX:
            share = terms.p.box_share
            return scaled(f"{percent(share)} of the gap", strike_gap(group.options), share)
        case _:
            return hedges.hedge(group, terms)


def _straddle(call: Series, put: Series, p: Params) -> Line:
    of_call, of_put = options.uncovered(call, p), options.uncovered(put, p)
    other = put if sign(of_call.amount - of_put.amount) >= 0 else call
    return total(
        "Greater requirement and the other option",
        largest("Greater of the two uncovered requirements", of_call, of_put),
        given(f"Market value of {other.label}", options.counted_value(other)),
        source=RULES[Kind.STRADDLE],
    )


def _spread(legs: tuple[Series, ...], terms: Terms) -> Line:
    loss = maximum_loss(legs)
    if terms.cash:
        return loss
    shorts = (options.uncovered(leg, terms.p) for leg in legs if leg.quantity < 0)
    return smallest(
        "Lesser of the uncovered requirement and the maximum potential loss",
        total("Short options uncovered", *shorts, source=RULES[Kind.UNCOVERED]),
        loss,
        source=RULES[Kind.SPREAD],
    )
