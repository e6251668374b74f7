"""Paradex portfolio margin: the worst of 24 weighted scenarios or a minimum on delta.

Each underlying has a table of scenarios of its own. The rules are those of Paradex's documentation;
what it leaves open follows the margin engine of its own client library, which mirrors the venue's
calculator: the floor under a shock up is one under the volatility it leads to, options and
perpetuals are revalued against their marks, provisions are those of the positions. Open orders are
no part of a portfolio here.

A position's cost is no payment at Paradex but part of its unsettled profit; the balances of a
portfolio here are those after its premiums, so that options count at their marks in equity and the
account value is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin import parameters
from margin_core.margin.cash_asset import is_cash
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.haircuts import NOT_TAKEN, collateral, flat
from margin_core.margin.last_bits import by_size
from margin_core.margin.result import MarginResult, Methodology
from margin_core.methodologies.paradex_pm import requirements
from margin_core.methodologies.paradex_pm.book import books
from margin_core.methodologies.paradex_pm.notices import notices
from margin_core.methodologies.paradex_pm.scan import scan
from margin_core.methodologies.paradex_pm.terms import KEY, Params, refuse_uncovered
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.portfolio import Balance, Portfolio
    from margin_core.margin.haircuts import Tier
    from margin_core.market.snapshot import Market

DOCUMENT = parameters.read(__file__)
PUBLISHED = parameters.load(Params, __file__)


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return the portfolio margin of an account of options and perpetuals settled in USDC.

    Parameters
    ----------
    portfolio : Portfolio
        Reports in USD; European options settled in cash and linear perpetuals. Balances in USD
        and USDC are collateral, others are not.
    market : Market
        Its rates and forwards carry the options; Paradex's own rate for discounting is zero.
    p : Params
        Published by default.

    Returns
    -------
    MarginResult
        Scenarios are listed with their P&L as it counts, at their weights.

    Raises
    ------
    NotCoveredError
        For positions that Paradex does not list or whose underlying has no tables, coins owed,
        and a currency other than USD.
    ParameterError
        If the tables of an underlying are faulty.
    MarketDataError
        If a position or a balance has no price.
    """
    refuse_uncovered(portfolio, p)
    held = marks(portfolio, market)
    assets = collateral(portfolio, market, lambda b: _tiers(b, p), source="spot#collateral")
    found = books(held, market, p)
    scans = [scan(book, market, p) for book in found]
    ranked = by_size(scans, lambda each: each.line.amount)
    return MarginResult(
        methodology=KEY,
        title=DOCUMENT.title,
        currency=portfolio.currency,
        net_liquidation_value=net_liquidation_value(portfolio, market, held).amount,
        collateral_not_counted=assets.not_counted,
        equity=requirements.equity(held, assets),
        initial=requirements.initial(found, scans, assets, p),
        maintenance=requirements.maintenance(found, scans, assets, p),
        sources=DOCUMENT.sources,
        scenarios=tuple(outcome for each in ranked for outcome in each.outcomes),
        worst_by_group=tuple(each.outcomes[each.binding] for each in ranked),
        warnings=tuple(dict.fromkeys(notices(found, market, assets, p))),
    )


def _tiers(balance: Balance, p: Params) -> Sequence[Tier]:
    return flat(0.0) if is_cash(balance, p.cash_asset) else NOT_TAKEN


METHODOLOGY = Methodology(
    KEY,
    DOCUMENT.title,
    "European options and perpetuals on coins, indices, metals, oil and shares that Paradex lists, "
    "settled in USDC, in USD",
    margin,
    PUBLISHED,
    DOCUMENT.sources,
    parameters.load_profiles(PUBLISHED, __file__),
)
