"""Cross margin as on-chain venues do it: fractions per position, added up over one pool.

The published parameters are those of Paradex's cross margin, which takes options too; a profile
has dYdX v4's. Positions in one market net and nothing else offsets, but for the options of one
expiry, which never ask more than they can lose at settlement. Amounts are in dollars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin import parameters
from margin_core.margin.coin_account import at_least
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.result import MarginResult, Methodology
from margin_core.methodologies.onchain_cross import requirements
from margin_core.methodologies.onchain_cross.account import account
from margin_core.methodologies.onchain_cross.liquidation import liquidation_prices
from margin_core.methodologies.onchain_cross.notices import notices
from margin_core.methodologies.onchain_cross.terms import KEY, Params, Phase, refuse_uncovered

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market

DOCUMENT = parameters.read(__file__)
PUBLISHED = parameters.load(Params, __file__)


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return the cross margin of an account of coin derivatives settled in the cash asset.

    Parameters
    ----------
    portfolio : Portfolio
        Reports in USD; European options and perpetuals on coins. Balances in USD and in the cash
        asset are collateral, no others are.
    market : Market
        A perpetual's mark stands for the oracle price where a venue margins by that.
    p : Params
        Published by default.

    Returns
    -------
    MarginResult
        Rule-based: it has no scenarios. Equity is the account value, everything at its mark:
        options count in full, and what one asks stands against that.

    Raises
    ------
    NotCoveredError
        For contracts that the venue does not list or whose fractions are not known, coins owed,
        and a currency other than USD.
    MarketDataError
        If a position or a balance has no price.
    ParameterError
        If a fraction is no ratio, or the open interest's caps are in the wrong order.
    """
    refuse_uncovered(portfolio, p)
    own = account(portfolio, market, p)
    maintenance = requirements.requirement(own, Phase.MAINTENANCE, p)
    equity = requirements.equity(own, p)
    return MarginResult(
        methodology=KEY,
        title=DOCUMENT.title,
        currency=portfolio.currency,
        net_liquidation_value=net_liquidation_value(portfolio, market, own.held).amount,
        collateral_not_counted=own.collateral.not_counted,
        equity=equity,
        initial=at_least(requirements.requirement(own, Phase.INITIAL, p), maintenance),
        maintenance=maintenance,
        sources=DOCUMENT.sources,
        liquidation_prices=tuple(liquidation_prices(own, equity.amount, maintenance.amount, p)),
        warnings=tuple(dict.fromkeys(notices(own, p))),
    )


METHODOLOGY = Methodology(
    KEY,
    DOCUMENT.title,
    "perpetuals on coins, and European options on some, settled in USDC, in USD",
    margin,
    PUBLISHED,
    DOCUMENT.sources,
    parameters.load_profiles(PUBLISHED, __file__),
)
