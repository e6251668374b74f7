"""The account as the risk matrix sees it: one bucket per coin, one account or one per currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from margin_core.errors import ParameterError
from margin_core.margin.coin_account import by_settlement, haircut_of
from margin_core.margin.haircuts import NOT_TAKEN, collateral, flat
from margin_core.margin.parameters import NOT_PUBLISHED
from margin_core.methodologies.deribit_pm.contracts import contracts, pnl, pnl_in_coin
from margin_core.methodologies.deribit_pm.terms import (
    BOTH,
    CURRENCY,
    DOLLAR_TOKENS,
    NONE,
    cells,
    coin,
    extended_from,
    missing,
    published,
    settles_in,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.portfolio import Balance, Portfolio
    from margin_core.margin.haircuts import Collateral, Tier
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.deribit_pm.contracts import Contract
    from margin_core.methodologies.deribit_pm.terms import Coin, Params
    from margin_core.pricing.black import FloatArray
    from margin_core.risk.scenarios import ScenarioSet


@dataclass(frozen=True, slots=True, eq=False)
class Bucket:
    """Everything in one account that moves with one coin.

    ``vectors[cell, holding]`` is P&L in the account's currency, the extended cells as the share of
    them that counts; contracts come first, then balances. ``price`` is that currency's in the
    reporting currency.
    """

    name: str
    symbol: str
    terms: Coin
    scenarios: ScenarioSet
    contracts: tuple[Contract, ...]
    labels: tuple[str, ...]
    vectors: FloatArray
    price: float
    shocked: FloatArray  # (n_cells,): price of the account's currency in each cell, 1 today

    @property
    def vector(self) -> FloatArray:
        """P&L of each cell before offset and dampener, Deribit's pre-aggregated vector."""
        return np.asarray(self.vectors.sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """What margins itself: everything with cross collateral, else one settlement currency."""

    currency: str
    places: tuple[int, ...]  # of its positions in the portfolio
    collateral: Collateral
    buckets: tuple[Bucket, ...]
    price: float  # of the currency, in the reporting currency


def accounts(portfolio: Portfolio, market: Market, p: Params) -> tuple[Account, ...]:
    """Return the accounts, each with its buckets in order of appearance.

    Raises
    ------
    NotCoveredError, ParameterError, MarketDataError
    """
    held = contracts(portfolio, market, p)
    if p.cross:
        return (_account(CURRENCY, portfolio, tuple(range(len(held))), held, market, p),)
    parts = by_settlement(portfolio, lambda position: settles_in(position, p))
    return tuple(
        _account(
            currency,
            part,
            tuple(i for i, contract in enumerate(held) if contract.settlement == currency),
            held,
            market,
            p,
        )
        for currency, part in parts.items()
    )


def tracked(balance: Balance, p: Params) -> str:
    """Return the coin whose bucket a balance is in."""
    asset = balance.asset.upper()
    return str(p.moves_as[asset]) if asset in p.moves_as else asset


def moves(balance: Balance, p: Params) -> bool | None:
    """Return whether a balance moves in the matrix; None where that is not known."""
    asset = balance.asset.upper()
    impact = published(p.equity_side_impact, asset)
    if impact not in {BOTH, NONE, NOT_PUBLISHED}:
        raise ParameterError(
            f"{impact!r} is no side impact",
            where=f"deribit_pm.equity_side_impact.{asset}",
            remedy=f"Use {BOTH} or {NONE}.",
        )
    if impact == BOTH and not missing(tracked(balance, p), p, options=False):
        return True
    return False if impact == NONE else None


def _account(
    currency: str,
    part: Portfolio,
    places: tuple[int, ...],
    held: Sequence[Contract],
    market: Market,
    p: Params,
) -> Account:
    assets = collateral(part, market, lambda b: _tiers(b, p), source="recorded#haircut")
    mine = [held[i] for i in places]
    in_coin = not p.cross and currency not in DOLLAR_TOKENS and market.has(currency)
    price = market[currency].spot if in_coin else 1.0
    counted = [
        (balance, line.amount)
        for balance, line in zip(part.balances, assets.counted.parts, strict=True)
        if p.cross and line.amount and moves(balance, p)
    ]
    symbols = dict.fromkeys(
        [*(contract.symbol for contract in mine), *(tracked(b, p) for b, _ in counted)]
    )
    buckets = tuple(
        _bucket(
            symbol if p.cross or in_coin else f"{symbol} in {currency}",
            symbol,
            tuple(contract for contract in mine if contract.symbol == symbol),
            [
                (f"{balance.amount:+,.10g} {balance.asset} collateral", value)
                for balance, value in counted
                if tracked(balance, p) == symbol
            ],
            price,
            p,
            in_coin=in_coin,
        )
        for symbol in symbols
    )
    return Account(currency, places, assets, buckets, price)


def _bucket(
    name: str,
    symbol: str,
    held: tuple[Contract, ...],
    balances: Sequence[tuple[str, float]],
    price: float,
    p: Params,
    *,
    in_coin: bool,
) -> Bucket:
    terms = coin(symbol, p, options=any(contract.option for contract in held))
    scenarios = cells(terms, p)
    move = np.asarray(scenarios.spot_moves)
    columns = [(pnl_in_coin if in_coin else pnl)(held, scenarios)] if held else []
    columns += [(value * move)[:, None] for _, value in balances]
    vectors = np.hstack(columns)
    extended = np.arange(len(move)) >= extended_from(p)
    edge = 1.0 + np.sign(move) * terms.price_range
    shocked = np.where(extended, edge, 1.0 + move) if in_coin else np.ones(len(move))
    # an extended cell counts in money at its own price, given back in coin at the range's end
    weight = np.asarray(scenarios.weights)
    counts = weight * np.where(extended, (1.0 + move) / edge, 1.0) if in_coin else weight
    return Bucket(
        name,
        symbol,
        terms,
        scenarios,
        held,
        (*(contract.mark.label for contract in held), *(label for label, _ in balances)),
        vectors * counts[:, None],
        price,
        shocked,
    )


def _tiers(balance: Balance, p: Params) -> Sequence[Tier]:
    asset = balance.asset.upper()
    if not p.cross:
        return flat(0.0) if asset in p.segregated_assets else NOT_TAKEN
    haircut = haircut_of(asset, p.haircut, "deribit_pm.haircut")
    return NOT_TAKEN if haircut is None else flat(haircut)
