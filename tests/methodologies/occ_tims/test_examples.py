"""Portfolio margin under TIMS against the published tables."""

import pytest

from margin_core.methodologies.occ_tims import METHODOLOGY
from tests.methodologies.occ_tims.accounts import cboe
from tests.replays import VECTORS
from tests.replays.occ_tims import figures


@pytest.mark.parametrize(
    ("legs", "published", "tolerance"),
    [
        ([(-100, "IBM", "call", 100, 1.68)], 115_429, 0.01),
        ([(-100, "IBM", "put", 100, 3.18)], 137_527, 0.01),
        ([(100, "IBM", "put", 95, 1.02), (10_000, "IBM")], 37_538, 0.01),
        ([(100, "IBM", "put", 95, 1.02), (-100, "IBM", "call", 105, 0.40)], 91_118, 0.01),
        ([(100, "IBM", "put", 100, 3.18), (100, "IBM", "call", 100, 1.68)], 7_500, 1e-12),
        ([(-100, "SPX", "call", 1460, 21.66)], 654_514, 0.01),
        ([(-100, "SPX", "put", 1460, 22.55)], 948_203, 0.01),
        ([(-100, "SPX", "call", 1460, 21.66), (100_000, "SPY")], 948_342, 0.025),
        ([(100, "SPX", "call", 1460, 21.66), (-100, "SPX", "put", 1460, 22.55)], 1_162_261, 0.01),
        ([(100, "SPX", "call", 1450, 27.57), (-100, "SPX", "call", 1500, 5.96)], 210_984, 0.01),
        ([(100, "SPX", "put", 1450, 18.72), (100, "SPX", "call", 1450, 27.56)], 7_500, 1e-12),
    ],
)
def test_it_gives_the_figures_of_the_cboe_table(legs, published, tolerance):
    result = METHODOLOGY.margin(*cboe(*legs))
    assert result.capital_to_open == pytest.approx(published, rel=tolerance)
    assert result.initial.amount == result.maintenance.amount


@pytest.mark.skipif(not VECTORS.exists(), reason="the published examples are not at hand")
def test_the_whole_set_of_published_portfolio_margins_agrees():
    ours = [row for row in figures(VECTORS / "tims_span") if not row.id.startswith("R")]
    assert ours
    assert [row for row in ours if not row.agrees] == []
