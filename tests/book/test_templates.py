"""Every template builds what its name says: valid holdings with the known payoff."""

import math
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from margin_core.book.instruments import (
    AssetClass,
    Future,
    LpRange,
    MarginType,
    Option,
    Perpetual,
    Settlement,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.strategies import Inputs
from margin_core.book.templates import TEMPLATES, Group, template
from margin_core.errors import InputError

NEAR, FAR = datetime(2026, 12, 18, 21, tzinfo=UTC), datetime(2027, 3, 19, 20, tzinfo=UTC)
SHARE = Inputs(Underlying("XYZ", AssetClass.EQUITY), 101.3, 5.0, NEAR, FAR, quantity=2.0)
COIN = Inputs(Underlying("BTC", AssetClass.CRYPTO), 90_400.0, 1_000.0, NEAR, FAR, quantity=3.0)
PRICES = [k * 0.5 for k in range(601)]


def payoff(key, price, inputs=SHARE):
    """Return what the strategy is worth if every expiry were at ``price``, no carry."""
    strategy = template(key).builder(inputs)
    value = sum(b.amount * (price if b.asset != "USD" else 1.0) for b in strategy.balances)
    for position in strategy.positions:
        match position.instrument:
            case Option(strike=strike) as option:
                each = max(price - strike, 0.0) if option.call else max(strike - price, 0.0)
            case Stock():
                each = price
            case LpRange() as held:
                each = liquidity(price, held)
            case Future() | Perpetual():
                each = price - inputs.spot
        value += position.units * each
    return value


def liquidity(price, held):
    """Return what the coins and the cash of a range are worth, by its own formula."""
    low, at, high = (
        math.sqrt(held.lower_price),
        math.sqrt(min(max(price, held.lower_price), held.upper_price)),
        math.sqrt(held.upper_price),
    )
    return held.liquidity * ((1 / at - 1 / high) * price + at - low)


def payoffs(key):
    return [payoff(key, price) for price in PRICES]


def test_there_are_at_least_24_templates_in_every_group_under_different_names():
    assert len(TEMPLATES) >= 24
    assert {entry.group for entry in TEMPLATES} == set(Group)
    assert max(Counter(entry.key for entry in TEMPLATES).values()) == 1
    assert max(Counter(entry.title for entry in TEMPLATES).values()) == 1
    assert all(entry.description.endswith(".") for entry in TEMPLATES)


@pytest.mark.parametrize("entry", TEMPLATES, ids=lambda entry: entry.key)
@pytest.mark.parametrize("inputs", [SHARE, COIN], ids=["share", "coin"])
def test_every_template_builds_distinct_positions_on_its_underlying(entry, inputs):
    strategy = entry.builder(inputs)
    instruments = [position.instrument for position in strategy.positions]
    assert instruments
    assert len(set(instruments)) == len(instruments)
    for position in strategy.positions:
        assert position.quantity != 0.0
        assert position.underlying == inputs.underlying.symbol
        if isinstance(position.instrument, Option):
            assert position.instrument.strike % inputs.step == 0.0
            assert position.instrument.expiry in {NEAR, FAR}
            assert position.instrument.margin_type is MarginType.LINEAR
    assert {b.asset for b in strategy.balances} <= {"USD", inputs.underlying.symbol}


@pytest.mark.parametrize("entry", TEMPLATES, ids=lambda entry: entry.key)
def test_twice_the_quantity_is_twice_every_holding(entry):
    once = entry.builder(SHARE)
    twice = entry.builder(replace(SHARE, quantity=4.0))
    assert [2 * p.quantity for p in once.positions] == [p.quantity for p in twice.positions]
    assert [2 * b.amount for b in once.balances] == [b.amount for b in twice.balances]


@pytest.mark.parametrize(
    ("key", "least", "most"),
    [
        ("bull_call_spread", 0.0, 10.0),
        ("bear_put_spread", 0.0, 10.0),
        ("bull_put_spread", -10.0, 0.0),
        ("bear_call_spread", -10.0, 0.0),
        ("iron_condor", -10.0, 0.0),
        ("iron_butterfly", -10.0, 0.0),
        ("call_butterfly", 0.0, 10.0),
        ("box", 10.0, 10.0),
        ("jelly_roll", 0.0, 0.0),
        ("calendar_call", 0.0, 0.0),
        ("diagonal_call", 0.0, 10.0),
        ("collar", 90.0, 110.0),
        ("covered_call", 0.0, 110.0),
        ("conversion", 100.0, 100.0),
        ("reverse_conversion", -100.0, -100.0),
        ("cash_secured_put", 0.0, 95.0),
        ("covered_call_vault", 0.0, 110.0),
        ("cash_secured_put_vault", 0.0, 90.0),
        ("liquidity_range", 0.0, math.sqrt(90.0 * 110.0)),
        ("liquidity_with_puts", 90.0, math.sqrt(90.0 * 110.0)),
        ("futures_calendar", 0.0, 0.0),
    ],
)
def test_a_limited_strategy_pays_between_its_known_bounds_per_share(key, least, most):
    values = payoffs(key)
    assert min(values) == pytest.approx(least * SHARE.units)
    assert max(values) == pytest.approx(most * SHARE.units)


@pytest.mark.parametrize(
    ("key", "price", "value"),
    [
        ("long_call", 130.0, 30.0),
        ("long_put", 70.0, 30.0),
        ("synthetic_long", 80.0, -20.0),
        ("synthetic_long", 125.0, 25.0),
        ("risk_reversal", 100.0, 0.0),
        ("risk_reversal", 120.0, 10.0),
        ("risk_reversal", 80.0, -10.0),
        ("call_backspread", 110.0, -10.0),
        ("call_backspread", 130.0, 10.0),
        ("ratio_call_spread", 110.0, 10.0),
        ("ratio_call_spread", 130.0, -10.0),
        ("long_straddle", 100.0, 0.0),
        ("long_straddle", 115.0, 15.0),
        ("short_straddle", 85.0, -15.0),
        ("long_strangle", 85.0, 5.0),
        ("short_strangle", 115.0, -5.0),
        ("short_strangle", 105.0, 0.0),
        ("protective_put", 60.0, 90.0),
        ("protective_put", 140.0, 140.0),
        ("cash_and_carry", 60.0, 101.3),
        ("perpetual_carry", 160.0, 101.3),
        ("perpetual_with_put", 60.0, 95.0 - 101.3),
        ("liquidity_range", 70.0, 70.0),
        ("liquidity_against_perpetual", 70.0, 70.0 + 0.5 * 31.3),
        ("strangle_with_perpetual", 110.0, 0.1 * (110.0 - 101.3)),
    ],
)
def test_a_strategy_pays_its_known_value_at_a_price_per_share(key, price, value):
    assert payoff(key, price) == pytest.approx(value * SHARE.units)


def test_the_calendar_sells_the_near_call_and_owns_the_far_one_at_the_same_strike():
    near, far = template("calendar_call").builder(SHARE).positions
    assert (near.instrument.expiry, near.quantity) == (NEAR, -2.0)
    assert (far.instrument.expiry, far.quantity) == (FAR, 2.0)
    assert near.instrument.strike == far.instrument.strike == 100.0


def test_options_on_shares_are_american_and_deliver_those_on_coins_are_not():
    share = template("long_call").builder(SHARE).positions[0].instrument
    coin = template("long_call").builder(COIN).positions[0].instrument
    assert (share.style, share.settlement, share.multiplier) == (
        Style.AMERICAN,
        Settlement.PHYSICAL,
        100.0,
    )
    assert (coin.style, coin.settlement, coin.multiplier) == (Style.EUROPEAN, Settlement.CASH, 1.0)


def test_a_coin_is_held_as_collateral_and_a_share_as_stock():
    assert template("covered_call").builder(COIN).balances[0].amount == 3.0
    assert len(template("covered_call").builder(COIN).positions) == 1
    assert template("covered_call").builder(SHARE).positions[0].quantity == 200.0
    assert template("covered_call").builder(SHARE).balances == ()


def test_a_step_too_wide_for_the_price_is_refused():
    wide = Inputs(Underlying("XYZ", AssetClass.EQUITY), 12.0, 5.0, NEAR, FAR)
    with pytest.raises(InputError, match=r"XYZ at 12 has no strike 2 steps of 5 below"):
        template("long_strangle").builder(wide)


def test_an_unknown_template_is_a_key_error():
    with pytest.raises(KeyError):
        template("free_lunch")


@pytest.mark.parametrize("step", [0.0, -5.0, float("nan")])
def test_a_strike_step_that_is_not_positive_is_refused(step):
    with pytest.raises(InputError, match=r"strike step .* is not positive"):
        template("long_call").builder(Inputs(SHARE.underlying, 100.0, step, NEAR, FAR))
