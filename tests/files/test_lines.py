"""Pasted lines of every notation, each with its verdict."""

import json

import pytest

from margin_core.errors import InputError
from margin_core.files import ROW_COLUMNS, from_rows, parse_lines, read
from margin_core.files.limits import MAX_LINES
from tests.files.documents import SMALL, changed

BASE = read(json.dumps(changed(("underlyings", 0, "volatility"), 0.3)))
PUT = {"underlying": "XYZ", "kind": "put", "strike": 90.0, "expiry": "2026-12-18"}
CALL = {"underlying": "BTC", "kind": "call", "strike": 90000.0, "expiry": "2026-12-27"}
SMALL_CALL = CALL | {"strike": 0.625}


def verdict(line):
    (found,) = parse_lines(line, BASE)
    return found


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("-10 XYZ 18DEC26 90 P @ 1.25", PUT | {"quantity": -10.0, "entry_price": 1.25}),
        ("XYZ 18DEC26 90 P -10 @ 1.25", PUT | {"quantity": -10.0, "entry_price": 1.25}),
        ("−10 xyz 18dec26 90p @1.25", PUT | {"quantity": -10.0, "entry_price": 1.25}),
        ("–10 XYZ 18DEC26 90 P @ 1.25", PUT | {"quantity": -10.0, "entry_price": 1.25}),
        ("-10\t XYZ\t18DEC26 90\tP\t@ 1.25", PUT | {"quantity": -10.0, "entry_price": 1.25}),
        (
            "\N{ZERO WIDTH SPACE}−10\N{NO-BREAK SPACE}XYZ\N{NO-BREAK SPACE}18DEC26 90 P @ 1.25",
            PUT | {"quantity": -10.0, "entry_price": 1.25},
        ),
        ("10 XYZ 18 Dec 2026 90 put", PUT | {"quantity": 10.0}),
        ("10 XYZ Dec 18, 2026 90 put", PUT | {"quantity": 10.0}),
        ("10 XYZ 2026-12-18 P90", PUT | {"quantity": 10.0}),
        ("10 XYZ 2026/12/18 put $90.00", PUT | {"quantity": 10.0}),
        ("10 XYZ 261218 90P", PUT | {"quantity": 10.0}),
        ("sell 1,000 XYZ 18DEC26 90 P", PUT | {"quantity": -1000.0}),
        ("SHORT -2 XYZ 18DEC26 90 P", PUT | {"quantity": -2.0}),
        ("buy 2 XYZ 18DEC26 90 P @ $1", PUT | {"quantity": 2.0, "entry_price": 1.0}),
        ("XYZ 261218P00090000 -3", PUT | {"quantity": -3.0}),
        ("-3 XYZ   261218P00090000", PUT | {"quantity": -3.0}),
        ("XYZ261218P00090500 -3", PUT | {"quantity": -3.0, "strike": 90.5}),
        (
            "+500 XYZ stock @ 97.73",
            {"underlying": "XYZ", "kind": "stock", "quantity": 500.0, "entry_price": 97.73},
        ),
        (
            "BUY 500 XYZ @ 97.73",
            {"underlying": "XYZ", "kind": "stock", "quantity": 500.0, "entry_price": 97.73},
        ),
        (
            "XYZ 500 97.73",
            {"underlying": "XYZ", "kind": "stock", "quantity": 500.0, "entry_price": 97.73},
        ),
        (
            "XYZ 18DEC26 95 P -5 1.31",
            {
                "underlying": "XYZ",
                "kind": "put",
                "strike": 95.0,
                "expiry": "2026-12-18",
                "quantity": -5.0,
                "entry_price": 1.31,
            },
        ),
        ("500 shares of XYZ", {"underlying": "XYZ", "kind": "stock", "quantity": 500.0}),
        (
            "BTC-PERPETUAL -2 @ 95000",
            {"underlying": "BTC", "kind": "perpetual", "quantity": -2.0, "entry_price": 95000.0},
        ),
        (
            "BTC_USDC-PERPETUAL 0.5",
            {"underlying": "BTC", "kind": "perpetual", "quantity": 0.5, "quote_currency": "USDC"},
        ),
        ("3 BTC perp", {"underlying": "BTC", "kind": "perpetual", "quantity": 3.0}),
        (
            "BTC-25DEC26 3",
            {"underlying": "BTC", "kind": "future", "quantity": 3.0, "expiry": "2026-12-25"},
        ),
        (
            "3 XYZ 18DEC26 future",
            {"underlying": "XYZ", "kind": "future", "quantity": 3.0, "expiry": "2026-12-18"},
        ),
        (
            "BTC-27DEC26-90000-C 5 @ 0.042",
            CALL | {"margin_type": "inverse", "quantity": 5.0, "entry_price": 0.042},
        ),
        (
            "BTC-27DEC26-90000-C 5 @ 0.042 BTC",
            CALL | {"margin_type": "inverse", "quantity": 5.0, "entry_price": 0.042},
        ),
        (
            "BTC-27DEC26-90000-C 5 @ 4200 USD",
            CALL | {"margin_type": "linear", "quantity": 5.0, "entry_price": 4200.0},
        ),
        ("BTC-27DEC26-90000-C-USDT 5 @ 4200", CALL | {"quantity": 5.0, "entry_price": 4200.0}),
        ("BTC_USDC-27DEC26-90000-C 5 @ 42", CALL | {"quantity": 5.0, "entry_price": 42.0}),
        ("BTC-261227-90000-C 5 @ 4200", CALL | {"quantity": 5.0, "entry_price": 4200.0}),
        ("BTC-20261227-90000-C 5 @ 4200", CALL | {"quantity": 5.0, "entry_price": 4200.0}),
        (
            "BTC_USDC-27DEC26-0d625-C 5 @ 1",
            SMALL_CALL | {"quantity": 5.0, "entry_price": 1.0},
        ),
        (
            "1 XYZ 18DEC26 90 P @ 0.001 BTC",
            PUT | {"quantity": 1.0, "entry_price": 0.001, "price_currency": "BTC"},
        ),
    ],
)
def test_a_free_line_is_understood(line, row):
    found = verdict(line)
    assert (found.row, found.fault) == (row, None)
    assert (found.number, found.text) == (1, line)
    from_rows([found.row], BASE)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("5 XYZ 18/12/2026 90 P", "the date 18/12/2026 does not say which number is the month"),
        ("5 XYZ 5/6/26 90 P", "the date 5/6/26 does not say which number is the month"),
        ("5 XYZ 18.12.2026 90 P", "Write it like 2026-12-18, 18DEC26 or 18 Dec 2026."),
        ("5 XYZ 18-12-2026 90 P", "does not say which number is the month"),
        ("5 XYZ 31FEB26 90 P", '"31FEB26" is no date'),
        ("5 XYZ 18DEZ26 90 P", '"18DEZ26" is no date'),
        ("BUY -3 XYZ stock", "BUY -3 says both long and short"),
        ("sold +3 XYZ stock", "sold +3 says both long and short"),
        ('XYZ "stock', "the line is in no notation known here"),
        ("XYZ stock", "the line is in no notation known here. Write it like -10 XYZ 18DEC26"),
        ("5 QQQ stock", "QQQ is not among the underlyings. Add QQQ to the underlyings"),
        ("5 XYZ 19DEC25 90 P @ 1", "the XYZ option expired on 2025-12-19T21:00:00Z"),
        ("5 XYZ 18DEC26 0 P @ 1", "strike 0 is not positive"),
        ("5 XYZ stock @ 3 EUR", "EUR has no price in the file"),
        ("BTC-27DEC26-90000-C 5 @ 4200", "4200 BTC is more than the option can be worth. Write @"),
        ("BTC-27DEC26-190000-P 5 @ 2.1", "2.1 BTC is more than the option can be worth"),
        ("BTC-USD-261227-90000-C 5", "the line is in no notation known here"),
        ("XYZ\tputs\t-10\t90\t2026-12-18", "the line is in no notation known here"),
        ("5 XYZ stock" + "x" * 9_989, "the line has 10,000 characters, more than 1,000. Paste one"),
    ],
)
def test_a_line_that_cannot_be_taken_says_why(line, fault):
    found = verdict(line)
    assert found.fault
    assert str(found.fault).startswith("Line 1: ")
    assert fault in str(found.fault)


def test_a_put_may_be_worth_more_than_a_coin():
    assert not verdict("BTC-27DEC26-190000-P 5 @ 1.9").fault


def test_lines_are_numbered_as_pasted():
    text = "\n5 XYZ stock\n\nnonsense\r\nXYZ 261218P00090000 -3\n"
    verdicts = parse_lines(text, BASE)
    assert [v.number for v in verdicts] == [2, 4, 5]
    assert [v.fault is None for v in verdicts] == [True, False, True]


def test_of_lines_that_disagree_the_later_one_is_at_fault():
    fills = "-5 XYZ 18DEC26 90 P @ 1.25\n-5 XYZ 18DEC26 90 P @ 1.31\n-5 XYZ 18DEC26 90 P @ 1.25"
    first, second, third = parse_lines(fills, BASE)
    assert not first.fault
    assert not third.fault
    assert str(second.fault) == (
        "Line 2: entry_price 1.31 USD of XYZ 90 put 18 Dec 2026 differs from 1.25 USD at Line 1. "
        "Give its implied_volatility, or a mark_price, as well."
    )


def test_lines_are_judged_with_the_book_they_join():
    held = [{}, PUT | {"quantity": 1.0, "entry_price": 1.2}]
    line = "-5 XYZ 18DEC26 90 P @ 1.25"
    (found,) = parse_lines(line, BASE, held)
    assert "differs from 1.2 USD at row 2 of the book" in str(found.fault)
    assert not parse_lines(line, BASE, [held[1] | {"implied_volatility": 0.3}])[0].fault
    bare = read(json.dumps(SMALL))
    assert parse_lines("5 XYZ 18DEC26 90 P", bare)[0].fault
    assert not parse_lines("5 XYZ 18DEC26 90 P", bare, held)[0].fault


def test_a_faulty_book_is_no_fault_of_the_lines_that_join_it():
    held = [PUT | {"quantity": "many"}]
    found = parse_lines("5 XYZ stock\n5 QQQ stock", BASE, held)
    assert [verdict.fault is None for verdict in found] == [True, False]


def test_no_line_passes_because_more_faults_are_found_than_are_listed():
    text = "underlying,kind,quantity\n" + "QQQ,stock,five\n" * 600 + "XYZ,stock,5"
    found = parse_lines(text, BASE)
    assert [verdict.number for verdict in found if not verdict.fault] == [602]


def test_a_line_at_fault_keeps_the_row_it_could_be_read_as():
    found = verdict("5 QQQ stock")
    assert found.fault
    assert found.row == {"underlying": "QQQ", "kind": "stock", "quantity": 5.0}


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_table_with_a_header_is_understood(delimiter):
    text = "Symbol,Type,Qty,Strike,Expiry,IV,Price\nXYZ,put,-10,90,2026-12-18,0.25,1.25\n"
    quoted = '"Symbol"' + text.removeprefix("Symbol")
    assert parse_lines(quoted, BASE) == parse_lines(text, BASE)
    (found,) = parse_lines(text.replace(",", delimiter), BASE)
    assert found.number == 2
    assert found.row == PUT | {"quantity": -10.0, "implied_volatility": 0.25, "entry_price": 1.25}
    assert not found.fault


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_table_without_a_header_is_in_the_editor_s_order(delimiter):
    assert ROW_COLUMNS[:6] == (
        "underlying",
        "kind",
        "quantity",
        "strike",
        "expiry",
        "implied_volatility",
    )
    line = "XYZ\tPut\t–10\t90\N{NO-BREAK SPACE}\t2026-12-18\t0.25"
    found = verdict(line.replace("\t", delimiter))
    assert found.row == PUT | {"quantity": -10.0, "implied_volatility": 0.25}
    assert not found.fault


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("XYZ,stock,5,x,,", "strike is not a field of a stock position"),
        ("XYZ,stock,five,,,", 'quantity "five" is not a number'),
        ("XYZ,stock,5,,,,,9", "the line has 8 cells for 5 columns"),
        ('XYZ,"stock,5', "the line is no row: unexpected end of data"),
        ("XYZ,stock,5,,mine", "note is not a field of a stock position"),
    ],
)
def test_a_faulty_row_of_a_table_says_why(line, fault):
    (found,) = parse_lines(f"underlying,kind,quantity,strike,note\n{line}", BASE)
    assert fault in str(found.fault)
    assert str(found.fault).startswith("Line 2: ")


@pytest.mark.parametrize(
    "text",
    [" \n\t\n", "# fills of today", "\N{ZERO WIDTH SPACE}", "underlying,kind,quantity\r\n,,\n"],
)
def test_blank_lines_comments_and_a_header_have_no_verdicts(text):
    assert parse_lines(text, BASE) == []


def test_a_header_may_stand_below_a_comment():
    text = "# fills of today\r\n\r\nunderlying,kind,quantity\r\nXYZ,stock,5\r\n// all\r\n"
    (found,) = parse_lines(text, BASE)
    assert (found.number, found.fault) == (4, None)


def test_notations_may_be_mixed_line_by_line():
    text = "XYZ,stock,5\nXYZ\tstock\t6\n7 XYZ stock"
    rows = [found.row for found in parse_lines(text, BASE)]
    assert [row and row["quantity"] for row in rows] == [5.0, 6.0, 7.0]


def test_too_many_lines_are_refused():
    with pytest.raises(InputError, match=f"more than {MAX_LINES:,} lines"):
        parse_lines("x\n" * (MAX_LINES + 1), BASE)
