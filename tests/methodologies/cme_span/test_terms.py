"""Impossible parameters."""

from dataclasses import replace

import pytest

from margin_core.book.instruments import Future
from margin_core.book.portfolio import Position
from margin_core.errors import ParameterError
from margin_core.margin.parameters import Table
from margin_core.methodologies.cme_span import METHODOLOGY, PUBLISHED
from tests.methodologies.cme_span.accounts import MARCH, account, series


@pytest.mark.parametrize(
    "change",
    [
        {"short_option_method": "most"},
        {"credit_method": "none"},
        {"commodity_spreads": (("A", 1.0),)},
        {"scenarios": ((0.0, 1.0, 1.0),)},
        {"price_scan_ranges": Table(())},
        {"price_scan_ranges": Table((("index_broad", 0.0),))},
        {"commodity_spreads": (("A", 0.0, "B", 1.0, 0.5),)},
        {"commodity_spreads": (("A", 1.0, "B", 1.0, 1.5),)},
        {"commodity_spreads": (("A", 1.0, "A", 1.0, 0.5),)},
        {"commodity_spreads": (("A", "one", "B", 1.0, 0.5),)},
        {"delta_weights": ((0.0,),)},
    ],
)
def test_an_impossible_parameter_is_refused(change):
    held = Position(Future("IDX", MARCH), 1.0), Position(series("call", 100.0), 1.0)
    with pytest.raises(ParameterError):
        METHODOLOGY(*account(*held), replace(PUBLISHED, **change))
