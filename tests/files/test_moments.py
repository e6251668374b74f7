"""Times as text."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margin_core.book.instruments import AssetClass
from margin_core.files import moments

TIMES = st.datetimes(datetime(1900, 1, 2), datetime(2200, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(TIMES)
def test_a_time_survives_its_text(moment):
    assert moments.read_time(moments.time_text(moment)) == moment


@given(TIMES, st.sampled_from(AssetClass))
def test_an_expiry_survives_its_text(moment, asset_class):
    text = moments.expiry_text(moment, asset_class)
    assert moments.read_expiry(text, asset_class) == moment


@given(st.dates(date(1900, 1, 2), date(2200, 12, 30)), st.sampled_from(AssetClass))
def test_a_customary_expiry_is_written_as_its_date(day, asset_class):
    expiry = moments.customary(day, asset_class)
    assert moments.expiry_text(expiry, asset_class) == day.isoformat()


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-12-18T21:00:00Z", 21),
        ("2026-12-18T21:00Z", 21),
        ("2026-12-18 21:00:00+00:00", 21),
        ("2026-12-18T16:00:00-05:00", 21),
        ("2026-12-18T21:00:00.000000+00:00", 21),
    ],
)
def test_a_time_may_be_written_in_these_forms(text, hour):
    assert moments.read_time(text) == datetime(2026, 12, 18, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-18",
        "2026-12-18T21:00:00",
        "2026-12-18T25:00:00Z",
        "2026-12-18T21:00:60Z",
        "2026-12-18T21:00:00+25:00",
        "2026-W51-5T21:00:00Z",
        "20261218T210000Z",
        "1899-12-18T21:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "2026-12-18T21:00:00Z ",
        "२०२६-12-18T21:00:00Z",
        "",
    ],
)
def test_other_texts_are_no_times(text):
    assert moments.read_time(text) is None


@pytest.mark.parametrize("text", ["2026-02-29", "26-12-18", "2026-1-1", "2201-01-01", "18/12/2026"])
def test_other_texts_are_no_dates(text):
    assert moments.read_date(text) is None
