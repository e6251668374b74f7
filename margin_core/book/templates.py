"""Named strategies: the holdings of a covered call, an iron condor, ... from a few numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from margin_core.book.strategies import (
    call,
    cash,
    future,
    holding,
    liquidity,
    of,
    perpetual,
    put,
)

if TYPE_CHECKING:
    from margin_core.book.strategies import Builder


class Group(StrEnum):
    """What a strategy is for."""

    BULLISH = "Bullish"
    BEARISH = "Bearish"
    NEUTRAL = "Neutral"
    VOLATILITY = "Volatility"
    HEDGED = "Hedged"
    CRYPTO_CARRY = "Crypto carry"
    VAULTS = "Vaults and liquidity"


@dataclass(frozen=True, slots=True)
class Template:
    """A strategy by name; ``builder`` makes its holdings."""

    key: str
    title: str
    group: Group
    description: str
    builder: Builder


TEMPLATES: tuple[Template, ...] = (
    Template(
        "long_call",
        "Long call",
        Group.BULLISH,
        "Gains above the strike; can lose the premium, no more.",
        of(call(1, 0)),
    ),
    Template(
        "bull_call_spread",
        "Bull call spread",
        Group.BULLISH,
        "Buys a call and sells a higher one: a cheaper view with a capped gain.",
        of(call(1, 0), call(-1, 2)),
    ),
    Template(
        "bull_put_spread",
        "Bull put spread",
        Group.BULLISH,
        "Sells a put and buys a lower one: keeps the credit if the price holds.",
        of(put(-1, -1), put(1, -3)),
    ),
    Template(
        "cash_secured_put",
        "Cash-secured put",
        Group.BULLISH,
        "Sells a put and keeps its full strike in cash.",
        of(put(-1, -1), cash(-1)),
    ),
    Template(
        "synthetic_long",
        "Synthetic long",
        Group.BULLISH,
        "A call bought and a put sold at one strike move like the underlying.",
        of(call(1, 0), put(-1, 0)),
    ),
    Template(
        "risk_reversal",
        "Risk reversal",
        Group.BULLISH,
        "Sells a low put to pay for a high call: flat between the strikes.",
        of(call(1, 2), put(-1, -2)),
    ),
    Template(
        "call_backspread",
        "Call backspread",
        Group.BULLISH,
        "Sells one call to buy two higher ones: loses most at the higher strike.",
        of(call(-1, 0), call(2, 2)),
    ),
    Template(
        "long_put",
        "Long put",
        Group.BEARISH,
        "Gains below the strike; can lose the premium, no more.",
        of(put(1, 0)),
    ),
    Template(
        "bear_put_spread",
        "Bear put spread",
        Group.BEARISH,
        "Buys a put and sells a lower one: a cheaper view with a capped gain.",
        of(put(1, 0), put(-1, -2)),
    ),
    Template(
        "bear_call_spread",
        "Bear call spread",
        Group.BEARISH,
        "Sells a call and buys a higher one: keeps the credit if the price stays down.",
        of(call(-1, 1), call(1, 3)),
    ),
    Template(
        "iron_condor",
        "Iron condor",
        Group.NEUTRAL,
        "Sells a put spread and a call spread around the price; one of them can lose, not both.",
        of(put(1, -4), put(-1, -2), call(-1, 2), call(1, 4)),
    ),
    Template(
        "iron_butterfly",
        "Iron butterfly",
        Group.NEUTRAL,
        "Sells a straddle and buys wings at equal distance.",
        of(put(1, -2), put(-1, 0), call(-1, 0), call(1, 2)),
    ),
    Template(
        "call_butterfly",
        "Call butterfly",
        Group.NEUTRAL,
        "Buys the wings and sells the body twice: worth most at the middle strike.",
        of(call(1, -2), call(-2, 0), call(1, 2)),
    ),
    Template(
        "calendar_call",
        "Calendar call spread",
        Group.NEUTRAL,
        "Sells the near call and buys the far one at the same strike.",
        of(call(-1, 0), call(1, 0, far=True)),
    ),
    Template(
        "diagonal_call",
        "Diagonal call spread",
        Group.NEUTRAL,
        "Sells a near call above the strike of the far call it owns.",
        of(call(-1, 2), call(1, 0, far=True)),
    ),
    Template(
        "ratio_call_spread",
        "Ratio call spread",
        Group.NEUTRAL,
        "Buys one call and sells two higher ones: the second is uncovered.",
        of(call(1, 0), call(-2, 2)),
    ),
    Template(
        "box",
        "Long box",
        Group.NEUTRAL,
        "Pays the distance of the strikes at expiry, wherever the price is: a loan in options.",
        of(call(1, -1), call(-1, 1), put(1, 1), put(-1, -1)),
    ),
    Template(
        "jelly_roll",
        "Jelly roll",
        Group.NEUTRAL,
        "Synthetic long in the far expiry against synthetic short in the near: carry alone.",
        of(call(-1, 0), put(1, 0), call(1, 0, far=True), put(-1, 0, far=True)),
    ),
    Template(
        "long_straddle",
        "Long straddle",
        Group.VOLATILITY,
        "Buys call and put at one strike: gains on a large move either way.",
        of(call(1, 0), put(1, 0)),
    ),
    Template(
        "short_straddle",
        "Short straddle",
        Group.VOLATILITY,
        "Sells call and put at one strike: keeps both premiums if nothing moves.",
        of(call(-1, 0), put(-1, 0)),
    ),
    Template(
        "long_strangle",
        "Long strangle",
        Group.VOLATILITY,
        "Buys a high call and a low put: cheaper than the straddle, needs a larger move.",
        of(call(1, 2), put(1, -2)),
    ),
    Template(
        "short_strangle",
        "Short strangle",
        Group.VOLATILITY,
        "Sells a high call and a low put: loses on a large move either way.",
        of(call(-1, 2), put(-1, -2)),
    ),
    Template(
        "covered_call",
        "Covered call",
        Group.HEDGED,
        "Owns the stock and sells a call on it: gives up the gain above the strike.",
        of(holding(1), call(-1, 2)),
    ),
    Template(
        "protective_put",
        "Protective put",
        Group.HEDGED,
        "Owns the stock and a put on it: cannot lose below the strike.",
        of(holding(1), put(1, -2)),
    ),
    Template(
        "collar",
        "Collar",
        Group.HEDGED,
        "Owns the stock, a low put, and sells a high call to pay for it.",
        of(holding(1), put(1, -2), call(-1, 2)),
    ),
    Template(
        "conversion",
        "Conversion",
        Group.HEDGED,
        "Stock, put bought and call sold at one strike: worth the strike at expiry.",
        of(holding(1), put(1, 0), call(-1, 0)),
    ),
    Template(
        "reverse_conversion",
        "Reverse conversion",
        Group.HEDGED,
        "Stock sold short, call bought and put sold at one strike: owes the strike at expiry.",
        of(holding(-1), call(1, 0), put(-1, 0)),
    ),
    Template(
        "cash_and_carry",
        "Cash and carry",
        Group.CRYPTO_CARRY,
        "Owns the coin and sells the dated future: earns the basis, whatever the price does.",
        of(holding(1), future(-1, far=True)),
    ),
    Template(
        "perpetual_carry",
        "Coin against perpetual",
        Group.CRYPTO_CARRY,
        "Owns the coin and sells the perpetual: earns the funding while it is positive.",
        of(holding(1), perpetual(-1)),
    ),
    Template(
        "futures_calendar",
        "Futures calendar",
        Group.CRYPTO_CARRY,
        "Buys the near future and sells the far one: a view on the term structure alone.",
        of(future(1), future(-1, far=True)),
    ),
    Template(
        "perpetual_with_put",
        "Perpetual with put",
        Group.CRYPTO_CARRY,
        "Long perpetual with a put under it: keeps the gain, ends the loss at the strike.",
        of(perpetual(1), put(1, -1)),
    ),
    Template(
        "strangle_with_perpetual",
        "Strangle with perpetual",
        Group.CRYPTO_CARRY,
        "Sells a strangle with the call nearer, and buys a tenth of it in perpetuals as a hedge.",
        of(call(-1, 2), put(-1, -3), perpetual(0.1)),
    ),
    Template(
        "covered_call_vault",
        "Covered-call vault",
        Group.VAULTS,
        "Locks up the coin and sells a call on it, expiry after expiry.",
        of(holding(1), call(-1, 2)),
    ),
    Template(
        "cash_secured_put_vault",
        "Cash-secured put vault",
        Group.VAULTS,
        "Locks up the strike in cash and sells a low put, expiry after expiry.",
        of(put(-1, -2), cash(-2)),
    ),
    Template(
        "liquidity_range",
        "Concentrated liquidity",
        Group.VAULTS,
        "Provides liquidity around the price: earns fees there, loses where the price leaves.",
        of(liquidity(-2, 2)),
    ),
    Template(
        "liquidity_with_puts",
        "Liquidity with puts",
        Group.VAULTS,
        "Puts at the lower end take over where liquidity has become coins alone.",
        of(liquidity(-2, 2), put(1, -2)),
    ),
    Template(
        "liquidity_against_perpetual",
        "Liquidity against perpetual",
        Group.VAULTS,
        "Sells half the coins as a perpetual: flat at the price, short of moves either way.",
        of(liquidity(-2, 2), perpetual(-0.5)),
    ),
)


def template(key: str) -> Template:
    """Return the template named ``key``; ``KeyError`` if there is none."""
    return {entry.key: entry for entry in TEMPLATES}[key]
