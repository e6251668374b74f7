"""Single options: what an uncovered short or a long one asks standing alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin.figure import Line, given, largest, scaled, smallest, total
from margin_core.methodologies.us_reg_t.legs import leverage
from margin_core.methodologies.us_reg_t.percent import percent

if TYPE_CHECKING:
    from margin_core.methodologies.us_reg_t.legs import Series
    from margin_core.methodologies.us_reg_t.params import Params


def uncovered(series: Series, p: Params) -> Line:
    """Return the gross requirement of a short option on its own.

    Its market value (OTC: its in-the-money amount) plus a share of the underlying less the
    out-of-the-money amount, at least a smaller share of the underlying (calls) or of the exercise
    price (puts); for a put never more than the aggregate exercise price.

    References
    ----------
    FINRA 4210(f)(2)(E)(i), (iii) and interpretations (E)(i)/01, (E)/02; Cboe manual, pages 6-7
    """
    source = "finra_4210#(f)(2)(E)(iii)" if series.option.otc else "finra_4210#(f)(2)(E)(i)"
    worth = "In-the-money amount" if series.option.otc else "Market value"
    requirement = total(
        f"Uncovered {series.label}",
        given(worth, counted_value(series)),
        largest("Share of the underlying, or the minimum", *_charges(series, p)),
        source=source,
    )
    if series.option.call:
        return requirement
    most = given("Aggregate exercise price", series.units * series.option.strike)
    return smallest(
        f"Uncovered {series.label}, at most its aggregate exercise price",
        requirement,
        most,
        source="finra_4210#(f)(2)(E)(i)/01",
    )


def cash_secured(series: Series) -> Line:
    """Return what a cash account holds against a short put: its aggregate exercise price."""
    return given(
        f"Aggregate exercise price of {series.label}",
        series.units * series.option.strike,
        source="reg_t#220.8",
    )


def counted_value(series: Series) -> float:
    """Return the option value inside a short requirement: market value, OTC in the money."""
    return series.units * (series.in_the_money if series.option.otc else series.price)


def cost(series: Series) -> Line:
    """Return what a long option costs in full."""
    return given(f"Cost of {series.label}", series.value, source="finra_4210#(f)(2)(D)")


def lone_long(series: Series, p: Params, *, initial: bool) -> Line:
    """Return the gross requirement of a long option on its own.

    Up to nine months: paid in full, no maintenance. Beyond, 75 % of the market value; OTC 75 % of
    the in-the-money amount and initially all of the rest.

    References
    ----------
    FINRA 4210(f)(2)(D); Cboe manual, pages 5 and 26
    """
    if not series.loan:
        return cost(series) if initial else given(f"Nothing on long {series.label}", 0.0)
    source, share = "finra_4210#(f)(2)(D)", p.long_dated_requirement
    rest = time_value(series)
    margined = given("Market value", series.value - rest.amount)
    line = scaled(f"{percent(share)} of {series.label}", margined, share, source=source)
    if initial and rest.amount:
        return total(f"Long {series.label}", line, rest, source=source)
    return line


def time_value(series: Series) -> Line:
    """Return what of a long-dated option has no value for margin: an OTC option's time value."""
    rest = max(series.price - series.in_the_money, 0.0) if series.option.otc else 0.0
    return given(f"Time value of {series.label}", series.units * rest)


def _charges(series: Series, p: Params) -> list[Line]:
    option = series.option
    otc, multiple = option.otc, leverage(series.facts)
    source = "finra_4210#(f)(2)(E)/02" if multiple > 1.0 else ""
    table = p.otc_share if otc else p.uncovered_share
    share = table[series.facts.asset_class] * multiple
    least = (p.otc_minimum if otc else p.uncovered_minimum) * multiple
    underlying = given("Value of the underlying", series.units * series.spot)
    base = underlying if option.call else given("Exercise price", series.units * option.strike)
    words = "underlying" if option.call else "exercise price"
    charge = scaled(f"{percent(share)} of the underlying", underlying, share, source=source)
    if series.out_of_the_money:
        away = given("Out-of-the-money amount", -series.units * series.out_of_the_money)
        charge = total(f"{percent(share)} of the underlying less out of the money", charge, away)
    charges = [charge, scaled(f"{percent(least)} of the {words}", base, least, source=source)]
    if p.uncovered_house_minimum:
        house = given("House minimum", series.units * p.uncovered_house_minimum)
        charges.append(house)
    return charges
