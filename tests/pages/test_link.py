"""Link codes hold an account and its what-if, and nothing else opens."""

from datetime import UTC, datetime

import pytest

from margin_core import InputError, Move
from pages.ui import link

MOVE = Move(
    spot=-0.15,
    spots=(("A.B", 0.05), ("XYZ", -0.2)),
    vol_points=0.02,
    valuation_time=datetime(2026, 12, 1, 21, tzinfo=UTC),
    rate=0.035,
)


def test_the_default_sample_needs_no_code():
    assert link.code(link.sample(link.DEFAULT_SAMPLE)) == ""
    assert link.opened("") == link.sample(link.DEFAULT_SAMPLE)


@pytest.mark.parametrize("name", link.samples())
def test_every_sample_and_every_account_come_back_from_their_code(name):
    sample = link.sample(name)
    assert link.opened(link.code(sample)) == sample
    own = link.Opened(sample.portfolio, sample.market, MOVE)
    assert link.opened(link.code(own)) == own


@pytest.mark.parametrize(
    "text",
    [
        "~no_such_sample",
        "garbage!!",
        "!s",
        "!sNaN",
        "!s99",
        "!q1",
        "!t2026",
        "!xXYZ",
        "x" * 7000,
    ],
)
def test_a_damaged_code_is_one_clear_error(text):
    with pytest.raises(InputError) as caught:
        link.opened(text)
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.faults[0].remedy
