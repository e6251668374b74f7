"""The card that shows what a check on a chain takes, and what fewer scenarios would miss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from margin_core import CHAIN_TERMS, Work, chain_cost, scenario_subsets
from margin_core.present.charts import chain, template
from pages.ui import compute, names, numbers, shell
from pages.ui.compare_book import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core import ChainCost, MarginResult, Subset, Subsets
    from pages.ui import state

WORDS = {
    Work.SCENARIOS: "Each option in each scenario",
    Work.SETTLEMENT: "Each option at each strike",
    Work.FORMULA: "A formula for each position",
    Work.OPTIMISATION: "An optimisation, no formula",
}
SIGNS = ("all", "2nd", "3rd", "4th", "far", "near")  # of the parts, in their order
LAST = (*names.HOUSE, "cme_span")  # arrays and parameters of the house's own making
NEARLY = 0.99  # of the requirement
MILLION, THOUSAND = 1e6, 1e3
ROW = 30  # px
LAST_NUMBER = 10  # columns before the ones in words


def draw(workspace: state.Workspace) -> None:
    """Draw the takeaway, and on demand the count by rule book and the trade of one of them."""
    portfolio = workspace.account[0]
    found = [(result, chain_cost(result, portfolio)) for result in compute.results(workspace)]
    if not portfolio.positions or not found:
        return
    ranked = sorted(found, key=lambda pair: (not pair[1].checked, pair[1].methodology in LAST))
    with st.container(border=True, gap="xsmall"):
        shell.card_title(_takeaway(ranked), "What a check on a chain costs")
        opened = st.expander(
            "Show the count, and what fewer scenarios miss",
            icon=":material/functions:",
            type="compact",
            on_change="rerun",
            key="scenarios.cost",
        )
        if opened.open:
            with opened:
                _counts(ranked)
                _trade(ranked)


def _takeaway(ranked: Sequence[tuple[MarginResult, ChainCost]]) -> str:
    """Say what the first check with prices takes, and how few scenarios would do."""
    for result, cost in ranked:
        if cost.work is Work.SCENARIOS and cost.prices:
            taken = f"A check of {names.short(result)} takes {cost.prices:,} option prices"
            return f"{taken}, some {_gas(cost)} gas{_enough(result)}"
    if any(cost.american for _, cost in ranked):
        return "No chain could check this book in closed form: its options are American"
    return "No option is priced in a check of this book: products of prices and sizes do"


def _enough(result: MarginResult) -> str:
    """Return how few scenarios ask nearly as much, that fewer miss some of it, or that none do."""
    subsets = scenario_subsets(result)
    if subsets is None or not subsets.full > 0.0:
        return ""
    if not subsets.binding:
        return "; no scenario has a say in the requirement"
    fewest = _fewest(subsets)
    if fewest.scenarios == subsets.scenarios:
        return f"; fewer than its {subsets.scenarios} scenarios would miss some"
    return (
        f"; {fewest.scenarios} of its {subsets.scenarios} scenarios would find "
        f"{numbers.percent(fewest.requirement / subsets.full)} of the requirement"
    )


def _counts(ranked: Sequence[tuple[MarginResult, ChainCost]]) -> None:
    """Draw prices and operations of every rule book, and the gas that others measured."""
    costs = [cost for _, cost in ranked]
    operations = [cost.operations for cost in costs]
    frame = pd.DataFrame(
        {
            "Rule book": [names.short(result) for result, _ in ranked],
            "Scenarios": [_number(cost.scenarios) for cost in costs],
            "Options": [_number(cost.options) for cost in costs],
            "Prices": [_prices(cost) for cost in costs],
            "Gas, estimate": [_gas(cost) if cost.prices else "–" for cost in costs],
            "Gas of a test nearest in size": [_measured(cost) for cost in costs],
            "exp": [_number(each.exp if each else 0) for each in operations],
            "ln": [_number(each.ln if each else 0) for each in operations],
            "sqrt": [_number(each.sqrt if each else 0) for each in operations],
            "Normal": [_number(each.cdf if each else 0) for each in operations],
            "Computes": [WORDS[cost.work] for cost in costs],
            "The venue checks": [cost.checked or "off a chain" for cost in costs],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        row_height=ROW,
        column_config={"Rule book": st.column_config.TextColumn(pinned=True)}
        | {
            name: st.column_config.TextColumn(name, alignment="right")
            for name in frame.columns[1:LAST_NUMBER]
        },
        key="scenarios.cost.counts",
    )
    low, high = CHAIN_TERMS.gas_per_price
    st.caption(
        "Counted here: prices and operations. Estimated: gas on an Ethereum machine, at "
        f"{low:,.0f} to {high:,.0f} a price, American options left out. Measured by others: whole "
        "tests of the first version of Derive's contracts, June 2024, so upper bounds. Ethereum "
        f"caps a transaction at {CHAIN_TERMS.transaction_gas_cap / MILLION:,.1f} m gas (EIP-7825); "
        "other chains set their own."
    )


def _trade(ranked: Sequence[tuple[MarginResult, ChainCost]]) -> None:
    """Draw one rule book's requirement by the number of scenarios kept."""
    pairs = [(result, cost, scenario_subsets(result)) for result, cost in ranked]
    listed = {
        result.title: (cost, subsets)
        for result, cost, subsets in pairs
        if subsets is not None and subsets.full > 0.0
    }
    if not listed:
        st.write("No rule book that covers this book takes the worst of a list of scenarios.")
        return
    chosen = st.selectbox(
        "Scenarios of", list(listed), key="scenarios.cost.book", persist_state="session", width=340
    )
    cost, subsets = listed[chosen] if chosen in listed else next(iter(listed.values()))
    left, right = st.columns([1.05, 1])
    with left:
        _chart(subsets)
    with right:
        _parts(cost, subsets)
        st.caption(_words(cost, subsets))


def _chart(subsets: Subsets) -> None:
    title = _title(subsets)
    asked = numbers.exact(subsets.full, subsets.currency)
    shell.card_title(
        numbers.plain(title),
        f"Share of the {numbers.plain(asked)} to open that is found, by scenarios kept. Lines: "
        "picked blindly. Rings: the parts in the table",
    )
    if st.toggle("Show as table", key="scenarios.cost.table", persist_state="session"):
        table(
            {
                "Scenarios": [f"{count.scenarios}" for count in subsets.by_count],
                "On average": [_share(subsets, count.average) for count in subsets.by_count],
                "At worst": [_share(subsets, count.worst) for count in subsets.by_count],
            }
        )
        return
    drawn = chain.share_by_scenarios(
        [count.average / subsets.full for count in subsets.by_count],
        [count.worst / subsets.full for count in subsets.by_count],
        [
            chain.Chosen(s.scenarios, s.requirement / subsets.full, sign, s.name)
            for sign, s in zip(SIGNS, subsets.chosen, strict=True)
        ],
        template.palette(shell.theme()),
        key=subsets.methodology,
    )
    st.plotly_chart(
        drawn, theme=None, key="scenarios.cost.chart", config={"displayModeBar": False}, alt=title
    )


def _parts(cost: ChainCost, subsets: Subsets) -> None:
    """Draw each chosen part of the scenarios: its prices, and what it asks."""
    # scenarios that stand beside the list are priced whatever is kept of it
    beside = cost.scenarios - subsets.scenarios
    rows = subsets.chosen
    priced = [_number(cost.prices_with(s.scenarios + beside)) for s in rows]
    table(
        {
            "Scenarios kept": [s.name for s in rows],
            "Number": [f"{s.scenarios}" for s in rows],
            **({"Prices": priced} if cost.prices else {}),
            "Asks": [numbers.exact(s.requirement, subsets.currency) for s in rows],
            "Share": [_share(subsets, s.requirement) for s in rows],
        }
    )


def _title(subsets: Subsets) -> str:
    """Say how few scenarios would do, well chosen and picked blindly, or that none is needed."""
    if not subsets.binding:
        return "No scenario has a say: a minimum or another charge decides"
    fewest = _fewest(subsets)
    blind = f"blind picks need {subsets.reaching(NEARLY)} for {numbers.percent(NEARLY)}"
    if fewest.scenarios == subsets.scenarios:
        return f"No part of the {subsets.scenarios} scenarios shown finds enough; {blind}"
    kept = fewest.name[0].lower() + fewest.name[1:]
    found = _share(subsets, fewest.requirement)
    return f"{fewest.scenarios} scenarios, {kept}, find {found}; {blind}"


def _fewest(subsets: Subsets) -> Subset:
    """Return the smallest part that asks nearly as much as all scenarios."""
    enough = [s for s in subsets.chosen if s.requirement >= NEARLY * subsets.full]
    return min(enough, key=lambda subset: subset.scenarios)


def _words(cost: ChainCost, subsets: Subsets) -> str:
    """Say which scenarios would do, and what the figures leave as it is."""
    told = [
        numbers.plain(f"{outcome.group} {outcome.label}".strip()) for outcome in subsets.binding
    ]
    first = f"Enough by themselves, known afterwards: {'; '.join(told)}. " if told else ""
    trusted = "The nearest: how Derive checks callers that it trusts. " if cost.checked else ""
    exact = "" if subsets.exact else " Averages take each group by itself."
    return f"{first}{trusted}Charges beside the scenarios stay as they are.{exact}"


def _prices(cost: ChainCost) -> str:
    if cost.work is Work.OPTIMISATION:
        return "not countable"
    american = f"{cost.american:,} American: no closed form" if cost.american else ""
    return " + ".join(filter(None, (f"{cost.prices:,}" if cost.prices else "", american))) or "–"


def _gas(cost: ChainCost) -> str:
    """Return the estimate: ``186–248 k``, ``1.1–1.4 m``."""
    low, high = cost.gas
    if high < MILLION:
        return f"{numbers.number(low / THOUSAND, 0)}–{numbers.number(high / THOUSAND, 0)} k"
    return f"{numbers.number(low / MILLION, 1)}–{numbers.number(high / MILLION, 1)} m"


def _measured(cost: ChainCost) -> str:
    cases = (f"{case.name}: {case.gas / MILLION:,.1f} m" for case in cost.measured[:1])
    return next(cases, "–")


def _number(value: int) -> str:
    return f"{value:,}" if value else "–"


def _share(subsets: Subsets, requirement: float) -> str:
    return numbers.percent(requirement / subsets.full)
