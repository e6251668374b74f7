"""What the standard manager takes from an account's value in each phase, and that value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.margin.cash_asset import in_dollars
from margin_core.margin.figure import Line, given, scaled, total, without_sign
from margin_core.margin.last_bits import sign
from margin_core.methodologies.derive_srm.options import Phase, expiry_margin

if TYPE_CHECKING:
    from margin_core.methodologies.derive_srm.account import Account, CoinMarket
    from margin_core.methodologies.derive_srm.terms import Params


def equity(own: Account, p: Params) -> Line:
    """Return what counts in both phases, dollars: no option, perpetuals' profit, collateral."""
    perpetuals = (
        given(mark.label, mark.value)
        for mark in own.held
        if not isinstance(mark.position.instrument, Option)
    )
    profit = total("Perpetuals, unsettled profit", *perpetuals)
    return total(
        "Equity",
        in_dollars(profit, own.price, p.cash_asset),
        own.collateral.counted,
        source="contracts#account",
    )


def maintenance(own: Account, p: Params) -> Line:
    """Return the maintenance requirement, dollars."""
    markets = (_market(held, Phase.MAINTENANCE, (), p) for held in own.markets)
    lines = (in_dollars(line, own.price, p.cash_asset) for line in markets)
    beside = own.collateral.maintenance_charge.parts
    return total("Maintenance margin", *lines, *beside, source="contracts#account")


def initial(own: Account, p: Params) -> Line:
    """Return the initial requirement, dollars, with what distrust and a broken peg cost."""
    below = p.depeg_threshold - own.price
    depeg = below * p.depeg_factor if below > 0.0 else 0.0
    markets = (
        _market(held, Phase.INITIAL, (*_oracle(held, p), *_depeg(held, depeg, p)), p)
        for held in own.markets
    )
    beside = [
        in_dollars(line, own.price, p.cash_asset)
        for value, confidence in own.others
        for line in _penalty(confidence, p.base_threshold, value, p)
    ]
    return total(
        "Initial margin",
        *(in_dollars(line, own.price, p.cash_asset) for line in markets),
        *beside,
        *own.collateral.initial_charge.parts,
        source="contracts#account",
    )


def _market(held: CoinMarket, phase: Phase, charges: tuple[Line, ...], p: Params) -> Line:
    """Return the requirement of one coin, units of the cash asset."""
    expiries = (expiry_margin(expiry, held.spot, phase, p) for expiry in held.expiries)
    return total(
        f"{phase.capitalize()} margin of {held.symbol}",
        *_perpetuals(held, phase, p),
        *expiries,
        *charges,
    )


def _perpetuals(held: CoinMarket, phase: Phase, p: Params) -> tuple[Line, ...]:
    if not held.perpetuals:
        return ()
    table = p.im_perp_req if phase is Phase.INITIAL else p.mm_perp_req
    share = float(table[held.symbol])
    lines = (given(m.label, m.position.units * m.price) for m in held.perpetuals)
    net = without_sign(f"{held.symbol} perpetuals at their mark", *lines)
    return (scaled(f"{net.label}, {share * 100:.4g} %", net, share, source="contracts#perpetuals"),)


def _oracle(held: CoinMarket, p: Params) -> tuple[Line, ...]:
    """Return the charges for low confidence in a coin's feeds: perpetuals, and options sold."""
    size = given(f"{held.symbol} perpetuals at spot", abs(held.perpetual_units) * held.spot)
    lines = _penalty(held.perpetual_confidence, p.perp_threshold, size, p)
    for expiry in held.expiries:
        size = given(f"{expiry.name} options sold, at spot", expiry.short * held.spot)
        lines += _penalty(expiry.confidence, p.option_threshold, size, p)
    return lines


def _penalty(confidence: float, threshold: float, size: Line, p: Params) -> tuple[Line, ...]:
    """Return what distrust costs: the whole lack of confidence, once below the threshold."""
    if confidence >= threshold or not sign(size.amount):
        return ()
    label, factor = f"{size.label}, confidence {confidence:.4g}", (1.0 - confidence) * p.oc_factor
    return (scaled(label, size, factor, source="contracts#oracle contingency"),)


def _depeg(held: CoinMarket, depeg: float, p: Params) -> tuple[Line, ...]:
    if not depeg:
        return ()
    size = total(
        f"{held.symbol} perpetuals and options sold, at spot",
        given("Perpetuals", abs(held.perpetual_units) * held.spot),
        *(given(expiry.name, expiry.short * held.spot) for expiry in held.expiries),
    )
    label = f"{size.label}, {depeg * 100:.4g} % for {p.cash_asset} below its peg"
    return (scaled(label, size, depeg, source="contracts#depeg"),)
