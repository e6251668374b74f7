"""Deribit's risk matrix: recorded answers, a slow second implementation, and the rule's edges.

The answers are those of private/pme/simulate: the one in its documentation (docs.deribit.com,
2024-06-17) and one recorded for ETH on 2026-02-15; the cross collateral accounts are recorded
summaries of 2026-02-15 and 2026-05-06 (NautilusTrader's test data).
"""

import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.errors import NotCoveredError, ParameterError
from margin_core.margin.parameters import Table, overridden
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.deribit_pm import METHODOLOGY, PUBLISHED
from margin_core.methodologies.deribit_pm.book import accounts
from margin_core.methodologies.deribit_pm.matrix import matrix
from tests.replays import VECTORS
from tests.replays.cex import figures

NOW = datetime(2026, 2, 15, 21, tzinfo=UTC)
MARCH, JUNE = datetime(2026, 3, 27, 8, tzinfo=UTC), datetime(2026, 6, 26, 8, tzinfo=UTC)
SPOTS = {"BTC": 70_000.0, "ETH": 2_000.0, "SOL": 150.0}
FORWARDS = {
    ("BTC", MARCH): 70_400.0,
    ("BTC", JUNE): 71_500.0,
    ("ETH", MARCH): 2_006.0,
    ("ETH", JUNE): 2_030.0,
}
VOLS = {"BTC": 0.45, "ETH": 0.7, "SOL": 0.9}
INVERSE = MarginType.INVERSE
SEGREGATED = METHODOLOGY.profiles["segregated"]
MODES = {"cross": PUBLISHED, "segregated": SEGREGATED}
COINS = tuple(Underlying(symbol, AssetClass.CRYPTO) for symbol in SPOTS)
MARKET = Market(
    NOW,
    tuple(
        Quote(
            symbol,
            spot,
            rate=0.03,
            volatility=VOLS[symbol],
            forwards=tuple((e, f) for (s, e), f in FORWARDS.items() if s == symbol),
        )
        for symbol, spot in SPOTS.items()
    ),
    prices=(("USDC", 1.0), ("USDT", 1.0), ("STETH", 1_990.0), ("PAXG", 4_000.0)),
)


def account(*positions, balances=()):
    return Portfolio(tuple(positions), tuple(balances), COINS)


def inverse(symbol, coins, expiry=None, entry=None):
    """Return an inverse perpetual or future of so many coins at its mark."""
    if expiry is None:
        instrument = Perpetual(symbol, 10.0, INVERSE)
        return Position(instrument, coins * SPOTS[symbol] / 10.0, entry)
    instrument = Future(symbol, expiry, 10.0, INVERSE)
    return Position(instrument, coins * FORWARDS[symbol, expiry] / 10.0, entry)


def linear(symbol, quantity, expiry=None, quoted=None):
    if expiry is None:
        return Position(Perpetual(symbol, quote_currency=quoted), quantity)
    return Position(Future(symbol, expiry, quote_currency=quoted), quantity)


def option(symbol, right, strike, quantity, expiry=MARCH, margin_type=INVERSE):
    return Position(Option(symbol, Right(right), strike, expiry, margin_type=margin_type), quantity)


def margin(*positions, p=PUBLISHED, balances=(), market=MARKET):
    return METHODOLOGY(account(*positions, balances=balances), market, p)


def matrices(*positions, p=SEGREGATED, balances=(), market=MARKET):
    """Return the matrix of every bucket of every account."""
    parts = accounts(account(*positions, balances=balances), market, p)
    return [matrix(bucket, p) for part in parts for bucket in part.buckets]


def own(p, coin, **values):
    """Return parameters with some of a coin's replaced."""
    tables = {
        name: Table(tuple((dict(getattr(p, name).entries) | {coin: value}).items()))
        for name, value in values.items()
    }
    return replace(p, **tables)


# --- recorded answers -------------------------------------------------------------------------


def test_the_documented_answer_for_bitcoin_is_met_to_the_digit():
    index, perpetual, future = 65_666.19, 65_910.57, 67_371.75
    held = {
        Perpetual("BTC", 10.0, INVERSE): (0.314538364, perpetual),
        Future("BTC", datetime(2024, 6, 28, 8, tzinfo=UTC), 10.0, INVERSE): (-0.001187534, future),
    }
    portfolio = account(
        *(Position(instrument, size * mark / 10.0) for instrument, (size, mark) in held.items())
    )
    market = Market(
        datetime(2024, 6, 17, 10, 22, 20, 501_000, tzinfo=UTC),
        (Quote("BTC", index),),
        tuple(InstrumentQuote(instrument, mark) for instrument, (_, mark) in held.items()),
    )
    p = replace(
        SEGREGATED,
        mmp_margin=Table((("BTC", 0.06),)),
        open_orders_margin=Table((("BTC", 1.8212e-05),)),
    )
    (part,) = accounts(portfolio, market, p)
    found = matrix(part.buckets[0], p)
    assert -min(found.counted) == pytest.approx(0.05968587238095239, abs=1e-15)
    assert found.worst == 0
    assert found.counted[27:].tolist() == [0.0] * 8
    assert found.roll_shock.amount / index == pytest.approx(0.00315725898, abs=1e-15)
    assert found.line.amount / index == pytest.approx(0.06284313098, abs=1e-15)
    result = METHODOLOGY(portfolio, market, p)
    assert result.initial.amount / index == pytest.approx(0.122861343, abs=1e-15)
    assert result.maintenance.amount / index == pytest.approx(0.050274504784, abs=1e-15)


def test_the_recorded_vector_for_ether_is_met_in_every_cell():
    recorded = [
        *(0.21939959699999997, 0.15598930884971107, 0.09885036787912074, 0.04709624857068062, 0.0),
        *(-0.04304011233014343, -0.08252645391743126, -0.11888171996035246, -0.1524641267288135),
    ]
    size, mark = -0.999487053, 1_949.49
    contract = Perpetual("ETH", 1.0, INVERSE)
    market = Market(NOW, (Quote("ETH", 1_949.34),), (InstrumentQuote(contract, mark),))
    (found,) = matrices(Position(contract, size * mark), market=market)
    each = [value for value in recorded for _ in range(3)]
    assert found.bucket.vector[:27].tolist() == pytest.approx(each, abs=1e-15)
    # a future alone shows the ends of its range in the whole extended table
    far = [recorded[0]] * 2 + [recorded[-1]] * 6
    assert found.bucket.vector[27:].tolist() == pytest.approx(far, abs=1e-15)
    assert found.worst == 24
    assert found.counted[0] == pytest.approx(0.6 * recorded[0], abs=1e-15)


def test_a_recorded_account_of_coins_and_ether_perpetuals_is_met_to_its_rounding():
    eth, total, usdc = 1_956.7, 2.531977059, 0.14729577
    coins = Balance("BTC", 3.48e-5)
    price = (total - usdc + 1e-6 * eth) / coins.amount
    market = Market(NOW, (Quote("BTC", price), Quote("ETH", eth)), prices=(("USDC", 1.0),))
    result = margin(
        Position(Perpetual("ETH"), -1.95833 / eth),
        Position(Perpetual("ETH", 1.0, INVERSE), 0.99999),
        balances=(coins, Balance("ETH", -1e-6), Balance("USDC", usdc)),
        market=market,
    )
    assert result.equity.amount == pytest.approx(total)
    assert result.maintenance.amount == pytest.approx(0.4557215916, abs=5e-4)


def test_a_recorded_account_of_coins_alone_is_met_to_its_rounding():
    total = 25.710502678
    spots = {"BTC": total / 3.1639e-4, "ETH": total / 0.01089}
    market = Market(
        NOW, tuple(Quote(s, spot) for s, spot in spots.items()), prices=(("USDT", 0.9999),)
    )
    balances = (Balance("BTC", 2.288e-5), Balance("ETH", 8.6e-5), Balance("USDT", 23.61869))
    result = margin(balances=balances, market=market)
    assert result.maintenance.amount == pytest.approx(0.2671726792, rel=3e-4)


@pytest.mark.skipif(not (VECTORS / "cex").is_dir(), reason="the published set is not here")
def test_every_figure_of_the_published_set_is_met():
    found = [f for f in figures(VECTORS / "cex") if f.id.startswith(("DB-PM", "DB-X", "DB-PX"))]
    found += [f for f in figures(VECTORS / "cex") if f.id.startswith("pme_")]
    assert len(found) > 60
    assert [figure for figure in found if not figure.agrees] == []


# --- a second implementation: scalars and loops, the rule written out anew --------------------

RULE = {
    "BTC": {"R": 0.16, "up": 0.5, "down": 0.25, "a": 0.075, "least": 0.01, "d": 1e5, "m": 5e-5},
    "ETH": {"R": 0.18, "up": 0.4, "down": 0.25, "a": 0.05, "least": 0.005, "d": 2e5, "m": 4e-6},
}
FAR = (-0.66, -0.33, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0)


def slow_years(expiry):
    return (expiry - NOW).total_seconds() / (365 * 86_400)


def slow_black(forward, strike, years, vol, right):
    width = vol * math.sqrt(years)
    sign = 1.0 if right is Right.CALL else -1.0
    if width == 0.0:
        return max(sign * (forward - strike), 0.0)
    d1 = math.log(forward / strike) / width + width / 2
    cdf = NormalDist().cdf
    return sign * (forward * cdf(sign * d1) - strike * cdf(sign * (d1 - width)))


def slow_vol(symbol, days, side):
    rule, vol = RULE[symbol], VOLS[symbol]
    f = (30.0 / max(days, 1.0)) ** (0.3 if days < 30.0 else 0.13)
    if side == 1:
        return max(vol * (1.0 + f * rule["up"]), 0.5)
    return vol if side == 0 else max(vol * (1.0 - f * rule["down"]), 0.0)


def slow_coins(position, move, side):
    """Return the coins that an inverse contract wins."""
    match position.instrument:
        case Option(underlying=symbol, strike=strike, expiry=expiry, right=right):
            forward, years = FORWARDS[symbol, expiry], slow_years(expiry)
            moved = forward * (1.0 + move)
            vol = slow_vol(symbol, years * 365, side)
            then = slow_black(moved, strike, years, vol, right) / moved
            now = slow_black(forward, strike, years, VOLS[symbol], right) / forward
            return position.quantity * (then - now)
        case Future(underlying=symbol, expiry=expiry):
            size = position.quantity * 10.0 / FORWARDS[symbol, expiry]
        case Perpetual(underlying=symbol):
            size = position.quantity * 10.0 / SPOTS[symbol]
    return size * (1.0 - 1.0 / (1.0 + move))


def slow_money(position, move, side):
    """Return what a linear contract wins."""
    match position.instrument:
        case Option(underlying=symbol, strike=strike, expiry=expiry, right=right):
            forward, years = FORWARDS[symbol, expiry], slow_years(expiry)
            vol = slow_vol(symbol, years * 365, side)
            then = slow_black(forward * (1.0 + move), strike, years, vol, right)
            now = slow_black(forward, strike, years, VOLS[symbol], right)
            return position.quantity * (then - now)
        case Future(underlying=symbol, expiry=expiry):
            return position.quantity * FORWARDS[symbol, expiry] * move
        case Perpetual(underlying=symbol):
            return position.quantity * SPOTS[symbol] * move


def slow_delta(position):
    """Return delta in the settlement currency, from the difference of two small moves."""
    won = slow_coins if position.instrument.margin_type is INVERSE else slow_money
    h = 1e-5
    return (won(position, h, 0) - won(position, -h, 0)) / (2 * h)


def slow_margin(positions, coins, *, cross):
    """Return the risk matrix margin in USD; ``coins`` held count with cross collateral."""
    buckets = {}
    for position in positions:
        coin_settled = position.instrument.margin_type is INVERSE
        account_of = "all" if cross else (position.underlying if coin_settled else "USDC")
        buckets.setdefault((account_of, position.underlying), []).append(position)
    if cross:
        for symbol in coins:
            buckets.setdefault(("all", symbol), [])
    return sum(
        slow_bucket(symbol, held, coins.get(symbol, 0.0), in_coin=account_of == symbol, cross=cross)
        for (account_of, symbol), held in buckets.items()
    )


def slow_bucket(symbol, held, coins, *, in_coin, cross):
    rule, spot = RULE[symbol], SPOTS[symbol]
    standard = [(rule["R"] * k / 4, side) for k in range(-4, 5) for side in (-1, 0, 1)]
    cells = [slow_usd(symbol, held, coins, cell, cross=cross) for cell in standard]
    moves = [move for move, _ in standard]
    losses = [
        -u / (spot * (1.0 + m) if in_coin else 1.0) for u, m in zip(cells, moves, strict=True)
    ]
    for move in FAR:
        usd = slow_usd(symbol, held, coins, (move, 1), cross=cross) * rule["R"] / abs(move)
        edge = spot * (1.0 + math.copysign(rule["R"], move)) if in_coin else 1.0
        pull = (max(abs(move) / rule["R"], 1.0) - 1.0) * rule["d"]
        losses.append((-usd - pull) / edge)
    unit = spot if in_coin else 1.0
    return round(max(0.0, *losses), 9) * unit + slow_roll(symbol, held)


def slow_usd(symbol, held, coins, cell, *, cross):
    """Return P&L in USD at the moved price; with cross collateral what is owned in coin moves."""
    move, side = cell
    spot = SPOTS[symbol]
    usd = coins * spot * move if cross else 0.0
    for position in held:
        if position.instrument.margin_type is INVERSE:
            usd += slow_coins(position, move, side) * spot * (1.0 + move)
            usd += slow_value_in_coin(position) * spot * move if cross else 0.0
        else:
            usd += slow_money(position, move, side)
    return usd


def slow_roll(symbol, held):
    rule, expiries = RULE[symbol], {}
    for position in held:
        coin_settled = position.instrument.margin_type is INVERSE
        key = coin_settled, getattr(position.instrument, "expiry", None)
        unit = SPOTS[symbol] if coin_settled else 1.0
        expiries[key] = expiries.get(key, 0.0) + slow_delta(position) * unit
    return sum(
        abs(delta) * max(rule["least"], rule["a"] * (slow_years(expiry) if expiry else 0.0))
        for (_, expiry), delta in expiries.items()
    )


def slow_value_in_coin(position):
    match position.instrument:
        case Option(underlying=symbol, strike=strike, expiry=expiry, right=right):
            forward = FORWARDS[symbol, expiry]
            value = slow_black(forward, strike, slow_years(expiry), VOLS[symbol], right)
            return position.quantity * value / forward
        case _:
            return 0.0  # entered at its mark


@st.composite
def books(draw):
    """Build up to five positions on bitcoin and ether, of every kind that Deribit lists."""
    kinds = st.sampled_from(("perpetual", "future", "call", "put"))
    held = []
    for _ in range(draw(st.integers(1, 5))):
        symbol = draw(st.sampled_from(("BTC", "ETH")))
        expiry = draw(st.sampled_from((MARCH, JUNE)))
        size = draw(st.integers(-20, 20).filter(bool)) * (1.0 if symbol == "BTC" else 20.0) / 4
        coin_settled = draw(st.booleans())
        match draw(kinds):
            case "perpetual":
                held.append((inverse if coin_settled else linear)(symbol, size))
            case "future":
                held.append((inverse if coin_settled else linear)(symbol, size, expiry))
            case right:
                strike = SPOTS[symbol] * draw(st.sampled_from((0.5, 0.8, 1.0, 1.1, 1.6)))
                kind = INVERSE if coin_settled else MarginType.LINEAR
                held.append(option(symbol, right, strike, size, expiry, kind))
    return tuple(held)


@settings(max_examples=40)
@given(books(), st.floats(-3.0, 10.0))
def test_the_risk_matrix_is_that_of_a_slow_loop_with_cross_collateral(held, coins):
    result = margin(*held, balances=(Balance("BTC", coins),))
    slow = slow_margin(held, {"BTC": coins} if coins else {}, cross=True)
    assert result.initial.amount == pytest.approx(slow, rel=1e-6, abs=1e-4)
    assert result.maintenance.amount == pytest.approx(0.8 * slow, rel=1e-6, abs=1e-4)


@settings(max_examples=40)
@given(books())
def test_the_risk_matrix_is_that_of_a_slow_loop_with_segregated_collateral(held):
    result = margin(*held, p=SEGREGATED)
    slow = slow_margin(held, {}, cross=False)
    assert result.initial.amount == pytest.approx(slow, rel=1e-6, abs=1e-3)
    assert result.maintenance.amount == pytest.approx(0.8 * slow, rel=1e-6, abs=1e-3)


# --- what holds for any book ------------------------------------------------------------------


def worst_cases(*positions, p):
    return sum(found.worst_case.amount for found in matrices(*positions, p=p))


@pytest.mark.parametrize("p", MODES.values(), ids=MODES)
@settings(max_examples=25)
@given(held=books(), share=st.floats(0.05, 1.0))
def test_a_hedge_in_the_same_settlement_currency_never_raises_the_worst_case(p, held, share):
    for position in held:
        hedge = replace(position, quantity=-share * position.quantity)
        alone = worst_cases(position, p=p)
        assert worst_cases(position, hedge, p=p) <= alone * (1 + 1e-9) + 1e-4


@pytest.mark.parametrize("p", MODES.values(), ids=MODES)
@settings(max_examples=25)
@given(one=books(), other=books())
def test_two_books_together_never_lose_more_than_apart_in_the_worst_case(p, one, other):
    # the dampener is given once to a book, so it is left out
    p = own(own(p, "BTC", extended_dampener=0.0), "ETH", extended_dampener=0.0)
    apart = worst_cases(*one, p=p) + worst_cases(*other, p=p)
    assert worst_cases(*one, *other, p=p) <= apart * (1 + 1e-9) + 1e-3


@pytest.mark.parametrize("p", MODES.values(), ids=MODES)
@settings(max_examples=25)
@given(held=books())
def test_twice_the_book_costs_at_least_twice_as_much(p, held):
    once = margin(*held, p=p).initial.amount
    doubled = tuple(replace(position, quantity=2.0 * position.quantity) for position in held)
    assert margin(*doubled, p=p).initial.amount >= 2.0 * once - 1e-3


def test_a_book_without_size_charges_costs_exactly_twice_as_much():
    held = (inverse("BTC", 3.0), inverse("BTC", -1.0, JUNE), option("BTC", "call", 70_000.0, -2.0))
    doubled = tuple(replace(position, quantity=2.0 * position.quantity) for position in held)
    assert margin(*doubled).initial.amount == pytest.approx(2.0 * margin(*held).initial.amount)


# --- the matrix -------------------------------------------------------------------------------


def test_the_matrix_has_nine_prices_by_three_volatilities_and_eight_far_prices():
    result = margin(option("BTC", "call", 80_000.0, -1.0))
    assert len(result.scenarios) == 27 + 8
    moves = [outcome.moves[0] for outcome in result.scenarios]
    assert moves[:3] == [("BTC", -0.16, -0.25), ("BTC", -0.16, 0.0), ("BTC", -0.16, 0.5)]
    assert [spot for _, spot, _ in moves[27:]] == list(FAR)
    assert {vol for _, _, vol in moves[27:]} == {0.5}
    assert result.scenarios[0].label == "spot −16 %, vol −25 %"
    assert result.scenarios[34].label == "spot +500 %, vol +50 %, 0.032 of it"


def test_the_worst_of_each_coin_adds_up_and_the_largest_comes_first():
    result = margin(linear("ETH", 1.0), linear("BTC", -1.0))
    assert [outcome.group for outcome in result.worst_by_group] == ["BTC", "ETH"]
    assert [outcome.moves[0][1] for outcome in result.worst_by_group] == [0.16, -0.18]
    assert [outcome.pnl for outcome in result.worst_by_group] == pytest.approx([-11_200.0, -360.0])
    assert all(outcome in result.scenarios for outcome in result.worst_by_group)
    roll = 0.01 * 70_000.0 + 0.005 * 2_000.0
    assert result.initial.amount == pytest.approx(11_200.0 + 360.0 + roll)


def test_a_gain_counts_in_part_and_up_to_a_limit():
    p = own(SEGREGATED, "ETH", max_offsetable_pnl=1_000.0)
    (found,) = matrices(inverse("ETH", -10.0), p=p)
    raw, counted = found.bucket.vector[0] * 2_000.0, found.counted[0] * 2_000.0
    assert raw == pytest.approx(10.0 * (1.0 / 0.82 - 1.0) * 2_000.0)
    assert 0.6 * raw > 1_000.0 / 0.82
    assert counted == pytest.approx(1_000.0 / 0.82)
    # what stands by position is before any offset
    result = margin(inverse("ETH", -10.0), p=p)
    assert sum(pnl for _, pnl in result.scenarios[0].pnl_by_position) == pytest.approx(raw)
    assert result.scenarios[0].pnl == pytest.approx(counted)


def test_calls_far_out_of_the_money_are_caught_by_the_extended_table_less_its_dampener():
    few, many = 100.0, 2_000.0
    far = option("BTC", "call", 140_000.0, -few, expiry=JUNE)
    (found,) = matrices(far)
    assert found.worst < 27
    (found,) = matrices(replace(far, quantity=-many))
    assert found.worst >= 27
    move = found.bucket.scenarios.spot_moves[found.worst]
    loss = -slow_coins(replace(far, quantity=-many), move, 1) * 70_000.0 * (1.0 + move)
    counts = (loss * 0.16 / move - (move / 0.16 - 1.0) * 1e5) / (70_000.0 * 1.16)
    assert -found.counted[found.worst] == pytest.approx(counts)
    assert "third parties" in " ".join(margin(replace(far, quantity=-many)).warnings)


def test_a_low_volatility_moved_up_is_lifted_to_the_least():
    held = option("BTC", "call", 70_000.0, -1.0)
    quoted = replace(MARKET, instruments=(InstrumentQuote(held.instrument, volatility=0.2),))
    (found,) = matrices(held, market=quoted)
    forward, years = FORWARDS["BTC", MARCH], slow_years(MARCH)
    loss = [slow_black(forward, 70_000.0, years, vol, Right.CALL) / forward for vol in (0.2, 0.5)]
    assert found.bucket.vector[14] == pytest.approx(loss[0] - loss[1])


def test_a_price_given_is_what_profit_counts_from_and_gives_the_volatility():
    held = option("BTC", "put", 60_000.0, -1.0, expiry=JUNE)
    forward, years = FORWARDS["BTC", JUNE], slow_years(JUNE)
    in_coin = slow_black(forward, 60_000.0, years, 0.6, Right.PUT) / forward
    quoted = replace(MARKET, instruments=(InstrumentQuote(held.instrument, in_coin),))
    (part,) = accounts(account(held), quoted, SEGREGATED)
    (contract,) = part.buckets[0].contracts
    assert contract.mark.volatility == pytest.approx(0.6, abs=1e-9)
    assert part.buckets[0].vector[13] == pytest.approx(0.0, abs=1e-12)


def test_the_worst_case_is_rounded_to_nine_decimals_of_its_currency_before_it_is_added():
    (found,) = matrices(inverse("BTC", 0.123456789))
    exact = 0.123456789 * (1.0 / 0.84 - 1.0)
    assert found.worst_case.amount / 70_000.0 == pytest.approx(round(exact, 9), abs=1e-15)
    assert found.worst_case.amount / 70_000.0 != pytest.approx(exact, abs=1e-12)


# --- roll shock and delta shock ---------------------------------------------------------------


def test_expiries_are_charged_gross_and_a_far_one_by_its_time():
    (found,) = matrices(inverse("BTC", 2.0), inverse("BTC", -2.0, MARCH), inverse("BTC", 1.0, JUNE))
    years = slow_years(JUNE)
    assert 0.075 * years > 0.01 > 0.075 * slow_years(MARCH)
    roll = 0.01 * 2.0 + 0.01 * 2.0 + 0.075 * years * 1.0
    assert found.roll_shock.amount / 70_000.0 == pytest.approx(roll)


def test_an_option_adds_its_delta_less_its_mark_to_its_expiry():
    call = option("BTC", "call", 70_000.0, 1.0)
    (found,) = matrices(call)
    width = 0.45 * math.sqrt(slow_years(MARCH))
    d1 = math.log(70_400.0 / 70_000.0) / width + width / 2
    mark = slow_black(70_400.0, 70_000.0, slow_years(MARCH), 0.45, Right.CALL) / 70_400.0
    roll = 0.01 * (NormalDist().cdf(d1) - mark)
    assert found.roll_shock.amount / 70_000.0 == pytest.approx(roll)
    (hedged,) = matrices(call, inverse("BTC", -(NormalDist().cdf(d1) - mark), MARCH))
    assert hedged.roll_shock.amount == pytest.approx(0.0, abs=1e-9)


def test_perpetuals_of_one_coin_that_settle_in_two_currencies_both_pay():
    (found,) = matrices(linear("ETH", -1.0), inverse("ETH", 1.0), p=PUBLISHED)
    assert found.worst_case.amount == pytest.approx(0.0, abs=1e-6)
    assert found.roll_shock.amount == pytest.approx(0.005 * (2_000.0 + 2_000.0))


def test_size_costs_nothing_up_to_the_threshold_then_ever_more_up_to_a_limit():
    threshold = 20e6 / 70_000.0

    def shock(coins):
        (found,) = matrices(inverse("BTC", coins))
        return found.delta_shock.amount / 70_000.0

    assert shock(threshold * 0.999) == 0.0
    assert shock(threshold + 100.0) == pytest.approx(100.0 * 5e-5 * (threshold + 100.0))
    assert shock(-threshold - 100.0) == pytest.approx(100.0 * 5e-5 * (threshold + 100.0))
    assert shock(10_000.0) == pytest.approx(0.10 * 10_000.0)
    assert shock(2_000.0) > 2.5 * shock(1_000.0)
    assert any("delta shock" in w for w in margin(inverse("BTC", 1_000.0)).warnings)


def test_long_options_reduce_the_delta_that_counts_but_never_create_it():
    future, puts = inverse("BTC", 1_000.0), option("BTC", "put", 70_000.0, 400.0)
    calls = option("BTC", "call", 70_000.0, 5_000.0)

    def shock(*held):
        (found,) = matrices(*held)
        return found.delta_shock.amount

    assert shock(calls) == 0.0
    assert shock(future, calls) == pytest.approx(shock(future))
    assert 0.0 < shock(future, puts) < shock(future)
    assert shock(future, replace(puts, quantity=50_000.0)) == 0.0


# --- collateral and accounts ------------------------------------------------------------------


def test_a_coin_held_alone_costs_its_price_range_with_cross_collateral_and_nothing_else():
    result = margin(balances=(Balance("BTC", 1.0),))
    assert result.equity.amount == 70_000.0
    assert result.initial.amount == pytest.approx(0.16 * 70_000.0)
    assert result.maintenance.amount == pytest.approx(0.128 * 70_000.0)
    assert result.collateral_not_counted == 0.0
    apart = margin(balances=(Balance("BTC", 1.0),), p=SEGREGATED)
    assert (apart.equity.amount, apart.initial.amount) == (70_000.0, 0.0)


def test_coins_hedge_what_is_sold_against_them_with_cross_collateral_only():
    short, coins = linear("BTC", -3.0, JUNE), (Balance("BTC", 3.0), Balance("USDC", 50_000.0))
    together = margin(short, balances=coins)
    apart = margin(short, balances=coins, p=SEGREGATED)
    gap = 3.0 * (71_500.0 - 70_000.0) * 0.16
    roll = 3.0 * 71_500.0 * 0.075 * slow_years(JUNE)
    assert together.initial.amount == pytest.approx(gap + roll)
    assert apart.initial.amount == pytest.approx(3.0 * 71_500.0 * 0.16 + roll)


def test_staked_ether_is_cut_once_and_what_is_left_moves_as_ether():
    coins = (Balance("stETH", 10.0), Balance("STETH", 10.0))
    market = replace(MARKET, prices=(*MARKET.prices, ("stETH", 1_990.0)))
    result = margin(balances=coins, market=market)
    counted = 20.0 * 1_990.0 * 0.925
    assert result.equity.amount == pytest.approx(counted)
    assert result.collateral_not_counted == pytest.approx(20.0 * 1_990.0 * 0.075)
    assert result.initial.amount == pytest.approx(0.18 * counted)
    hedged = margin(linear("ETH", -counted / 2_000.0), balances=coins, market=market)
    assert hedged.initial.amount == pytest.approx(0.005 * counted)
    before = METHODOLOGY.profiles["steth_before_2026_01_13"]
    earlier = margin(balances=coins, market=market, p=before)
    assert earlier.equity.amount == pytest.approx(20.0 * 1_990.0 * 0.85)


def test_a_higher_haircut_never_leaves_more_excess():
    excess = [
        margin(
            linear("ETH", 3.0), balances=(Balance("STETH", 10.0, Haircut(cut, cut)),)
        ).excess_initial
        for cut in (0.0, 0.1, 0.3, 0.9, 1.0)
    ]
    assert excess == sorted(excess, reverse=True)
    assert len(set(excess)) == len(excess)


def test_a_haircut_of_one_phase_is_charged_in_that_phase():
    plain = margin(balances=(Balance("USDC", 1_000.0),))
    cut = margin(balances=(Balance("USDC", 1_000.0, Haircut(0.1, 0.3)),))
    assert cut.equity.amount == pytest.approx(plain.equity.amount - 100.0)
    assert cut.initial.amount - plain.initial.amount == pytest.approx(200.0)
    assert cut.maintenance.amount == plain.maintenance.amount


def test_a_haircut_larger_in_maintenance_never_makes_keeping_dearer_than_opening():
    odd = Balance("USDC", 1_000.0, Haircut(maintenance=0.5, initial=0.1))
    result = margin(linear("BTC", 0.001), balances=(odd,))
    assert result.initial.amount == result.maintenance.amount > 400.0


def test_an_asset_that_is_not_listed_or_whose_haircut_is_unknown_is_named_and_not_counted():
    balances = (Balance("USD", 500.0), Balance("PAXG", 1.0), Balance("USDC", 100.0))
    result = margin(balances=balances)
    assert result.equity.amount == 100.0
    assert result.collateral_not_counted == 4_500.0
    assert "+500 USD is not taken as collateral here" in result.warnings
    assert any("deribit_pm.haircut.PAXG" in warning for warning in result.warnings)
    given_one = overridden(PUBLISHED, {"haircut.PAXG": "0.1"}, "deribit_pm")
    counted = margin(balances=balances, p=given_one)
    assert counted.equity.amount == 3_700.0
    assert counted.initial.amount == 0.0
    assert any("PAXG is held at its haircut alone" in warning for warning in counted.warnings)


def test_each_settlement_currency_is_an_account_of_its_own_when_segregated():
    held = (inverse("BTC", 5.0), linear("ETH", -10.0), linear("BTC", 0.5, quoted="USDT"))
    balances = (Balance("BTC", 2.0), Balance("USDC", 2_000.0), Balance("USDT", 20_000.0))
    result = margin(*held, balances=balances, p=SEGREGATED)
    btc = 0.8 * (5.0 * (1.0 / 0.84 - 1.0) + 0.05) / 2.0
    usdc = 0.8 * (20_000.0 * 0.18 + 0.005 * 20_000.0) / 2_000.0
    assert result.margin_ratio == pytest.approx(max(btc, usdc))
    assert usdc > 1.0 > btc
    assert [o.group for o in result.worst_by_group] == ["BTC", "BTC in USDT", "ETH in USDC"]
    assert any("USDC account is short by 1,700" in warning for warning in result.warnings)
    alone = [margin(p, p=SEGREGATED).initial.amount for p in held]
    assert result.initial.amount == pytest.approx(sum(alone))
    assert result.equity.amount == pytest.approx(140_000.0 + 22_000.0)


def test_a_segregated_account_that_owes_and_holds_nothing_leaves_no_margin_ratio():
    result = margin(linear("ETH", -10.0), balances=(Balance("BTC", 9.0),), p=SEGREGATED)
    assert result.excess_maintenance > 0.0
    assert result.margin_ratio is None


def test_unsettled_profit_in_coin_moves_with_the_coin_with_cross_collateral():
    won = inverse("BTC", 1.0, entry=60_000.0)
    flat, ahead = margin(inverse("BTC", 1.0)), margin(won)
    profit = 70_000.0 * (1.0 / 60_000.0 - 1.0 / 70_000.0)  # coins
    assert ahead.equity.amount == pytest.approx(profit * 70_000.0)
    assert ahead.initial.amount - flat.initial.amount == pytest.approx(0.16 * profit * 70_000.0)
    apart = [margin(p, p=SEGREGATED).initial.amount for p in (inverse("BTC", 1.0), won)]
    assert apart[0] == pytest.approx(apart[1])


def test_orders_are_charged_to_initial_margin_alone():
    p = overridden(PUBLISHED, {"open_orders_margin": "{USD = 120.5}"}, "deribit_pm")
    plain, ordered = margin(linear("BTC", 1.0)), margin(linear("BTC", 1.0), p=p)
    assert ordered.initial.amount - plain.initial.amount == pytest.approx(120.5)
    assert ordered.maintenance.amount == plain.maintenance.amount


# --- settlement -------------------------------------------------------------------------------


def test_a_contract_loses_its_risk_over_the_half_hour_before_its_expiry():
    def asked(minutes):
        market = replace(MARKET, valuation_time=MARCH - timedelta(minutes=minutes))
        quotes = tuple(replace(q, forwards=((MARCH, q.spot),)) for q in MARKET.quotes)
        future = linear("BTC", 1.0, MARCH)
        return margin(future, market=replace(market, quotes=quotes)).initial.amount

    assert asked(30) == pytest.approx(asked(60))
    assert asked(15) == pytest.approx(0.5 * asked(60))
    assert asked(0) == 0.0


def test_an_option_at_its_expiry_has_left_the_matrix_and_counts_in_equity():
    market = replace(MARKET, valuation_time=MARCH)
    result = margin(option("BTC", "call", 60_000.0, -1.0), market=market)
    assert result.initial.amount == 0.0
    assert result.equity.amount < -9_000.0


# --- what is not covered, and what is given ---------------------------------------------------


@pytest.mark.parametrize(
    ("position", "message"),
    [
        (Position(Stock("BTC"), 1.0), r"\+1 BTC stock: coins held are collateral"),
        (
            Position(Option("BTC", Right.CALL, 7e4, MARCH, style=Style.AMERICAN), 1.0),
            "70,000 call 27 Mar 2026: an American option",
        ),
        (Position(Option("BTC", Right.CALL, 7e4, MARCH, otc=True), 1.0), "not a listed option"),
        (Position(Perpetual("BTC", quote_currency="EUR"), 2.0), "perpetual: quoted in EUR"),
        (
            Position(Perpetual("SOL"), 2.0),
            r"\+2 SOL perpetual: not all .* are known\. Give -p deribit_pm\.price_range\.SOL=",
        ),
    ],
)
def test_what_deribit_does_not_list_or_publish_is_refused_by_name(position, message):
    with pytest.raises(NotCoveredError, match=message):
        margin(linear("ETH", 1.0), position)


def test_other_asset_classes_and_currencies_are_refused():
    stock = Portfolio((Position(Stock("XYZ"), 5.0),), (), (Underlying("XYZ", AssetClass.EQUITY),))
    with pytest.raises(NotCoveredError, match=r"\+5 XYZ stock: on equity, no coin"):
        METHODOLOGY(stock, Market(NOW, (Quote("XYZ", 10.0),)))
    with pytest.raises(NotCoveredError, match="reports in EUR"):
        METHODOLOGY(Portfolio(currency="EUR"), MARKET)


def test_a_price_that_no_volatility_gives_off_the_forward_is_refused_by_name():
    held = option("BTC", "call", 60_000.0, 1.0)
    cheap = replace(MARKET.quotes[0], forwards=((MARCH, 90_000.0),), rate=0.0)
    quoted = InstrumentQuote(held.instrument, 1.1)
    market = Market(NOW, (cheap,), (quoted,))
    with pytest.raises(NotCoveredError, match="Black-76 off the forward"):
        METHODOLOGY(account(held), market)


SOL_GIVEN = {
    "price_range": "0.25",
    "extended_table_factor": "1",
    "m_inc": "0.0000005",
    "delta_total_liq_shock_threshold": "2000000",
    "max_delta_shock": "0.2",
    "annualised_move_risk": "0.1",
    "min_annualised_move": "0.01",
    "extended_dampener": "25000",
    "pnl_offset": "0",
    "max_offsetable_pnl": "0",
}


@pytest.mark.parametrize("entry", ["SOL", "other"])
def test_a_coin_is_covered_once_the_reader_gives_what_is_not_published(entry):
    symbol = {"SOL": "SOL", "other": "DOGE"}[entry]
    p = overridden(
        PUBLISHED, {f"{name}.{entry}": text for name, text in SOL_GIVEN.items()}, "deribit_pm"
    )
    portfolio = Portfolio(
        (Position(Perpetual(symbol), 100.0),), (), (Underlying(symbol, AssetClass.CRYPTO),)
    )
    result = METHODOLOGY(portfolio, Market(NOW, (Quote(symbol, 150.0),)), p)
    assert result.initial.amount == pytest.approx(15_000.0 * (0.25 + 0.01))
    modified = f"price_range.{entry} set to 0.25; the rule book says not published"
    assert any(modified in warning for warning in result.warnings)
    with_option = replace(
        portfolio,
        positions=(*portfolio.positions, option(symbol, "call", 150.0, 1.0, JUNE)),
    )
    asked = (
        f"Give -p deribit_pm.volatility_range_up.{entry}=... -p deribit_pm.volatility_range_down"
    )
    with pytest.raises(NotCoveredError, match=re.escape(asked)):
        METHODOLOGY(with_option, Market(NOW, (Quote(symbol, 150.0, volatility=0.8),)), p)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"collateral": "both"}, "'both' is no kind of collateral.*cross or segregated"),
        ({"price_range.BTC": "1.5"}, "a price range of 1.5 is none"),
        ({"buckets_count": "0"}, "0 points are no grid"),
        ({"extended_moves": "[-1.0]"}, "needs extended moves"),
        ({"haircut.BTC": "1.5"}, "1.5 is no haircut"),
        ({"equity_side_impact.BTC": "left"}, "'left' is no side impact"),
    ],
)
def test_an_impossible_parameter_is_refused_with_what_would_do(changes, message):
    p = overridden(PUBLISHED, changes, "deribit_pm")
    with pytest.raises(ParameterError, match=message):
        margin(linear("BTC", 1.0), p=p, balances=(Balance("BTC", 1.0),))


def test_a_word_in_place_of_a_number_is_refused():
    changes = {f"{name}.SOL": text for name, text in SOL_GIVEN.items()} | {"m_inc.SOL": "small"}
    p = overridden(PUBLISHED, changes, "deribit_pm")
    with pytest.raises(ParameterError, match="'small' is no number"):
        margin(linear("SOL", 1.0), p=p)


def test_every_result_says_how_old_its_parameters_are_and_what_is_inferred():
    result = margin(option("BTC", "call", 70_000.0, 1.0, JUNE), linear("ETH", 1.0))
    told = " ".join(result.warnings)
    assert "BTC as of 2024-06-17" in told
    assert "ETH as of 2026-02-15" in told
    assert "option gains become coin" in told
    assert "roll shock of an expiry grows" in told
    plain = " ".join(margin(linear("ETH", 1.0)).warnings)
    assert "Inferred" not in plain
    assert "third parties" not in plain


def test_isolated_margin_is_said_to_be_no_concept_of_deribit():
    isolated = replace(linear("BTC", 1.0), isolated_margin=5_000.0)
    assert any("no isolated margin" in warning for warning in margin(isolated).warnings)
