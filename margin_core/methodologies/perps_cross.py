"""Cross margin: one collateral pool for every perpetual and dated future.

Coins count after the haircuts of the venue that they are held at; profits and losses of all
positions meet in the pool. It is liquidated as a whole where it is down to the sum of the tiered
maintenance margins. Positions in the same contract are one net position; nothing else offsets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.instruments import Future
from margin_core.book.portfolio import Haircut
from margin_core.errors import ParameterError
from margin_core.margin.coin_account import at_least, is_inverse
from margin_core.margin.contracts import Contract, initial_line, maintenance_line, netted
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.figure import Line, given, total
from margin_core.margin.haircuts import NOT_TAKEN, Tier, collateral, flat, with_charge
from margin_core.margin.liquidation_price import Pocket, nearest
from margin_core.margin.parameters import load, load_profiles, read
from margin_core.margin.perpetuals import (
    OTHER,
    Tables,
    basis,
    contracts,
    funding_notices,
    notices,
)
from margin_core.margin.result import LiquidationPrice, MarginResult, Methodology
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from margin_core.book.portfolio import Balance, Portfolio
    from margin_core.margin.contracts import Basis
    from margin_core.margin.haircuts import Collateral
    from margin_core.margin.parameters import Table
    from margin_core.market.snapshot import Market


@dataclass(frozen=True, slots=True)
class Params:
    """See ``perps_cross.toml`` for values, units and sources."""

    brackets: Table
    future_brackets: tuple[tuple[float, ...], ...]
    inverse_brackets: Table
    valued_at: str
    closing_fee: float
    default_venue: str
    haircut_kraken: Table
    haircut_deribit: Table
    haircut_bybit: Table
    haircut_okx: Table
    haircut_binance: Table

    def haircuts(self, venue: str | None) -> tuple[str, Table]:
        """Return the venue whose haircuts count at ``venue``, and its table."""
        tables = {
            "kraken": self.haircut_kraken,
            "deribit": self.haircut_deribit,
            "bybit": self.haircut_bybit,
            "okx": self.haircut_okx,
            "binance": self.haircut_binance,
        }
        name = (venue or "").lower()
        name = name if name in tables else self.default_venue
        if name not in tables:
            raise ParameterError(
                f"no haircuts of {name!r}",
                where=f"{KEY}.default_venue",
                remedy=f"Enter one of {', '.join(tables)}.",
            )
        return name, tables[name]


KEY = "perps_cross"
DOCUMENT = read(__file__)
PUBLISHED = load(Params, __file__)
TENFOLD = 10.0  # a rise beyond it is not worth a warning
CITED = {entry.name: entry.source for entry in DOCUMENT.parameters}


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return the cross margin of an account of perpetuals and dated futures on coins.

    Everything is one pool, whatever the venue and whatever ``isolated_margin`` a position has.
    A liquidation price is the mark of the contract at which the account is liquidated if that
    underlying alone moves, with its contracts in proportion and the coins that follow it.

    Raises
    ------
    NotCoveredError
        For options, stock, underlyings that are no coins, and a currency other than USD.
    MarketDataError
        If a position or a balance has no price.
    ParameterError
        If brackets, haircuts or the price that margin is taken at are faulty.

    References
    ----------
    Binance, How to Calculate Liquidation Price of USDⓈ-M Futures Contracts, 2020-08-14: in cross
    mode the wallet, the profit and the maintenance margin of all other contracts are in it.
    """
    marked = marks(portfolio, market)
    tables = Tables(p.brackets, p.inverse_brackets, p.future_brackets)
    held = contracts(portfolio, market, marked, tables)
    assets = collateral(
        portfolio,
        market,
        lambda balance: _tiers(balance, portfolio, market, p),
        source=lambda balance: CITED[f"haircut_{p.haircuts(balance.venue)[0]}"],
        apart=lambda balance: p.haircuts(balance.venue)[0],
    )
    equity = _equity(portfolio, held, assets)
    pool = _Pool(portfolio, assets, equity.amount, netted(held), basis(p.valued_at), p.closing_fee)
    owed = with_charge(pool.maintenance(), assets.maintenance_charge)
    return MarginResult(
        methodology=KEY,
        title=DOCUMENT.title,
        currency=portfolio.currency,
        net_liquidation_value=net_liquidation_value(portfolio, market, marked).amount,
        collateral_not_counted=assets.not_counted,
        equity=equity,
        initial=at_least(with_charge(pool.initial(), assets.initial_charge), owed),
        maintenance=owed,
        sources=DOCUMENT.sources,
        liquidation_prices=tuple(_prices(pool, held)),
        warnings=tuple(_warnings(portfolio, pool, held, assets, tables)),
    )


@dataclass(frozen=True, slots=True)
class _Pool:
    """The net contracts, and what pays for them."""

    portfolio: Portfolio
    assets: Collateral
    equity: float
    held: tuple[Contract, ...]
    at: Basis
    fee_rate: float

    def initial(self) -> Line:
        lines = (
            initial_line(each, self.at, self._fee(each), _source(each, "leverage"))
            for each in self.held
        )
        return total("Initial margin", *lines)

    def maintenance(self) -> Line:
        return total("Maintenance margin", *(self._maintenance(each) for each in self.held))

    def liquidations(self, symbols: Collection[str]) -> tuple[float, ...]:
        """Return where the pool is liquidated if ``symbols`` move by one factor, nothing else."""
        still = (each for each in self.held if each.instrument.underlying not in symbols)
        owed = sum(self._maintenance(each).amount for each in still)
        return self.pocket(symbols, owed + self.assets.maintenance_charge.amount).liquidations()

    def pocket(self, symbols: Collection[str], owed: float = 0.0) -> Pocket:
        """Return the pool as it moves with ``symbols``."""
        moving = tuple(each for each in self.held if each.instrument.underlying in symbols)
        counted = zip(self.portfolio.balances, self.assets.counted.parts, strict=True)
        coins = sum(line.amount for b, line in counted if (b.tracks or b.asset) in symbols)
        coins += sum(
            position.accrued_funding
            for position in self.portfolio.positions
            if position.underlying in symbols and is_inverse(position.instrument)
        )
        return Pocket(moving, self.equity, coins, owed, self.at, self.fee_rate)

    def _maintenance(self, each: Contract) -> Line:
        return maintenance_line(each, self.at, self._fee(each), _source(each, "rate"))

    def _fee(self, each: Contract) -> float:
        return self.pocket((each.instrument.underlying,)).fee(each)


def _equity(portfolio: Portfolio, held: Sequence[Contract], assets: Collateral) -> Line:
    """Return collateral, profits since entry and accrued funding."""
    parts = [
        assets.counted,
        total("Profit since entry", *(given(c.label, c.profit().at(1.0)) for c in held)),
    ]
    accrued = [given(p.label, p.accrued_funding) for p in portfolio.positions if p.accrued_funding]
    if accrued:
        parts.append(total("Accrued funding", *accrued))
    return total("Equity", *parts)


def _tiers(balance: Balance, portfolio: Portfolio, market: Market, p: Params) -> Sequence[Tier]:
    """Return the haircuts of a balance at its venue; tiers in dollars at today's price."""
    if balance.asset == portfolio.currency:
        return flat(0.0)
    _, table = p.haircuts(balance.venue)
    name = balance.asset.upper()
    if name not in table and OTHER not in table:
        return NOT_TAKEN
    price = market.price(balance.asset, portfolio.currency)
    return tuple(_tier(row, price) for row in table[name if name in table else OTHER])


def _tier(row: Sequence[float | str], price: float) -> Tier:
    match row:
        case (float(cut),):
            return Tier(Haircut(cut, cut))
        case (float(cut), float(upper)):
            return Tier(Haircut(cut, cut), upper)
        case (float(cut), float(upper), "USD"):
            return Tier(Haircut(cut, cut), upper / price)
        case _:
            raise ParameterError(
                f"{row} is no tier of a haircut",
                where=KEY,
                remedy='Write [0.05], [0.05, 10] or [0.05, 1000000, "USD"].',
            )


def _source(each: Contract, column: str) -> str:
    if each.inverse:
        return f"coin#inverse_brackets, {column}"
    dated = isinstance(each.instrument, Future)
    return f"binance#{'future_brackets' if dated else 'brackets'}, {column}"


def _prices(pool: _Pool, held: Sequence[Contract]) -> Iterator[LiquidationPrice]:
    """Yield each position's price as the account is liquidated, and as it is empty."""
    symbols = dict.fromkeys(each.instrument.underlying for each in held)
    found = {symbol: pool.liquidations((symbol,)) for symbol in symbols}
    empty = {symbol: pool.pocket((symbol,)).bankruptcy() for symbol in symbols}
    for each in held:
        symbol = each.instrument.underlying
        factor, bankrupt = nearest(found[symbol], rising=each.units < 0.0), empty[symbol]
        if factor is not None:
            yield LiquidationPrice(
                each.label, each.mark * factor, None if bankrupt is None else each.mark * bankrupt
            )


def _warnings(
    portfolio: Portfolio,
    pool: _Pool,
    held: Sequence[Contract],
    assets: Collateral,
    tables: Tables,
) -> Iterator[str]:
    yield from notices(pool.held, tables, pool.at)
    yield from funding_notices(portfolio, held)
    yield from assets.warnings
    pooled = [p.label for p in portfolio.positions if p.isolated_margin is not None]
    if pooled:
        yield f"The margin isolated for {', '.join(pooled)} is in the pool here, and at its risk."
    symbols = {each.instrument.underlying for each in held}
    if len(symbols) > 1:
        yield "A liquidation price holds for its underlying moving alone."
        yield _all_alike(pool.liquidations({u.symbol for u in portfolio.underlyings}))


def _all_alike(factors: Sequence[float]) -> str:
    moves = [f"{'+' if f > 1.0 else '−'}{abs(f - 1.0):.1%}" for f in factors if f < TENFOLD]
    if not moves:
        return "No move of all underlyings alike liquidates the account."
    return f"All underlyings moving alike liquidate the account at {' and at '.join(moves)}."


METHODOLOGY = Methodology(
    KEY,
    DOCUMENT.title,
    "perpetuals and dated futures on coins, linear and inverse; coins as collateral",
    margin,
    PUBLISHED,
    DOCUMENT.sources,
    load_profiles(PUBLISHED, __file__),
)
