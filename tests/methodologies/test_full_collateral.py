"""Full collateral: against Opyn's formula, and by settling the account at every price."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import (
    AssetClass,
    Future,
    LpRange,
    MarginType,
    Option,
    Perpetual,
    Right,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.errors import NotCoveredError
from margin_core.margin.parameters import overridden
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies.full_collateral import METHODOLOGY, PUBLISHED, margin
from margin_core.risk.marks import marks

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
EXPIRY = datetime(2026, 12, 25, 8, tzinfo=UTC)
LATER = datetime(2027, 3, 26, 8, tzinfo=UTC)
SPOT = 3000.0
MARKET = Market(NOW, (Quote("ETH", SPOT, volatility=0.6), Quote("XYZ", 50.0, volatility=0.3)))
UNDERLYINGS = (Underlying("ETH", AssetClass.CRYPTO), Underlying("XYZ", AssetClass.EQUITY))
PERPETUAL = Perpetual("ETH")
POOL = LpRange("ETH", 2400.0, 3750.0, 1000.0)


def option(right, strike, expiry=EXPIRY, **facts):
    return Option("ETH", Right(right), strike, expiry, **facts)


def account(*positions, balances=()):
    return Portfolio(tuple(positions), tuple(balances), UNDERLYINGS)


def asked(*positions, balances=(), p=PUBLISHED):
    return margin(account(*positions, balances=balances), MARKET, p)


def value(*positions):
    return sum(mark.value for mark in marks(account(*positions), MARKET))


def test_a_covered_call_costs_the_coin_less_the_premium():
    call = Position(option("call", 3600.0), -1.0)
    result = asked(call, balances=(Balance("ETH", 1.0),))
    assert result.initial.amount == SPOT
    assert result.excess_initial == 0.0
    assert result.capital_to_open == result.capital_to_keep == pytest.approx(SPOT + value(call))
    assert result.warnings == ()


def test_a_cash_secured_put_costs_its_strike_less_the_premium():
    put = Position(option("put", 2400.0), -2.0)
    result = asked(put, balances=(Balance("USD", 4800.0),))
    assert (result.initial.amount, result.excess_initial) == (4800.0, 0.0)
    assert result.capital_to_open == pytest.approx(4800.0 + value(put))
    assert result.warnings == ()


def test_what_is_bought_costs_what_it_is_worth_and_backs_nothing():
    for bought in (Position(option("call", 3600.0), 3.0), Position(POOL, 2.0)):
        result = asked(bought)
        assert result.initial.amount == result.equity.amount == 0.0
        assert result.capital_to_open == pytest.approx(value(bought))


def test_a_perpetual_sold_takes_its_coins_and_one_held_its_price():
    assert asked(Position(PERPETUAL, -2.0)).initial.amount == 2.0 * SPOT
    assert asked(Position(PERPETUAL, 2.0, 2900.0)).initial.amount == 2.0 * SPOT
    assert asked(Position(PERPETUAL, 2.0, 2900.0)).equity.amount == pytest.approx(200.0)
    # two in one contract are one; a perpetual and a future are not
    assert asked(Position(PERPETUAL, 2.0), Position(PERPETUAL, -2.0)).initial.amount == 0.0
    both = asked(Position(PERPETUAL, 2.0), Position(Future("ETH", EXPIRY), -2.0))
    assert both.initial.amount == 4.0 * SPOT


sizes = st.floats(0.1, 10.0)
strikes = st.floats(1000.0, 6000.0)


@given(sizes, sizes, strikes, strikes, st.sampled_from(Right))
@settings(max_examples=60)
def test_one_sold_and_one_bought_take_what_the_vault_contract_asks(
    sold, bought, short, long, right
):
    # Gamma Protocol, MarginCalculator.sol: put and call spread margin
    positions = (
        Position(option(right, short), -sold),
        Position(option(right, long), bought),
    )
    if right is Right.PUT:
        expected = max(sold * short - long * min(sold, bought), 0.0)
    else:
        coins = max((long - short) * sold / long, sold - bought, 0.0)
        expected = coins * SPOT
    if short != long:
        assert asked(*positions).initial.amount == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(
    st.lists(
        st.tuples(st.sampled_from(Right), st.integers(10, 60), st.integers(-5, 5).filter(bool)),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=60)
def test_what_it_asks_pays_at_every_settlement_and_no_less_would(legs):
    """Hold exactly what is asked, in coins and in cash, and settle the options at many prices."""
    positions = [Position(option(r, 100.0 * k), float(size)) for r, k, size in legs]
    result = asked(*positions)
    coins = sum(line.parts[0].amount for line in result.initial.parts if "to hold" in line.label)
    cash = sum(line.amount for line in result.initial.parts if "puts" in line.label)
    assert result.initial.amount == pytest.approx(coins * SPOT + cash)
    calls, puts = [], []
    for price in [1e-6, *range(1, 12_000, 50), *(100 * k for _, k, _ in legs), 10**9]:
        owed = dict.fromkeys(Right, 0.0)
        for right, strike, size in legs:
            sign = 1.0 if right is Right.CALL else -1.0
            owed[right] -= size * max(sign * (price - 100.0 * strike), 0.0)
        calls.append(coins - owed[Right.CALL] / price)
        puts.append(cash - owed[Right.PUT])
    assert min(calls) >= -1e-9
    assert min(puts) >= -1e-6
    assert min(calls) == pytest.approx(0.0, abs=1e-4)
    assert min(puts) == pytest.approx(0.0, abs=1e-4)


def test_another_expiry_and_the_other_right_relieve_nothing():
    sold = Position(option("call", 3600.0), -1.0)
    assert asked(sold, Position(option("call", 3600.0, LATER), 1.0)).initial.amount == SPOT
    assert asked(sold, Position(option("put", 3600.0), -1.0)).initial.amount == SPOT + 3600.0


def test_missing_coins_and_missing_cash_are_said():
    call, put = Position(option("call", 3600.0), -1.5), Position(option("put", 2400.0), -1.0)
    (told,) = asked(call, balances=(Balance("USD", 10_000.0), Balance("ETH", 0.5))).warnings
    assert told.startswith("Short of 1 ETH: ")
    (told,) = asked(put, balances=(Balance("ETH", 10.0), Balance("USD", 400.0))).warnings
    assert told.startswith("Short of 2,000.00 USD in cash: ")


def test_more_cover_than_any_loss_is_a_parameter():
    p = overridden(PUBLISHED, {"call_cover": "1.5", "put_cover": "1.1"}, "full_collateral")
    p = overridden(p, {"notional_cover": "2"}, "full_collateral")
    assert asked(Position(option("call", 3600.0), -1.0), p=p).initial.amount == 1.5 * SPOT
    assert asked(Position(option("put", 2400.0), -1.0), p=p).initial.amount == pytest.approx(2640.0)
    assert asked(Position(PERPETUAL, 1.0), p=p).initial.amount == 2.0 * SPOT


def test_a_haircut_of_ones_own_counts_in_its_phase():
    cash = Balance("USD", 3000.0, Haircut(0.1, 0.2))
    result = asked(Position(option("put", 2400.0), -1.0), balances=(cash,))
    assert result.equity.amount == pytest.approx(2700.0)
    assert result.initial.amount == pytest.approx(2700.0)
    assert result.maintenance.amount == 2400.0


@pytest.mark.parametrize(
    ("position", "reason"),
    [
        (Position(option("call", 3600.0, margin_type=MarginType.INVERSE), 1.0), "settled in coin"),
        (Position(option("call", 3600.0, style=Style.AMERICAN), 1.0), "an American option"),
        (Position(Stock("ETH"), 1.0), "coins held are collateral"),
        (Position(Stock("XYZ"), 1.0), "on equity, no coin"),
        (Position(LpRange("XYZ", 40.0, 60.0, 100.0), 1.0), "liquidity in no coin"),
        (Position(POOL, -1.0), "liquidity owed"),
    ],
)
def test_what_no_vault_holds_is_refused_by_name(position, reason):
    with pytest.raises(NotCoveredError, match=reason) as refused:
        asked(position)
    assert position.label in str(refused.value)


def test_coins_owed_are_refused_and_cash_owed_is_not():
    put = Position(option("put", 2400.0), -1.0)
    with pytest.raises(NotCoveredError, match=r"-1 ETH: a debt"):
        asked(put, balances=(Balance("ETH", -1.0),))
    assert asked(put, balances=(Balance("USD", -100.0),)).excess_initial == -2500.0


def test_it_reports_in_the_form_of_every_methodology():
    result = METHODOLOGY(account(Position(POOL, 1.0)), MARKET)
    assert (result.methodology, result.scenarios) == ("full_collateral", ())
    assert result.sources
