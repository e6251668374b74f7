"""How positions were paired: each group, its rule, and what it saves; and a simple pairing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, scaled, total
from margin_core.methodologies.us_reg_t.account import pair_all, requirement, terms
from margin_core.methodologies.us_reg_t.groups import RULES, Group, Kind, Phase, Terms
from margin_core.methodologies.us_reg_t.legs import holdings
from margin_core.methodologies.us_reg_t.params import PUBLISHED
from margin_core.methodologies.us_reg_t.program import alone_group
from margin_core.methodologies.us_reg_t.requirements import net
from margin_core.methodologies.us_reg_t.simple import joined_spreads, pair_simply
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.us_reg_t.params import Params

_TWO_LEGS, _FOUR_LEGS = 2, 4


@dataclass(frozen=True, slots=True)
class Pairing:
    """One group of the pairing, in dollars on the net liquidation basis.

    ``legs`` holds (label, signed quantity in contracts or shares). ``uncovered`` is what the legs
    would ask each on its own in the phase of the pairing, ``saving`` what the group spares of it.
    """

    strategy: str
    legs: tuple[tuple[str, float], ...]
    initial: float
    maintenance: float
    rule: str
    uncovered: float
    saving: float

    @property
    def naked(self) -> bool:
        """Whether it is a short option, or a short call and put, that nothing covers."""
        return self.rule in {RULES[Kind.UNCOVERED], RULES[Kind.STRADDLE]}


@dataclass(frozen=True, slots=True)
class SimplePairing:
    """What a simple pairing asks, and how much more that is than the cheapest."""

    pairings: tuple[Pairing, ...]
    initial: Line
    maintenance: Line
    more_initial: Line
    more_maintenance: Line


def pairings(
    portfolio: Portfolio,
    market: Market,
    p: Params = PUBLISHED,
    phase: Phase = Phase.MAINTENANCE,
) -> tuple[Pairing, ...]:
    """Return how the cheapest lawful pairing of ``phase`` groups the positions.

    Raises
    ------
    NotCoveredError
        Naming the positions that these rules do not margin.
    """
    return _described(_cheapest(portfolio, market, p)[phase], terms(portfolio, phase, p))


def simple_pairing(
    portfolio: Portfolio, market: Market, p: Params = PUBLISHED, *, legs: int = _TWO_LEGS
) -> SimplePairing:
    """Return what a broker's simple pairing asks, beside the cheapest.

    The dearest short option first, each joined to one other leg; with ``legs`` of 4, pairs of
    equally many two-leg spreads are then joined to iron spreads, butterflies and condors.

    Raises
    ------
    NotCoveredError
        Naming the positions that these rules do not margin.
    """
    cheapest = _cheapest(portfolio, market, p)
    held = holdings(portfolio, market, marks(portfolio, market), p)
    simple, asked, more = {}, {}, {}
    for phase in Phase:
        in_phase = terms(portfolio, phase, p)
        paired = [pair_simply(each, in_phase) for each in held]
        if legs >= _FOUR_LEGS:
            paired = [joined_spreads(groups) for groups in paired]
        simple[phase] = [group for groups in paired for group in groups]
        asked[phase] = requirement(simple[phase], in_phase)
        less = scaled("Cheapest pairing", requirement(cheapest[phase], in_phase), -1.0)
        more[phase] = total(f"More than the cheapest pairing, {phase}", asked[phase], less)
    return SimplePairing(
        _described(simple[Phase.MAINTENANCE], terms(portfolio, Phase.MAINTENANCE, p)),
        asked[Phase.INITIAL],
        asked[Phase.MAINTENANCE],
        more[Phase.INITIAL],
        more[Phase.MAINTENANCE],
    )


def _cheapest(portfolio: Portfolio, market: Market, p: Params) -> dict[Phase, list[Group]]:
    held = holdings(portfolio, market, marks(portfolio, market), p)
    return {
        phase: [group for paired in found for group in paired.groups]
        for phase, found in pair_all(held, portfolio, p).items()
    }


def _described(groups: Iterable[Group], in_phase: Terms) -> tuple[Pairing, ...]:
    return tuple(_pairing(group, in_phase) for group in groups)


def _pairing(group: Group, in_phase: Terms) -> Pairing:
    asks = {phase: net(group, replace(in_phase, phase=phase)) for phase in Phase}
    apart = sum(net(alone_group(leg, in_phase), in_phase) for leg in group.legs)
    return Pairing(
        strategy=group.name,
        legs=tuple((leg.label, leg.quantity) for leg in group.legs),
        initial=asks[Phase.INITIAL],
        maintenance=asks[Phase.MAINTENANCE],
        rule=RULES[group.kind],
        uncovered=apart,
        saving=apart - asks[in_phase.phase],
    )
