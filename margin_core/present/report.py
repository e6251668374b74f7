"""Results as documents: plain dictionaries of finite numbers, ready for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from margin_core.book.instruments import Option
from margin_core.risk.exposures import UNITS, summed, total
from margin_core.risk.netting import net
from margin_core.risk.scenarios import VolMode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.analysis.comparison import Comparison
    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.figure import Line
    from margin_core.margin.result import MarginResult, Methodology, Outcome
    from margin_core.market.snapshot import Market
    from margin_core.risk.exposures import Exposure, PositionExposure
    from margin_core.risk.revaluation import PnlCube

Document = dict[str, Any]

DELTA_UNITS = "units of the underlying"
SPOT_UNIT = "relative move of every spot: 0.1 is up 10 %"
VOL_UNITS = {
    VolMode.POINTS: "volatility points as a decimal: 0.05 is up 5 points",
    VolMode.RELATIVE: "relative move of every volatility: 0.05 is up 5 %",
}
DAYS_UNIT = "days from the valuation time"
PNL_SCOPE = "P&L against today's marks, of all positions and of coins held as collateral"


def methodology_document(methodology: Methodology) -> Document:
    """Return what a methodology is, covers and follows."""
    return {
        "key": methodology.key,
        "title": methodology.title,
        "covers": methodology.covers,
        "sources": [asdict(source) for source in methodology.sources],
        "profiles": list(methodology.profiles),
    }


def result_document(result: MarginResult) -> Document:
    """Return one methodology's result; its figures are in the reporting currency."""
    worst = result.worst_scenario
    return {
        "methodology": result.methodology,
        "title": result.title,
        "sources": [asdict(source) for source in result.sources],
        "currency": result.currency,
        "net_liquidation_value": _number(result.net_liquidation_value),
        "equity": _number(result.equity.amount),
        "collateral_not_counted": _number(result.collateral_not_counted),
        "initial_margin": _number(result.initial.amount),
        "maintenance_margin": _number(result.maintenance.amount),
        "excess_initial": _number(result.excess_initial),
        "excess_maintenance": _number(result.excess_maintenance),
        "capital_to_open": _number(result.capital_to_open),
        "capital_to_keep": _number(result.capital_to_keep),
        "margin_ratio": None if result.margin_ratio is None else _number(result.margin_ratio),
        "worst_scenario": None if worst is None else outcome_document(worst),
        "worst_by_group": [outcome_document(outcome) for outcome in result.worst_by_group],
        "scenarios": [outcome_document(outcome) for outcome in result.scenarios],
        "liquidation_prices": [asdict(price) for price in result.liquidation_prices],
        "breakdown": {
            "initial": line_document(result.initial),
            "maintenance": line_document(result.maintenance),
            "equity": line_document(result.equity),
        },
        "warnings": list(result.warnings),
    }


def line_document(line: Line) -> Document:
    """Return an explained figure with everything that it was made from."""
    return {
        "label": line.label,
        "amount": _number(line.amount),
        "rule": str(line.rule),
        "factor": _number(line.factor),
        "parts": [line_document(part) for part in line.parts],
        "source": line.source,
    }


def outcome_document(outcome: Outcome) -> Document:
    """Return one scenario; moves are relative, P&L in the reporting currency."""
    return {
        "label": outcome.label,
        "group": outcome.group,
        "moves": {
            symbol: {"spot": _number(spot), "volatility": _number(volatility)}
            for symbol, spot, volatility in outcome.moves
        },
        "pnl": _number(outcome.pnl),
        "pnl_by_underlying": {symbol: _number(pnl) for symbol, pnl in outcome.pnl_by_underlying},
        "pnl_by_position": [
            {"position": label, "pnl": _number(pnl)} for label, pnl in outcome.pnl_by_position
        ],
    }


def comparison_document(comparison: Comparison, portfolio: Portfolio) -> Document:
    """Return every result, and why each other methodology gives none."""
    return {
        "portfolio": portfolio.name,
        "results": [result_document(result) for result in comparison.results],
        "not_covered": [asdict(refusal) for refusal in comparison.not_covered],
    }


def greeks_document(
    portfolio: Portfolio,
    market: Market,
    positions: Sequence[PositionExposure],
    collateral: Sequence[PositionExposure] = (),
) -> Document:
    """Return Greeks per position, expiry and underlying and in total, with their units.

    Coins held as collateral stand apart: ``total`` is of the positions alone.
    """
    by_underlying = summed(positions, _underlying)
    units = {
        symbol: net(p.delta_units for p in positions if _underlying(p) == symbol)
        for symbol in by_underlying
    }
    by_expiry = summed(positions, _expiry)
    whole = total(position.exposure for position in positions)
    return {
        "portfolio": portfolio.name,
        "currency": portfolio.currency,
        "valuation_time": market.valuation_time.isoformat(),
        "units": UNITS | {"delta_units": DELTA_UNITS},
        "positions": [_exposure_document(position) for position in positions],
        "expiries": [
            {"expiry": expiry or None} | _greeks(by_expiry[expiry])
            for expiry in sorted(by_expiry, key=lambda text: (not text, text))
        ],
        "underlyings": [
            {"underlying": symbol} | _greeks(exposure) | {"delta_units": _number(units[symbol])}
            for symbol, exposure in by_underlying.items()
        ],
        "total": _greeks(whole),
        "collateral": [_exposure_document(coin) for coin in collateral],
        "total_with_collateral": _greeks(total([whole, *(c.exposure for c in collateral)])),
    }


def scenarios_document(
    portfolio: Portfolio, market: Market, cube: PnlCube, *, by_position: bool = False
) -> Document:
    """Return the P&L grid, cell by cell: spot fastest, days slowest."""
    scenarios, totals = cube.scenarios, cube.total()
    days = scenarios.days or (0.0,) * len(scenarios)
    labels = [mark.label for mark in cube.marks]
    cells: list[Document] = []
    for s, pnl in enumerate(totals):
        cell: Document = {
            "label": scenarios.label(s),
            "spot": _number(scenarios.spot_moves[s]),
            "vol": _number(scenarios.vol_moves[s]),
            "days": _number(days[s]),
            "pnl": _number(pnl),
        }
        if by_position:
            cell["pnl_by_position"] = [_number(value) for value in cube.values[s]]
        cells.append(cell)
    return {
        "portfolio": portfolio.name,
        "currency": portfolio.currency,
        "valuation_time": market.valuation_time.isoformat(),
        "units": {
            "spot": SPOT_UNIT,
            "vol": VOL_UNITS[scenarios.vol_rule.mode],
            "days": DAYS_UNIT,
            "pnl": portfolio.currency,
        },
        "pnl_of": PNL_SCOPE,
        "positions": labels,
        "spot": sorted(set(scenarios.spot_moves)),
        "vol": sorted(set(scenarios.vol_moves)),
        "days": sorted(set(days)),
        "cells": cells,
    }


def _exposure_document(position: PositionExposure) -> Document:
    mark = position.mark
    return (
        {
            "position": mark.label,
            "underlying": _underlying(position),
            "expiry": _expiry(position) or None,
            "mark": _number(mark.price),
            "volatility": (
                _number(mark.volatility) if isinstance(mark.position.instrument, Option) else None
            ),
        }
        | _greeks(position.exposure)
        | {"delta_units": _number(position.delta_units)}
    )


def _underlying(position: PositionExposure) -> str:
    return position.mark.position.underlying


def _expiry(position: PositionExposure) -> str:
    """Return the expiry as text that sorts by time; empty for what has none."""
    return "" if position.expiry is None else position.expiry.isoformat()


def _greeks(exposure: Exposure) -> Document:
    return {name: _number(value) for name, value in asdict(exposure).items()}


def _number(value: float) -> float:
    """Return a plain float, and zero without a sign."""
    return float(value) + 0.0
