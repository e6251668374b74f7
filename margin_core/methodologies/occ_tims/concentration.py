"""What the riskiest names of an account lose in a large move while all others make a small one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from margin_core.margin.figure import floored, largest, total
from margin_core.margin.last_bits import by_size, first_largest
from margin_core.methodologies.occ_tims.grouping import class_groups
from margin_core.methodologies.occ_tims.scan import Requirement
from margin_core.methodologies.occ_tims.terms import inverse
from margin_core.risk.scenarios import grid

if TYPE_CHECKING:
    from margin_core.methodologies.occ_tims.scan import Account
    from margin_core.methodologies.occ_tims.terms import Params

FAR, NEAR = (0, 3), (1, 2)  # the large and the small move down and up, by place in the grid


def concentration(held: Account, p: Params) -> Requirement:
    """Return the loss of the account when its riskiest names move far and all others a little.

    A name is a class group; the riskiest lose most in the large move. Each name moves the way
    that hurts it, an inverse fund against the rest of its class, and one that gains either way
    pays for no other.
    """
    moves = (-p.concentrated_move, -p.other_move, p.other_move, p.concentrated_move)
    sets = {u.symbol: grid(moves[::-1] if inverse(u) else moves) for u in held.underlyings}
    symbols = [mark.position.underlying for mark in held.marks]
    values = held.moved(sets, p).tolist()
    names = class_groups(held.portfolio)
    losses = {
        name: [
            replace(name.loss(row, held.labels), label=sets[symbols[name.positions[0]]].label(s))
            for s, row in enumerate(values)
        ]
        for name in names
    }
    riskiest = by_size(names, lambda name: max(losses[name][s].amount for s in FAR))
    far = riskiest[: int(p.concentrated_names)]
    ways = {name: FAR if name in far else NEAR for name in names}
    worse = {
        name: way[first_largest([losses[name][s].amount for s in way])]
        for name, way in ways.items()
    }
    line = total(
        f"{p.concentrated_names:g} riskiest names at {p.concentrated_move:.0%}, "
        f"others at {p.other_move:.0%}",
        *(
            floored(
                f"{name.name}, at least nothing",
                largest(name.name, *(losses[name][s] for s in ways[name])),
            )
            for name in names
        ),
        source="ibkr#concentration",
    )
    chosen = {i: worse[name] for name in names for i in name.positions}
    spots = {symbols[i]: sets[symbols[i]].spot_moves[s] for i, s in chosen.items()}
    outcome = held.outcome(
        held.everything,
        [values[chosen[i]][i] for i in held.everything],
        label=line.label,
        group="Account",
        moves=tuple((symbol, move, 0.0) for symbol, move in spots.items()),
        loss=line.amount,
    )
    return Requirement(line, (outcome,), (outcome,))
