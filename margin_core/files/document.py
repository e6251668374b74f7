"""A parsed document to portfolio and market: each entry is checked, then all of them together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from pydantic import ValidationError

from margin_core.book.instruments import AssetClass
from margin_core.book.portfolio import Portfolio, Position
from margin_core.errors import Fault
from margin_core.files import agreement, building, limits, moments
from margin_core.files.faults import Path, Place, error_of, faults_of, json_place
from margin_core.files.fields import Entry, Surroundings, is_currency
from margin_core.files.models import CollateralEntry, Header, UnderlyingEntry
from margin_core.files.positions import POSITIONS, PositionEntry
from margin_core.files.wording import near, shown
from margin_core.market.snapshot import Market

Model = TypeVar("Model", bound=Entry)
Held = dict[int, tuple[PositionEntry, Position]]
ASSET_CLASSES = {str(asset_class): asset_class for asset_class in AssetClass}


def portfolio_and_market(
    raw: object, place: Place, found: Sequence[Fault] = ()
) -> tuple[Portfolio, Market]:
    """Return what a document of plain values describes.

    Parameters
    ----------
    raw : object
        The value of a JSON text, or the same made from rows.
    place : callable
        Path to a value (``("positions", 3, "strike")``) -> where its reader finds it.
    found : sequence of Fault
        What is known to be wrong already.

    Raises
    ------
    InputError
        With every fault of the document.
    """
    around = surroundings_of(raw)
    sound, faults = _sound(raw, around, place)
    faults = [*found, *faults]
    if around.valuation_time is None:
        raise error_of(faults)
    market = Market(
        valuation_time=around.valuation_time,
        quotes=tuple(building.quote(entry) for entry in sound.underlyings.values()),
        instruments=building.instrument_quotes(sound.held.values()),
        prices=building.prices(sound.collateral.values()),
    )
    faults += agreement.impossible_forwards(sound.held, market, place)
    if faults or sound.header is None:
        raise error_of(faults)
    return _portfolio(sound, sound.header), market


@dataclass(frozen=True, slots=True)
class _Sound:
    """The entries of a document that are sound by themselves, by their index."""

    header: Header | None
    underlyings: Mapping[int, UnderlyingEntry]
    held: Held
    collateral: Mapping[int, CollateralEntry]


def _sound(raw: object, around: Surroundings, place: Place) -> tuple[_Sound, list[Fault]]:
    """Return the sound entries, and all that is wrong with the others or between them."""
    check = partial(_checked, around=around, place=place)
    header, faults = check(Header, raw, ())
    underlyings, in_underlyings = _entries(raw, "underlyings", partial(check, UnderlyingEntry))
    held, in_positions = _positions(raw, around, place)
    collateral, in_collateral = _entries(raw, "collateral", partial(check, CollateralEntry))
    faults += [*in_underlyings, *in_positions, *in_collateral]
    faults += agreement.repeated_symbols(_naming(raw, "underlyings", "symbol"), place)
    faults += agreement.different_marks(held, around, place)
    faults += agreement.different_entries(held, around, place)
    faults += agreement.without_price(_options(raw), held, around, place)
    faults += agreement.different_prices(collateral, place)
    return _Sound(header, underlyings, held, collateral), faults


def _positions(raw: object, around: Surroundings, place: Place) -> tuple[Held, list[Fault]]:
    """Return the positions that are sound by themselves, and what is wrong with the others."""
    check = partial(_checked_position, around=around, place=place)
    entries, faults = _entries(raw, "positions", check)
    held = {
        index: (entry, building.position(entry, asset_class))
        for index, entry in entries.items()
        if (asset_class := around.asset_classes[entry.underlying]) is not None
    }
    return held, faults


def _portfolio(sound: _Sound, header: Header) -> Portfolio:
    return Portfolio(
        positions=tuple(position for _, position in sound.held.values()),
        balances=tuple(building.balance(entry) for entry in sound.collateral.values()),
        underlyings=tuple(building.underlying(entry) for entry in sound.underlyings.values()),
        currency=header.currency,
        account_type=header.account_type,
        name=header.name,
        description=header.description,
    )


def sound_positions(raw: object) -> Held:
    """Return the positions of a document that are sound by themselves, by their index."""
    held, _ = _positions(raw, surroundings_of(raw), json_place)
    return held


def surroundings_of(raw: object) -> Surroundings:
    """Return what a document says at large, as far as it is readable."""
    if not isinstance(raw, Mapping):
        return Surroundings()
    time, currency = raw.get("valuation_time"), raw.get("currency", "USD")
    underlyings = [(symbol, item) for _, symbol, item in _naming(raw, "underlyings", "symbol")]
    return Surroundings(
        valuation_time=moments.read_time(time) if isinstance(time, str) else None,
        currency=currency if isinstance(currency, str) and is_currency(currency) else None,
        asset_classes={
            symbol: _asset_class(item.get("asset_class")) for symbol, item in underlyings
        },
        volatile=frozenset(symbol for symbol, item in underlyings if "volatility" in item),
        priced=frozenset(
            asset for _, asset, item in _naming(raw, "collateral", "asset") if "price" in item
        ),
    )


def _asset_class(value: object) -> AssetClass | None:
    return ASSET_CLASSES.get(value) if isinstance(value, str) else None


def _checked(
    model: type[Model], item: object, path: Path, *, around: Surroundings, place: Place
) -> tuple[Model | None, list[Fault]]:
    """Return the entry at ``path``, or what is wrong with it."""
    if isinstance(item, dict) and len(item) > limits.MAX_FIELDS:
        what = f"has {len(item):,} fields, more than {limits.MAX_FIELDS}"
        return None, [Fault(place(path), what, near("", list(model.model_fields)))]
    try:
        return model.model_validate(item, context=around), []
    except ValidationError as error:
        return None, faults_of(error, model, path, place)


def _checked_position(
    item: object, path: Path, *, around: Surroundings, place: Place
) -> tuple[PositionEntry | None, list[Fault]]:
    """Return the position at ``path``, by its kind, or what is wrong with it."""
    kind = item.get("kind") if isinstance(item, dict) else ""
    model = POSITIONS.get(kind) if isinstance(kind, str) else None
    if model or not isinstance(item, dict) or len(item) > limits.MAX_FIELDS:
        return _checked(model or PositionEntry, item, path, around=around, place=place)
    what = f"kind {shown(kind)} is not known" if "kind" in item else "kind missing"
    remedy = near(kind if isinstance(kind, str) else "", list(POSITIONS))
    common = {name: item[name] for name in PositionEntry.model_fields if name in item}
    _, faults = _checked(PositionEntry, common | {"kind": ""}, path, around=around, place=place)
    return None, [Fault(place((*path, "kind")), what, remedy), *faults]


def _entries(
    raw: object, section: str, check: Callable[[object, Path], tuple[Model | None, list[Fault]]]
) -> tuple[dict[int, Model], list[Fault]]:
    """Return the sound entries of a list by their index, and the faults of the others.

    Past ``MAX_FAULTS`` no more are sought.
    """
    entries: dict[int, Model] = {}
    faults: list[Fault] = []
    for index, item in enumerate(_items(raw, section)):
        if len(faults) > limits.MAX_FAULTS:
            break
        entry, more = check(item, (section, index))
        faults += more
        if entry is not None:
            entries[index] = entry
    return entries, faults


def _items(raw: object, section: str) -> list[Any]:
    """Return a list of the document; empty where it is none, or too long to be checked."""
    items = raw.get(section) if isinstance(raw, Mapping) else None
    most = next(m.max_length for m in Header.model_fields[section].metadata)
    return items if isinstance(items, list) and len(items) <= most else []


def _options(raw: object) -> dict[int, dict[str, Any]]:
    """Return the options of the document as they stand there."""
    return {
        index: item
        for index, item in enumerate(_items(raw, "positions"))
        if isinstance(item, dict) and item.get("kind") == "option"
    }


def _naming(raw: object, section: str, field: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield index, name and entry of each entry that has its name."""
    for index, item in enumerate(_items(raw, section)):
        if isinstance(item, dict) and isinstance(item.get(field), str):
            yield index, item[field], item
