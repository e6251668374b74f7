"""OKX portfolio margin, rules of January 2025: risk units by coin, stressed and charged.

A unit's maintenance margin is the largest of MR1, MR2 and MR6 with MR3, MR4, MR5 and MR9 on
top, at least MR7; units add up, and so does MR8, what is borrowed. Equity is each currency's net,
at a discount by tiers. Coins that hedge a unit move in its stress and take no discount.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from margin_core.margin.coin_account import at_least
from margin_core.margin.currency_equity import CurrencyEquity, currency_equity
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.figure import Line, given, largest, nonzero, scaled, total
from margin_core.margin.last_bits import by_size, first_largest
from margin_core.margin.parameters import load, read
from margin_core.margin.refusal import refuse_unpublished
from margin_core.margin.result import MarginResult, Methodology
from margin_core.methodologies.okx_pm import charges, outside, stress
from margin_core.methodologies.okx_pm.notices import notices
from margin_core.methodologies.okx_pm.terms import (
    KEY,
    Params,
    check,
    discount,
    lacking,
    refuse_uncovered,
    settles_in,
)
from margin_core.methodologies.okx_pm.unit import units
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.haircuts import Tier
    from margin_core.margin.result import Outcome
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.okx_pm.unit import Unit
    from margin_core.risk.marks import Mark

DOCUMENT = read(__file__)
PUBLISHED = load(Params, __file__)


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return the portfolio margin of an account in contracts on coins.

    Parameters
    ----------
    portfolio : Portfolio
        Reports in USD; European options, futures and perpetuals on coins, linear or inverse.
    market : Market
        Spot is the index in dollars, which the moves are taken on; contracts are at their marks.
    p : Params

    Returns
    -------
    MarginResult
        Equity nets each currency: its balances, and the profits and option values paid in it.

    Raises
    ------
    NotCoveredError
        For other instruments or currencies, and where a parameter that the account needs is
        neither published nor given.
    MarketDataError
        If a coin or a position has no price.
    ParameterError
        If a parameter given has no usable form.

    References
    ----------
    OKX help, Portfolio margin mode: cross-margin trading (Risk Unit Merge), 2024-12-03.
    """
    check(p)
    refuse_uncovered(portfolio)
    held = marks(portfolio, market)
    found = units(portfolio, market, held)
    refuse_unpublished(lacking([unit.coin for unit in found], p))
    margined = [margined_unit(unit, market, p) for unit in found]
    equity = _equity(portfolio, market, held, found, p)
    derivatives = total("Derivatives", *(line for line, _, _ in margined), source="formula#MMR")
    maintenance = total(
        "Maintenance margin",
        derivatives,
        borrowing(equity, p.borrow_maintenance, "builder#borrowMmr"),
        *nonzero(equity.maintenance_charge),
    )
    opening = scaled(
        f"{p.initial_factor:.4g} x derivatives", derivatives, p.initial_factor, source="formula#IMR"
    )
    initial = total(
        "Initial margin",
        opening,
        borrowing(equity, p.borrow_initial, "builder#borrowImr"),
        *nonzero(equity.initial_charge),
    )
    return MarginResult(
        methodology=KEY,
        title=DOCUMENT.title,
        currency=portfolio.currency,
        net_liquidation_value=net_liquidation_value(portfolio, market, held).amount,
        collateral_not_counted=equity.not_counted,
        equity=equity.counted,
        initial=at_least(initial, maintenance),
        maintenance=maintenance,
        sources=DOCUMENT.sources,
        scenarios=tuple(outcome for _, outcomes, _ in margined for outcome in outcomes),
        worst_by_group=tuple(
            worst for _, _, worst in by_size(margined, lambda unit: unit[0].amount)
        ),
        warnings=(
            *(mark.warning for mark in held if mark.warning),
            *equity.warnings,
            *notices(found, equity, maintenance.amount, p),
            *filter(None, [outside.comparison(found, market, p)]),
        ),
    )


def margined_unit(
    unit: Unit, market: Market, p: Params
) -> tuple[Line, tuple[Outcome, ...], Outcome]:
    """Return a unit's maintenance margin, its scenarios, and the one that binds."""
    stresses = [stress.spot_and_volatility(unit, market, p), stress.extreme(unit, market, p)]
    if unit.has_options:
        stresses.append(stress.theta(unit, market, p))
    extras = [charges.basis(unit, market, p), charges.depeg(unit, market, p)]
    if unit.has_options:
        extras += [charges.vega(unit, p), charges.rates(unit, p)]
    line = unit_requirement(
        unit.coin, [each.line for each in stresses], extras, charges.reduction(unit, p)
    )
    binding = stresses[first_largest([each.line.amount for each in stresses])]
    return line, tuple(o for each in stresses for o in each.outcomes), binding.worst


def unit_requirement(
    coin: str, stresses: Sequence[Line], extras: Sequence[Line], minimum: Line
) -> Line:
    """Return what a unit is asked: its largest stress with the charges, at least the minimum."""
    return largest(
        coin,
        total("Stress and charges", largest("Largest stress", *stresses), *extras),
        minimum,
        source="formula#MMR",
    )


def borrowing(equity: CurrencyEquity, rate: float, source: str) -> Line:
    """Return MR8: a rate of what is owed in each currency."""
    return total("MR8: borrowing", *equity.borrowed(rate), source=source)


def _equity(
    portfolio: Portfolio,
    market: Market,
    held: Sequence[Mark],
    found: Sequence[Unit],
    p: Params,
) -> CurrencyEquity:
    names = {balance.asset.upper(): balance.asset for balance in portfolio.balances}

    def tiers(currency: str) -> Sequence[Tier]:
        price = partial(market.price, names.get(currency, currency), portfolio.currency)
        return discount(currency, price, p).tiers

    return currency_equity(
        portfolio,
        market,
        [(settles_in(mark.position), given(mark.label, mark.value)) for mark in held],
        tiers,
        stressed={u.coin: u.spot_in_use.value for u in found if u.spot_in_use is not None},
        source="merge#discount rates",
    )


METHODOLOGY = Methodology(
    KEY,
    DOCUMENT.title,
    "European options, futures and perpetuals on coins, linear or inverse",
    margin,
    PUBLISHED,
    DOCUMENT.sources,
)
