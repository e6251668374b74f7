"""What the entries of a file must say alike, checked over all that are sound by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.book.portfolio import Position, describe
from margin_core.errors import Fault
from margin_core.files import building
from margin_core.files.wording import printable, shown

if TYPE_CHECKING:
    from margin_core.book.instruments import Instrument
    from margin_core.files.faults import Path, Place
    from margin_core.files.fields import Surroundings
    from margin_core.files.models import CollateralEntry
    from margin_core.files.positions import PositionEntry
    from margin_core.market.snapshot import Market

SOURCES = {"implied_volatility", "mark_price", "entry_price"}  # of an option's volatility
Raw = Mapping[str, object]
Held = Mapping[int, tuple["PositionEntry", Position]]


def repeated_symbols(named: Iterable[tuple[int, str, object]], place: Place) -> list[Fault]:
    """Return a fault for each underlying whose symbol stands before it."""
    first: dict[str, int] = {}
    return [
        Fault(
            place(("underlyings", index, "symbol")),
            f"symbol {printable(symbol)} stands already at {place(('underlyings', first[symbol]))}",
            "Give each underlying once.",
        )
        for index, symbol, _ in named
        if first.setdefault(symbol, index) != index
    ]


def different_marks(held: Held, around: Surroundings, place: Place) -> list[Fault]:
    """Return a fault for each position that quotes its instrument unlike one before it."""
    marks = (
        (
            i,
            p.instrument,
            "mark_price",
            (e.mark_price, building.price_currency(p, around.currency or "")),
        )
        for i, (e, p) in held.items()
        if e.mark_price is not None
    )
    volatilities = (
        (i, p.instrument, "implied_volatility", (building.volatility(e), ""))
        for i, (e, p) in held.items()
        if building.volatility(e) is not None
    )
    return [
        *_differences(marks, place),
        *_differences(volatilities, place),
    ]


def _differences(
    given: Iterable[tuple[int, Instrument, str, tuple[float | None, str]]], place: Place
) -> list[Fault]:
    first: dict[Instrument, tuple[int, tuple[float | None, str]]] = {}
    faults = []
    for index, instrument, field, figure in given:
        other, expected = first.setdefault(instrument, (index, figure))
        if figure != expected:
            faults.append(
                Fault(
                    place(("positions", index, field)),
                    f"{field} {_words(figure)} of {describe(instrument)} differs from "
                    f"{_words(expected)} at {place(('positions', other))}",
                    f"Give the same {field} in both, or in one of them only.",
                )
            )
    return faults


def different_entries(held: Held, around: Surroundings, place: Place) -> list[Fault]:
    """Return a fault for each option that unlike entry prices would give two volatilities."""
    return [
        Fault(fault.where, fault.what, "Give its implied_volatility, or a mark_price, as well.")
        for fault in _differences(entries_alone(held, around), place)
    ]


def entries_alone(
    held: Held, around: Surroundings
) -> Iterator[tuple[int, Instrument, str, tuple[float, str]]]:
    """Yield index, option, field and figure of each entry price that its option is valued by.

    That is where no position in the option gives a mark or a volatility.
    """
    quoted = {
        position.instrument
        for entry, position in held.values()
        if entry.mark_price is not None or building.volatility(entry) is not None
    }
    for index, (entry, position) in held.items():
        option, price = position.instrument, entry.entry_price
        if isinstance(option, Option) and option not in quoted and price is not None:
            currency = building.price_currency(position, around.currency or "")
            yield index, option, "entry_price", (price, currency)


def without_price(
    options: Mapping[int, Raw], held: Held, around: Surroundings, place: Place
) -> list[Fault]:
    """Return a fault for each option that nothing in the file gives a volatility or a price."""
    stated = {
        position.instrument
        for index, (_, position) in held.items()
        if index in options and SOURCES & options[index].keys()
    }
    bare = around.asset_classes.keys() - around.volatile
    faults = []
    for index, raw in options.items():
        symbol = raw.get("underlying")
        known = isinstance(symbol, str) and symbol in bare
        shared = index in held and held[index][1].instrument in stated
        if known and not shared and not SOURCES & raw.keys():
            name = describe(held[index][1].instrument) if index in held else "option"
            what = f"the {name} has neither a volatility nor a price"
            remedy = (
                "Give its implied_volatility, mark_price or entry_price, or a volatility of its "
                "underlying."
            )
            faults.append(Fault(place(("positions", index)), what, remedy))
    return faults


def different_prices(entries: Mapping[int, CollateralEntry], place: Place) -> list[Fault]:
    """Return a fault for each balance that prices its asset unlike one before it."""
    first: dict[str, tuple[int, float]] = {}
    faults = []
    for index, entry in entries.items():
        if entry.price is None:
            continue
        other, expected = first.setdefault(entry.asset, (index, entry.price))
        if entry.price != expected:
            faults.append(
                Fault(
                    place(("collateral", index, "price")),
                    f"price {shown(entry.price)} of {entry.asset} differs from "
                    f"{shown(expected)} at {place(('collateral', other))}",
                    "Give the same price in both, or in one of them only.",
                )
            )
    return faults


def impossible_forwards(held: Held, market: Market, place: Place) -> list[Fault]:
    """Return a fault for each position whose dividends leave no forward price above zero."""
    faults = []
    for index, (_, position) in held.items():
        expiry = getattr(position.instrument, "expiry", None)
        symbol = position.underlying
        if expiry is None or not market.has(symbol) or market.forward(symbol, expiry) > 0.0:
            continue
        path: Path = ("positions", index)
        faults.append(
            Fault(
                place(path),
                f"the forward of {symbol} for {expiry:%Y-%m-%d} is not positive: its dividends "
                "exceed its spot",
                f"Correct the dividends or the spot of {symbol}.",
            )
        )
    return faults


def _words(figure: tuple[float | None, str]) -> str:
    return " ".join([shown(figure[0]), figure[1]]).strip()
