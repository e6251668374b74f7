"""What a position is worth, and the volatility it is worth it at."""

from dataclasses import replace

import pytest

from margin_core.book.instruments import Stock
from margin_core.book.portfolio import Balance, Position, describe
from margin_core.errors import MarketDataError
from margin_core.market.snapshot import InstrumentQuote
from margin_core.pricing import american, black
from margin_core.pricing.implied_volatility import VOL_FLOOR
from margin_core.risk.marks import collateral_marks, marks
from tests.risk.accounts import (
    BTC,
    DIVIDENDS,
    EXPIRY,
    FUTURE,
    INVERSE_OPTION,
    INVERSE_PERPETUAL,
    LIQUIDITY,
    NOW,
    PERPETUAL,
    XYZ,
    account,
    coin_option,
    option,
)


def mark_of(position, **market):
    (mark,) = marks(*account(position, **market))
    return mark


def test_a_volatility_given_outranks_a_price():
    call = option()
    quote = InstrumentQuote(call, price=2.0, volatility=0.3)
    mark = mark_of(Position(call, -5, entry_price=9.0), instruments=(quote,))
    assert (mark.price, mark.volatility) == (2.0, 0.3)
    assert mark.value == -5 * 100 * 2.0


def test_a_mark_outranks_an_entry_price_and_implies_the_volatility():
    call = option()
    mark = mark_of(Position(call, 1, entry_price=9.0), instruments=(InstrumentQuote(call, 2.0),))
    years = 56 / 365
    back = american.value(100.0, 105.0, years, mark.volatility, 0.04, 0.01, call=True)
    assert float(back) == pytest.approx(2.0, abs=1e-6)


def test_an_entry_price_stands_in_for_a_mark():
    mark = mark_of(Position(option(), 1, entry_price=2.5))
    assert mark.price == pytest.approx(2.5, abs=1e-5)


def test_the_flat_volatility_is_the_last_resort():
    mark = mark_of(Position(option("put", 95.0, "european"), 1))
    assert mark.volatility == 0.25
    expected = black.value(100.0, 95.0, 56 / 365, 0.25, 0.04, 0.01, call=False)
    assert mark.price == pytest.approx(float(expected))


def test_an_option_without_any_price_source_is_refused_by_name():
    quotes = (replace(XYZ, volatility=None), BTC)
    with pytest.raises(MarketDataError, match=r"positions\[0\].*105 call.*no volatility"):
        marks(*account(Position(option(), 1), quotes=quotes))


def test_two_entry_prices_of_one_option_that_disagree_are_refused():
    call = option()
    held = (Position(call, 1, entry_price=2.0), Position(call, -1, entry_price=3.0))
    with pytest.raises(MarketDataError, match="imply different volatilities"):
        marks(*account(*held))
    quote = InstrumentQuote(call, price=2.4)
    first, second = marks(*account(*held, instruments=(quote,)))
    assert first.price == second.price == 2.4


def test_a_price_below_intrinsic_is_taken_with_a_warning_at_the_floor():
    put = option("put", 120.0)
    mark = mark_of(Position(put, 1), instruments=(InstrumentQuote(put, 19.0),))
    assert mark.volatility == VOL_FLOOR
    assert "no more than it is worth without volatility" in mark.warning
    assert mark.price == 19.0


def test_a_price_above_every_volatility_is_refused():
    call = option()
    with pytest.raises(MarketDataError, match="above what any volatility gives"):
        marks(*account(Position(call, 1), instruments=(InstrumentQuote(call, 101.0),)))


def test_every_price_above_every_volatility_is_named_at_its_position():
    call, put, sound = option(), option("put"), option("call", 90.0)
    quotes = (InstrumentQuote(call, 101.0), InstrumentQuote(put, 150.0), InstrumentQuote(sound, 15))
    held = (Position(call, 1), Position(sound, 1), Position(put, -1))
    with pytest.raises(MarketDataError) as caught:
        marks(*account(*held, instruments=quotes))
    places = [(fault.where, fault.what.split(" is ")[0]) for fault in caught.value.faults]
    assert places == [
        ("positions[0]", f"price 101 of {describe(call)}"),
        ("positions[2]", f"price 150 of {describe(put)}"),
    ]
    assert str(caught.value).count("\n") == 1


def test_at_expiry_an_option_is_worth_its_intrinsic_value():
    mark = mark_of(Position(option("put", 103.0, expiry=NOW), 2))
    assert mark.price == pytest.approx(3.0)


def test_with_a_dividend_ahead_the_implied_volatility_gives_the_price_back():
    call = option("call", 98.0)
    quotes = (replace(XYZ, dividends=DIVIDENDS), BTC)
    given = mark_of(Position(call, 1), quotes=quotes)
    quote = InstrumentQuote(call, price=given.price)
    implied = mark_of(Position(call, 1), quotes=quotes, instruments=(quote,))
    assert implied.volatility == pytest.approx(0.25, abs=1e-6)


def test_with_a_dividend_ahead_prices_are_inverted_together_as_one_by_one():
    quotes = (replace(XYZ, dividends=DIVIDENDS), BTC)
    asked = {
        option("call", 98.0): 7.5,
        option("put", 104.0): 9.25,
        option("put", 104.0, "european"): 8.75,
        option("call", 60.0): 12.0,  # less than exercise pays
        option("call", 98.0, expiry=NOW): 5.0,
    }
    given = [InstrumentQuote(held, price=price) for held, price in asked.items()]
    portfolio, market = account(
        *(Position(held, 1) for held in asked), quotes=quotes, instruments=given
    )
    together = marks(portfolio, market)
    for mark, quote in zip(together, given, strict=True):
        alone = mark_of(Position(quote.instrument, 1), quotes=quotes, instruments=(quote,))
        assert mark.volatility == pytest.approx(alone.volatility, rel=1e-12)
        assert mark.price == pytest.approx(alone.price)
    floor = together[3].volatility
    assert [mark.volatility > floor for mark in together] == [True, True, True, False, False]


def test_a_dividend_ahead_makes_a_call_cheaper_and_a_put_dearer():
    quotes = (replace(XYZ, dividend_yield=0.0, dividends=DIVIDENDS), BTC)
    plain = (replace(XYZ, dividend_yield=0.0), BTC)
    for right, sign in (("call", -1), ("put", 1)):
        position = Position(option(right, 100.0, "european"), 1)
        moved = mark_of(position, quotes=quotes).price - mark_of(position, quotes=plain).price
        assert sign * moved > 0.3


def test_a_coin_price_is_converted_at_the_coins_spot():
    linear = coin_option()
    quote = InstrumentQuote(linear, price=0.042, currency="BTC")
    assert mark_of(Position(linear, 1), instruments=(quote,)).price == 0.042 * 90_000.0
    quote = InstrumentQuote(INVERSE_OPTION, price=0.042)
    inverse = mark_of(Position(INVERSE_OPTION, -2), instruments=(quote,))
    assert inverse.value == pytest.approx(-2 * 0.042 * 90_000.0)


def test_futures_and_perpetuals_add_their_unsettled_profit():
    assert mark_of(Position(PERPETUAL, -0.5, entry_price=88_000.0)).value == -1000.0
    coins = -1000 * 10 * (1 / 85_000 - 1 / 90_000)
    short = Position(INVERSE_PERPETUAL, -1000, entry_price=85_000.0, accrued_funding=12.0)
    assert mark_of(short).value == pytest.approx(coins * 90_000.0 + 12.0)
    assert mark_of(Position(FUTURE, 3)).value == 0.0


def test_a_future_without_a_mark_is_priced_off_the_forward_given():
    quotes = (XYZ, replace(BTC, forwards=((EXPIRY, 92_345.0),)))
    assert mark_of(Position(FUTURE, 1), quotes=quotes).price == 92_345.0


def test_an_option_is_priced_off_the_forward_given():
    quotes = (XYZ, replace(BTC, forwards=((EXPIRY, 99_000.0),)))
    call = coin_option()
    years = 56 / 365
    undiscounted = black.black76(99_000.0, 95_000.0, years, 0.55, call=True)
    expected = float(undiscounted) * 2.718281828459045 ** (-0.03 * years)
    assert mark_of(Position(call, 1), quotes=quotes).price == pytest.approx(expected)


def test_coins_held_as_collateral_move_as_holdings_of_their_underlying():
    balances = (Balance("USD", 5.0), Balance("BTC", 0.5), Balance("stBTC", 2.0, tracks="BTC"))
    portfolio, market = account(balances=balances, prices=(("stBTC", 45_000.0),))
    coin, staked = collateral_marks(portfolio, market)
    assert coin.value == 45_000.0
    assert coin.label == "+0.5 BTC collateral"
    assert (staked.position.quantity, staked.value) == (1.0, 90_000.0)


def test_a_stock_is_marked_at_spot_unless_a_mark_is_given():
    assert mark_of(Position(Stock("XYZ"), 10)).value == 1000.0
    quote = InstrumentQuote(Stock("XYZ"), 99.5)
    assert mark_of(Position(Stock("XYZ"), 10), instruments=(quote,)).value == 995.0


def test_liquidity_in_a_range_is_worth_the_coins_and_the_money_it_holds():
    lower, upper, size = LIQUIDITY.lower_price, LIQUIDITY.upper_price, LIQUIDITY.liquidity
    (held,) = marks(*account(Position(LIQUIDITY, -3.0)))
    coins = size * (90_000.0**-0.5 - upper**-0.5)
    money = size * (90_000.0**0.5 - lower**0.5)
    assert held.price == pytest.approx(90_000.0 * coins + money)
    assert held.value == -3.0 * held.price
    assert (held.volatility, held.label) == (0.0, "-3 BTC liquidity 80,000 to 105,000")


def test_a_position_without_a_price_leans_on_another_in_the_same_option():
    call = option()
    quotes = (replace(XYZ, volatility=None), BTC)
    held = (Position(call, 1), Position(call, 2, entry_price=2.5))
    for positions in (held, held[::-1]):
        first, second = marks(*account(*positions, quotes=quotes))
        assert first.volatility == second.volatility
        assert first.price == pytest.approx(2.5, abs=1e-5)
