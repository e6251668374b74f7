"""Liquidity in a range under the house's scenarios, alone and with its hedges."""

from datetime import UTC, datetime

import pytest

from margin_core.book.instruments import (
    AssetClass,
    LpRange,
    Option,
    Perpetual,
    Right,
    Underlying,
)
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies.scenario_pm import PUBLISHED, margin
from margin_core.pricing.liquidity import coins, value
from tests.lines import every

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
EXPIRY = datetime(2026, 12, 25, 8, tzinfo=UTC)
SPOT = 3000.0
RANGE = (2400.0, 3750.0, 1000.0)
POOL = Position(LpRange("ETH", *RANGE), 1.0)


def asked(*positions, p=PUBLISHED):
    portfolio = Portfolio(
        positions, (Balance("USD", 5_000.0),), (Underlying("ETH", AssetClass.CRYPTO),)
    )
    return margin(portfolio, Market(NOW, (Quote("ETH", SPOT, volatility=0.6),)), p)


def worst_alone():
    """Return the loss of the pool by hand: the worst of the range's moves and the far tail's."""
    today = value(SPOT, *RANGE)
    down, up = PUBLISHED.spot_down["major_coin"], PUBLISHED.spot_up["major_coin"]
    losses = [today - value(SPOT * (1 - down * s), *RANGE) for s in PUBLISHED.spot_steps if s > 0]
    losses += [today - value(SPOT * (1 + up * s), *RANGE) for s in PUBLISHED.spot_steps if s > 0]
    for multiple, weight in zip(PUBLISHED.tail_multiples, PUBLISHED.tail_weights, strict=True):
        fallen = max(SPOT * (1 - down * multiple), SPOT * PUBLISHED.lowest_spot)
        losses.append(weight * (today - value(fallen, *RANGE)))
        losses.append(weight * (today - value(SPOT * (1 + up * multiple), *RANGE)))
    return float(max(losses))


def swing():
    """Return the average loss of a step up or down and back, as the charge for gamma weighs it."""
    step = min(abs(step) for step in PUBLISHED.spot_steps if step)
    up, down = step * PUBLISHED.spot_up["major_coin"], step * PUBLISHED.spot_down["major_coin"]
    gain = value(SPOT * (1 + up), *RANGE) - value(SPOT, *RANGE)
    loss = value(SPOT * (1 - down), *RANGE) - value(SPOT, *RANGE)
    return float(-(down * gain + up * loss) / (up + down))


def test_alone_it_asks_for_its_worst_move_and_its_short_gamma():
    by_hand = worst_alone() + PUBLISHED.gamma_swings * swing()
    assert swing() > 0.0
    assert asked(POOL).initial.amount == pytest.approx(PUBLISHED.initial_percentage * by_hand)


def test_it_owes_nothing_so_it_asks_for_no_more_than_it_is_worth():
    # what lies far below its range is coins alone and falls like them
    far_below = Position(LpRange("ETH", 90_000.0, 100_000.0, 10.0), 1.0)
    result = asked(far_below)
    assert result.initial.amount <= result.net_liquidation_value - 5_000.0


def test_a_short_perpetual_of_its_coins_frees_most_of_it():
    hedge = Position(Perpetual("ETH"), -float(coins(SPOT, *RANGE)))
    alone, hedged = asked(POOL), asked(POOL, hedge)
    assert hedged.capital_to_open < 0.75 * alone.capital_to_open


def test_puts_at_the_lower_end_free_more_than_the_perpetual_alone():
    size = float(coins(SPOT, *RANGE))
    hedge = Position(Perpetual("ETH"), -size)
    put = Position(Option("ETH", Right.PUT, 2400.0, EXPIRY), 2.0 * size)
    assert asked(POOL, hedge, put).initial.amount < asked(POOL, hedge).initial.amount


def test_liquidity_owed_to_a_pool_gains_where_it_moves_and_pays_no_gamma_charge():
    owed = asked(Position(POOL.instrument, -1.0))
    (gamma,) = [line for line in every(owed.initial) if line.label == "Net short gamma"]
    assert gamma.amount == 0.0
    assert owed.initial.amount > 0.0


def test_it_pays_no_basis_charge_as_a_perpetual_does():
    (basis,) = [line for line in every(asked(POOL).initial) if line.label == "Basis by expiry"]
    assert basis.amount == 0.0
