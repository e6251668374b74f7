"""What is margined: positions netted into option series and lots of stock, by deliverable."""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from margin_core.book.instruments import AssetClass, MarginType, Option, Stock
from margin_core.book.portfolio import AccountType, describe
from margin_core.errors import NotCoveredError
from margin_core.margin.refusal import listed, refuse_currency
from margin_core.risk.marks import entry_price

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from margin_core.book.instruments import Underlying
    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.us_reg_t.params import Params
    from margin_core.risk.marks import Mark

INDICES = frozenset({AssetClass.INDEX_BROAD, AssetClass.INDEX_NARROW, AssetClass.INDEX_VOLATILITY})
FUNDS = frozenset({AssetClass.ETF_BROAD, AssetClass.ETF_NARROW})
_PLACES = 9  # of a contract: what remains of 0.1 + 0.2 - 0.3 is no position
_NEW_YORK = ZoneInfo("America/New_York")  # the trading day of the rule book


@dataclass(frozen=True, slots=True)
class Series:
    """One option series and the signed quantity held of it, in contracts."""

    option: Option
    quantity: float
    price: float  # mark, reporting currency per unit of the underlying
    spot: float
    facts: Underlying
    name: str  # the series in words
    loan: float = 0.0  # loan value of a long contract alone, per unit of the underlying

    @property
    def label(self) -> str:
        """The series in words with its signed quantity."""
        return f"{self.quantity:+,.6g} {self.name}"

    @property
    def units(self) -> float:
        """Units of the underlying, without sign."""
        return abs(self.quantity) * self.option.multiplier

    @property
    def value(self) -> float:
        """Market value of the contracts held, without sign."""
        return self.units * self.price

    @property
    def in_the_money(self) -> float:
        """In-the-money amount per unit of the underlying."""
        gain = self.spot - self.option.strike
        return max(gain if self.option.call else -gain, 0.0)

    @property
    def out_of_the_money(self) -> float:
        """Out-of-the-money amount per unit of the underlying."""
        gain = self.spot - self.option.strike
        return max(-gain if self.option.call else gain, 0.0)

    @property
    def ratio(self) -> float:
        """Units of the index per unit of a reduced-value contract's underlying; else 1."""
        return self.facts.index_ratio or 1.0

    @property
    def family(self) -> tuple[str, str, bool]:
        """What may be spread against what: deliverable, style, listed or OTC."""
        reduced = self.facts.index is not None and self.facts.index_ratio is not None
        symbol = self.facts.index if reduced else self.facts.symbol
        return symbol or "", self.option.style, self.option.otc

    def of(self, contracts: float) -> Series:
        """Return this many contracts of the series, on the same side."""
        signed = contracts if self.quantity > 0 else -contracts
        return Series(self.option, signed, self.price, self.spot, self.facts, self.name, self.loan)


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of one stock or fund, signed; short ones with the price they were sold at."""

    facts: Underlying
    quantity: float
    price: float
    sale_price: float

    @property
    def label(self) -> str:
        """The holding in words."""
        return f"{self.quantity:+,.6g} {self.facts.symbol} shares"

    @property
    def units(self) -> float:
        """Shares, without sign."""
        return abs(self.quantity)

    @property
    def value(self) -> float:
        """Market value, without sign."""
        return self.units * self.price

    def of(self, shares: float) -> Shares:
        """Return this many shares of the holding, on the same side."""
        return replace(self, quantity=shares if self.quantity > 0 else -shares)


Leg = Series | Shares


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything on one deliverable: an index with its funds and reduced values, or a stock."""

    symbol: str
    series: tuple[Series, ...]
    stock: tuple[Shares, ...]


def holdings(
    portfolio: Portfolio, market: Market, marks: Sequence[Mark], p: Params
) -> tuple[Holdings, ...]:
    """Return the account's positions, netted, in an order that doesn't depend on the file's.

    Long and short of one series, or of one stock, cancel first.

    Raises
    ------
    NotCoveredError
        Naming every position that these rules do not margin.
    """
    _refuse_uncovered(portfolio)
    series: dict[str, list[Series]] = defaultdict(list)
    stock: dict[str, list[Shares]] = defaultdict(list)
    for option, mark, quantity in _net_options(portfolio, marks):
        facts = portfolio.underlying(option.underlying)
        spot = market[option.underlying].spot
        held = Series(option, quantity, mark.price, spot, facts, describe(option))
        if quantity > 0.0 and portfolio.account_type is AccountType.MARGIN:
            held = replace(held, loan=_loan_value(held, market.valuation_time, p))
        series[facts.index or facts.symbol].append(held)
    for lot in _net_stock(portfolio, market, marks):
        stock[lot.facts.index or lot.facts.symbol].append(lot)
    return tuple(
        Holdings(symbol, tuple(sorted(series[symbol], key=_order)), tuple(stock[symbol]))
        for symbol in sorted(series.keys() | stock.keys())
    )


def leverage(facts: Underlying) -> float:
    """Return what a leveraged fund's requirements are multiplied by: its factor's size.

    A fund that moves by less than its index has those of one that moves as the index does.

    References
    ----------
    FINRA 4210(f)(2)(E)/02; Regulatory Notice 09-53
    """
    return max(abs(facts.leverage), 1.0)


def _refuse_uncovered(portfolio: Portfolio) -> None:
    refuse_currency(portfolio, "USD", "its amounts are fixed")
    refused = [p.label for p in portfolio.positions if not _covered(p, portfolio)]
    if refused:
        raise NotCoveredError(
            "Reg T margins US stocks, funds and options on them and on stock indices, not "
            + listed(refused),
            where="positions",
            positions=tuple(refused),
        )


def _covered(position: Position, portfolio: Portfolio) -> bool:
    kind = portfolio.underlying(position.underlying).asset_class
    match position.instrument:
        case Stock():
            return kind not in INDICES | {AssetClass.CRYPTO, AssetClass.COMMODITY}
        case Option(margin_type=margin_type):
            coin = kind in {AssetClass.CRYPTO, AssetClass.COMMODITY}
            return not coin and margin_type is MarginType.LINEAR
        case _:
            return False


def _net_options(portfolio: Portfolio, marks: Sequence[Mark]) -> list[tuple[Option, Mark, float]]:
    quantities: dict[Option, float] = defaultdict(float)
    mark_of: dict[Option, Mark] = {}
    for position, mark in zip(portfolio.positions, marks, strict=True):
        if isinstance(position.instrument, Option):
            quantities[position.instrument] += position.quantity
            mark_of[position.instrument] = mark
    net = {option: round(quantity, _PLACES) for option, quantity in quantities.items()}
    return [(option, mark_of[option], quantity) for option, quantity in net.items() if quantity]


def _net_stock(portfolio: Portfolio, market: Market, marks: Sequence[Mark]) -> list[Shares]:
    """Return the net holding of each stock; short ones by sale price, the dearest kept open."""
    lots: dict[str, list[Shares]] = defaultdict(list)
    for position, mark in zip(portfolio.positions, marks, strict=True):
        if isinstance(position.instrument, Stock):
            facts = portfolio.underlying(position.underlying)
            sold = entry_price(position, mark.price, portfolio, market)
            lots[facts.symbol].append(Shares(facts, position.units, mark.price, sold))
    return [lot for symbol in sorted(lots) for lot in _open_lots(lots[symbol])]


def _open_lots(lots: list[Shares]) -> list[Shares]:
    net = round(sum(lot.quantity for lot in lots), _PLACES)
    if net >= 0.0:
        return [replace(lots[0], quantity=net, sale_price=0.0)] if net else []
    open_lots, left = [], -net
    sales: dict[float, float] = defaultdict(float)
    for lot in lots:
        sales[lot.sale_price] += max(-lot.quantity, 0.0)
    for price in sorted(sales, reverse=True):
        shares = min(sales[price], left)
        if shares > 0.0:
            open_lots.append(replace(lots[0], quantity=-shares, sale_price=price))
            left -= shares
    return open_lots


def _order(series: Series) -> tuple[object, ...]:
    option = series.option
    return (
        option.underlying,
        option.expiry,
        option.strike,
        option.right,
        option.multiplier,
        option.style,
        option.otc,
        option.settlement,
    )


def _loan_value(series: Series, now: datetime, p: Params) -> float:
    """Return what a long option may be borrowed against, per unit: nothing up to nine months."""
    option = series.option
    eligible = series.facts.asset_class in p.long_dated_classes
    if not eligible or not _exceeds_months(now, option.expiry, int(p.long_dated_months)):
        return 0.0
    if not option.otc:
        return (1.0 - p.long_dated_requirement) * series.price
    if option.style != "american":
        return 0.0
    counted = min(series.in_the_money, series.price)
    return (1.0 - p.long_dated_requirement) * counted


def _exceeds_months(now: datetime, expiry: datetime, months: int) -> bool:
    return expiry.astimezone(_NEW_YORK).date() > add_months(
        now.astimezone(_NEW_YORK).date(), months
    )


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` calendar months on, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return day.replace(
        year=year, month=month, day=min(day.day, calendar.monthrange(year, month)[1])
    )
