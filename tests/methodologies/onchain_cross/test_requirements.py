"""Perpetuals: fractions, leverage and open interest."""

from dataclasses import replace

import pytest

from margin_core.margin.parameters import Table, overridden
from tests.lines import every
from tests.methodologies.onchain_cross.accounts import DYDX, asked, margin, perpetual


@pytest.mark.parametrize(
    ("interest", "caps", "fraction"),
    [
        (0.0, (1e6, 2e6), 0.2),
        (1e6, (1e6, 2e6), 0.2),
        (1_234_567.0, (1e6, 2e6), 0.3876536),
        (1.5e6, (1e6, 2e6), 0.6),
        (2e6, (1e6, 2e6), 1.0),
        (2.5e6, (1e6, 2e6), 1.0),
        (28_123_456.789123, (25e6, 60e6), 0.271393),
    ],
)
def test_open_interest_raises_the_initial_fraction_alone(interest, caps, fraction):
    """The chain's liquidity_tier_test.go (dYdX v4): base 20 %, figures in parts per million."""
    p = replace(
        DYDX,
        perp_imf=Table((("ARB", 0.2),)),
        open_interest_caps=Table((("ARB", caps),)),
        open_notional=Table((("ARB", interest),)),
    )
    initial, maintenance = asked(perpetual(500_000, "ARB"), p=p)
    assert initial == pytest.approx(500_000 * fraction, rel=2e-6)
    assert maintenance == pytest.approx(50_000.0)


@pytest.mark.parametrize(
    ("coin", "initial", "maintenance"),
    [("BTC", 0.02, 0.012), ("SOL", 0.05, 0.03), ("LINK", 0.1, 0.05), ("LDO", 0.2, 0.1)],
)
def test_the_tiers_of_dydx(coin, initial, maintenance):
    """dYdX, Governance functionalities, liquidity tiers 0, 5, 1 and 2."""
    assert DYDX.fraction("perp_imf", coin) == initial
    assert DYDX.maintenance_fraction(coin) == pytest.approx(maintenance)


def test_positions_in_one_perpetual_net_and_those_in_others_do_not():
    assert asked(perpetual(2), perpetual(-2)) == (0.0, 0.0)
    assert asked(perpetual(1), perpetual(-10, "ETH"))[0] == pytest.approx(2_000.0 + 600.0)


def test_a_lower_leverage_chosen_asks_more_to_open_and_no_more_to_keep():
    held = perpetual(1, leverage=10.0), perpetual(1, leverage=20.0)
    assert asked(*held) == pytest.approx((20_000.0, 2_000.0))
    assert margin(*held).warnings == ()
    assert margin(perpetual(1, leverage=50.0)).warnings == ()


def test_leverage_chosen_and_open_interest_ask_the_higher_fraction():
    p = overridden(DYDX, {"open_notional.LINK": "35e6"}, "test")  # 10 % + 0.5 x 90 %
    spots = {"LINK": 20.0}
    result = margin(perpetual(100, "LINK", leverage=5.0), spots=spots, p=p)
    assert result.initial.amount == pytest.approx(1_100.0)
    assert not [each for each in every(result.initial) if "5x" in each.label]  # it doesn't bind
    assert asked(perpetual(100, "LINK", leverage=1.0), spots=spots, p=p)[0] == pytest.approx(2_000)
