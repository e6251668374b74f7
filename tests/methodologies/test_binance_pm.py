"""Binance portfolio margin against what it prints, a slow loop written apart, and its promises."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

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
from margin_core.margin.parameters import Table
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.binance_pm import METHODOLOGY, PUBLISHED, margin
from tests.lines import starting

NOW = datetime(2022, 4, 18, 8, tzinfo=UTC)
JUNE = datetime(2022, 6, 24, 8, tzinfo=UTC)
COINS = tuple(Underlying(coin, AssetClass.CRYPTO) for coin in ("BTC", "ETH"))
SPOT = 40_000.0
MARKET = Market(
    NOW,
    (Quote("BTC", SPOT, volatility=0.6), Quote("ETH", 3_000.0, volatility=0.7)),
    prices=(("USDT", 1.0), ("BNB", 400.0), ("DOT", 18.0)),
)
IN_FULL = replace(
    PUBLISHED,
    given_rate=Table((("ETH", 1.0), ("USDT", 1.0), ("BTC", 1.0))),
    unlisted_rate=1.0,
)


def account(*positions, balances=()):
    return Portfolio(tuple(positions), tuple(balances), COINS)


def perpetual(quantity, coin="BTC"):
    return Position(Perpetual(coin, quote_currency="USDT"), quantity)


def inverse(dollars, entry=None, coin="BTC"):
    contract = Perpetual(coin, 100.0, MarginType.INVERSE)
    return Position(contract, dollars / 100.0, entry, price_currency="USD")


def option(right, strike, quantity):
    return Position(Option("BTC", right, strike, JUNE), quantity)


def amount(result, label):
    return starting(result.maintenance, label).amount


# --- published figures -----------------------------------------------------------------------


def test_the_printed_account_over_three_wallets_comes_out():
    # Binance, Portfolio Margin (Pro) maintenance margin ratio calculation, example: BTC 0.1 less
    # a loan of 0.04, ETH 20 less 15, 1,000 USDT; USD-M wallet 5,000 USDT, short 0.05 BTCUSDT at
    # 52,000, long 0.04 BTCUSDT_20220624 at 52,350; COIN-M wallet 0.1 BTC, long 10,000 USD at
    # 50,000; marks 40,000, 42,000 and 40,000; every bracket 0.5 %
    swap = Perpetual("BTC", quote_currency="USDT")
    future = Future("BTC", JUNE, quote_currency="USDT")
    book = account(
        Position(swap, -0.05, 52_000.0),
        Position(future, 0.04, 52_350.0),
        inverse(10_000.0, 50_000.0),
        balances=[
            Balance("USDT", 1_000.0), Balance("BTC", 0.1), Balance("BTC", -0.04),
            Balance("ETH", 20.0), Balance("ETH", -15.0),
            Balance("USDT", 5_000.0), Balance("BTC", 0.1),
        ],
    )  # fmt: skip
    market = replace(MARKET, instruments=(InstrumentQuote(future, 42_000.0),))
    flat = ((0.0, 0.005, 100.0),)
    p = replace(
        IN_FULL,
        brackets=Table((("other", flat),)),
        inverse_brackets=Table((("other", flat),)),
        future_brackets=flat,
    )
    result = margin(book, market, p)
    # printed: margin MM 0.004 BTC and 1.5 ETH, unrealised profit 600 and -414 USDT
    assert amount(result, "-0.04 BTC owed") == pytest.approx(0.004 * SPOT)
    assert amount(result, "-15 ETH owed") == pytest.approx(1.5 * 3_000.0)
    assert starting(result.equity, "-0.05 BTC").amount == pytest.approx(600.0)
    assert starting(result.equity, "+0.04 BTC").amount == pytest.approx(-414.0)
    assert starting(result.equity, "+100 BTC inverse").amount == pytest.approx(-0.05 * SPOT)
    futures = 0.005 * (0.05 * 40_000 + 0.04 * 42_000 + 10_000)
    assert amount(result, "Futures") == pytest.approx(futures)
    unified = futures + 0.004 * SPOT + 1.5 * 3_000.0
    equity = (0.1 - 0.04 + 0.1 - 0.05) * SPOT + 5 * 3_000.0 + 6_000.0 + 600.0 - 414.0
    assert result.maintenance.amount == pytest.approx(unified)
    assert result.equity.amount == pytest.approx(equity)
    assert f"uniMMR {equity / unified:.4g}" in " ".join(result.warnings)


def test_coins_in_three_wallets_count_at_one_rate():
    # Binance, Supported Collateral and Rates, 2022-04-18: 3 BTC x 0.95 = 2.85 BTC
    result = margin(account(balances=[Balance("BTC", 1.0)] * 3), MARKET)
    assert result.equity.amount == pytest.approx(2.85 * SPOT)
    assert result.collateral_not_counted == pytest.approx(0.15 * SPOT)


def test_a_negative_net_is_not_discounted():
    # min(x * rate, x): what is owed counts in full
    result = margin(account(balances=[Balance("BTC", 1.0), Balance("BTC", -3.0)]), MARKET)
    assert result.equity.amount == pytest.approx(-2.0 * SPOT)
    assert result.collateral_not_counted == 0.0


@pytest.mark.parametrize(("leverage", "rate"), [("3x", 0.10), ("5x", 0.08), ("10x", 0.05)])
def test_a_loan_is_charged_by_the_leverage_of_its_account(leverage, rate):
    p = replace(PUBLISHED, loan_leverage=leverage)
    result = margin(account(balances=[Balance("ETH", -10.0)]), MARKET, p)
    assert result.maintenance.amount == pytest.approx(rate * 30_000.0)


def test_options_sold_are_asked_a_share_of_the_index_and_their_mark():
    put, call = option(Right.PUT, 38_000.0, -2.0), option(Right.CALL, 60_000.0, -1.0)
    marks = (InstrumentQuote(put.instrument, 1_500.0), InstrumentQuote(call.instrument, 90.0))
    result = margin(account(put, call), replace(MARKET, instruments=marks))
    # 0.15 x index less 2,000 out of the money; the call is too far out for anything but the floor
    opening = 2 * (0.15 * SPOT - 2_000 + 1_500) + (0.10 * SPOT + 90)
    keeping = 2 * (0.05 * SPOT + 1_500) + (0.05 * SPOT + 90)
    assert starting(result.initial, "Options sold").amount == pytest.approx(opening)
    assert amount(result, "Options sold") == pytest.approx(keeping)
    assert result.equity.amount == 0.0


def test_an_option_in_the_money_is_asked_no_more_than_the_share_and_its_mark():
    put = option(Right.PUT, 45_000.0, -1.0)
    market = replace(MARKET, instruments=(InstrumentQuote(put.instrument, 6_000.0),))
    assert amount(margin(account(put), market), "Options sold") == pytest.approx(
        0.075 * SPOT + 6_000
    )


def test_options_bought_need_no_margin_and_are_no_equity():
    result = margin(account(option(Right.CALL, 40_000.0, 3.0)), MARKET)
    assert (result.maintenance.amount, result.equity.amount) == (0.0, 0.0)
    assert result.capital_to_open == pytest.approx(result.net_liquidation_value)


# --- a second implementation -----------------------------------------------------------------


def slow_maintenance(rows, size):
    """Return the sum over brackets of what falls into each, at its own rate."""
    edges = [row[0] for row in rows] + [float("inf")]
    return sum(
        rate * max(min(size, upper) - lower, 0.0)
        for (lower, upper), (_, rate, _) in zip(pairwise(edges), rows, strict=True)
    )


@settings(max_examples=50)
@given(st.floats(-3_000.0, 3_000.0), st.floats(-20_000.0, 20_000.0), st.integers(-900_000, 900_000))
def test_brackets_equal_a_slow_loop_over_their_slices(bitcoins, ethers, lots):
    book = account(perpetual(bitcoins), perpetual(ethers, "ETH"), inverse(100.0 * lots))
    expected = (
        slow_maintenance(PUBLISHED.brackets["BTC"], abs(bitcoins) * SPOT)
        + slow_maintenance(PUBLISHED.brackets["ETH"], abs(ethers) * 3_000.0)
        + slow_maintenance(PUBLISHED.inverse_brackets["BTC"], abs(lots) * 100.0 / SPOT) * SPOT
    )
    assert margin(book, MARKET).maintenance.amount == pytest.approx(expected, rel=1e-9, abs=1e-6)


# --- promises --------------------------------------------------------------------------------


@settings(max_examples=30)
@given(st.floats(1.0, 2_000.0), st.floats(0.0, 1.0))
def test_an_opposite_position_in_the_same_contract_never_raises_margin(held, share):
    alone = margin(account(perpetual(held)), MARKET)
    hedged = margin(account(perpetual(held), perpetual(-held * share)), MARKET)
    assert hedged.maintenance.amount <= alone.maintenance.amount + 1e-6


def test_different_contracts_on_one_coin_do_not_net():
    both = margin(account(perpetual(2.0), inverse(-80_000.0)), MARKET).maintenance.amount
    each = [margin(account(one), MARKET).maintenance.amount for one in (
        perpetual(2.0), inverse(-80_000.0)
    )]  # fmt: skip
    assert both == pytest.approx(sum(each))


@settings(max_examples=30)
@given(st.floats(0.1, 500.0), st.floats(1.0, 10.0))
def test_a_larger_position_is_asked_at_least_its_share(quantity, factor):
    one, more = (margin(account(perpetual(q)), MARKET) for q in (quantity, quantity * factor))
    assert more.maintenance.amount >= factor * one.maintenance.amount * (1 - 1e-9)


@settings(max_examples=25)
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(1.0, 1e4))
def test_a_lower_collateral_rate_never_raises_equity(first, second, coins):
    equity = []
    for rate in sorted((first, second)):
        p = replace(PUBLISHED, collateral_rate=Table((("DOT", rate),)))
        equity.append(margin(account(balances=[Balance("DOT", coins)]), MARKET, p).equity.amount)
    assert equity[0] <= equity[1] + 1e-9


def test_opening_needs_the_unimmr_at_which_orders_are_taken():
    result = margin(account(perpetual(1.0), balances=[Balance("BTC", -1.0)]), MARKET)
    assert result.initial.amount == pytest.approx(1.2 * result.maintenance.amount)


# --- what it says and refuses ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("equity", "status"),
    [(400.0, "normal"), (200.0, "reminded"), (180.0, "only orders"), (165.0, "liquidation")],
)
def test_it_says_the_ratio_that_binance_publishes(equity, status):
    # a bitcoin at 40,000 is asked 160
    result = margin(account(perpetual(1.0), balances=[Balance("USD", equity)]), MARKET)
    said = next(w for w in result.warnings if "inverse ratio" in w)
    assert f"uniMMR {equity / 160:.4g}, " in said
    assert status in said
    assert result.margin_ratio == pytest.approx(160 / equity)


def test_rates_that_were_not_read_are_said():
    held = [Balance("ETH", 1.0), Balance("BNB", 1.0), Balance("DOT", 1.0)]
    result = margin(account(balances=held), MARKET)
    assert result.equity.amount == pytest.approx(0.1 * 3_000 + 0.9 * 400 + 0.75 * 18)
    said = " ".join(result.warnings)
    assert "ETH counts at 10%" in said
    assert "-p binance_pm.given_rate.ETH=" in said
    assert "BNB counts at the rate of a sample" in said
    assert "DOT" not in said


def test_a_rate_given_goes_before_every_other():
    p = parameters.overridden(PUBLISHED, {"given_rate.ETH": "0.9"}, "binance_pm")
    result = METHODOLOGY(account(balances=[Balance("ETH", 1.0)]), MARKET, p)
    assert result.equity.amount == pytest.approx(2_700.0)
    assert [w.split(":")[0] for w in result.warnings] == ["Modified"]


def test_a_rate_can_be_given_tier_by_tier_and_a_word_is_refused():
    held = account(balances=[Balance("ETH", 2.0)])
    p = parameters.overridden(PUBLISHED, {"given_rate.ETH": "[[1, 1.0], [2, 0.5]]"}, "binance_pm")
    assert margin(held, MARKET, p).equity.amount == pytest.approx(4_500.0)
    p = parameters.overridden(PUBLISHED, {"given_rate.ETH": "much"}, "binance_pm")
    with pytest.raises(ParameterError, match="'much' is no rate"):
        margin(held, MARKET, p)


def test_every_rate_that_could_be_given_is_named():
    held = [Balance("ETH", 1.0), Balance("SOL", 1.0), Balance("ZZZ", 1.0)]
    market = replace(MARKET, prices=(*MARKET.prices, ("SOL", 100.0), ("ZZZ", 1.0)))
    said = " ".join(margin(account(balances=held), market).warnings)
    assert "or -p binance_pm.given_rate.ETH=... -p binance_pm.given_rate.SOL=..." in said
    alone = margin(account(balances=held[-1:]), market).warnings
    assert alone[-1].endswith("Give its haircut with the balance.")


def test_a_balance_s_own_haircut_goes_before_the_rates():
    result = margin(account(balances=[Balance("BTC", 1.0, Haircut(0.2, 0.3))]), MARKET)
    assert result.equity.amount == pytest.approx(0.8 * SPOT)
    assert result.initial.amount == pytest.approx(0.1 * SPOT)


@pytest.mark.parametrize(
    ("instrument", "message"),
    [
        (Perpetual("BTC", quote_currency="EUR"), "quoted in EUR"),
        (
            Option("BTC", Right.CALL, 1e5, JUNE, margin_type=MarginType.INVERSE),
            "an option settled in coin",
        ),
        (Perpetual("AAA"), "no coin"),
    ],
)
def test_what_it_does_not_cover_is_said_in_one_sentence(instrument, message):
    stock = Underlying("AAA", AssetClass.EQUITY)
    portfolio = replace(account(Position(instrument, 1.0)), underlyings=(*COINS, stock))
    with pytest.raises(NotCoveredError, match=message):
        margin(portfolio, replace(MARKET, quotes=(*MARKET.quotes, Quote("AAA", 10.0))))


def test_an_account_in_another_currency_is_not_covered():
    with pytest.raises(NotCoveredError, match="Report in USD"):
        margin(replace(account(), currency="EUR"), MARKET)


def test_a_coin_without_a_price_is_named():
    with pytest.raises(MarketDataError, match="no price for SOL"):
        margin(account(balances=[Balance("SOL", 1.0)]), MARKET)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("loan_leverage", '"4x"'),
        ("to_order", "0.9"),
        ("option_maintenance", "[0.1]"),
        ("collateral_rate.BTC", "1.5"),
    ],
)
def test_a_parameter_of_no_use_is_refused(name, value):
    p = parameters.overridden(PUBLISHED, {name: value}, "binance_pm")
    with pytest.raises(ParameterError):
        margin(account(balances=[Balance("BTC", 1.0)]), MARKET, p)
