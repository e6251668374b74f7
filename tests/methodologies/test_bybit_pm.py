"""Bybit portfolio margin against what it prints, a slow loop written apart, and its promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import (
    AssetClass,
    Future,
    MarginType,
    Option,
    Perpetual,
    Right,
    Underlying,
)
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.errors import MarketDataError, NotCoveredError, ParameterError
from margin_core.margin import parameters
from margin_core.margin.parameters import NOT_PUBLISHED, Table
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies.bybit_pm import METHODOLOGY, PUBLISHED, cross, margin
from tests import slow
from tests.lines import starting

NOW = datetime(2025, 2, 10, 8, tzinfo=UTC)
COINS = tuple(Underlying(coin, AssetClass.CRYPTO) for coin in ("BTC", "ETH", "SOL"))
SPOT, RATE, VOL = 90_000.0, 0.03, 0.55
MARKET = Market(
    NOW,
    (
        Quote("BTC", SPOT, rate=RATE, volatility=VOL),
        Quote("ETH", 3_000.0, rate=RATE, volatility=0.7),
        Quote("SOL", 150.0, volatility=0.9),
    ),
    prices=(("USDT", 0.9996), ("USDC", 1.0001)),
)
GIVEN = replace(
    PUBLISHED,
    **{
        name: Table((("other", rate),))
        for name, rate in (
            ("short_option_rate", 0.01),
            ("basis_rate", 0.45),
            ("contract_rate", 0.002),
            ("initial_factor", 1.2),
        )
    },
    stable_spread_rate=0.005,
    borrow_maintenance=0.04,
    borrow_initial=0.1,
)
HEDGING = replace(GIVEN, spot_hedging=True)


def account(*positions, balances=()):
    return Portfolio(tuple(positions), tuple(balances), COINS)


def perpetual(quantity, quote="USDT", coin="BTC"):
    return Position(Perpetual(coin, quote_currency=quote), quantity)


def inverse(dollars):
    return Position(Perpetual("BTC", 10.0, MarginType.INVERSE), dollars / 10.0)


def option(right, strike, days, quantity):
    return Position(Option("BTC", right, strike, NOW + timedelta(days=days)), quantity)


def amount(result, label):
    return starting(result.maintenance, label).amount


def charge(result, label):
    """Return a part of the contingency, 0 where it does not occur."""
    found = starting(starting(result.maintenance, "Contingency"), label)
    return found.amount if found else 0.0


# --- published figures -----------------------------------------------------------------------


def test_a_short_option_in_cross_margin_is_asked_what_the_help_prints():
    # Bybit help, Initial and Maintenance Margin Calculation (Options), 2023-12-04, example 1
    maintained = cross.maintenance(30_000.0, 300.0, 0.03, PUBLISHED)
    assert maintained == pytest.approx(1_260.0, rel=1e-12)
    assert maintained / 10_000.0 == pytest.approx(0.126, rel=1e-12)


def test_the_sold_leg_of_the_printed_spread_is_asked_what_the_help_prints():
    # Bybit help, Comparison of Spread Strategies, 2024-10-23: index 20,250, strike 18,500 put
    maintained = cross.maintenance(20_250.0, 290.0, 0.03, PUBLISHED)
    assert maintained == pytest.approx(938.0, abs=0.5)
    asked = cross.initial(20_250.0, 1_750.0, 290.0, maintained, PUBLISHED)
    assert asked == pytest.approx(2_315.0, abs=0.5)


def test_a_fee_to_buy_an_option_is_capped_by_its_price():
    # the form of Bybit's fee, min(taker x index, 12.5 % of the price)
    assert cross.to_buy(30_000.0, 500.0, 0.0003, PUBLISHED) == (500.0, pytest.approx(9.0))
    assert cross.to_buy(30_000.0, 20.0, 0.0003, PUBLISHED) == (20.0, pytest.approx(2.5))


def test_coins_count_by_the_tiers_of_the_help_s_example():
    # Assets' Collateral Value Ratio List, 2025-09-18
    result = margin(account(balances=[Balance("BTC", 55.0), Balance("USDT", 1e5)]), MARKET)
    coins = 10 * (0.98 + 0.95 + 0.90 + 0.85 + 0.80)
    assert result.equity.amount == pytest.approx(coins * SPOT + 1e5 * 0.9996)
    assert result.collateral_not_counted == pytest.approx((55.0 - coins) * SPOT)


# --- a second implementation: scalars and loops, the rules written out anew -------------------


def slow_value(position, spot, vol):
    option = position.instrument
    return slow.on_spot(option, spot, slow.years(NOW, option.expiry), vol, RATE)


def slow_pnl(position, spot, vol):
    match position.instrument:
        case Option():
            return position.units * (
                slow_value(position, spot, vol) - slow_value(position, SPOT, VOL)
            )
        case Perpetual(margin_type=MarginType.INVERSE):
            return position.units * (1 / SPOT - 1 / spot) * spot
        case _:
            return position.units * (spot - SPOT)


def slow_maximum_loss(book, coins=0.0):
    worst = 0.0
    for step, shift in product(range(-5, 6), (-0.25, 0.0, 0.33)):
        spot, vol = SPOT * (1 + 0.02 * step), VOL * (1 + shift)
        pnl = coins * (spot - SPOT) + sum(slow_pnl(position, spot, vol) for position in book)
        worst = max(worst, -pnl)
    return worst


def slow_vega(position):
    step = 1e-4
    up, down = (slow_value(position, SPOT, VOL + shift) for shift in (step, -step))
    return position.units * (up - down) / (2 * step)


options = st.builds(
    option,
    st.sampled_from(Right),
    st.sampled_from((70_000.0, 90_000.0, 105_000.0)),
    st.sampled_from((2, 20, 45, 200)),
    st.integers(-20, 20).filter(bool).map(float),
)
books = st.lists(
    options
    | st.integers(-20, 20).filter(bool).map(float).map(perpetual)
    | st.integers(-50, 50).filter(bool).map(lambda lots: inverse(10_000.0 * lots)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40)
@given(books)
def test_the_maximum_loss_equals_that_of_a_slow_loop(book):
    result = margin(account(*book), MARKET, GIVEN)
    assert amount(result, "Maximum loss") == pytest.approx(
        slow_maximum_loss(book), rel=1e-8, abs=1e-5
    )


@settings(max_examples=20)
@given(books)
def test_initial_margin_is_its_factor_times_the_sum_of_loss_and_contingency(book):
    result = margin(account(*book), MARKET, GIVEN)
    parts = amount(result, "Maximum loss") + amount(result, "Contingency")
    assert result.maintenance.amount == pytest.approx(parts)
    assert result.initial.amount == pytest.approx(1.2 * parts)


def test_the_contingency_is_five_rates_of_amounts_in_the_book():
    near, far = option(Right.CALL, 90_000.0, 20, -4.0), option(Right.CALL, 90_000.0, 110, 3.0)
    book = (near, far, perpetual(2.0, "USDC"), inverse(-90_000.0), perpetual(-1.0, "USDT"))
    result = margin(account(*book), MARKET, GIVEN)
    assert charge(result, "Net short options") == pytest.approx(0.01 * 1.0 * SPOT)
    hedged = min(-slow_vega(near), slow_vega(far))
    assert charge(result, "Vega spread") == pytest.approx(0.0003 * 90 * hedged, rel=1e-6)
    assert charge(result, "Perpetuals and futures") == pytest.approx(0.002 * 4.0 * SPOT)


def test_contracts_in_different_dollars_are_charged_for_what_they_hedge():
    book = (perpetual(3.0, "USDC"), perpetual(-1.0, "USDT"), inverse(-90_000.0))
    assert charge(margin(account(*book), MARKET, GIVEN), "Stablecoin") == pytest.approx(
        0.005 * 2.0 * SPOT
    )


def test_expiries_are_charged_for_what_they_hedge_by_the_time_between_them():
    def future(days, quantity):
        return Position(Future("BTC", NOW + timedelta(days=days), quote_currency="USDT"), quantity)

    flat = replace(MARKET, quotes=(Quote("BTC", SPOT),))
    book = (future(73, 2.0), future(146, -3.0), perpetual(1.0))
    # earliest long against the short first: 1 over 146 days, 2 over 73
    years = 1.0 * 0.4 + 2.0 * 0.2
    result = margin(account(*book), flat, GIVEN)
    assert charge(result, "Delta spread") == pytest.approx(0.45 * years * SPOT)


def test_coins_held_hedge_only_where_spot_hedging_is_on():
    book = account(perpetual(-5.0), balances=[Balance("BTC", 3.0)])
    off, on = margin(book, MARKET, GIVEN), margin(book, MARKET, HEDGING)
    assert amount(off, "Maximum loss") == pytest.approx(0.10 * 5.0 * SPOT)
    assert amount(on, "Maximum loss") == pytest.approx(0.10 * 2.0 * SPOT)
    # what the stress moves takes no haircut besides
    assert off.collateral_not_counted == pytest.approx(0.02 * 3.0 * SPOT)
    assert on.collateral_not_counted == 0.0
    assert any("spot hedging is off" in warning for warning in off.warnings)
    assert not any("spot hedging is off" in warning for warning in on.warnings)


@settings(max_examples=25)
@given(st.floats(-20.0, 20.0), st.floats(0.1, 30.0))
def test_coins_never_raise_the_loss_of_what_they_hedge(quantity, coins):
    alone = margin(account(perpetual(quantity)), MARKET, HEDGING)
    balances = [Balance("BTC", coins)]
    covered = margin(account(perpetual(quantity), balances=balances), MARKET, HEDGING)
    assert amount(covered, "Maximum loss") <= amount(alone, "Maximum loss") + 1e-6


# --- promises --------------------------------------------------------------------------------


@settings(max_examples=25)
@given(books, st.floats(0.1, 1.0))
def test_closing_a_part_of_every_position_never_raises_the_maximum_loss(book, share):
    smaller = [replace(position, quantity=position.quantity * share) for position in book]
    before, after = (margin(account(*each), MARKET, GIVEN) for each in (book, smaller))
    assert amount(after, "Maximum loss") <= amount(before, "Maximum loss") + 1e-6


@settings(max_examples=25)
@given(books, st.sampled_from((0.5, 3.0)))
def test_every_part_grows_in_proportion_to_the_book(book, factor):
    scaled = [replace(position, quantity=position.quantity * factor) for position in book]
    one, other = (margin(account(*each), MARKET, GIVEN) for each in (book, scaled))
    assert other.maintenance.amount == pytest.approx(
        factor * one.maintenance.amount, rel=1e-9, abs=1e-6
    )


@settings(max_examples=25)
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(1.0, 1e4))
def test_a_lower_collateral_ratio_never_raises_equity(first, second, coins):
    equity = []
    for ratio in sorted((first, second)):
        p = replace(PUBLISHED, collateral_ratio=Table((("other", ratio),)))
        equity.append(margin(account(balances=[Balance("ETH", coins)]), MARKET, p).equity.amount)
    assert equity[0] <= equity[1] + 1e-9


def test_long_options_need_the_factor_of_initial_margin_alone():
    book = account(option(Right.CALL, 90_000.0, 20, 1.0), balances=[Balance("USD", 1e4)])
    with pytest.raises(NotCoveredError, match="BTC: the factor of initial margin") as caught:
        margin(book, MARKET)
    (_, path), *others = (part.split() for part in str(caught.value).split("Give")[1:])
    assert (path, others) == ("bybit_pm.initial_factor.BTC=...", [])
    p = parameters.overridden(PUBLISHED, {"initial_factor.BTC": "1.3"}, "bybit_pm")
    result = margin(book, MARKET, p)
    assert result.initial.amount == pytest.approx(1.3 * result.maintenance.amount)
    assert result.maintenance.amount > 0.0
    assert amount(result, "Contingency") == 0.0
    assert any("stress is assumed" in warning for warning in result.warnings)
    # portfolio margin counts the option's value
    value = slow_value(book.positions[0], SPOT, VOL)
    assert result.equity.amount == pytest.approx(1e4 + value)


def test_the_older_range_is_a_profile():
    book = account(perpetual(1.0))
    older = replace(GIVEN, spot_range=METHODOLOGY.profiles["before_2025_01_10"].spot_range)
    assert amount(margin(book, MARKET, older), "Maximum loss") == pytest.approx(0.15 * SPOT)


def test_a_balance_s_own_haircut_goes_before_the_ratios():
    result = margin(account(balances=[Balance("BTC", 2.0, Haircut(0.1, 0.25))]), MARKET)
    assert result.equity.amount == pytest.approx(0.9 * 2.0 * SPOT)
    assert result.initial.amount == pytest.approx(0.15 * 2.0 * SPOT)


def test_an_asset_without_a_known_ratio_counts_nothing_and_is_named():
    result = margin(account(balances=[Balance("SOL", 10.0), Balance("USD", 5.0)]), MARKET)
    assert result.equity.amount == 5.0
    assert any(
        warning.startswith("SOL: no collateral ratio") and "collateral_ratio.other" in warning
        for warning in result.warnings
    )
    two = margin(account(balances=[Balance("SOL", 10.0), Balance("ETH", 1.0)]), MARKET)
    assert two.warnings[-1].endswith(
        "-p bybit_pm.collateral_ratio.other=... -p bybit_pm.collateral_ratio.ETH=..."
    )


# --- what it says and refuses ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("position", "lacking"),
    [
        (perpetual(1.0), "-p bybit_pm.contract_rate.BTC="),
        (option(Right.PUT, 90_000.0, 20, -1.0), "-p bybit_pm.short_option_rate.BTC="),
    ],
)
def test_what_an_account_needs_and_nobody_published_is_asked_for(position, lacking):
    with pytest.raises(NotCoveredError, match="not published") as caught:
        margin(account(position), MARKET)
    assert lacking in str(caught.value)


def test_everything_that_is_lacking_is_asked_for_at_once():
    book = account(
        perpetual(1.0), inverse(-50_000.0), option(Right.CALL, 90_000.0, 20, -1.0),
        balances=[Balance("USD", -10.0)],
    )  # fmt: skip
    with pytest.raises(NotCoveredError) as caught:
        margin(book, MARKET)
    for name in (
        "contract_rate", "short_option_rate", "stable_spread_rate", "basis_rate",
        "initial_factor", "borrow_maintenance", "borrow_initial",
    ):  # fmt: skip
        assert f"bybit_pm.{name}" in str(caught.value), name
    with pytest.raises(NotCoveredError) as caught:
        margin(account(perpetual(1.0, coin="SOL")), MARKET)
    for name in ("contract_rate", "spot_range", "initial_factor"):
        assert f"-p bybit_pm.{name}.other=..." in str(caught.value), name


def test_a_coin_whose_range_is_not_published_is_named():
    with pytest.raises(NotCoveredError, match=r"SOL: the range of its price .*spot_range\.other"):
        margin(account(perpetual(1.0, coin="SOL")), MARKET, GIVEN)


def test_what_is_owed_is_charged_at_the_rates_given():
    result = margin(account(balances=[Balance("ETH", -2.0)]), MARKET, GIVEN)
    assert result.maintenance.amount == pytest.approx(0.04 * 6_000.0)
    assert result.initial.amount == pytest.approx(0.1 * 6_000.0)


@pytest.mark.parametrize(
    ("instrument", "message"),
    [
        (Perpetual("BTC", quote_currency="EUR"), "quoted in EUR"),
        (
            Option("BTC", Right.CALL, 1e5, NOW, margin_type=MarginType.INVERSE),
            "an option settled in coin",
        ),
    ],
)
def test_what_it_does_not_cover_is_said_in_one_sentence(instrument, message):
    with pytest.raises(NotCoveredError, match=message):
        margin(account(Position(instrument, 1.0)), MARKET)


def test_an_account_in_another_currency_is_not_covered():
    with pytest.raises(NotCoveredError, match="Report in USD"):
        margin(replace(account(), currency="EUR"), MARKET)


def test_a_coin_without_a_price_is_named():
    with pytest.raises(MarketDataError, match="no price for DOGE"):
        margin(account(balances=[Balance("DOGE", 1.0)]), MARKET)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("spot_points", "4"),
        ("vol_down", "1.5"),
        ("spot_range.majors", "0.0"),
        ("option_initial", "[0.1]"),
        ("collateral_ratio.USDT", "1.2"),
        ("collateral_ratio.BTC", "[[20, 0.9], [10, 0.8]]"),
    ],
)
def test_a_parameter_of_no_use_is_refused(name, value):
    p = parameters.overridden(PUBLISHED, {name: value}, "bybit_pm")
    with pytest.raises(ParameterError):
        margin(account(balances=[Balance("USDT", 1.0), Balance("BTC", 1.0)]), MARKET, p)


def test_no_rate_is_asked_for_what_rounding_leaves_of_a_hedge():
    unknown = replace(GIVEN, stable_spread_rate=NOT_PUBLISHED, borrow_maintenance=NOT_PUBLISHED)
    lots = [perpetual(size, "USDC") for size in (0.1, 0.2, -0.3)]
    owed = [Balance("USDT", amount) for amount in (-0.1, -0.2, 0.3)]
    result = margin(account(*lots, perpetual(-1.0), balances=owed), MARKET, unknown)
    assert charge(result, "Stablecoin spread") == 0.0
    with pytest.raises(NotCoveredError, match="stablecoin spread"):
        margin(account(*lots[:2], perpetual(-1.0)), MARKET, unknown)
