"""One cell of a table to the value a JSON file would hold, or None where it is blank."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from numbers import Real

NUMBERS = frozenset(
    {"quantity", "strike", "multiplier", "entry_price", "mark_price", "implied_volatility"}
    | {"funding_rate", "accrued_funding", "leverage", "isolated_margin"}
    | {"lower_price", "upper_price", "liquidity"}
    | {"spot", "rate", "dividend_yield", "volatility", "index_ratio"}
    | {"amount", "price", "haircut", "confidence"}
)
BOOLEANS = frozenset({"otc", "high_capitalization", "marginable"})
FREE_TEXT = frozenset({"name", "description"})  # blanks at their ends are the writer's own

# what word processors and chats make of a hyphen before a number
DASHES = str.maketrans(dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}\N{NON-BREAKING HYPHEN}", "-"))

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_BLANKS = {"", "<NA>", "NaT", "nan", "None"}  # how tables of pandas print a missing value


def value_of(column: str, cell: object) -> object:
    """Return the value of a cell; what has not the column's type stays, for a model to refuse.

    Parameters
    ----------
    column : str
        The field's name.
    cell : object
        Text as a CSV file has it, or a value as a table editor has it: a number, a truth value,
        a date, a time, None, or a scalar of numpy or pandas.
    """
    cell = cell.item() if hasattr(cell, "item") else cell
    match cell:
        case str():
            return _value_of_text(column, cell)
        case _ if str(cell) in _BLANKS:
            return None
        case date():
            return _value_of_date(cell)
        case bool():
            return cell
        case _:
            return float(cell) if isinstance(cell, Real) else cell


def _value_of_date(day: date) -> str:
    """Return a date as text; a naive midnight is how tables hold a date alone."""
    if isinstance(day, datetime) and day.tzinfo is None and day.time() == time():
        return day.date().isoformat()
    return day.isoformat()


def _value_of_text(column: str, text: str) -> object:
    if column in FREE_TEXT:
        return text or None
    text = text.strip()
    if not text:
        return None
    signed = text.translate(DASHES)
    if column in NUMBERS and _NUMBER.fullmatch(signed):
        return float(signed)
    if column in BOOLEANS and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    return text
