"""Spot moves that lose a given amount: linear books by hand, others put back into revaluation."""

import pytest

from margin_core.analysis.reverse_stress import losing_moves
from margin_core.book.instruments import Stock
from margin_core.book.portfolio import Position
from margin_core.errors import InputError
from margin_core.risk.marks import marks
from margin_core.risk.revaluation import revalue
from margin_core.risk.scenarios import VolMode, VolRule, grid
from tests.risk.accounts import MIXED, account, option

POINTS = VolRule(mode=VolMode.POINTS)


def pnl(held, market, spot, vol):
    return revalue(held, market, grid((spot,), (vol,), vol_rule=POINTS)).total()[0]


def test_a_share_loses_a_tenth_on_a_fall_of_a_tenth_and_nothing_on_a_rise():
    portfolio, market = account(Position(Stock("XYZ"), 100))
    (found,) = losing_moves(marks(portfolio, market), market, 1000.0)
    assert found.fall == pytest.approx(-0.1, abs=1e-9)
    assert found.rise is None


def test_a_loss_larger_than_the_book_is_never_made():
    portfolio, market = account(Position(Stock("XYZ"), 100))
    (found,) = losing_moves(marks(portfolio, market), market, 10_001.0)
    assert (found.fall, found.rise) == (None, None)


@pytest.mark.parametrize("loss", [500.0, 5_000.0, 20_000.0])
def test_the_move_put_back_loses_the_amount_and_a_smaller_one_does_not(loss):
    portfolio, market = MIXED
    held = marks(portfolio, market)
    for found in losing_moves(held, market, loss, (-0.05, 0.0, 0.1)):
        for move in (found.fall, found.rise):
            if move:
                assert pnl(held, market, move, found.vol_points) == pytest.approx(-loss, rel=1e-4)
                for part in (0.25, 0.5, 0.75, 0.98):
                    assert pnl(held, market, part * move, found.vol_points) > -loss


def test_a_strangle_sold_loses_either_way_and_sooner_where_volatility_rises():
    portfolio, market = account(
        Position(option("call", 115.0), -5), Position(option("put", 85.0), -5)
    )
    calm, up = losing_moves(marks(portfolio, market), market, 3_000.0, (0.0, 0.1))
    assert calm.fall < up.fall < 0.0 < up.rise < calm.rise


def test_where_volatility_alone_loses_it_no_move_is_needed():
    portfolio, market = account(Position(option("call", 100.0), -5))
    (found,) = losing_moves(marks(portfolio, market), market, 100.0, (0.2,))
    assert (found.fall, found.rise) == (0.0, 0.0)


@pytest.mark.parametrize("loss", [0.0, -5.0, float("nan")])
def test_a_loss_that_is_none_is_refused(loss):
    with pytest.raises(InputError, match="not positive"):
        losing_moves((), MIXED[1], loss)
