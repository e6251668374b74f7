"""Faults of a data file, each at its place."""

import json

import pytest

from margin_core.errors import InputError
from margin_core.methodologies.cme_span import load_data
from tests.methodologies.cme_span.accounts import document, read

TIER = {"name": "all", "first": "202601", "last": "202612"}
DELIVERY = {"month": "202603", "spread_rate": 1, "outright_rate": 2}


def spread_of(*legs, priority=1):
    return {"priority": priority, "rate": 0.5, "legs": list(legs)}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"format": "margin-span/2"}, "format"),
        ({"title": 3}, "title"),
        ({"extra": 3}, "extra"),
        ({"combined_commodities": {}}, "combined_commodities"),
        ({"combined_commodities": [3]}, "combined_commodities[0]"),
        ({"commodity": {"contract_value_factor": 0}}, "contract_value_factor"),
        ({"commodity": {"contract_value_factor": 10**400}}, "contract_value_factor"),
        ({"commodity": {"contract_value_factor": True}}, "contract_value_factor"),
        ({"commodity": {"limit_option_value": "yes"}}, "limit_option_value"),
        ({"commodity": {"credit_method": "best"}}, "credit_method"),
        ({"commodity": {"credit_method": "scan_range", "price_scan_range": 0}}, "price_scan_range"),
        ({"commodity": {"tiers": []}}, "calendar_spreads[1].legs[0].tier"),
        ({"commodity": {"tiers": [{"name": "1", "first": "2026", "last": ""}]}}, "tiers[0].first"),
        (
            {"commodity": {"calendar_spreads": [{"priority": 1, "rate": 1, "legs": []}]}},
            "calendar_spreads[0].legs",
        ),
        ({"commodity": {"short_option_minimum": {"rate": -1}}}, "short_option_minimum.rate"),
        ({"commodity": {"contracts": [{"kind": "swap"}]}}, "contracts[0].kind"),
        ({"commodity": {"contracts": [{"expiry": "soon"}]}}, "contracts[0].expiry"),
        ({"commodity": {"contracts": [{"array": [1, 2]}]}}, "contracts[0].array"),
        (
            {"inter_commodity_spreads": [{"priority": 1, "rate": 2, "legs": []}]},
            "inter_commodity_spreads[0].rate",
        ),
        (
            {
                "inter_commodity_spreads": [
                    {"priority": 1, "rate": 0.5, "legs": [{"commodity": "SI", "side": "A"}]}
                ]
            },
            "inter_commodity_spreads[0].legs[0].commodity",
        ),
        ({"title": " "}, "title"),
        ({"date": "tomorrow"}, "date"),
        ({"extreme_cover": 33}, "extreme_cover"),
        ({"commodity": {"currency": ""}}, "currency"),
        ({"commodity": {"tiers": [TIER | {"last": "202613"}]}}, "tiers[0].last"),
        ({"commodity": {"tiers": [TIER | {"last": "202512"}]}}, "tiers[0].last"),
        ({"commodity": {"tiers": [TIER, TIER]}}, "tiers[1]"),
        ({"commodity": {"delivery": [DELIVERY, DELIVERY]}}, "delivery[1]"),
        (
            {"commodity": {"calendar_spreads": [spread_of({"tier": "all"}, {"month": ""})]}},
            "calendar_spreads[0].legs[1].month",
        ),
        (
            {"commodity": {"calendar_spreads": [spread_of({"tier": "all"}, {"ratio": 2})]}},
            "calendar_spreads[0].legs[1].tier",
        ),
        (
            {"commodity": {"calendar_spreads": [spread_of(*[{"tier": "all", "side": "A"}] * 2)]}},
            "calendar_spreads[0].legs",
        ),
        (
            {"commodity": {"calendar_spreads": [spread_of(*[{"tier": "all"}] * 3)]}},
            "calendar_spreads[0].legs[2]",
        ),
        (
            {"commodity": {"calendar_spreads": [spread_of(priority=1.5)]}},
            "calendar_spreads[0].priority",
        ),
        (
            {"inter_commodity_spreads": [spread_of(*[{"commodity": "GC", "side": "A"}] * 2)]},
            "inter_commodity_spreads[0].legs[1]",
        ),
        (
            {"commodity": {"contracts": [{"kind": "option", "price": -1}]}},
            "contracts[0].price",
        ),
    ],
)
def test_a_faulty_file_is_refused_with_the_place_of_the_fault(changes, place):
    with pytest.raises(InputError) as error:
        read(**changes)
    assert any(fault.where.endswith(place) for fault in error.value.faults)
    assert all(fault.remedy for fault in error.value.faults)
    assert len(set(error.value.faults)) == len(error.value.faults)


def test_every_fault_of_a_file_is_told_at_once():
    with pytest.raises(InputError) as error:
        read(title=3, date=None, commodity={"currency": 7})
    assert {fault.where for fault in error.value.faults} >= {
        "title",
        "date",
        "combined_commodities[0].currency",
    }


def test_a_contract_that_stands_twice_is_refused():
    doubled = document()
    contracts = doubled["combined_commodities"][0]["contracts"]
    contracts.append(contracts[0])
    with pytest.raises(InputError) as error:
        load_data(json.dumps(doubled))
    [fault] = error.value.faults
    assert str(fault) == (
        "combined_commodities[0].contracts[3]: repeats combined_commodities[0].contracts[0]. "
        "Keep one of the two."
    )


def test_a_commodity_that_stands_twice_is_refused():
    doubled = document()
    doubled["combined_commodities"].append(doubled["combined_commodities"][0] | {"contracts": []})
    with pytest.raises(InputError) as error:
        load_data(json.dumps(doubled))
    assert [fault.where for fault in error.value.faults] == ["combined_commodities[1]"]


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "[" * 100_000, "9" * 5_000])
def test_what_is_no_json_object_is_refused(text):
    with pytest.raises(InputError):
        load_data(text)
