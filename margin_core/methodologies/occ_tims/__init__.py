"""OCC TIMS portfolio margin: an account's loss at the worst of ten prices per group.

The figure is an estimate: brokers take the ten theoretical values of each series from OCC's daily
file, this module prices them itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin import parameters
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.figure import Line, largest, nonzero, scaled, total
from margin_core.margin.haircuts import NOT_TAKEN, collateral, flat
from margin_core.margin.last_bits import first_largest
from margin_core.margin.result import MarginResult, Methodology
from margin_core.methodologies.occ_tims import house
from margin_core.methodologies.occ_tims.eligibility import ineligibilities
from margin_core.methodologies.occ_tims.grouping import (
    disagreeing_classes,
    groups,
    unused_product_groups,
)
from margin_core.methodologies.occ_tims.impossible import refuse_impossible
from margin_core.methodologies.occ_tims.scan import Requirement, account, requirement
from margin_core.methodologies.occ_tims.terms import (
    OTHER_BROAD,
    Params,
    kind,
    refuse_uncovered,
)
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.occ_tims.grouping import Group
    from margin_core.methodologies.occ_tims.scan import Account

DOCUMENT = parameters.read(__file__)
PUBLISHED = parameters.load(Params, __file__)


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return the portfolio margin of an account of US stocks, indices and their derivatives.

    Parameters
    ----------
    portfolio : Portfolio
        Reports in USD; stocks, funds, indices, linear options and futures on them.
    market : Market
    p : Params
        Published by default; the house's own requirements are off in it.

    Returns
    -------
    MarginResult
        The same requirement for both phases unless ``initial_factor`` says otherwise. Equity is
        cash and every position at its full market value.

    Raises
    ------
    NotCoveredError
        For perpetuals, coins, commodities, inverse contracts, a currency other than USD, and
        volatility indices unless a range is given for them.
    ParameterError
        If a parameter has an impossible value.

    References
    ----------
    FINRA Rule 4210(g); Cboe Rule 10.4; OCC, Customer Portfolio Margin.
    """
    refuse_impossible(p)
    refuse_uncovered(portfolio, p)
    held = marks(portfolio, market)
    worth = net_liquidation_value(portfolio, market, held)
    cash = collateral(
        portfolio, market, lambda b: flat(0.0) if b.asset == portfolio.currency else NOT_TAKEN
    )
    equity = total("Equity", *worth.parts[: len(held)], cash.counted, source="cpm")
    priced, sets = account(portfolio, market, held), groups(portfolio, p)
    owed = _owed(priced, sets, p)
    maintenance = _charged("Maintenance margin (estimate)", owed.line, cash.maintenance_charge)
    return MarginResult(
        methodology=METHODOLOGY.key,
        title=METHODOLOGY.title,
        currency=portfolio.currency,
        net_liquidation_value=worth.amount,
        collateral_not_counted=cash.not_counted,
        equity=equity,
        initial=_initial(owed.line, cash.initial_charge, p),
        maintenance=maintenance,
        sources=DOCUMENT.sources,
        scenarios=owed.scenarios,
        worst_by_group=owed.worst,
        warnings=(
            *(mark.warning for mark in held if mark.warning),
            *cash.warnings,
            *_warnings(portfolio, sets, p),
            *house.without_data(priced, p),
            *ineligibilities(portfolio, equity.amount, p),
        ),
    )


def _owed(held: Account, sets: tuple[Group, ...], p: Params) -> Requirement:
    """Return the rule's requirement, or the house's where that is larger, with its add-on."""
    rule = requirement("Sum of the groups", held, sets, p)
    candidates = [rule, *house.overlays(held, sets, p)]
    binding = candidates[first_largest([candidate.line.amount for candidate in candidates])]
    line = rule.line
    if len(candidates) > 1:
        line = largest("The rule's or the house's, the larger", *(c.line for c in candidates))
    if p.large_position_charge:
        line = total("With the add-on", line, house.large_positions(held, p))
    return Requirement(line, binding.scenarios, binding.worst)


def _initial(owed: Line, charge: Line, p: Params) -> Line:
    if p.initial_factor != 1.0:
        owed = scaled(
            f"{p.initial_factor:.4g} x maintenance",
            owed,
            p.initial_factor,
            source="ibkr#initial_factor",
        )
    return _charged("Initial margin (estimate)", owed, charge)


def _charged(label: str, owed: Line, charge: Line) -> Line:
    """Return what is owed with the collateral charge of that phase, where there is one."""
    return total(label, owed, *nonzero(charge))


def _warnings(portfolio: Portfolio, sets: tuple[Group, ...], p: Params) -> Iterator[str]:
    """Yield what is assumed about these positions in particular."""
    held = {position.underlying for position in portfolio.positions}
    leveraged = [u.symbol for u in portfolio.underlyings if u.symbol in held and u.leverage != 1.0]
    if leveraged:
        yield (
            f"{', '.join(leveraged)}: the range of a leveraged product is its index's range times "
            "its leverage, which is the rule as remembered; OCC keeps a list of these products"
        )
    for group in sets:
        kinds = {kind(u, portfolio) for u in portfolio.underlyings if u.product_group == group.name}
        if group.members and group.name not in p.product_offsets and kinds == {OTHER_BROAD}:
            yield (
                f"{group.name}: the share of {p.product_offsets[OTHER_BROAD]:.0%} of a gain within "
                "non-high-capitalization indices is the rule as remembered"
            )
    for name in unused_product_groups(portfolio, p):
        yield (
            f"{name}: no offset is known for this product group, its classes pay for nothing "
            "outside themselves (parameter product_offsets sets one)"
        )
    for name in disagreeing_classes(portfolio):
        yield (
            f"{name}: the members of this class name different product groups, so that it has none "
            "and pays for nothing outside itself"
        )


METHODOLOGY = Methodology(
    "occ_tims",
    DOCUMENT.title,
    covers="US stocks, funds and indices, options and linear futures on them",
    margin=margin,
    published=PUBLISHED,
    sources=DOCUMENT.sources,
    profiles=parameters.load_profiles(PUBLISHED, __file__),
)
