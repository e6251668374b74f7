"""What rule books for perpetuals and dated futures share: their contracts, brackets and notices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.instruments import Future, MarginType, Option, Perpetual
from margin_core.book.portfolio import describe
from margin_core.errors import ParameterError
from margin_core.margin.brackets import bracket_of, brackets
from margin_core.margin.coin_account import not_a_coin_contract
from margin_core.margin.contracts import Basis, Contract, contract
from margin_core.margin.last_bits import CENT
from margin_core.margin.refusal import refuse, refuse_currency

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.margin.brackets import Bracket
    from margin_core.margin.parameters import Table
    from margin_core.market.snapshot import Market
    from margin_core.risk.marks import Mark

CURRENCY = "USD"  # what the brackets of linear contracts are counted in
OTHER = "other"
INTERVAL = "8 hours"  # of a funding rate


@dataclass(frozen=True, slots=True)
class Tables:
    """Bracket tables by symbol: linear ones in dollars, inverse ones in coins.

    ``linear`` and ``inverse`` have an entry ``other``; dated linear futures have one table.
    """

    linear: Table
    inverse: Table
    linear_futures: tuple[tuple[float, ...], ...]

    def of(self, instrument: Future | Perpetual) -> tuple[Bracket, ...]:
        """Return the brackets of ``instrument``; ``ParameterError`` if its table is faulty."""
        if instrument.margin_type is MarginType.INVERSE:
            name, table = "inverse_brackets", self.inverse
        elif isinstance(instrument, Future):
            return brackets(self.linear_futures, "future_brackets")
        else:
            name, table = "brackets", self.linear
        key = instrument.underlying if instrument.underlying in table else OTHER
        return brackets(table[key], f"{name}.{key}")

    def lists(self, instrument: Future | Perpetual) -> bool:
        """Return whether the tables name the underlying of ``instrument``."""
        if instrument.margin_type is MarginType.INVERSE:
            return instrument.underlying in self.inverse
        return isinstance(instrument, Future) or instrument.underlying in self.linear


def contracts(
    portfolio: Portfolio, market: Market, marks: Sequence[Mark], tables: Tables
) -> tuple[Contract, ...]:
    """Return the contract of each position, in order.

    Raises
    ------
    NotCoveredError
        For options, stock, underlyings that are no coins, and a currency other than USD.
    ParameterError
        If a table of brackets is faulty.
    """
    refuse(
        portfolio,
        lambda position: _reason(position, portfolio),
        "It margins perpetuals and dated futures on coins.",
    )
    if portfolio.positions:
        refuse_currency(portfolio, CURRENCY, "brackets are")
    return tuple(
        contract(position, mark, tables.of(position.instrument), portfolio, market)
        for position, mark in zip(portfolio.positions, marks, strict=True)
        if isinstance(position.instrument, Future | Perpetual)
    )


def basis(word: str) -> Basis:
    """Return the basis that a parameter names; ``ParameterError`` if it names none."""
    if word not in list(Basis):
        raise ParameterError(
            f"{word!r} is no price that margin is taken at",
            where="valued_at",
            remedy=f"Enter one of {', '.join(Basis)}.",
        )
    return Basis(word)


def notices(held: Sequence[Contract], tables: Tables, at: Basis) -> Iterator[str]:
    """Yield what the reader must know of the leverage and the brackets of ``held``."""
    yield from _on_leverage(held, at)
    unlisted = [describe(each.instrument) for each in held if not tables.lists(each.instrument)]
    if unlisted:
        yield f"No brackets of {_listed(unlisted)} are at hand; those of {OTHER!r} are taken."
    if any(each.inverse for each in held):
        yield "Brackets of inverse contracts are those of 2021, the last that were readable."


def funding_notices(portfolio: Portfolio, held: Sequence[Contract]) -> Iterator[str]:
    """Yield what each position pays or receives at its funding rate; ``held`` is one per position.

    The next payment changes equity when it is due, and is in no requirement before.
    """
    for position, each in zip(portfolio.positions, held, strict=True):
        paid = each.funding(position.funding_rate or 0.0)
        if abs(paid) >= CENT:
            verb = "receives" if paid > 0.0 else "pays"
            yield f"{each.label} {verb} {abs(paid):,.2f} of funding per {INTERVAL} at its rate."


def _on_leverage(held: Sequence[Contract], at: Basis) -> Iterator[str]:
    open_ended = []
    for each in held:
        most = bracket_of(each.table, each.base(at)).leverage
        if each.leverage is None:
            open_ended.append(f"{most:.4g}x for {describe(each.instrument)}")
        elif each.leverage > most:
            yield (
                f"{each.label}: {each.leverage:.4g}x is more than a position of its size may have; "
                f"{most:.4g}x is taken."
            )
    if open_ended:
        yield f"Where no leverage is given, the highest allowed is taken: {_listed(open_ended)}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _reason(position: Position, portfolio: Portfolio) -> str:
    if isinstance(position.instrument, Option):
        return "an option"
    return not_a_coin_contract(position, portfolio)
