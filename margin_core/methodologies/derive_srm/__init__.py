"""Derive standard margin (SRM): each option sold by itself, or the largest loss of its expiry.

One account holds every market, and markets do not offset each other. Options bought count for
nothing by themselves and limit what others of their expiry can lose. Derive says one signed
figure; the requirement here is what it takes from cash, collateral and perpetuals' profit.
Amounts are in USDC and given back in dollars at its price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin import parameters
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.result import MarginResult, Methodology
from margin_core.methodologies.derive_srm import requirements
from margin_core.methodologies.derive_srm.account import account
from margin_core.methodologies.derive_srm.notices import notices
from margin_core.methodologies.derive_srm.terms import Params, refuse_uncovered

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market

KEY = "derive_srm"
DOCUMENT = parameters.read(__file__)
PUBLISHED = parameters.load(Params, __file__)


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return the standard margin of an account of coin derivatives settled in USDC.

    Parameters
    ----------
    portfolio : Portfolio
        Reports in USD; European options and perpetuals on coins. Balances in USD and USDC are
        cash, others collateral.
    market : Market
        Its price of USDC is the stablecoin's; confidences are those of its quotes and balances.
    p : Params
        Published by default.

    Returns
    -------
    MarginResult
        Rule-based: it has no scenarios. Options are no part of equity; what an option sold is
        worth is part of its requirement.

    Raises
    ------
    NotCoveredError
        For positions that Derive does not list, coins owed, and a currency other than USD.
    MarketDataError
        If a position or a balance has no price.
    """
    refuse_uncovered(portfolio, p)
    own = account(portfolio, market, p)
    return MarginResult(
        methodology=KEY,
        title=DOCUMENT.title,
        currency=portfolio.currency,
        net_liquidation_value=net_liquidation_value(portfolio, market, own.held).amount,
        collateral_not_counted=own.collateral.not_counted,
        equity=requirements.equity(own, p),
        initial=requirements.initial(own, p),
        maintenance=requirements.maintenance(own, p),
        sources=DOCUMENT.sources,
        warnings=tuple(dict.fromkeys(notices(own, p))),
    )


METHODOLOGY = Methodology(
    KEY,
    DOCUMENT.title,
    "European options on BTC and ETH and perpetuals on coins, settled in USDC, in USD",
    margin,
    PUBLISHED,
    DOCUMENT.sources,
    parameters.load_profiles(PUBLISHED, __file__),
)
