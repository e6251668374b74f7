"""What is kept between runs is found again by exactly its inputs."""

from datetime import UTC, datetime

import pytest

from margin_core import (
    AssetClass,
    Market,
    Move,
    Perpetual,
    Portfolio,
    Position,
    Quote,
    Stock,
    Underlying,
    files,
    net_liquidation_value,
)
from pages.ui import compute, link

MARKET = Market(datetime(2026, 11, 20, 21, tzinfo=UTC), (Quote("XYZ", 100.0),))


def held(instrument):
    underlying = Underlying("XYZ", AssetClass.EQUITY)
    return Portfolio((Position(instrument, 10.0),), underlyings=(underlying,))


def test_two_instruments_with_the_same_fields_are_told_apart():
    assert compute.worth(held(Stock("XYZ")), MARKET) == 1_000.0
    assert compute.worth(held(Perpetual("XYZ")), MARKET) == 0.0


def test_what_is_kept_is_what_is_computed():
    portfolio = held(Stock("XYZ"))
    marked = compute.marked(portfolio, MARKET)
    assert compute.marked(portfolio, MARKET) is marked
    assert compute.worth(portfolio, MARKET) == (
        net_liquidation_value(portfolio, MARKET, marked).amount
    )


@pytest.mark.parametrize("name", link.samples())
@pytest.mark.parametrize("move", [Move(), Move(spot=-0.1, vol_points=0.05)])
def test_a_csv_reads_back_to_what_was_held_or_says_what_it_cannot_hold(name, move):
    sample = link.sample(name)
    portfolio, market = compute.after(sample.portfolio, sample.market, move)
    text, lost = compute.csv(portfolio, market)
    if lost:
        assert not text
        assert all("cannot carry" in fault.what for fault in lost)
        return
    again, then = files.read(text, name="positions.csv")
    assert (again.positions, again.balances) == (portfolio.positions, portfolio.balances)
    assert compute.worth(again, then) == compute.worth(portfolio, market)
