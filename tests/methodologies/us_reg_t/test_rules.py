"""The rules of single positions and of what covers them, each at its edge."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from margin_core.book.instruments import (
    AssetClass,
    Style,
    Underlying,
)
from margin_core.book.portfolio import AccountType
from margin_core.errors import ParameterError
from margin_core.methodologies.us_reg_t import margin, pairings
from margin_core.methodologies.us_reg_t.account import DEPOSIT, named
from margin_core.methodologies.us_reg_t.legs import add_months
from tests.methodologies.us_reg_t.accounts import (
    NOW,
    PROVEN,
    SPX,
    SPY,
    XYZ,
    account,
    asks,
    leg,
    stock,
    strategies,
)


@pytest.mark.parametrize(
    ("price", "keeps"),
    [
        (100.0, 3_000.0),  # 30 %
        (16.66, 500.0),  # 5 dollars a share exceed 30 % below 16.67
        (5.0, 500.0),
        (4.99, 499.0),  # all of the market value below 5 dollars
        (2.0, 250.0),  # at least 2.50 a share
    ],
)
def test_short_stock_is_kept_at_the_tier_of_its_price(price, keeps):
    deposit, keep = asks(stock(-100), spot=price)
    assert keep == pytest.approx(keeps)
    assert deposit == pytest.approx(50.0 * price)


def test_opening_asks_for_maintenance_where_that_is_more():
    # FINRA 4210(b): a share short at 2 dollars takes 1 under Reg T and 2.50 under the exchange
    result = margin(*account(stock(-100), spot=2.0))
    assert named(result.initial, DEPOSIT) == pytest.approx(100.0)
    assert result.initial.amount == pytest.approx(250.0)


def test_leveraged_funds_ask_a_multiple_of_the_maintenance_up_to_all():
    triple = Underlying("XYZ", AssetClass.ETF_BROAD, leverage=-3.0)
    fivefold = replace(triple, leverage=5.0)
    assert asks(stock(100), facts=(triple,))[1] == pytest.approx(7_500.0)
    assert asks(stock(-100), facts=(triple,))[1] == pytest.approx(9_000.0)
    assert asks(stock(100), facts=(fivefold,))[1] == pytest.approx(10_000.0)
    result = margin(*account(stock(100), facts=(triple,)))
    assert any("leveraged" in warning for warning in result.warnings)


def test_a_fund_that_moves_less_than_its_index_has_the_plain_requirements():
    half = Underlying("XYZ", AssetClass.ETF_BROAD, leverage=-0.5)
    assert asks(stock(100), facts=(half,))[1] == pytest.approx(2_500.0)
    assert asks(stock(-100), facts=(half,))[1] == pytest.approx(3_000.0)
    assert asks(leg(-1, "put", 50.0, 1.0, on=half), facts=(half,))[1] == pytest.approx(500.0)
    assert not any("leveraged" in w for w in margin(*account(stock(100), facts=(half,))).warnings)


def test_stock_that_may_not_be_margined_is_paid_in_full_whatever_hedges_it():
    plain = replace(XYZ, marginable=False)
    assert asks(stock(100), facts=(plain,)) == pytest.approx((10_000.0, 10_000.0))
    hedged = asks(stock(100), leg(1, "put", 100.0, 2.0, on=plain), facts=(plain,))
    assert hedged == pytest.approx((10_200.0, 10_200.0))


@pytest.mark.parametrize(
    ("kind", "percent"),
    [
        (AssetClass.EQUITY, 0.20),
        (AssetClass.ETF_BROAD, 0.15),
        (AssetClass.ETF_NARROW, 0.20),
        (AssetClass.ETN, 0.20),
        (AssetClass.INDEX_BROAD, 0.15),
        (AssetClass.INDEX_NARROW, 0.20),
        (AssetClass.INDEX_VOLATILITY, 0.20),
    ],
)
def test_each_class_of_underlying_has_its_percentage(kind, percent):
    on = Underlying("XYZ", kind)
    deposit, keep = asks(leg(-2, "call", 103.0, 1.0, on=on), facts=(on,))
    assert deposit == keep == pytest.approx(2 * 100.0 * (100.0 * percent - 3.0))
    least = asks(leg(-2, "call", 150.0, 0.1, on=on), facts=(on,))[1]
    assert least == pytest.approx(2 * 100.0 * 10.0)


def test_the_minimum_of_a_put_is_a_tenth_of_its_exercise_price():
    assert asks(leg(-1, "put", 70.0, 0.2))[1] == pytest.approx(700.0)


def test_a_short_put_never_asks_more_than_its_exercise_price():
    # the stock at 5: 95 for the put, 10 % of 100 on top would exceed the 100 it can cost
    deposit, keep = asks(leg(-1, "put", 100.0, 95.0), spot=5.0)
    assert deposit == keep == pytest.approx(10_000.0 - 9_500.0)


def test_otc_options_are_margined_by_what_they_are_in_the_money():
    # 30 % of 100 and 4 in the money, less the 6 that the writer received
    deposit, keep = asks(leg(-1, "call", 96.0, 6.0, otc=True))
    assert deposit == keep == pytest.approx(100.0 * (30.0 + 4.0 - 6.0))
    result = margin(*account(leg(-1, "call", 96.0, 6.0, otc=True)))
    assert any("OTC" in warning for warning in result.warnings)


def test_nine_months_are_calendar_months():
    assert add_months(date(2026, 5, 31), 9) == date(2027, 2, 28)
    assert add_months(date(2026, 1, 2), 9) == date(2026, 10, 2)
    assert add_months(date(2026, 12, 1), 1) == date(2027, 1, 1)
    # 2 October 2026 is nine months from 2 January, 273 days on; the next day exceeds them
    nine, beyond = (datetime(2026, 10, day, 20, tzinfo=UTC) - NOW for day in (2, 3))
    for wait, share in ((nine, 1.0), (beyond, 0.75)):
        days = wait / timedelta(days=1)
        assert asks(leg(1, "call", 100.0, 8.0, days=days)) == pytest.approx((share * 800,) * 2)


def test_notes_and_european_otc_options_have_no_loan_value():
    note = Underlying("XYZ", AssetClass.ETN)
    assert asks(leg(1, "call", 100.0, 8.0, days=400, on=note), facts=(note,))[0] == 800.0
    european = leg(1, "call", 100.0, 8.0, days=400, otc=True, style=Style.EUROPEAN)
    assert asks(european)[0] == 800.0


def test_an_otc_option_lends_on_what_it_is_in_the_money_only():
    # Cboe manual p26: 75 % of 4 and all of the remaining 0.50
    deposit, keep = asks(leg(1, "call", 75.0, 4.5, days=365, otc=True), spot=79.0)
    assert deposit == keep == pytest.approx(350.0)


def test_a_long_option_in_a_spread_lends_nothing():
    legs = leg(1, "call", 100.0, 12.0, days=400), leg(-1, "call", 120.0, 3.0)
    assert asks(*legs) == pytest.approx((900.0, 900.0))
    assert strategies(*legs) == ["call diagonal spread"]


def test_a_short_option_has_no_loan_value_to_lose_in_a_group():
    # 28 wide against 30 uncovered; the long call lends 0.25 alone, the short one nothing
    legs = leg(-1, "call", 100.0, 10.0, days=350), leg(1, "call", 128.0, 1.0, days=350)
    assert strategies(*legs) == ["call credit spread"]
    assert asks(*legs) == pytest.approx((2_800.0 - 1_000.0 + 100.0,) * 2)


def test_an_odd_lot_covers_its_part_of_a_contract():
    # interpretation (f)(2)(F)(ii)/04: 50 shares cover half a call, the other half is uncovered
    deposit, keep = asks(stock(50), leg(-1, "call", 100.0, 3.0))
    assert deposit == pytest.approx(2_500.0 + 0.5 * 2_300.0 - 300.0)
    assert keep == pytest.approx(1_250.0 + 0.5 * 2_300.0 - 300.0)


def test_an_odd_lot_covers_no_part_in_a_cash_account():
    legs = stock(50), leg(-1, "call", 100.0, 3.0)
    made = account(*legs, account_type=AccountType.CASH)
    assert [p.strategy for p in pairings(*made)] == ["uncovered short option", "long stock"]


def test_whole_lots_are_not_split_over_two_hedges():
    # two lots, one put: the second lot is margined plain, not both by half
    groups = strategies(stock(200), leg(1, "put", 95.0, 1.0))
    assert groups == ["protective put", "long stock"]


def test_a_call_relieves_a_short_sale_only_up_to_the_price_of_the_sale():
    # Reg T 220.12(c)(2), per lot: 100 sold at 110 are fixed by the call at 105, 100 sold at 90 not
    legs = stock(-100, sold=110.0), stock(-100, sold=90.0), leg(2, "call", 105.0, 1.0)
    assert asks(*legs)[0] == pytest.approx(5_000.0 + 200.0)


def test_a_covered_call_in_the_money_counts_stock_up_to_its_exercise_price():
    # 25 % of 80, 20 beyond the exercise price, 21 received
    assert asks(stock(100), leg(-1, "call", 80.0, 21.0))[1] == pytest.approx(100.0 * (20 + 20 - 21))


def test_long_and_short_of_one_series_or_stock_cancel():
    legs = leg(3, "call", 100.0, 3.0), leg(-1, "call", 100.0, 3.0), stock(150), stock(-50)
    netted = leg(2, "call", 100.0, 3.0), stock(100)
    assert asks(*legs) == asks(*netted)


def test_fractional_contracts_are_paired_in_fractions_and_named():
    legs = leg(0.5, "call", 95.0, 7.0), leg(-0.5, "call", 105.0, 2.0)
    assert asks(*legs)[1] == pytest.approx(250.0)
    assert any("fraction" in warning for warning in margin(*account(*legs)).warnings)


def test_mini_and_standard_contracts_spread_by_units():
    legs = leg(10, "call", 95.0, 7.0, multiplier=10.0), leg(-1, "call", 105.0, 2.0)
    assert asks(*legs)[1] == pytest.approx(700.0 - 200.0)
    assert strategies(*legs) == ["call debit spread"]


def test_mini_and_standard_contracts_straddle_by_units():
    legs = leg(-10, "put", 100.0, 4.0, multiplier=10.0), leg(-1, "call", 100.0, 4.0)
    assert strategies(*legs) == ["short straddle"]
    assert asks(*legs)[1] == pytest.approx(2_000.0)


def test_nothing_is_spread_across_styles_or_venues():
    american, european = (
        leg(-1, "call", 105.0, 2.0),
        leg(1, "call", 95.0, 7.0, style=Style.EUROPEAN),
    )
    assert "uncovered short option" in strategies(american, european)
    assert "uncovered short option" in strategies(american, leg(1, "call", 95.0, 7.0, otc=True))


DIAGONAL = leg(-1, "call", 100.0, 0.0, days=30), leg(1, "call", 105.0, 0.0, days=60)
TWO_DATES = (
    leg(-1, "call", 100.0, 0.0, days=30),
    leg(1, "call", 105.0, 0.0, days=30),
    leg(-1, "put", 100.0, 0.0, days=60),
    leg(1, "put", 95.0, 0.0, days=60),
)


@pytest.mark.parametrize(
    ("legs", "policy", "keeps"),
    [
        (DIAGONAL, "single", 2_000.0),
        (DIAGONAL, "nearest_long", 500.0),
        (DIAGONAL, "cboe_pairwise", 500.0),
        (TWO_DATES, "single", 1_000.0),
        (TWO_DATES, "nearest_long", 1_000.0),  # the put outlives the long call
        (TWO_DATES, "cboe_pairwise", 500.0),
    ],
)
def test_expiry_policies_differ_in_what_one_spread_may_mix(legs, policy, keeps):
    assert asks(*legs, p=replace(PROVEN, expiry_policy=policy))[1] == pytest.approx(keeps)


def test_an_unknown_expiry_policy_is_refused():
    with pytest.raises(ParameterError, match="no expiry policy 'any'"):
        asks(leg(-1, "call", 100.0, 3.0), p=replace(PROVEN, expiry_policy="any"))


# Index options against a fund


def fund_account(fund, *legs):
    return account(
        stock(1_000, on=fund), *legs, facts=(SPX, fund), spots={"SPX": 1000.0, fund.symbol: 100.0}
    )


@pytest.mark.parametrize(
    ("fund", "covers"),
    [
        (SPY, True),
        (replace(SPY, asset_class=AssetClass.ETN), False),
        (replace(SPY, leverage=2.0), False),
        (replace(SPY, index="NDX"), False),
    ],
)
def test_only_a_plain_fund_on_the_index_covers_its_calls(fund, covers):
    short = leg(-1, "call", 1050.0, 10.0, on=SPX)
    groups = [p.strategy for p in pairings(*fund_account(fund, short))]
    assert ("short index call against a fund" in groups) is covers
