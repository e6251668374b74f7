"""The ladder: what each step frees is what its positions ask less and save more together."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings

from margin_core.analysis.attribution import Phase
from margin_core.analysis.ladder import ladder
from margin_core.book.instruments import AssetClass, Perpetual, Stock, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies import METHODOLOGIES
from tests.strategies import accounts
from tests.toy import SPOT, TOY

MARKET = Market(
    datetime(2026, 1, 2, 21, tzinfo=UTC),
    (Quote("XYZ", 100.0), Quote("BTC", 90_000.0), Quote("ETH", 3_000.0)),
)
# toy margin: 10 % of the net value, times 1.25 to open; spot margin: half of the gross value
SHARES = Portfolio(
    (Position(Stock("XYZ"), 10.0), Position(Stock("XYZ"), -4.0)),
    (Balance("USD", 500.0),),
    (Underlying("XYZ", AssetClass.EQUITY),),
)
COINS = Portfolio(
    (
        Position(Perpetual("BTC"), 1.0, leverage=10.0, isolated_margin=15_000.0),
        Position(Perpetual("ETH"), -30.0, leverage=10.0),
    ),
    (Balance("USD", 100_000.0),),
    (Underlying("BTC", AssetClass.CRYPTO), Underlying("ETH", AssetClass.CRYPTO)),
)


def test_a_step_is_explained_by_the_two_parts_that_add_up_to_it():
    first, second = ladder(SHARES, MARKET, [("spot", SPOT), ("toy", TOY)])
    assert (first.capital, first.stand_alone, first.offsets) == (700.0, 700.0, 0.0)
    assert first.freed is None
    assert second.capital == pytest.approx(0.125 * 600.0)
    assert second.stand_alone == pytest.approx(0.125 * 1_400.0)
    assert second.freed == pytest.approx(625.0)


def test_a_step_back_ties_up_more():
    _, second = ladder(SHARES, MARKET, [("toy", TOY), ("spot", SPOT)])
    assert second.freed == pytest.approx(-625.0)


def test_a_step_that_changes_nothing_says_so():
    _, second = ladder(SHARES, MARKET, [("toy", TOY), ("again", TOY)])
    assert second.freed == 0.0


def test_the_capital_to_keep_has_a_ladder_of_its_own():
    _, second = ladder(SHARES, MARKET, [("spot", SPOT), ("toy", TOY)], Phase.KEEP)
    assert second.freed == pytest.approx(700.0 - 60.0)


def test_a_rung_that_does_not_cover_the_account_is_stepped_over():
    coins = replace(COINS, balances=())
    low, broken, high = ladder(coins, MARKET, [("toy", TOY), ("spot", SPOT), ("again", TOY)])
    assert (broken.key, broken.title, broken.result, broken.freed) == (
        "spot",
        "Spot margin",
        None,
        None,
    )
    assert broken.offsets is None
    assert "+1 BTC perpetual is a perpetual" in broken.refusal
    assert high.freed == 0.0
    assert low.freed is None


def test_a_margin_that_no_position_has_alone_is_compared_as_a_whole():
    def pairs_only(portfolio, market):
        if len(portfolio.positions) == 1:
            return SPOT(COINS, market)  # refuses
        return TOY(portfolio, market)

    _, second = ladder(SHARES, MARKET, [("spot", SPOT), ("pairs", pairs_only)])
    assert second.stand_alone is None
    assert second.offsets is None


def test_from_pockets_to_a_pool_to_a_portfolio():
    rungs = ladder(
        COINS,
        MARKET,
        [(key, METHODOLOGIES[key]) for key in ("perps_isolated", "perps_cross", "scenario_pm")],
    )
    pockets, pool, portfolio = rungs
    # margin isolated beyond what leverage asks is free in a pool: 15,000 less 9,000
    assert pockets.capital == pytest.approx(15_000.0 + 9_000.0)
    assert pool.freed == pytest.approx(6_000.0)
    # maintenance of 360 each: 15,000 pay for one pocket at most, 100,000 for the pool
    assert pockets.result.margin_ratio == pytest.approx(0.04, rel=0.2)
    # coins move together there, so that the short one pays for a part of the long one's loss
    assert portfolio.offsets > 0.0


@settings(max_examples=15, suppress_health_check=[HealthCheck.filter_too_much])
@given(accounts(3))
def test_the_two_parts_add_up_for_real_methodologies(drawn):
    portfolio, market = drawn
    rungs = ladder(portfolio, market, list(METHODOLOGIES.items()))
    covered = [rung for rung in rungs if rung.result is not None]
    for before, rung in pairwise(covered):
        assert rung.freed == pytest.approx(before.capital - rung.capital)
        if rung.offsets is not None and before.offsets is not None:
            parts = before.stand_alone - rung.stand_alone + rung.offsets - before.offsets
            assert parts == pytest.approx(rung.freed, rel=1e-6, abs=1e-6)
    for rung in rungs:
        assert (rung.refusal == "") == (rung.result is not None)
