"""Bybit portfolio margin: the worst loss of each coin's contracts, and a contingency on top.

Most numbers of the contingency stand on a page that could not be read. An account that needs one
of them is not covered until the reader gives it; the grid of the stress is assumed, and said so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin.coin_account import at_least
from margin_core.margin.currency_equity import CurrencyEquity, currency_equity
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.figure import Line, given, nonzero, scaled, total
from margin_core.margin.last_bits import by_size
from margin_core.margin.parameters import load, load_profiles, read
from margin_core.margin.refusal import refuse_unpublished
from margin_core.margin.result import MarginResult, Methodology
from margin_core.methodologies.bybit_pm import cross
from margin_core.methodologies.bybit_pm.contingency import charges, contingency, lacking
from margin_core.methodologies.bybit_pm.notices import notices
from margin_core.methodologies.bybit_pm.terms import (
    KEY,
    Params,
    check,
    collateral_tiers,
    refuse_uncovered,
)
from margin_core.methodologies.bybit_pm.unit import maximum_loss, units
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.bybit_pm.contingency import Charge
    from margin_core.methodologies.bybit_pm.unit import Unit
    from margin_core.risk.marks import Mark

DOCUMENT = read(__file__)
PUBLISHED = load(Params, __file__)
OF_ANY_UNIT = {
    "spot_range": "the range of its price",
    "initial_factor": "the factor of initial margin",
}
BORROWING = {
    "borrow_maintenance": "the maintenance margin of what is owed",
    "borrow_initial": "the initial margin of what is owed",
}


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return the portfolio margin of an account in contracts on coins.

    Parameters
    ----------
    portfolio : Portfolio
        Reports in USD; European options in dollars, futures and perpetuals, linear or inverse.
    market : Market
    p : Params

    Returns
    -------
    MarginResult
        Equity is balances at their collateral ratios, profits and option values in full.

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
    Bybit help, Margin Calculations under Portfolio Margin, 2024-12-02.
    """
    check(p)
    refuse_uncovered(portfolio)
    held = marks(portfolio, market)
    found = units(portfolio, market, held, p)
    assets = _assets(portfolio, market, found, p)
    contingencies = [charges(unit, market) for unit in found]
    refuse_unpublished(_lacking(found, contingencies, assets, p))
    stresses = [maximum_loss(unit, market, p) for unit in found]
    added = [contingency(unit, each, p) for unit, each in zip(found, contingencies, strict=True)]
    lines = [
        total(unit.coin, stress[0], charge, source="portfolio#MM")
        for unit, stress, charge in zip(found, stresses, added, strict=True)
    ]
    maintenance = total(
        "Maintenance margin",
        *lines,
        *assets.borrowed(p.of("borrow_maintenance", "") or 0.0),
        *nonzero(assets.maintenance_charge),
    )
    initial = total(
        "Initial margin",
        *(_opening(unit, line, p) for unit, line in zip(found, lines, strict=True)),
        *assets.borrowed(p.of("borrow_initial", "") or 0.0),
        *nonzero(assets.initial_charge),
    )
    ranked = by_size(zip(lines, stresses, strict=True), lambda pair: pair[0].amount)
    return MarginResult(
        methodology=KEY,
        title=DOCUMENT.title,
        currency=portfolio.currency,
        net_liquidation_value=net_liquidation_value(portfolio, market, held).amount,
        collateral_not_counted=assets.not_counted,
        equity=_equity(held, assets),
        initial=at_least(initial, maintenance),
        maintenance=maintenance,
        sources=DOCUMENT.sources,
        scenarios=tuple(outcome for stress in stresses for outcome in stress[1]),
        worst_by_group=tuple(stress[2] for _, stress in ranked),
        warnings=(
            *(mark.warning for mark in held if mark.warning),
            *assets.warnings,
            *notices(found, added, assets, p),
            *filter(None, [cross.comparison(found, portfolio, market, p)]),
        ),
    )


def _assets(
    portfolio: Portfolio, market: Market, found: Sequence[Unit], p: Params
) -> CurrencyEquity:
    """Return the balances at their ratios; coins that the stress moves are not cut."""
    return currency_equity(
        portfolio,
        market,
        (),
        lambda asset: collateral_tiers(asset, p),
        stressed={unit.coin: unit.spot.value for unit in found if unit.spot is not None},
        source="ratios#collateral value ratio",
    )


def _equity(held: Sequence[Mark], assets: CurrencyEquity) -> Line:
    positions = total("Profits and option values", *(given(m.label, m.value) for m in held))
    return total("Equity", assets.counted, positions, source="portfolio#equity")


def _lacking(
    found: Sequence[Unit],
    contingencies: Sequence[Sequence[Charge]],
    assets: CurrencyEquity,
    p: Params,
) -> dict[str, str]:
    """Return from path to use the parameters that the account needs and nobody gave."""
    needed: dict[str, str] = {}
    for unit, each in zip(found, contingencies, strict=True):
        needed |= lacking(unit, each, p)
        needed |= {
            p.entry(name, unit.coin)[0]: f"{unit.coin}: {use}"
            for name, use in OF_ANY_UNIT.items()
            if p.of(name, unit.coin) is None
        }
    if assets.liabilities:
        needed |= {
            p.entry(name, "")[0]: use for name, use in BORROWING.items() if p.of(name, "") is None
        }
    return needed


def _opening(unit: Unit, line: Line, p: Params) -> Line:
    factor = float(p.entry("initial_factor", unit.coin)[1])
    return scaled(f"{unit.coin} x {factor:.4g}", line, factor, source="portfolio#IM")


METHODOLOGY = Methodology(
    KEY,
    DOCUMENT.title,
    "European options in dollars, futures and perpetuals on coins, linear or inverse",
    margin,
    PUBLISHED,
    DOCUMENT.sources,
    load_profiles(PUBLISHED, __file__),
)
