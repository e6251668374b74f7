"""What the reader of an OKX figure must know: what was assumed, and what it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin.last_bits import sign
from margin_core.methodologies.okx_pm.terms import KEY, OTHER, Known, discount

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.margin.currency_equity import CurrencyEquity
    from margin_core.methodologies.okx_pm.terms import Params
    from margin_core.methodologies.okx_pm.unit import Unit

SENTENCES = {
    Known.NOTHING: ": no discount rate could be read, so it counts only as far as it hedges. Give "
    "its haircut with the balance, or {paths}",
    Known.FIRST_TIER: " counts at the rate of its first tier; where the next begins is not "
    "announced.",
    Known.THIRD_PARTY: " counts at a rate from a third party's note, not from OKX's own list.",
}
SEEN_BORROWED = "USDT"  # the one currency whose borrowing rates were readable


def notices(
    units: Sequence[Unit], equity: CurrencyEquity, maintenance: float, p: Params
) -> Iterator[str]:
    """Yield the sentences of one result."""
    yield from _on_ratio(units, equity.counted.amount, maintenance)
    yield from _on_options(units, p)
    yield from _on_charges(units)
    yield from _on_currencies(equity, p)


def account_leverage(units: Sequence[Unit], equity: float) -> float:
    """Return the notional of all contracts over adjusted equity, with the sign of the equity."""
    return sum(contract.notional for unit in units for contract in unit.contracts) / equity


def _on_ratio(units: Sequence[Unit], equity: float, maintenance: float) -> Iterator[str]:
    if sign(maintenance) > 0:
        yield (
            f"OKX publishes the inverse ratio, {equity / maintenance:.0%} here: adjusted equity "
            "over maintenance margin and the fee to liquidate, which is not counted; it "
            "liquidates at 100 %."
        )
    if units and sign(equity) > 0:
        yield f"Account leverage, as OKX shows it: {account_leverage(units, equity):.2f}x."


def _on_options(units: Sequence[Unit], p: Params) -> Iterator[str]:
    if not any(unit.has_options for unit in units):
        return
    yield (
        "MR1 moves volatilities by an assumed table (30 to 20 points or 50 to 25 %, by days to "
        "expiry); of OKX's own only 30 points at 0 days could be read."
    )
    missing = [name for name, size in (("MR3", p.vega_points), ("MR5", p.rate_shift)) if not size]
    if missing:
        yield f"{' and '.join(missing)} (vega between expiries, rates) are not published: 0 here."


def _on_charges(units: Sequence[Unit]) -> Iterator[str]:
    dated = [c for unit in units for c in unit.contracts if c.expiry is not None]
    if dated:
        yield (
            "MR4 of dated contracts follows an inferred formula, and MR7 takes the rate of "
            "perpetuals for them."
        )


def _on_currencies(equity: CurrencyEquity, p: Params) -> Iterator[str]:
    owed = [currency for currency, _ in equity.liabilities if currency != SEEN_BORROWED]
    if owed:
        yield (
            f"{_listed(owed)} owed is charged as {SEEN_BORROWED} in its lowest tier; other rates "
            "could not be read."
        )
    found = {currency: discount(currency, lambda: 1.0, p).known for currency in equity.held}
    for known, sentence in SENTENCES.items():
        names = [currency for currency in equity.held if found[currency] is known]
        entries = [name if name in p.discount_rate else OTHER for name in names]
        paths = " ".join(dict.fromkeys(f"-p {KEY}.discount_rate.{entry}=..." for entry in entries))
        if names:
            yield _listed(names) + sentence.format(paths=paths)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
