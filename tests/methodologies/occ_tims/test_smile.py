"""How the volatility curve moves with the price."""

from dataclasses import replace

import pytest

from margin_core.methodologies.occ_tims import METHODOLOGY, PUBLISHED
from tests.methodologies.occ_tims.accounts import (
    APRIL,
    CLOSE,
    SPOTS,
    cboe,
    required,
    slow_value,
    slow_volatility,
)


def test_sticky_moneyness_slides_the_curve_along_with_the_price():
    sticky = replace(PUBLISHED, smile="sticky_moneyness")
    legs = [(-10, "SPX", "put", 1460, 22.55), (1_000, "SPY")]
    one = cboe(*legs)  # a curve of one point is flat
    assert required(one, sticky) == pytest.approx(required(one))
    # at -8 % the 1350 put stands past the even end of the curve: it takes the 1460 put's volatility
    result = METHODOLOGY.margin(*cboe(*legs, (1, "SPX", "put", 1350, 2.7)), sticky)
    years = (APRIL - CLOSE).total_seconds() / (365 * 86_400)
    volatility = slow_volatility(legs[0], years)
    value = slow_value("put", SPOTS["SPX"] * 0.92, 1350, years, volatility)
    by_position = dict(result.scenarios[0].pnl_by_position)
    assert by_position["+1 SPX 1,350 put 20 Apr 2007"] == pytest.approx(100 * (value - 2.7))
    assert by_position["+1,000 SPY stock"] == pytest.approx(-0.08 * 145_300.0)
