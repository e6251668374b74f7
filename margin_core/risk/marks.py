"""Mark, volatility and value of each position, from what the file gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from margin_core.book.instruments import (
    Future,
    LpRange,
    MarginType,
    Option,
    Perpetual,
    Stock,
    Style,
)
from margin_core.book.portfolio import Position, describe
from margin_core.errors import Fault, MarketDataError
from margin_core.pricing import implied_volatility, liquidity
from margin_core.pricing.implied_volatility import VOL_FLOOR, Status, implied_by
from margin_core.risk.models import option_grid, values_with_dividends

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from margin_core.book.instruments import Instrument
    from margin_core.book.portfolio import Balance, Portfolio
    from margin_core.market.snapshot import InstrumentQuote, Market
    from margin_core.pricing.black import FloatArray


@dataclass(frozen=True, slots=True)
class Mark:
    """A position at today's price.

    ``price`` is per unit of the underlying in the reporting currency, that of a liquidity range
    for one of them; ``value`` is what the position adds to the net liquidation value: stock,
    options and liquidity at their price, futures and perpetuals their unsettled profit.
    ``volatility`` is 0 where there is none.
    """

    position: Position
    price: float
    volatility: float
    value: float
    warning: str = ""
    asset: str | None = None  # the collateral asset that this stands for

    @property
    def label(self) -> str:
        """The position's name, or that of the coin held as collateral."""
        if self.asset is None:
            return self.position.label
        return f"{self.position.quantity:+,.10g} {self.asset} collateral"


def marks(portfolio: Portfolio, market: Market) -> tuple[Mark, ...]:
    """Return every position's mark, in the portfolio's order.

    Raises
    ------
    MarketDataError
        If a position has no price source, or two positions in one option imply different
        volatilities.
    """
    quoted = {quote.instrument: quote for quote in market.instruments}
    vols = _volatilities(portfolio, market, quoted)
    priced = _option_prices(vols, market)
    return tuple(
        _mark(position, portfolio, market, quoted, vols, priced) for position in portfolio.positions
    )


def collateral_marks(portfolio: Portfolio, market: Market) -> tuple[Mark, ...]:
    """Return the balances that move with an underlying, as holdings of that underlying."""
    return tuple(
        _as_holding(balance, portfolio, market)
        for balance in portfolio.balances
        if market.has(balance.tracks or balance.asset)
    )


def range_value(held: LpRange, spot: FloatArray) -> FloatArray:
    """Return what one liquidity range is worth at each ``spot``, reporting currency."""
    return liquidity.value(spot, held.lower_price, held.upper_price, held.liquidity)


def unsettled(position: Position, entry: float, mark: float, spot: float) -> float:
    """Return the profit of a future or perpetual since ``entry``, reporting currency.

    An inverse contract earns ``units * (1/entry - 1/mark)`` coins, taken here at ``spot``.
    """
    inverse = getattr(position.instrument, "margin_type", None) is MarginType.INVERSE
    if inverse:
        return position.units * (1.0 / entry - 1.0 / mark) * spot
    return position.units * (mark - entry)


def entry_price(position: Position, mark: float, portfolio: Portfolio, market: Market) -> float:
    """Return the entry price in the reporting currency; the mark where none is given."""
    if position.entry_price is None:
        return mark
    return position.entry_price * _rate_of(position, position.price_currency, portfolio, market)


def _mark(
    position: Position,
    portfolio: Portfolio,
    market: Market,
    quoted: dict[Instrument, InstrumentQuote],
    vols: dict[Option, tuple[float, str]],
    priced: dict[Option, float],
) -> Mark:
    instrument = position.instrument
    given = _given_price(position, portfolio, market, quoted)
    match instrument:
        case Option():
            vol, warning = vols[instrument]
            price = priced[instrument] if given is None else given
            return Mark(position, price, vol, position.units * price, warning)
        case Stock():
            price = market[instrument.underlying].spot if given is None else given
            return Mark(position, price, 0.0, position.units * price)
        case LpRange():
            price = range_value(instrument, np.array(market[instrument.underlying].spot)).item()
            return Mark(position, price, 0.0, position.units * price)
        case Future():
            price = market.forward(instrument.underlying, instrument.expiry)
        case Perpetual():
            price = market[instrument.underlying].spot
    price = price if given is None else given
    entry = entry_price(position, price, portfolio, market)
    profit = unsettled(position, entry, price, market[instrument.underlying].spot)
    return Mark(position, price, 0.0, profit + position.accrued_funding)


def _given_price(
    position: Position,
    portfolio: Portfolio,
    market: Market,
    quoted: dict[Instrument, InstrumentQuote],
) -> float | None:
    """Return the mark that the file gives for the position's instrument, reporting currency."""
    quote = quoted.get(position.instrument)
    if quote is None or quote.price is None:
        return None
    return quote.price * _rate_of(position, quote.currency, portfolio, market)


def _rate_of(
    position: Position, currency: str | None, portfolio: Portfolio, market: Market
) -> float:
    """Return reporting currency per unit of a price's currency."""
    if currency is not None:
        return market.price(currency, portfolio.currency)
    instrument = position.instrument
    if isinstance(instrument, Option) and instrument.margin_type is MarginType.INVERSE:
        return market[instrument.underlying].spot  # an inverse option is quoted in coin
    return 1.0


def _volatilities(
    portfolio: Portfolio, market: Market, quoted: dict[Instrument, InstrumentQuote]
) -> dict[Option, tuple[float, str]]:
    """Return (volatility, warning) of every option: given, implied by a price, or the flat one."""
    held = [
        (number, position, position.instrument)
        for number, position in enumerate(portfolio.positions)
        if isinstance(position.instrument, Option)
    ]
    vols: dict[Option, tuple[float, str]] = {}
    to_imply: dict[Option, float] = {}
    for number, position, option in held:
        quote = quoted.get(option)
        if quote is not None and quote.volatility is not None:
            vols[option] = (quote.volatility, "")
            continue
        price = _given_price(position, portfolio, market, quoted)
        if price is None and position.entry_price is not None:
            price = entry_price(position, 0.0, portfolio, market)
            _refuse_disagreement(number, position, price, to_imply)
        if price is not None:
            to_imply[option] = price
    for number, position, option in held:
        if option not in vols and option not in to_imply:
            vols[option] = (_flat_volatility(number, position, market), "")
    implied = _implied(to_imply, market)
    _refuse_impossible([(n, o) for n, _, o in held if o in implied], to_imply, implied)
    return vols | {
        option: (vol, _warning(option, status, to_imply[option]))
        for option, (vol, status) in implied.items()
    }


def _refuse_disagreement(
    number: int, position: Position, price: float, to_imply: dict[Option, float]
) -> None:
    """Refuse two entry prices of one option where nothing else says what it is worth now."""
    earlier = to_imply.get(position.instrument) if isinstance(position.instrument, Option) else None
    if earlier is not None and earlier != price:
        raise MarketDataError(
            f"{position.label} and an earlier position in the same option imply different "
            f"volatilities from their entry prices {price:g} and {earlier:g}",
            where=f"positions[{number}]",
            remedy="Give both the same `mark_price` or `implied_volatility`.",
        )


def _flat_volatility(number: int, position: Position, market: Market) -> float:
    volatility = market[position.underlying].volatility
    if volatility is None:
        raise MarketDataError(
            f"{position.label} has no volatility and no price",
            where=f"positions[{number}]",
            remedy="Give `implied_volatility`, `mark_price` or `entry_price`, or the underlying's "
            "`volatility`.",
        )
    return volatility


def _refuse_impossible(
    held: list[tuple[int, Option]],
    prices: dict[Option, float],
    implied: dict[Option, tuple[float, int]],
) -> None:
    """Refuse the prices that no volatility gives, all of them at once."""
    faults = tuple(
        Fault(
            f"positions[{number}]",
            f"price {prices[option]:g} of {describe(option)} is above what any volatility gives",
            "Check the price, its currency and the spot.",
        )
        for number, option in held
        if implied[option][1] == Status.ABOVE_BOUND
    )
    if faults:
        raise MarketDataError.of(faults)


def _implied(prices: dict[Option, float], market: Market) -> dict[Option, tuple[float, int]]:
    """Return the volatility that each price implies and its status, each formula at once."""
    found: dict[Option, tuple[float, int]] = {}
    plain = [o for o in prices if not market.carry(o.underlying, o.expiry).schedule]
    for style in Style:
        options = [option for option in plain if option.style is style]
        if options:
            found |= _implied_plain(options, prices, market)
    groups: dict[tuple[str, datetime, Style], list[Option]] = {}
    for option in prices:
        if option not in found:
            group = (option.underlying, option.expiry, option.style)
            groups.setdefault(group, []).append(option)
    for options in groups.values():
        found |= _implied_with_dividends(options, prices, market)
    return found


def _implied_plain(
    options: list[Option], prices: dict[Option, float], market: Market
) -> dict[Option, tuple[float, int]]:
    carries = [market.carry(option.underlying, option.expiry) for option in options]
    implied = implied_volatility.implied(
        np.array([prices[option] for option in options]),
        np.array([market[option.underlying].spot for option in options]),
        np.array([option.strike for option in options]),
        np.array([market.years_to(option.expiry) for option in options]),
        np.array([carry.rate for carry in carries]),
        np.array([carry.dividend_yield for carry in carries]),
        call=np.array([option.call for option in options]),
        american=options[0].style is Style.AMERICAN,
    )
    return {
        option: (float(vol), int(status))
        for option, vol, status in zip(options, implied.vol, implied.status, strict=True)
    }


def _implied_with_dividends(
    options: list[Option], prices: dict[Option, float], market: Market
) -> dict[Option, tuple[float, int]]:
    """Return what prices imply of options that share all but strike and right."""
    if market.years_to(options[0].expiry) == 0.0:
        return dict.fromkeys(options, (VOL_FLOOR, Status.AT_EXPIRY))

    def value(vol: FloatArray, rows: NDArray[np.intp]) -> FloatArray:
        return values_with_dividends([options[row] for row in rows], vol, market)

    implied = implied_by(value, np.array([prices[option] for option in options]))
    pairs = zip(implied.vol.tolist(), implied.status.tolist(), strict=True)
    return dict(zip(options, pairs, strict=True))


def _warning(option: Option, status: int, price: float) -> str:
    """Return what the reader must know of an implied volatility."""
    if status != Status.BELOW_INTRINSIC:
        return ""
    return (
        f"{describe(option)}: price {price:g} is no more than it is worth without volatility; "
        "its volatility is taken at the floor."
    )


def _option_prices(vols: dict[Option, tuple[float, str]], market: Market) -> dict[Option, float]:
    """Return each option's model value at its volatility."""
    prices: dict[Option, float] = {}
    for symbol in dict.fromkeys(option.underlying for option in vols):
        options = [option for option in vols if option.underlying == symbol]
        vol = np.array([[vols[option][0]] for option in options])
        spot = np.array([market[symbol].spot])
        values = option_grid(options, market, spot, vol, np.zeros(1))
        prices |= dict(zip(options, values.ravel().tolist(), strict=True))
    return prices


def _as_holding(balance: Balance, portfolio: Portfolio, market: Market) -> Mark:
    symbol = balance.tracks or balance.asset
    spot = market[symbol].spot
    value = balance.amount * market.price(balance.asset, portfolio.currency)
    return Mark(Position(Stock(symbol), value / spot), spot, 0.0, value, asset=balance.asset)
