"""What the reader of a result must know: prohibitions, assumptions, gaps."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from margin_core.book.instruments import Style
from margin_core.book.portfolio import AccountType
from margin_core.methodologies.us_reg_t.groups import Kind, Phase
from margin_core.methodologies.us_reg_t.legs import leverage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.methodologies.us_reg_t.groups import Group
    from margin_core.methodologies.us_reg_t.legs import Holdings
    from margin_core.methodologies.us_reg_t.pairing import Paired
    from margin_core.methodologies.us_reg_t.params import Params

NOT_IN_A_CASH_ACCOUNT = frozenset({Kind.UNCOVERED, Kind.SHORT_STOCK})


def notices(
    portfolio: Portfolio,
    held: Sequence[Holdings],
    paired: Mapping[Phase, Sequence[Paired]],
    equity: float,
    p: Params,
) -> tuple[str, ...]:
    """Return the warnings of a result, in a fixed order, none twice."""
    groups = [group for each in paired[Phase.MAINTENANCE] for group in each.groups]
    cash = portfolio.account_type is AccountType.CASH
    found = [
        *(_cash_account(portfolio, groups) if cash else _minimum_equity(portfolio, equity, p)),
        *_gaps(held, paired),
        *_of_holdings(held),
        *_of_spreads(groups),
    ]
    return tuple(dict.fromkeys(found))


def _cash_account(portfolio: Portfolio, groups: list[Group]) -> Iterator[str]:
    for group in groups:
        if group.kind in NOT_IN_A_CASH_ACCOUNT:
            yield (
                f"Not permitted in a cash account: {group.legs[0].label}, {group.kind}; its figure "
                "is that of a margin account."
            )
    if _borrows(portfolio):
        yield "Not permitted in a cash account: buying on credit (a cash balance is negative)."


def _minimum_equity(portfolio: Portfolio, equity: float, p: Params) -> Iterator[str]:
    """Warn of too little equity to open anything but a fully paid purchase."""
    needs = _borrows(portfolio) or any(position.quantity < 0.0 for position in portfolio.positions)
    if needs and equity < p.minimum_equity:
        yield (
            f"Equity is below the {p.minimum_equity:,.0f} dollars that a margin account needs to "
            "open positions; the requirement does not include that minimum."
        )


def _borrows(portfolio: Portfolio) -> bool:
    """Return whether the balances of any one asset add up to a debit."""
    held: dict[str, float] = defaultdict(float)
    for balance in portfolio.balances:
        held[balance.asset] += balance.amount
    return min(held.values(), default=0.0) < 0.0


def _gaps(held: Sequence[Holdings], paired: Mapping[Phase, Sequence[Paired]]) -> Iterator[str]:
    for phase, of_phase in paired.items():
        for each, pairing in zip(held, of_phase, strict=True):
            if pairing.gap > 0.0:
                yield (
                    f"{each.symbol}, {phase}: the pairing is not proven to be the cheapest; a "
                    f"cheaper one would ask at most {pairing.gap:,.2f} dollars less."
                )


def _of_holdings(held: Sequence[Holdings]) -> Iterator[str]:
    for each in held:
        if any(not float(leg.quantity).is_integer() for leg in each.series):
            yield f"{each.symbol}: fractional contracts are paired in fractions."
        if any(leverage(lot.facts) > 1.0 for lot in each.stock):
            yield f"{each.symbol}: the maintenance tiers of leveraged funds are assumed."
        if any(leg.option.otc for leg in each.series):
            yield (
                f"{each.symbol}: OTC options are taken as guaranteed by the carrying broker, and "
                "their percentages are assumed."
            )


def _of_spreads(groups: list[Group]) -> Iterator[str]:
    european, breakable = [], []
    for group in groups:
        expiries = {leg.option.expiry for leg in group.options}
        if group.kind is not Kind.SPREAD or len(expiries) == 1:
            continue
        if any(leg.option.style is Style.EUROPEAN for leg in group.options):
            european.append(group.label)
        elif len(group.options) > len(expiries):
            breakable.append(group.label)
    if european:
        yield (
            f"{_counted(european)}: the exchange's minimum; brokers ask more for European options "
            "spread across expiries, or refuse them."
        )
    if breakable:
        yield f"{_counted(breakable)}: the maximum loss holds only while the spread is intact."


def _counted(labels: list[str]) -> str:
    """Return a spread's name, which is long; of several their number and the first of them."""
    if len(labels) == 1:
        return labels[0]
    return f"{len(labels)} spreads, the first of them {labels[0]}"
