"""What an account is asked, market by market, and its value that this stands against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.margin.figure import Line, given, largest, scaled, smallest, total, without_sign
from margin_core.methodologies.onchain_cross.options import expiry_margin
from margin_core.methodologies.onchain_cross.terms import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from margin_core.methodologies.onchain_cross.account import Account, CoinMarket, Holding
    from margin_core.methodologies.onchain_cross.terms import Params


def equity(own: Account, p: Params) -> Line:
    """Return the account value, dollars: options at their mark, perpetuals' profit, collateral."""
    options = [mark for mark in own.held if isinstance(mark.position.instrument, Option)]
    others = [mark for mark in own.held if not isinstance(mark.position.instrument, Option)]
    return total(
        "Account value",
        total("Options at their mark", *(given(mark.label, mark.value) for mark in options)),
        total(
            "Perpetuals, profit and accrued funding",
            *(given(mark.label, mark.value) for mark in others),
        ),
        own.collateral.counted,
        source=p.documents["equity"],
    )


def requirement(own: Account, phase: Phase, p: Params) -> Line:
    """Return the requirement of a phase, dollars: the sum over markets."""
    charge = {
        Phase.INITIAL: own.collateral.initial_charge,
        Phase.MAINTENANCE: own.collateral.maintenance_charge,
    }
    return total(
        f"{phase.capitalize()} margin",
        *(_market(held, phase, p) for held in own.markets),
        *charge[phase].parts,
        source=p.documents["requirement"],
    )


def _market(held: CoinMarket, phase: Phase, p: Params) -> Line:
    return total(
        f"{phase.capitalize()} margin of {held.symbol}",
        *((_perpetuals(held, phase, p),) if held.perpetuals else ()),
        *(expiry_margin(expiry, held.spot, phase, p) for expiry in held.expiries),
        *_fees(held, p),
    )


def _perpetuals(held: CoinMarket, phase: Phase, p: Params) -> Line:
    size = _at_mark(held)
    if phase is Phase.MAINTENANCE:
        rate = p.maintenance_fraction(held.symbol)
        return scaled(_rated(held.symbol, rate), size, rate, source=p.documents["requirement"])
    base = p.fraction("perp_imf", held.symbol)
    asked = scaled(_rated(held.symbol, base), size, base, source=p.documents["requirement"])
    increase = p.open_interest_increase(held.symbol)
    if increase:
        label = f"{_rated(held.symbol, increase)} for open interest"
        more = scaled(label, size, increase, source="dydx_chain#GetAdjustedInitialMarginPpm")
        asked = total(_rated(held.symbol, base + increase), asked, more)
    if held.leverage is None or 1.0 / held.leverage <= base + increase:
        return asked
    chosen = scaled(f"{held.symbol} perpetuals at {held.leverage:.4g}x", size, 1.0 / held.leverage)
    label = f"{held.symbol} perpetuals, leverage chosen"
    return largest(label, asked, chosen, source=p.documents["requirement"])


def _at_mark(held: CoinMarket) -> Line:
    """Return the net notional of a coin's perpetuals without its sign, dollars."""
    lines = (given(mark.label, mark.position.units * mark.price) for mark in held.perpetuals)
    return without_sign(f"{held.symbol} perpetuals at their mark", *lines)


def _fees(held: CoinMarket, p: Params) -> Iterator[Line]:
    """Yield what is provided for the fees of closing, per market."""
    if p.perp_fee and held.perpetuals:
        size = _at_mark(held)
        yield scaled(
            f"Fee provision, {_rated(held.symbol, p.perp_fee)}",
            size,
            p.perp_fee,
            source="cross#fee provision",
        )
    if p.option_fee:
        for expiry in held.expiries:
            yield total(
                f"Fee provision, {expiry.name}",
                *(_option_fee(each, held.spot, p) for each in expiry.holdings),
                source="sdk#option fee",
            )


def _option_fee(held: Holding, spot: float, p: Params) -> Line:
    return smallest(
        held.label,
        scaled("Of its size at spot", given("Size at spot", held.size * spot), p.option_fee),
        scaled("Of its value", given("Its value", held.size * held.mark), p.option_fee_cap),
    )


def _rated(symbol: str, rate: float) -> str:
    return f"{symbol} perpetuals, {rate * 100:.4g} %"
