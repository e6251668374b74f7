"""The whole set of published SPAN examples."""

import pytest

from tests.replays import VECTORS
from tests.replays.cme_span import figures


@pytest.mark.skipif(not VECTORS.exists(), reason="the published examples are not at hand")
def test_the_whole_set_of_span_examples_agrees():
    rows = list(figures(VECTORS / "tims_span"))
    assert rows
    assert [row for row in rows if not row.agrees] == []
