"""Sums of what cancels but for the last bits of a float."""

from itertools import permutations

import numpy as np
import pytest

from margin_core.risk.netting import net, net_rows


@pytest.mark.parametrize("sizes", [*permutations((0.1, 0.2, -0.3))])
def test_sizes_that_cancel_net_to_nothing_in_any_order(sizes):
    assert net(sizes) == 0.0


def test_a_net_that_is_small_against_its_terms_but_held_stays():
    assert net([1e6, -1e6, 0.01]) == pytest.approx(0.01)
    assert net([1e-8]) == 1e-8
    assert net([]) == 0.0


def test_rows_net_as_their_sizes_do():
    rows = np.array([[0.1, 0.2, -0.3], [1e6, -1e6, 0.01], [1e-8, 0.0, 0.0]])
    assert net_rows(rows) == pytest.approx([net(row) for row in rows], abs=0.0)
    assert net_rows(rows)[0] == 0.0
    assert net_rows(np.empty((2, 0))).tolist() == [0.0, 0.0]
