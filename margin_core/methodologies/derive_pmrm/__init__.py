"""Derive portfolio margin (PMRM): the worst of a grid, far tails, skews and a basis contingency.

Each coin has a manager of its own. Derive says one signed figure: the account's value less the
largest loss, scaled, and less contingencies; the requirement here is what it takes from equity.
Amounts are in USDC and given back in dollars at its price. The first version of the manager, with
neither tails nor skews and its contingencies inside the scaled loss, is the profile
``first_version``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin import parameters
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.last_bits import by_size
from margin_core.margin.result import MarginResult, Methodology
from margin_core.methodologies.derive_pmrm import requirements
from margin_core.methodologies.derive_pmrm.account import account
from margin_core.methodologies.derive_pmrm.losses import losses
from margin_core.methodologies.derive_pmrm.notices import notices
from margin_core.methodologies.derive_pmrm.terms import Params, refuse_uncovered

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market

KEY = "derive_pmrm"
DOCUMENT = parameters.read(__file__)
PUBLISHED = parameters.load(Params, __file__)


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return the portfolio margin of an account of coin derivatives settled in USDC.

    Parameters
    ----------
    portfolio : Portfolio
        Reports in USD; European options and perpetuals on coins that have a manager. Balances in
        USD and USDC are cash, others collateral.
    market : Market
        Its price of USDC is the stablecoin's; confidences are those of its quotes and balances.
    p : Params
        Published by default.

    Returns
    -------
    MarginResult
        Equity counts options at Black-76 on their forward, whatever their mark, and collateral
        less its maintenance haircut.

    Raises
    ------
    NotCoveredError
        For positions that Derive does not list, coins owed, and a currency other than USD.
    ParameterError
        If a scenario given is none.
    MarketDataError
        If a position or a balance has no price.
    """
    refuse_uncovered(portfolio, p)
    own = account(portfolio, market, p)
    found = [losses(held, p) for held in own.books]
    ranked = by_size(found, lambda each: each.line.amount)
    return MarginResult(
        methodology=KEY,
        title=DOCUMENT.title,
        currency=portfolio.currency,
        net_liquidation_value=net_liquidation_value(portfolio, market, own.held).amount,
        collateral_not_counted=own.collateral.not_counted,
        equity=requirements.equity(own, p),
        initial=requirements.initial(own, found, p),
        maintenance=requirements.maintenance(own, found, p),
        sources=DOCUMENT.sources,
        scenarios=tuple(outcome for each in ranked for outcome in each.outcomes),
        worst_by_group=tuple(each.outcomes[each.worst] for each in ranked),
        warnings=tuple(dict.fromkeys(notices(own, p))),
    )


METHODOLOGY = Methodology(
    KEY,
    DOCUMENT.title,
    "European options and perpetuals on BTC and ETH, settled in USDC, in USD",
    margin,
    PUBLISHED,
    DOCUMENT.sources,
    parameters.load_profiles(PUBLISHED, __file__),
)
