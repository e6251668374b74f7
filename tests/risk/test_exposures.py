"""Greeks against differences of revalued portfolios."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from margin_core.book.instruments import Stock
from margin_core.book.portfolio import Position
from margin_core.risk.exposures import Exposure, exposures, per_unit, profile, summed, total
from margin_core.risk.marks import collateral_marks, marks
from margin_core.risk.moves import Move, moved
from margin_core.risk.revaluation import revalue
from margin_core.risk.scenarios import VolMode, VolRule, grid
from tests.risk.accounts import (
    BTC,
    DIVIDENDS,
    FUTURE,
    INVERSE_PERPETUAL,
    LIQUIDITY,
    MIXED,
    PERPETUAL,
    XYZ,
    account,
    coin_option,
    option,
)

POINTS = VolRule(mode=VolMode.POINTS)


def pnl(held, market, spot=0.0, vol=0.0, days=0.0):
    return revalue(held, market, grid((spot,), (vol,), (days,), vol_rule=POINTS)).values[0]


def test_every_position_agrees_with_differences_of_its_revaluation():
    portfolio, market = MIXED
    held = marks(portfolio, market)
    up, down = pnl(held, market, 0.002), pnl(held, market, -0.002)
    wide, narrow = pnl(held, market, 0.01), pnl(held, market, -0.01)
    higher, lower = pnl(held, market, vol=0.001), pnl(held, market, vol=-0.001)
    later = pnl(held, market, days=0.05)
    for i, position in enumerate(exposures(held, market)):
        exposure = position.exposure
        size = abs(exposure.delta) + 1.0
        assert exposure.delta == pytest.approx((up[i] - down[i]) / 0.4, rel=2e-3, abs=1e-3 * size)
        assert exposure.gamma == pytest.approx(wide[i] + narrow[i], rel=0.05, abs=2e-3 * size)
        assert exposure.vega == pytest.approx((higher[i] - lower[i]) / 0.2, rel=2e-3, abs=0.02)
        assert exposure.theta == pytest.approx(later[i] / 0.05, rel=0.02, abs=0.02)


def test_one_unit_has_the_greeks_of_its_position_over_quantity_and_multiplier():
    positions = (
        Position(Stock("XYZ"), -500),
        Position(option("call", 105.0), -5),
        Position(coin_option(), 0.25),
        Position(FUTURE, -3.0),
        Position(PERPETUAL, -0.5),
        Position(LIQUIDITY, 2.0),
    )
    portfolio, market = account(*positions)
    held = marks(portfolio, market)
    names = [f.name for f in fields(Exposure)]
    for mark, position, unit in zip(
        held, exposures(held, market), per_unit(held, market), strict=True
    ):
        units = mark.position.units
        assert unit.delta_units == pytest.approx(position.delta_units / units)
        assert [getattr(unit.exposure, name) * units for name in names] == pytest.approx(
            [getattr(position.exposure, name) for name in names]
        )
    stock, call, *_ = per_unit(held, market)
    assert stock.delta_units == 1.0
    assert call.exposure.value == held[1].price


def test_one_unit_knows_nothing_of_entry_and_an_inverse_one_is_a_coin():
    portfolio, market = account(
        Position(PERPETUAL, -0.5, entry_price=88_000.0, accrued_funding=70.0),
        Position(INVERSE_PERPETUAL, -1000, entry_price=85_000.0),
        Position(INVERSE_PERPETUAL, 0.0),
    )
    for unit in per_unit(marks(portfolio, market), market):
        assert unit.exposure == Exposure(delta=pytest.approx(900.0))
        assert unit.delta_units == pytest.approx(1.0)


def test_rho_agrees_with_a_moved_rate():
    portfolio, market = account(
        Position(option("call", 105.0, "european"), 5), Position(option("put", 95.0), -3)
    )
    held = marks(portfolio, market)
    after = [marks(*moved(portfolio, market, held, Move(rate=rate))) for rate in (0.0401, 0.0399)]
    for i, position in enumerate(exposures(held, market)):
        slope = (after[0][i].value - after[1][i].value) / 0.0002 * 0.01
        assert position.exposure.rho == pytest.approx(slope, rel=5e-3, abs=0.02)


def test_with_a_dividend_ahead_the_greeks_agree_with_differences_too():
    quotes = (replace(XYZ, dividends=DIVIDENDS), BTC)
    portfolio, market = account(Position(option("call", 100.0), 10), quotes=quotes)
    held = marks(portfolio, market)
    (position,) = exposures(held, market)
    up, down = pnl(held, market, 0.01)[0], pnl(held, market, -0.01)[0]
    assert position.exposure.delta == pytest.approx((up - down) / 2, rel=0.01)
    assert position.exposure.gamma == pytest.approx(up + down, rel=0.05)
    assert position.exposure.vega == pytest.approx(pnl(held, market, vol=0.01)[0], rel=0.02)


def test_a_profile_is_the_exposure_in_the_moved_market():
    portfolio, market = MIXED
    held = (*marks(portfolio, market), *collateral_marks(portfolio, market))
    points = profile(held, market, (-0.2, 0.0, 0.15), days=10.0)
    for point, move in zip(points, (-0.2, 0.0, 0.15), strict=True):
        later = market.valuation_time + timedelta(days=10)
        after = moved(
            portfolio, market, marks(portfolio, market), Move(spot=move, valuation_time=later)
        )
        there = (*marks(*after), *collateral_marks(*after))
        book = total(position.exposure for position in exposures(there, after[1]))
        assert point.delta == pytest.approx(book.delta, rel=1e-3)
        assert point.gamma == pytest.approx(book.gamma, rel=1e-3, abs=1e-6)
        assert point.vega == pytest.approx(book.vega, rel=1e-3)


def test_greeks_that_cancel_are_zero_and_not_what_rounding_left():
    box = [
        Position(option(right, strike, "european"), quantity)
        for right, strike, quantity in (
            ("call", 95.0, 3),
            ("call", 105.0, -3),
            ("put", 105.0, 3),
            ("put", 95.0, -3),
        )
    ]
    portfolio, market = account(*box, Position(Stock("XYZ"), 7), Position(Stock("XYZ"), -7))
    held = marks(portfolio, market)
    for book in (
        total(position.exposure for position in exposures(held, market)),
        *profile(held, market, (-0.1, 0.0, 0.03, 0.2), days=3.0),
    ):
        assert (book.delta, book.gamma, book.vega) == (0.0, 0.0, 0.0)
        assert book.value > 0.0 > book.rho


def test_a_profile_with_dividends_is_the_exposure_at_each_spot_by_itself():
    """Options of one contract are valued together, and each as if it were alone."""
    quotes = (replace(XYZ, dividends=DIVIDENDS), BTC)
    positions = (
        Position(option("call", 105.0), 3),
        Position(option("put", 95.0), -2),
        Position(option("call", 105.0), -1),
        Position(option("put", 100.0, "european"), 4),
    )
    portfolio, market = account(*positions, quotes=quotes)
    points = profile(marks(portfolio, market), market, (-0.2, 0.0, 0.15))
    for point, move in zip(points, (-0.2, 0.0, 0.15), strict=True):
        alone = []
        for position in positions:
            one = replace(portfolio, positions=(position,))
            after = moved(one, market, marks(one, market), Move(spot=move))
            alone += [each.exposure for each in exposures(marks(*after), after[1])]
        book = total(alone)
        for field in fields(Exposure):
            expected = getattr(book, field.name)
            assert getattr(point, field.name) == pytest.approx(expected, rel=1e-9), field.name


def test_what_has_expired_has_left_the_profile():
    portfolio, market = account(Position(option("call", 105.0), 5))
    (point,) = profile(marks(portfolio, market), market, (0.0,), days=56.0)
    assert all(getattr(point, field.name) == 0.0 for field in fields(Exposure))


def test_sums_by_underlying_add_up_to_the_total():
    portfolio, market = MIXED
    positions = exposures(marks(portfolio, market), market)
    by_underlying = summed(positions, lambda p: p.mark.position.underlying)
    (total,) = summed(positions, lambda _: "all").values()
    assert set(by_underlying) == {"XYZ", "BTC"}
    assert sum(e.vega for e in by_underlying.values()) == pytest.approx(total.vega)
    assert sum(e.value for e in by_underlying.values()) == pytest.approx(total.value)


def test_a_coin_held_has_the_delta_of_its_value():
    portfolio, market = MIXED
    coin = collateral_marks(portfolio, market)[0]
    (position,) = exposures([coin], market)
    assert position.exposure.delta == pytest.approx(0.75 * 90_000.0 * 0.01)
    assert position.delta_units == pytest.approx(0.75)
