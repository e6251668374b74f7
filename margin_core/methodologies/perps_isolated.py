"""Isolated margin: every perpetual and dated future in a pocket of its own.

A pocket holds the margin put into it, its position's profit and its funding. It is liquidated by
itself where that is down to the tiered maintenance margin, whatever else the account has, and its
loss ends where the pocket is empty. What no pocket holds is free, and backs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.instruments import Future
from margin_core.margin.coin_account import at_least, worst_ratio
from margin_core.margin.contracts import Contract, initial_line, maintenance_line, usable_leverage
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.figure import Line, given, largest, scaled, total
from margin_core.margin.haircuts import collateral, flat, with_charge
from margin_core.margin.last_bits import CENT
from margin_core.margin.liquidation_price import Pocket, nearest
from margin_core.margin.parameters import load, load_profiles, read
from margin_core.margin.perpetuals import Tables, basis, contracts, funding_notices, notices
from margin_core.margin.result import LiquidationPrice, MarginResult, Methodology
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.margin.contracts import Basis
    from margin_core.margin.haircuts import Collateral
    from margin_core.margin.parameters import Table
    from margin_core.market.snapshot import Market


@dataclass(frozen=True, slots=True)
class Params:
    """See ``perps_isolated.toml`` for values, units and sources."""

    brackets: Table
    future_brackets: tuple[tuple[float, ...], ...]
    inverse_brackets: Table
    valued_at: str
    closing_fee: float


KEY = "perps_isolated"
DOCUMENT = read(__file__)
PUBLISHED = load(Params, __file__)


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return the isolated margin of an account of perpetuals and dated futures on coins.

    A position's pocket holds its ``isolated_margin``; without one, its size at entry over its
    leverage. A pocket is in the currency of its contract: coins for an inverse one. Collateral
    counts in full, as no pocket takes another currency. Liquidation and bankruptcy prices are
    marks of the contract, which for a future is not the spot.

    Raises
    ------
    NotCoveredError
        For options, stock, underlyings that are no coins, and a currency other than USD.
    MarketDataError
        If a position or a balance has no price.
    ParameterError
        If brackets or the price that margin is taken at are faulty.

    References
    ----------
    Binance, How to Calculate Liquidation Price of USDⓈ-M (2020-08-14) and of COIN-M Futures
    Contracts (2021-02-05): in isolated mode the wallet is that of the position alone.
    """
    marked = marks(portfolio, market)
    tables = Tables(p.brackets, p.inverse_brackets, p.future_brackets)
    held = contracts(portfolio, market, marked, tables)
    at = basis(p.valued_at)
    pockets = [
        _Held(*pair, at, p.closing_fee) for pair in zip(portfolio.positions, held, strict=True)
    ]
    assets = collateral(portfolio, market, lambda _: flat(0.0))
    initial = total("Initial margin", *(each.initial() for each in pockets))
    maintenance = total("Maintenance margin", *(each.maintenance() for each in pockets))
    ratio, without = worst_ratio(
        (each.equity().amount, line.amount)
        for each, line in zip(pockets, maintenance.parts, strict=True)
    )
    owed = with_charge(maintenance, assets.maintenance_charge)
    return MarginResult(
        methodology=KEY,
        title=DOCUMENT.title,
        currency=portfolio.currency,
        net_liquidation_value=net_liquidation_value(portfolio, market, marked).amount,
        collateral_not_counted=assets.not_counted,
        equity=total("Equity", *(each.equity() for each in pockets), _free(assets, pockets)),
        initial=at_least(with_charge(initial, assets.initial_charge), owed),
        maintenance=owed,
        sources=DOCUMENT.sources,
        liquidation_prices=tuple(price for each in pockets for price in each.prices()),
        warnings=tuple(_warnings(portfolio, pockets, assets, tables, at)),
        worst_pocket_ratio=ratio,
        pocket_without_equity=without,
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """One position and its pocket."""

    position: Position
    contract: Contract
    at: Basis
    fee_rate: float

    def wallet(self) -> Line:
        """Return the margin put into the pocket."""
        each = self.contract
        if self.position.isolated_margin is not None:
            return given("Isolated margin", self.position.isolated_margin)
        leverage = usable_leverage(each, self.at)
        size = given("Size at entry", each.entry_size * each.currency_value)
        return scaled(f"Its size at entry, at {leverage:.4g}x", size, 1.0 / leverage)

    def equity(self) -> Line:
        parts = [self.wallet(), given("Profit since entry", self.contract.profit().at(1.0))]
        if self.position.accrued_funding:
            parts.append(given("Accrued funding", self.position.accrued_funding))
        return total(f"Pocket of {self.contract.label}", *parts)

    def pocket(self) -> Pocket:
        """Return the pocket; what it holds besides profit is coins for an inverse contract."""
        put_in = self.wallet().amount + self.position.accrued_funding
        coins = put_in if self.contract.inverse else 0.0
        equity = put_in + self.contract.profit().at(1.0)
        return Pocket((self.contract,), equity, coins, basis=self.at, fee_rate=self.fee_rate)

    def maintenance(self) -> Line:
        fee = self.pocket().fee(self.contract)
        return maintenance_line(self.contract, self.at, fee, self.source("rate"))

    def initial(self) -> Line:
        """Return the initial margin: what the leverage asks, at least what was isolated for it."""
        fee = self.pocket().fee(self.contract)
        asked = initial_line(self.contract, self.at, fee, self.source("leverage"))
        if self.position.isolated_margin is None:
            return asked
        return largest(self.contract.label, asked, self.wallet())

    def source(self, column: str) -> str:
        """Return the citation of the brackets."""
        if self.contract.inverse:
            return f"coin#inverse_brackets, {column}"
        dated = isinstance(self.contract.instrument, Future)
        return f"binance#{'future_brackets' if dated else 'brackets'}, {column}"

    def prices(self) -> Iterator[LiquidationPrice]:
        """Yield where the pocket is liquidated and where it is empty, if anywhere."""
        pocket, each = self.pocket(), self.contract
        found = nearest(pocket.liquidations(), rising=each.units < 0.0)
        bankrupt = pocket.bankruptcy()
        if found is not None:
            yield LiquidationPrice(
                each.label, each.mark * found, None if bankrupt is None else each.mark * bankrupt
            )


def _free(assets: Collateral, pockets: Sequence[_Held]) -> Line:
    put_in = total("Put into pockets", *(each.wallet() for each in pockets))
    return total("Free balance", assets.counted, scaled("Put into pockets", put_in, -1.0))


def _warnings(
    portfolio: Portfolio,
    pockets: Sequence[_Held],
    assets: Collateral,
    tables: Tables,
    at: Basis,
) -> Iterator[str]:
    held = [each.contract for each in pockets]
    yield from notices(held, tables, at)
    yield from funding_notices(portfolio, held)
    yield from assets.warnings
    free = _free(assets, pockets).amount
    if free < 0.0 and pockets:
        yield f"The pockets take {-free:,.2f} more than the balances hold."
    spare = sum(max(each.equity().amount - each.initial().amount, 0.0) for each in pockets)
    if spare >= CENT and len(pockets) > 1:
        yield f"{spare:,.2f} of the excess lies in pockets, where no other position can use it."
    for each in pockets:
        equity = each.equity().amount
        if equity <= 0.0 < each.contract.size():
            yield (
                f"{each.contract.label} is past its bankruptcy price: its loss beyond the pocket, "
                f"{-equity:,.2f}, is counted here but would not be the account's."
            )


METHODOLOGY = Methodology(
    KEY,
    DOCUMENT.title,
    "perpetuals and dated futures on coins, linear and inverse; coins as collateral",
    margin,
    PUBLISHED,
    DOCUMENT.sources,
    load_profiles(PUBLISHED, __file__),
)
