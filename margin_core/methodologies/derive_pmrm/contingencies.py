"""Charges on top of the scenarios: perpetuals, naked shorts, and feeds that are not trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin.cash_asset import net_units
from margin_core.margin.figure import Line, given, scaled, total, without_sign
from margin_core.margin.last_bits import sign
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Iterator

    from margin_core.methodologies.derive_pmrm.book import Book, Expiry
    from margin_core.methodologies.derive_pmrm.terms import Params

SOURCE = "contracts#contingencies"


def maintenance(held: Book, p: Params) -> tuple[Line, ...]:
    """Return the contingencies of both phases, units of the cash asset."""
    base = (p.base_percent, _base(held))
    return _charges(
        (p.mm_perp_percent, _perpetuals(held)), (p.mm_option_percent, _naked(held)), base
    )


def initial(held: Book, p: Params) -> tuple[Line, ...]:
    """Return the contingencies that the initial phase adds, but for distrust of feeds."""
    return _charges((p.im_perp_percent, _perpetuals(held)), (p.im_option_percent, _naked(held)))


def oracle(held: Book, p: Params) -> tuple[Line, ...]:
    """Return the charges for low confidence in the feeds of perpetuals and options.

    Options count gross, bought ones too, at spot.
    """
    size = [_perpetuals(held)]
    if p.pooled_confidence:
        size.append(_base(held))
    pool = size[0] if len(size) == 1 else total("Perpetuals and coins at spot", *size)
    buckets = [(held.confidence, pool)]
    buckets += [(min(held.confidence, e.confidence), _gross(held, e)) for e in held.expiries]
    return tuple(line for c, size_ in buckets for line in penalty(c, size_, p))


def collateral_oracle(value: Line, confidence: float, p: Params) -> tuple[Line, ...]:
    """Return the charge for low confidence in the feed of one balance, as ``value`` is counted.

    The feed of the perpetual has no say here.
    """
    return () if p.pooled_confidence else penalty(confidence, value, p)


def penalty(confidence: float, size: Line, p: Params) -> tuple[Line, ...]:
    """Return what distrust costs: the whole lack of confidence, once below the threshold."""
    if confidence >= p.conf_threshold or not sign(size.amount):
        return ()
    label = f"{size.label}, confidence {confidence:.4g}"
    factor = (1.0 - confidence) * p.conf_margin
    return (scaled(label, size, factor, source="contracts#oracle contingency"),)


def _charges(*charges: tuple[float, Line]) -> tuple[Line, ...]:
    return tuple(
        scaled(f"{size.label}, {share * 100:.4g} %", size, share, source=SOURCE)
        for share, size in charges
        if sign(size.amount) and share
    )


def _perpetuals(held: Book) -> Line:
    """Return the net size of the perpetuals at spot, without its sign."""
    lines = [given(m.label, m.position.units * held.spot) for m in held.perpetuals]
    return without_sign(f"{held.symbol} perpetuals at spot", *lines)


def _base(held: Book) -> Line:
    return total(
        f"{held.symbol} coins at spot",
        *(given(coin.label, coin.amount * held.spot) for coin in held.coins),
    )


def _naked(held: Book) -> Line:
    """Return the shorts that no long of the same strike and expiry offsets, at spot.

    Calls and puts of a strike are one pool; strikes never offset each other.
    """
    lines = (line for expiry in held.expiries for line in _naked_strikes(held, expiry))
    return total(f"{held.symbol} naked short options at spot", *lines)


def _naked_strikes(held: Book, expiry: Expiry) -> Iterator[Line]:
    held_at: dict[float, list[float]] = {}
    for option, units in net_units(held.options[i] for i in expiry.members).items():
        held_at.setdefault(option.strike, []).append(units)
    for strike, sizes in held_at.items():
        if (units := net(sizes)) < 0.0:
            yield given(f"{-units:,.6g} at {strike:,g}, {expiry.name}", -units * held.spot)


def _gross(held: Book, expiry: Expiry) -> Line:
    sizes = net_units(held.options[i] for i in expiry.members)
    return total(
        f"{held.symbol} options of {expiry.name} at spot",
        *(
            given(f"{abs(units):,.6g} {option.right} {option.strike:,g}", abs(units) * held.spot)
            for option, units in sizes.items()
        ),
    )
