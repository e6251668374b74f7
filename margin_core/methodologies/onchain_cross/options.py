"""What the options of one expiry ask: each by itself, or the most they can lose at settlement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, floored, given, largest, scaled, smallest, total
from margin_core.margin.last_bits import first_largest
from margin_core.methodologies.onchain_cross.terms import Phase
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from margin_core.methodologies.onchain_cross.account import Expiry, Holding
    from margin_core.methodologies.onchain_cross.terms import Params

ALONE = "options#cross margin"
SPREAD = "options#option spread margin"


def expiry_margin(expiry: Expiry, spot: float, phase: Phase, p: Params) -> Line:
    """Return the requirement of one expiry, dollars.

    It is the lower of the sum over the options by themselves and the largest loss at settlement.
    Options that are all bought are not grouped.
    """
    alone = total(
        f"{expiry.name}, each by itself",
        *(isolated(held, spot, phase, p) for held in expiry.holdings),
        source=ALONE,
    )
    if all(held.units > 0.0 for held in expiry.holdings):
        return alone
    return smallest(
        expiry.name, alone, settlement_cap(expiry, spot, phase, p), source=f"{SPREAD}, group margin"
    )


def isolated(held: Holding, spot: float, phase: Phase, p: Params) -> Line:
    """Return the requirement of one option by itself, dollars."""
    coin = held.option.underlying
    factor = p.option_mmf_factor if phase is Phase.MAINTENANCE else 1.0
    size = given("Size at spot", held.size * spot)
    if held.units > 0.0:
        return smallest(
            held.label,
            _share(given("Its value", held.size * held.mark), p.premium_multiplier * factor),
            _share(size, p.fraction("long_itm", coin) * factor),
            source=f"{ALONE}, buying",
        )
    sold = largest(
        held.label,
        total(
            "Share of spot, less what it is out of the money",
            _share(size, p.fraction("short_itm", coin) * factor),
            given("Out of the money", -held.size * held.otm(spot)),
        ),
        _share(size, p.fraction("short_otm", coin) * factor),
        source=f"{ALONE}, selling",
    )
    if held.option.call:
        return sold
    strike = given("Size at its strike", held.size * held.option.strike)
    return smallest(
        f"{held.label}, at most a share of its strike",
        sold,
        _share(strike, p.short_put_cap * factor),
        source="put_cap#note on short puts",
    )


def settlement_cap(expiry: Expiry, spot: float, phase: Phase, p: Params) -> Line:
    """Return the most that the expiry can lose at settlement, from what it is worth now, dollars.

    The payoff bends at strikes alone, so that zero and the strikes are looked at; calls sold that
    no call bought pairs, whose loss has no end, are charged a multiple of spot each.
    """
    loss = floored(f"{expiry.name}, loss", _worst_settlement(expiry))
    label = f"{expiry.name}, largest loss at settlement"
    unpaired = -net(held.units for held in expiry.holdings if held.option.call)
    if unpaired <= 0.0:
        return total(label, loss, source=f"{SPREAD}, max settlement loss")
    initial = phase is Phase.INITIAL
    scale = p.unpaired_scale_initial if initial else p.unpaired_scale_maintenance
    size = given(f"{unpaired:,.6g} calls unpaired, at spot", unpaired * spot)
    reserve = scaled(
        f"{size.label}, times {scale:.4g}",
        size,
        scale,
        source=f"{SPREAD}, unpaired short call reserve",
    )
    return total(label, loss, reserve, source=f"{SPREAD}, max settlement loss")


def _worst_settlement(expiry: Expiry) -> Line:
    nodes = sorted({0.0, *(held.option.strike for held in expiry.holdings)})
    losses = [sum(_loss(held, node) for held in expiry.holdings) for node in nodes]
    worst = first_largest(losses)
    lines = (
        total(_settled(node), *(given(held.label, _loss(held, node)) for held in expiry.holdings))
        if i == worst
        else given(_settled(node), loss)
        for i, (node, loss) in enumerate(zip(nodes, losses, strict=True))
    )
    return largest(f"{expiry.name}, worst settlement", *lines)


def _loss(held: Holding, node: float) -> float:
    """Return what a holding loses from its mark where the underlying settles at ``node``."""
    return held.units * (held.mark - held.intrinsic(node))


def _settled(node: float) -> str:
    return f"settled at {node:,.6g}"


def _share(of: Line, factor: float) -> Line:
    return scaled(f"{factor * 100:.4g} % of {of.label[0].lower()}{of.label[1:]}", of, factor)
