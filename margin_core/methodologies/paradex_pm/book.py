"""The account as the scan sees it: one book per underlying, one holding per instrument."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from margin_core.book.instruments import Perpetual
from margin_core.book.portfolio import describe
from margin_core.methodologies.paradex_pm.terms import asset
from margin_core.risk.exposures import exposures
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.instruments import Instrument
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.paradex_pm.terms import Asset, Params
    from margin_core.risk.exposures import PositionExposure
    from margin_core.risk.marks import Mark


@dataclass(frozen=True, slots=True)
class Holding:
    """What an account holds net of one instrument; the venue keeps one position in each."""

    instrument: Instrument
    members: tuple[PositionExposure, ...]

    @property
    def units(self) -> float:
        """Signed units of the underlying."""
        return net(member.mark.position.units for member in self.members)

    @property
    def delta(self) -> float:
        """Signed delta, units of the underlying."""
        return net(member.delta_units for member in self.members)

    @property
    def value(self) -> float:
        """Signed units at the mark, reporting currency."""
        return net(m.mark.position.units * m.mark.price for m in self.members)

    @property
    def label(self) -> str:
        """The size and the instrument's name."""
        return f"{self.units:+,.12g} {describe(self.instrument)}"


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """Everything held on one underlying, and what that is margined with."""

    symbol: str
    spot: float
    terms: Asset
    holdings: tuple[Holding, ...]

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Every position, by instrument."""
        return tuple(member.mark for held in self.holdings for member in held.members)


def books(held: Sequence[Mark], market: Market, p: Params) -> tuple[Book, ...]:
    """Return what is held by underlying, in order of appearance.

    Raises
    ------
    ParameterError
        If the tables of an underlying are faulty.
    """
    found: dict[str, dict[Instrument, list[PositionExposure]]] = {}
    for exposure in exposures(held, market):
        instrument = _plain(exposure.mark.position.instrument)
        by_instrument = found.setdefault(instrument.underlying, {})
        by_instrument.setdefault(instrument, []).append(exposure)
    return tuple(
        Book(
            symbol,
            market[symbol].spot,
            asset(symbol, p),
            tuple(Holding(instrument, tuple(members)) for instrument, members in mine.items()),
        )
        for symbol, mine in found.items()
    )


def _plain(instrument: Instrument) -> Instrument:
    """Return the instrument per unit and whatever its quote is called: one market of the venue."""
    plain = replace(instrument, multiplier=1.0)
    return replace(plain, quote_currency=None) if isinstance(plain, Perpetual) else plain
