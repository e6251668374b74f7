"""Stock: what shares ask standing alone, long and short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, given, largest, scaled, total
from margin_core.methodologies.us_reg_t.legs import leverage
from margin_core.methodologies.us_reg_t.percent import percent

if TYPE_CHECKING:
    from margin_core.methodologies.us_reg_t.legs import Shares
    from margin_core.methodologies.us_reg_t.params import Params


def long_rate(lot: Shares, p: Params, *, initial: bool, cash: bool = False) -> float:
    """Return the share of market value that long stock asks.

    References
    ----------
    Reg T 220.12(a), (e), 220.8; FINRA 4210(c)(1); Regulatory Notice 09-53
    """
    if cash or not lot.facts.marginable:
        return p.not_marginable
    if initial:
        return p.initial_long
    return min(p.leveraged_most, p.maintenance_long * leverage(lot.facts))


def long_stock(lot: Shares, p: Params, *, initial: bool, cash: bool = False) -> Line:
    """Return the requirement of long stock."""
    rate = long_rate(lot, p, initial=initial, cash=cash)
    return scaled(
        f"{percent(rate)} of {lot.label}",
        market_value(lot),
        rate,
        source=_source_of_long(lot, initial=initial, cash=cash),
    )


def short_stock(lot: Shares, p: Params, *, initial: bool) -> Line:
    """Return the gross requirement of short stock: its market value and a tier on top."""
    return total(
        f"Short {lot.label}",
        market_value(lot),
        short_sale(lot, p) if initial else short_tier(lot, p),
        source="reg_t#220.12(c)(1)" if initial else "finra_4210#(c)",
    )


def short_sale(lot: Shares, p: Params) -> Line:
    """Return what a short sale asks beyond its proceeds."""
    return scaled(
        f"{percent(p.initial_short)} of {lot.label}",
        market_value(lot),
        p.initial_short,
        source="reg_t#220.12(c)(1)",
    )


def short_tier(lot: Shares, p: Params) -> Line:
    """Return the maintenance of short stock beyond its market value.

    References
    ----------
    FINRA 4210(c)(2) below 5 dollars a share, (c)(3) from there; Regulatory Notice 09-53
    """
    low = lot.price < p.low_price
    multiple = "finra_09_53#maintenance" if leverage(lot.facts) > 1.0 else "finra_4210#(c)(3)"
    leveraged = min(p.leveraged_most, p.maintenance_short * leverage(lot.facts))
    rate = p.low_price_short if low else leveraged
    floor = p.low_price_floor if low else p.short_floor
    return largest(
        f"Maintenance of {lot.label}",
        scaled(f"{percent(rate)} of the market value", market_value(lot), rate),
        given(f"{floor:,.2f} dollars a share", lot.units * floor),
        source="finra_4210#(c)(2)" if low else multiple,
    )


def market_value(lot: Shares) -> Line:
    """Return the market value of the shares, without sign."""
    return given(f"Market value of {lot.label}", lot.value)


def _source_of_long(lot: Shares, *, initial: bool, cash: bool) -> str:
    if cash:
        return "reg_t#220.8"
    if not lot.facts.marginable:
        return "reg_t#220.12(e)" if initial else "finra_4210#(c)"
    if initial:
        return "reg_t#220.12(a)"
    return "finra_09_53#maintenance" if leverage(lot.facts) > 1.0 else "finra_4210#(c)(1)"
