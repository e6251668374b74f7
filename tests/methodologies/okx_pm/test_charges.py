"""The charges of a risk unit: by expiry, by size, for stablecoins off their peg."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from margin_core.book.instruments import Future
from margin_core.book.portfolio import Position
from margin_core.errors import NotCoveredError
from margin_core.margin.figure import given as line
from margin_core.market.snapshot import InstrumentQuote
from margin_core.methodologies.okx_pm import PUBLISHED, margin, unit_requirement
from margin_core.methodologies.okx_pm.charges import depeg_rows, tiered
from tests.lines import starting
from tests.methodologies.okx_pm.accounts import (
    MARKET,
    NOW,
    SPOT,
    account,
    amount,
    inverse,
    perpetual,
)


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


def test_dollars_that_hedge_but_for_rounding_are_charged_for_no_peg():
    lots = [perpetual(size, "USDC") for size in (0.123, 0.456, -0.579)]
    result = margin(account(*lots, perpetual(-1.0)), MARKET)
    assert starting(result.maintenance, "MR9").parts == ()
    assert starting(margin(account(*lots[:2], perpetual(-1.0)), MARKET).maintenance, "MR9").parts
