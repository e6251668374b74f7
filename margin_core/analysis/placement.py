"""A named strategy put into an account: expiries and strikes to choose from, volatilities."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from margin_core.analysis.payoff import expiries, payoff_curves
from margin_core.book.instruments import AssetClass, Option, Underlying
from margin_core.book.portfolio import Portfolio
from margin_core.book.strategies import Inputs
from margin_core.errors import MarginError
from margin_core.files import moments
from margin_core.files.rows import from_rows
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.risk.marks import collateral_marks, marks
from margin_core.risk.surfaces import surface

if TYPE_CHECKING:
    from margin_core.book.strategies import Strategy
    from margin_core.book.templates import Template
    from margin_core.files.rows import Row

FRIDAY = 4
MONTHS_OFFERED = 6

PRICED_BY = ("implied_volatility", "mark_price", "entry_price")
MONTH = 30.0 / 365.0  # years: the tenor of a volatility that stands for all
VOL_DIGITS = 6  # of a volatility that a reader will see in a table

# the nominal market of a sketch: round figures, one and two months ahead
SKETCH_TIME = datetime(2026, 1, 2, 21, 0, tzinfo=UTC)
SKETCH_SPOT, SKETCH_STEP, SKETCH_VOL = 100.0, 5.0, 0.25
SKETCH_DAYS = (30, 60)
SKETCH_DIGITS = 6  # a flat payoff is drawn flat


def placed(
    portfolio: Portfolio, market: Market, strategy: Strategy, *, replacing: bool = False
) -> tuple[Portfolio, Market]:
    """Return the account with the strategy's positions and balances in it.

    Its options are entered at their marks, each at the volatility that the account's own options
    on the underlying imply, else at the underlying's.

    Parameters
    ----------
    portfolio : Portfolio
    market : Market
    strategy : Strategy
    replacing : bool
        Whether the strategy takes the place of the positions held, and its balances, if it has
        any, that of the balances.

    Raises
    ------
    MarketDataError
        If neither an option nor the underlying gives a volatility.
    """
    held = marks(portfolio, market)
    quotes = {quote.instrument: quote for quote in market.instruments}
    for position in strategy.positions:
        option = position.instrument
        if isinstance(option, Option) and option not in quotes:
            vol = surface(held, market, option.underlying).vol(
                option.strike, market.years_to(option.expiry)
            )
            if vol != market[option.underlying].volatility:
                quotes[option] = InstrumentQuote(option, volatility=vol)
    positions, balances = strategy.positions, strategy.balances
    if not replacing:
        positions, balances = portfolio.positions + positions, portfolio.balances + balances
    elif not balances:
        balances = portfolio.balances
    return (
        replace(portfolio, positions=positions, balances=balances),
        replace(market, instruments=tuple(quotes.values())),
    )


def emptied(portfolio: Portfolio, market: Market) -> tuple[Portfolio, Market]:
    """Return the account without its positions, ready for new ones.

    An underlying without a volatility keeps what its options implied at the money.
    """
    held = marks(portfolio, market)
    implied = {
        position.underlying: surface(held, market, position.underlying).vol(
            market[position.underlying].spot, MONTH
        )
        for position in portfolio.positions
        if isinstance(position.instrument, Option)
    }
    quotes = tuple(
        replace(quote, volatility=quote.volatility or _rounded(implied.get(quote.symbol)))
        for quote in market.quotes
    )
    return replace(portfolio, positions=()), replace(market, quotes=quotes, instruments=())


def offered_expiries(
    portfolio: Portfolio, market: Market, underlying: Underlying
) -> tuple[datetime, ...]:
    """Return expiries to choose from: those held, and the customary ones of the next months.

    Customary are third Fridays, for crypto last Fridays.
    """
    now = market.valuation_time
    months = [_month(now.date(), ahead) for ahead in range(MONTHS_OFFERED + 1)]
    monthly = {
        moments.customary(_expiry_day(first, underlying.asset_class), underlying.asset_class)
        for first in months
    }
    held = {expiry for expiry in expiries(portfolio) if _is_held(expiry, portfolio, underlying)}
    return tuple(sorted(expiry for expiry in monthly | held if expiry > now))


def with_volatility(row: Row, base: tuple[Portfolio, Market]) -> Row:
    """Return the row of an option that says neither volatility nor price with a volatility.

    It is the one that the account's own options on the underlying imply; where nothing implies
    one, or the row needs none, the row as it is.

    Parameters
    ----------
    row : mapping
        Field name -> cell, as `files.from_rows` takes it.
    base : tuple of Portfolio and Market
        The account that the row is meant for.
    """
    if any(row.get(name) is not None for name in PRICED_BY):
        return row
    portfolio, market = base
    try:
        vols = surface(marks(portfolio, market), market, str(row.get("underlying")))
        alone, quoted = from_rows([{**row, "implied_volatility": SKETCH_VOL}], base)
    except MarginError:
        return row
    option = alone.positions[0].instrument
    if not isinstance(option, Option):
        return row
    vol = vols.vol(option.strike, quoted.years_to(option.expiry))
    return {**row, "implied_volatility": _rounded(vol)}


def sketch(template: Template) -> tuple[float, ...]:
    """Return the template's P&L at its first expiry over a nominal market, lowest spot first."""
    underlying = Underlying("X", AssetClass.INDEX_BROAD)
    near, far = (SKETCH_TIME + timedelta(days=days) for days in SKETCH_DAYS)
    strategy = template.builder(Inputs(underlying, SKETCH_SPOT, SKETCH_STEP, near, far))
    market = Market(SKETCH_TIME, (Quote("X", SKETCH_SPOT, volatility=SKETCH_VOL),))
    portfolio = Portfolio(strategy.positions, strategy.balances, (underlying,))
    held = (*marks(portfolio, market), *collateral_marks(portfolio, market))
    (curve,) = payoff_curves(held, market, (float(SKETCH_DAYS[0]),))
    return tuple(round(pnl, SKETCH_DIGITS) for pnl in curve.pnl)


def _rounded(vol: float | None) -> float | None:
    return None if vol is None else round(vol, VOL_DIGITS)


def _is_held(expiry: datetime, portfolio: Portfolio, underlying: Underlying) -> bool:
    return any(
        position.underlying == underlying.symbol
        and getattr(position.instrument, "expiry", None) == expiry
        for position in portfolio.positions
    )


def _month(day: date, ahead: int) -> date:
    """Return the first day of the month ``ahead`` months after that of ``day``."""
    years, month = divmod(day.month - 1 + ahead, 12)
    return date(day.year + years, month + 1, 1)


def _expiry_day(first: date, asset_class: AssetClass) -> date:
    """Return the third Friday of a month, for crypto its last."""
    fridays = [
        day
        for day in (first + timedelta(days=n) for n in range(31))
        if day.weekday() == FRIDAY and day.month == first.month
    ]
    return fridays[-1] if asset_class is AssetClass.CRYPTO else fridays[2]
