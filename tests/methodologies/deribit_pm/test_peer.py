"""Deribit's risk matrix against scalars and loops, the rule written out anew."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import Future, Option, Perpetual
from margin_core.book.portfolio import Balance
from tests.methodologies.deribit_pm.accounts import (
    FAR,
    FORWARDS,
    INVERSE,
    RULE,
    SEGREGATED,
    SPOTS,
    VOLS,
    books,
    margin,
    slow_black,
    slow_coins,
    slow_vol,
    slow_years,
)


def slow_money(position, move, side):
    """Return what a linear contract wins."""
    match position.instrument:
        case Option(underlying=symbol, strike=strike, expiry=expiry, right=right):
            forward, years = FORWARDS[symbol, expiry], slow_years(expiry)
            vol = slow_vol(symbol, years * 365, side)
            then = slow_black(forward * (1.0 + move), strike, years, vol, right)
            now = slow_black(forward, strike, years, VOLS[symbol], right)
            return position.quantity * (then - now)
        case Future(underlying=symbol, expiry=expiry):
            return position.quantity * FORWARDS[symbol, expiry] * move
        case Perpetual(underlying=symbol):
            return position.quantity * SPOTS[symbol] * move


def slow_delta(position):
    """Return delta in the settlement currency, from the difference of two small moves."""
    won = slow_coins if position.instrument.margin_type is INVERSE else slow_money
    h = 1e-5
    return (won(position, h, 0) - won(position, -h, 0)) / (2 * h)


def slow_margin(positions, coins, *, cross):
    """Return the risk matrix margin in USD; ``coins`` held count with cross collateral."""
    buckets = {}
    for position in positions:
        coin_settled = position.instrument.margin_type is INVERSE
        account_of = "all" if cross else (position.underlying if coin_settled else "USDC")
        buckets.setdefault((account_of, position.underlying), []).append(position)
    if cross:
        for symbol in coins:
            buckets.setdefault(("all", symbol), [])
    return sum(
        slow_bucket(symbol, held, coins.get(symbol, 0.0), in_coin=account_of == symbol, cross=cross)
        for (account_of, symbol), held in buckets.items()
    )


def slow_bucket(symbol, held, coins, *, in_coin, cross):
    rule, spot = RULE[symbol], SPOTS[symbol]
    standard = [(rule["R"] * k / 4, side) for k in range(-4, 5) for side in (-1, 0, 1)]
    cells = [slow_usd(symbol, held, coins, cell, cross=cross) for cell in standard]
    moves = [move for move, _ in standard]
    losses = [
        -u / (spot * (1.0 + m) if in_coin else 1.0) for u, m in zip(cells, moves, strict=True)
    ]
    for move in FAR:
        usd = slow_usd(symbol, held, coins, (move, 1), cross=cross) * rule["R"] / abs(move)
        edge = spot * (1.0 + math.copysign(rule["R"], move)) if in_coin else 1.0
        pull = (max(abs(move) / rule["R"], 1.0) - 1.0) * rule["d"]
        losses.append((-usd - pull) / edge)
    unit = spot if in_coin else 1.0
    return round(max(0.0, *losses), 9) * unit + slow_roll(symbol, held)


def slow_usd(symbol, held, coins, cell, *, cross):
    """Return P&L in USD at the moved price; with cross collateral what is owned in coin moves."""
    move, side = cell
    spot = SPOTS[symbol]
    usd = coins * spot * move if cross else 0.0
    for position in held:
        if position.instrument.margin_type is INVERSE:
            usd += slow_coins(position, move, side) * spot * (1.0 + move)
            usd += slow_value_in_coin(position) * spot * move if cross else 0.0
        else:
            usd += slow_money(position, move, side)
    return usd


def slow_roll(symbol, held):
    rule, expiries = RULE[symbol], {}
    for position in held:
        coin_settled = position.instrument.margin_type is INVERSE
        key = coin_settled, getattr(position.instrument, "expiry", None)
        unit = SPOTS[symbol] if coin_settled else 1.0
        expiries[key] = expiries.get(key, 0.0) + slow_delta(position) * unit
    return sum(
        abs(delta) * max(rule["least"], rule["a"] * (slow_years(expiry) if expiry else 0.0))
        for (_, expiry), delta in expiries.items()
    )


def slow_value_in_coin(position):
    match position.instrument:
        case Option(underlying=symbol, strike=strike, expiry=expiry, right=right):
            forward = FORWARDS[symbol, expiry]
            value = slow_black(forward, strike, slow_years(expiry), VOLS[symbol], right)
            return position.quantity * value / forward
        case _:
            return 0.0  # entered at its mark


@settings(max_examples=40)
@given(books(), st.floats(-3.0, 10.0))
def test_the_risk_matrix_is_that_of_a_slow_loop_with_cross_collateral(held, coins):
    result = margin(*held, balances=(Balance("BTC", coins),))
    slow = slow_margin(held, {"BTC": coins} if coins else {}, cross=True)
    assert result.initial.amount == pytest.approx(slow, rel=1e-6, abs=1e-4)
    assert result.maintenance.amount == pytest.approx(0.8 * slow, rel=1e-6, abs=1e-4)


@settings(max_examples=40)
@given(books())
def test_the_risk_matrix_is_that_of_a_slow_loop_with_segregated_collateral(held):
    result = margin(*held, p=SEGREGATED)
    slow = slow_margin(held, {}, cross=False)
    assert result.initial.amount == pytest.approx(slow, rel=1e-6, abs=1e-3)
    assert result.maintenance.amount == pytest.approx(0.8 * slow, rel=1e-6, abs=1e-3)
