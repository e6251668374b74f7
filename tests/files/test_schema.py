"""The published JSON Schema says what the door takes."""

import json
from importlib import resources

import jsonschema
import pytest
from hypothesis import given, settings

from margin_core.files import read, schema, write
from margin_core.files.cells import BOOLEANS, NUMBERS
from margin_core.files.table import COLUMNS
from tests.files.documents import EVERYTHING, SMALL, changed, faults
from tests.strategies import portfolios

VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_published_schema_is_that_of_the_models():
    file = resources.files("margin_core.files") / "margin-portfolio-1.schema.json"
    assert json.loads(file.read_text(encoding="utf-8")) == schema()


@pytest.mark.parametrize("document", [SMALL, EVERYTHING])
def test_the_schema_accepts_good_documents(document):
    VALIDATOR.validate(document)
    VALIDATOR.validate(json.loads(write(*read(json.dumps(document)))))


@given(portfolios())
@settings(max_examples=20)
def test_the_schema_accepts_what_is_written(account):
    VALIDATOR.validate(json.loads(write(*account)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), "margin-portfolio/2"),
        (("valuation_time",), ...),
        (("valuation_time",), "2026-01-02"),
        (("currency",), "US"),
        (("extra",), 1),
        (("underlyings", 0, "spot"), -1),
        (("underlyings", 0, "spot"), "97.73"),
        (("underlyings", 0, "asset_class"), "stock"),
        (("underlyings", 0, "volatility"), None),
        (("underlyings", 0, "rates"), {"soon": 0.01}),
        (("positions", 1, "kind"), "options"),
        (("positions", 1, "strike"), ...),
        (("positions", 1, "expiry"), "18/12/2026"),
        (("positions", 1, "funding_rate"), 0.1),
        (("positions", 2, "entry_price"), 0),
        (("collateral", 0, "haircut"), 2),
        (("collateral", 0, "haircut"), {"initial": 0.1}),
        (("collateral", 0, "asset"), "a b"),
    ],
)
def test_the_schema_refuses_what_the_door_refuses_for_its_form(path, value):
    document = changed(path, value)
    assert faults(document)
    assert not VALIDATOR.is_valid(document)


def test_the_columns_of_a_table_are_scalars_of_the_schema():
    properties = {}
    for part in [schema(), *schema()["$defs"].values()]:
        properties |= part.get("properties", {})
    of_type = {name: properties[name].get("type", "text") for name in COLUMNS}
    assert {name for name, kind in of_type.items() if kind == "boolean"} == BOOLEANS
    numbers = {name for name, kind in of_type.items() if kind == "number"}
    assert numbers | {"haircut"} == NUMBERS  # a haircut may be an object too
