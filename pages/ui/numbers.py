"""Floats to text: money, ratio, volatility points, dates; rounding happens here only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

MINUS = "\u2212"
THOUSAND, MILLION = 1e3, 1e6
CENTS_BELOW = 100.0
WHOLE_FROM = 10_000.0  # prices and thousands from here on have no decimals
BILLION = 1e9
BEYOND = 1e15  # a float has no more digits: told by its power of ten
NOTHING = 50.0  # rounds to 0.0k
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def money(amount: float, currency: str = "USD", *, signed: bool = False) -> str:
    """Return an amount as on screen: ``$12,330``, ``$1.23 m``, cents only under 100."""
    size = abs(amount)
    if MILLION <= size < BEYOND:
        return _with_sign(amount, f"{_symbol(currency)}{size / MILLION:,.2f} m", signed=signed)
    return exact(amount, currency, signed=signed)


def exact(amount: float, currency: str = "USD", *, signed: bool = False) -> str:
    """Return an amount to the unit, however large: ``$7,048,400``; cents only under 100."""
    size = abs(amount)
    if size >= BEYOND:
        return _with_sign(amount, f"{_symbol(currency)}{size:.3g}", signed=signed)
    digits = f"{size:,.2f}".removesuffix(".00") if size < CENTS_BELOW else f"{size:,.0f}"
    nought = float(digits.replace(",", "")) == 0.0
    return _with_sign(0.0 if nought else amount, f"{_symbol(currency)}{digits}", signed=signed)


def thousands(amount: float) -> str:
    """Return an amount in thousands for a small cell: ``+1.3k``, ``−12k``, ``−1.2bn``, ``0``."""
    size = abs(amount)
    if size < NOTHING:
        return "0"
    if size >= THOUSAND * BILLION:
        text = f"{size:.1e}"
    elif size >= BILLION:
        text = f"{size / BILLION:,.1f}bn"
    elif size >= MILLION:
        text = f"{size / MILLION:,.1f}m"
    else:
        text = f"{size / THOUSAND:,.{0 if size >= WHOLE_FROM else 1}f}k"
    return _with_sign(amount, text, signed=True)


def number(value: float, digits: int = 2, *, signed: bool = False) -> str:
    """Return a plain number with a true minus sign."""
    text = f"{abs(value):,.{digits}f}"
    nought = float(text.replace(",", "")) == 0.0
    return _with_sign(0.0 if nought else value, text, signed=signed)


def percent(fraction: float, digits: int = 1, *, signed: bool = False) -> str:
    """Return a fraction as percent: ``82.8 %``; whole numbers lose their decimals."""
    if abs(fraction) >= BEYOND:
        return _with_sign(fraction, f"{abs(fraction) * 100:.3g} %", signed=signed)
    text = f"{abs(fraction) * 100:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return _with_sign(
        0.0 if float(text.replace(",", "")) == 0.0 else fraction, f"{text} %", signed=signed
    )


def share(amount: float, whole: float) -> str:
    """Return an amount as percent of a positive ``whole``, always to one decimal: ``100.0 %``."""
    fraction = amount / whole
    if abs(fraction) >= BEYOND:
        return percent(fraction)
    return f"{number(100.0 * fraction, 1)} %"


def points(volatility: float, *, signed: bool = True) -> str:
    """Return a volatility move in points: ``+12 pts``."""
    return percent(volatility, signed=signed).removesuffix("%") + "pts"


def price(value: float) -> str:
    """Return a price with the decimals its size asks for: ``97.73``, ``1,451.19``, ``65,000``."""
    size = abs(value)
    if size >= WHOLE_FROM:
        return number(value, 0)
    return number(value, 2) if size >= 1.0 else f"{value:,.4g}"


def tick(value: float) -> str:
    """Return a price as short as an axis needs it: ``97.73``, ``1,451``, ``64.6k``."""
    size = abs(value)
    if size >= WHOLE_FROM:
        return f"{value / 1e3:,.4g}k" if size < MILLION else f"{value / MILLION:,.4g}m"
    return number(value, 0) if size >= THOUSAND else price(value)


def day(when: datetime, now: datetime | None = None) -> str:
    """Return a date as ``18 Dec 2026``, with the days to it when ``now`` is given."""
    text = f"{when:%-d %b %Y}"
    if now is None:
        return text
    return f"{text} ({(when.date() - now.date()).days} d)"


def moment(when: datetime) -> str:
    """Return a time with its zone: ``20 Nov 2026 21:00 UTC``."""
    return f"{when:%-d %b %Y %H:%M} UTC"


def name(label: str) -> str:
    """Return a position's label with a true minus sign, safe in Markdown."""
    return plain(signed_label(label))


def signed_label(label: str) -> str:
    """Return a position's label with a true minus sign."""
    return MINUS + label[1:] if label.startswith("-") else label


def plain(text: str) -> str:
    """Return a user's text with what Markdown would read as formatting escaped."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]<>()#+!|$:~" else c for c in text)


def _symbol(currency: str) -> str:
    return SYMBOLS.get(currency, f"{currency} ")


def _with_sign(amount: float, text: str, *, signed: bool) -> str:
    if amount < 0.0:
        return MINUS + text
    return "+" + text if signed and amount > 0.0 else text
