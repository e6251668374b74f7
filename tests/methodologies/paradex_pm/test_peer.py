"""Paradex's portfolio margin against a slow implementation, its tables copied anew."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import Option, Perpetual
from margin_core.methodologies.paradex_pm import METHODOLOGY
from margin_core.risk.marks import marks
from tests.methodologies.derive_accounts import accounts
from tests.methodologies.paradex_pm.accounts import PRO, black_scholes

TABLES = {  # copied from the page once more: ladder, tails, vol up and down, floor, factors
    "BTC": ((14, 10.5, 7, 3.5), (10.61, 21.21, 14, 7, 1.75, 0.78, 0.44, 0.28)),
    "ETH": ((16, 12, 8, 4), (12.12, 24.24, 16, 8, 2, 0.89, 0.5, 0.32)),
}
TAILS = (-66, -33, 50, 100, 200, 300, 400, 500)


def slow(portfolio, market):
    """Return initial and maintenance margin, one number at a time."""
    initial = maintenance = 0.0
    held = marks(portfolio, market)
    for symbol in {mark.position.underlying for mark in held}:
        mine = [mark for mark in held if mark.position.underlying == symbol]
        spot = market[symbol].spot
        net = max(slow_scan(symbol, mine, market), slow_delta(mine, spot, market))
        provisions = slow_provisions(mine, spot)
        initial += net + provisions
        maintenance += 0.5 * net + provisions
    return initial, maintenance


def slow_scan(symbol, mine, market):
    ladder, tails = TABLES[symbol]
    cells = [(0.0, 40.0, 100.0), (0.0, -22.0, 100.0)]
    for number, step in enumerate(ladder):
        for move in (step, -step):
            cells.append((move, 40.0, 100.0))
            if number:
                cells.append((move, -22.0, 100.0))
    cells += [(move, 40.0, weight) for move, weight in zip(TAILS, tails, strict=True)]
    return max(0.0, *(-slow_pnl(mine, market, *cell) for cell in cells))


def slow_pnl(mine, market, move, shock, weight):
    pnl = 0.0
    for mark in mine:
        contract, units = mark.position.instrument, mark.position.units
        if isinstance(contract, Perpetual):
            pnl += units * mark.price * move / 100.0
            continue
        days = (contract.expiry - market.valuation_time).total_seconds() / 86400
        power = 0.3 if days < 30 else 0.13
        vol = mark.volatility * (1.0 + shock / 100.0 * (30.0 / max(1.0, days)) ** power)
        vol = max(vol, 0.4) if shock > 0.0 else vol
        value, _ = black_scholes(market, contract, 1.0 + move / 100.0, vol)
        pnl += units * (value - mark.price) * min(days * 1440 / 30, 1.0)
    return pnl * weight / 100.0


def slow_delta(mine, spot, market):
    by_market = {}
    for mark in mine:
        contract = mark.position.instrument
        delta = mark.price / spot
        if isinstance(contract, Option):
            _, delta = black_scholes(market, contract, 1.0, mark.volatility)
        by_market[contract] = by_market.get(contract, 0.0) + mark.position.units * delta
    net, gross = abs(sum(by_market.values())), sum(map(abs, by_market.values()))
    return (0.002 * net + 0.001 * (gross - net) / 2.0) * spot


def slow_provisions(mine, spot):
    funding, sizes, prices = 0.0, {}, {}
    for mark in mine:
        contract, units = mark.position.instrument, mark.position.units
        funding += units * spot * (mark.position.funding_rate or 0.0)
        sizes[contract] = sizes.get(contract, 0.0) + units
        prices[contract] = mark.price
    fees = sum(
        abs(size) * min(0.0001 * spot, 0.125 * prices[contract])
        if isinstance(contract, Option)
        else abs(size) * 0.00045 * prices[contract]
        for contract, size in sizes.items()
    )
    return max(funding, 0.0) + fees


def at_rates(portfolio, rate):
    """Return the account with every perpetual at a funding rate."""
    positions = tuple(
        replace(held, funding_rate=rate) if isinstance(held.instrument, Perpetual) else held
        for held in portfolio.positions
    )
    return replace(portfolio, positions=positions)


@settings(max_examples=50, deadline=None)
@given(accounts(symbols=("BTC", "ETH")), st.floats(-0.001, 0.001))
def test_requirements_are_those_of_a_slow_implementation(drawn, rate):
    portfolio, market = at_rates(drawn[0], rate), drawn[1]
    result = METHODOLOGY(portfolio, market, PRO)
    initial, maintenance = slow(portfolio, market)
    assert result.initial.amount == pytest.approx(initial, rel=1e-9, abs=1e-5)
    assert result.maintenance.amount == pytest.approx(maintenance, rel=1e-9, abs=1e-5)
