"""Derive's standard manager against its published cases."""

import math
from dataclasses import replace

import pytest

from margin_core.book.instruments import Option, Perpetual, Right
from margin_core.book.portfolio import Position
from margin_core.margin.parameters import Table
from margin_core.market.snapshot import Confidences, InstrumentQuote, Market, Quote
from margin_core.methodologies.derive_srm import METHODOLOGY, PUBLISHED
from tests.lines import readd
from tests.methodologies.derive_accounts import account, perpetual
from tests.methodologies.derive_srm import cases as suite


def of_both(value):
    return Table((("BTC", value), ("ETH", value)))


# the parameters of the suite's unit tests, config-test.sol
UNIT = replace(
    PUBLISHED,
    mm_perp_req=of_both(0.05),
    im_perp_req=of_both(0.065),
    min_spot_req=0.10,
    mm_call_spot_req=0.075,
    mm_put_spot_req=0.075,
    mm_put_mtm_req=0.075,
    perp_threshold=0.4,
    option_threshold=0.4,
    base_threshold=0.4,
    oc_factor=0.4,
    depeg_threshold=0.98,
    depeg_factor=1.2,
    margin_factor=of_both(0.1),
    im_scale=of_both(1.0),
)


def of_suite(options, spots, marks, rest, p):
    """Return (initial, maintenance) of a published case, USDC.

    Options are (coin, expiry, forward, strike, call, amount, vol), ``rest`` as in the suite.
    """
    positions, quotes, forwards = [], [], {coin: {} for coin in spots}
    for coin, expiry, forward, strike, call, amount, vol in options:
        contract = Option(coin, Right.CALL if call else Right.PUT, strike, expiry)
        positions.append(Position(contract, amount))
        quotes.append(InstrumentQuote(contract, volatility=vol))
        forwards[coin][expiry] = forward
    for coin, amount, entry, funding in rest.get("perpetuals", ()):
        positions.append(perpetual(amount, coin, entry, funding))
    quotes += [InstrumentQuote(Perpetual(coin), price) for coin, price in marks.items()]
    usdc = rest.get("usdc", 1.0)
    snapshot = Market(
        suite.START,
        tuple(
            Quote(
                coin,
                spot,
                forwards=tuple(forwards[coin].items()),
                confidences=_confidences(coin, rest),
            )
            for coin, spot in spots.items()
        ),
        tuple(quotes),
        (("USDC", usdc),),
    )
    balances = [("USDC", rest.get("cash", 0.0)), *rest.get("coins", ())]
    result = METHODOLOGY(account(*positions, balances=balances), snapshot, p)
    for line in (result.initial, result.maintenance, result.equity):
        assert readd(line) == pytest.approx(line.amount, rel=1e-12, abs=1e-9)
    return result.excess_initial / usdc, result.excess_maintenance / usdc


def _confidences(coin, rest):
    own = Confidences()
    if coin == "ETH":
        own = Confidences(rest.get("spot", 1.0), rest.get("perpetual", 1.0))
    named, moment, forward, vol = rest.get("expiry", ("", None, 1.0, 1.0))
    if named != coin:
        return own
    return replace(own, forward=((moment, forward),), volatility=((moment, vol),))


def case(options, rest):
    """Return (initial, maintenance) of a case of test-cases.json."""
    held = [
        (coin, suite.in_seconds(seconds), suite.FORWARDS[coin, seconds], strike, call, amount, vol)
        for coin, seconds, strike, call, amount, vol in options
    ]
    if "expiry" in rest:
        coin, seconds, *feeds = rest["expiry"]
        rest = rest | {"expiry": (coin, suite.in_seconds(seconds), *feeds)}
    spots, marks = {"ETH": 1500.0, "BTC": 28_000.0}, {"ETH": 1505.0, "BTC": 27_990.0}
    return of_suite(held, spots, marks, rest, UNIT)


@pytest.mark.parametrize("name", suite.CASES)
def test_a_published_case_agrees(name):
    options, rest, expected = suite.CASES[name]
    assert case(options, rest) == pytest.approx(expected, rel=1e-11, abs=1e-9)


def test_the_sixty_options_of_the_last_published_file_agree_to_the_cent():
    options, rest, expected = suite.LAST_SIXTY
    assert case(options, rest) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("name", suite.PORTFOLIOS)
def test_a_published_portfolio_agrees_to_the_dollar(name):
    options, rest, expected = suite.PORTFOLIOS[name]
    spots, marks = {"ETH": 2000.0, "BTC": 28_000.0}, {"ETH": 2001.0, "BTC": 28_020.0}
    held = []
    for coin, day, strike, right, amount in options:
        forward = spots[coin] + suite.CARRY[day][coin]
        if coin == "ETH" and day == "20230118":
            forward = rest.get("forward", forward)
        held.append((coin, suite.on_day(day), forward, strike, right == "call", amount, 0.5))
    if "expiry" in rest:
        coin, day, *feeds = rest["expiry"]
        rest = rest | {"expiry": (coin, suite.on_day(day), *feeds)}
    got = of_suite(held, spots, marks, rest, replace(UNIT, margin_factor=of_both(0.8)))
    assert tuple(math.trunc(round(figure, 9)) for figure in got) == expected


@pytest.mark.parametrize(
    ("right", "strike", "initial", "maintenance"),
    [
        ("call", 1400, -325.0, -212.5),
        ("call", 400, -1325.0, -1212.5),
        ("call", 1600, -150.0, -112.5),
        ("put", 1600, -325.0, -212.5),
        ("put", 3000, -1725.0, -1612.5),
        ("put", 1400, -150.0, -112.5),
    ],
)
def test_the_hand_examples_of_single_options_agree(right, strike, initial, maintenance):
    # TestStandardManager_Option.t.sol: spot and forward 1500, no volatility
    expiry = suite.in_seconds(500_400)
    sold = [("ETH", expiry, 1500.0, float(strike), right == "call", -1.0, 0.0)]
    assert of_suite(sold, {"ETH": 1500.0}, {"ETH": 1500.0}, {}, UNIT) == pytest.approx(
        (initial, maintenance)
    )


def test_the_hand_examples_of_spreads_agree():
    # TestStandardManager_Option.t.sol: the spread needs 100; 1.01 against 1 needs 123, to 1 %
    expiry = suite.in_seconds(500_400)

    def needed(sold, p=UNIT):
        held = [
            ("ETH", expiry, 1500.0, 1500.0, True, -sold, 0.0),
            ("ETH", expiry, 1500.0, 1600.0, True, 1.0, 0.0),
        ]
        return -of_suite(held, {"ETH": 1500.0}, {"ETH": 1500.0}, {}, p)[0]

    assert needed(1.0) == pytest.approx(100.0)
    assert needed(1.01, replace(UNIT, unpaired_im_scale=1.4)) == pytest.approx(123.0, rel=0.01)
