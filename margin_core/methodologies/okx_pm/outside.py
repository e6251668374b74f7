"""What coin options are asked outside portfolio margin, one by one, in coins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.margin.coin_account import is_inverse
from margin_core.margin.parameters import NOT_PUBLISHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.instruments import Option
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.okx_pm.terms import Params
    from margin_core.methodologies.okx_pm.unit import Unit


@dataclass(frozen=True, slots=True)
class OptionTerms:
    """An option at the prices of today; money in coins per coin of the option."""

    call: bool
    mark: float
    out_of_the_money: float  # share of the forward, not negative
    tier_factor: float = 1.0


def initial(terms: OptionTerms, p: Params) -> float:
    """Return the initial margin of a short coin option, coins per coin."""
    least, base = p.option_initial
    return max(least, base - terms.out_of_the_money) * terms.tier_factor + terms.mark


def maintenance(terms: OptionTerms, rate: float) -> float:
    """Return the maintenance margin of a short coin option, coins per coin."""
    share = rate if terms.call else max(rate, rate * terms.mark)
    return share * terms.tier_factor + terms.mark


def to_sell(terms: OptionTerms, price: float, p: Params) -> float:
    """Return what an order to sell at ``price`` ties up with its fee, coins per coin."""
    return max(initial(terms, p) - price, p.option_least) + p.option_fee


def to_buy(price: float, p: Params) -> float:
    """Return what an order to buy at ``price`` costs with its fee, coins per coin."""
    return price + p.option_fee


def comparison(units: Sequence[Unit], market: Market, p: Params) -> str:
    """Return what the account's coin options would take outside portfolio margin, in a sentence.

    Empty without any, or where a rate is neither published nor given. Orders are at the mark.
    """
    held = [(u, c) for u in units for c in u.options if is_inverse(c.mark.position.instrument)]
    if not held or any(_rate(unit.coin, p) is None for unit, _ in held):
        return ""
    opened = kept = 0.0
    for unit, contract in held:
        position, coins = contract.mark.position, abs(contract.mark.position.units)
        mark = contract.mark.price / unit.index
        terms = _terms(position.instrument, mark, market, p)  # type: ignore[arg-type]
        if position.quantity > 0.0:
            opened += coins * to_buy(mark, p) * unit.index
        else:
            opened += coins * to_sell(terms, mark, p) * unit.index
            kept += coins * maintenance(terms, _rate(unit.coin, p) or 0.0) * unit.index
    return (
        f"Outside portfolio margin its coin options alone would take {opened:,.0f} to open at "
        f"their marks and {kept:,.0f} to keep."
    )


def _rate(coin: str, p: Params) -> float | None:
    rate = p.of(p.option_maintenance, coin)
    return None if rate == NOT_PUBLISHED else float(rate)


def _terms(option: Option, mark: float, market: Market, p: Params) -> OptionTerms:
    forward = market.forward(option.underlying, option.expiry)
    away = option.strike - forward if option.call else forward - option.strike
    return OptionTerms(option.call, mark, max(away, 0.0) / forward, p.option_tier_factor)
