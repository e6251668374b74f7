"""Deribit's standard margin: published figures, the formulas written out anew, and their edges.

Futures: support.deribit.com, article 25944738177565 (Linear perpetual). Options: the rule as
doc.tslab.pro repeats it and a unit test of a public program checks it. Position in coin: an answer
recorded in ccxt issue 26913. Margin balance: the documented answer of get_account_summaries.
"""

from dataclasses import replace
from datetime import UTC, datetime

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
    Stock,
    Underlying,
)
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.errors import NotCoveredError, ParameterError
from margin_core.margin.parameters import Table, overridden
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.deribit_sm import METHODOLOGY, PUBLISHED
from margin_core.risk.marks import marks
from margin_core.risk.moves import Move, moved
from tests.replays import VECTORS
from tests.replays.cex import figures

NOW = datetime(2026, 2, 15, 21, tzinfo=UTC)
JUNE = datetime(2026, 6, 26, 8, tzinfo=UTC)
SPOTS = {"BTC": 70_000.0, "ETH": 2_000.0, "SOL": 150.0, "XRP": 2.0, "DOGE": 0.2}
FORWARD = 71_500.0
INVERSE = MarginType.INVERSE
SEGREGATED = METHODOLOGY.profiles["segregated"]
COINS = tuple(Underlying(symbol, AssetClass.CRYPTO) for symbol in SPOTS)
MARKET = Market(
    NOW,
    tuple(
        Quote(
            symbol,
            spot,
            volatility=0.6,
            forwards=((JUNE, FORWARD),) if symbol == "BTC" else (),
        )
        for symbol, spot in SPOTS.items()
    ),
    prices=(("USDC", 1.0), ("STETH", 1_990.0), ("PAXG", 4_000.0)),
)


def account(*positions, balances=()):
    return Portfolio(tuple(positions), tuple(balances), COINS)


def inverse(symbol, coins, expiry=None, entry=None):
    """Return an inverse perpetual or future of so many coins at its mark."""
    if expiry is None:
        instrument = Perpetual(symbol, 10.0, INVERSE)
        return Position(instrument, coins * SPOTS[symbol] / 10.0, entry)
    return Position(Future(symbol, expiry, 10.0, INVERSE), coins * FORWARD / 10.0, entry)


def linear(symbol, quantity, entry=None):
    return Position(Perpetual(symbol), quantity, entry)


def option(right, strike, quantity, margin_type=INVERSE, symbol="BTC"):
    return Position(Option(symbol, Right(right), strike, JUNE, margin_type=margin_type), quantity)


def margin(*positions, p=PUBLISHED, balances=(), market=MARKET):
    return METHODOLOGY(account(*positions, balances=balances), market, p)


def priced(position, price):
    """Return the market in which an option has this mark, in its own price currency."""
    return replace(MARKET, instruments=(InstrumentQuote(position.instrument, price),))


# --- futures and perpetuals -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "index", "size", "initial", "maintenance"),
    [
        ("BTC", 100_000.0, 25.0, 53_125.0, 28_125.0),
        ("BTC", 100_000.0, 350.0, 1_312_500.0, 962_500.0),
        ("SOL", 200.0, 25.0, 200.625, 100.625),
        ("SOL", 200.0, 6_000.0, 84_000.0, 60_000.0),
    ],
)
def test_the_published_examples_of_linear_perpetuals_are_met(
    symbol, index, size, initial, maintenance
):
    market = Market(NOW, (Quote(symbol, index),))
    for side in (1.0, -1.0):
        result = margin(linear(symbol, side * size), market=market)
        assert result.initial.amount == pytest.approx(initial, rel=1e-12)
        assert result.maintenance.amount == pytest.approx(maintenance, rel=1e-12)


def test_a_recorded_inverse_perpetual_is_met_in_coin():
    contract = Perpetual("BTC", 10.0, INVERSE)
    position = Position(contract, 4.0, 112_585.87)
    market = Market(NOW, (Quote("BTC", 109_317.75),), (InstrumentQuote(contract, 109_266.97),))
    result = margin(position, market=market)
    assert result.initial.amount / 109_317.75 == pytest.approx(7.322e-06, abs=1e-9)
    assert result.maintenance.amount / 109_317.75 == pytest.approx(3.661e-06, abs=1e-9)
    assert result.equity.amount / 109_317.75 == pytest.approx(-1.0792e-05, abs=1e-9)


def test_the_rate_grows_with_the_whole_position_so_that_twice_the_size_costs_more_than_twice():
    one, two = margin(linear("BTC", 100.0)), margin(linear("BTC", 200.0))
    value = 100.0 * 70_000.0
    assert one.initial.amount == pytest.approx(value * (0.02 + 0.005))
    assert two.initial.amount == pytest.approx(2.0 * value * (0.02 + 0.010))


def test_positions_in_one_instrument_net_and_different_instruments_do_not():
    long, short = linear("BTC", 3.0), linear("BTC", -2.0)
    assert margin(long, short).initial.amount == pytest.approx(
        margin(linear("BTC", 1.0)).initial.amount
    )
    pair = margin(long, inverse("BTC", -3.0))
    apart = margin(long).initial.amount + margin(inverse("BTC", -3.0)).initial.amount
    assert pair.initial.amount == pytest.approx(apart)


def test_an_inverse_future_counts_its_coins_at_its_own_mark():
    result = margin(inverse("BTC", 2.0, JUNE))
    assert result.initial.amount == pytest.approx(2.0 * 70_000.0 * (0.02 + 2.0 * 0.00005))


# --- options ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "right", "initial", "maintenance"),
    [
        (1.0, "call", 0.0, 0.0),
        (1.0, "put", 0.0, 0.0),
        (-1.0, "call", 1_750.0, 1_000.0),
        (-1.0, "put", 1_250.0, 1_000.0),
    ],
)
def test_the_published_check_of_inverse_options_is_met(quantity, right, initial, maintenance):
    position = Position(Option("BTC", Right(right), 9_000.0, JUNE, margin_type=INVERSE), quantity)
    market = Market(NOW, (Quote("BTC", 10_000.0),), (InstrumentQuote(position.instrument, 0.025),))
    result = margin(position, market=market)
    assert result.initial.amount == pytest.approx(initial)
    assert result.maintenance.amount == pytest.approx(maintenance)


@settings(max_examples=50)
@given(
    st.sampled_from(("call", "put")),
    st.floats(0.4, 2.5),
    st.floats(0.001, 0.5),
    st.booleans(),
    st.floats(0.1, 50.0),
)
def test_an_option_sold_costs_what_the_formulas_say(right, moneyness, mark, linear_one, size):
    strike = FORWARD * moneyness
    kind = MarginType.LINEAR if linear_one else INVERSE
    held = option(right, strike, -size, kind)
    intrinsic = max((FORWARD - strike) * (1.0 if right == "call" else -1.0), 0.0) / FORWARD
    mark = min(intrinsic + mark, 0.99 if right == "call" else 0.99 * moneyness)
    unit = 70_000.0
    market = priced(held, mark * unit if linear_one else mark)
    result = margin(held, market=market)
    out = max(strike - FORWARD if right == "call" else FORWARD - strike, 0.0)
    share = out / unit if linear_one else out / FORWARD
    initial = max(0.15 - share, 0.10) + mark
    maintenance = 0.075 + mark if right == "call" else max(0.075, 0.075 * mark) + mark
    if right == "put":
        initial = max(initial, maintenance)
    assert result.initial.amount == pytest.approx(initial * unit * size, rel=1e-9)
    assert result.maintenance.amount == pytest.approx(maintenance * unit * size, rel=1e-9)


def test_a_put_deep_in_the_money_is_charged_on_its_mark():
    held = option("put", 200_000.0, -1.0)
    result = margin(held, market=priced(held, 1.8))
    assert result.maintenance.amount == pytest.approx((1.8 + 0.075 * 1.8) * 70_000.0)
    assert result.initial.amount == pytest.approx(result.maintenance.amount + (0.15 - 0.135) * 7e4)


def test_an_option_sold_costs_its_margin_without_the_premium_received():
    held = option("call", 80_000.0, -1.0)
    result = margin(held, market=priced(held, 0.04))
    out = (80_000.0 - FORWARD) / FORWARD
    assert result.equity.amount == 0.0
    assert result.net_liquidation_value == pytest.approx(-0.04 * 70_000.0)
    assert result.capital_to_open == pytest.approx(max(0.15 - out, 0.10) * 70_000.0)


def test_an_option_bought_costs_its_price_and_lends_nothing():
    held = option("put", 60_000.0, 2.0)
    result = margin(held, market=priced(held, 0.05))
    assert (result.initial.amount, result.equity.amount) == (0.0, 0.0)
    assert result.capital_to_open == pytest.approx(2.0 * 0.05 * 70_000.0)


def test_the_margin_balance_leaves_options_out_as_the_documented_account_does():
    # equity 302.61869214 BTC = margin balance 302.62729214 + options_value -0.0086
    held = option("call", 80_000.0, -1.0)
    market = priced(held, 0.0086)
    result = margin(held, balances=(Balance("BTC", 302.62729214),), market=market)
    assert result.equity.amount / 70_000.0 == pytest.approx(302.62729214)
    assert result.net_liquidation_value / 70_000.0 == pytest.approx(302.61869214)


@pytest.mark.skipif(not (VECTORS / "cex").is_dir(), reason="the published set is not here")
def test_every_figure_of_the_published_set_is_met():
    found = [figure for figure in figures(VECTORS / "cex") if figure.id.startswith("DB-SM")]
    assert len(found) >= 15
    assert [figure for figure in found if not figure.agrees] == []


# --- accounts ---------------------------------------------------------------------------------


def test_each_settlement_currency_is_an_account_of_its_own_when_segregated():
    held = (inverse("BTC", 10.0), linear("ETH", -10.0))
    balances = (Balance("BTC", 2.0), Balance("USDC", 150.0))
    result = margin(*held, balances=balances, p=SEGREGATED)
    together = margin(*held, balances=balances)
    assert together.initial.amount == pytest.approx(result.initial.amount)
    btc = (0.01 + 10.0 * 0.00005) * 10.0 / 2.0
    usdc = 20_000.0 * (0.01 + 10.0 * 0.000004) / 150.0
    assert result.margin_ratio == pytest.approx(max(btc, usdc))
    assert usdc > 1.0 > together.margin_ratio
    assert any("USDC account is short by 251" in warning for warning in result.warnings)


def test_a_segregated_account_that_owes_and_holds_nothing_leaves_no_margin_ratio():
    result = margin(linear("ETH", -10.0), balances=(Balance("BTC", 9.0),), p=SEGREGATED)
    assert result.excess_maintenance > 0.0
    assert result.margin_ratio is None


def test_a_haircut_of_cross_collateral_is_charged_to_initial_margin_alone():
    result = margin(balances=(Balance("stETH", 10.0, tracks="ETH"),), market=_with_steth())
    assert result.equity.amount == 19_900.0
    assert result.initial.amount == pytest.approx(0.075 * 19_900.0)
    assert result.maintenance.amount == 0.0
    assert result.collateral_not_counted == 0.0


def test_a_haircut_larger_in_maintenance_never_makes_keeping_dearer_than_opening():
    odd = Balance("USDC", 1_000.0, Haircut(maintenance=0.5, initial=0.1))
    result = margin(linear("BTC", 0.001), balances=(odd,))
    assert result.equity.amount == pytest.approx(900.0)
    assert result.initial.amount == result.maintenance.amount == pytest.approx(400.7, rel=1e-4)


def _with_steth():
    return replace(MARKET, prices=(*MARKET.prices, ("stETH", 1_990.0)))


def test_a_higher_haircut_never_leaves_more_excess():
    excess = [
        margin(balances=(Balance("BTC", 1.0, Haircut(cut, cut)),)).excess_initial
        for cut in (0.0, 0.1, 0.3, 0.9, 1.0)
    ]
    assert excess == sorted(excess, reverse=True)
    assert len(set(excess)) == len(excess)


def test_an_asset_that_is_not_listed_or_whose_haircut_is_unknown_is_named_and_not_counted():
    balances = (Balance("USD", 500.0), Balance("PAXG", 1.0), Balance("USDC", 100.0))
    result = margin(balances=balances)
    assert (result.equity.amount, result.collateral_not_counted) == (100.0, 4_500.0)
    assert "+500 USD is not taken as collateral here" in result.warnings
    assert any("deribit_sm.haircut.PAXG" in warning for warning in result.warnings)
    p = overridden(PUBLISHED, {"haircut.PAXG": "0.1"}, "deribit_sm")
    given_one = margin(balances=balances, p=p)
    assert given_one.equity.amount - given_one.initial.amount == pytest.approx(3_700.0)


# --- liquidation ------------------------------------------------------------------------------


def after(portfolio, symbol, price):
    """Return the result of the account with a coin, and all that is on it, at another price."""
    ratio = price / SPOTS[symbol]
    held = marks(portfolio, MARKET)
    return moved(portfolio, MARKET, held, Move(spots=((symbol, ratio - 1.0),)))


@settings(max_examples=40)
@given(
    st.floats(-40.0, 40.0).filter(lambda q: abs(q) > 0.5),
    st.floats(-40.0, 40.0).filter(lambda q: abs(q) > 0.5),
    st.floats(0.2, 20.0),
    st.sampled_from((PUBLISHED, SEGREGATED)),
)
def test_at_its_liquidation_price_an_account_is_exactly_at_the_trigger(linears, inverses, coins, p):
    positions = (
        linear("BTC", linears, 68_000.0),
        inverse("BTC", inverses, entry=72_000.0),
        inverse("BTC", 0.5, JUNE),
        linear("ETH", 5.0),
    )
    balances = (Balance("BTC", coins), Balance("USDC", 40_000.0), Balance("ETH", 0.5))
    portfolio = account(*positions, balances=balances)
    result = METHODOLOGY(portfolio, MARKET, p)
    for found in result.liquidation_prices:
        symbol = "ETH" if "ETH" in found.position else "BTC"
        at = METHODOLOGY(*after(portfolio, symbol, found.price), p)
        if p is PUBLISHED:
            assert at.maintenance.amount == pytest.approx(at.equity.amount, rel=1e-7, abs=1e-3)
        else:
            assert any(
                pocket.amount == pytest.approx(owed.amount, rel=1e-6, abs=1e-3)
                for pocket, owed in zip(at.equity.parts, at.maintenance.parts, strict=True)
            )


def test_a_linear_long_is_liquidated_where_the_formula_says_and_broke_where_nothing_is_left():
    result = margin(linear("BTC", 1.0), balances=(Balance("USDC", 10_000.0),))
    (found,) = result.liquidation_prices
    rate = 0.01 + 0.00005
    assert found.position == "+1 BTC perpetual"
    assert found.price == pytest.approx(60_000.0 / (1.0 - rate))
    assert found.bankruptcy_price == pytest.approx(60_000.0)


def test_an_inverse_short_that_is_covered_by_its_coins_is_never_liquidated():
    covered = margin(inverse("BTC", -1.0), balances=(Balance("BTC", 1.2),))
    assert covered.liquidation_prices == ()
    bare = margin(inverse("BTC", -1.0), balances=(Balance("BTC", 0.5),))
    assert bare.liquidation_prices[0].price > 70_000.0


def test_there_is_no_liquidation_price_where_options_are_sold_or_liquidation_has_begun():
    cash = (Balance("USDC", 50_000.0),)
    sold = margin(linear("BTC", 1.0), option("call", 90_000.0, -1.0), balances=cash)
    assert sold.liquidation_prices == ()
    bought = margin(linear("BTC", 1.0), option("call", 90_000.0, 1.0), balances=cash)
    assert len(bought.liquidation_prices) == 1
    assert margin(linear("BTC", 1.0)).liquidation_prices == ()


# --- what is not covered, and what is given ---------------------------------------------------


@pytest.mark.parametrize(
    ("position", "message"),
    [
        (Position(Stock("BTC"), 1.0), r"\+1 BTC stock: coins held are collateral"),
        (linear("XRP", 5.0), r"\+5 XRP perpetual: no initial_rate, maintenance_rate, .* for XRP"),
        (
            option("call", 1.0, -1.0, symbol="DOGE"),
            r"no option_initial, .* for DOGE.* Give -p deribit_sm\.option_initial\.other=",
        ),
        (Position(Perpetual("BTC", quote_currency="EUR"), 2.0), "quoted in EUR"),
    ],
)
def test_what_deribit_does_not_list_or_publish_is_refused_by_name(position, message):
    with pytest.raises(NotCoveredError, match=message):
        margin(linear("BTC", 1.0), position)


def test_a_coin_is_covered_once_the_reader_gives_what_is_not_published():
    changes = {
        "initial_rate.other": "0.1",
        "maintenance_rate.other": "0.05",
        "size_increment.other": "0",
    }
    p = overridden(PUBLISHED, changes, "deribit_sm")
    assert margin(linear("DOGE", 1_000.0), p=p).initial.amount == pytest.approx(20.0)
    p = overridden(PUBLISHED, changes | {"size_increment.other": "small"}, "deribit_sm")
    with pytest.raises(ParameterError, match="'small' is no number"):
        margin(linear("DOGE", 1_000.0), p=p)


def test_options_on_other_coins_take_bitcoins_terms_and_say_so():
    sold = option("call", 3.0, -1_000.0, MarginType.LINEAR, "XRP")
    result = margin(sold, market=priced(sold, 0.1))
    assert result.initial.amount == pytest.approx(1_000.0 * (0.10 * 2.0 + 0.1))
    told = " ".join(result.warnings)
    assert "options sold on XRP; bitcoin's terms" in told
    assert "a linear option is charged as an inverse one" in told
    own = replace(
        PUBLISHED,
        option_initial_floor=Table((("XRP", 0.2),)),
        option_initial=Table((("XRP", 0.3),)),
    )
    assert margin(sold, market=priced(sold, 0.1), p=own).initial.amount == pytest.approx(
        1_000.0 * (0.20 * 2.0 + 0.1)
    )


def test_inferred_terms_are_told_on_the_results_that_use_them():
    assert any("ETH's maintenance rate" in w for w in margin(linear("ETH", 1.0)).warnings)
    plain = margin(linear("BTC", 1.0))
    assert not [warning for warning in plain.warnings if "nferred" in warning]
    held = margin(linear("BTC", 1.0), balances=(Balance("BTC", 1.0),))
    assert any("haircut of BTC" in warning for warning in held.warnings)
    isolated = margin(replace(linear("BTC", 1.0), isolated_margin=500.0))
    assert any("no isolated margin" in warning for warning in isolated.warnings)


def test_an_impossible_parameter_is_refused_with_what_would_do():
    for changes, message in (
        ({"collateral": "both"}, "cross or segregated"),
        ({"haircut.BTC": "1.5"}, "1.5 is no haircut"),
    ):
        p = overridden(PUBLISHED, changes, "deribit_sm")
        with pytest.raises(ParameterError, match=message):
            margin(linear("BTC", 1.0), p=p, balances=(Balance("BTC", 1.0),))
