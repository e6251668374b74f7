"""What Derive takes from an account's value in each phase, and that value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.margin.cash_asset import in_dollars
from margin_core.margin.figure import Line, given, scaled, total
from margin_core.methodologies.derive_pmrm import contingencies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.methodologies.derive_pmrm.account import Account
    from margin_core.methodologies.derive_pmrm.losses import Losses
    from margin_core.methodologies.derive_pmrm.terms import Params


def equity(own: Account, p: Params) -> Line:
    """Return what Derive calls mark to market, less the haircuts of both phases, dollars.

    Options are at Black-76 on the forward of their expiry, as in the scenarios.
    """
    perpetuals = (
        given(mark.label, mark.value)
        for mark in own.held
        if not isinstance(mark.position.instrument, Option)
    )
    positions = total(
        "Positions", option_value(own, p), total("Perpetuals, unsettled profit", *perpetuals)
    )
    return total(
        "Equity",
        in_dollars(positions, own.price, p.cash_asset),
        own.collateral.counted,
        source="contracts#mark to market",
    )


def option_value(own: Account, p: Params) -> Line:
    """Return the value of all options, units of the cash asset."""
    lines = (
        given(mark.label, value)
        for held in own.books
        for mark, value in zip(held.options, held.values_today(p).tolist(), strict=True)
    )
    return total("Options at Black-76", *lines)


def initial(own: Account, worst: Sequence[Losses], p: Params) -> Line:
    """Return the initial requirement, dollars; ``worst`` is one per book of the account.

    The loss is scaled more while the cash asset is below its peg.
    """
    below = max(p.peg_loss_threshold - own.price, 0.0) * p.peg_loss_factor
    note = f" with {below:.4g} for {p.cash_asset} below its peg" if below else ""
    parts = [
        _of_manager(
            f"Initial margin of {held.symbol}",
            scaled_by := p.im_factor + below,
            f"times {scaled_by:.4g}{note}",
            each,
            (*contingencies.maintenance(held, p), *contingencies.initial(held, p)),
            contingencies.oracle(held, p),
            p,
        )
        for held, each in zip(own.books, worst, strict=True)
    ]
    distrust = [
        line
        for value, confidence in own.others
        for line in contingencies.collateral_oracle(value, confidence, p)
    ]
    beside = (*distrust, *own.collateral.initial_charge.parts)
    return _whole("Initial margin", parts, own, beside, p)


def maintenance(own: Account, worst: Sequence[Losses], p: Params) -> Line:
    """Return the maintenance requirement, dollars; ``worst`` is one per book of the account."""
    parts = [
        _of_manager(
            f"Maintenance margin of {held.symbol}",
            p.mm_factor,
            f"times {p.mm_factor:.4g}",
            each,
            contingencies.maintenance(held, p),
            (),
            p,
        )
        for held, each in zip(own.books, worst, strict=True)
    ]
    return _whole("Maintenance margin", parts, own, own.collateral.maintenance_charge.parts, p)


def _of_manager(
    label: str,
    factor: float,
    times: str,
    worst: Losses,
    charges: tuple[Line, ...],
    distrust: tuple[Line, ...],
    p: Params,
) -> Line:
    """Return one manager's requirement, units of the cash asset."""
    loss = worst.line
    if p.scaled_contingencies:
        loss, charges = total(f"{loss.label} and contingencies", loss, *charges), ()
    counted = scaled(f"{loss.label}, {times}", loss, factor, source="contracts#loss factors")
    return total(label, counted, *charges, *distrust)


def _whole(
    label: str, parts: Sequence[Line], own: Account, beside: tuple[Line, ...], p: Params
) -> Line:
    """Return the managers' requirements as dollars, with what is counted in dollars beside."""
    lines = (in_dollars(part, own.price, p.cash_asset) for part in parts)
    return total(label, *lines, *beside, source="contracts#result")
