"""Full collateral: what a vault locks up so that no price from zero to infinity can break it.

What a call, a perpetual or a future sold can cost has no end in money but at most one coin each,
so it is covered in coins; a put sold, or a perpetual held, costs at most its strike or its price,
so it is covered in cash. Options bought relieve options sold of the same kind and expiry, as in a
spread; nothing else offsets. Options bought and liquidity in a range are paid in full and back
nothing. For one option sold and at most one bought this is Opyn's formula for its vaults; of more
the greatest settlement, which that formula is, is taken for each expiry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.instruments import AssetClass, LpRange, Option
from margin_core.book.portfolio import describe
from margin_core.margin import parameters
from margin_core.margin.cash_asset import net_units
from margin_core.margin.coin_account import is_inverse, not_a_coin_contract
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.figure import Line, floored, given, largest, scaled, total
from margin_core.margin.haircuts import collateral, flat
from margin_core.margin.last_bits import first_largest, sign
from margin_core.margin.refusal import refuse, refuse_debts
from margin_core.margin.result import MarginResult, Methodology
from margin_core.risk.marks import marks
from margin_core.risk.netting import net

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from margin_core.book.instruments import Instrument
    from margin_core.book.portfolio import Balance, Portfolio, Position
    from margin_core.market.snapshot import Market
    from margin_core.risk.marks import Mark

KEY = "full_collateral"
DOCUMENT = parameters.read(__file__)
INFINITY = float("inf")


@dataclass(frozen=True, slots=True)
class Params:
    """See ``full_collateral.toml`` for values, units and sources."""

    call_cover: float
    put_cover: float
    notional_cover: float
    cash: tuple[str, ...]


PUBLISHED = parameters.load(Params, __file__)


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return what covers the account at every price; the same to open and to keep.

    Parameters
    ----------
    portfolio : Portfolio
        European options, perpetuals, futures and liquidity on coins, linear.
    market : Market
    p : Params
        Published by default.

    Returns
    -------
    MarginResult
        Rule-based: it has no scenarios. Collateral counts at its full value; options and
        liquidity are no part of equity.

    Raises
    ------
    NotCoveredError
        For anything settled in coin, stock, underlyings that are no coins, and coins owed.
    MarketDataError
        If a position or a balance has no price.
    """
    refuse(
        portfolio,
        lambda position: _not_covered(position, portfolio),
        "It covers linear European options, perpetuals, futures and liquidity on coins.",
    )
    _refuse_debts(portfolio, p)
    held = marks(portfolio, market)
    assets = collateral(portfolio, market, lambda _: flat(0.0), source="gamma#collateral")
    coins = {
        symbol: _coins(symbol, _of(symbol, held), p)
        for symbol in dict.fromkeys(mark.position.underlying for mark in held)
    }
    money = [line for symbol in coins for line in _cash(_of(symbol, held), p)]
    in_coins = [
        scaled(f"{symbol} to hold, at spot", line, market[symbol].spot)
        for symbol, line in coins.items()
        if line.parts
    ]
    profit = (m for m in held if not isinstance(m.position.instrument, Option | LpRange))
    equity = total(
        "Equity",
        total("Unsettled profit", *(given(mark.label, mark.value) for mark in profit)),
        assets.counted,
    )
    return MarginResult(
        methodology=KEY,
        title=DOCUMENT.title,
        currency=portfolio.currency,
        net_liquidation_value=net_liquidation_value(portfolio, market, held).amount,
        collateral_not_counted=assets.not_counted,
        equity=equity,
        initial=total("Initial", *in_coins, *money, *assets.initial_charge.parts),
        maintenance=total("Maintenance", *in_coins, *money, *assets.maintenance_charge.parts),
        sources=DOCUMENT.sources,
        warnings=(
            *(mark.warning for mark in held if mark.warning),
            *assets.warnings,
            *_missing(portfolio, market, coins, sum(line.amount for line in money), p),
        ),
    )


def _not_covered(position: Position, portfolio: Portfolio) -> str:
    instrument = position.instrument
    if isinstance(instrument, LpRange):
        coin = portfolio.underlying(instrument.underlying).asset_class is AssetClass.CRYPTO
        if not coin:
            return "liquidity in no coin"
        return "" if position.quantity >= 0.0 else "liquidity owed"
    return not_a_coin_contract(position, portfolio) or (
        "settled in coin" if is_inverse(instrument) else ""
    )


def _refuse_debts(portfolio: Portfolio, p: Params) -> None:
    owed = (b for b in portfolio.balances if b.amount < 0.0 and not _is_cash(b, portfolio, p))
    refuse_debts(owed, "Only cash can be owed.")


def _is_cash(balance: Balance, portfolio: Portfolio, p: Params) -> bool:
    return balance.asset == portfolio.currency or balance.asset in p.cash


def _of(symbol: str, held: Sequence[Mark]) -> list[Mark]:
    return [mark for mark in held if mark.position.underlying == symbol]


def _coins(symbol: str, held: Sequence[Mark], p: Params) -> Line:
    """Return the coins that cover what is sold without end, in coins."""
    calls = (
        _most_owed(f"{symbol} calls {expiry:%-d %b %Y}", units, (*_strikes(units), INFINITY))
        for expiry, units in _by_expiry(held, call=True)
    )
    sold = (
        given(f"{-size:,.10g} {describe(instrument)} sold", -size)
        for instrument, size, _ in _contracts(held)
        if size < 0.0
    )
    lines = tuple(line for line in (*calls, *sold) if line.amount)
    owed = total(f"{symbol} that can be owed", *lines, source="gamma#call spread margin")
    if not lines or p.call_cover == 1.0:
        return owed
    return scaled(f"{symbol} with the cover asked", owed, p.call_cover, source="gamma#call_cover")


def _cash(held: Sequence[Mark], p: Params) -> Iterator[Line]:
    """Yield the cash that covers puts sold and contracts held, reporting currency."""
    for expiry, units in _by_expiry(held, call=False):
        symbol = next(iter(units)).underlying
        owed = _most_owed(f"{symbol} puts {expiry:%-d %b %Y}", units, (0.0, *_strikes(units)))
        if owed.amount:
            yield scaled(owed.label, owed, p.put_cover, source="gamma#put spread margin")
    for instrument, size, price in _contracts(held):
        if size > 0.0:
            paid = given(f"{size:,.10g} {describe(instrument)} at {price:,.10g}", size * price)
            yield scaled(paid.label, paid, p.notional_cover, source="house#long perpetuals")


def _by_expiry(
    held: Sequence[Mark], *, call: bool
) -> Iterator[tuple[datetime, dict[Option, float]]]:
    """Yield the net units of each option of one right, expiry by expiry."""
    units = {option: size for option, size in net_units(held).items() if option.call is call}
    for expiry in sorted({option.expiry for option in units}):
        yield expiry, {option: size for option, size in units.items() if option.expiry == expiry}


def _contracts(held: Sequence[Mark]) -> Iterator[tuple[Instrument, float, float]]:
    """Yield each perpetual and future with its net units and its price."""
    sizes: dict[Instrument, list[float]] = {}
    prices: dict[Instrument, float] = {}
    for mark in held:
        instrument = mark.position.instrument
        if not isinstance(instrument, Option | LpRange):
            sizes.setdefault(instrument, []).append(mark.position.units)
            prices[instrument] = mark.price
    for instrument, each in sizes.items():
        yield instrument, net(each), prices[instrument]


def _strikes(units: Iterable[Option]) -> tuple[float, ...]:
    return tuple(sorted({option.strike for option in units}))


def _most_owed(label: str, units: dict[Option, float], prices: tuple[float, ...]) -> Line:
    """Return the most that options of one right and expiry owe at settlement, at least nothing.

    Calls in coins, puts in cash; between the prices given what is owed has no greater value.
    """
    owed = [[-size * _settled(option, price) for option, size in units.items()] for price in prices]
    worst = first_largest([sum(each) for each in owed])
    lines = (
        total(
            _at(price),
            *(
                given(f"{size:+,.10g} {describe(option)}", amount)
                for (option, size), amount in zip(units.items(), each, strict=True)
            ),
        )
        if i == worst
        else given(_at(price), sum(each))
        for i, (price, each) in enumerate(zip(prices, owed, strict=True))
    )
    return floored(label, largest(f"{label}, worst settlement", *lines))


def _settled(option: Option, price: float) -> float:
    """Return what one option pays at a settlement price: a call in coins, a put in cash."""
    if not option.call:
        return max(option.strike - price, 0.0)
    return max(1.0 - option.strike / price, 0.0)


def _at(price: float) -> str:
    return "Settled without bound" if price == INFINITY else f"Settled at {price:,.10g}"


def _missing(
    portfolio: Portfolio, market: Market, coins: dict[str, Line], money: float, p: Params
) -> Iterator[str]:
    """Yield what is asked in one asset and held in another."""
    for symbol, line in coins.items():
        have = sum(b.amount for b in portfolio.balances if b.asset == symbol)
        if sign(lacking := line.amount - have) > 0:
            yield (
                f"Short of {lacking:,.6g} {symbol}: what is sold without end is covered by the "
                "coin alone; the requirement counts it at today's spot"
            )
    cash = sum(
        balance.amount * market.price(balance.asset, portfolio.currency)
        for balance in portfolio.balances
        if _is_cash(balance, portfolio, p)
    )
    if sign(money - cash) > 0:
        yield (
            f"Short of {money - cash:,.2f} {portfolio.currency} in cash: puts sold and contracts "
            "held are covered by cash, not by coins that fall with them"
        )


METHODOLOGY = Methodology(
    KEY,
    DOCUMENT.title,
    "linear European options, perpetuals, futures and liquidity ranges on coins",
    margin,
    PUBLISHED,
    DOCUMENT.sources,
)
