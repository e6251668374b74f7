"""The portfolio file as CSV."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from margin_core.book.portfolio import Haircut
from margin_core.errors import InputError
from margin_core.files import read, write, write_csv
from margin_core.files.limits import MAX_ROWS
from margin_core.market.snapshot import Quote
from tests.files.documents import SMALL, changed, faults
from tests.strategies import portfolios

SHEET = """\
kind,underlying,quantity,right,strike,expiry,implied_volatility,asset_class,spot,volatility,\
valuation_time,currency,asset,amount,price
stock,XYZ,500,,,,,equity,97.73,,2026-01-02T21:00:00Z,USD,,,
option,XYZ,-10,put,90,2026-12-18,0.25,,,,,,,,

future,BTC,2,,,2026-12-25,,crypto,95000,0.6,2026-01-02T21:00:00Z,,,,
perpetual,BTC,-2.5,,,,,crypto,9.5e4,,,,,,
collateral,,,,,,,,,,,,USD,-1000,
"""


def test_a_csv_says_what_the_same_json_says():
    assert read(SHEET) == read(json.dumps(SMALL))


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_read_too(delimiter):
    assert read(SHEET.replace(",", delimiter)) == read(SHEET)


def test_windows_line_ends_a_byte_order_mark_and_blanks_do_not_matter():
    text = "\r\n" + SHEET.replace("\n", "\r\n").replace("stock,XYZ", " stock , XYZ ")
    assert read(b"\xef\xbb\xbf" + text.encode()) == read(SHEET)


def test_a_header_may_be_written_for_people():
    assert read(SHEET.replace("implied_volatility", "Implied Volatility")) == read(SHEET)


def test_a_kind_may_be_call_or_put():
    assert read(SHEET.replace("option,XYZ,-10,put,", "put,XYZ,-10,,")) == read(SHEET)


def test_leverage_is_the_position_s_in_a_perpetual_s_row_and_else_the_underlying_s():
    text = SHEET.replace("spot,", "spot,leverage,").replace("97.73,", "97.73,-2,")
    text = text.replace("95000,", "95000,3,").replace("9.5e4,", "9.5e4,20,")
    text = text.replace("0.25,,,,", "0.25,,,,,").replace("\ncollateral,", "\ncollateral,,")
    portfolio, market = read(text)
    assert [u.leverage for u in portfolio.underlyings] == [-2.0, 3.0]
    assert [p.leverage for p in portfolio.positions] == [None, None, None, 20.0]
    assert read(write_csv(portfolio, market)) == (portfolio, market)


def test_what_was_written_as_csv_reads_back():
    header = {"name": 'A "name", quoted', "description": " two\nlines ", "account_type": "cash"}
    fund = SMALL["underlyings"][0] | {"marginable": False}
    document = changed(("underlyings", 0), fund, SMALL | header)
    document = changed(("positions", 1), SMALL["positions"][1] | {"otc": True}, document)
    account = read(json.dumps(document))
    assert read(write_csv(*account)) == account


@given(portfolios())
@settings(max_examples=30)
def test_csv_carries_a_plain_portfolio_exactly(account):
    account = plain(*account)
    assert read(write_csv(*account)) == account


def plain(portfolio, market):
    """Return the part of an account that CSV can carry, in the order in which it carries it."""
    symbols = list(dict.fromkeys(p.underlying for p in portfolio.positions))
    balances = tuple(
        replace(b, haircut=b.haircut and Haircut(b.haircut.initial, b.haircut.initial))
        for b in portfolio.balances
        if b.asset in (*symbols, "USD", "USDC")
    )
    quotes = tuple(
        Quote(q.symbol, q.spot, q.rate, q.dividend_yield, volatility=q.volatility)
        for q in map(market.__getitem__, symbols)
    )
    underlyings = tuple(portfolio.underlying(symbol) for symbol in symbols)
    prices = tuple((asset, price) for asset, price in market.prices if asset == "USDC")
    return (
        replace(portfolio, balances=balances, underlyings=underlyings),
        replace(market, quotes=quotes, prices=prices),
    )


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("underlyings", 0, "dividends"), [{"ex_date": "2026-03-01", "amount": 1}], "dividends"),
        (("underlyings", 0, "rates"), {"2026-12-18": 0.04}, "rates"),
        (("underlyings", 1, "forwards"), {"2026-12-25": 96000}, "forwards"),
        (("underlyings", 1, "confidences"), {"spot": 0.9}, "confidences"),
    ],
)
def test_csv_is_refused_where_it_would_lose_a_field(path, value, place):
    account = read(json.dumps(changed(path, value)))
    with pytest.raises(InputError, match=f"cannot carry the {place} of"):
        write_csv(*account)


def test_every_loss_of_a_csv_is_named():
    document = changed(("collateral", 0, "haircut"), {"maintenance": 0.1, "initial": 0.2})
    document = changed(("positions",), SMALL["positions"][3:], document)
    document = changed(("underlyings", 1, "leverage"), 2, document)
    document = changed(("name",), "=SUM(A1)", document)
    with pytest.raises(InputError) as error:
        write_csv(*read(json.dumps(document)))
    assert [str(fault).split(". ")[0] for fault in error.value.faults] == [
        "underlyings[0]: a CSV cannot carry XYZ, which no position names",
        "underlyings[1].leverage: a CSV of perpetuals cannot carry the leverage of BTC itself",
        "collateral[0].haircut: a CSV cannot carry a haircut of USD for each phase",
        "name: a spreadsheet would run the name =SUM(A1) as a formula",
    ]


def test_a_portfolio_of_nothing_is_no_csv():
    account = read(json.dumps({k: SMALL[k] for k in ("format", "valuation_time")}))
    with pytest.raises(InputError, match="a portfolio of nothing"):
        write_csv(*account)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("put,90", "put,-90", "row 3, column strike: strike -90 is not positive"),
        ("put,90", "put,ninety", 'row 3, column strike: strike "ninety" is not a number'),
        ("put,90", "put,٩٠", "row 3, column strike: strike"),
        ("put,90", 'put,"1,000.5"', 'row 3, column strike: strike "1,000.5" is not a number'),
        ("put,90", "put,1e999", "row 3, column strike: strike inf is not a finite number"),
        ("put,90", "call,90,,,,,,,,,,,,,,", "row 3: the row has 29 cells, the first row 15"),
        (",put,", ",,", "row 3, column right: right missing"),
        ("option,XYZ,-10,put", "put,XYZ,-10,call", 'row 3, column right: right "call" contradicts'),
        ("500", "nan", 'row 2, column quantity: quantity "nan" is not a number'),
        ("500", "5_0", 'row 2, column quantity: quantity "5_0" is not a number'),
        ("9.5e4", "9.4e4", "row 6, column spot: spot 94000 differs from 95000 in row 5"),
        ("97.73", "-1", "row 2, column spot: spot -1 is not positive"),
        ("97.73", "", "row 2, column spot: spot missing"),
        ("crypto,9.5e4", "coin,9.5e4", 'column asset_class: asset_class "coin" differs'),
        ("equity", "share", "row 2, column asset_class: asset_class"),
        ("USD,-1000", "USDC,-1000", "row 7, column price: price of USDC missing"),
        ("USD,-1000", "USD,", "row 7, column amount: amount missing"),
        ("collateral,", "collateral,XYZ", "row 7, column underlying: underlying is not a field"),
        ("collateral,", "collaterals,", 'row 7, column kind: kind "collaterals" is not known'),
        ("2026-12-18", "2024-12-18", "row 3, column expiry: the XYZ option expired"),
        (",USD,", ",US,", 'row 2, column currency: currency "US" is not a currency'),
        ("asset,", "aset,", 'row 1, column aset: "aset" is not a column of the format. Did you'),
        ("asset,", "spot,", "row 1, column spot: column spot stands twice"),
        (",XYZ,500", ",,500", "row 2, column underlying: underlying missing"),
        ("2026-01-02T21:00:00Z", "", "row 1, column valuation_time: valuation_time missing"),
        ("equity", '"equity', "line 7: the file is no readable CSV: unexpected end of data"),
    ],
)
def test_a_fault_of_a_csv_names_row_and_column(old, new, fault):
    assert old in SHEET
    found = faults(SHEET.replace(old, new))
    assert any(fault in text for text in found), found


def test_all_faults_of_a_csv_are_reported_at_once():
    text = SHEET.replace("put,90", "put,-90").replace("9.5e4", "9.4e4").replace("-1000", "x")
    assert [fault.split(":")[0] for fault in faults(text)] == [
        "row 6, column spot",
        "row 3, column strike",
        "row 7, column amount",
    ]


def test_a_csv_of_very_many_rows_is_refused_by_their_number():
    (found,) = faults("kind\n" + "\n" * MAX_ROWS)
    assert found.startswith("the file has more than 20,000 rows. A portfolio has at most 10,000")


def test_the_text_of_a_csv_is_told_by_its_first_character():
    assert read(SHEET, name="a.json.txt") == read(SHEET)
    with pytest.raises(InputError, match="not valid JSON"):
        read(SHEET, name="a.json")
    assert read(json.dumps(SMALL), name="a.csv") == read(SHEET)


def test_a_csv_of_a_portfolio_can_become_json():
    account = read(SHEET)
    assert read(write(*account)) == account
