"""One line in a broker's or an exchange's notation to the row it stands for."""

from __future__ import annotations

import re
from datetime import date

from margin_core.errors import InputError
from margin_core.files.cells import DASHES
from margin_core.files.wording import shown

Row = dict[str, object]

EXAMPLES = (
    "Write it like -10 XYZ 18DEC26 90 P @ 1.25, XYZ 261218P00090000 -3, +500 XYZ stock @ 97.73, "
    "BTC-27DEC26-90000-C 5 @ 0.042 or BTC-PERPETUAL -2 @ 95000."
)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

_CENTURY = 100  # a smaller year is one of two digits

_NUMBER = r"(?:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)"
_SYMBOL = r"(?P<symbol>[A-Z0-9.^/]+)"
_QUOTE = r"(?:[_-](?P<quote>USDC|USDT))?"  # in an exchange's name
_DAY_MONTH = r"[0-9]{1,2} ?[A-Z]{3} ?(?:[0-9]{4}|[0-9]{2})"  # 18DEC26, 18 Dec 2026
_MONTH_DAY = r"[A-Z]{3} [0-9]{1,2},? [0-9]{4}"  # Dec 18, 2026
_YEAR_FIRST = r"[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}|[0-9]{8}|[0-9]{6}"  # 2026-12-18, 261218
_EXPIRY = rf"(?P<expiry>{_DAY_MONTH}|{_MONTH_DAY}|{_YEAR_FIRST})"
_STRIKE = rf"\$?(?P<strike>{_NUMBER})"
_EXCHANGE_STRIKE = r"(?P<strike>[0-9]+(?:[.D][0-9]+)?)"  # Deribit writes 0d625 for 0.625
_RIGHT = r"(?P<right>CALL|PUT|C|P)"

_ACTION = re.compile(r"(?P<action>BUY|BOT|LONG|SELL|SOLD|SHORT) ", re.IGNORECASE)
_PRICE = re.compile(
    rf" ?@ ?(?P<dollar>\$)?(?P<price>{_NUMBER})(?: (?P<unit>[A-Z]+))?$", re.IGNORECASE
)
_QUANTITY_FIRST = re.compile(rf"(?P<quantity>[+-]?{_NUMBER}) (?P<contract>.+)")
_QUANTITY_LAST = re.compile(rf"(?P<contract>.+) (?P<quantity>[+-]?{_NUMBER})")
_BARE_PRICE = re.compile(rf"( [+-]?{_NUMBER}) ({_NUMBER})$")  # a blotter's last columns
_TWO_READINGS = re.compile(r"(?<![0-9])[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}(?![0-9])")

_CONTRACTS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            "listed option",  # the OCC's 21 characters
            r"(?P<symbol>[A-Z0-9.]{1,6}?) ?(?P<expiry>[0-9]{6})(?P<right>[CP])(?P<strike>[0-9]{8})",
        ),
        ("coin option", rf"{_SYMBOL}-(?P<expiry>{_DAY_MONTH})-{_EXCHANGE_STRIKE}-{_RIGHT}"),
        (
            "option",
            rf"{_SYMBOL}{_QUOTE}-{_EXPIRY}-{_EXCHANGE_STRIKE}-{_RIGHT}(?:-(?P<settled>USDC|USDT))?",
        ),
        ("option", rf"{_SYMBOL} {_EXPIRY} {_STRIKE} ?{_RIGHT}"),
        ("option", rf"{_SYMBOL} {_EXPIRY} {_RIGHT} ?{_STRIKE}"),
        ("future", rf"{_SYMBOL}{_QUOTE}-{_EXPIRY}"),
        ("future", rf"{_SYMBOL} {_EXPIRY} (?:FUTURES?|FUT)"),
        ("perpetual", rf"{_SYMBOL}{_QUOTE}[- ](?:PERPETUAL|PERP|SWAP)"),
        ("stock", rf"{_SYMBOL} (?:STOCK|SHARES?|ETF)"),
        ("stock", rf"(?:STOCK|SHARES?)(?: OF)? {_SYMBOL}"),
        ("stock", rf"(?=[^ ]*[A-Z]){_SYMBOL}"),  # a symbol alone
    )
)


def row_of(line: str, currency: str) -> Row:
    """Return the row of a free line such as ``-10 XYZ 18DEC26 90 P @ 1.25``.

    A contract, a signed quantity before or after it, and ``@`` with the price paid, which a
    quantity at the end may do without; a symbol alone is stock. A year of two
    digits is 20xx. An option by an exchange's name without a quote currency
    (``BTC-27DEC26-90000-C``) is inverse and priced in coin, as Deribit has it; ``@ 4200 USD``, or
    a name like ``BTC_USDC-...`` or ``...-USDT``, makes it linear.

    Parameters
    ----------
    line : str
        The line.
    currency : str
        The reporting currency, which a price is in if nothing else is said.

    Raises
    ------
    InputError
        If the line cannot be read, or could be read in two ways.
    """
    text = " ".join(line.translate(DASHES).split())
    if date_text := _TWO_READINGS.search(text):
        raise InputError(
            f"the date {date_text[0]} does not say which number is the month",
            remedy="Write it like 2026-12-18, 18DEC26 or 18 Dec 2026.",
        )
    row = _read(text, currency) or _read(_BARE_PRICE.sub(r"\1 @ \2", text), currency)
    if row is None:
        raise InputError("the line is in no notation known here", remedy=EXAMPLES)
    return row


def _read(text: str, currency: str) -> Row | None:
    """Return the row of a line with single blanks, or None if it cannot be read."""
    action = _ACTION.match(text)
    rest = text[action.end() :] if action else text
    price = _PRICE.search(rest)
    rest = rest[: price.start()] if price else rest
    for order in (_QUANTITY_FIRST, _QUANTITY_LAST):
        parts = order.fullmatch(rest)
        contract = _contract(parts["contract"]) if parts else None
        if parts and contract:
            quantity = _quantity(parts["quantity"], action["action"] if action else "")
            return contract | {"quantity": quantity} | _price(price, contract, currency)
    return None


def _contract(text: str) -> Row | None:
    """Return the contract's part of a row, or None if the text is none."""
    for kind, pattern in _CONTRACTS:
        if match := pattern.fullmatch(text):
            return _fields(kind, match.groupdict())
    return None


def _fields(kind: str, found: dict[str, str | None]) -> Row:
    symbol, expiry = found["symbol"], found.get("expiry")
    row: Row = {"kind": kind, "underlying": symbol}
    if expiry:
        row["expiry"] = _date(expiry)
    if right := found.get("right"):
        row["kind"] = "call" if right.upper().startswith("C") else "put"
        strike = _number((found["strike"] or "").upper().replace("D", "."))
        row["strike"] = strike / 1000.0 if kind == "listed option" else strike
    if kind == "coin option":
        row["margin_type"] = "inverse"
    if kind in {"future", "perpetual"} and found.get("quote"):
        row["quote_currency"] = str(found["quote"]).upper()
    return row


def _date(text: str) -> str:
    """Return a date as ISO text; a year of two digits is 20xx."""
    letters = re.search(r"[A-Za-z]{3}", text)
    numbers = re.findall(r"[0-9]+", text)
    if letters and letters[0].upper() not in _MONTHS:
        raise InputError(f"{shown(text)} is no date", remedy="Write it like 18DEC26.")
    if letters:
        month = _MONTHS.index(letters[0].upper()) + 1
        day, year = int(numbers[0]), int(numbers[1])
    elif len(numbers) == 1:  # 261218 or 20261218
        day, month, year = int(text[-2:]), int(text[-4:-2]), int(text[:-4])
    else:
        year, month, day = (int(number) for number in numbers)
    try:
        return date(year if year >= _CENTURY else 2000 + year, month, day).isoformat()
    except ValueError as error:
        raise InputError(
            f"{shown(text)} is no date", remedy="Write it like 2026-12-18 or 18DEC26."
        ) from error


def _quantity(text: str, action: str) -> float:
    """Return the signed quantity; a sale is short."""
    sale = action.upper() in {"SELL", "SOLD", "SHORT"}
    if action and text.startswith("+" if sale else "-"):
        raise InputError(
            f"{action} {text} says both long and short", remedy="Leave the sign or the word out."
        )
    quantity = _number(text.lstrip("+-"))
    return -quantity if sale or text.startswith("-") else quantity


def _price(match: re.Match[str] | None, contract: Row, currency: str) -> Row:
    """Return the price paid, its currency, and for a coin's option what that makes of it."""
    if not match:
        return {}
    unit = "USD" if match["dollar"] else (match["unit"] or "")
    row: Row = {"entry_price": _number(match["price"])}
    coin_quoted = contract.get("margin_type") == "inverse"
    default = str(contract["underlying"]) if coin_quoted else currency
    if not unit or unit.upper() == default.upper():
        return row
    if coin_quoted:
        row["margin_type"] = "linear"
    return row if unit.upper() == currency.upper() else row | {"price_currency": unit}


def _number(text: str) -> float:
    return float(text.replace(",", ""))
