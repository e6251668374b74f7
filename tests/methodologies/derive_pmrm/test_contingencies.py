"""Naked shorts and feeds that are not trusted."""

from dataclasses import replace

import pytest

from margin_core.market.snapshot import Confidences
from margin_core.methodologies.derive_pmrm import PUBLISHED
from tests.methodologies.derive_accounts import SPOTS, market, option, perpetual
from tests.methodologies.derive_pmrm.accounts import margin


def test_calls_and_puts_of_a_strike_are_one_pool_of_naked_shorts():
    percent = replace(PUBLISHED, mm_option_percent=1.0, mm_factor=0.0, basis_cont_add_factor=0.0)

    def naked(*quantities, strikes=(90_000, 90_000)):
        rights = zip(("call", "put"), strikes, quantities, strict=True)
        held = [option(right, strike, size) for right, strike, size in rights]
        return margin(*held, p=percent).maintenance.amount / SPOTS["BTC"]

    assert naked(-2, 1) == pytest.approx(1.0)
    assert naked(-2, -1) == pytest.approx(3.0)
    assert naked(-1, 3) == 0.0
    assert naked(-1, 3, strikes=(90_000, 95_000)) == pytest.approx(1.0)


@pytest.mark.parametrize("feed", ["forward", "rate", "volatility"])
def test_each_feed_of_an_expiry_can_be_the_one_that_is_not_trusted(feed):
    call = option("call", 95_000, 2)
    expiry = call.instrument.expiry

    def asked(confidence):
        sure = Confidences(**{feed: ((expiry, confidence),)})
        return margin(call, snapshot=market(confidences={"BTC": sure})).initial.amount

    base = asked(1.0)
    assert asked(0.55) == base  # the threshold itself is trusted
    assert asked(0.5) - base == pytest.approx(0.5 * 2.0 * 90_000.0)


def test_the_perpetuals_feed_counts_only_where_one_is_held():
    doubtful = market(confidences={"BTC": Confidences(perpetual=0.1)})
    call = option("call", 95_000, 1)
    assert margin(call, snapshot=doubtful).initial.amount == margin(call).initial.amount
    with_perpetual = margin(call, perpetual(0.5), snapshot=doubtful).initial.amount
    extra = with_perpetual - margin(call, perpetual(0.5)).initial.amount
    assert extra == pytest.approx(0.9 * 1.5 * 90_000.0)


def test_perpetuals_that_net_to_nothing_need_no_trust_in_their_feed():
    held = option("call", 95_000, 1), perpetual(0.1), perpetual(0.2), perpetual(-0.3)
    doubtful = market(confidences={"BTC": Confidences(perpetual=0.1)})
    assert margin(*held, snapshot=doubtful).initial.amount == margin(*held).initial.amount


def test_a_coin_as_collateral_is_trusted_no_more_than_its_own_spot():
    doubtful = market(confidences={"ETH": Confidences(spot=0.3)})
    held = {"balances": [("ETH", 10.0)]}
    extra = margin(option("call", 95_000, 1), snapshot=doubtful, **held).initial.amount
    extra -= margin(option("call", 95_000, 1), **held).initial.amount
    assert extra == pytest.approx(0.7 * 30_000.0)


def test_a_coin_with_its_own_manager_does_not_suffer_from_the_spot_of_another():
    doubtful = market(confidences={"ETH": Confidences(spot=0.3)})
    held = perpetual(-1.0), perpetual(2.0, "ETH")

    def extra(asset):
        balances = [(asset, 1.0)]
        sure = margin(*held, balances=balances).initial.amount
        return margin(*held, balances=balances, snapshot=doubtful).initial.amount - sure

    perpetuals = 0.7 * 6_000.0
    assert extra("BTC") == pytest.approx(perpetuals)
    assert extra("WEETH") == pytest.approx(perpetuals + 0.7 * 3_150.0)
    assert extra("USDT") == pytest.approx(perpetuals + 0.7 * 0.999)  # with either manager
