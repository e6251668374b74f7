"""The account with the risk arrays of a file: each position finds its contract or is refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from margin_core.book.instruments import Future, MarginType, Option
from margin_core.book.portfolio import describe
from margin_core.errors import InputError, NotCoveredError
from margin_core.margin.refusal import listed
from margin_core.methodologies.cme_span.structure import Book
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.instruments import Instrument, Right
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.cme_span.risk_file import Contract, RiskFile
    from margin_core.methodologies.cme_span.structure import Commodity, Holding
    from margin_core.methodologies.cme_span.terms import Params
    from margin_core.risk.marks import Mark


def from_file(marks: Sequence[Mark], market: Market, data: RiskFile, p: Params) -> Book:
    """Return the account's net positions per contract of the file.

    Raises
    ------
    NotCoveredError
        If the file has no array for a position; it names them all.
    InputError
        If a position's multiplier is not that of its contract.
    """
    contracts = {contract.key: contract for contract in data.contracts}
    lots: dict[Instrument, list[float]] = {}
    for mark in marks:
        lots.setdefault(mark.position.instrument, []).append(mark.position.quantity)
    quantities = {instrument: net(sizes) for instrument, sizes in lots.items()}
    found = {
        instrument: contracts[key]
        for instrument in quantities
        if (key := _key(instrument)) in contracts
    }
    if missing := [describe(instrument) for instrument in quantities if instrument not in found]:
        raise NotCoveredError(
            f"{data.title} has no risk array for {listed(missing)}",
            where="positions",
            remedy="Give a file that lists them, or none, for arrays made here.",
            positions=tuple(missing),
        )
    held: dict[str, list[Holding]] = {}
    for instrument, contract in found.items():
        _refuse_other_size(instrument, contract)
        quantity = quantities[instrument]
        holding = contract.holding(f"{quantity:+,g} {describe(instrument)}", quantity)
        held.setdefault(contract.commodity, []).append(holding)
    chosen = [commodity for commodity in data.commodities if commodity.code in held]
    return Book(
        tuple((commodity, tuple(held[commodity.code])) for commodity in chosen),
        data.spreads,
        {
            commodity.code: _moves(commodity, held[commodity.code], market, p)
            for commodity in chosen
        },
    )


def _key(instrument: Instrument) -> tuple[str, date, Right | None, float]:
    """Return what the file knows the instrument by; for what no file holds, a key of none."""
    if isinstance(instrument, Option | Future) and instrument.margin_type is MarginType.LINEAR:
        expiry = instrument.expiry.date()
        if isinstance(instrument, Option):
            return instrument.underlying, expiry, instrument.right, instrument.strike
        return instrument.underlying, expiry, None, 0.0
    return "", date.min, None, 0.0


def _refuse_other_size(instrument: Instrument, contract: Contract) -> None:
    if instrument.multiplier != contract.factor:
        raise InputError(
            f"{describe(instrument)} has multiplier {instrument.multiplier:g}, its contract in the "
            f"file {contract.factor:g}",
            where="positions",
            remedy="Give the multiplier of the contract.",
        )


def _moves(
    commodity: Commodity, held: Sequence[Holding], market: Market, p: Params
) -> tuple[tuple[tuple[str, float, float], ...], ...]:
    """Return each scenario's moves, where the file gives the price scan range."""
    if commodity.price_scan_range is None:
        return ((),) * len(p.sixteen)
    symbols = dict.fromkeys(holding.underlying for holding in held)
    price_range = commodity.price_scan_range / commodity.contract_value_factor
    span = {s: price_range / market[s].spot for s in symbols}
    return tuple(
        tuple((s, price * span[s], vol * commodity.volatility_scan_range) for s in symbols)
        for price, vol, _ in p.sixteen
    )
