"""Deribit portfolio margin: the worst cell of a risk matrix per coin, and charges on top.

Every price of a coin, its forwards and perpetuals included, moves by the same factor, in nine
steps with volatility down, unchanged and up, and by far moves of which a share counts. With
segregated collateral each settlement currency is an account of its own, and losses are counted in
it. With cross collateral there is one account in USD, and the coins held move in the matrix with
the contracts, so that no haircut is taken for the same move again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin import parameters
from margin_core.margin.coin_account import at_least, over_accounts, shortages, worst_ratio
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.figure import Line, given, scaled, total
from margin_core.margin.haircuts import with_charge
from margin_core.margin.last_bits import by_size
from margin_core.margin.result import MarginResult, Methodology
from margin_core.methodologies.deribit_pm.book import accounts
from margin_core.methodologies.deribit_pm.matrix import matrix, rounded
from margin_core.methodologies.deribit_pm.notices import notices
from margin_core.methodologies.deribit_pm.terms import Params, refuse_uncovered
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.parameters import Table
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.deribit_pm.book import Account
    from margin_core.methodologies.deribit_pm.matrix import Matrix
    from margin_core.risk.marks import Mark

KEY = "deribit_pm"
DOCUMENT = parameters.read(__file__)
PUBLISHED = parameters.load(Params, __file__)
ORDERS = ("spot_margin", "mmp_margin", "open_orders_margin")


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return the portfolio margin of an account of coin derivatives.

    Parameters
    ----------
    portfolio : Portfolio
        Reports in USD; European options, futures and perpetuals on coins.
    market : Market
    p : Params
        Published by default, with cross collateral; the profile ``segregated`` splits the account.

    Returns
    -------
    MarginResult
        Maintenance is ``mm_factor`` of the risk matrix margin; initial is all of it, with what
        open orders ask. Equity is all balances taken and every position at its mark.

    Raises
    ------
    NotCoveredError
        For positions that Deribit does not list, or on a coin whose parameters are not published
        and not given.
    ParameterError
        If a parameter given is none.
    MarketDataError
        If a position or a balance has no price.
    """
    refuse_uncovered(portfolio, p)
    held = marks(portfolio, market)
    parts = accounts(portfolio, market, p)
    matrices = [tuple(matrix(bucket, p) for bucket in part.buckets) for part in parts]
    asked = [_requirements(part, own, p) for part, own in zip(parts, matrices, strict=True)]
    equities = [_equity(part, held) for part in parts]
    summary = [
        (part.currency, equity, initial)
        for part, equity, (initial, _) in zip(parts, equities, asked, strict=True)
    ]
    ratio, without = worst_ratio(
        (equity.amount, owed.amount) for equity, (_, owed) in zip(equities, asked, strict=True)
    )
    every = by_size((m for own in matrices for m in own), lambda m: m.line.amount)
    cells = {m.bucket.name: m.outcomes(p) for m in every}
    return MarginResult(
        methodology=KEY,
        title=DOCUMENT.title,
        currency=portfolio.currency,
        net_liquidation_value=net_liquidation_value(portfolio, market, held).amount,
        collateral_not_counted=sum(part.collateral.not_counted for part in parts),
        equity=over_accounts("Equity", equities),
        initial=over_accounts("Initial margin", [initial for initial, _ in asked]),
        maintenance=over_accounts("Maintenance margin", [owed for _, owed in asked]),
        sources=DOCUMENT.sources,
        scenarios=tuple(outcome for m in every for outcome in cells[m.bucket.name]),
        worst_by_group=tuple(cells[m.bucket.name][m.worst] for m in every),
        warnings=tuple(
            dict.fromkeys((*notices(portfolio, held, parts, every, p), *shortages(summary)))
        ),
        worst_pocket_ratio=ratio if len(parts) > 1 else None,
        pocket_without_equity=without and len(parts) > 1,
    )


def _requirements(part: Account, own: Sequence[Matrix], p: Params) -> tuple[Line, Line]:
    """Return initial and maintenance margin of one account."""
    risk = total(f"{part.currency} account, risk matrix margin", *(m.line for m in own))
    orders = [
        given(name.replace("_", " "), table[part.currency] * part.price, source=f"simulate#{name}")
        for name, table in _orders(p)
        if part.currency in table
    ]
    label = f"{part.currency} account, initial margin"
    initial = total(label, risk, *orders, source="simulate#initial_margin") if orders else risk
    initial = rounded(label, initial, part.price, p)
    maintenance = scaled(
        f"{part.currency} account, maintenance margin",
        risk,
        p.mm_factor,
        source="simulate#mm_factor",
    )
    initial = with_charge(initial, part.collateral.initial_charge)
    maintenance = with_charge(maintenance, part.collateral.maintenance_charge)
    return at_least(initial, maintenance), maintenance


def _orders(p: Params) -> tuple[tuple[str, Table], ...]:
    return tuple((name, getattr(p, name)) for name in ORDERS)


def _equity(part: Account, held: Sequence[Mark]) -> Line:
    """Return what one account is worth: its positions at their marks, and its balances."""
    positions = (given(held[i].label, held[i].value) for i in part.places)
    return total(f"{part.currency} account", *positions, part.collateral.counted)


METHODOLOGY = Methodology(
    KEY,
    DOCUMENT.title,
    "European options, futures and perpetuals on coins, inverse and linear, in USD",
    margin,
    PUBLISHED,
    DOCUMENT.sources,
    parameters.load_profiles(PUBLISHED, __file__),
)
