"""The house's own portfolio margin: one set of scenarios for every instrument, coins included.

Every underlying is moved over a grid of spot and volatility in the ranges of its family, and by
far-tail moves at a weight. The requirement is a percentage of the worst loss that the account
can meet while its class groups move together, against each other or singly, as one switch for
each pair of families says; with charges for what a grid cannot see, and a minimum for options
sold. The figures are the house's own and stand, each with its reason, in ``scenario_pm.toml``.

Coins held as collateral count in equity less their haircut and move in the scenarios like
positions. The haircut is the first part of a coin's loss: what it took from equity is not
charged again, only the loss beyond it is, while a gain counts in full. So a coin pays for the
calls and perpetuals it covers, and costs its haircut and little else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import LpRange, Option, Stock
from margin_core.margin.coin_account import at_least
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.figure import Line, given, largest, scaled, smallest, total
from margin_core.margin.haircuts import collateral, flat, with_charge
from margin_core.margin.parameters import load, load_profiles, read
from margin_core.margin.result import MarginResult, Methodology
from margin_core.methodologies.scenario_pm import addons
from margin_core.methodologies.scenario_pm.book import book
from margin_core.methodologies.scenario_pm.potential import maximum_potential_loss
from margin_core.methodologies.scenario_pm.switches import implied
from margin_core.methodologies.scenario_pm.terms import Params

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from margin_core.book.portfolio import Balance, Portfolio
    from margin_core.margin.haircuts import Collateral, Tier
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.scenario_pm.book import Book
    from margin_core.methodologies.scenario_pm.potential import Potential

KEY = "scenario_pm"
DOCUMENT = read(__file__)
PUBLISHED = load(Params, __file__)


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return initial and maintenance margin under the house's scenarios.

    Venues are one account: what is held at one pays for what is held at another.

    Raises
    ------
    MarketDataError
        If a position or a balance has no price.
    ParameterError
        If the grid or a switch is faulty.
    """
    assets = collateral(
        portfolio, market, lambda balance: _terms(balance, portfolio, p), source="house#haircut"
    )
    held = book(portfolio, market, assets, p)
    potential = maximum_potential_loss(held, p)
    initial, maintenance = _requirements(_loss(held, potential, p), assets, p)
    positions = held.marks[: held.n_positions]
    equity = total(
        "Equity",
        total("Positions at their marks", *(given(m.label, m.value) for m in positions)),
        assets.counted,
    )
    return MarginResult(
        methodology=KEY,
        title=DOCUMENT.title,
        currency=portfolio.currency,
        net_liquidation_value=net_liquidation_value(portfolio, market, positions).amount,
        collateral_not_counted=assets.not_counted,
        equity=equity,
        initial=initial,
        maintenance=maintenance,
        sources=DOCUMENT.sources,
        scenarios=potential.scenarios,
        worst_by_group=potential.worst,
        warnings=tuple(dict.fromkeys(_warnings(portfolio, market, held, assets, p))),
    )


def _terms(balance: Balance, portfolio: Portfolio, p: Params) -> Sequence[Tier]:
    if balance.asset == portfolio.currency:
        return flat(0.0)
    return flat(p.haircut[balance.asset if balance.asset in p.haircut else "other"])


def _loss(held: Book, potential: Potential, p: Params) -> Line:
    """Return the loss that the account must be able to pay."""
    risk = total(
        "Worst move and charges",
        potential.line,
        addons.gamma(held, p),
        addons.vega(held, p),
        addons.basis(held, p),
    )
    return largest("Loss to cover", _capped(held, risk), addons.short_option_floor(held, p))


def _capped(held: Book, risk: Line) -> Line:
    """Return the risk; of an account that owes nothing, at most the value of what it holds."""
    owes = any(
        not isinstance(mark.position.instrument, Stock | Option | LpRange)
        or mark.position.quantity < 0.0
        for mark in held.marks
    )
    if owes or not held.marks:
        return risk
    value = total("Value of what is held", *(given(mark.label, mark.value) for mark in held.marks))
    return smallest("At most what is held, as nothing is owed", risk, value)


def _requirements(loss: Line, assets: Collateral, p: Params) -> tuple[Line, Line]:
    """Return initial and maintenance margin: a percentage of the loss, and the phase's haircuts."""
    initial = with_charge(
        scaled("Initial margin", loss, p.initial_percentage, source="house#initial_percentage"),
        assets.initial_charge,
    )
    maintenance = with_charge(
        scaled("Maintenance margin", loss, p.maintenance_percentage, source="deribit#mm_factor"),
        assets.maintenance_charge,
    )
    return at_least(initial, maintenance), maintenance


def _warnings(
    portfolio: Portfolio, market: Market, held: Book, assets: Collateral, p: Params
) -> Iterable[str]:
    yield from (mark.warning for mark in held.marks if mark.warning)
    yield from assets.warnings
    for balance in portfolio.balances:
        if not market.has(balance.tracks or balance.asset) and _terms(balance, portfolio, p) != (
            flat(0.0)
        ):
            yield (
                f"{balance.asset} is held at its haircut alone: no underlying in the account tells "
                "how it moves"
            )
    yield from implied(held.groups, p)


METHODOLOGY = Methodology(
    KEY,
    DOCUMENT.title,
    "every instrument: stock, options, futures and perpetuals, coins and other collateral",
    margin,
    PUBLISHED,
    DOCUMENT.sources,
    load_profiles(PUBLISHED, __file__),
)
