"""The P&L heat map: its labels fit a phone, its cells say their figures."""

import numpy as np
import pytest

from margin_core.present.charts.scenarios import Axis, heat_map
from margin_core.present.charts.template import palette


def drawn(columns, rows=3):
    spot = Axis(tuple(range(columns)), tuple(f"{i} %<br>{100 + i}" for i in range(columns)))
    vol = Axis(tuple(range(rows)), tuple(f"{i} pts" for i in range(rows)))
    text = [["+1k"] * columns for _ in range(rows)]
    pnl = np.arange(float(rows * columns)).reshape(rows, columns)
    return heat_map(pnl, spot, vol, text, palette("light"), ring=(0, 0), chosen=(1, 1), now=(1, 0))


@pytest.mark.parametrize(
    ("columns", "labelled"),
    [
        (1, [0]),
        (3, [0, 1, 2]),
        (5, [0, 1, 2, 3, 4]),
        (13, [0, 3, 6, 9, 12]),
        (11, [0, 2, 5, 8, 10]),
    ],
)
def test_at_most_five_spots_are_labelled_the_ends_among_them(columns, labelled):
    axis = drawn(columns).layout.xaxis
    assert list(axis.tickvals) == labelled
    assert list(axis.ticktext) == [f"{i} %<br>{100 + i}" for i in labelled]


def test_every_volatility_is_labelled():
    assert list(drawn(5, rows=7).layout.yaxis.ticktext) == [f"{i} pts" for i in range(7)]


def test_cells_carry_their_figures_only_where_they_can_be_read():
    assert drawn(13).data[0].texttemplate == "%{text}"
    assert not drawn(16).data[0].texttemplate


@pytest.mark.parametrize(("size", "tinted"), [(1e-9, False), (0.0, False), (1e-3, True)])
def test_what_rounding_left_of_a_box_has_no_colour(size, tinted):
    """A book that nothing moves is zero but for the last bits of its prices."""
    axis = Axis((0, 1, 2), ("a", "b", "c"))
    pnl = size * np.array([[-1.0, 0.0, 1.0]] * 3)
    cells = heat_map(pnl, axis, axis, [["0"] * 3] * 3, palette("light"), now=(1, 1)).data[0]
    assert cells.zmin == -cells.zmax
    assert bool(np.abs(cells.z).max() > 0.01 * cells.zmax) is tinted
