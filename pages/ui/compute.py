"""Cached calls into margin_core, keyed by the frozen inputs."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import streamlit as st

import margin_core
from margin_core import (
    TEMPLATES,
    Backing,
    Basis,
    BuildUp,
    Comparison,
    Counted,
    Curve,
    Exposure,
    Fault,
    InputError,
    LosingMoves,
    Mark,
    Market,
    Methodology,
    Move,
    NotCoveredError,
    Pairing,
    Phase,
    PnlCube,
    Portfolio,
    PositionExposure,
    RegTPhase,
    Rung,
    ScenarioSet,
    Segregation,
    Settings,
    SimplePairing,
    SpotPoint,
    Standing,
    against_spot,
    backings,
    build_up,
    collateral_marks,
    compare,
    exposure_profile,
    exposures,
    files,
    losing_moves,
    marks,
    moved,
    net_liquidation_value,
    payoff_curves,
    payoff_offset,
    revalue,
    sketch,
    unit_exposures,
    workbook,
)
from margin_core.margin.configured import blamed_on
from pages.ui import rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from margin_core import MarginResult
    from pages.ui.state import Workspace


@lru_cache(maxsize=64)
def _exactly(value: object) -> str:
    """Return a short text that differs wherever ``repr`` does.

    Streamlit hashes a dataclass by its fields alone, so a perpetual and a stock on one underlying
    would share a cache entry; ``repr`` carries the class name and every field exactly.
    """
    return sha256(repr(value).encode()).hexdigest()


_HASHES: dict[str | type[Any], Callable[[Any], Any]] = {
    **dict.fromkeys((Portfolio, Market, Move, ScenarioSet), _exactly),
    Settings: lambda settings: settings.text,
}

# What is kept is frozen, so every session is given the same object: copying a large comparison,
# as cache_data does at each call, takes longer than drawing it.
_kept = st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=_HASHES)

NONE = Move()
ALONE = ("occ_tims", "deribit_pm", "scenario_pm")


@_kept
def marked(portfolio: Portfolio, market: Market) -> tuple[Mark, ...]:
    """Return the mark of every position."""
    return marks(portfolio, market)


@_kept
def after(portfolio: Portfolio, market: Market, move: Move) -> tuple[Portfolio, Market]:
    """Return the account and the market after a move; unchanged where nothing moves."""
    if move == NONE:
        return portfolio, market
    return moved(portfolio, market, marks(portfolio, market), move)


@_kept
def comparison(portfolio: Portfolio, market: Market, settings: Settings) -> Comparison:
    """Return every methodology's answer."""
    return compare(portfolio, market, rules.books(settings))


@_kept
def answer(key: str, portfolio: Portfolio, market: Market, settings: Settings) -> Comparison:
    """Return methodology ``key``'s answer alone."""
    return compare(portfolio, market, {key: rules.books(settings)[key]})


@_kept
def profile(
    key: str, portfolio: Portfolio, market: Market, moves: tuple[float, ...], settings: Settings
) -> tuple[SpotPoint, ...]:
    """Return methodology ``key``'s figures with every spot moved by each of ``moves``."""
    return against_spot(portfolio, market, rules.books(settings)[key], moves)


@_kept
def built_up(
    key: str, portfolio: Portfolio, market: Market, phase: Phase, settings: Settings
) -> BuildUp:
    """Return how methodology ``key``'s capital builds up from positions on their own."""
    return build_up(portfolio, market, rules.books(settings)[key], phase)


@_kept
def reg_t_pairings(
    portfolio: Portfolio, market: Market, phase: Phase, settings: Settings
) -> tuple[Pairing, ...]:
    """Return how Reg T groups the positions in a phase."""
    in_phase = RegTPhase.INITIAL if phase is Phase.OPEN else RegTPhase.MAINTENANCE
    with blamed_on(rules.items("us_reg_t", settings)):
        return margin_core.reg_t_pairings(
            portfolio, market, rules.parameters("us_reg_t", settings), phase=in_phase
        )


@_kept
def reg_t_simple_pairing(portfolio: Portfolio, market: Market, settings: Settings) -> SimplePairing:
    """Return what a broker's pairing of two positions at a time asks."""
    with blamed_on(rules.items("us_reg_t", settings)):
        return margin_core.reg_t_simple_pairing(
            portfolio, market, rules.parameters("us_reg_t", settings)
        )


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_HASHES)
def cube(portfolio: Portfolio, market: Market, scenarios: ScenarioSet) -> PnlCube:
    """Return the P&L of every position and every coin held as collateral, per scenario."""
    held = (*marked(portfolio, market), *collateral_marks(portfolio, market))
    return revalue(held, market, scenarios)


@_kept
def greeks(portfolio: Portfolio, market: Market, move: Move = NONE) -> tuple[PositionExposure, ...]:
    """Return the exposure of every position and coin, after ``move``."""
    portfolio, market = after(portfolio, market, move)
    held = (*marked(portfolio, market), *collateral_marks(portfolio, market))
    return exposures(held, market)


@_kept
def greeks_per_unit(portfolio: Portfolio, market: Market) -> tuple[PositionExposure, ...]:
    """Return the exposure of one unit of what each position and coin is in, in their order."""
    held = (*marked(portfolio, market), *collateral_marks(portfolio, market))
    return unit_exposures(held, market)


@_kept
def greek_profile(
    portfolio: Portfolio, market: Market, moves: tuple[float, ...], days: float
) -> tuple[Exposure, ...]:
    """Return the book's exposure after each spot move, ``days`` from now."""
    held = (*marked(portfolio, market), *collateral_marks(portfolio, market))
    return exposure_profile(held, market, moves, days)


@_kept
def worth(portfolio: Portfolio, market: Market) -> float:
    """Return the net liquidation value, reporting currency."""
    return net_liquidation_value(portfolio, market, marked(portfolio, market)).amount


@_kept
def payoff(portfolio: Portfolio, market: Market, days: tuple[float, ...]) -> tuple[Curve, ...]:
    """Return the P&L of positions and coins against the spot, one curve per day ahead."""
    held = (*marked(portfolio, market), *collateral_marks(portfolio, market))
    return payoff_curves(held, market, days)


@_kept
def losing(
    portfolio: Portfolio, market: Market, loss: float, vols: tuple[float, ...]
) -> tuple[LosingMoves, ...]:
    """Return the spot moves at which positions and coins lose ``loss``, per volatility move."""
    held = (*marked(portfolio, market), *collateral_marks(portfolio, market))
    return losing_moves(held, market, loss, vols)


@_kept
def payoff_start(basis: Basis, portfolio: Portfolio, market: Market) -> float:
    """Return what a payoff curve is raised by to count from ``basis``."""
    held = (*marked(portfolio, market), *collateral_marks(portfolio, market))
    return payoff_offset(basis, held, portfolio, market)


@_kept
def alone(
    portfolio: Portfolio, market: Market, settings: Settings
) -> tuple[str, tuple[float | None, ...]]:
    """Return what a portfolio margin asks to open each position alone, and its title.

    It is the first of ``ALONE`` that covers the account; None for what it does not take alone.
    """
    books = rules.books(settings)
    for methodology in (books[key] for key in ALONE if key in books):
        try:
            methodology(portfolio, market)
        except NotCoveredError:
            continue
        each = (replace(portfolio, positions=(p,), balances=()) for p in portfolio.positions)
        return methodology.title, tuple(_alone(methodology, one, market) for one in each)
    return "", (None,) * len(portfolio.positions)


def _alone(methodology: Methodology, portfolio: Portfolio, market: Market) -> float | None:
    try:
        return methodology(portfolio, market).capital_to_open
    except NotCoveredError:
        return None


@_kept
def ladder(
    keys: tuple[str, ...], portfolio: Portfolio, market: Market, phase: Phase, settings: Settings
) -> tuple[Rung, ...]:
    """Return what each step from rule book to rule book frees."""
    books = rules.books(settings)
    margins = [(key, books[key]) for key in keys if key in books]
    return margin_core.ladder(portfolio, market, margins, phase)


@_kept
def counted(
    key: str, portfolio: Portfolio, market: Market, settings: Settings
) -> tuple[Counted, ...]:
    """Return what each balance counts for under methodology ``key``."""
    return margin_core.counted(portfolio, market, rules.books(settings)[key])


@_kept
def backing(portfolio: Portfolio, market: Market, move: float) -> tuple[Backing, ...]:
    """Return the coins held beside positions on themselves."""
    return backings(portfolio, market, move)


@_kept
def ratios(
    key: str,
    portfolio: Portfolio,
    market: Market,
    moves: tuple[tuple[float, ...], tuple[float, ...]],
    settings: Settings,
    *,
    together: bool,
) -> tuple[tuple[Standing, ...], ...]:
    """Return how the account stands under ``key`` after moves of collateral, and of spot."""
    methodology = rules.books(settings)[key]
    return margin_core.ratios(portfolio, market, methodology, *moves, together=together)


@_kept
def segregated(
    key: str, portfolio: Portfolio, market: Market, phase: Phase, settings: Settings
) -> Segregation:
    """Return what the account costs venue by venue against one account under ``key``.

    A venue's own portfolio margin counts where it is known and covers what is held there, else
    methodology ``key``.
    """
    books = rules.books(settings)
    accounts = margin_core.by_venue(portfolio)
    margins = {
        name: books[_rules_of(name, key, account, market, settings)]
        for name, account in accounts.items()
    }
    return margin_core.segregation(portfolio, market, margins, books[key], phase)


def _rules_of(venue: str, key: str, account: Portfolio, market: Market, settings: Settings) -> str:
    """Return the key of the venue's own rules where they cover its account, else ``key``."""
    own = f"{venue.casefold()}_pm"
    if own not in rules.books(settings):
        return key
    covering = {result.methodology for result in comparison(account, market, settings).results}
    return own if own in covering else key


@st.cache_data(max_entries=1, show_spinner=False)
def sketches() -> dict[str, tuple[float, ...]]:
    """Return every template's payoff over a nominal market, by key."""
    return {template.key: sketch(template) for template in TEMPLATES}


def excel(portfolio: Portfolio, market: Market, settings: Settings) -> bytes:
    """Return every figure as an .xlsx file; not cached, and free of the session."""
    compared = compare(portfolio, market, rules.books(settings))
    return workbook(compared, portfolio, market, marks(portfolio, market))


@_kept
def csv(portfolio: Portfolio, market: Market) -> tuple[str, tuple[Fault, ...]]:
    """Return the account as CSV, or "" and what a CSV cannot hold of it."""
    try:
        return files.write_csv(portfolio, market), ()
    except InputError as error:
        return "", error.faults


def mean_volatility(portfolio: Portfolio, market: Market) -> float:
    """Return the mean volatility of the options held; 0 where there are none."""
    vols = [mark.volatility for mark in marked(portfolio, market) if mark.volatility]
    return sum(vols) / len(vols) if vols else 0.0


def results(workspace: Workspace) -> tuple[MarginResult, ...]:
    """Return what every rule book that covers the account asks."""
    return comparison(*workspace.account, workspace.settings).results


def by_scenarios(portfolio: Portfolio, market: Market, settings: Settings) -> list[MarginResult]:
    """Return the results of the rule books that have scenarios, portfolio margin first."""
    found = comparison(portfolio, market, settings).results
    results = [result for result in found if result.scenarios]
    last = ("cme_span", "scenario_pm")  # arrays and parameters of the house's own making
    return sorted(results, key=lambda result: result.methodology in last)
