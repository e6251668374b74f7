"""What the reader of a Binance figure must know: the ratio it publishes, and what was not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import Future, MarginType, Option, Perpetual
from margin_core.book.portfolio import describe
from margin_core.margin.last_bits import sign
from margin_core.margin.perpetuals import Tables
from margin_core.methodologies.binance_pm.terms import KEY, Known, collateral_rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.currency_equity import CurrencyEquity
    from margin_core.methodologies.binance_pm.terms import Params


def notices(
    portfolio: Portfolio, equity: CurrencyEquity, unified: float, p: Params
) -> Iterator[str]:
    """Yield the sentences of one result; ``unified`` is the denominator of uniMMR."""
    if sign(unified) > 0:
        ratio = equity.counted.amount / unified
        yield (
            f"Binance publishes the inverse ratio: uniMMR {ratio:.4g}, {_status(ratio, p)}. It "
            f"liquidates at {p.liquidation:.4g}, where the margin ratio is {1 / p.liquidation:.1%}."
        )
        yield (
            "Binance has no initial margin here; what is shown is needed for a uniMMR of "
            f"{p.to_order:.4g}, at which it stops taking orders that open positions."
        )
    if any(isinstance(position.instrument, Option) for position in portfolio.positions):
        yield (
            "Options have a wallet of their own at Binance and are not in uniMMR; they are added "
            "by a formula inferred from the fields of its contract list."
        )
    if any(balance.amount < 0.0 for balance in portfolio.balances):
        yield f"Loans are charged as in a cross margin account of {p.loan_leverage}."
    yield from _on_brackets(portfolio, p)
    yield from _on_currencies(equity, p)


def _status(ratio: float, p: Params) -> str:
    if ratio > p.reminder:
        return "normal"
    if ratio > p.to_order:
        return "its holder is reminded"
    return "only orders that reduce" if ratio > p.liquidation else "liquidation"


def _on_brackets(portfolio: Portfolio, p: Params) -> Iterator[str]:
    tables = Tables(p.brackets, p.inverse_brackets, p.future_brackets)
    contracts = [
        instrument
        for position in portfolio.positions
        if isinstance(instrument := position.instrument, Future | Perpetual)
    ]
    unlisted = [describe(each) for each in contracts if not tables.lists(each)]
    if unlisted:
        yield f"No brackets of {_listed(unlisted)} are at hand; those of 'other' are taken."
    if any(each.margin_type is MarginType.INVERSE for each in contracts):
        yield "Brackets of inverse contracts are those of 2021, the last that were readable."


def _on_currencies(equity: CurrencyEquity, p: Params) -> Iterator[str]:
    found = {currency: collateral_rate(currency, p).known for currency in equity.held}
    unlisted = [currency for currency, known in found.items() if known is Known.UNLISTED]
    if unlisted:
        yield (
            f"{_listed(unlisted)} counts at {p.unlisted_rate:.0%}, the rate of what Binance does "
            "not list, as no other could be read. Give its haircut with the balance"
            + _parameters(unlisted, p)
        )
    sample = [currency for currency, known in found.items() if known is Known.SAMPLE]
    if sample:
        yield f"{_listed(sample)} counts at the rate of a sample in the API's documentation."


def _parameters(currencies: Sequence[str], p: Params) -> str:
    known = dict.fromkeys(currency for currency in currencies if currency in p.given_rate)
    paths = " ".join(f"-p {KEY}.given_rate.{currency}=..." for currency in known)
    return f", or {paths}" if paths else "."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names))
