"""Numbers as decimal strings: inputs to the last digit, figures to a stated number of digits."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from margin_core.margin.parameters import Table

DIGITS = 11  # of the largest amount of a result; a double holds between 15 and 17
MOST_DECIMALS = 8  # of an amount
RATIO_DECIMALS = 9
SLACK = Decimal("0.002")  # of the last digit: how far machines may differ where one rounds
_EXACT = Context(prec=400, rounding=ROUND_HALF_EVEN)
_HALF = Decimal("0.5")
_FORM = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?|-?Infinity")

# what a result states in money; other numbers are ratios
AMOUNTS = frozenset(
    {
        "net_liquidation_value",
        "equity",
        "collateral_not_counted",
        "initial_margin",
        "maintenance_margin",
        "excess_initial",
        "excess_maintenance",
        "capital_to_open",
        "capital_to_keep",
        "amount",
        "pnl",
        "price",
        "bankruptcy_price",
    }
)
# texts of a portfolio file; any other text of it is a number written out
TEXTS = frozenset(
    {
        "format",
        "name",
        "description",
        "valuation_time",
        "currency",
        "account_type",
        "symbol",
        "asset_class",
        "index",
        "class_group",
        "product_group",
        "kind",
        "underlying",
        "price_currency",
        "venue",
        "right",
        "expiry",
        "style",
        "settlement",
        "margin_type",
        "quote_currency",
        "ex_date",
        "asset",
        "tracks",
    }
)


def exact(value: float) -> str:
    """Return the fewest digits that read back as the same double, without an exponent."""
    number = Decimal(repr(float(value)))
    text = format(number, "f")
    return text.removesuffix(".0") if number else "0"


def fixed(value: float, decimals: int) -> str:
    """Return a figure with exactly so many decimals, half to even; zero has no sign."""
    number = Decimal(float(value)).quantize(Decimal(1).scaleb(-decimals), context=_EXACT)
    return format(abs(number) if number.is_zero() else number, "f")


def is_decimal(text: str) -> bool:
    """Return whether a text is a number in the form that this module writes."""
    return _FORM.fullmatch(text) is not None


def decimals_for(largest: float) -> int:
    """Return how many decimals amounts get beside one of this size: `DIGITS` digits in all."""
    before_the_point = len(str(int(abs(largest))))
    return max(0, min(MOST_DECIMALS, DIGITS - before_the_point))


def agrees(stated: str, figure: float) -> bool:
    """Return whether ``stated`` is ``figure`` rounded, on this machine or on another.

    A figure that lies within `SLACK` of the middle between two roundings may be either.
    """
    if not is_decimal(stated) or "I" in stated:
        return False
    number = Decimal(stated)
    last_digit = Decimal(1).scaleb(int(number.as_tuple().exponent))
    return abs(number - Decimal(figure)) <= (_HALF + SLACK) * last_digit


def rendered(value: Any, decimals: int, *, money: bool = False) -> Any:  # noqa: ANN401 - JSON
    """Return a result's document with every number as text (see `AMOUNTS`)."""
    match value:
        case dict():
            floor = value.get("rule") == "floored"  # its factor is an amount
            return {
                key: rendered(
                    entry,
                    decimals,
                    money=key in AMOUNTS or (floor and key == "factor"),
                )
                if key != "pnl_by_underlying"
                else {symbol: fixed(pnl, decimals) for symbol, pnl in entry.items()}
                for key, entry in value.items()
            }
        case list():
            return [rendered(entry, decimals) for entry in value]
        case int() | float() if not isinstance(value, bool):
            return fixed(value, decimals if money else RATIO_DECIMALS)
        case _:
            return value


def largest_amount(value: Any) -> float:  # noqa: ANN401 - JSON
    """Return the size of the largest amount in a result's document."""
    match value:
        case dict():
            own = (abs(v) for k, v in value.items() if k in AMOUNTS and isinstance(v, float))
            return max((*own, *map(largest_amount, value.values())), default=0.0)
        case list():
            return max(map(largest_amount, value), default=0.0)
        case _:
            return 0.0


def portfolio_in_text(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a portfolio file with every number as the text of its digits."""
    match value:
        case dict():
            return {key: portfolio_in_text(entry) for key, entry in value.items()}
        case list():
            return [portfolio_in_text(entry) for entry in value]
        case int() | float() if not isinstance(value, bool):
            return exact(value)
        case _:
            return value


def portfolio_in_numbers(value: Any, key: str = "") -> Any:  # noqa: ANN401 - JSON
    """Return the portfolio file that `portfolio_in_text` was given."""
    match value:
        case dict():
            return {name: portfolio_in_numbers(entry, name) for name, entry in value.items()}
        case list():
            return [portfolio_in_numbers(entry) for entry in value]
        case str() if key not in TEXTS and is_decimal(value):
            return float(value)
        case _:
            return value


def parameter_in_text(value: Any) -> Any:  # noqa: ANN401 - a parameter is what the file holds
    """Return a parameter as JSON without numbers; a table keeps its order in a list."""
    match value:
        case Table():
            return {"table": [[key, parameter_in_text(entry)] for key, entry in value.entries]}
        case tuple():
            return [parameter_in_text(entry) for entry in value]
        case float():
            return exact(value)
        case _:
            return value


def parameter_in_numbers(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the parameter that `parameter_in_text` was given.

    Raises
    ------
    ValueError, TypeError
        If a table is no list of pairs.
    """
    match value:
        case {"table": entries}:
            return Table(tuple((str(key), parameter_in_numbers(entry)) for key, entry in entries))
        case list():
            return tuple(parameter_in_numbers(entry) for entry in value)
        case str() if is_decimal(value):
            return float(value)
        case _:
            return value
