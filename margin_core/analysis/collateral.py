"""Collateral: what each balance counts for, what it backs, and the ratio if it falls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from margin_core.margin.coin_account import is_inverse
from margin_core.margin.last_bits import by_size, sign
from margin_core.risk.marks import marks
from margin_core.risk.moves import Move, moved
from margin_core.risk.revaluation import revalue
from margin_core.risk.scenarios import grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.analysis.attribution import Margin
    from margin_core.book.portfolio import Balance, Portfolio
    from margin_core.margin.result import MarginResult
    from margin_core.market.snapshot import Market

LIQUIDATION = 1.0  # margin ratio
CALL = 1.0 / 1.2  # equity is 1.2 times the maintenance requirement
WATCH = 1.0 / 1.5


@dataclass(frozen=True, slots=True)
class Counted:
    """One balance as a methodology counts it: reporting currency, ``price`` per unit."""

    balance: Balance
    price: float
    counted: float

    @property
    def value(self) -> float:
        """Full value at its price."""
        return self.balance.amount * self.price

    @property
    def haircut(self) -> float | None:
        """The fraction of value that does not count; None for what is owed or worth nothing."""
        return 1.0 - self.counted / self.value if self.value > 0.0 else None


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands; amounts in the reporting currency.

    ``ratio`` is the margin ratio, the worst pocket's; None where there is no equity.
    """

    ratio: float | None
    maintenance: float
    equity: float

    @classmethod
    def of(cls, result: MarginResult) -> Standing:
        """Return how the account of a result stands."""
        return cls(result.margin_ratio, result.maintenance.amount, result.equity.amount)

    @property
    def liquidated(self) -> bool:
        """Whether the maintenance requirement is not met."""
        if self.ratio is None:
            return sign(self.maintenance) > 0 or sign(self.equity) < 0
        return self.ratio >= LIQUIDATION


@dataclass(frozen=True, slots=True)
class Backing:
    """Coins held beside positions on themselves, and what these do when they move.

    ``assets`` are or track ``underlying``. ``pnl`` is that of all ``positions`` on it, reporting
    currency; ``losing`` are the labels of those that lose, the worst first.
    """

    assets: tuple[str, ...]
    underlying: str
    positions: int
    pnl: float
    losing: tuple[str, ...]


def counted(portfolio: Portfolio, market: Market, margin: Margin) -> tuple[Counted, ...]:
    """Return what each balance counts for, in the portfolio's order.

    A balance counts for its value less what ``margin`` does not count because of it. Balances are
    added one after another, so that of an asset with tiers the first ones use up the best; the
    deductions add up to the account's. A haircut of one phase alone is in that phase's
    requirement, not here.

    Raises
    ------
    MarginError
        As ``margin`` does.
    """
    found = []
    before = margin(replace(portfolio, balances=()), market).collateral_not_counted
    for number, balance in enumerate(portfolio.balances, 1):
        part = replace(portfolio, balances=portfolio.balances[:number])
        after = margin(part, market).collateral_not_counted
        price = market.price(balance.asset, portfolio.currency)
        found.append(Counted(balance, price, balance.amount * price - (after - before)))
        before = after
    return tuple(found)


def ratios(
    portfolio: Portfolio,
    market: Market,
    margin: Margin,
    collateral_moves: Sequence[float],
    spot_moves: Sequence[float],
    *,
    together: bool = True,
) -> tuple[tuple[Standing, ...], ...]:
    """Return how the account stands after collateral and spot move, volatilities unchanged.

    Parameters
    ----------
    portfolio : Portfolio
    market : Market
    margin : callable
        A methodology, or any function from account and market to a result.
    collateral_moves : sequence of float
        Relative moves of the price of every asset held but the reporting currency: a depeg.
    spot_moves : sequence of float
        Relative moves above -1 of every underlying.
    together : bool
        Whether a coin held moves with its underlying before it moves by itself; else its price
        stays behind when spot moves.

    Returns
    -------
    tuple of tuple of Standing
        One row per collateral move, one column per spot move.

    Raises
    ------
    MarginError
        As ``margin`` and the marks do.
    """
    today = marks(portfolio, market)
    columns = [moved(portfolio, market, today, Move(spot=size)) for size in spot_moves]
    return tuple(
        tuple(
            Standing.of(
                margin(account, _depegged(account, after, after if together else market, c))
            )
            for account, after in columns
        )
        for c in collateral_moves
    )


def movable(portfolio: Portfolio) -> tuple[str, ...]:
    """Return the assets held whose price can move: all but the reporting currency."""
    return tuple(
        dict.fromkeys(b.asset for b in portfolio.balances if b.asset != portfolio.currency)
    )


def backings(portfolio: Portfolio, market: Market, move: float) -> tuple[Backing, ...]:
    """Return the coins held beside positions on themselves, and what these do when they move.

    Parameters
    ----------
    portfolio : Portfolio
    market : Market
    move : float
        Relative move of the coin; what loses with a fall is wrong-way to it.
    """
    held = {b.asset: b.tracks or b.asset for b in portfolio.balances if b.amount > 0.0}
    cube = revalue(marks(portfolio, market), market, grid((move,)))
    pnl = [
        (mark.position.underlying, mark.label, float(value))
        for mark, value in zip(cube.marks, cube.values[0], strict=True)
    ]
    symbols = {symbol for symbol, _, _ in pnl}
    return tuple(
        Backing(
            tuple(asset for asset, followed in held.items() if followed == symbol),
            symbol,
            sum(name == symbol for name, _, _ in pnl),
            sum(value for name, _, value in pnl if name == symbol),
            tuple(
                label
                for name, label, value in by_size(pnl, lambda each: -each[2])
                if name == symbol and sign(value) < 0
            ),
        )
        for symbol in dict.fromkeys(held.values())
        if symbol in symbols
    )


def in_coins(amount: float, portfolio: Portfolio, market: Market) -> tuple[tuple[str, float], ...]:
    """Return an amount of the reporting currency in each coin that a position settles in."""
    coins = dict.fromkeys(p.underlying for p in portfolio.positions if is_inverse(p.instrument))
    return tuple((coin, amount / market[coin].spot) for coin in coins)


def _depegged(portfolio: Portfolio, after: Market, priced_at: Market, move: float) -> Market:
    """Return the moved market with every asset at its price elsewhere, moved by itself."""
    prices = tuple(
        (asset, priced_at.price(asset, portfolio.currency) * (1.0 + move))
        for asset in movable(portfolio)
    )
    return replace(after, prices=prices)
