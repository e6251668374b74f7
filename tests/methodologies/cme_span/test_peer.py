"""SPAN against a slow implementation of its tables."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import Right
from margin_core.methodologies.cme_span.commodity_credits import commodity_credits
from margin_core.methodologies.cme_span.commodity_risk import commodity_risk, requirement
from tests.methodologies.cme_span.accounts import GOLD, LABELS, MONTHS, TIERS, holding, spread


# a second, slow implementation of the whole method
def slow_requirement(commodities, spreads):
    """Return each commodity's requirement; plain lists and dictionaries, one rule after another.

    A commodity: its positions (losses, delta, month, right, quantity), tiers, spreads, minimum.
    """
    state = {}
    for code, (positions, tiers, calendar, minimum_rate) in commodities.items():
        column = [sum(position[0][s] for position in positions) for s in range(16)]
        scan = max(0.0, *column)
        active = next(s for s in range(16) if column[s] == max(column))
        by_month = {}
        for _, delta, month, _, _ in positions:
            by_month[month] = by_month.get(month, 0.0) + delta
        longs = {m: d for m, d in by_month.items() if d > 0}
        shorts = {m: -d for m, d in by_month.items() if d < 0}
        intra = 0.0
        for _, rate, first, second in calendar:
            for one, two in ((first, second), (second, first)):
                left = [m for m in sorted(longs) if m in one or _in_tier(m, one, tiers)]
                right = [m for m in sorted(shorts) if m in two or _in_tier(m, two, tiers)]
                number = min(sum(longs[m] for m in left), sum(shorts[m] for m in right))
                intra += rate * number
                _use(longs, left, number)
                _use(shorts, right, number)
        short_options = sum(-q for _, _, _, right, q in positions if right and q < 0)
        pair = active if active > 13 else (active + 1 if active % 2 == 0 else active - 1)
        price_risk = (column[active] + column[pair]) / 2 - (column[0] + column[1]) / 2
        delta = sum(position[1] for position in positions)
        per_delta = max(price_risk, 0.0) / abs(delta) if delta else 0.0
        state[code] = [scan, intra, short_options * minimum_rate, per_delta, delta, 0.0]
    for rate, one, two in spreads:
        first, second = state[one], state[two]
        if first[4] * second[4] >= 0:
            continue
        number = min(abs(first[4]), abs(second[4]))
        for side in (first, second):
            side[5] += number * side[3] * rate
            side[4] -= number if side[4] > 0 else -number
    return {
        code: max(scan + intra - min(credit, scan), minimum)
        for code, (scan, intra, minimum, _, _, credit) in state.items()
    }


def _in_tier(month, name, tiers):
    return name in tiers and tiers[name][0] <= month <= tiers[name][1]


def _use(pool, months, amount):
    for month in months:
        taken = min(pool[month], amount)
        pool[month] -= taken
        amount -= taken


POSITIONS = st.lists(
    st.tuples(
        st.lists(st.integers(-9_000, 9_000).map(float), min_size=16, max_size=16),
        st.integers(-30, 30).map(lambda n: n / 4),
        st.sampled_from(MONTHS),
        st.sampled_from([None, Right.CALL, Right.PUT]),
        st.integers(-9, 9).map(float),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from("ABC"), POSITIONS, min_size=1), st.floats(0, 300))
def test_it_agrees_with_the_slow_implementation(drawn, minimum):
    calendar = [
        (1, 250.0, "202509", "202510"),
        (2, 300.0, "202510", "202512"),
        (3, 400.0, "1", "2"),
        (4, 350.0, "2", "2"),
        (5, 600.0, "2", "3"),
        (6, 700.0, "1", "3"),
    ]
    pairs = [(0.7, "A", "B"), (0.5, "C", "A"), (0.3, "B", "C")]
    pairs = [pair for pair in pairs if pair[1] in drawn and pair[2] in drawn]
    tiers = {tier.name: (tier.first, tier.last) for tier in TIERS}
    slow = slow_requirement(
        {code: (rows, tiers, calendar, minimum) for code, rows in drawn.items()}, pairs
    )
    risks = []
    for code, rows in drawn.items():
        held = [
            holding(quantity, losses, delta, month, right=right)
            for losses, delta, month, right, quantity in rows
        ]
        commodity = replace(GOLD, code=code, minimum_rate=minimum)
        risks.append(commodity_risk(commodity, held, LABELS))
    found = commodity_credits(
        risks, [spread(rate, one, two, priority=n) for n, (rate, one, two) in enumerate(pairs)]
    )
    ours = {r.commodity.code: requirement(r, found[r.commodity.code]).amount for r in risks}
    assert ours == pytest.approx(slow, abs=1e-6)
