"""Binance portfolio margin: one equity and one maintenance margin over three wallets.

uniMMR is equity over maintenance margin: each currency's net at its collateral rate, over the
brackets of all futures and the margin of all loans. Options, which Binance keeps in a wallet of
their own, are added by a formula inferred from the fields of its contract list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import Future, Option, Perpetual
from margin_core.margin.coin_account import at_least
from margin_core.margin.contracts import Basis, contract, maintenance_line, netted
from margin_core.margin.currency_equity import CurrencyEquity, currency_equity
from margin_core.margin.equity import balance_value, net_liquidation_value
from margin_core.margin.figure import Line, given, nonzero, scaled, total
from margin_core.margin.parameters import load, read
from margin_core.margin.perpetuals import Tables
from margin_core.margin.result import MarginResult, Methodology
from margin_core.methodologies.binance_pm.notices import notices
from margin_core.methodologies.binance_pm.options import options_margin
from margin_core.methodologies.binance_pm.terms import (
    KEY,
    Params,
    check,
    collateral_rate,
    refuse_uncovered,
    settles_in,
)
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market
    from margin_core.risk.marks import Mark

DOCUMENT = read(__file__)
PUBLISHED = load(Params, __file__)


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return the portfolio margin of an account in contracts on coins.

    Parameters
    ----------
    portfolio : Portfolio
        Reports in USD; futures and perpetuals, linear or inverse, and European options in
        dollars. A negative balance is a margin loan.
    market : Market
    p : Params

    Returns
    -------
    MarginResult
        Maintenance is the denominator of uniMMR. There is no initial margin: what is shown is the
        uniMMR that an account needs to open positions. Option values are not in equity; a sold
        option's requirement holds its mark.

    Raises
    ------
    NotCoveredError
        For other instruments or currencies.
    MarketDataError
        If a coin or a position has no price.
    ParameterError
        If a parameter given has no usable form.

    References
    ----------
    Binance, What is the Unified Account Maintenance Margin Ratio (uniMMR), 2025-02-06.
    """
    check(p)
    refuse_uncovered(portfolio)
    held = marks(portfolio, market)
    equity = _equity(portfolio, market, held, p)
    unified = total(
        "Unified maintenance margin",
        _futures(portfolio, market, held, p),
        _loans(portfolio, market, p),
        source="unimmr#MM",
    )
    maintenance = total(
        "Maintenance margin",
        unified,
        options_margin("Options sold", held, market, p.option_maintenance, "options#maintenance"),
        *nonzero(equity.maintenance_charge),
    )
    opening = scaled(
        f"uniMMR of {p.to_order:.4g} to open positions", unified, p.to_order, source="unimmr#status"
    )
    initial = total(
        "Initial margin",
        opening,
        options_margin("Options sold", held, market, p.option_initial, "options#initial"),
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
        warnings=(
            *(mark.warning for mark in held if mark.warning),
            *equity.warnings,
            *notices(portfolio, equity, unified.amount, p),
        ),
    )


def _equity(
    portfolio: Portfolio, market: Market, held: Sequence[Mark], p: Params
) -> CurrencyEquity:
    profits = [
        (settles_in(mark.position), given(mark.label, mark.value))
        for mark in held
        if not isinstance(mark.position.instrument, Option)
    ]
    return currency_equity(
        portfolio,
        market,
        profits,
        lambda currency: collateral_rate(currency, p).tiers,
        source="rates#collateral rate",
    )


def _futures(portfolio: Portfolio, market: Market, held: Sequence[Mark], p: Params) -> Line:
    """Return the maintenance margin of futures and perpetuals, each net, by its bracket."""
    tables = Tables(p.brackets, p.inverse_brackets, p.future_brackets)
    contracts = [
        contract(mark.position, mark, tables.of(instrument), portfolio, market)
        for mark in held
        if isinstance(instrument := mark.position.instrument, Future | Perpetual)
    ]
    lines = (
        maintenance_line(each, Basis.MARK, 0.0, "brackets#leverage brackets")
        for each in netted(contracts)
    )
    return total("Futures", *lines, source="unimmr#futuresMM")


def _loans(portfolio: Portfolio, market: Market, p: Params) -> Line:
    """Return the maintenance margin of margin loans, whatever else is held of their currency."""
    values = (
        balance_value(balance, market, portfolio.currency)
        for balance in portfolio.balances
        if balance.amount < 0.0
    )
    lines = (scaled(f"{value.label} owed", value, -p.loan_rate) for value in values)
    return total("Loans", *lines, source="pro#MarginMM")


METHODOLOGY = Methodology(
    KEY,
    DOCUMENT.title,
    "futures and perpetuals on coins, linear or inverse, and European options in dollars",
    margin,
    PUBLISHED,
    DOCUMENT.sources,
)
