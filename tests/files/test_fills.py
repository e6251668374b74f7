"""Fills of one option at several prices, and the average that may mark them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.errors import InputError
from margin_core.files import from_rows, read, to_rows, unlike_fills
from margin_core.risk.marks import marks
from tests.files.documents import changed

BASE = read(json.dumps(changed(("underlyings", 0, "volatility"), 0.3)))
PUT = {"underlying": "XYZ", "kind": "put", "strike": 90.0, "expiry": "2026-12-18"}


def fill(quantity, price, **more):
    return PUT | {"quantity": quantity, "entry_price": price} | more


def test_two_fills_at_their_average_keep_each_its_own_entry_price():
    rows = [fill(-5.0, 1.25), fill(-5.0, 1.31)]
    with pytest.raises(
        InputError, match=r"entry_price 1\.31 USD .* differs from 1\.25 USD at Row 1"
    ):
        from_rows(rows, BASE)
    (found,) = unlike_fills(rows, BASE)
    assert (found.option, found.rows) == ("XYZ 90 put 18 Dec 2026", (0, 1))
    assert (found.average, found.currency) == (pytest.approx(1.28), "USD")
    account = from_rows([row | {"mark_price": found.average} for row in rows], BASE)
    assert [held.entry_price for held in account[0].positions] == [1.25, 1.31]
    assert [mark.price for mark in marks(*account)] == [found.average] * 2
    assert [mark.value for mark in marks(*account)] == [pytest.approx(-640.0)] * 2


def test_a_price_weighs_by_its_contracts_bought_or_sold_alike():
    (found,) = unlike_fills([fill(30.0, 1.0), fill(-10.0, 2.0)], BASE)
    assert found.average == pytest.approx(1.25)  # (30 x 1 + 10 x 2) / 40


FIGURES = st.tuples(
    st.integers(-1000, 1000).filter(bool), st.integers(1, 4000).map(lambda cents: cents / 100.0)
)


@given(st.lists(FIGURES, min_size=2, max_size=6))
@settings(max_examples=30)
def test_the_average_lies_among_the_prices_and_the_book_is_taken_at_it(trades):
    rows = [fill(float(quantity), price) for quantity, price in trades]
    prices = {price for _, price in trades}
    for found in unlike_fills(rows, BASE):
        assert min(prices) <= found.average + 1e-9 <= max(prices) + 2e-9
        from_rows([row | {"mark_price": found.average} for row in rows], BASE)
    assert bool(unlike_fills(rows, BASE)) == (len(prices) > 1)


@pytest.mark.parametrize(
    "rows",
    [
        [fill(-5.0, 1.25), fill(-5.0, 1.25)],
        [fill(-5.0, 1.25), fill(-5.0, 1.31, strike=95.0)],
        [fill(-5.0, 1.25), fill(-5.0, 1.31, implied_volatility=0.3)],
        [fill(-5.0, 1.25, mark_price=1.2), fill(-5.0, 1.31)],
        [fill(-5.0, 1.25), fill(-5.0, "dear")],
        [fill(0.0, 1.25), fill(0.0, 1.31)],
        [fill(-5.0, 1.25), fill(-5.0, 1.31, price_currency="XYZ")],
        [fill(-5.0, 1.25), PUT | {"quantity": 1.0}],
        [
            PUT
            | {"kind": "stock", "strike": None, "expiry": None, "quantity": 1.0, "entry_price": p}
            for p in (1.0, 2.0)
        ],
        [],
    ],
)
def test_rows_that_need_no_average_or_have_none_are_left_alone(rows):
    assert unlike_fills(rows, BASE) == ()


def test_fills_are_found_among_others_by_their_place():
    rows = [{}, *to_rows(*BASE), fill(1.0, 4.0, strike=95.0), fill(3.0, 3.0, strike=95.0)]
    (found,) = unlike_fills(rows, BASE)
    assert (found.rows, found.average) == ((len(rows) - 2, len(rows) - 1), 3.25)
