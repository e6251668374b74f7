"""What the reader of an OKX figure is told."""

from dataclasses import replace

import pytest

from margin_core.book.instruments import Right
from margin_core.book.portfolio import Balance
from margin_core.methodologies.okx_pm import PUBLISHED, margin
from margin_core.methodologies.okx_pm.notices import account_leverage
from margin_core.methodologies.okx_pm.unit import units
from margin_core.risk.marks import marks
from tests.methodologies.okx_pm.accounts import (
    MARKET,
    SPOT,
    VOL,
    account,
    amount,
    option,
    published_account,
    slow_value,
)


def test_the_example_s_account_leverage_comes_out():
    portfolio, market = published_account()
    found = units(portfolio, market, marks(portfolio, market))
    # its notionals are printed at an index of another moment
    leverage = account_leverage(found, -78553.21888979999)
    assert leverage == pytest.approx(-0.1364949794742562, rel=1e-4)


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
