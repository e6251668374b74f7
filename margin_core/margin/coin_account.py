"""What rule books of coin venues have in common: their contracts, and an account per currency."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from margin_core.book.instruments import (
    AssetClass,
    LpRange,
    MarginType,
    Option,
    Stock,
    Style,
)
from margin_core.errors import ParameterError
from margin_core.margin.figure import Line, Rule, largest, total
from margin_core.margin.last_bits import sign
from margin_core.margin.parameters import NOT_PUBLISHED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from margin_core.book.instruments import Instrument
    from margin_core.book.portfolio import Balance, Portfolio, Position
    from margin_core.margin.parameters import Table

DOLLAR = "USD"
DOLLARS = ("USDT", "USDC", DOLLAR)  # what contracts are quoted in


def not_a_coin_contract(position: Position, portfolio: Portfolio) -> str:
    """Return why ``position`` is no listed derivative on a coin; empty if it is one."""
    asset_class = portfolio.underlying(position.underlying).asset_class
    match position.instrument:
        case _ if asset_class is not AssetClass.CRYPTO:
            return f"on {asset_class.replace('_', ' ')}, no coin"
        case Stock():
            return "coins held are collateral, not a position"
        case LpRange():
            return "liquidity in a range, no contract"
        case Option(style=Style.AMERICAN):
            return "an American option"
        case Option(otc=True):
            return "not a listed option"
        case _:
            return ""


def quoted_elsewhere(position: Position, currencies: Iterable[str]) -> str:
    """Return why a contract's quote currency is none of ``currencies``; empty if it is one."""
    quoted = getattr(position.instrument, "quote_currency", None)
    return "" if quoted is None or quoted.upper() in currencies else f"quoted in {quoted}"


def not_in_dollars(position: Position, portfolio: Portfolio) -> str:
    """Return why ``position`` is no contract on a coin quoted in a dollar; empty if it is one.

    Futures and perpetuals may be settled in the coin, options may not.
    """
    if why := quoted_elsewhere(position, DOLLARS):
        return why
    if isinstance(position.instrument, Option) and is_inverse(position.instrument):
        return "an option settled in coin"
    return not_a_coin_contract(position, portfolio)


def is_inverse(instrument: Instrument) -> bool:
    """Return whether a contract is settled in the coin itself."""
    return getattr(instrument, "margin_type", None) is MarginType.INVERSE


def settlement(position: Position, otherwise: str) -> str:
    """Return the currency that a contract settles in: its coin, or what it is quoted in.

    ``otherwise`` is taken where a linear contract does not say.
    """
    if is_inverse(position.instrument):
        return position.underlying
    return (getattr(position.instrument, "quote_currency", None) or otherwise).upper()


def by_settlement(
    portfolio: Portfolio, settles_in: Callable[[Position], str]
) -> dict[str, Portfolio]:
    """Return one account per currency: what settles in it, and the balances of that asset."""
    currencies = dict.fromkeys(
        [
            *(settles_in(position) for position in portfolio.positions),
            *(balance.asset.upper() for balance in portfolio.balances),
        ]
    )
    return {
        currency: replace(
            portfolio,
            positions=tuple(p for p in portfolio.positions if settles_in(p) == currency),
            balances=tuple(b for b in portfolio.balances if b.asset.upper() == currency),
        )
        for currency in currencies
    }


def haircut_of(asset: str, table: Table, where: str) -> float | None:
    """Return the haircut of an asset; None where it is not taken, or not published.

    Raises
    ------
    ParameterError
        If the table's entry is no ratio from 0 to 1; ``where`` names the table.
    """
    if asset not in table or table[asset] == NOT_PUBLISHED:
        return None
    haircut = table[asset]
    if not isinstance(haircut, int | float) or not 0.0 <= haircut <= 1.0:
        raise ParameterError(
            f"{haircut!r} is no haircut",
            where=f"{where}.{asset}",
            remedy="Give a ratio from 0 to 1.",
        )
    return float(haircut) if haircut < 1.0 else None


def unread_haircuts(balances: Iterable[Balance], table: Table, where: str) -> Iterator[str]:
    """Yield a warning for each asset that is taken at a haircut which is not published."""
    for asset in dict.fromkeys(b.asset.upper() for b in balances if b.haircut is None):
        if asset in table and table[asset] == NOT_PUBLISHED:
            yield f"{asset}: its haircut could not be read (-p {where}.{asset}=... gives one)"


def shortages(accounts: Sequence[tuple[str, Line, Line]]) -> Iterator[str]:
    """Yield the accounts, of (currency, equity, initial margin), that others do not pay for."""
    for currency, equity, initial in accounts:
        short = initial.amount - equity.amount
        if len(accounts) > 1 and sign(initial.amount) > 0 and sign(short) > 0:
            yield (
                f"The {currency} account is short by {short:,.0f}; what the other accounts hold "
                "does not pay for it"
            )


def worst_ratio(pockets: Iterable[tuple[float, float]]) -> tuple[float | None, bool]:
    """Return the highest maintenance over equity of several accounts, and whether one has none.

    ``pockets`` holds (equity, maintenance) of each; one that owes nothing doesn't count, and the
    ratio is None where none counts.
    """
    owing = [(equity, owed) for equity, owed in pockets if sign(owed) > 0]
    ratios = [owed / equity for equity, owed in owing if sign(equity) > 0]
    return max(ratios, default=None), len(ratios) < len(owing)


def at_least(initial: Line, maintenance: Line) -> Line:
    """Return initial margin, but maintenance margin where a haircut of its own makes it more."""
    if sign(maintenance.amount - initial.amount) <= 0:
        return initial
    return largest(f"{initial.label}, at least maintenance", initial, maintenance)


def over_accounts(label: str, lines: Sequence[Line]) -> Line:
    """Return the sum over the accounts; an account that is alone needs no line of its own."""
    alone = len(lines) == 1 and lines[0].rule is Rule.TOTAL
    return total(label, *(lines[0].parts if alone else lines))
