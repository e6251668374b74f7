"""Perpetuals and dated futures as their margin sees them: size, profit and margin at a price."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from margin_core.book.instruments import MarginType
from margin_core.book.portfolio import describe
from margin_core.margin.brackets import bracket_of
from margin_core.margin.figure import Line, given, scaled, total
from margin_core.risk.marks import entry_price
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.instruments import Future, Perpetual
    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.margin.brackets import Bracket
    from margin_core.market.snapshot import Market
    from margin_core.risk.marks import Mark


class Basis(StrEnum):
    """The price that a position's size is taken at for its margin."""

    MARK = "mark"
    ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class Affine:
    """An amount in the reporting currency that is ``constant + slope * factor``.

    The factor is what the price of an underlying is multiplied by: 1 is today's. Profit and
    margin of linear and of inverse contracts are all of this form, bracket by bracket.
    """

    constant: float = 0.0
    slope: float = 0.0

    def __add__(self, other: Affine) -> Affine:
        return Affine(self.constant + other.constant, self.slope + other.slope)

    def __sub__(self, other: Affine) -> Affine:
        return Affine(self.constant - other.constant, self.slope - other.slope)

    def at(self, factor: float) -> float:
        """Return the amount where the price is ``factor`` times today's."""
        return self.constant + self.slope * factor


@dataclass(frozen=True, slots=True)
class Contract:
    """A net holding of one perpetual or future.

    An inverse contract counts units in the quote currency and settles in coin. Sizes are amounts
    of the settlement currency, the quote currency or coins; ``spot`` converts coins.
    """

    label: str
    instrument: Future | Perpetual
    units: float  # signed
    cost: float  # units x entry; inverse: units / entry, coins
    entry_size: float  # size at the entry price, not negative
    mark: float
    spot: float
    table: tuple[Bracket, ...]
    leverage: float | None = None  # chosen by its holder

    @property
    def inverse(self) -> bool:
        """Whether the contract settles in coin."""
        return self.instrument.margin_type is MarginType.INVERSE

    @property
    def currency_value(self) -> float:
        """Reporting currency per unit of the settlement currency, today."""
        return self.spot if self.inverse else 1.0

    def size(self, factor: float = 1.0) -> float:
        """Return the size where the price is ``factor`` times today's."""
        price = self.mark * factor
        return abs(self.units) / price if self.inverse else abs(self.units) * price

    def profit(self) -> Affine:
        """Return the profit since entry, reporting currency."""
        if self.inverse:
            return Affine(-self.units * self.spot / self.mark, self.cost * self.spot)
        return Affine(-self.cost, self.units * self.mark)

    def sized(self, rate: float) -> Affine:
        """Return ``rate`` times the size, reporting currency."""
        amount = rate * self.size() * self.currency_value
        return Affine(amount, 0.0) if self.inverse else Affine(0.0, amount)

    def settled(self, amount: float) -> Affine:
        """Return an amount of the settlement currency, reporting currency."""
        return Affine(0.0, amount * self.spot) if self.inverse else Affine(amount, 0.0)

    def base(self, basis: Basis) -> float:
        """Return the size that margin is asked on, today."""
        return self.size() if basis is Basis.MARK else self.entry_size

    def maintenance(self, bracket: Bracket, basis: Basis) -> Affine:
        """Return the maintenance margin in ``bracket``, before any fee."""
        if basis is Basis.ENTRY:
            return self.settled(bracket.maintenance(self.entry_size))
        return self.sized(bracket.rate) - self.settled(bracket.deduction)

    def edges(self) -> tuple[float, ...]:
        """Return the factors of the price at which the bracket changes."""
        today = self.size()
        if today == 0.0:
            return ()
        floors = (bracket.floor for bracket in self.table[1:])
        return tuple(today / floor if self.inverse else floor / today for floor in floors)

    def funding(self, rate: float) -> float:
        """Return what one funding payment at ``rate`` brings, reporting currency; paid negative."""
        amount = rate * self.size() * self.currency_value
        return -amount if self.units > 0.0 else amount


def contract(
    position: Position,
    mark: Mark,
    table: tuple[Bracket, ...],
    portfolio: Portfolio,
    market: Market,
) -> Contract:
    """Return the contract that ``position`` holds, at its mark.

    ``position`` must be a future or a perpetual.
    """
    instrument: Future | Perpetual = position.instrument  # type: ignore[assignment]
    entry = entry_price(position, mark.price, portfolio, market)
    inverse = instrument.margin_type is MarginType.INVERSE
    cost = position.units / entry if inverse else position.units * entry
    return Contract(
        position.label,
        instrument,
        position.units,
        cost,
        abs(cost),
        mark.price,
        market[position.underlying].spot,
        table,
        position.leverage,
    )


def netted(contracts: Sequence[Contract]) -> tuple[Contract, ...]:
    """Return one contract per instrument: units and profit net, leverage the lowest chosen."""
    groups: dict[Future | Perpetual, list[Contract]] = {}
    for each in contracts:
        groups.setdefault(each.instrument, []).append(each)
    return tuple(_net(members) for members in groups.values())


def maintenance_line(each: Contract, basis: Basis, fee: float, source: str) -> Line:
    """Return the maintenance margin of a contract today.

    Parameters
    ----------
    each : Contract
    basis : Basis
    fee : float
        What closing it is reckoned to cost, settlement currency.
    source : str
        Cited for rate and deduction.
    """
    size = _size_line(each, basis)
    bracket = bracket_of(each.table, each.base(basis))
    parts = [scaled(f"{bracket.rate * 100:.4g} % of its size", size, bracket.rate, source=source)]
    if bracket.deduction:
        less = -bracket.deduction * each.currency_value
        parts.append(given("Less what smaller brackets ask less", less, source=source))
    return total(each.label, *parts, *_fee_lines(each, fee))


def initial_line(each: Contract, basis: Basis, fee: float, source: str) -> Line:
    """Return the initial margin of a contract today: its size over its leverage, and the fee.

    Parameters and units are those of `maintenance_line`.
    """
    size, leverage = _size_line(each, basis), usable_leverage(each, basis)
    part = scaled(f"Its size at {leverage:.4g}x", size, 1.0 / leverage, source=source)
    return total(each.label, part, *_fee_lines(each, fee))


def usable_leverage(each: Contract, basis: Basis) -> float:
    """Return the leverage chosen, at most that of the bracket; that of the bracket by default."""
    most = bracket_of(each.table, each.base(basis)).leverage
    return most if each.leverage is None else min(each.leverage, most)


def _net(members: Sequence[Contract]) -> Contract:
    if len(members) == 1:
        return members[0]
    units = net(each.units for each in members)
    gross = sum(abs(each.units) for each in members)
    chosen = [each.leverage for each in members if each.leverage is not None]
    instrument = members[0].instrument
    return replace(
        members[0],
        label=f"{units / instrument.multiplier:+,g} {describe(instrument)}, net",
        units=units,
        cost=sum(each.cost for each in members),
        entry_size=sum(each.entry_size for each in members) * abs(units) / gross if gross else 0.0,
        leverage=min(chosen, default=None),
    )


def _size_line(each: Contract, basis: Basis) -> Line:
    return given(f"Size at {basis}", each.base(basis) * each.currency_value)


def _fee_lines(each: Contract, fee: float) -> tuple[Line, ...]:
    if fee == 0.0:
        return ()
    return (given("Fee to close at the bankruptcy price", fee * each.currency_value),)
