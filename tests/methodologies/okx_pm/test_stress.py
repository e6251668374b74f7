"""Stress losses against a slow loop, and what they promise."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import MarginType, Option, Right
from margin_core.book.portfolio import Balance
from margin_core.methodologies.okx_pm import margin
from tests.methodologies.okx_pm.accounts import (
    MARKET,
    NOW,
    SPOT,
    VOL,
    account,
    amount,
    inverse,
    option,
    perpetual,
    slow_value,
)


def slow_shift(days, points):
    """Return the volatility move by days to expiry: a line through three points."""
    first, second, third = (0.30, 0.25, 0.20) if points else (0.50, 0.35, 0.25)
    if days >= 60:
        return third
    low, high, along = (first, second, days / 30) if days <= 30 else (second, third, days / 30 - 1)
    return low + (high - low) * along


def slow_loss(positions, coins, move, direction=0, points=None):
    loss = -coins * SPOT * move
    for position in positions:
        contract = position.instrument
        if isinstance(contract, Option):
            days = (contract.expiry - NOW).total_seconds() / 86_400
            shift = 0.0 if points is None else direction * slow_shift(days, points)
            vol = VOL + shift if points else VOL * (1 + shift)
            moved = slow_value(position, SPOT * (1 + move), max(vol, 1e-4))
            loss -= position.units * (moved - slow_value(position, SPOT, VOL))
        elif contract.margin_type is MarginType.INVERSE:
            loss -= position.units * move  # dollars of coins: units / mark at the new price
        else:
            loss -= position.units * SPOT * move
    return loss


def slow_stress(positions, coins=0.0):
    """Return MR1, MR2 and MR6 of a unit of BTC marked at the index."""
    grid = [0.0, 0.04, 0.08, 0.12, -0.04, -0.08, -0.12]
    mr1 = max(
        slow_loss(positions, coins, move, direction, points)
        for move, direction, points in product(grid, (-1, 0, 1), (True, False))
    )
    mr2 = sum(
        p.units * (slow_value(p, SPOT, VOL) - slow_value(p, SPOT, VOL, 1.0))
        for p in positions
        if isinstance(p.instrument, Option)
    )
    mr6 = 0.5 * max(slow_loss(positions, coins, 0.24), slow_loss(positions, coins, -0.24))
    return max(mr1, 0.0), max(mr2, 0.0), max(mr6, 0.0)


options = st.builds(
    option,
    st.sampled_from(Right),
    st.sampled_from((70_000.0, 90_000.0, 105_000.0)),
    st.sampled_from((2, 20, 45, 200)),
    st.integers(-20, 20).filter(bool).map(float),
)
books = st.lists(
    options
    | st.integers(-20, 20).filter(bool).map(float).map(lambda quantity: perpetual(quantity, "USD"))
    | st.integers(-50, 50).filter(bool).map(lambda lots: inverse(10_000.0 * lots)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40)
@given(books)
def test_stress_losses_equal_those_of_a_slow_loop(book):
    result = margin(account(*book), MARKET)
    mr1, mr2, mr6 = slow_stress(book)
    close = {"rel": 1e-8, "abs": 1e-5}
    assert amount(result, "MR1") == pytest.approx(mr1, **close)
    assert amount(result, "MR6") == pytest.approx(mr6, **close)
    if any(isinstance(position.instrument, Option) for position in book):
        assert amount(result, "MR2") == pytest.approx(mr2, **close)


@settings(max_examples=20)
@given(books, st.floats(0.1, 30.0))
def test_coins_held_hedge_as_far_as_the_slow_loop_says(book, coins):
    result = margin(account(*book, balances=[Balance("BTC", coins)]), MARKET)
    delta = 0.0
    for position in book:
        if isinstance(position.instrument, Option):
            up, down = (slow_value(position, SPOT * (1 + move), VOL) for move in (1e-5, -1e-5))
            delta += position.units * (up - down) / (2e-5 * SPOT)
        elif position.instrument.margin_type is MarginType.INVERSE:
            delta += position.units / SPOT
        else:
            delta += position.units
    used = max(min(coins, -delta), 0.0)
    mr1, _, mr6 = slow_stress(book, used)
    assert amount(result, "MR1") == pytest.approx(mr1, rel=1e-5, abs=1.0)
    assert amount(result, "MR6") == pytest.approx(mr6, rel=1e-5, abs=1.0)


@settings(max_examples=25)
@given(books, st.floats(0.1, 1.0))
def test_closing_a_part_of_every_position_never_raises_a_stress_loss(book, share):
    smaller = [replace(position, quantity=position.quantity * share) for position in book]
    before, after = margin(account(*book), MARKET), margin(account(*smaller), MARKET)
    for part in ("MR1", "MR6"):
        assert amount(after, part) <= amount(before, part) + 1e-6


@settings(max_examples=25)
@given(st.floats(1.0, 30.0), st.floats(0.0, 30.0))
def test_an_opposite_contract_never_raises_the_stress_loss_of_what_it_hedges(held, hedge):
    alone = margin(account(perpetual(held)), MARKET)
    hedged = margin(account(perpetual(held), perpetual(-min(held, hedge))), MARKET)
    assert hedged.maintenance.amount <= alone.maintenance.amount + 1e-6


@settings(max_examples=15)
@given(books, st.sampled_from((0.5, 2.0)))
def test_stress_and_basis_grow_in_proportion(book, factor):
    scaled = [replace(position, quantity=position.quantity * factor) for position in book]
    one, other = margin(account(*book), MARKET), margin(account(*scaled), MARKET)
    for part in ("MR1", "MR4", "MR6"):
        assert amount(other, part) == pytest.approx(factor * amount(one, part), rel=1e-9, abs=1e-6)
