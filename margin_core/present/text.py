"""Results as aligned plain text, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.analysis.attribution import Phase
from margin_core.analysis.deciding import deciding
from margin_core.margin.figure import CHOICES, Rule, binding
from margin_core.present.report import (
    DAYS_UNIT,
    DELTA_UNITS,
    PNL_SCOPE,
    SPOT_UNIT,
    VOL_UNITS,
    greeks_document,
)
from margin_core.risk.exposures import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from margin_core.analysis.comparison import Comparison
    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.figure import Line
    from margin_core.margin.result import MarginResult, Methodology
    from margin_core.market.snapshot import Market
    from margin_core.present.report import Document
    from margin_core.risk.exposures import PositionExposure
    from margin_core.risk.revaluation import PnlCube

Cell = str | float | None  # of a table; None is empty

GREEKS = ("value", "delta", "gamma", "vega", "theta", "rho")


def methodologies_text(methodologies: Mapping[str, Methodology]) -> str:
    """Return the list of methodologies: key, title and what each covers."""
    rows = [(key, m.title, m.covers) for key, m in methodologies.items()]
    return table(("key", "title", "covers"), rows)


def results_text(results: Sequence[MarginResult]) -> str:
    """Return each result's figures, its derivation down to what binds, and its warnings."""
    return "\n\n".join("\n".join(_result(result)) for result in results)


def comparison_text(comparison: Comparison, portfolio: Portfolio) -> str:
    """Return the comparison, the most capital to open first; what is not covered below it."""
    rows = [
        (
            result.methodology,
            result.capital_to_open,
            result.capital_to_keep,
            result.initial.amount,
            result.maintenance.amount,
            result.equity.amount,
            result.excess_maintenance,
            _ratio(result.margin_ratio),
            _decides(result, Phase.OPEN),
        )
        for result in comparison.ranked
    ]
    blocks = [f"{portfolio.name or 'Portfolio'}, amounts in {portfolio.currency}"]
    if rows:
        blocks.append(table(_COMPARED, rows))
    refusals = (f"{refusal.methodology}: {refusal.reason}" for refusal in comparison.not_covered)
    blocks += listed("Not covered", refusals)
    for result in comparison.results:
        blocks += listed(f"Warnings of {result.methodology}", result.warnings)
    return "\n\n".join(blocks)


def greeks_text(
    portfolio: Portfolio,
    market: Market,
    positions: Sequence[PositionExposure],
    collateral: Sequence[PositionExposure] = (),
) -> str:
    """Return Greeks per position, expiry and underlying and in total, with their units."""
    document = greeks_document(portfolio, market, positions, collateral)
    named = [row | {"expiry": row["expiry"] or "none"} for row in document["expiries"]]
    blocks = [
        f"{portfolio.name or 'Portfolio'}, reporting currency {portfolio.currency}",
        _greeks("position", document["positions"], units=True),
        _greeks("expiry", named),
        _greeks("underlying", document["underlyings"], units=True),
    ]
    if collateral:
        blocks.append(_greeks("position", document["collateral"], units=True))
    totals = [{"total": "positions"} | document["total"]]
    if collateral:
        totals.append({"total": "with collateral"} | document["total_with_collateral"])
    blocks.append(_greeks("total", totals))
    units = [f"{name}: {unit}" for name, unit in UNITS.items()]
    blocks += listed("Units", [*units, f"delta, units: {DELTA_UNITS}"])
    return "\n\n".join(blocks)


def scenarios_text(portfolio: Portfolio, cube: PnlCube, *, by_position: bool = False) -> str:
    """Return one grid of spot (across) by volatility (down) per day, and per position if asked."""
    scenarios = cube.scenarios
    spot, vol = sorted(set(scenarios.spot_moves)), sorted(set(scenarios.vol_moves))
    days = sorted(set(scenarios.days)) or [0.0]
    shape = (len(days), len(vol), len(spot), len(cube.marks))
    values = cube.values.reshape(shape)
    blocks = [
        f"{portfolio.name or 'Portfolio'}, {PNL_SCOPE}, in {portfolio.currency}",
        f"Across: spot, {SPOT_UNIT}.\nDown: vol, {VOL_UNITS[scenarios.vol_rule.mode]}.",
    ]
    headers = ("vol \\ spot", *(f"{move:+.6g}" for move in spot))
    for d, day in enumerate(days):
        grids = [("All positions and coins", values[d].sum(axis=-1))]
        if by_position:
            grids += [(mark.label, values[d, :, :, i]) for i, mark in enumerate(cube.marks)]
        for title, grid in grids:
            rows = [(f"{move:+.6g}", *grid[v].tolist()) for v, move in enumerate(vol)]
            blocks.append(f"{title}, {day:g} {DAYS_UNIT}\n{table(headers, rows)}")
    return "\n\n".join(blocks)


_COMPARED = (
    "methodology",
    "to open",
    "to keep",
    "initial",
    "maintenance",
    "equity",
    "excess",
    "ratio",
    "decided by",
)


def _result(result: MarginResult) -> Iterator[str]:
    yield f"{result.title} ({result.methodology}), amounts in {result.currency}"
    yield from (f"  {source.title}, retrieved {source.retrieved}" for source in result.sources)
    yield ""
    figures: list[tuple[Cell, ...]] = [
        ("Capital to open", result.capital_to_open),
        ("Capital to keep", result.capital_to_keep),
        ("Net liquidation value", result.net_liquidation_value),
        ("Collateral not counted", result.collateral_not_counted),
        ("Excess over initial", result.excess_initial),
        ("Excess over maintenance", result.excess_maintenance),
        ("Margin ratio", _ratio(result.margin_ratio)),
        ("Worst scenario", result.worst_scenario.label if result.worst_scenario else ""),
        ("Decides initial margin", _decides(result, Phase.OPEN)),
        ("Decides maintenance margin", _decides(result, Phase.KEEP)),
    ]
    yield table(("figure", "amount"), [figure for figure in figures if figure[1] != ""])
    yield ""
    lines = [
        row
        for top in (result.initial, result.maintenance, result.equity)
        for row in _derivation(top)
    ]
    yield table(("derivation", "amount", "source"), lines)
    for block in listed("Warnings", result.warnings):
        yield f"\n{block}"


def _derivation(line: Line, depth: int = 0) -> Iterator[tuple[Cell, ...]]:
    """Yield the line and its parts; of alternatives only the one that binds."""
    yield "  " * depth + line.label, line.amount, line.source
    if line.rule in CHOICES:
        yield "  " * (depth + 1) + f"the {line.rule} of {len(line.parts)}", None, ""
        yield from _derivation(binding(line), depth + 1)
        return
    if line.rule is Rule.SCALED:
        yield "  " * (depth + 1) + f"{line.factor:.6g} times", None, ""
    if line.rule is Rule.FLOORED:
        yield "  " * (depth + 1) + f"at least {line.factor:,.2f}", None, ""
    for part in line.parts:
        yield from _derivation(part, depth + 1)


def _greeks(first: str, rows: Sequence[Document], *, units: bool = False) -> str:
    columns = (*GREEKS, "delta_units") if units else GREEKS
    headers = (first, *(name.replace("_", ", ") for name in columns))
    cells = [(row[first], *(row[name] for name in columns)) for row in rows]
    return table(headers, cells, decimals=4)


def listed(title: str, entries: Iterable[str]) -> list[str]:
    """Return a titled list as one block; nothing where there are no entries."""
    lines = [f"  {entry}" for entry in entries]
    return ["\n".join([f"{title}:", *lines])] if lines else []


def _ratio(ratio: float | None) -> str:
    return "none: equity is not positive" if ratio is None else f"{ratio:.4f}"


def _decides(result: MarginResult, phase: Phase) -> str:
    """Return the name of the scenario, minimum or charge that decides; empty where none does."""
    found = deciding(result, phase)
    if found is None:
        return ""
    several = found.scenario is not None and len(result.worst_by_group) > 1
    group = f"{found.scenario.group}: " if several and found.scenario else ""
    return f"{'mostly ' if found.outweighs else ''}{group}{found.label}"


def table(headers: Sequence[str], rows: Sequence[Sequence[Cell]], *, decimals: int = 2) -> str:
    """Return rows under headers, numbers to the right with ``decimals``, text to the left."""
    numeric = [any(isinstance(row[i], float) for row in rows) for i in range(len(headers))]
    cells = [list(headers)] + [[_text(cell, decimals) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headers))]
    aligned = (
        (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        )
        for row in cells
    )
    return "\n".join("  ".join(row).rstrip() for row in aligned)


def _text(cell: Cell, decimals: int) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else f"{round(cell, decimals) + 0.0:,.{decimals}f}"
