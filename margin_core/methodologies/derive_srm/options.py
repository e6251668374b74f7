"""What the options of one expiry require: each by itself, or the largest loss at expiry."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, floored, given, largest, scaled, smallest, total
from margin_core.margin.last_bits import first_largest
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from margin_core.methodologies.derive_srm.account import Expiry, Holding
    from margin_core.methodologies.derive_srm.terms import Params

SPREADS = "contracts#expiry margin"


class Phase(StrEnum):
    """The margin that is asked to open a position, and the one to keep it."""

    INITIAL = "initial"
    MAINTENANCE = "maintenance"


def expiry_margin(expiry: Expiry, spot: float, phase: Phase, p: Params) -> Line:
    """Return the requirement of one expiry, units of the cash asset.

    It is the lower of the sum over the options by themselves and the largest loss at expiry, for
    the expiry as a whole: the two are never mixed option by option.
    """
    return smallest(
        expiry.name,
        total(
            f"{expiry.name}, each by itself",
            *(isolated(held, spot, phase, p) for held in expiry.holdings if held.short),
        ),
        largest_loss(expiry, phase, p),
        source=SPREADS,
    )


def isolated(held: Holding, spot: float, phase: Phase, p: Params) -> Line:
    """Return the requirement of an option sold, by itself: its value and a share of spot."""
    if not held.option.call:
        return _put(held, spot, phase, p)
    share = p.mm_call_spot_req if phase is Phase.MAINTENANCE else _spot_share(held, spot, p)
    return total(held.label, _value(held), _of_spot(held, spot, share), source="contracts#isolated")


def largest_loss(expiry: Expiry, phase: Phase, p: Params) -> Line:
    """Return the most that the expiry can lose at settlement, without what was paid for it.

    Settlement at zero and at each strike is looked at; calls sold without a call bought, whose
    loss has no end, cost a multiple of the forward each.
    """
    nodes = sorted({0.0, *(held.option.strike for held in expiry.holdings)})
    losses = [
        -sum(held.units * _intrinsic(held, node) for held in expiry.holdings) for node in nodes
    ]
    worst = first_largest(losses)
    lines = (
        total(_settled(node), *(_settlement(held, node) for held in expiry.holdings))
        if i == worst
        else given(_settled(node), loss)
        for i, (node, loss) in enumerate(zip(nodes, losses, strict=True))
    )
    loss = floored(f"{expiry.name}, loss", largest(f"{expiry.name}, worst settlement", *lines))
    label = f"{expiry.name}, largest loss at expiry"
    unpaired = -net(held.units for held in expiry.holdings if held.option.call)
    if unpaired <= 0.0:
        return total(label, loss, source="contracts#largest loss")
    size = given(f"{unpaired:,.6g} calls without end, at the forward", unpaired * expiry.forward)
    initial = phase is Phase.INITIAL
    scale = p.unpaired_im_scale if initial else p.unpaired_mm_scale
    endless = scaled(f"{size.label}, times {scale:.4g}", size, scale, source="contracts#unpaired")
    return total(label, loss, endless, source="contracts#largest loss")


def _put(held: Holding, spot: float, phase: Phase, p: Params) -> Line:
    maintenance = total(
        f"{held.label}, maintenance",
        _value(held),
        largest(
            "Share of spot or of value",
            _of_spot(held, spot, p.mm_put_spot_req),
            scaled(f"{p.mm_put_mtm_req * 100:.4g} % of its value", _value(held), p.mm_put_mtm_req),
        ),
        source="contracts#isolated",
    )
    if phase is Phase.MAINTENANCE:
        return maintenance
    share = _spot_share(held, spot, p)
    plain = total(f"{held.label}, by spot", _value(held), _of_spot(held, spot, share))
    label = f"{held.label}, {p.mm_offset_scale:.4g} of maintenance"
    deep = scaled(label, maintenance, p.mm_offset_scale)
    return largest(held.label, plain, deep, source="contracts#isolated")


def _spot_share(held: Holding, spot: float, p: Params) -> float:
    """Return the initial share of spot, less the farther out of the money the option is."""
    sign = 1.0 if held.option.call else -1.0
    otm = max(sign * (held.option.strike - spot) / spot, 0.0)
    return max(p.min_spot_req, p.max_spot_req - otm)


def _value(held: Holding) -> Line:
    return given("Its value", held.short * held.price)


def _of_spot(held: Holding, spot: float, share: float) -> Line:
    return scaled(f"{share * 100:.4g} % of spot", given("Size at spot", held.short * spot), share)


def _intrinsic(held: Holding, node: float) -> float:
    sign = 1.0 if held.option.call else -1.0
    return max(sign * (node - held.option.strike), 0.0)


def _settled(node: float) -> str:
    return f"settled at {node:,.6g}"


def _settlement(held: Holding, node: float) -> Line:
    return given(held.label, 0.0 - held.units * _intrinsic(held, node))
