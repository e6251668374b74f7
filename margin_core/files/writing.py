"""Write a portfolio and its market as the JSON of the portfolio file, defaults left out."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

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
from margin_core.book.portfolio import AccountType, Balance, Haircut, Portfolio, Position, describe
from margin_core.errors import InputError
from margin_core.files import defaults, limits, moments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from margin_core.market.snapshot import Confidences, InstrumentQuote, Market, Quote

Raw = dict[str, Any]


def write(portfolio: Portfolio, market: Market) -> str:
    """Return the portfolio file as JSON; ``read`` returns exactly what was written.

    Quotes of what the portfolio does not hold are no part of its file.

    Raises
    ------
    InputError
        If the market lacks the quote of an underlying, or marks an instrument in a currency
        that none of its positions is priced in.
    """
    return json.dumps(document(portfolio, market), indent=2, ensure_ascii=False) + "\n"


def document(portfolio: Portfolio, market: Market) -> Raw:
    """Return the portfolio file as plain values, ready for JSON (see ``write``)."""
    quotes = {quote.instrument: quote for quote in market.instruments}
    _refuse_lost_marks(portfolio, quotes)
    prices = dict(market.prices)
    return {
        "format": limits.FORMAT,
        **_fields(
            name=_but(portfolio.name, default=""),
            description=_but(portfolio.description, default=""),
            valuation_time=moments.time_text(market.valuation_time),
            currency=portfolio.currency,
            account_type=_but(portfolio.account_type, default=AccountType.MARGIN),
        ),
        "underlyings": [_underlying(facts, market) for facts in portfolio.underlyings],
        "positions": [
            _position(held, portfolio.underlying(held.underlying).asset_class, quotes)
            for held in portfolio.positions
        ],
        "collateral": [_balance(held, prices.get(held.asset)) for held in portfolio.balances],
    }


def _refuse_lost_marks(portfolio: Portfolio, quotes: Mapping[Instrument, InstrumentQuote]) -> None:
    """Refuse a mark in a currency that no position in the instrument is priced in."""
    priced = {(held.instrument, held.price_currency) for held in portfolio.positions}
    for held in portfolio.positions:
        quote = quotes.get(held.instrument)
        if quote and quote.price is not None and (quote.instrument, quote.currency) not in priced:
            raise InputError(
                f"the mark of {describe(held.instrument)} is in {quote.currency or 'its default'}"
                ", which none of its positions is priced in",
                remedy="Give one of its positions that price_currency.",
            )


def _underlying(facts: Underlying, market: Market) -> Raw:
    if not market.has(facts.symbol):
        raise InputError(f"{facts.symbol} has no quote", remedy=f"Give {facts.symbol} a spot.")
    quote = market[facts.symbol]
    return _fields(
        symbol=facts.symbol,
        asset_class=facts.asset_class,
        high_capitalization=_but(facts.high_capitalization, default=True),
        spot=quote.spot,
        rate=_but(quote.rate, default=0.0),
        dividend_yield=_but(quote.dividend_yield, default=0.0),
        **_market_terms(quote, facts.asset_class),
        leverage=_but(facts.leverage, default=1.0),
        marginable=_but(facts.marginable, default=True),
        index=facts.index,
        index_ratio=facts.index_ratio,
        class_group=facts.class_group,
        product_group=facts.product_group,
        confidences=_but(_confidences(quote.confidences, facts.asset_class), default={}),
    )


def _market_terms(quote: Quote, asset_class: AssetClass) -> Raw:
    return {
        "rates": _by_expiry(quote.rates, asset_class),
        "dividends": _but(
            [_fields(ex_date=d.ex_date.isoformat(), amount=d.amount) for d in quote.dividends],
            default=[],
        ),
        "volatility": quote.volatility,
        "forwards": _by_expiry(quote.forwards, asset_class),
    }


def _confidences(given: Confidences, asset_class: AssetClass) -> Raw:
    return _fields(
        spot=_but(given.spot, default=1.0),
        perpetual=_but(given.perpetual, default=1.0),
        forward=_by_expiry(given.forward, asset_class),
        rate=_by_expiry(given.rate, asset_class),
        volatility=_by_expiry(given.volatility, asset_class),
    )


def _position(
    held: Position, asset_class: AssetClass, quotes: Mapping[Instrument, InstrumentQuote]
) -> Raw:
    quote = quotes.get(held.instrument)
    marked = quote is not None and quote.currency == held.price_currency
    return _fields(
        **_contract(held.instrument, asset_class),
        quantity=held.quantity,
        entry_price=held.entry_price,
        mark_price=quote.price if quote and marked else None,
        price_currency=held.price_currency,
        implied_volatility=quote.volatility if quote else None,
        venue=held.venue,
        funding_rate=held.funding_rate,
        accrued_funding=_but(held.accrued_funding, default=0.0),
        leverage=held.leverage,
        isolated_margin=held.isolated_margin,
    )


def _contract(contract: Instrument, asset_class: AssetClass) -> Raw:
    match contract:
        case Option():
            return {
                "kind": "option",
                "underlying": contract.underlying,
                "right": contract.right,
                "strike": contract.strike,
                "expiry": moments.expiry_text(contract.expiry, asset_class),
                "style": _but(contract.style, default=defaults.option_style(asset_class)),
                "multiplier": _but(
                    contract.multiplier, default=defaults.option_multiplier(asset_class)
                ),
                "settlement": _but(
                    contract.settlement, default=defaults.option_settlement(asset_class)
                ),
                "otc": _but(contract.otc, default=False),
                "margin_type": _but(contract.margin_type, default=MarginType.LINEAR),
            }
        case Future() | Perpetual():
            return {
                "kind": "future" if isinstance(contract, Future) else "perpetual",
                "underlying": contract.underlying,
                "expiry": moments.expiry_text(contract.expiry, asset_class)
                if isinstance(contract, Future)
                else None,
                "multiplier": _but(contract.multiplier, default=1.0),
                "margin_type": _but(contract.margin_type, default=MarginType.LINEAR),
                "quote_currency": contract.quote_currency,
            }
        case LpRange():
            return {
                "kind": "lp_range",
                "underlying": contract.underlying,
                "lower_price": contract.lower_price,
                "upper_price": contract.upper_price,
                "liquidity": contract.liquidity,
                "multiplier": _but(contract.multiplier, default=1.0),
            }
        case Stock():
            return {
                "kind": "stock",
                "underlying": contract.underlying,
                "multiplier": _but(contract.multiplier, default=1.0),
            }


def _balance(held: Balance, price: float | None) -> Raw:
    return _fields(
        asset=held.asset,
        amount=held.amount,
        price=price,
        haircut=_haircut(held.haircut),
        confidence=held.confidence,
        tracks=held.tracks,
        venue=held.venue,
    )


def _haircut(given: Haircut | None) -> float | Raw | None:
    if given is None:
        return None
    if given.maintenance == given.initial:
        return given.maintenance
    return _fields(maintenance=given.maintenance, initial=given.initial)


def _by_expiry(figures: Iterable[tuple[datetime, float]], asset_class: AssetClass) -> Raw | None:
    return _fields(**{moments.expiry_text(at, asset_class): v for at, v in figures}) or None


def _fields(**fields: object) -> Raw:
    """Return the fields that have a value, as plain JSON values."""
    return {name: _plain(value) for name, value in fields.items() if value is not None}


def _plain(value: object) -> object:
    if isinstance(value, StrEnum):
        return str(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _but(value: object, *, default: object) -> object | None:
    """Return the value, or None where it is the default and need not be said."""
    return None if value == default else value
