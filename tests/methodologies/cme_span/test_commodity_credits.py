"""What opposite deltas of related commodities save."""

import pytest

from margin_core.methodologies.cme_span.commodity_credits import commodity_credits
from margin_core.methodologies.cme_span.commodity_risk import requirement
from tests.methodologies.cme_span.accounts import outright, spread


def test_opposite_deltas_of_two_commodities_save_a_share_of_their_price_risk():
    """10 long of 3,000 each against 8 short of 2,500 each, 70 %: 8 deltas on each side count."""
    risks = [outright("A", 30_000, 30_000, 10), outright("B", 20_000, 20_000, -8)]
    found = commodity_credits(risks, [spread(0.7, "A", "B")])
    saved = {code: sum(line.amount for line in lines) for code, lines in found.items()}
    assert saved == pytest.approx({"A": 16_800.0, "B": 14_000.0})
    assert sum(requirement(r, found[r.commodity.code]).amount for r in risks) == pytest.approx(
        19_200.0
    )


def test_deltas_of_one_sign_save_nothing():
    risks = [outright("A", 30_000, 30_000, 10), outright("B", 20_000, 20_000, 8)]
    assert commodity_credits(risks, [spread(0.7, "A", "B")]) == {"A": [], "B": []}
    assert commodity_credits(risks, [spread(0.7, "A", "C")]) == {"A": [], "B": []}


def test_spreads_are_formed_by_priority_on_the_deltas_left_at_the_risk_per_first_delta():
    risks = [
        outright("A", 30_000, 30_000, 10),
        outright("B", 20_000, 20_000, -8),
        outright("C", 9_000, 9_000, -3),
    ]
    spreads = [spread(0.5, "A", "C", priority=2), spread(0.7, "A", "B")]
    found = commodity_credits(risks, spreads)
    assert [line.amount for line in found["A"]] == pytest.approx([16_800.0, 2 * 3_000 * 0.5])
    assert [line.amount for line in found["C"]] == pytest.approx([2 * 3_000 * 0.5])


def test_ratios_say_how_many_deltas_of_each_side_go_together():
    risks = [outright("A", 30_000, 30_000, 10), outright("B", 20_000, 20_000, -8)]
    found = commodity_credits(risks, [spread(0.5, "A", "B", ratios=(1.0, 4.0))])
    assert found["A"][0].amount == pytest.approx(2 * 3_000 * 0.5)
    assert found["B"][0].amount == pytest.approx(8 * 2_500 * 0.5)
