"""On-chain cross margin against a slow implementation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import Perpetual
from margin_core.methodologies.onchain_cross import PUBLISHED
from tests.methodologies.onchain_cross.accounts import CALL, PRO, asked, books


def brute(held, *, initial, fee, option_fee, scale):
    """Return the requirement of the published defaults, coin by coin, from the rule's words."""
    spots = {"BTC": 100_000.0, "ETH": 3_000.0}
    part = 1.0 if initial else 0.5
    amount = 0.0
    for coin, spot in spots.items():
        units, chosen, options = 0.0, [], {}
        for position, mark in held:
            contract = position.instrument
            if contract.underlying != coin:
                continue
            if isinstance(contract, Perpetual):
                units += position.quantity
                chosen += [position.leverage] if position.leverage else []
            else:
                known = options.setdefault(contract.expiry, {})
                size, price = known.get(contract, (0.0, mark.price))
                known[contract] = (round(size + position.quantity, 9), price)
        fraction = max([0.02, *(1.0 / leverage for leverage in chosen)]) if initial else 0.01
        amount += abs(units) * spot * (fraction + fee)
        for group in options.values():
            amount += slow_group(group, spot, part, scale)
            for size, price in group.values():
                amount += abs(size) * min(option_fee * spot, 0.125 * price)
    return amount


def slow_group(group, spot, part, scale):
    """Return what one expiry asks; the largest loss from a fine grid of settlement prices."""
    alone = unpaired = 0.0
    for contract, (size, mark) in group.items():
        call = contract.right is CALL
        unpaired -= size if call else 0.0
        otm = max(contract.strike - spot if call else spot - contract.strike, 0.0)
        if size > 0.0:
            alone += size * part * min(mark, 0.2 * spot)
        else:
            each = max(0.15 * part * spot - otm, 0.1 * part * spot)
            alone -= size * (each if call else min(each, 0.5 * part * contract.strike))
    if all(size >= 0.0 for size, _ in group.values()):
        return alone
    grid = [spot * step / 400.0 for step in range(1_000)]
    worst = 0.0
    for price in [*grid, *(contract.strike for contract in group)]:
        paid = sum(
            size * max((price - c.strike) * (1 if c.right is CALL else -1), 0.0) - size * mark
            for c, (size, mark) in group.items()
            if size
        )
        bent = max((c.strike for c in group), default=0.0)
        worst = max(worst, -paid if price <= bent else 0.0)
    return min(alone, worst + max(unpaired, 0.0) * scale * spot)


@settings(max_examples=40)
@given(books(), st.sampled_from((PUBLISHED, PRO)))
def test_a_slow_implementation_agrees(held, p):
    initial, maintenance = asked(*held, p=p)
    fees = {"fee": p.perp_fee, "option_fee": p.option_fee}
    assert initial == pytest.approx(brute(held, initial=True, scale=1.2, **fees), abs=1e-6)
    assert maintenance == pytest.approx(brute(held, initial=False, scale=1.0, **fees), abs=1e-6)
