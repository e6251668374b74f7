"""Where a pool is liquidated."""

from dataclasses import replace

import pytest

from margin_core.margin.parameters import Table
from margin_core.methodologies.onchain_cross import PUBLISHED
from tests.methodologies.onchain_cross.accounts import CALL, DYDX, margin, option, perpetual


def of_dydx_page(**fractions):
    """Return parameters with the maintenance fractions of the page's examples."""
    table = Table(tuple((coin, 2.0 * fraction) for coin, fraction in fractions.items()))
    return replace(DYDX, perp_imf=table, mmf_factor=Table((("other", 0.5),)))


def test_the_liquidation_prices_of_the_dydx_page():
    """dYdX, Liquidations: a short of 3 ETH alone, and one of 1.5 beside another position."""
    rest = {"balances": [("USDC", 1_000.0)], "p": of_dydx_page(ETH=0.05, ARB=0.10)}
    alone = margin(perpetual(-3, "ETH"), **rest)
    assert [each.price for each in alone.liquidation_prices] == pytest.approx([3_174.60], abs=0.01)
    held = perpetual(-1.5, "ETH"), perpetual(1_000, "ARB")
    beside = margin(*held, spots={"ARB": 1.75}, **rest)
    found = {each.position: each.price for each in beside.liquidation_prices}
    assert found["-1.5 ETH perpetual"] == pytest.approx(3_380.95, abs=0.01)


def test_at_its_liquidation_price_the_account_has_its_maintenance_margin_left():
    held = [perpetual(0.4), perpetual(-5, "ETH", entry=2_900.0), perpetual(3, "LINK")]
    rest = {"balances": [("USDC", 15_000.0)], "p": DYDX}
    result = margin(*held, spots={"LINK": 20.0}, **rest)
    found = {each.position: each.price for each in result.liquidation_prices}
    assert list(found) == ["+0.4 BTC perpetual", "-5 ETH perpetual"]  # LINK can fall to zero
    for coin, position in (("BTC", "+0.4 BTC perpetual"), ("ETH", "-5 ETH perpetual")):
        there = margin(
            perpetual(0.4, entry=100_000.0),
            held[1],
            perpetual(3, "LINK", entry=20.0),
            spots={"LINK": 20.0, coin: found[position]},
            **rest,
        )
        assert there.excess_maintenance == pytest.approx(0.0, abs=1e-6)


def test_paradex_defines_no_liquidation_price():
    assert margin(perpetual(1), balances=[("USDC", 5_000.0)]).liquidation_prices == ()
    both = replace(PUBLISHED, liquidation_price="others unchanged")
    held = perpetual(1), option(CALL, 100_000, 1, 4_000.0, coin="BTC")
    (found,) = margin(*held, balances=[("USDC", 5_000.0)], p=both).liquidation_prices
    assert found.price == pytest.approx((100_000.0 - 9_000.0 + 2_000.0) / 0.99)
    with_fee = replace(both, perp_fee=0.01)
    (found,) = margin(*held, balances=[("USDC", 5_000.0)], p=with_fee).liquidation_prices
    assert found.price == pytest.approx((100_000.0 - 9_000.0 + 2_000.0) / 0.98)
    without = replace(both, perp_imf=Table((("ETH", 0.02),)))
    assert margin(held[1], p=without).liquidation_prices == ()


def test_a_perpetual_that_nets_to_nothing_has_no_liquidation_price():
    lots = [perpetual(quantity) for quantity in (0.1, 0.2, -0.3)]
    assert margin(*lots, p=DYDX).liquidation_prices == ()
