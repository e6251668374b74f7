"""What is kept between runs is found again by exactly its inputs."""

from datetime import UTC, datetime

from margin_core import (
    AssetClass,
    Market,
    Perpetual,
    Portfolio,
    Position,
    Quote,
    Stock,
    Underlying,
    net_liquidation_value,
)
from pages.ui import compute

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
