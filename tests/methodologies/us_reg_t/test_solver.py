"""The search at its limits: no time, stated gaps, large and extreme books."""

import re
from dataclasses import replace

import numpy as np
import pytest

from margin_core.errors import ConvergenceError
from margin_core.methodologies.us_reg_t import margin, pairings, simple_pairing
from margin_core.methodologies.us_reg_t.program import Columns
from margin_core.methodologies.us_reg_t.solver import assemble, solve
from tests.methodologies.us_reg_t.accounts import PROVEN, SPX, account, leg, stock

NO_SEARCH = replace(PROVEN, exact_size=0.0, search_nodes=0.0)

# Longs at 90, 107 and puts beside: its relaxation mixes half contracts.
FRACTIONAL = (
    leg(1, "call", 90.0, 10.5),
    leg(-3, "call", 100.0, 4.0),
    leg(1, "call", 105.0, 2.0),
    leg(1, "call", 125.0, 0.2),
    leg(-1, "put", 95.0, 2.0),
    leg(1, "put", 84.0, 0.5),
)


def large(seed, n=30):
    """Build a book whose exact search takes long: many series, three expiries."""
    draw = np.random.default_rng(seed)
    held = {}
    while len(held) < n:
        right = ("call", "put")[draw.integers(2)]
        series = right, int(draw.integers(70, 131)), int(draw.choice((30, 60, 90)))
        held[series] = int(draw.choice((-1, 1)) * draw.integers(1, 10))
    return account(
        *(
            leg(q, right, strike, round(max(0.1, 4 - abs(strike - 100) / 8), 2), days=days)
            for (right, strike, days), q in held.items()
        )
    )


def gap_of(result):
    found = [re.search(r"at most ([\d,.]+) dollars less", w) for w in result.warnings]
    return max((float(m.group(1).replace(",", "")) for m in found if m), default=0.0)


def test_a_search_without_time_gives_a_lawful_pairing_and_states_a_gap_that_holds():
    made = large(1)
    hasty, proven = margin(*made, NO_SEARCH), margin(*made, PROVEN)
    assert gap_of(proven) == 0.0
    assert gap_of(hasty) > 0.0
    # the stated gap reaches from what was found to the cheapest, at least
    assert 0.0 < hasty.maintenance.amount - proven.maintenance.amount <= gap_of(hasty) + 0.01


def test_without_time_the_simple_pairing_stands_in():
    made = large(2)
    found = [p.legs for p in pairings(*made, NO_SEARCH)]
    simple = [p.legs for p in simple_pairing(*made, NO_SEARCH).pairings]
    assert found == simple


def test_a_relaxation_in_whole_contracts_needs_no_search():
    made = account(leg(-5, "call", 105.0, 2.0), leg(5, "call", 110.0, 1.0), stock(100))
    assert gap_of(margin(*made, NO_SEARCH)) == 0.0


def test_no_contract_is_split_where_that_would_be_cheaper():
    made = account(*FRACTIONAL)
    for pairing in pairings(*made, PROVEN):
        assert all(quantity == round(quantity) for _, quantity in pairing.legs)
    assert gap_of(margin(*made, PROVEN)) == 0.0


def test_a_very_large_book_is_margined_to_the_cent():
    legs = (
        leg(-100_000, "call", 7_000.0, 50.0, on=SPX),
        leg(100_000, "call", 7_010.0, 45.0, on=SPX),
        leg(-100_000, "put", 6_000.0, 40.0, on=SPX),
        leg(100_000, "put", 5_980.0, 35.0, on=SPX),
    )
    keep = margin(*account(*legs, facts=(SPX,), spots={"SPX": 6_500.0}), PROVEN).maintenance
    assert keep.amount == pytest.approx(100_000 * 100 * (20 - 5 - 5), abs=0.01)


def test_a_program_without_solution_is_an_error_not_a_figure():
    columns = Columns()
    columns.row([(columns.add(), 1.0)], lower=2.0, upper=1.0)
    with pytest.raises(ConvergenceError, match="no pairing"):
        solve(assemble([columns], np.zeros(0)), 1.0)
