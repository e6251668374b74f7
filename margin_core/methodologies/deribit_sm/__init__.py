"""Deribit standard margin: each instrument by itself, by size or by moneyness, summed.

Nothing offsets anything. Options bought are paid for in full: they need no margin and count for
none, so that equity here is Deribit's margin balance, which leaves the value of options out. The
margin of an option sold holds its mark instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin import parameters
from margin_core.margin.coin_account import over_accounts, worst_ratio
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.result import MarginResult, Methodology
from margin_core.methodologies.deribit_sm.accounts import accounts
from margin_core.methodologies.deribit_sm.liquidation import liquidation_prices
from margin_core.methodologies.deribit_sm.notices import notices
from margin_core.methodologies.deribit_sm.terms import Params, refuse_uncovered
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market

KEY = "deribit_sm"
DOCUMENT = parameters.read(__file__)
PUBLISHED = parameters.load(Params, __file__)


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return the standard margin of an account of coin derivatives.

    Parameters
    ----------
    portfolio : Portfolio
        European options, futures and perpetuals on coins.
    market : Market
    p : Params
        Published by default, with cross collateral; the profile ``segregated`` splits the account.

    Returns
    -------
    MarginResult
        With the price of each future at which its account is liquidated, where there is one.

    Raises
    ------
    NotCoveredError
        For positions that Deribit does not list, or on a coin whose parameters are not published
        and not given.
    ParameterError
        If a parameter given is none.
    MarketDataError
        If a position or a balance has no price.

    References
    ----------
    Deribit support, Margin types and usage: the margin of every position, summed up.
    """
    refuse_uncovered(portfolio, p)
    held = marks(portfolio, market)
    parts = accounts(portfolio, market, held, p)
    ratio, without = worst_ratio((part.equity.amount, part.maintenance.amount) for part in parts)
    return MarginResult(
        methodology=KEY,
        title=DOCUMENT.title,
        currency=portfolio.currency,
        net_liquidation_value=net_liquidation_value(portfolio, market, held).amount,
        collateral_not_counted=sum(part.collateral.not_counted for part in parts),
        equity=over_accounts("Margin balance", [part.equity for part in parts]),
        initial=over_accounts("Initial margin", [part.initial for part in parts]),
        maintenance=over_accounts("Maintenance margin", [part.maintenance for part in parts]),
        sources=DOCUMENT.sources,
        liquidation_prices=tuple(
            price
            for part in parts
            for price in liquidation_prices(
                part.portfolio,
                market,
                part.marks,
                part.collateral,
                part.equity.amount,
                part.maintenance.amount,
                p,
            )
        ),
        warnings=tuple(dict.fromkeys(notices(portfolio, held, parts, p))),
        worst_pocket_ratio=ratio if len(parts) > 1 else None,
        pocket_without_equity=without and len(parts) > 1,
    )


METHODOLOGY = Methodology(
    KEY,
    DOCUMENT.title,
    "European options, futures and perpetuals on coins, inverse and linear",
    margin,
    PUBLISHED,
    DOCUMENT.sources,
    parameters.load_profiles(PUBLISHED, __file__),
)
