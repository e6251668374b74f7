"""Brackets against printed and recorded amounts, and against a sum bracket by bracket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margin_core.errors import ParameterError
from margin_core.margin.brackets import bracket_of, brackets


def tables():
    """Build rows of (floor, rate, leverage) that rise."""
    steps = st.lists(st.tuples(st.floats(1.0, 1e6), st.floats(1e-4, 0.05)), max_size=8)

    def rows(steps):
        floor, rate, found = 0.0, 0.004, [(0.0, 0.004, 10.0)]
        for wider, higher in steps:
            floor, rate = floor + wider, rate + higher
            found.append((floor, rate, 1.0 / rate / 2.0))
        return tuple(found)

    return steps.map(rows)


def slow_maintenance(rows, size):
    """Return what falls into each bracket, each at its own rate."""
    ends = [row[0] for row in rows[1:]] + [float("inf")]
    return sum(
        max(min(size, end) - floor, 0.0) * rate
        for (floor, rate, _), end in zip(rows, ends, strict=True)
    )


@given(tables(), st.floats(0.0, 1e7))
def test_a_deduction_makes_the_margin_the_sum_over_brackets(rows, size):
    table = brackets(rows)
    expected = slow_maintenance(rows, size)
    assert bracket_of(table, size).maintenance(size) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_the_amounts_that_the_venue_prints_and_records_follow():
    # Binance, How to Calculate Liquidation Price of USDⓈ-M Futures Contracts, 2020-08-14
    linear = brackets(((0.0, 0.004, 125.0), (50_000.0, 0.005, 100.0), (250_000.0, 0.01, 50.0)))
    assert bracket_of(linear, 264_000.0).rate == 0.01
    assert bracket_of(linear, 500_000.0).deduction == pytest.approx(1_300.0)
    # ... of COIN-M Futures Contracts, 2021-02-05: level 5, and 300 BTC
    rates = (0.004, 0.005, 0.01, 0.025, 0.05, 0.1, 0.125)
    floors = (0.0, 10.0, 20.0, 30.0, 50.0, 100.0, 200.0)
    inverse = brackets([(floor, rate, 1.0) for floor, rate in zip(floors, rates, strict=True)])
    assert inverse[4].deduction == pytest.approx(1.81)
    assert bracket_of(inverse, 300.0).rate == 0.125
    assert bracket_of(inverse, 300.0).deduction == pytest.approx(11.81)


def test_a_position_over_four_tiers_pays_each_at_its_rate():
    # Bybit, Maintenance Margin (USDT Contract): the XYZUSDT illustration, 3,500 USDT
    rows = ((0.0, 0.02, 1.0), (1e3, 0.025, 1.0), (2e3, 0.03, 1.0), (3e3, 0.035, 1.0))
    assert bracket_of(brackets(rows), 3_500.0).maintenance(3_500.0) == pytest.approx(92.5)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ((), "first floor is 0"),
        (((10.0, 0.01, 5.0),), "first floor is 0"),
        (((0.0, 0.01),), "a floor, a maintenance rate and a leverage"),
        (((0.0, 0.01, 5.0), (0.0, 0.02, 5.0)), "do not rise"),
        (((0.0, 0.02, 5.0), (9.0, 0.01, 5.0)), "do not rise"),
        (((0.0, 0.0, 5.0),), "not positive"),
        (((0.0, 0.02, 0.0),), "not positive"),
        (((0.0, 0.02, 51.0),), "more to keep"),
    ],
)
def test_a_faulty_table_is_refused(rows, reason):
    with pytest.raises(ParameterError, match=reason) as refused:
        brackets(rows, "brackets.BTC")
    assert refused.value.fault.where == "brackets.BTC"
