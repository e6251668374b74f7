"""What Bybit asks of options in cross margin, one by one: beside which portfolio margin is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.risk.marks import entry_price

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.bybit_pm.terms import Params
    from margin_core.methodologies.bybit_pm.unit import Unit


def maintenance(index: float, mark: float, rate: float, p: Params) -> float:
    """Return the maintenance margin of a short option, money per coin."""
    return max(rate * index, rate * mark) + mark + p.option_liquidation_fee * index


def initial(
    index: float, out_of_the_money: float, price: float, maintained: float, p: Params
) -> float:
    """Return the initial margin of a short option, money per coin.

    ``price`` is the mark, or the price it was sold at if that is more.
    """
    base, least = p.option_initial
    return max(max(base * index - out_of_the_money, least * index) + price, maintained)


def to_buy(index: float, price: float, taker_fee: float, p: Params) -> tuple[float, float]:
    """Return premium and fee of an order to buy an option, money per coin."""
    return price, min(taker_fee * index, p.option_fee_cap * price)


def comparison(units: Sequence[Unit], portfolio: Portfolio, market: Market, p: Params) -> str:
    """Return what the account's options would take in cross margin, in a sentence.

    Empty without any, or where a rate is neither published nor given. Fees to open are in it
    where the taker's fee was given.
    """
    if not any(u.options for u in units) or any(
        u.options and p.of("option_maintenance", u.coin) is None for u in units
    ):
        return ""
    opened = kept = 0.0
    for unit in units:
        for contract in unit.options:
            position, mark = contract.mark.position, contract.mark.price
            if not isinstance(option := position.instrument, Option):
                continue
            coins, index = abs(position.units), unit.index
            if position.quantity > 0.0:
                opened += coins * sum(to_buy(index, mark, p.of("option_taker_fee", "") or 0.0, p))
                continue
            away = option.strike - index if option.call else index - option.strike
            price = max(entry_price(position, mark, portfolio, market), mark)
            keep = maintenance(index, mark, p.of("option_maintenance", unit.coin) or 0.0, p)
            kept += coins * keep
            opened += coins * initial(index, max(away, 0.0), price, keep, p)
    return (
        f"In cross margin its options alone would take {opened:,.0f} to open and {kept:,.0f} to "
        "keep."
    )
