"""Derive's portfolio manager against its published cases, both versions.

They are those of derivexyz/v2-core (commit 7736900d), portfolio_cases of PMRM_2 and
testAndVerifyScenarios.json of the first version; figures are in USDC, negative a shortfall.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from margin_core.book.instruments import Option, Perpetual, Right
from margin_core.book.portfolio import Position
from margin_core.market.snapshot import Confidences, InstrumentQuote, Market, Quote
from margin_core.methodologies.derive_pmrm import METHODOLOGY, PUBLISHED
from margin_core.methodologies.derive_pmrm.losses import BASIS
from tests.lines import readd
from tests.methodologies.derive_accounts import NOW, account, perpetual
from tests.methodologies.derive_pmrm.accounts import FIRST, balances_of, rows
from tests.replays import VECTORS
from tests.replays import derive_pmrm as replay

NEUTRAL = {
    "Cash": 0.0,
    "Collaterals": [],
    "SpotPrice": 95_663.50604855,
    "SpotConfidence": 1.0,
    "NumPerps": 0.0,
    "PerpPrice": 0.0,
    "PerpConfidence": 0.0,
    "UnrealisedPerpPNL": 0.0,
    "UnrealisedFunding": 0.0,
    "StablePrice": 1.00019088635,
    "Options": [],
    "OptionFeeds": [],
}


def published(options=(), feeds=(), collateral=(), **scenario):
    """Return the account of a published case.

    Options are (seconds, strike, call, amount, vol), feeds (seconds, forward, rate, confidence of
    volatility), collateral (name, amount, price, confidence, risk cancelling, both haircuts).
    """
    names = ("Expiry", "Strike", "IsCall", "Amount", "MarkVol")
    facts = ("FeedExpiry", "Forward", "Rate", "OptionVolConfidences")
    held = ("Name", "Amount", "Price", "Confidence", "IsRiskCancelling", "MMHaircut", "IMHaircut")
    sure = {"ForwardConfidence": 1.0, "RateConfidence": 1.0}
    return replay.account(
        NEUTRAL
        | {
            "Options": [dict(zip(names, row, strict=True)) for row in options],
            "OptionFeeds": [dict(zip(facts, row, strict=True)) | sure for row in feeds],
            "Collaterals": [dict(zip(held, row, strict=True)) for row in collateral],
        }
        | scenario
    )


def of_case(*described, **changes):
    """Return the result of a published case, and the price of USDC in it."""
    portfolio, snapshot = described
    p = replace(PUBLISHED, managers=(replay.COIN,), **changes)
    return METHODOLOGY(portfolio, snapshot, p), snapshot.price("USDC", "USD")


BOX = [
    (18_938_852, 100_000.0, 1, -1.0, 0.5543377511787965),
    (18_938_852, 110_000.0, 1, 1.0, 0.5592157396329432),
    (18_938_852, 100_000.0, 0, 1.0, 0.5543377511787965),
    (18_938_852, 110_000.0, 0, -1.0, 0.5592157396329432),
]


def test_a_naked_short_call_is_margined_as_published():
    result, price = of_case(
        *published(
            [(794_852, 100_000.0, 1, -1.0, 0.453803924321583)],
            [(794_852, 95_776.67392708939, 0.15000000000000002, 0.95)],
        )
    )  # test_12
    assert balances_of(result, price) == pytest.approx(
        (-14604.048120144837, -11824.858703959073), rel=1e-12
    )
    assert rows(result)["spot +18 %, vol up"] == pytest.approx(-12939.312020443322, rel=1e-12)
    assert rows(result)["spot +300 %, vol up, 1.2 % of it"] == pytest.approx(
        -3383.043325666785, rel=1e-11
    )
    assert rows(result)["spot unchanged, linear skew"] == pytest.approx(
        -43.43395259503018, rel=1e-10
    )
    assert rows(result)[BASIS] == pytest.approx(-947.2098049301085, rel=1e-12)
    assert result.worst_scenario.label == "spot +18 %, vol up"


def test_a_short_box_is_margined_as_published():
    result, price = of_case(*published(BOX, [(18_938_852, 100_374.61000117072, 0.4, 0.95)]))
    assert balances_of(result, price) == pytest.approx(
        (-9676.886038210592, -9314.420325934587), rel=1e-11
    )  # test_23
    assert result.worst_scenario.pnl == pytest.approx(-1812.328561380023, rel=1e-10)


def test_a_negative_rate_counts_as_none_as_published():
    result, price = of_case(*published(BOX, [(18_938_852, 100_374.61000117072, -1.2, 0.95)]))
    assert balances_of(result, price) == pytest.approx((-10_000.0, -10_000.0), rel=1e-12)  # test_55


def test_a_perpetual_with_a_doubtful_feed_is_margined_as_published():
    described = published(
        SpotPrice=3000.0,
        SpotConfidence=0.2,
        NumPerps=1.0,
        PerpPrice=2500.0,
        PerpConfidence=0.1,
        UnrealisedPerpPNL=-600.0,
        UnrealisedFunding=-10.0,
    )  # test_30
    assert balances_of(*of_case(*described)) == pytest.approx((-3820.0, -1015.0), rel=1e-12)


def test_the_feed_of_a_perpetual_has_no_say_over_collateral_as_published():
    described = published(
        collateral=[("LBTC", 1.0, 100_000.0, 1.0, True, 0.03, 0.015)],
        SpotPrice=100_000.0,
        SpotConfidence=0.2,
        NumPerps=-1.0,
        PerpPrice=100_000.0,
        PerpConfidence=0.1,
    )  # test_32
    assert balances_of(*of_case(*described)) == pytest.approx(
        (-76506.39347229843, 95478.73931898379), rel=1e-12
    )


def test_collateral_under_a_broken_peg_is_counted_as_published():
    described = published(
        collateral=[
            ("ETH", 123.0, 1000.0, 0.5, True, 0.015, 0.005000000000000001),
            ("RSWETH", 12.0, 1000.0, 0.2, False, 0.2, 0.04999999999999999),
            ("CBBTC", 2.0, 120_000.0, 0.253, False, 0.35, 0.10000000000000003),
            ("LBTC", 4.0, 95_569.65243595604, 1.0, False, 0.3, 0.04999999999999999),
        ],
        SpotPrice=1000.0,
        SpotConfidence=0.5,
        StablePrice=0.4,
    )  # test_8
    result, price = of_case(*described)
    assert balances_of(result, price) == pytest.approx(
        (51698.478653934086, 1341595.0670516924), rel=1e-12
    )
    counted = result.equity.amount + result.collateral_not_counted
    assert counted / price == pytest.approx(1893196.5243595606, rel=1e-12)


def test_the_absolute_skew_binds_as_published():
    described = published(
        [
            (794_852, 170_000.0, 1, 21.0, 2511.421980938193),
            (18_938_852, 80_000.0, 0, -14.0, 0.563728859721523),
            (5_633_252, 60_000.0, 0, 32.0, 0.7173364058978552),
            (18_938_852, 50_000.0, 1, 22.0, 0.6547430217060337),
        ],
        [
            (794_852, 95_776.67392, 0.15000000000000002, 0.4),
            (18_938_852, 104_711.10395262072, 0.29, 0.95),
            (5_633_252, 101_143.47771765916, 0.22999999999999998, 0.95),
        ],
        [
            ("USDT", 2000.0, 0.99984231175, 1.0, False, 0.02, 0.030000000000000002),
            ("LBTC", 0.01, 95_569.65243595604, 1.0, True, 0.03, 0.015),
            ("WEETH", 2.0, 2840.575164415104, 1.0, False, 0.25, 0.09999999999999998),
        ],
        Cash=-145_000.0,
        SpotPrice=100_000.0,
        SpotConfidence=0.9,
    )  # test_44
    scenarios = (*PUBLISHED.scenarios[:-1], (1.0, "abs", 3.0))
    result, price = of_case(
        *described,
        scenarios=scenarios,
        abs_base_cap=9.5,
        width_scale=5.0,
        vol_param_static=4.5,
        vol_param_scale=1.0,
    )
    assert balances_of(result, price) == pytest.approx(
        (462567.11559944274, 1946914.2909302036), rel=1e-11
    )
    assert result.worst_scenario.label == "spot unchanged, absolute skew, 300 % of it"
    assert result.worst_scenario.pnl == pytest.approx(-1104524.284605624154210091, rel=1e-11)
    assert rows(result)[BASIS] == pytest.approx(-214249.15583763202, rel=1e-11)
    for line in (result.initial, result.maintenance, result.equity):
        assert readd(line) == pytest.approx(line.amount, rel=1e-12)


def test_an_option_in_its_settlement_average_moves_little_as_published():
    described = published(
        [(1, 2700.0, 1, -1.0, 0.6360190705815766)],
        [(1, 2682.9997436016715, 0.15000000000000002, 0.95)],
        SpotPrice=2681.6029850999994,
    )  # test_60
    result, price = of_case(*described, min_vol_up_shock=1.0)
    assert balances_of(result, price) == pytest.approx(
        (-13.408014925499998, -8.044808955299999), rel=1e-9
    )
    assert any("settlement average" in warning for warning in result.warnings)


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the published cases are not beside this checkout")
def test_every_published_case_agrees():
    figures = list(replay.figures(VECTORS / "derive_pmrm"))
    assert len(figures) > 2000
    assert [f"{f.id} {f.quantity}: {f.verdict}" for f in figures if not f.agrees] == []


def test_of_the_case_that_breaks_the_rule_only_the_requirements_are_asked():
    result = {"IM": 1.0, "MM": 2.0, "PortfolioMTM": 0.0, "OptionMTM": 0.0, "CollateralMTM": 0.0}
    losses = {"reg_losses": [[0.1, 1, "-5"]], "tail_losses": [], "skew_losses": []}
    assert list(replay.expected(result | losses))[-1] == "reg_losses[0]"
    assert replay.BREAKS_THE_RULE == "test_67"


UNIT = replace(
    FIRST,
    scenarios=tuple(
        (1.0 + percent / 100.0, shock, 1.0)
        for percent in (15, 10, 5, 0, -5, -10, -15)
        for shock in ("up", "none", "down")
    ),
    im_factor=1.3,
    long_rate_mult_scale=4.0,
    long_rate_add_scale=0.05,
    vol_range_up=0.45,
    basis_cont_add_factor=0.25,
    basis_cont_mult_factor=0.01,
    peg_loss_threshold=0.98,
    peg_loss_factor=2.0,
    conf_threshold=0.6,
    conf_margin=0.5,
    base_percent=0.02,
    mm_perp_percent=0.02,
    mm_option_percent=0.01,
)
NEAR = (500_400, 1500.8332793109938176, 0.03)
FAR = (1_191_600, 1501.985045187195830272, 0.05)
ATM_VOL = 1.04788449408498624


def first_version(options, balances=(), usdc=1.0, perpetual_profit=None, **confidence):
    """Return (initial, maintenance) of a case of the first version; spot 1500, perpetual 1505.

    Options are ((seconds, forward, rate), strike, call, amount, vol).
    """
    positions, quotes, feeds = [], [], {}
    for (seconds, forward, rate), strike, call, amount, vol in options:
        right = Right.CALL if call else Right.PUT
        contract = Option("ETH", right, float(strike), NOW + timedelta(seconds=seconds))
        positions.append(Position(contract, float(amount)))
        quotes.append(InstrumentQuote(contract, volatility=vol))
        feeds[contract.expiry] = forward, rate
    if perpetual_profit is not None:
        profit, funding = perpetual_profit
        positions.append(perpetual(1.0, "ETH", 1505.0 - profit, funding))
        quotes.append(InstrumentQuote(Perpetual("ETH"), 1505.0))

    def feed(name):
        return tuple((moment, confidence.get(name, 1.0)) for moment in feeds)

    quote = Quote(
        "ETH",
        1500.0,
        forwards=tuple((moment, forward) for moment, (forward, _) in feeds.items()),
        rates=tuple((moment, rate) for moment, (_, rate) in feeds.items()),
        confidences=Confidences(
            confidence.get("spot", 1.0), 1.0, feed("forward"), feed("rate"), feed("vol")
        ),
    )
    snapshot = Market(NOW, (quote,), tuple(quotes), (("USDC", usdc),))
    result = METHODOLOGY(account(*positions, balances=balances), snapshot, UNIT)
    return balances_of(result, usdc)


LONG_CALL = (NEAR, 1500, 1, 1, ATM_VOL)
SHORT_CALL = (NEAR, 1500, 1, -1, ATM_VOL)
MIXED = [
    (NEAR, 1, 1, 1, 3.603538277664962048),
    (NEAR, 1500, 1, -1, ATM_VOL),
    (NEAR, 1500, 0, 1, ATM_VOL),
    (NEAR, 2700, 1, 1, 1.364990899660472832),
    (NEAR, 2700, 0, -1, 1.364990899660472832),
    (FAR, 2950, 0, 1, 1.407606763626377984),
    (FAR, 1500, 1, -1, 1.047554809415723648),
    (FAR, 1500, 0, 1, 1.047554809415723648),
    (FAR, 2700, 1, 1, 1.364612791185947904),
    (FAR, 2700, 0, -1, 1.364612791185947904),
]
LONG_BOX = [
    (NEAR, 1500, 1, 1, ATM_VOL),
    (NEAR, 1500, 0, -1, ATM_VOL),
    (NEAR, 2500, 1, -1, 1.326538658030860032),
    (NEAR, 2500, 0, 1, 1.326538658030860032),
]


@pytest.mark.parametrize(
    ("name", "options", "extra", "initial", "maintenance"),
    [
        ("Test1", [SHORT_CALL], {}, -368.4876197617557, -301.7685348603643),
        ("Test4", [LONG_CALL], {"spot": 0.5}, -398.5118864127498, 0.23045318766777),
        ("Test8", [LONG_CALL], {"vol": 0.4, "forward": 0.4}, -473.5118864127498, 0.23045318766777),
        ("Test11", [LONG_CALL], {"rate": 0.3}, -548.5118864127498, 0.23045318766777),
        ("Test12", [LONG_CALL], {"usdc": 0.9}, -36.17446753297261, 0.23045318766777),
        ("Test13", MIXED, {}, 500.576852329245, 511.7782538746724),
        (
            "Test14",
            [SHORT_CALL],
            {"balances": [("ETH", 1.0)]},
            1114.7467150165034,
            1185.3347995844503,
        ),
        (
            "Test17",
            [],
            {"balances": [("USDC", 1000.0)], "perpetual_profit": (55.0, 10.0)},
            732.525,
            809.25,
        ),
        ("Test21", LONG_BOX, {}, 931.6730907653532, 947.4408390502717),
    ],
)
def test_the_first_version_is_margined_as_published(name, options, extra, initial, maintenance):
    got = first_version(options, **extra)
    assert got == pytest.approx((initial, maintenance), rel=1e-11, abs=1e-9), name
