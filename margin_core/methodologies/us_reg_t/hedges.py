"""Stock and options held together: relief on the stock, no margin on the covered option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import Style
from margin_core.margin.figure import Line, given, scaled, smallest, total
from margin_core.methodologies.us_reg_t import stock
from margin_core.methodologies.us_reg_t.groups import LONG_STOCK_AND_SHORT_CALL, RULES, Kind
from margin_core.methodologies.us_reg_t.percent import percent

if TYPE_CHECKING:
    from margin_core.methodologies.us_reg_t.groups import Group, Terms
    from margin_core.methodologies.us_reg_t.legs import Series, Shares
    from margin_core.methodologies.us_reg_t.params import Params


def hedge(group: Group, terms: Terms) -> Line:
    """Return the gross requirement of stock held with options, without the options' cost.

    Initially the plain requirement on the stock, but for short stock with a call struck at or
    below the sale price; in maintenance the relief of FINRA 4210(f)(2)(H)(v).

    References
    ----------
    Reg T 220.12(c)(2); FINRA 4210(f)(2)(F)(ii), (H)(v); Cboe manual, pages 12-18 and 58
    """
    lot = group.lot
    if lot.quantity > 0:
        plain = stock.long_stock(lot, terms.p, initial=terms.initial, cash=terms.cash)
        return plain if terms.initial else _maintenance_of_long(group, terms)
    if terms.initial:
        return _initial_of_short(group, terms.p)
    relieved = _maintenance_of_short(group, terms.p)
    return total(f"Short {lot.label}", stock.market_value(lot), relieved, source=RULES[group.kind])


def above_strike(group: Group) -> Line | None:
    """Return by how much the stock exceeds the price at which its short call delivers it.

    For margin equity, stock against a short call counts at no more than the exercise price;
    where it is counted in full, this is added to the requirement instead.

    References
    ----------
    FINRA 4210(f)(2)(H)(v), introduction
    """
    if group.kind is Kind.INDEX_AGAINST_FUND:
        excess = group.call.units * group.call.in_the_money
    elif group.kind in LONG_STOCK_AND_SHORT_CALL:
        excess = group.lot.units * max(group.lot.price - group.call.option.strike, 0.0)
    else:
        return None
    if not excess:
        return None
    label = f"{group.lot.label} above the exercise price"
    return given(label, excess, source="finra_4210#(f)(2)(H)(v)")


def short_sale_relief(lot: Shares, call: Series) -> bool:
    """Return whether a long call fixes the price of a short sale at or below what it brought.

    References
    ----------
    Reg T 220.12(c)(2)
    """
    option = call.option
    american = option.style is Style.AMERICAN and not option.otc
    return american and option.strike <= lot.sale_price


def _maintenance_of_long(group: Group, terms: Terms) -> Line:
    p, lot = terms.p, group.lot
    rate = stock.long_rate(lot, p, initial=False, cash=terms.cash)
    source = "reg_t#220.8" if terms.cash else RULES[group.kind]
    match group.kind:
        case Kind.COVERED_CALL | Kind.INDEX_AGAINST_FUND:
            counted = given("Stock at no more than the exercise price", _capped(group))
            return scaled(f"{percent(rate)} of {lot.label}", counted, rate, source=source)
        case Kind.CONVERSION:
            return _share_of_strike(group.put, lot, p)
        case Kind.COLLAR:
            price = given("Exercise price of the call", lot.units * group.call.option.strike)
            other = scaled(f"{percent(p.collar_share)} of it", price, p.collar_share)
        case _:
            other = stock.long_stock(lot, p, initial=False)
    return smallest(
        "Lesser of the two", _strike_and_distance(group.put, lot, p), other, source=source
    )


def _maintenance_of_short(group: Group, p: Params) -> Line:
    lot, source = group.lot, RULES[group.kind]
    if group.kind is Kind.PROTECTIVE_CALL:
        hedged = _strike_and_distance(group.call, lot, p)
        return smallest("Lesser of the two", hedged, stock.short_tier(lot, p), source=source)
    reversal = group.kind is Kind.REVERSE_CONVERSION
    base = _share_of_strike(group.put, lot, p) if reversal else stock.short_tier(lot, p)
    deep = given("In-the-money amount of the put", lot.units * group.put.in_the_money)
    return total("Covered short put", base, deep, source=source)


def _initial_of_short(group: Group, p: Params) -> Line:
    """Return the short sale's requirement; only the proceeds where a call fixes the loss."""
    lot = group.lot
    if group.kind is Kind.COVERED_PUT or not short_sale_relief(lot, group.call):
        return stock.short_stock(lot, p, initial=True)
    source = "reg_t#220.12(c)(2)"
    proceeds = stock.market_value(lot)
    more = scaled(f"{percent(p.short_sale_share)} of it", proceeds, p.short_sale_share)
    lines = [proceeds, more]
    if group.kind is Kind.REVERSE_CONVERSION:
        lines.append(_share_of_strike(group.put, lot, p))
    return total(f"Short {lot.label} with a call at or below the sale price", *lines, source=source)


def _capped(group: Group) -> float:
    if group.kind is Kind.INDEX_AGAINST_FUND:
        return group.call.units * min(group.call.spot, group.call.option.strike)
    return group.lot.units * min(group.lot.price, group.call.option.strike)


def _share_of_strike(option: Series, lot: Shares, p: Params) -> Line:
    price = given("Aggregate exercise price", lot.units * option.option.strike)
    return scaled(f"{percent(p.hedge_share)} of the exercise price", price, p.hedge_share)


def _strike_and_distance(option: Series, lot: Shares, p: Params) -> Line:
    away = given("Out-of-the-money amount", lot.units * option.out_of_the_money)
    share = _share_of_strike(option, lot, p)
    return total(
        f"{percent(p.hedge_share)} of the exercise price and out of the money", share, away
    )
