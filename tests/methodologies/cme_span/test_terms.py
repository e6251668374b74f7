"""Impossible parameters."""

from dataclasses import replace

import pytest

from margin_core.book.instruments import Future
from margin_core.book.portfolio import Position
from margin_core.errors import ParameterError
from margin_core.margin.parameters import Table
from margin_core.methodologies.cme_span import METHODOLOGY, PUBLISHED
from tests.methodologies.cme_span.accounts import MARCH, account


@pytest.mark.parametrize(
    "change",
    [
        {"short_option_method": "most"},
        {"credit_method": "none"},
        {"commodity_spreads": (("A", 1.0),)},
        {"scenarios": ((0.0, 1.0, 1.0),)},
        {"price_scan_ranges": Table(())},
    ],
)
def test_an_impossible_parameter_is_refused(change):
    with pytest.raises(ParameterError):
        METHODOLOGY(*account(Position(Future("IDX", MARCH), 1.0)), replace(PUBLISHED, **change))
