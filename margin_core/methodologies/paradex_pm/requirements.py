"""What an account must hold in each phase: scan or delta, and provisions for funding and fees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import Option, Perpetual
from margin_core.margin.figure import (
    Line,
    floored,
    given,
    largest,
    scaled,
    smallest,
    total,
    without_sign,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.margin.haircuts import Collateral
    from margin_core.methodologies.paradex_pm.book import Book, Holding
    from margin_core.methodologies.paradex_pm.scan import Scan
    from margin_core.methodologies.paradex_pm.terms import Params
    from margin_core.risk.marks import Mark

RATE_HOURS = 8.0  # of the funding rate that a position states


def equity(held: Sequence[Mark], collateral: Collateral) -> Line:
    """Return the account value: collateral and every position at its mark, options too."""
    options = [m for m in held if isinstance(m.position.instrument, Option)]
    others = [m for m in held if not isinstance(m.position.instrument, Option)]
    return total(
        "Equity",
        total(
            "Options at their marks",
            *(given(m.label, m.value) for m in options),
            source="mark_price#Black-76",
        ),
        total("Perpetuals, unsettled profit", *(given(m.label, m.value) for m in others)),
        collateral.counted,
        source="definitions#account value",
    )


def initial(held: Sequence[Book], scans: Sequence[Scan], collateral: Collateral, p: Params) -> Line:
    """Return the initial requirement; ``scans`` is one per book."""
    parts = (
        total(
            f"Initial margin of {book.symbol}",
            net_requirement(book, found),
            *_provisions(book, p),
            source="page#IMR",
        )
        for book, found in zip(held, scans, strict=True)
    )
    return total("Initial margin", *parts, *collateral.initial_charge.parts, source="page#IMR")


def maintenance(
    held: Sequence[Book], scans: Sequence[Scan], collateral: Collateral, p: Params
) -> Line:
    """Return the maintenance requirement; ``scans`` is one per book."""
    parts = (
        total(
            f"Maintenance margin of {book.symbol}",
            scaled(
                f"{book.symbol}, {p.mmf_factor * 100:.4g} % of the net requirement",
                net_requirement(book, found),
                p.mmf_factor,
                source="page#MMR",
            ),
            *_provisions(book, p),
            source="page#MMR",
        )
        for book, found in zip(held, scans, strict=True)
    )
    charges = collateral.maintenance_charge.parts
    return total("Maintenance margin", *parts, *charges, source="page#MMR")


def net_requirement(book: Book, found: Scan) -> Line:
    """Return the greater of SCAN risk and the minimum delta requirement."""
    return largest(
        f"{book.symbol}, net requirement", found.line, min_delta(book), source="page#IMR"
    )


def min_delta(book: Book) -> Line:
    """Return the charge on delta: on what is left net, and on each unit that offsets another.

    References
    ----------
    Paradex, Portfolio Margin, Minimum delta requirement.
    """
    deltas = [(held.label, held.delta * book.spot) for held in book.holdings]
    signed = [given(f"Delta of {label}", amount) for label, amount in deltas]
    open_side = without_sign(f"{book.symbol}, net delta at spot", *signed)
    gross = total(
        f"{book.symbol}, gross delta at spot",
        *(given(f"Delta of {label}, without its sign", abs(amount)) for label, amount in deltas),
    )
    less = scaled(f"less {open_side.label}", open_side, -1.0)
    left = total(f"{book.symbol}, gross less net", gross, less)
    offset = floored(f"{book.symbol}, delta that offsets", left)
    hedged = scaled(f"{book.symbol}, hedged delta at spot", offset, 0.5)
    return total(
        f"{book.symbol}, minimum delta requirement",
        _share(open_side, book.terms.unhedged, "page#unhedged margin factor"),
        _share(hedged, book.terms.hedged, "page#hedged margin factor"),
        source="page#minimum delta requirement",
    )


def _provisions(book: Book, p: Params) -> Iterator[Line]:
    """Yield the provisions of both phases, those that are not zero."""
    for line in (funding(book, p), fees(book, p)):
        if line.amount:
            yield line


def funding(book: Book, p: Params) -> Line:
    """Return what the perpetuals are to pay in the next hours, net, never below zero."""
    due = total(
        f"{book.symbol}, funding to be paid in {p.funding_provision_hour:g} hours",
        *(
            given(
                f"{mark.label} at {mark.position.funding_rate or 0.0:.6g} per {RATE_HOURS:g} hours",
                mark.position.units
                * book.spot
                * (mark.position.funding_rate or 0.0)
                * (p.funding_provision_hour / RATE_HOURS),
            )
            for mark in book.marks
            if isinstance(mark.position.instrument, Perpetual)
        ),
    )
    return floored(f"{book.symbol}, funding provision", due, source="page#funding provision")


def fees(book: Book, p: Params) -> Line:
    """Return what closing every holding would cost a taker."""
    lines = (_fee(held, book.spot, p) for held in book.holdings)
    return total(f"{book.symbol}, fee provision", *lines, source="page#fee provision")


def _fee(held: Holding, spot: float, p: Params) -> Line:
    worth = given(f"{held.label} at its mark", abs(held.value))
    if not isinstance(held.instrument, Option):
        return _share(worth, p.perpetual_taker_fee, "engine#fee provision")
    return smallest(
        f"{held.label}, fee",
        _share(
            given(f"{held.label} at spot", abs(held.units) * spot),
            p.option_taker_fee,
            "engine#fee provision",
        ),
        _share(worth, p.option_fee_cap, "engine#option fee cap"),
        source="engine#fee provision",
    )


def _share(part: Line, rate: float, source: str) -> Line:
    return scaled(f"{part.label}, {rate * 100:.4g} %", part, rate, source=source)
