"""Every kind of fault is refused in its place, with its reason and what to do."""

import json

import pytest

from margin_core.files import limits
from tests.files.documents import EVERYTHING, SMALL, changed, faults

PUT = ("positions", 1)
FUTURE = ("positions", 2)
PERPETUAL = ("positions", 3)
XYZ = ("underlyings", 0)
USD = ("collateral", 0)
LIQUIDITY = {
    "kind": "lp_range",
    "underlying": "BTC",
    "quantity": 1,
    "lower_price": 80_000,
    "upper_price": 110_000,
    "liquidity": 900,
}

ONE_FAULT = [
    # path, value, place, fact
    (("format",), "margin-portfolio/2", "format", 'format "margin-portfolio/2" is not'),
    (("format",), ..., "format", "format missing"),
    (("valuation_time",), ..., "valuation_time", "valuation_time missing"),
    (("valuation_time",), "2026-01-02T21:00:00", "valuation_time", "not a time with an offset"),
    (("valuation_time",), "2026-01-02", "valuation_time", "not a time with an offset"),
    (("valuation_time",), "2026-13-02T21:00:00Z", "valuation_time", "not a time with an offset"),
    (("valuation_time",), "0001-01-01T00:00:00+14:00", "valuation_time", "not a time"),
    (("valuation_time",), 1767387600, "valuation_time", "1767387600 is not text"),
    (("currency",), "US", "currency", 'currency "US" is not a currency'),
    (("currency",), "U$D", "currency", "is not a currency"),
    (("account_type",), "prime", "account_type", 'account_type "prime" is not margin or cash'),
    (("name",), "a\nb", "name", r'name "a\nb" is not a name'),
    (("name",), "x" * 201, "name", "is not a name"),
    (("description",), "\x07", "description", r'description "\x07" is not a description'),
    (("positions",), {}, "positions", "positions an object is not a list"),
    (("positon",), [], "positon", "positon is not a field of the file. Did you mean positions"),
    ((*XYZ, "asset_class"), "stock", "underlyings[0].asset_class", '"stock" is not equity, etf'),
    ((*XYZ, "spot"), ..., "underlyings[0].spot", "spot missing"),
    ((*XYZ, "spot"), 0, "underlyings[0].spot", "spot 0 is not positive"),
    ((*XYZ, "spot"), 1e-13, "underlyings[0].spot", "spot 1e-13 is less than 1e-12"),
    ((*XYZ, "spot"), 1.1e15, "underlyings[0].spot", "spot 1.1e+15 is more than 1e+15"),
    ((*XYZ, "spot"), "97.73", "underlyings[0].spot", 'spot "97.73" is not a number'),
    ((*XYZ, "spot"), True, "underlyings[0].spot", "spot true is not a number"),
    ((*XYZ, "spot"), float("nan"), "underlyings[0].spot", "spot nan is not a finite number"),
    ((*XYZ, "spot"), float("inf"), "underlyings[0].spot", "spot inf is not a finite number"),
    ((*XYZ, "spot"), -float("inf"), "underlyings[0].spot", "spot -inf is not a finite number"),
    ((*XYZ, "spot"), 10**400, "underlyings[0].spot", "is too large"),
    ((*XYZ, "spot"), None, "underlyings[0].spot", "spot is null"),
    ((*XYZ, "spot"), [1], "underlyings[0].spot", "spot a list is not a number"),
    (
        PERPETUAL,
        LIQUIDITY | {"mark_price": 20_000},
        "positions[3].mark_price",
        "mark_price 20000 is not needed: the range and the spot say",
    ),
    (
        PERPETUAL,
        LIQUIDITY | {"upper_price": 80_000},
        "positions[3].upper_price",
        "upper_price 80000 is not above lower_price 80000",
    ),
    (
        PERPETUAL,
        {name: value for name, value in LIQUIDITY.items() if name != "liquidity"},
        "positions[3].liquidity",
        "liquidity missing",
    ),
    (
        PERPETUAL,
        LIQUIDITY | {"lower_price": 0},
        "positions[3].lower_price",
        "lower_price 0 is not positive",
    ),
    (
        PERPETUAL,
        LIQUIDITY | {"strike": 90_000},
        "positions[3].strike",
        "strike is not a field",
    ),
    ((*XYZ, "rate"), 6, "underlyings[0].rate", "rate 6 is more than 5"),
    ((*XYZ, "rate"), -6, "underlyings[0].rate", "rate -6 is less than -5"),
    ((*XYZ, "volatility"), 0, "underlyings[0].volatility", "volatility 0 is not positive"),
    ((*XYZ, "volatility"), 101, "underlyings[0].volatility", "volatility 101 is more than 100"),
    ((*XYZ, "marginable"), 1, "underlyings[0].marginable", "marginable 1 is not true or false"),
    ((*XYZ, "leverage"), 0, "underlyings[0].leverage", "leverage 0 is not a factor"),
    ((*XYZ, "index"), "XYZ", "underlyings[0].index", "XYZ cannot follow itself"),
    ((*XYZ, "index_ratio"), 0.1, "underlyings[0].index_ratio", "index_ratio stands without index"),
    ((*XYZ, "class_group"), " a", "underlyings[0].class_group", 'class_group " a" is not a label'),
    ((*XYZ, "rates"), {"2026-12-18": "3"}, "underlyings[0].rates.2026-12-18", "is not a number"),
    ((*XYZ, "rates"), {"18/12/2026": 3}, "underlyings[0].rates.18/12/2026", "is not a date"),
    (
        (*XYZ, "forwards"),
        {"2026-12-18": 99, "2026-12-18T21:00:00Z": 98},
        "underlyings[0].forwards",
        "forwards has two figures for one moment, 2026-12-18 and 2026-12-18T21:00:00Z",
    ),
    (
        (*XYZ, "confidences"),
        {"rate": {"2026-12-18": 1, "2026-12-18T16:00:00-05:00": 1}},
        "underlyings[0].confidences",
        "confidences.rate has two figures for one moment",
    ),
    ((*XYZ, "confidences"), {"spot": 1.5}, "underlyings[0].confidences.spot", "1.5 is more than 1"),
    ((*XYZ, "dividends"), [{"amount": 1}], "underlyings[0].dividends[0].ex_date", "missing"),
    (
        (*XYZ, "dividends"),
        [{"ex_date": "2026-02-30", "amount": 1}],
        "underlyings[0].dividends[0].ex_date",
        'ex_date "2026-02-30" is not a date',
    ),
    (
        (*XYZ, "dividends"),
        [{"ex_date": "2026-03-01", "amount": -1}],
        "underlyings[0].dividends[0].amount",
        "amount -1 is negative",
    ),
    ((*XYZ, "dividends"), [7], "underlyings[0].dividends[0]", "dividends entry 7 is not an object"),
    (
        (*XYZ, "dividends"),
        [{"ex_date": "2026-03-01", "amount": 100}],
        "positions[1]",
        "the forward of XYZ for 2026-12-18 is not positive: its dividends exceed its spot",
    ),
    (("underlyings", 2), SMALL["underlyings"][0], "underlyings[2].symbol", "stands already at"),
    ((*PUT, "kind"), ..., "positions[1].kind", "kind missing. Known are stock, option, future"),
    (
        (*PUT, "kind"),
        "options",
        "positions[1].kind",
        '"options" is not known. Did you mean option?',
    ),
    (("underlyings", 2), {"asset_class": "etn", "spot": 1}, "underlyings[2].symbol", "missing"),
    ((*PUT, "kind"), 3, "positions[1].kind", "kind 3 is not known"),
    (
        (*PUT, "underlying"),
        "ABC",
        "positions[1].underlying",
        "ABC is not among the underlyings. Add",
    ),
    ((*PUT, "quantity"), ..., "positions[1].quantity", "quantity missing. Enter the number of"),
    ((*PUT, "quantity"), "-10", "positions[1].quantity", 'quantity "-10" is not a number'),
    ((*PUT, "strike"), -5, "positions[1].strike", "strike -5 is not positive. Enter the strike in"),
    ((*PUT, "strike"), ..., "positions[1].strike", "strike missing"),
    ((*PUT, "right"), "P", "positions[1].right", 'right "P" is not call or put'),
    ((*PUT, "style"), "bermudan", "positions[1].style", "is not american or european"),
    ((*PUT, "settlement"), "both", "positions[1].settlement", "is not physical or cash"),
    ((*PUT, "margin_type"), "coin", "positions[1].margin_type", "is not linear or inverse"),
    ((*PUT, "otc"), "no", "positions[1].otc", 'otc "no" is not true or false'),
    ((*PUT, "multiplier"), 0, "positions[1].multiplier", "multiplier 0 is not positive"),
    ((*PUT, "implied_volatility"), -0.2, "positions[1].implied_volatility", "is not positive"),
    ((*PUT, "implied_volatility"), ..., "positions[1]", "has neither a volatility nor a price"),
    ((*PUT, "entry_price"), -1, "positions[1].entry_price", "entry_price -1 is negative"),
    ((*PUT, "mark_price"), -1, "positions[1].mark_price", "mark_price -1 is negative"),
    ((*PUT, "venue"), "", "positions[1].venue", 'venue "" is not a label'),
    (
        (*PUT, "price_currency"),
        "EUR",
        "positions[1].price_currency",
        "EUR has no price in the file",
    ),
    ((*PUT, "expiry"), "18/12/2026", "positions[1].expiry", 'expiry "18/12/2026" is not a date'),
    ((*PUT, "expiry"), "2026-12-18T21:00", "positions[1].expiry", "nor a time with an offset"),
    (
        (*PUT, "expiry"),
        "2026-01-02T20:59:59Z",
        "positions[1].expiry",
        (
            "the XYZ option expired on 2026-01-02T20:59:59Z, before the valuation time. "
            "Accepted is an expiry from 2026-01-02T21:00:00Z on"
        ),
    ),
    ((*FUTURE, "expiry"), "2026-01-02", "positions[2].expiry", "the BTC future expired on"),
    ((*PUT, "expiry"), "2077-12-17", "positions[1].expiry", "is more than 50 years away"),
    ((*PUT, "leverage"), 5, "positions[1].leverage", "Leave it out; only a perpetual may have it"),
    ((*FUTURE, "strike"), 5, "positions[2].strike", "strike is not a field of a future. Leave it"),
    ((*FUTURE, "entry_price"), 0, "positions[2].entry_price", "entry_price 0 is not positive"),
    ((*PERPETUAL, "mark_price"), 0, "positions[3].mark_price", "mark_price 0 is not positive"),
    ((*PERPETUAL, "leverage"), -1, "positions[3].leverage", "leverage -1 is not positive"),
    ((*PERPETUAL, "isolated_margin"), 0, "positions[3].isolated_margin", "is not positive"),
    ((*PERPETUAL, "strik"), 1, "positions[3].strik", "strik is not a field of a perpetual"),
    (("positions", 0), 7, "positions[0]", "7 is not an object. Write a position as an object"),
    (("positions", 0), None, "positions[0]", "null"),
    ((*USD, "asset"), ..., "collateral[0].asset", "asset missing"),
    ((*USD, "asset"), "-USD", "collateral[0].asset", 'asset "-USD" is not a symbol'),
    (
        (*USD, "asset"),
        "USDC",
        "collateral[0].price",
        "price of USDC missing. Enter its price in USD",
    ),
    ((*USD, "amount"), "all", "collateral[0].amount", 'amount "all" is not a number'),
    ((*USD, "price"), 0.5, "collateral[0].price", "contradicts that it is the reporting currency"),
    ((*USD, "haircut"), 1.1, "collateral[0].haircut", "haircut 1.1 is more than 1"),
    ((*USD, "haircut"), {"initial": 0.1}, "collateral[0].haircut.maintenance", "missing"),
    ((*USD, "haircut"), "10%", "collateral[0].haircut", 'haircut "10%" is not a number'),
    ((*USD, "confidence"), -0.1, "collateral[0].confidence", "confidence -0.1 is negative"),
    ((*USD, "tracks"), "ABC", "collateral[0].tracks", "ABC is not among the underlyings"),
]


@pytest.mark.parametrize(("path", "value", "place", "fact"), ONE_FAULT)
def test_a_fault_is_refused_in_its_place(path, value, place, fact):
    (found,) = faults(changed(path, value))
    assert found.startswith(f"{place}: ")
    assert fact in found
    assert found.endswith((".", "?"))


@pytest.mark.parametrize("document", [SMALL, EVERYTHING])
def test_what_the_faults_are_made_from_is_without_fault(document):
    assert faults(document) == []


def test_every_fault_of_a_document_is_reported_at_once():
    document = changed((*PUT, "strike"), -5)
    document = changed((*PUT, "right"), "both", document)
    document = changed((*PUT, "expiry"), "2025-12-19", document)
    document = changed((*PUT, "implied_volatility"), ..., document)
    document = changed((*PUT, "quantiti"), 3, document)
    document = changed((*FUTURE, "underlying"), "ETH", document)
    document = changed((*XYZ, "spot"), "97", document)
    document = changed((*USD, "amount"), None, document)
    document = changed(("currency",), "dollars of course", document)
    found = [fault.split(": ")[0] for fault in faults(document)]
    assert found == [
        "currency",
        "underlyings[0].spot",
        "positions[1].expiry",
        "positions[1].right",
        "positions[1].strike",
        "positions[1].quantiti",
        "positions[2].underlying",
        "collateral[0].amount",
        "positions[1]",
    ]


def test_positions_in_one_instrument_must_agree_in_their_mark():
    document = changed((*PUT, "mark_price"), 1.25)
    document = changed(("positions", 4), document["positions"][1] | {"mark_price": 1.3}, document)
    assert faults(document) == [
        (
            "positions[4].mark_price: mark_price 1.3 USD of XYZ 90 put 18 Dec 2026 differs from "
            "1.25 USD at positions[1]. Give the same mark_price in both, or in one of them only."
        )
    ]


def test_positions_in_one_instrument_must_agree_in_their_volatility():
    document = changed(("positions", 4), SMALL["positions"][1] | {"implied_volatility": 0.26})
    (found,) = faults(document)
    assert found.startswith("positions[4].implied_volatility: implied_volatility 0.26 of XYZ 90")


def test_marks_of_one_instrument_must_be_in_one_currency():
    first = SMALL["positions"][3] | {"mark_price": 1}
    document = changed(PERPETUAL, first)
    assert faults(changed(("positions", 4), first | {"price_currency": "USD"}, document)) == []
    (found,) = faults(changed(("positions", 4), first | {"price_currency": "BTC"}, document))
    assert "1 BTC of BTC perpetual differs from 1 USD" in found


def test_entry_prices_must_agree_where_nothing_else_gives_the_volatility():
    document = changed((*PUT, "implied_volatility"), ...)
    document = changed((*PUT, "entry_price"), 1.25, document)
    document = changed(("positions", 4), document["positions"][1] | {"entry_price": 1.3}, document)
    (found,) = faults(document)
    assert found.startswith("positions[4].entry_price: entry_price 1.3 USD of XYZ 90 put")
    assert faults(changed((*PUT, "mark_price"), 1.28, document)) == []


def test_an_option_may_take_its_volatility_from_another_position_in_it():
    twin = {k: v for k, v in SMALL["positions"][1].items() if k != "implied_volatility"}
    assert faults(changed(("positions", 4), twin)) == []


def test_balances_of_one_asset_must_agree_in_its_price():
    document = changed(("collateral", 1), {"asset": "USDC", "amount": 1, "price": 1})
    document = changed(("collateral", 2), {"asset": "USDC", "amount": 1, "price": 0.9}, document)
    assert faults(document) == [
        (
            "collateral[2].price: price 0.9 of USDC differs from 1 at collateral[1]. "
            "Give the same price in both, or in one of them only."
        )
    ]


def test_a_key_given_twice_is_refused_in_its_place():
    text = json.dumps(SMALL).replace('"strike": 90', '"strike": 90, "strike": 91')
    assert faults(text) == ["positions[1].strike: strike is given twice. Give it once."]
    text = json.dumps(SMALL).replace('"positions"', '"positions": [], "positions"')
    assert faults(text) == ["positions: positions is given twice. Give it once."]


def test_half_a_unicode_character_is_refused_in_its_place():
    document = changed((*PUT, "venue"), "\ud800")
    (found,) = faults(document)
    assert found.startswith("positions[1].venue: venue holds half a Unicode character")
    (found,) = faults(changed((*PUT, "\ud800"), 1))
    assert found.startswith("positions[1].?: ? is not a field of an option")


def test_a_fault_can_be_printed_whatever_the_file_holds():
    (found,) = faults(changed((*PUT, "right"), "\u202e\x1b[31m" + "long" * 1000))
    assert found.isprintable()
    assert len(found) < 200


def test_names_at_fault_can_be_printed_too():
    odd = {"symbol": "\x1b[31m", "asset_class": "equity", "spot": 1}
    option = SMALL["positions"][1] | {"underlying": "\x1b[31m"}
    del option["implied_volatility"]
    found = faults(SMALL | {"underlyings": [odd, odd], "positions": [option], "collateral": []})
    assert len(found) == 5
    assert all(fault.isprintable() for fault in found)


def test_a_value_nested_as_deeply_as_python_goes_is_refused():
    for depth in range(10, 1200, 7):
        nested = "[" * depth + "]" * depth
        for field in ("asset_class", "spot", "symbol"):
            (found, *_) = faults(json.dumps(changed((*XYZ, field), "?")).replace('"?"', nested))
            assert "a list is not" in found or "too deeply" in found


@pytest.mark.parametrize(
    ("section", "entry", "most"),
    [
        ("positions", {"kind": "stock", "underlying": "XYZ", "quantity": 1}, limits.MAX_POSITIONS),
        ("underlyings", {"symbol": "X", "asset_class": "etn", "spot": 1}, limits.MAX_UNDERLYINGS),
        ("collateral", {"asset": "USD", "amount": 1}, limits.MAX_COLLATERAL),
    ],
)
def test_a_list_that_is_too_long_is_refused_by_its_length(section, entry, most):
    found = faults(SMALL | {section: [entry] * (most + 1)})
    assert f"{section}: {section} has more than {most:,} entries. Enter the list of" in found[0]


def test_an_object_of_many_fields_is_refused_by_their_number():
    (found,) = faults(changed(("positions", 0), {f"field{n}": n for n in range(101)}))
    assert found.startswith("positions[0]: has 101 fields, more than 100")


def test_at_most_a_thousand_faults_are_listed():
    found = faults(SMALL | {"positions": [7] * 5000})
    assert len(found) == limits.MAX_FAULTS + 1
    assert found[-1] == "more faults follow and are not listed. Correct these first."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty. Write JSON or CSV into it."),
        (" \n\t ", "the file is empty"),
        ("[]", "a list is not an object. Write the file as an object, in braces."),
        ('{"format": }', "line 1, column 12: the file is not valid JSON: expecting value"),
        ("{", "line 1, column 2: the file is not valid JSON"),
        ("[" * 100_000, "the file nests objects or lists too deeply"),
        ('{"a":' * 100_000, "the file nests objects or lists too deeply"),
        ("{" + '"a": ' + "9" * 5000 + "}", "the file holds a number of too many digits"),
        (b"\xff\xfe{\x00}\x00", "byte 0: the file is not UTF-8 text. Save it as UTF-8."),
        ("{\ud800}", "the file is not UTF-8 text"),
        ("{" + " " * limits.MAX_BYTES, "the file is larger than 5 MB"),
        ("hello", "row 1: the first row does not name the columns of the format, such as kind"),
    ],
)
def test_a_text_that_is_no_portfolio_is_refused(text, message):
    (found,) = faults(text)
    assert found.startswith(message)
