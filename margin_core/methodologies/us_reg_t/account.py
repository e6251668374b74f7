"""The account's margin: every deliverable's groups, added up on all three bases."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from margin_core.book.portfolio import AccountType
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.figure import Line, given, largest, scaled, total
from margin_core.margin.haircuts import NOT_TAKEN, Collateral, collateral, flat
from margin_core.margin.result import MarginResult
from margin_core.methodologies.us_reg_t.groups import Phase, Terms
from margin_core.methodologies.us_reg_t.legs import Holdings, holdings
from margin_core.methodologies.us_reg_t.notices import notices
from margin_core.methodologies.us_reg_t.pairing import Paired, lesser, pair
from margin_core.methodologies.us_reg_t.params import DOCUMENT, PUBLISHED
from margin_core.methodologies.us_reg_t.requirements import Adjustment, adjustments, gross
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from margin_core.book.portfolio import Balance, Portfolio
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.us_reg_t.groups import Group
    from margin_core.methodologies.us_reg_t.params import Params

GROSS = "Gross requirement (basis A)"
REGULATORY = "Regulatory requirement (basis B)"
DEPOSIT = "Deposit (basis C)"
MAINTENANCE = "Maintenance margin"


def margin(portfolio: Portfolio, market: Market, p: Params = PUBLISHED) -> MarginResult:
    """Return initial and maintenance margin of ``portfolio`` under Reg T and the exchanges' rules.

    Stock, funds, and options on them and on stock indices, in the cheapest lawful pairing of each
    phase, on the net liquidation basis; futures, perpetuals, coins and options on them are not
    covered. The portfolio file has no convertibles, warrants, FLEX options or baskets of stock.

    Raises
    ------
    NotCoveredError
        Naming the positions that these rules do not margin, or a currency that is not USD.

    References
    ----------
    Reg T 220.5, 220.8, 220.12; FINRA 4210(b), (c), (f)(2); Cboe 10.3
    """
    valued = marks(portfolio, market)
    held = holdings(portfolio, market, valued, p)
    paired = pair_all(held, portfolio, p)
    worth = net_liquidation_value(portfolio, market, valued)
    taken = _collateral(portfolio, market)
    positions = worth.parts[: len(portfolio.positions)]
    equity = total("Equity", *positions, *taken.counted.parts)
    to_open, to_keep = _both(paired, portfolio, taken, p)
    return MarginResult(
        methodology="us_reg_t",
        title=DOCUMENT.title,
        currency=portfolio.currency,
        net_liquidation_value=worth.amount,
        collateral_not_counted=taken.not_counted,
        equity=equity,
        initial=to_open,
        maintenance=to_keep,
        sources=DOCUMENT.sources,
        warnings=(
            *taken.warnings,
            *(mark.warning for mark in valued if mark.warning),
            *notices(portfolio, held, paired, equity.amount, p),
        ),
    )


def terms(portfolio: Portfolio, phase: Phase, p: Params) -> Terms:
    """Return the terms under which the account is margined in ``phase``."""
    return Terms(phase, p, cash=portfolio.account_type is AccountType.CASH)


def pair_all(
    held: Sequence[Holdings], portfolio: Portfolio, p: Params
) -> dict[Phase, tuple[Paired, ...]]:
    """Return the cheapest pairing of every deliverable in each phase.

    Without stock the phases ask the same of every pairing, so one solution serves both.
    """
    keep, to_open = (terms(portfolio, phase, p) for phase in (Phase.MAINTENANCE, Phase.INITIAL))
    found = []
    for each in held:
        kept = pair(each, keep)
        opened = pair(each, to_open) if each.stock else kept
        found.append((lesser(kept, opened, keep), lesser(opened, kept, to_open)))
    kept_all, opened_all = zip(*found, strict=True) if found else ((), ())
    return {Phase.MAINTENANCE: kept_all, Phase.INITIAL: opened_all}


def requirement(groups: Sequence[Group], in_phase: Terms) -> Line:
    """Return what ``groups`` ask on the net liquidation basis: the deposit, or maintenance.

    The gross requirement (``GROSS``) and, in maintenance, the regulatory one (``REGULATORY``)
    are lines on the way.
    """
    gross_line, adjusted = _added_up(groups, in_phase)
    if in_phase.initial:
        return total(DEPOSIT, gross_line, *adjusted.values(), source="reg_t#220.12")
    short_stock = adjusted.pop(Adjustment.SHORT_STOCK, None)
    parts = (gross_line,) if short_stock is None else (gross_line, short_stock)
    regulatory = total(REGULATORY, *parts, source="finra_4210#(c)")
    return total(MAINTENANCE, regulatory, *adjusted.values(), source="finra_4210#(c)")


def named(line: Line, label: str) -> float:
    """Return the amount of the first line under ``line`` that bears ``label``."""
    return next(_amounts(line, label))


def _both(
    paired: Mapping[Phase, tuple[Paired, ...]], portfolio: Portfolio, taken: Collateral, p: Params
) -> tuple[Line, Line]:
    """Return the initial requirement, at least maintenance, and the maintenance requirement."""
    keep, deposit = (
        requirement(
            [group for each in paired[phase] for group in each.groups], terms(portfolio, phase, p)
        )
        for phase in (Phase.MAINTENANCE, Phase.INITIAL)
    )
    keep = _charged(keep, taken.maintenance_charge)
    to_open = largest(
        "Initial margin",
        _charged(deposit, taken.initial_charge),
        given(MAINTENANCE, keep.amount),
        source="finra_4210#(b)",
    )
    return to_open, keep


def _collateral(portfolio: Portfolio, market: Market) -> Collateral:
    """Return cash at full value; other assets are not taken, whatever haircut the file gives."""

    def own(balance: Balance) -> bool:
        return balance.asset == portfolio.currency

    balances = tuple(b if own(b) else replace(b, haircut=None) for b in portfolio.balances)
    return collateral(
        replace(portfolio, balances=balances),
        market,
        lambda balance: flat(0.0) if own(balance) else NOT_TAKEN,
        source="reg_t#220.5",
    )


def _added_up(groups: Sequence[Group], in_phase: Terms) -> tuple[Line, dict[Adjustment, Line]]:
    """Return the gross requirement, and what takes it to the net liquidation basis, by reason."""
    found: dict[Adjustment, list[Line]] = defaultdict(list)
    for group in groups:
        for reason, line in adjustments(group, in_phase):
            found[reason].append(line)
    adjusted = {}
    for reason in Adjustment:
        if found[reason]:
            line = total(str(reason), *found[reason])
            less = f"Less {str(reason)[0].lower()}{str(reason)[1:]}"
            adjusted[reason] = line if reason.sign > 0 else scaled(less, line, -1.0)
    return total(GROSS, *(gross(group, in_phase) for group in groups)), adjusted


def _charged(line: Line, charge: Line) -> Line:
    """Add what a haircut takes in this phase only."""
    return total(f"{line.label} and haircuts", line, charge) if charge.amount else line


def _amounts(line: Line, label: str) -> Iterator[float]:
    if line.label == label:
        yield line.amount
    for part in line.parts:
        yield from _amounts(part, label)
