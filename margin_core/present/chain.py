"""What checks on a chain take, and what fewer scenarios miss, as a document and as text."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from margin_core.analysis.chain_cost import DOCUMENT, TERMS, Work
from margin_core.present.text import listed, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from margin_core.analysis.chain_cost import ChainCost
    from margin_core.analysis.comparison import NotCovered
    from margin_core.analysis.scenario_subsets import Subsets
    from margin_core.book.portfolio import Portfolio
    from margin_core.present.report import Document
    from margin_core.present.text import Cell

OPERATIONS = ("ln", "exp", "sqrt", "cdf", "products")
MILLION = 1e6
SHARES = (0.9, 0.99, 1.0)
WORDS = {
    Work.SCENARIOS: "the worst of a list of scenarios",
    Work.SETTLEMENT: "the largest loss at expiry, over every strike",
    Work.FORMULA: "a formula for each position, nothing priced",
    Work.OPTIMISATION: "not countable: an optimisation, not a formula",
}
GAS = """\
Gas of the prices of European options: of their functions as the source notes it, {:,.0f} for
a logarithm and {:,.0f} for a normal distribution; an estimate of all, {:,.0f} to {:,.0f} each"""
AMERICAN = "American options have no closed form: their prices are counted, what they take is not."
TRUSTED = "Nearest moves and none are what Derive checks callers by that it trusts."


def chain_document(
    portfolio: Portfolio,
    costs: Sequence[ChainCost],
    subsets: Sequence[Subsets],
    not_covered: Sequence[NotCovered],
) -> Document:
    """Return counts, measured and estimated gas, and requirements with fewer scenarios."""
    notes = {parameter.name: parameter.note for parameter in DOCUMENT.parameters}
    return {
        "portfolio": portfolio.name,
        "currency": portfolio.currency,
        "costs": [_cost(cost) for cost in costs],
        "subsets": [_subsets(each) for each in subsets],
        "not_covered": [
            {"methodology": refusal.methodology, "reason": refusal.reason}
            for refusal in not_covered
        ],
        "transaction_gas_cap": TERMS.transaction_gas_cap,
        "notes": {
            "gas_of_functions": notes["gas_per_function"],
            "gas_estimate": notes["gas_per_price"],
            "measured": notes["measured"],
            "prices": notes["further_prices"],
            "operations": notes["per_price"],
            "transaction_gas_cap": notes["transaction_gas_cap"],
        },
        "sources": [asdict(source) for source in DOCUMENT.sources],
    }


def chain_text(
    portfolio: Portfolio,
    costs: Sequence[ChainCost],
    subsets: Sequence[Subsets],
    not_covered: Sequence[NotCovered],
) -> str:
    """Return the same for a terminal, the numbers' sources below."""
    blocks = [
        f"{portfolio.name or 'Portfolio'}: what one check takes on a chain",
        f"Counted here\n{_counts(costs)}",
        f"Operations of these prices and positions, counted here\n{_operations(costs)}",
        *_gas(costs),
        *listed("Measured by others, whole tests and so upper bounds", _measured(costs)),
        *(_subsets_text(each, portfolio) for each in subsets),
        *listed("Not covered", (f"{each.methodology}: {each.reason}" for each in not_covered)),
        *listed("Notes", _notes(costs, subsets)),
        *listed("Sources", (f"{each.title}, {each.href}" for each in DOCUMENT.sources)),
    ]
    return "\n\n".join(blocks)


def _cost(cost: ChainCost) -> Document:
    return {
        "methodology": cost.methodology,
        "title": cost.title,
        "work": str(cost.work),
        "checked": cost.checked,
        "scenarios": cost.scenarios,
        "options": cost.options,
        "other_positions": cost.others,
        "liquidity_ranges": cost.ranges,
        "expiries": cost.expiries,
        "option_prices": cost.prices,
        "american_prices": cost.american,
        "payoffs": cost.payoffs,
        "operations": None if cost.operations is None else asdict(cost.operations),
        "gas_of_functions": cost.gas_of_functions,
        "gas_estimate": {"from": cost.gas[0], "to": cost.gas[1]},
        "measured": [asdict(case) for case in cost.measured],
    }


def _subsets(each: Subsets) -> Document:
    return {
        "methodology": each.methodology,
        "phase": str(each.phase),
        "scenarios": each.scenarios,
        "lists": each.lists,
        "requirement": each.full,
        "binding": [{"group": o.group, "scenario": o.label} for o in each.binding],
        "chosen": [
            asdict(subset) | {"share": each.share(subset.requirement)} for subset in each.chosen
        ],
        "by_count": [
            asdict(count)
            | {"average_share": each.share(count.average), "worst_share": each.share(count.worst)}
            for count in each.by_count
        ],
        "averages_exact": each.exact,
    }


def _counts(costs: Sequence[ChainCost]) -> str:
    """Return prices and what they follow from; columns that hold nothing are left out."""
    columns: dict[str, Sequence[str | int]] = {
        "methodology": [cost.methodology for cost in costs],
        "checked": [cost.checked for cost in costs],
        "scenarios": [cost.scenarios for cost in costs],
        "options": [cost.options for cost in costs],
        "others": [cost.others for cost in costs],
        "ranges": [cost.ranges for cost in costs],
        "prices": [cost.prices for cost in costs],
        "american": [cost.american for cost in costs],
        "payoffs": [cost.payoffs for cost in costs],
        "what it is": [WORDS[cost.work] for cost in costs],
    }
    return _columns({name: cells for name, cells in columns.items() if any(cells)})


def _operations(costs: Sequence[ChainCost]) -> str:
    counted = [(cost, cost.operations) for cost in costs if cost.operations is not None]
    columns: dict[str, Sequence[str | int]] = {
        "methodology": [cost.methodology for cost, _ in counted]
    }
    for name in OPERATIONS:
        columns[name] = [getattr(operations, name) for _, operations in counted]
    return _columns(columns)


def _gas(costs: Sequence[ChainCost]) -> Iterator[str]:
    """Yield the gas of the prices, where a rule book makes any in closed form."""
    rows = [(c.methodology, c.gas_of_functions, *c.gas) for c in costs if c.prices]
    if rows:
        known = TERMS.gas_per_function
        words = GAS.format(known["ln"], known["cdf"], *TERMS.gas_per_price)
        columns = ("methodology", "functions", "estimate from", "to")
        yield f"{words}\n{table(columns, rows, decimals=0)}"


def _columns(columns: Mapping[str, Sequence[str | int]]) -> str:
    rows = zip(*columns.values(), strict=True)
    cells = [[float(cell) if isinstance(cell, int) else cell for cell in row] for row in rows]
    return table(tuple(columns), cells, decimals=0)


def _measured(costs: Sequence[ChainCost]) -> Iterator[str]:
    cases = dict.fromkeys(case for cost in costs for case in cost.measured)
    for case in sorted(cases, key=lambda case: case.gas):
        yield f"{case.name}: {case.gas / MILLION:,.4g} million gas"


def _subsets_text(each: Subsets, portfolio: Portfolio) -> str:
    """Return one rule book's requirement with parts of its scenarios, and picked blindly."""
    asked = f"{each.full:,.2f} {portfolio.currency} to {each.phase}"
    title = f"{each.title}, {asked} with all {each.scenarios} scenarios"
    rows: list[tuple[Cell, ...]] = [
        (subset.name, f"{subset.scenarios}", subset.requirement, _share(each, subset.requirement))
        for subset in each.chosen
    ]
    lines = [title, table(("scenarios kept", "number", "requirement", "share"), rows)]
    if each.binding:
        names = ", ".join(f"{o.group} {o.label}".strip() for o in each.binding)
        lines.append(f"Enough by themselves, known afterwards: {names}.")
    else:
        lines.append("No scenario has a say: a minimum or another charge decides.")
    if each.full > 0.0 and each.binding:
        picks = (f"{share:.0%} with {each.reaching(share)}" for share in SHARES)
        lines.append(f"Picked blindly, on average: {', '.join(picks)} of {each.scenarios}.")
    return "\n".join(lines)


def _share(each: Subsets, requirement: float) -> str:
    share = each.share(requirement)
    return "" if share is None else f"{share:.1%}"


def _notes(costs: Sequence[ChainCost], subsets: Sequence[Subsets]) -> Iterator[str]:
    notes = {parameter.name: parameter.note for parameter in DOCUMENT.parameters}
    if any(cost.prices for cost in costs):
        yield f"Gas of a price: {notes['gas_per_price']}"
    if any(cost.measured for cost in costs):
        yield f"Measured: {notes['measured']}"
    if any(cost.american for cost in costs):
        yield AMERICAN
    if subsets:
        yield TRUSTED
        yield "What a rule book adds beside its scenarios stays as it is with all of them."
    if not all(each.exact for each in subsets):
        titles = ", ".join(each.title for each in subsets if not each.exact)
        yield f"Averages of {titles} take each group by itself: a minimum spans several."
    yield (
        f"Ethereum caps a transaction at {TERMS.transaction_gas_cap:,.0f} gas (EIP-7825); other "
        "chains set their own."
    )
