"""Collateral: what counts, what it backs, and the ratio when it falls."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from margin_core import METHODOLOGIES, NotCoveredError
from margin_core.analysis.collateral import (
    Standing,
    backings,
    counted,
    in_coins,
    movable,
    ratios,
)
from margin_core.book.instruments import (
    AssetClass,
    MarginType,
    Option,
    Perpetual,
    Right,
    Underlying,
)
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from tests.toy import TOY

NOW = datetime(2026, 1, 2, 21, tzinfo=UTC)
EXPIRY = datetime(2026, 3, 27, 8, tzinfo=UTC)
LONG = Position(Perpetual("BTC"), 1.0, entry_price=100_000.0)
PUT = Option("BTC", Right.PUT, 90_000.0, EXPIRY, multiplier=1.0)
MARKET = Market(
    NOW, (Quote("BTC", 100_000.0),), (InstrumentQuote(PUT, volatility=0.5),), (("USDC", 1.0),)
)
BITCOIN = (Underlying("BTC", AssetClass.CRYPTO),)
BOOK = Portfolio((LONG,), (Balance("USD", 10_000.0), Balance("BTC", 0.5)), BITCOIN)


def covering(portfolio, market):
    for methodology in METHODOLOGIES.values():
        try:
            yield methodology, methodology(portfolio, market)
        except NotCoveredError:
            continue


def test_deductions_of_the_balances_add_up_to_the_accounts():
    book = replace(BOOK, balances=(*BOOK.balances, Balance("BTC", 3.0), Balance("USDC", 2e4)))
    seen = 0
    for methodology, result in covering(book, MARKET):
        lost = sum(c.value - c.counted for c in counted(book, MARKET, methodology))
        bare = methodology(replace(book, balances=()), MARKET).collateral_not_counted
        assert lost + bare == pytest.approx(result.collateral_not_counted, abs=1e-6)
        seen += 1
    assert seen >= 3


def test_a_haircut_of_the_accounts_own_is_what_does_not_count():
    book = replace(BOOK, balances=(Balance("BTC", 0.5, Haircut(0.2, 0.2)), Balance("USD", -1e3)))
    coin, debt = counted(book, MARKET, METHODOLOGIES["perps_cross"])
    assert (coin.value, coin.counted) == pytest.approx((50_000.0, 40_000.0))
    assert coin.haircut == pytest.approx(0.2)
    assert (debt.counted, debt.haircut) == (-1e3, None)


def test_unmoved_the_ratio_is_todays():
    for methodology, result in covering(BOOK, MARKET):
        ((standing,),) = ratios(BOOK, MARKET, methodology, [0.0], [0.0])
        assert standing.equity == pytest.approx(result.equity.amount)
        assert standing.maintenance == pytest.approx(result.maintenance.amount)
        assert standing.ratio == pytest.approx(result.margin_ratio)


def test_collateral_and_spot_fall_together_or_the_collateral_stays_behind():
    # worth 10,000 + 50,000; spot -20 %: the perpetual loses 20,000, the half coin 10,000
    ((both, depegged),) = zip(*ratios(BOOK, MARKET, TOY, [0.0, -0.5], [-0.2]), strict=True)
    assert both.equity == pytest.approx(30_000.0)
    assert depegged.equity == pytest.approx(30_000.0 - 20_000.0)
    ((apart, depegged),) = zip(
        *ratios(BOOK, MARKET, TOY, [0.0, -0.5], [-0.2], together=False), strict=True
    )
    assert apart.equity == pytest.approx(40_000.0)
    assert depegged.equity == pytest.approx(40_000.0 - 25_000.0)


def test_the_reporting_currency_keeps_its_worth_and_a_stablecoin_may_lose_it():
    book = replace(BOOK, balances=(Balance("USD", 1e4), Balance("USDC", 1e4)))
    assert movable(book) == ("USDC",)
    ((before,), (after,)) = ratios(book, MARKET, TOY, [0.0, -0.3], [0.0])
    assert before.equity - after.equity == pytest.approx(3_000.0)


def test_every_rule_book_that_takes_a_coin_sees_it_fall():
    for methodology, result in covering(BOOK, MARKET):
        ((before,), (after,)) = ratios(BOOK, MARKET, methodology, [0.0, -0.5], [0.0])
        _, coin = counted(BOOK, MARKET, methodology)
        if coin.counted > 0.0 and not result.pocket_without_equity:
            assert after.equity < before.equity, methodology.key


@pytest.mark.parametrize(
    ("standing", "liquidated"),
    [
        (Standing(0.99, 99.0, 100.0), False),
        (Standing(1.0, 100.0, 100.0), True),
        (Standing(None, 1.0, -5.0), True),
        (Standing(None, 0.0, -5.0), True),
        (Standing(None, 0.0, 0.0), False),
    ],
)
def test_liquidation_is_where_maintenance_is_not_met(standing, liquidated):
    assert standing.liquidated is liquidated


def test_a_coin_that_backs_short_puts_on_itself_is_wrong_way():
    book = replace(BOOK, positions=(Position(PUT, -2.0), Position(Perpetual("BTC"), -0.1)))
    (backing,) = backings(book, MARKET, -0.2)
    assert (backing.assets, backing.underlying) == (("BTC",), "BTC")
    assert backing.losing == ("-2 BTC 90,000 put 27 Mar 2026",)
    assert backing.pnl < 0.0


def test_a_coin_that_a_short_perpetual_hedges_is_not():
    (backing,) = backings(replace(BOOK, positions=(replace(LONG, quantity=-1.0),)), MARKET, -0.2)
    assert backing.losing == ()
    assert backing.pnl == pytest.approx(20_000.0)


def test_an_asset_that_tracks_the_coin_backs_as_the_coin_does():
    market = replace(MARKET, prices=(("WBTC", 99_000.0),))
    book = replace(BOOK, balances=(Balance("WBTC", 1.0, tracks="BTC"), Balance("BTC", 1.0)))
    (backing,) = backings(book, market, -0.2)
    assert (backing.assets, backing.pnl) == (("WBTC", "BTC"), pytest.approx(-20_000.0))


def test_an_amount_is_told_in_the_coins_that_positions_settle_in():
    inverse = Position(Perpetual("BTC", multiplier=10.0, margin_type=MarginType.INVERSE), 100.0)
    assert in_coins(5_000.0, replace(BOOK, positions=(inverse,)), MARKET) == (("BTC", 0.05),)
    assert in_coins(5_000.0, BOOK, MARKET) == ()
