"""The house's scenarios against scalars and loops, the rules written out anew."""

import math
from itertools import product

import pytest

from margin_core.book.instruments import Future, MarginType, Option, Perpetual, Stock
from margin_core.book.portfolio import Position
from margin_core.methodologies.scenario_pm import margin
from tests.lines import named
from tests.methodologies.scenario_pm.accounts import (
    BALANCES,
    MARKET,
    MIXED,
    NOW,
    RATE,
    SPOTS,
    VOL,
    account,
    potential,
    slow_value,
)

FAMILY = {
    "BTC": "major_coin",
    "ETH": "major_coin",
    "SOL": "coin",
    "SPX": "broad",
    "SPY": "broad",
    "NDX": "broad",
    "VIX": "volatility",
    "AAA": "single",
    "BBB": "single",
    "TRIPLE": "broad",
}
DOWN = {"broad": 0.10, "single": 0.20, "volatility": 0.30, "major_coin": 0.18, "coin": 0.30}
UP = {"broad": 0.08, "single": 0.20, "volatility": 0.60, "major_coin": 0.18, "coin": 0.30}
VOL_UP = {"broad": 0.5, "single": 0.4, "volatility": 0.4, "major_coin": 0.5, "coin": 0.5}
CREDIT = {"broad": 0.75, "major_coin": 0.4, "coin": 0.3}
LEVERAGE = {"TRIPLE": -3.0}
GRID = [(f, v, 1.0) for v in (-1, 0, 1) for f in (-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1)]
TAIL = [(-3, 1, 1 / 3), (-2, 1, 1 / 2), (2, 1, 1 / 2), (3, 1, 1 / 3)]


def slow_move(symbol, f):
    family = FAMILY[symbol]
    move = f * (UP[family] if f > 0 else DOWN[family]) * LEVERAGE.get(symbol, 1.0)
    return max(move, -0.99)


def slow_pnl(position, f, v):
    """Return the P&L of one position at shares ``f`` and ``v`` of its ranges."""
    symbol = position.underlying
    spot = SPOTS[symbol]
    growth = 1.0 + slow_move(symbol, f)
    units = position.units
    match position.instrument:
        case Stock():
            return units * spot * (growth - 1.0)
        case Option() as option:
            days = (option.expiry - NOW).total_seconds() / 86_400
            power = 0.3 if days <= 30 else 0.13
            share = v * (VOL_UP[FAMILY[symbol]] if v > 0 else 0.25)
            moved = VOL * (1 + share * (30 / max(days, 1)) ** power)
            return units * (
                slow_value(option, spot * growth, moved) - slow_value(option, spot, VOL)
            )
        case Future(expiry=expiry):
            forward = spot * math.exp(RATE * (expiry - NOW).total_seconds() / (365 * 86_400))
            return units * forward * (growth - 1.0)
        case Perpetual(margin_type=MarginType.INVERSE):
            return units * (1 / spot - 1 / (spot * growth)) * spot * growth
        case Perpetual():
            return units * spot * (growth - 1.0)


def slow_counted(holdings, f, v, w):
    """Return a class group's P&L: positions, and (coin value, haircut) pairs."""
    pnl = 0.0
    for holding in holdings:
        if isinstance(holding, Position):
            pnl += w * slow_pnl(holding, f, v)
            continue
        symbol, value, haircut = holding
        own = w * value * slow_move(symbol, f)
        pnl += own if own >= 0 else min(own + haircut * max(value, 0.0), 0.0)
    return pnl


def slow_potential(parts):
    """Return the loss of parts of blocks of class groups: every joint move, one by one."""
    loss = 0.0
    for blocks in parts:
        worst = 0.0
        for f, v, w in GRID + TAIL:
            for ways in product((1, -1, 0) if len(blocks) > 1 else (1,), repeat=len(blocks)):
                joint = 0.0
                for block, way in zip(blocks, ways, strict=True):
                    if way == 0:
                        continue
                    pnls = [(f1, slow_counted(g, way * f, v, w)) for f1, g in block]
                    credits_ = [CREDIT.get(f1, 0.0) if len(block) > 1 else 1.0 for f1, _ in pnls]
                    own = sum(
                        x if x < 0 else c * x for (_, x), c in zip(pnls, credits_, strict=True)
                    )
                    # between blocks no gain pays: a block that gains is as good as not moved
                    joint += own if len(blocks) == 1 else min(own, 0.0)
                worst = max(worst, -joint)
        loss += worst
    return loss


def test_a_mixed_account_loses_what_the_slow_loop_finds():
    result = margin(account(*MIXED, balances=BALANCES), MARKET)
    spx, ndx, triple, vix, aaa, bbb = (
        MIXED[:3],
        MIXED[3:4],
        MIXED[4:5],
        MIXED[5:6],
        MIXED[6:8],
        (MIXED[8],),
    )
    btc = (*MIXED[9:11], ("BTC", 1.5 * 90_000.0, 0.05))
    eth = (*MIXED[11:13], ("ETH", -10.0 * 3_000.0, 0.05))
    expected = slow_potential(
        [
            [[("broad", spx), ("broad", ndx), ("broad", triple)], [("volatility", vix)]],
            [[("single", aaa)]],
            [[("single", bbb)]],
            [[("major_coin", btc), ("major_coin", eth), ("coin", MIXED[13:])]],
        ]
    )
    assert potential(result) == pytest.approx(expected, rel=1e-9)


def test_charges_of_a_mixed_account_are_what_the_slow_loop_finds():
    result = margin(account(*MIXED, balances=BALANCES), MARKET)
    groups = [MIXED[:3], MIXED[3:4], MIXED[4:5], MIXED[5:6], MIXED[6:8], MIXED[8:9], MIXED[9:11]]
    groups += [MIXED[11:13], MIXED[13:]]
    gamma = vega = basis = 0.0
    rates = {"broad": (0.01, 0), "single": (0.01, 0), "volatility": (0.1, 0.02)}
    rates |= {"major_coin": (0.05, 0.005), "coin": (0.15, 0.01)}
    for group in groups:
        options = [p for p in group if isinstance(p.instrument, Option)]
        swing = 0.0
        for p in options:
            up, down = slow_move(p.underlying, 0.25), slow_move(p.underlying, -0.25)
            swing -= (-down * slow_pnl(p, 0.25, 0) + up * slow_pnl(p, -0.25, 0)) / (up - down)
        gamma += max(swing, 0.0)
        for expiry in {getattr(p.instrument, "expiry", None) for p in group}:
            at = [p for p in group if getattr(p.instrument, "expiry", None) == expiry]
            at = [p for p in at if not isinstance(p.instrument, Stock)]
            vega += 0.1 * abs(sum(slow_pnl(p, 0, 1) for p in at if p in options))
            delta = sum(
                (slow_pnl(p, 0.25, 0) - slow_pnl(p, -0.25, 0))
                / (slow_move(p.underlying, 0.25) - slow_move(p.underlying, -0.25))
                for p in at
            )
            years = (expiry - NOW).total_seconds() / (365 * 86_400) if expiry else 0.0
            annual, floor = rates[FAMILY[group[0].underlying]]
            basis += abs(delta) * max(floor, annual * years)
    assert named(result.initial, "Net short gamma").amount == pytest.approx(gamma, rel=1e-9)
    assert named(result.initial, "Net vega by expiry").amount == pytest.approx(vega, rel=1e-9)
    assert named(result.initial, "Basis by expiry").amount == pytest.approx(basis, rel=1e-9)
    risk = potential(result) + gamma + vega + basis
    assert result.initial.amount == pytest.approx(risk, rel=1e-9)
    assert result.maintenance.amount == pytest.approx(0.8 * risk, rel=1e-9)
