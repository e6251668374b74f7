"""OKX portfolio margin against its published example, a slow loop, and its promises."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from statistics import NormalDist

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
from margin_core.margin.figure import given as line
from margin_core.margin.parameters import Table
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.okx_pm import METHODOLOGY, PUBLISHED, margin, unit_requirement
from margin_core.methodologies.okx_pm.charges import depeg_rows, tiered
from margin_core.methodologies.okx_pm.notices import account_leverage
from margin_core.methodologies.okx_pm.outside import OptionTerms, initial, maintenance, to_sell
from margin_core.methodologies.okx_pm.unit import units
from margin_core.risk.marks import marks
from tests.lines import starting

NOW = datetime(2025, 1, 15, 10, 26, tzinfo=UTC)
COINS = tuple(Underlying(coin, AssetClass.CRYPTO) for coin in ("BTC", "ETH", "LTC"))
SPOT, RATE, VOL = 90_000.0, 0.03, 0.55
MARKET = Market(
    NOW,
    (
        Quote("BTC", SPOT, rate=RATE, volatility=VOL),
        Quote("ETH", 3_000.0, rate=RATE, volatility=0.7),
    ),
    prices=(("USDT", 0.9996), ("USDC", 1.0001), ("BETH", 3_000.0), ("X", 0.001)),
)
LTC_TIERS = replace(
    PUBLISHED, reduction_tiers=Table((*PUBLISHED.reduction_tiers.entries, ("LTC", 1.0)))
)


def account(*positions, balances=()):
    return Portfolio(tuple(positions), tuple(balances), COINS)


def perpetual(quantity, quote="USDT", coin="BTC"):
    return Position(Perpetual(coin, quote_currency=quote), quantity)


def inverse(dollars, entry=None):
    return Position(
        Perpetual("BTC", 10.0, MarginType.INVERSE), dollars / 10.0, entry, price_currency="USD"
    )


def option(right, strike, days, quantity, *, margin_type=MarginType.INVERSE):
    expiry = NOW + timedelta(days=days)
    return Position(Option("BTC", right, strike, expiry, margin_type=margin_type), quantity)


def amount(result, label):
    return starting(result.maintenance, label).amount


# --- published figures -----------------------------------------------------------------------


def published_account():
    """Return the account of the position builder's example, 2025-01-15, and its market.

    OKX API, POST /api/v5/account/position-builder: short 10 BTC-USDT-SWAP of 0.01 at 100,000,
    long 10 LTC-USDT-SWAP at 8,000, 100 USDT. The indices follow from its MR1, USDT from its deltas.
    """
    tether = 0.99954
    btc, ltc = (
        Perpetual("BTC", 0.01, quote_currency="USDT"),
        Perpetual("LTC", quote_currency="USDT"),
    )
    portfolio = account(
        Position(btc, -10.0, 100_000.0, "USDT"),
        Position(ltc, 10.0, 8_000.0, "USDT"),
        balances=[Balance("USDT", 100.0)],
    )
    quotes = (Quote("BTC", 97_078.9 * tether), Quote("LTC", 101.9951 * tether))
    marks = (InstrumentQuote(btc, 97_093.7, "USDT"), InstrumentQuote(ltc, 102.0, "USDT"))
    return portfolio, Market(NOW, quotes, marks, (("USDT", tether),))


def test_the_position_builder_s_example_comes_out_to_the_last_digits():
    result = margin(*published_account(), LTC_TIERS)
    exact = {"rel": 1e-12}
    assert amount(result, "Derivatives") == pytest.approx(1375.4837063088003, **exact)
    assert result.maintenance.amount == pytest.approx(2946.5480841048, **exact)
    assert result.initial.amount == pytest.approx(9643.45070718144, **exact)
    assert result.equity.amount == pytest.approx(-78553.21888979999, **exact)
    assert amount(result, "MR8") == pytest.approx(1571.064377796, **exact)
    assert starting(result.initial, "MR8").amount == pytest.approx(7855.32188898, **exact)
    for coin, mr1, mr4, mr6, mr7, mmr in (
        (
            "BTC",
            1164.4109244719994,
            19.4098073796,
            1164.4109244720003,
            43.6720666041,
            1183.82073185,
        ),
        ("LTC", 183.50672805719995, 8.1562464, 183.5067280572, 7.1367156, 191.6629744572),
    ):
        unit = starting(result.maintenance, coin)
        assert starting(unit, "MR1").amount == pytest.approx(mr1, **exact)
        assert starting(unit, "MR4").amount == pytest.approx(mr4, **exact)
        assert starting(unit, "MR6").amount == pytest.approx(mr6, **exact)
        assert starting(unit, "MR7").amount == pytest.approx(mr7, **exact)
        assert unit.amount == pytest.approx(mmr, rel=1e-11)


def test_the_example_s_ladder_of_moves_comes_out():
    result = margin(*published_account(), LTC_TIERS)
    ladder = {o.moves[0][1]: o.pnl for o in result.scenarios if o.group == "BTC"}
    assert ladder[0.12] == pytest.approx(-1164.4109244719994, rel=1e-12)
    assert ladder[-0.08] == pytest.approx(776.2739496480004, rel=1e-12)
    assert ladder[0.04] == pytest.approx(-388.1369748240002, rel=1e-12)
    assert ladder[0.24] == pytest.approx(-2328.8218489440005 / 2, rel=1e-12)
    assert [outcome.group for outcome in result.worst_by_group] == ["BTC", "LTC"]


def test_the_example_s_account_leverage_comes_out():
    portfolio, market = published_account()
    found = units(portfolio, market, marks(portfolio, market))
    # its notionals are printed at an index of another moment
    leverage = account_leverage(found, -78553.21888979999)
    assert leverage == pytest.approx(-0.1364949794742562, rel=1e-4)


def test_the_minimum_charge_is_multiplied_slice_by_slice():
    # OKX, 2021-12-24: raw 30,000 under the table of then is 50,000, against 40,000 of stress
    old = ((10_000.0, 1.0), (70_000.0, 2.0), (170_000.0, 4.0))
    minimum = tiered("MR7", line("Raw", 30_000.0), old, "")
    assert minimum.amount == pytest.approx(50_000.0, rel=1e-12)
    assert unit_requirement("BTC", [line("MR1", 40_000.0)], [], minimum).amount == minimum.amount


def test_stablecoins_off_their_peg_are_charged_slice_by_slice():
    # OKX, 2024-11-25: 0.75, 1.75 and 2.5 % to 1, 5 and 10 million is 202,500
    rows = ((1e6, 0.0075), (5e6, 0.0175), (10e6, 0.025))
    assert tiered("MR9", line("Hedged", 10e6), rows, "").amount == pytest.approx(202_500.0)


def test_initial_margin_is_a_factor_of_maintenance_as_printed():
    # OKX help, Multi-currency vs portfolio margin, 2025-02-06: 129,959 to keep, 168,947 to open
    assert PUBLISHED.initial_factor * 129_959 == pytest.approx(168_947, abs=0.5)


def test_a_coin_option_outside_portfolio_margin_is_asked_what_the_rules_print():
    # OKX option margin rules, 2020: forward 5,900, 100 out of the money, 100 contracts of 0.1
    terms = OptionTerms(call=True, mark=0.0575, out_of_the_money=100 / 5900, tier_factor=1.02)
    assert 0.1 * initial(terms, PUBLISHED) == pytest.approx(0.01932, abs=5e-6)
    assert 100 * 0.1 * to_sell(terms, 0.06, PUBLISHED) == pytest.approx(1.334, abs=5e-4)
    assert maintenance(terms, 0.03) == pytest.approx(0.03 * 1.02 + 0.0575)
    put = replace(terms, call=False, mark=1.5)
    assert maintenance(put, 0.03) == pytest.approx(0.03 * 1.5 * 1.02 + 1.5)


# --- a second implementation: scalars and loops, the rules written out anew -------------------


def slow_value(position, spot, vol, days_on=0.0):
    contract = position.instrument
    years = (contract.expiry - NOW).total_seconds() / (365 * 86_400) - days_on / 365
    sign = 1.0 if contract.right is Right.CALL else -1.0
    width = vol * math.sqrt(years)
    d1 = (math.log(spot / contract.strike) + RATE * years) / width + width / 2
    normal = NormalDist().cdf
    discounted = contract.strike * math.exp(-RATE * years)
    return sign * (spot * normal(sign * d1) - discounted * normal(sign * (d1 - width)))


def slow_shift(days, points):
    """Return the volatility move by days to expiry: a line through three points."""
    first, second, third = (0.30, 0.25, 0.20) if points else (0.50, 0.35, 0.25)
    if days >= 60:
        return third
    low, high, along = (first, second, days / 30) if days <= 30 else (second, third, days / 30 - 1)
    return low + (high - low) * along


def slow_loss(positions, coins, move, direction=0, points=None):
    loss = -coins * SPOT * move
    for position in positions:
        contract = position.instrument
        if isinstance(contract, Option):
            days = (contract.expiry - NOW).total_seconds() / 86_400
            shift = 0.0 if points is None else direction * slow_shift(days, points)
            vol = VOL + shift if points else VOL * (1 + shift)
            moved = slow_value(position, SPOT * (1 + move), max(vol, 1e-4))
            loss -= position.units * (moved - slow_value(position, SPOT, VOL))
        elif contract.margin_type is MarginType.INVERSE:
            loss -= position.units * move  # dollars of coins: units / mark at the new price
        else:
            loss -= position.units * SPOT * move
    return loss


def slow_stress(positions, coins=0.0):
    """Return MR1, MR2 and MR6 of a unit of BTC marked at the index."""
    grid = [0.0, 0.04, 0.08, 0.12, -0.04, -0.08, -0.12]
    mr1 = max(
        slow_loss(positions, coins, move, direction, points)
        for move, direction, points in product(grid, (-1, 0, 1), (True, False))
    )
    mr2 = sum(
        p.units * (slow_value(p, SPOT, VOL) - slow_value(p, SPOT, VOL, 1.0))
        for p in positions
        if isinstance(p.instrument, Option)
    )
    mr6 = 0.5 * max(slow_loss(positions, coins, 0.24), slow_loss(positions, coins, -0.24))
    return max(mr1, 0.0), max(mr2, 0.0), max(mr6, 0.0)


options = st.builds(
    option,
    st.sampled_from(Right),
    st.sampled_from((70_000.0, 90_000.0, 105_000.0)),
    st.sampled_from((2, 20, 45, 200)),
    st.integers(-20, 20).filter(bool).map(float),
)
books = st.lists(
    options
    | st.integers(-20, 20).filter(bool).map(float).map(lambda quantity: perpetual(quantity, "USD"))
    | st.integers(-50, 50).filter(bool).map(lambda lots: inverse(10_000.0 * lots)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40)
@given(books)
def test_stress_losses_equal_those_of_a_slow_loop(book):
    result = margin(account(*book), MARKET)
    mr1, mr2, mr6 = slow_stress(book)
    close = {"rel": 1e-8, "abs": 1e-5}
    assert amount(result, "MR1") == pytest.approx(mr1, **close)
    assert amount(result, "MR6") == pytest.approx(mr6, **close)
    if any(isinstance(position.instrument, Option) for position in book):
        assert amount(result, "MR2") == pytest.approx(mr2, **close)


@settings(max_examples=20)
@given(books, st.floats(0.1, 30.0))
def test_coins_held_hedge_as_far_as_the_slow_loop_says(book, coins):
    result = margin(account(*book, balances=[Balance("BTC", coins)]), MARKET)
    delta = 0.0
    for position in book:
        if isinstance(position.instrument, Option):
            up, down = (slow_value(position, SPOT * (1 + move), VOL) for move in (1e-5, -1e-5))
            delta += position.units * (up - down) / (2e-5 * SPOT)
        elif position.instrument.margin_type is MarginType.INVERSE:
            delta += position.units / SPOT
        else:
            delta += position.units
    used = max(min(coins, -delta), 0.0)
    mr1, _, mr6 = slow_stress(book, used)
    assert amount(result, "MR1") == pytest.approx(mr1, rel=1e-5, abs=1.0)
    assert amount(result, "MR6") == pytest.approx(mr6, rel=1e-5, abs=1.0)


# --- promises --------------------------------------------------------------------------------


@settings(max_examples=25)
@given(books, st.floats(0.1, 1.0))
def test_closing_a_part_of_every_position_never_raises_a_stress_loss(book, share):
    smaller = [replace(position, quantity=position.quantity * share) for position in book]
    before, after = margin(account(*book), MARKET), margin(account(*smaller), MARKET)
    for part in ("MR1", "MR6"):
        assert amount(after, part) <= amount(before, part) + 1e-6


@settings(max_examples=25)
@given(st.floats(1.0, 30.0), st.floats(0.0, 30.0))
def test_an_opposite_contract_never_raises_the_stress_loss_of_what_it_hedges(held, hedge):
    alone = margin(account(perpetual(held)), MARKET)
    hedged = margin(account(perpetual(held), perpetual(-min(held, hedge))), MARKET)
    assert hedged.maintenance.amount <= alone.maintenance.amount + 1e-6


@settings(max_examples=15)
@given(books, st.sampled_from((0.5, 2.0)))
def test_stress_and_basis_grow_in_proportion(book, factor):
    scaled = [replace(position, quantity=position.quantity * factor) for position in book]
    one, other = margin(account(*book), MARKET), margin(account(*scaled), MARKET)
    for part in ("MR1", "MR4", "MR6"):
        assert amount(other, part) == pytest.approx(factor * amount(one, part), rel=1e-9, abs=1e-6)


def test_the_minimum_charge_grows_faster_than_the_position():
    small, large = (
        margin(account(perpetual(quantity), perpetual(-quantity, "USDC")), MARKET, given_depeg())
        for quantity in (100.0, 1_000.0)
    )
    # 0.45 % of 9 million twice: below 250,000; ten times that runs through four slices
    assert amount(small, "MR7") == pytest.approx(2 * 0.0045 * 100 * SPOT)
    raw = 2 * 0.0045 * 1_000 * SPOT
    slices = 250_000 + 2 * 250_000 + 4 * (raw - 500_000)
    assert amount(large, "MR7") == pytest.approx(slices)


def given_depeg():
    return replace(PUBLISHED, depeg_elsewhere=0.02)


def test_an_expiry_pays_basis_on_its_own_net_delta():
    june = Future("BTC", NOW + timedelta(days=182.5), quote_currency="USDT")
    market = replace(MARKET, instruments=(InstrumentQuote(june, 92_000.0),))
    result = margin(account(perpetual(-3.0), Position(june, 3.0)), market)
    assert amount(result, "MR1") == 0.0
    expected = 3.0 * SPOT * 0.002 + 3.0 * 92_000.0 * 0.05 * 0.5
    assert amount(result, "MR4") == pytest.approx(expected)


def test_contracts_in_different_dollars_pay_for_hedging_one_another():
    result = margin(account(perpetual(10.0), inverse(-400_000.0)), MARKET)
    assert amount(result, "MR9") == pytest.approx(0.005 * 400_000.0)
    three = margin(account(perpetual(30.0), inverse(-400_000.0), perpetual(-20.0, "USDC")), MARKET)
    # USDT against USD first, then what is left of USDT against USDC, in two tiers
    second = 0.005 * 1e6 + 0.01 * (20.0 * SPOT - 1e6)
    assert amount(three, "MR9") == pytest.approx(0.005 * 400_000.0 + second)


def test_stablecoins_are_matched_in_the_order_of_the_rules():
    # USDT against USD before USDC: 1.2 million and what is left, not 1.8 million against USDC
    book = account(perpetual(20.0), inverse(-1.2e6), perpetual(-20.0, "USDC"))
    first, second = 0.005 * 1e6 + 0.01 * 0.2e6, 0.005 * 0.6e6
    assert amount(margin(book, MARKET), "MR9") == pytest.approx(first + second)


def test_factors_of_the_peg_are_the_published_cells_and_no_others():
    assert depeg_rows(1.0, 2e6, PUBLISHED) == ((1e6, 0.005), (5e6, 0.01))
    assert depeg_rows(0.7, 2e6, PUBLISHED) == ((1e6, 0.40), (5e6, 0.40))
    for price, hedged in ((1.0, 6e6), (0.99, 5e5), (0.9, 5e5)):
        with pytest.raises(NotCoveredError, match="depeg_elsewhere"):
            depeg_rows(price, hedged, PUBLISHED)
    assert depeg_rows(1.0, 6e6, given_depeg())[-1] == (math.inf, 0.02)
    assert depeg_rows(0.99, 2e6, given_depeg()) == ((1e6, 0.02), (5e6, 0.015))


# --- equity ----------------------------------------------------------------------------------


def test_a_currency_counts_by_tiers_on_what_is_left_after_netting():
    result = margin(account(balances=[Balance("BETH", 1_000.0), Balance("X", 130e6)]), MARKET)
    # BETH, 2024-07-18: 2 million at 0.95, the third at 0.85; X, 2025-04-17: 120 million coins at
    # 0.85, ten more at 0.79
    beth = 2e6 * 0.95 + 1e6 * 0.85
    x = (120e6 * 0.85 + 10e6 * 0.79) * 0.001
    assert result.equity.amount == pytest.approx(beth + x)
    assert result.collateral_not_counted == pytest.approx(3e6 + 130e3 - beth - x)


def test_losses_are_taken_from_their_currency_before_its_discount():
    short = Position(Perpetual("BTC", 10.0, MarginType.INVERSE), -9_000.0, 60_000.0)
    result = margin(account(short, balances=[Balance("BTC", 4.0)]), MARKET)
    coins = 4.0 + -90_000.0 * (1 / 60_000.0 - 1 / SPOT)
    used = min(coins, 90_000.0 / SPOT)
    assert result.equity.amount == pytest.approx(SPOT * (used + 0.97 * (coins - used)))
    assert any("third party" in warning for warning in result.warnings)


def test_coins_that_the_stress_moves_take_no_discount():
    book = account(perpetual(-5.0), balances=[Balance("BTC", 3.0)])
    result = margin(book, MARKET)
    assert result.collateral_not_counted == 0.0
    assert result.equity.amount == pytest.approx(3.0 * SPOT)
    assert amount(result, "MR1") == pytest.approx(0.12 * 2.0 * SPOT)


@settings(max_examples=25)
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(1.0, 1e5))
def test_a_lower_discount_rate_never_raises_equity(first, second, coins):
    low, high = sorted((first, second))
    equity = []
    for rate in (low, high):
        entries = dict(PUBLISHED.discount_rate.entries) | {"ETH": rate}
        p = replace(PUBLISHED, discount_rate=Table(tuple(entries.items())))
        result = margin(account(balances=[Balance("ETH", coins)]), MARKET, p)
        assert result.collateral_not_counted >= 0.0
        equity.append(result.equity.amount)
    assert equity[0] <= equity[1] + 1e-9


def test_a_balance_s_own_haircut_goes_before_every_table():
    own = Balance("BTC", 2.0, Haircut(0.1, 0.25))
    result = margin(account(balances=[own]), MARKET)
    assert result.equity.amount == pytest.approx(0.9 * 2.0 * SPOT)
    assert result.initial.amount == pytest.approx(0.15 * 2.0 * SPOT)
    assert result.maintenance.amount == 0.0


def test_an_asset_without_a_known_rate_counts_nothing_and_is_named():
    result = margin(account(balances=[Balance("USDC", 1e6), Balance("USD", 5.0)]), MARKET)
    assert result.equity.amount == 5.0
    assert result.collateral_not_counted == pytest.approx(1e6 * 1.0001)
    assert any(warning.startswith("USDC: no discount rate") for warning in result.warnings)
    p = parameters.overridden(PUBLISHED, {"discount_rate.USDC": "0.99"}, "okx_pm")
    again = METHODOLOGY(account(balances=[Balance("USDC", 1e6)]), MARKET, p)
    assert again.equity.amount == pytest.approx(0.99 * 1e6 * 1.0001)
    assert again.warnings == (
        "Modified: parameter discount_rate.USDC set to 0.99; the rule book says not published.",
    )


def test_what_is_owed_is_charged_in_both_phases():
    result = margin(account(balances=[Balance("BTC", -2.0), Balance("USD", 1e6)]), MARKET)
    assert result.maintenance.amount == pytest.approx(0.02 * 2.0 * SPOT)
    assert result.initial.amount == pytest.approx(0.10 * 2.0 * SPOT)
    assert result.equity.amount == pytest.approx(1e6 - 2.0 * SPOT)
    assert any("BTC owed is charged as USDT" in warning for warning in result.warnings)


# --- what it says and refuses ----------------------------------------------------------------


def test_a_book_with_options_says_what_was_assumed():
    book = account(option(Right.CALL, 90_000.0, 20, -1.0), balances=[Balance("USD", 1e5)])
    warnings = margin(book, MARKET).warnings
    for said in ("publishes the inverse ratio", "assumed table", "MR3 and MR5", "Outside"):
        assert any(said in warning for warning in warnings), said


def test_charges_that_are_not_published_can_be_given():
    book = account(option(Right.CALL, 90_000.0, 20, -1.0), option(Right.CALL, 90_000.0, 200, 1.0))
    p = replace(PUBLISHED, vega_points=0.05, rate_shift=0.01)
    result = margin(book, MARKET, p)
    # each expiry's vega on its own: per unit of volatility, by differences
    vegas = [
        (slow_value(q, SPOT, VOL + 1e-4) - slow_value(q, SPOT, VOL - 1e-4)) / 2e-4
        for q in book.positions
    ]
    assert amount(result, "MR3") == pytest.approx(0.05 * sum(vegas), rel=1e-5)
    assert amount(result, "MR5") > 0.0


@pytest.mark.parametrize(
    ("position", "message"),
    [
        (
            perpetual(1.0, coin="ETH"),
            r"-p okx_pm\.basis_floor\.ETH=\.\.\. -p okx_pm\.reduction_rate\.ETH",
        ),
        (perpetual(1.0, "EUR"), "quoted in EUR"),
        (replace(perpetual(1.0), instrument=Perpetual("AAA")), "no coin"),
    ],
)
def test_what_it_does_not_cover_is_said_in_one_sentence(position, message):
    stock = Underlying("AAA", AssetClass.EQUITY)
    portfolio = replace(account(position), underlyings=(*COINS, stock))
    with pytest.raises(NotCoveredError, match=message):
        margin(portfolio, replace(MARKET, quotes=(*MARKET.quotes, Quote("AAA", 10.0))))


def test_a_coin_is_covered_once_its_numbers_are_given():
    p = parameters.overridden(
        PUBLISHED, {"basis_floor.ETH": "0.003", "reduction_rate.ETH": "0.005"}, "okx_pm"
    )
    result = margin(account(perpetual(100.0, coin="ETH")), MARKET, p)
    assert result.maintenance.amount == pytest.approx(100.0 * 3_000.0 * (0.12 + 0.003))


def test_an_account_in_another_currency_is_not_covered():
    with pytest.raises(NotCoveredError, match="Report in USD"):
        margin(replace(account(), currency="EUR"), MARKET)


def test_a_coin_without_a_price_is_named():
    with pytest.raises(MarketDataError, match="no price for SOL"):
        margin(account(balances=[Balance("SOL", 1.0)]), MARKET)


def test_a_stablecoin_without_a_price_is_asked_for_where_it_hedges():
    market = replace(MARKET, prices=())
    with pytest.raises(MarketDataError, match="no price for USDT"):
        margin(account(perpetual(1.0), inverse(-50_000.0)), market)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vol_days", "[0, 30]"),
        ("extreme_move.majors", "1.5"),
        ("option_initial", "[0.1]"),
        ("discount_rate.USDT", "1.5"),
        ("reduction_tiers.majors", "[[5, 1], [4, 2]]"),
    ],
)
def test_a_parameter_of_no_use_is_refused(name, value):
    p = parameters.overridden(PUBLISHED, {name: value}, "okx_pm")
    with pytest.raises(ParameterError):
        margin(account(perpetual(1.0), balances=[Balance("USDT", 1.0)]), MARKET, p)


def test_dollars_that_hedge_but_for_rounding_are_charged_for_no_peg():
    lots = [perpetual(size, "USDC") for size in (0.123, 0.456, -0.579)]
    result = margin(account(*lots, perpetual(-1.0)), MARKET)
    assert starting(result.maintenance, "MR9").parts == ()
    assert starting(margin(account(*lots[:2], perpetual(-1.0)), MARKET).maintenance, "MR9").parts


def test_coins_hedge_no_delta_that_is_rounding_alone():
    lots = [perpetual(size) for size in (-0.123, -0.456, 0.579)]
    result = margin(account(*lots, balances=[Balance("BTC", 1.0)]), MARKET)
    assert len(result.worst_scenario.pnl_by_position) == 3
