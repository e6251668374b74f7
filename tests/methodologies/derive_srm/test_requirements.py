"""Perpetuals, markets side by side, and what distrust of feeds costs."""

import pytest

from margin_core.market.snapshot import Confidences
from margin_core.methodologies.derive_srm import METHODOLOGY
from tests.methodologies.derive_accounts import market, option, perpetual
from tests.methodologies.derive_srm.accounts import margin


def test_markets_do_not_offset_each_other():
    bitcoin, ether = perpetual(1.0), perpetual(-30.0, "ETH")
    both = margin(bitcoin, ether)
    parts = margin(bitcoin).initial.amount + margin(ether).initial.amount
    assert both.initial.amount == pytest.approx(parts)
    assert both.initial.amount == pytest.approx(0.066 * 90_000.0 * 2)


def test_distrust_counts_options_sold_only_and_not_the_perpetuals_feed():
    sold, bought = option("call", 95_000, -2), option("call", 110_000, 3)
    expiry = sold.instrument.expiry

    def asked(**feeds):
        return margin(
            sold, bought, snapshot=market(confidences={"BTC": Confidences(**feeds)})
        ).initial.amount

    base = asked()
    assert asked(volatility=((expiry, 0.4),)) - base == pytest.approx(0.6 * 2.0 * 90_000.0)
    assert asked(forward=((expiry, 0.4),)) - base == pytest.approx(0.6 * 2.0 * 90_000.0)
    assert asked(forward=((expiry, 0.55),)) == base  # the threshold itself is trusted
    assert asked(rate=((expiry, 0.1),)) == base
    assert asked(perpetual=0.1) == base


def test_the_deployed_profile_asks_more_of_perpetuals():
    result = margin(perpetual(1.0), p=METHODOLOGY.profiles["deployed"])
    assert result.initial.amount == pytest.approx(9_000.0)
    assert result.maintenance.amount == pytest.approx(5_850.0)
