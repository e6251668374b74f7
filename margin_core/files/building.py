"""Checked entries to the frozen dataclasses of book and market, defaults filled in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from margin_core.book.instruments import (
    AssetClass,
    Future,
    Instrument,
    LpRange,
    MarginType,
    Option,
    Perpetual,
    Stock,
    Underlying,
)
from margin_core.book.portfolio import Balance, Haircut, Position
from margin_core.files import defaults, moments
from margin_core.files.models import HaircutEntry
from margin_core.files.positions import FutureEntry, LpRangeEntry, OptionEntry, PerpetualEntry
from margin_core.market.snapshot import Confidences, Dividend, InstrumentQuote, Quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from margin_core.files.models import CollateralEntry, ConfidencesEntry, UnderlyingEntry
    from margin_core.files.positions import PositionEntry

ByExpiry = tuple[tuple[datetime, float], ...]


def underlying(entry: UnderlyingEntry) -> Underlying:
    """Return the facts of an underlying."""
    return Underlying(
        symbol=entry.symbol,
        asset_class=entry.asset_class,
        high_capitalization=entry.high_capitalization,
        leverage=entry.leverage,
        marginable=entry.marginable,
        index=entry.index,
        index_ratio=entry.index_ratio,
        class_group=entry.class_group,
        product_group=entry.product_group,
    )


def quote(entry: UnderlyingEntry) -> Quote:
    """Return what the market says of an underlying."""
    return Quote(
        symbol=entry.symbol,
        spot=entry.spot,
        rate=entry.rate,
        dividend_yield=entry.dividend_yield,
        rates=_by_expiry(entry.rates, entry.asset_class),
        dividends=tuple(Dividend(_day(d.ex_date), d.amount) for d in entry.dividends),
        volatility=entry.volatility,
        forwards=_by_expiry(entry.forwards, entry.asset_class),
        confidences=_confidences(entry.confidences, entry.asset_class),
    )


def instrument(entry: PositionEntry, asset_class: AssetClass) -> Instrument:
    """Return the contract that a position is in."""
    symbol, multiplier = entry.underlying, entry.multiplier
    match entry:
        case OptionEntry():
            return Option(
                underlying=symbol,
                right=entry.right,
                strike=entry.strike,
                expiry=_expiry(entry.expiry, asset_class),
                style=entry.style or defaults.option_style(asset_class),
                multiplier=multiplier or defaults.option_multiplier(asset_class),
                settlement=entry.settlement or defaults.option_settlement(asset_class),
                otc=entry.otc,
                margin_type=entry.margin_type,
            )
        case FutureEntry():
            expiry = _expiry(entry.expiry, asset_class)
            return Future(
                symbol, expiry, multiplier or 1.0, entry.margin_type, entry.quote_currency
            )
        case PerpetualEntry():
            return Perpetual(symbol, multiplier or 1.0, entry.margin_type, entry.quote_currency)
        case LpRangeEntry():
            ends = entry.lower_price, entry.upper_price
            return LpRange(symbol, *ends, entry.liquidity, multiplier or 1.0)
        case _:
            return Stock(symbol, multiplier or 1.0)


def position(entry: PositionEntry, asset_class: AssetClass) -> Position:
    """Return the holding of a position entry; its mark and volatility belong to the market."""
    common = Position(
        instrument=instrument(entry, asset_class),
        quantity=entry.quantity,
        entry_price=entry.entry_price,
        price_currency=entry.price_currency,
        venue=entry.venue,
    )
    if not isinstance(entry, PerpetualEntry):
        return common
    return Position(
        common.instrument,
        common.quantity,
        common.entry_price,
        common.price_currency,
        common.venue,
        funding_rate=entry.funding_rate,
        accrued_funding=entry.accrued_funding,
        leverage=entry.leverage,
        isolated_margin=entry.isolated_margin,
    )


def volatility(entry: PositionEntry) -> float | None:
    """Return the volatility a position entry states, if any."""
    return entry.implied_volatility if isinstance(entry, OptionEntry) else None


def price_currency(position: Position, reporting: str) -> str:
    """Return what a position's prices are in: as stated, else coin for an inverse option."""
    if position.price_currency is not None:
        return position.price_currency
    contract = position.instrument
    inverse = isinstance(contract, Option) and contract.margin_type is MarginType.INVERSE
    return contract.underlying if inverse else reporting


def instrument_quotes(
    entries: Iterable[tuple[PositionEntry, Position]],
) -> tuple[InstrumentQuote, ...]:
    """Return one quote per instrument that has a mark or a volatility.

    Of several positions in one instrument, what one states holds for all.
    """
    quotes: dict[Instrument, InstrumentQuote] = {}
    for entry, held in entries:
        known = quotes.get(held.instrument, InstrumentQuote(held.instrument))
        first = known.price is None
        quotes[held.instrument] = InstrumentQuote(
            held.instrument,
            price=entry.mark_price if first else known.price,
            currency=_mark_currency(entry) if first else known.currency,
            volatility=known.volatility or volatility(entry),
        )
    return tuple(q for q in quotes.values() if not q.price is q.volatility is None)


def balance(entry: CollateralEntry) -> Balance:
    """Return the holding of a collateral entry; its price belongs to the market."""
    return Balance(
        asset=entry.asset,
        amount=entry.amount,
        haircut=_haircut(entry.haircut),
        confidence=entry.confidence,
        tracks=entry.tracks,
        venue=entry.venue,
    )


def prices(entries: Iterable[CollateralEntry]) -> tuple[tuple[str, float], ...]:
    """Return the price of each collateral asset that states one."""
    given: dict[str, float] = {}
    for entry in entries:
        if entry.price is not None:
            given.setdefault(entry.asset, entry.price)
    return tuple(given.items())


def _mark_currency(entry: PositionEntry) -> str | None:
    return entry.price_currency if entry.mark_price is not None else None


def _haircut(given: float | HaircutEntry | None) -> Haircut | None:
    match given:
        case None:
            return None
        case HaircutEntry():
            return Haircut(given.maintenance, given.initial)
        case _:
            return Haircut(given, given)


def _confidences(given: ConfidencesEntry | None, asset_class: AssetClass) -> Confidences:
    if given is None:
        return Confidences()
    return Confidences(
        spot=given.spot,
        perpetual=given.perpetual,
        forward=_by_expiry(given.forward, asset_class),
        rate=_by_expiry(given.rate, asset_class),
        volatility=_by_expiry(given.volatility, asset_class),
    )


def _by_expiry(figures: Mapping[str, float], asset_class: AssetClass) -> ByExpiry:
    return tuple((_expiry(text, asset_class), figure) for text, figure in figures.items())


def _expiry(text: str, asset_class: AssetClass) -> datetime:
    """Return the moment of an expiry text that the models have checked."""
    day = moments.read_date(text)
    return (
        moments.customary(day, asset_class) if day else datetime.fromisoformat(text).astimezone(UTC)
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)
