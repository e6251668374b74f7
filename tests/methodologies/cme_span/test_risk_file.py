"""Faults of a data file, each at its place."""

import json

import pytest

from margin_core.errors import InputError
from margin_core.methodologies.cme_span import load_data
from tests.methodologies.cme_span.accounts import document, read


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
        ({"commodity": {"tiers": []}}, "calendar_spreads"),
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
            "inter_commodity_spreads",
        ),
    ],
)
def test_a_faulty_file_is_refused_with_the_place_of_the_fault(changes, place):
    with pytest.raises(InputError) as error:
        read(**changes)
    assert any(fault.where.endswith(place) for fault in error.value.faults)


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
    with pytest.raises(InputError, match="twice"):
        load_data(json.dumps(doubled))


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "[" * 100_000, "9" * 5_000])
def test_what_is_no_json_object_is_refused(text):
    with pytest.raises(InputError):
        load_data(text)
