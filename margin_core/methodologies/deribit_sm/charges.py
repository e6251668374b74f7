"""What each instrument is charged: futures by their size, options sold by their moneyness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.book.portfolio import describe
from margin_core.margin.coin_account import is_inverse
from margin_core.margin.figure import Line, given, largest, scaled, total
from margin_core.methodologies.deribit_sm.terms import number
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Iterable

    from margin_core.book.instruments import Instrument
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.deribit_sm.terms import Params
    from margin_core.risk.marks import Mark


@dataclass(frozen=True, slots=True)
class Holding:
    """All positions in one instrument as one: signed units, and the mark they share."""

    instrument: Instrument
    quantity: float
    mark: float  # reporting currency per unit

    @property
    def symbol(self) -> str:
        """The coin it is on."""
        return self.instrument.underlying

    @property
    def units(self) -> float:
        """Signed units of the underlying (quote currency for inverse futures)."""
        return self.quantity * self.instrument.multiplier

    @property
    def coins(self) -> float:
        """Size in coins, without sign."""
        if is_inverse(self.instrument) and not isinstance(self.instrument, Option):
            return abs(self.units) / self.mark
        return abs(self.units)

    @property
    def label(self) -> str:
        """Quantity and name."""
        return f"{self.quantity:+,g} {describe(self.instrument)}"


def holdings(marks: Iterable[Mark]) -> tuple[Holding, ...]:
    """Return the instruments held, each net of its positions, in order of appearance."""
    lots: dict[Instrument, list[Mark]] = {}
    for mark in marks:
        lots.setdefault(mark.position.instrument, []).append(mark)
    return tuple(
        Holding(instrument, net(mark.position.quantity for mark in held), held[-1].price)
        for instrument, held in lots.items()
    )


def charge(held: Holding, market: Market, p: Params) -> tuple[Line, Line]:
    """Return initial and maintenance margin of one instrument, reporting currency.

    References
    ----------
    Deribit support, Linear perpetual: rate + increment x size, on the whole position at the index.
    Options: see ``options`` among the sources.
    """
    value = given(
        f"{held.coins:,.9g} {held.symbol} at the index", held.coins * market[held.symbol].spot
    )
    if not isinstance(held.instrument, Option):
        return _future(held, value, "initial_rate", p), _future(held, value, "maintenance_rate", p)
    if held.quantity >= 0.0:
        nothing = given(f"{held.label}, paid for in full", 0.0, source="options")
        return nothing, nothing
    return _sold(held, held.instrument, value, market, p)


def _future(held: Holding, value: Line, name: str, p: Params) -> Line:
    rate, increment = number(name, held.symbol, p), number("size_increment", held.symbol, p)
    return total(
        held.label,
        scaled("Rate", value, rate, source=f"perpetual#{name}"),
        scaled(
            f"{increment:.6g} per {held.symbol} of size",
            value,
            increment * held.coins,
            source="perpetual#size_increment",
        ),
    )


def _sold(
    held: Holding, option: Option, value: Line, market: Market, p: Params
) -> tuple[Line, Line]:
    symbol = held.symbol
    mark = given("Mark", held.coins * held.mark)
    rate, floor, least = (
        number(name, symbol, p)
        for name in ("option_initial", "option_initial_floor", "option_maintenance")
    )
    out = given("Out of the money", -held.coins * _out_of_the_money(option, market))
    moneyness = largest(
        "By moneyness",
        total("Less the amount out of the money", scaled("Rate", value, rate), out),
        scaled("At least", value, floor),
        source="options#initial margin",
    )
    share: Line = scaled("Rate", value, least, source="options#maintenance margin")
    if not option.call:
        share = largest("Of the coin or of the mark", share, scaled("Of the mark", mark, least))
    initial, maintenance = total(held.label, moneyness, mark), total(held.label, share, mark)
    return (initial if option.call else largest(held.label, initial, maintenance)), maintenance


def _out_of_the_money(option: Option, market: Market) -> float:
    """Return how far out of the money an option is, reporting currency per unit.

    In coin it is a share of the forward, so that an inverse option's is taken at the index.
    """
    forward = market.forward(option.underlying, option.expiry)
    amount = max(option.strike - forward if option.call else forward - option.strike, 0.0)
    return amount * market[option.underlying].spot / forward if is_inverse(option) else amount
