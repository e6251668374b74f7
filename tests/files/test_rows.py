"""The table editor's rows in and out."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from margin_core.errors import InputError
from margin_core.files import ROW_COLUMNS, from_rows, read, to_rows
from margin_core.market.snapshot import InstrumentQuote
from tests.files.documents import EVERYTHING, SMALL
from tests.strategies import portfolios

BASE = read(json.dumps(SMALL))
PUT = {"underlying": "XYZ", "kind": "put", "quantity": -10, "strike": 90, "expiry": "2026-12-18"}


def row_faults(*rows):
    with pytest.raises(InputError) as error:
        from_rows(rows, BASE)
    return [str(fault) for fault in error.value.faults]


@given(portfolios())
@settings(max_examples=30)
def test_rows_are_the_inverse_of_the_positions(account):
    assert from_rows(to_rows(*account), account) == account


def test_rows_of_every_field_are_the_inverse_too():
    account = read(json.dumps(EVERYTHING))
    assert from_rows(to_rows(*account), account) == account


def test_rows_survive_a_data_frame():
    frame = pd.DataFrame(to_rows(*BASE), columns=list(ROW_COLUMNS))
    assert from_rows(frame.to_dict("records"), BASE) == BASE
    assert from_rows(frame.convert_dtypes().to_dict("records"), BASE) == BASE


def test_a_row_has_every_column_and_blanks_for_defaults():
    rows = to_rows(*BASE)
    assert {tuple(row) for row in rows} == {ROW_COLUMNS}
    put = {name: value for name, value in rows[1].items() if value is not None}
    assert put == PUT | {"quantity": -10.0, "strike": 90.0, "implied_volatility": 0.25}


def test_rows_replace_the_positions_and_keep_the_rest():
    portfolio, market = from_rows([PUT | {"entry_price": 1.25, "mark_price": "1.5"}], BASE)
    (held,) = portfolio.positions
    assert (held.quantity, held.entry_price) == (-10.0, 1.25)
    assert market.instruments == (InstrumentQuote(held.instrument, 1.5),)
    assert portfolio.underlyings == BASE[0].underlyings
    assert portfolio.balances == BASE[0].balances
    assert (market.quotes, market.valuation_time) == (BASE[1].quotes, BASE[1].valuation_time)
    assert from_rows([], BASE)[0].positions == ()


@pytest.mark.parametrize(
    "expiry",
    [
        date(2026, 12, 18),
        datetime(2026, 12, 18),  # noqa: DTZ001 (as a table holds a date)
        datetime(2026, 12, 18, 21, tzinfo=UTC),
        pd.Timestamp("2026-12-18"),
        np.datetime64("2026-12-18"),
        "2026-12-18T16:00:00-05:00",
    ],
)
def test_an_expiry_may_be_a_date_of_any_library(expiry):
    portfolio, _ = from_rows([PUT | {"expiry": expiry, "mark_price": 1}], BASE)
    assert portfolio.positions[0].instrument.expiry == datetime(2026, 12, 18, 21, tzinfo=UTC)


@pytest.mark.parametrize("blank", [None, "", " ", float("nan"), pd.NA, pd.NaT, np.float64("nan")])
def test_a_blank_of_any_library_is_a_field_left_out(blank):
    portfolio, _ = from_rows(
        [PUT | {"entry_price": 1, "multiplier": blank, "style": blank, "otc": blank}], BASE
    )
    assert portfolio.positions[0].instrument.multiplier == 100.0


@pytest.mark.parametrize("number", [3, 3.0, "3", " +3.0 ", np.int64(3), np.float32(3), Decimal(3)])
def test_a_number_may_be_of_any_library(number):
    portfolio, _ = from_rows([PUT | {"entry_price": 1, "quantity": number}], BASE)
    assert portfolio.positions[0].quantity == 3.0


def test_a_minus_sign_of_typography_is_a_minus():
    portfolio, _ = from_rows([PUT | {"entry_price": 1, "quantity": "−3"}], BASE)
    assert portfolio.positions[0].quantity == -3.0


def test_a_row_of_blanks_is_no_row_but_counts():
    blank = dict.fromkeys(ROW_COLUMNS)
    incomplete = PUT | {"strike": None, "mark_price": 1}
    found = row_faults(PUT | {"mark_price": 1}, blank, incomplete)
    assert found == ["Row 3: strike missing. Enter the strike in the quote currency, above 0."]


def test_every_fault_of_the_rows_is_reported_by_row():
    wrong = {"underlying": "ABC", "kind": "stock", "quantity": True, "strike": 5}
    found = row_faults({"kind": "stock"}, PUT, wrong)
    assert [fault.split(". ")[0] for fault in found] == [
        "Row 1: underlying missing",
        "Row 1: quantity missing",
        "Row 3: ABC is not among the underlyings",
        "Row 3: quantity true is not a number",
        "Row 3: strike is not a field of a stock position",
        "Row 2: the XYZ 90 put 18 Dec 2026 has neither a volatility nor a price",
    ]


def test_a_row_naming_an_unknown_underlying_says_to_add_it():
    (found,) = row_faults({"underlying": "ABC", "kind": "stock", "quantity": 1})
    assert found == (
        "Row 1: ABC is not among the underlyings. "
        "Add ABC to the underlyings, with its asset class and spot."
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"kind": "put", "right": "call"}, 'right "call" contradicts kind put'),
        ({"kind": "future", "strike": 3}, "strike is not a field of a future"),
        ({"quantity": "ten"}, 'quantity "ten" is not a number'),
        ({"quantity": np.bool_(1)}, "quantity true is not a number"),
        ({"quantity": [3]}, "quantity a list is not a number"),
        ({"expiry": datetime(2026, 12, 18, 5)}, "nor a time with an offset"),  # noqa: DTZ001
        ({"note": "mine"}, "note is not a field of an option"),
        ({"spot": 5}, "spot is not a field of an option"),
    ],
)
def test_a_faulty_row_is_refused(change, fault):
    found = row_faults(PUT | {"entry_price": 1} | change)
    assert any(text.startswith("Row 1: ") and fault in text for text in found), found


def test_two_rows_in_one_instrument_must_agree():
    found = row_faults(PUT | {"mark_price": 1}, PUT | {"mark_price": 2})
    assert found[0].startswith("Row 2: mark_price 2 USD of XYZ 90 put 18 Dec 2026 differs from")
    assert "at Row 1" in found[0]


def test_rows_may_be_called_by_other_names():
    rows = [{}, PUT | {"mark_price": 1}, PUT | {"mark_price": 2}]
    with pytest.raises(InputError) as error:
        from_rows(rows, BASE, ["blank", "book, row 2", "line 1"])
    (fault,) = error.value.faults
    assert fault.where == "line 1"
    assert fault.what.endswith("differs from 1 USD at book, row 2")
