"""Balances become collateral: haircuts, tiers, phases, debts and assets not taken."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.portfolio import Balance, Haircut, Portfolio
from margin_core.errors import MarketDataError, ParameterError
from margin_core.margin.figure import Rule
from margin_core.margin.haircuts import NOT_TAKEN, Tier, collateral, flat, rated
from margin_core.market.snapshot import Market, Quote
from tests.lines import every, readd

MARKET = Market(
    datetime(2026, 1, 2, 21, tzinfo=UTC),
    quotes=(Quote("BTC", 50_000.0),),
    prices=(("USDC", 1.0), ("ABC", 2.0)),
)
TERMS = {"USD": flat(0.0), "USDC": flat(0.0), "BTC": flat(0.05)}


def counted(*balances, terms=TERMS):
    return collateral(
        Portfolio(balances=balances), MARKET, lambda b: terms.get(b.asset, NOT_TAKEN), source="h#1"
    )


def test_a_coin_counts_less_its_haircut_and_cash_in_full():
    answer = counted(Balance("USD", 1_000.0), Balance("BTC", 2.0))
    assert answer.counted.amount == pytest.approx(1_000.0 + 100_000.0 * 0.95)
    assert answer.deductions == pytest.approx((0.0, 5_000.0))
    assert answer.not_counted == pytest.approx(5_000.0)
    assert answer.initial_charge.amount == answer.maintenance_charge.amount == 0.0
    assert answer.warnings == ()


def test_a_debt_counts_in_full_whatever_its_haircut_says():
    answer = counted(
        Balance("BTC", -1.0), Balance("ABC", -10.0), Balance("USD", -5.0, Haircut(0.5, 0.5))
    )
    assert answer.counted.amount == -50_000.0 - 20.0 - 5.0
    assert answer.not_counted == 0.0
    assert answer.warnings == ()


def test_an_asset_not_taken_counts_for_nothing_and_is_named():
    answer = counted(Balance("ABC", 100.0), Balance("USD", 1.0))
    assert answer.counted.amount == 1.0
    assert answer.not_counted == 200.0
    assert answer.warnings == ("+100 ABC is not taken as collateral here",)


def test_the_haircut_of_the_balance_itself_replaces_the_table():
    answer = counted(Balance("BTC", 1.0, Haircut(0.2, 0.2)), Balance("ABC", 1.0, Haircut(0.0, 0.0)))
    assert answer.counted.amount == pytest.approx(40_000.0 + 2.0)


def test_the_part_of_a_haircut_that_one_phase_has_alone_is_a_charge_of_that_phase():
    answer = counted(Balance("BTC", 1.0, Haircut(maintenance=0.1, initial=0.25)))
    assert answer.counted.amount == pytest.approx(45_000.0)
    assert answer.initial_charge.amount == pytest.approx(0.15 * 50_000.0)
    assert answer.maintenance_charge.amount == 0.0
    swapped = counted(Balance("BTC", 1.0, Haircut(maintenance=0.25, initial=0.1)))
    assert swapped.maintenance_charge.amount == pytest.approx(0.15 * 50_000.0)
    assert swapped.initial_charge.amount == 0.0


def test_tiers_are_marginal_and_used_up_by_all_balances_of_the_asset():
    # Bybit's help-page table: 2 % up to 10 BTC, 5 % up to 20, nothing beyond, shortened
    tiers = (Tier(Haircut(0.02, 0.02), 10.0), Tier(Haircut(0.05, 0.05), 20.0))
    answer = counted(Balance("BTC", 8.0), Balance("BTC", 16.0), terms={"BTC": tiers})
    kept = 10.0 * 0.98 + 10.0 * 0.95
    assert answer.counted.amount == pytest.approx(kept * 50_000.0)
    assert answer.warnings == ("25.0% of +16 BTC is not taken as collateral here",)
    assert answer.deductions == pytest.approx(
        (8.0 * 0.02 * 50_000.0, (2.0 * 0.02 + 10.0 * 0.05 + 4.0) * 50_000.0)
    )


def test_an_asset_without_a_price_is_refused_by_name():
    with pytest.raises(MarketDataError, match="no price for ETH"):
        counted(Balance("ETH", 1.0))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.builds(
            Balance,
            asset=st.sampled_from(["USD", "USDC", "BTC", "ABC"]),
            amount=st.floats(-1e6, 1e6),
            haircut=st.none() | st.builds(Haircut, st.floats(0.0, 1.0), st.floats(0.0, 1.0)),
        ),
        max_size=5,
    )
)
def test_every_line_re_adds_and_no_haircut_adds_value(balances):
    answer = counted(*balances)
    for line in (answer.counted, answer.initial_charge, answer.maintenance_charge):
        assert readd(line) == pytest.approx(line.amount, abs=1e-4)
        assert {part.rule for part in every(line)} <= {Rule.GIVEN, Rule.TOTAL, Rule.SCALED}
    assert all(d >= -1e-6 for d in answer.deductions)
    assert answer.initial_charge.amount >= 0.0
    full = sum(b.amount * MARKET.price(b.asset, "USD") for b in balances)
    assert answer.counted.amount + answer.not_counted == pytest.approx(full, abs=1e-4)


def test_the_balance_lines_cite_the_source_of_the_haircut():
    line = counted(Balance("BTC", 1.0)).counted.parts[0]
    assert line.label == "+1 BTC"
    assert [(part.label, part.source) for part in line.parts] == [
        ("+1 BTC", ""),
        ("Haircut 5 %", "h#1"),
    ]


def test_a_rate_is_one_number_or_tiers_and_each_leaves_a_haircut():
    assert rated(0.75, "x") == (Tier(Haircut(0.25, 0.25)),)
    tiers = rated(((10.0, 1.0), (20.0, 0.5)), "x")
    assert tiers == (Tier(Haircut(0.0, 0.0), 10.0), Tier(Haircut(0.5, 0.5), 20.0))
    assert [tier.upper for tier in rated(((10.0, 1.0), (20.0, 0.5)), "x", 4.0)] == [2.5, 5.0]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("high", "'high' is no rate"),
        ((0.9, 0.8), "is no rate"),
        (((10.0, "much"),), "is no rate"),
        (((10.0, 0.9, 0.8),), "is no rate"),
        (1.5, "not from 0 to 1"),
        (((10.0, 0.9), (20.0, -0.1)), "not from 0 to 1"),
        (((20.0, 0.9), (10.0, 0.8)), "do not rise"),
    ],
)
def test_what_is_no_rate_is_refused_at_its_place(value, message):
    with pytest.raises(ParameterError, match=message) as error:
        rated(value, "book.rate.X")
    assert error.value.fault.where == "book.rate.X"
