"""The surface goes through what is given and is sensible in between and outside."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margin_core.errors import MarketDataError
from margin_core.market.volatility import VolPoint, surface

SKEW = ((80.0, 0.35), (100.0, 0.25), (120.0, 0.22))
POINTS = [VolPoint(k, 0.25, vol, 100.0) for k, vol in SKEW] + [
    VolPoint(k, 1.0, vol - 0.02, 104.0) for k, vol in SKEW
]


def test_a_surface_goes_through_every_point_given():
    fitted = surface(POINTS)
    for point in POINTS:
        assert fitted.vol(point.strike, point.years) == pytest.approx(point.vol, rel=1e-12)


def test_between_strikes_volatility_is_linear_and_outside_them_flat():
    fitted = surface(POINTS)
    assert fitted.vol(110.0, 0.25) == pytest.approx(0.235, rel=1e-12)
    assert fitted.vol(1.0, 0.25) == pytest.approx(0.35)
    assert fitted.vol(1e6, 0.25) == pytest.approx(0.22)


def test_one_point_is_a_flat_surface():
    flat = surface([VolPoint(90.0, 0.5, 0.3, 100.0)])
    assert {flat.vol(k, t) for k in (1e-9, 90.0, 1e12) for t in (0.0, 0.01, 0.5, 50.0)} == {0.3}


def test_no_point_is_refused():
    with pytest.raises(MarketDataError, match="no volatility is given"):
        surface([])


def test_points_of_one_strike_and_expiry_are_averaged():
    pair = [VolPoint(100.0, 0.5, 0.2, 100.0), VolPoint(100.0, 0.5, 0.3, 100.0)]
    assert surface(pair).vol(100.0, 0.5) == pytest.approx(0.25)


def test_at_the_forward_total_variance_is_linear_in_time():
    near, far = (0.25, 0.25, 100.0), (1.0, 0.3, 100.0)
    fitted = surface(VolPoint(100.0, years, vol, f) for years, vol, f in (near, far))
    # by hand: a third of the way, (2 * 0.25^2 * 0.25 + 0.3^2 * 1) / 3 / 0.5 = 0.0808333
    assert fitted.vol(100.0, 0.5) == pytest.approx(math.sqrt(0.08083333333333333), rel=1e-12)


def test_a_smile_in_standardised_moneyness_keeps_its_shape_between_expiries():
    def smile(years, forward):
        for x in (-2.0, -1.0, 0.0, 1.0, 2.0):
            strike = forward * math.exp(x * math.sqrt(years))
            yield VolPoint(strike, years, 0.2 + 0.05 * x * x, forward)

    fitted = surface([*smile(0.25, 100.0), *smile(1.0, 100.0)])
    for x in (-2.0, -1.0, 0.0, 1.0, 2.0):
        strike = 100.0 * math.exp(x * math.sqrt(0.6))
        assert fitted.vol(strike, 0.6) == pytest.approx(0.2 + 0.05 * x * x, rel=1e-9)


def test_past_the_last_expiry_volatility_is_its_own_at_equal_moneyness():
    fitted = surface(POINTS)
    strike = 104.0 * math.exp(math.log(80.0 / 104.0) * math.sqrt(4.0))
    assert fitted.vol(strike, 4.0) == pytest.approx(0.33, rel=1e-9)
    assert fitted.vol(104.0, 9.0) == pytest.approx(fitted.vol(104.0, 1.0))


@given(
    strike=st.floats(1e-6, 1e9),
    years=st.floats(0.0, 60.0),
    vols=st.lists(st.floats(0.01, 3.0), min_size=6, max_size=6),
)
def test_between_expiries_volatility_stays_among_those_given_and_finite(strike, years, vols):
    points = [
        VolPoint(p.strike, p.years, vol, p.forward) for p, vol in zip(POINTS, vols, strict=True)
    ]
    assert min(vols) - 1e-9 <= surface(points).vol(strike, years) <= max(vols) + 1e-9
