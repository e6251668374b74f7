"""Derive's portfolio margin: published cases, a slow second implementation, the rule's edges.

Published cases are those of derivexyz/v2-core (commit 7736900d), portfolio_cases of PMRM_2 and
testAndVerifyScenarios.json of the first version; figures are in USDC, negative a shortfall.
"""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import (
    AssetClass,
    Future,
    MarginType,
    Option,
    Perpetual,
    Right,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.errors import MarketDataError, NotCoveredError, ParameterError
from margin_core.margin.figure import Rule, binding
from margin_core.margin.parameters import Table, overridden
from margin_core.market.snapshot import Confidences, InstrumentQuote, Market, Quote
from margin_core.methodologies.derive_pmrm import METHODOLOGY, PUBLISHED
from margin_core.methodologies.derive_pmrm.account import account as by_manager
from margin_core.methodologies.derive_pmrm.losses import BASIS
from margin_core.methodologies.derive_pmrm.requirements import option_value
from margin_core.methodologies.derive_pmrm.shocks import static_discounts
from tests.lines import leaves, readd
from tests.methodologies.derive_accounts import (
    COINS,
    NOW,
    SPOTS,
    account,
    accounts,
    market,
    option,
    perpetual,
)
from tests.replays import VECTORS
from tests.replays import derive_pmrm as replay

FIRST = METHODOLOGY.profiles["first_version"]
MARKET = market()


def margin(*positions, balances=(), p=PUBLISHED, snapshot=MARKET):
    return METHODOLOGY(account(*positions, balances=balances), snapshot, p)


def rows(result):
    return {outcome.label: outcome.pnl for outcome in result.scenarios}


# --- published cases --------------------------------------------------------------------------

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


def balances_of(result, price):
    """Return Derive's own figures: initial and maintenance margin balance, units of USDC."""
    return result.excess_initial / price, result.excess_maintenance / price


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


# --- published cases of the first version -----------------------------------------------------

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


# --- a slow second implementation -------------------------------------------------------------

YEAR = 365 * 24 * 60 * 60
N = NormalDist().cdf


def slow_black(forward, strike, years, vol, rate, *, call):
    discount, deviation = math.exp(-rate * years), vol * math.sqrt(years)
    if deviation == 0.0:
        value = max(forward - strike, 0.0)
    else:
        d1 = math.log(forward / strike) / deviation + deviation / 2
        value = forward * N(d1) - strike * N(d1 - deviation)
    return discount * (value if call else value - forward + strike)


def slow_vol(kind, vol, seconds, moneyness, p):
    days, root = seconds / 86_400, math.sqrt(seconds / YEAR)
    power = p.short_term_power if days <= 30 else p.long_term_power
    term = (30 / max(days, p.dte_floor)) ** power
    if kind == "up":
        return max(p.min_vol_up_shock, vol * (1 + p.vol_range_up * term))
    if kind == "down":
        return vol * max(0.0, 1 - p.vol_range_down * term)
    if kind == "none":
        return vol
    linear = kind == "linear"
    k = moneyness if linear else abs(moneyness)
    cap = (p.linear_c_base if linear else p.abs_c_base) * root
    cap += p.linear_base_cap if linear else p.abs_base_cap
    width = max(
        p.min_k_star, root * p.width_scale * (p.vol_param_static + root * p.vol_param_scale)
    )
    change = min(cap, k * cap / width) if k >= 0 else max(-cap, k * cap / width)
    return vol * max(0.0, 1 + change)


class Slow:
    """One manager, one position at a time, from the published formulas; units of USDC."""

    def __init__(self, portfolio, snapshot, symbol, p):
        self.p, self.quote = p, snapshot[symbol]
        self.price = snapshot.price("USDC", "USD")
        self.spot, sure = self.quote.spot, self.quote.confidences
        vols = {q.instrument: q.volatility for q in snapshot.instruments}
        self.options, self.perpetual, self.profit, self.mark = {}, 0.0, 0.0, self.spot
        for position in portfolio.positions:
            instrument = position.instrument
            if isinstance(instrument, Option) and instrument.underlying == symbol:
                before = self.options.get(instrument, 0.0)
                self.options[instrument] = before + position.quantity
            elif instrument == Perpetual(symbol):
                self.mark = next(
                    q.price for q in snapshot.instruments if q.instrument == instrument
                )
                self.perpetual += position.quantity
                self.profit += position.quantity * (self.mark - position.entry_price)
                self.profit += position.accrued_funding
        self.vols, self.now = vols, snapshot.valuation_time
        self.expiries = sorted({o.expiry for o in self.options})
        self.c_spot = sure.spot
        self.c0 = min(sure.spot, sure.perpetual) if self.perpetual else sure.spot
        cancelling = {"BTC": ("BTC", "LBTC"), "ETH": ("ETH", "WEETH")}[symbol]
        self.coins = [
            (b, b.amount * snapshot.price(b.asset, "USD") / self.price)
            for b in portfolio.balances
            if b.asset in cancelling
        ]
        self.others = [
            (b, b.amount * snapshot.price(b.asset, "USD") / self.price)
            for b in portfolio.balances
            if b.asset not in {*cancelling, "USD", "USDC"}
        ]
        self.cash = sum(
            b.amount * (1.0 if b.asset == "USDC" else 1.0 / self.price)
            for b in portfolio.balances
            if b.asset in {"USD", "USDC"}
        )

    def seconds(self, expiry):
        return (expiry - self.now).total_seconds()

    def rate(self, expiry):
        return max(dict(self.quote.rates)[expiry], 0.0)

    def value(self, expiry, growth=1.0, kind="none"):
        """Return the net value of one expiry."""
        forward, seconds = dict(self.quote.forwards)[expiry], self.seconds(expiry)
        fixed = forward * max(1800 - seconds, 0) / 1800
        worth = 0.0
        for held, units in self.options.items():
            if held.expiry == expiry:
                k = math.log(held.strike / forward)
                vol = slow_vol(kind, self.vols[held], seconds, k, self.p)
                moved = fixed + (forward - fixed) * growth
                worth += units * slow_black(
                    moved, held.strike, seconds / YEAR, vol, self.rate(expiry), call=held.call
                )
        return worth

    def pnl(self, spot, kind, share):
        p, skews = self.p, kind in {"linear", "abs"}
        moving = self.perpetual * self.mark + sum(value for _, value in self.coins)
        total = share * moving * (spot - 1)
        for expiry in self.expiries:
            tau, rate = self.seconds(expiry) / YEAR, self.rate(expiry)
            up = p.long_base_static_discount * math.exp(
                -tau * (rate * p.long_rate_mult_scale + p.long_rate_add_scale)
            )
            down = min(
                math.exp(rate * tau),
                p.short_base_static_discount
                * math.exp(tau * (rate * p.short_rate_mult_scale + p.short_rate_add_scale)),
            )
            shocked = self.value(expiry, 1.0 if skews else spot, kind)
            change = share * (shocked * (up if shocked >= 0 else down) - self.value(expiry))
            total += -abs(change) if skews else change
        return total

    def basis(self):
        p, total = self.p, 0.0
        for expiry in self.expiries:
            today = self.value(expiry)
            worst = min(
                self.value(expiry, p.scenario_spot_up) - today,
                self.value(expiry, p.scenario_spot_down) - today,
                0.0,
            )
            years = self.seconds(expiry) / YEAR
            total += worst * (p.basis_cont_add_factor + p.basis_cont_mult_factor * years)
        return total

    def naked(self):
        total = 0.0
        for expiry in self.expiries:
            for strike in {o.strike for o in self.options}:
                sides = [
                    units
                    for held, units in self.options.items()
                    if (held.expiry, held.strike) == (expiry, strike)
                ]
                if len(sides) == 2 and sides[0] * sides[1] < 0:
                    total += max(0.0, -sum(sides))
                else:
                    total += sum(max(0.0, -units) for units in sides)
        return total

    def penalty(self, confidence, notional):
        if confidence >= self.p.conf_threshold:
            return 0.0
        return (1 - confidence) * self.p.conf_margin * notional

    def oracle(self):
        sure = self.quote.confidences
        total = self.penalty(self.c0, self.spot * abs(self.perpetual))
        for expiry in self.expiries:
            feeds = [dict(f)[expiry] for f in (sure.forward, sure.rate, sure.volatility)]
            gross = sum(abs(u) for o, u in self.options.items() if o.expiry == expiry)
            total += self.penalty(min(self.c0, *feeds), self.spot * gross)
        for balance, value in self.coins + self.others:
            total += self.penalty(min(self.c_spot, balance.confidence), value)
        return total

    def balances(self):
        """Return Derive's initial and maintenance margin."""
        p = self.p
        loss = min(self.basis(), *(self.pnl(*row) for row in p.scenarios))
        cuts = [(value, p.risk_cancelling_haircut[b.asset]) for b, value in self.coins]
        cuts += [(value, p.haircut[b.asset]) for b, value in self.others]
        size, naked = self.spot * abs(self.perpetual), self.spot * self.naked()
        mm = size * p.mm_perp_percent + naked * p.mm_option_percent
        mm += sum(value * cut[0] for value, cut in cuts)
        im = size * p.im_perp_percent + naked * p.im_option_percent + self.oracle()
        im += sum(value * cut[1] for value, cut in cuts)
        worth = sum(self.value(expiry) for expiry in self.expiries) + self.profit + self.cash
        worth += sum(value for value, _ in cuts)
        below = max(0.0, p.peg_loss_threshold - self.price) * p.peg_loss_factor
        return (p.im_factor + below) * loss - mm - im + worth, p.mm_factor * loss - mm + worth


ODD = ((1.18, "linear", 5.0), (0.5, "abs", 0.3), (2.0, "down", 0.5))


def parameter_sets():
    """Build parameters away from the published ones, where every rule shows."""
    return st.builds(
        lambda **changes: replace(PUBLISHED, **changes),
        min_vol_up_shock=st.sampled_from((0.0, 0.45, 1.2)),
        vol_range_up=st.sampled_from((0.0, 0.5, 2.0)),
        vol_range_down=st.sampled_from((0.275, 3.0)),
        dte_floor=st.sampled_from((0.1, 1.0, 60.0)),
        linear_base_cap=st.sampled_from((0.0, 0.15, 3.0)),
        linear_c_base=st.sampled_from((-1.0, -0.05, 0.5)),
        abs_base_cap=st.sampled_from((0.15, 3.0)),
        min_k_star=st.sampled_from((0.01, 0.5)),
        scenarios=st.sampled_from((PUBLISHED.scenarios, (*ODD, *PUBLISHED.scenarios))),
        long_base_static_discount=st.sampled_from((0.5, 0.95, 1.1)),
        short_base_static_discount=st.sampled_from((0.9, 1.04, 2.0)),
        basis_cont_mult_factor=st.sampled_from((0.0, 2.0, 20.0)),
        im_factor=st.sampled_from((0.5, 1.0, 1.5)),
        mm_factor=st.sampled_from((0.1, 0.8)),
        conf_margin=st.sampled_from((0.4, 1.0)),
    )


@settings(max_examples=50, deadline=None)
@given(accounts(), parameter_sets())
def test_it_agrees_with_a_slow_implementation(drawn, p):
    portfolio, snapshot = drawn
    portfolio = replace(portfolio, underlyings=COINS[:1])
    result = METHODOLOGY(portfolio, snapshot, p)
    slow = Slow(portfolio, snapshot, "BTC", p)
    scale = {"rel": 1e-9, "abs": 1e-6}
    price = slow.price
    expected = [slow.pnl(*row) for row in p.scenarios] + [slow.basis()]
    assert [outcome.pnl for outcome in result.scenarios] == pytest.approx(expected, **scale)
    assert balances_of(result, price) == pytest.approx(slow.balances(), **scale)
    for line in (result.initial, result.maintenance, result.equity):
        assert readd(line) == pytest.approx(line.amount, **scale)


# --- properties -------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(accounts(symbols=("BTC", "ETH")), st.sampled_from((2.0, 0.5)))
def test_doubling_everything_doubles_the_requirement(drawn, times):
    portfolio, snapshot = drawn
    doubled = replace(
        portfolio,
        positions=tuple(
            replace(q, quantity=q.quantity * times, accrued_funding=q.accrued_funding * times)
            for q in portfolio.positions
        ),
        balances=tuple(replace(b, amount=b.amount * times) for b in portfolio.balances),
    )
    one, two = METHODOLOGY(portfolio, snapshot), METHODOLOGY(doubled, snapshot)
    for name in ("initial", "maintenance", "equity"):
        got = getattr(two, name).amount
        assert got == pytest.approx(times * getattr(one, name).amount, rel=1e-9, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(accounts(symbols=("BTC", "ETH")))
def test_scenarios_add_up_to_positions_and_the_worst_makes_the_loss(drawn):
    portfolio, snapshot = drawn
    result = METHODOLOGY(portfolio, snapshot)
    for outcome in result.scenarios:
        assert sum(pnl for _, pnl in outcome.pnl_by_position) == pytest.approx(
            outcome.pnl, rel=1e-9, abs=1e-6
        )
    for worst in result.worst_by_group:
        own = [o.pnl for o in result.scenarios if o.group == worst.group]
        assert worst.pnl == min(own)
        assert worst.pnl <= 0.0


@settings(max_examples=30, deadline=None)
@given(accounts())
def test_splitting_a_position_in_two_changes_nothing(drawn):
    portfolio, snapshot = drawn
    halves = tuple(
        replace(q, quantity=q.quantity * part, accrued_funding=q.accrued_funding * part)
        for q in portfolio.positions
        for part in (1.5, -0.5)
    )
    one = METHODOLOGY(portfolio, snapshot)
    two = METHODOLOGY(replace(portfolio, positions=halves), snapshot)
    assert two.excess_initial == pytest.approx(one.excess_initial, rel=1e-9, abs=1e-5)
    assert two.excess_maintenance == pytest.approx(one.excess_maintenance, rel=1e-9, abs=1e-5)


def test_two_coins_have_a_manager_each_and_offset_nothing():
    bitcoin = [option("call", 95_000, -1), perpetual(0.4, entry=90_000.0)]
    ether = [option("put", 2_800, 10, symbol="ETH"), perpetual(-5.0, "ETH", 3_000.0)]
    both, one, other = margin(*bitcoin, *ether), margin(*bitcoin), margin(*ether)
    for name in ("initial", "maintenance", "equity"):
        parts = getattr(one, name).amount + getattr(other, name).amount
        assert getattr(both, name).amount == pytest.approx(parts, rel=1e-12)
    assert [o.group for o in both.worst_by_group] == ["BTC", "ETH"]
    assert len(both.scenarios) == 2 * (len(PUBLISHED.scenarios) + 1)
    assert any("offset nothing" in warning for warning in both.warnings)


def test_coins_pay_for_the_calls_they_cover():
    naked = margin(option("call", 50_000, -1), balances=[("USDC", 90_000.0)])
    covered = margin(option("call", 50_000, -1), balances=[("BTC", 1.0)])
    assert covered.initial.amount < 0.3 * naked.initial.amount
    drop = rows(covered)["spot −18 %, vol up"] - rows(naked)["spot −18 %, vol up"]
    assert drop == pytest.approx(-0.18 * SPOTS["BTC"])


def test_collateral_on_another_coin_moves_nowhere_and_costs_its_haircut():
    call = option("call", 95_000, -1)
    held = margin(call, balances=[("ETH", 10.0)])
    assert held.equity.amount == pytest.approx(margin(call).equity.amount + 0.85 * 30_000.0)
    assert held.collateral_not_counted == pytest.approx(0.15 * 30_000.0)
    assert held.initial.amount == pytest.approx(margin(call).initial.amount + 0.05 * 30_000.0)
    assert rows(held) == rows(margin(call))


def test_a_coin_that_follows_another_moves_at_its_own_value():
    held = margin(perpetual(-1.0, entry=90_000.0), balances=[("LBTC", 1.0)])
    assert rows(held)["spot +9 %"] == pytest.approx(0.09 * (89_500.0 - 90_000.0))


def test_an_asset_that_derive_does_not_list_counts_only_with_a_haircut_of_its_own():
    snapshot = market(prices=[("XBTC", 90_000.0)])
    bare = margin(balances=[Balance("XBTC", 1.0, tracks="BTC")], snapshot=snapshot)
    assert bare.equity.amount == 0.0
    assert bare.collateral_not_counted == pytest.approx(90_000.0)
    assert any("not taken" in warning for warning in bare.warnings)
    own = Balance("XBTC", 1.0, Haircut(0.1, 0.3), tracks="BTC")
    cut = margin(perpetual(-1.0), balances=[own], snapshot=snapshot)
    assert cut.collateral_not_counted == pytest.approx(9_000.0)
    assert rows(cut)["spot +18 %, vol up"] == pytest.approx(0.0, abs=1e-9)
    assert cut.initial.amount == pytest.approx(0.02 * 90_000.0 + 0.2 * 90_000.0)


def test_a_whole_haircut_still_pays_for_a_doubtful_feed():
    doubtful = Balance("BTC", 1.0, Haircut(1.0, 1.0), confidence=0.1)
    result = margin(perpetual(-1.0), balances=[doubtful])
    sure = margin(perpetual(-1.0), balances=[replace(doubtful, confidence=1.0)])
    assert result.initial.amount - sure.initial.amount == pytest.approx(0.9 * 90_000.0)


# --- single rules -----------------------------------------------------------------------------


def test_cash_alone_asks_nothing_even_below_its_peg():
    result = margin(balances=[("USDC", 1_000.0)], snapshot=market(usdc=0.52))
    assert result.initial.amount == result.maintenance.amount == 0.0
    assert result.excess_initial == pytest.approx(520.0)
    assert result.worst_scenario.label == BASIS
    assert result.worst_scenario.pnl == 0.0


def test_below_the_peg_the_initial_loss_counts_for_more():
    def asked(price):
        result = margin(perpetual(1.0, entry=90_000.0), snapshot=market(usdc=price))
        return result.initial.amount / price, result.maintenance.amount / price

    loss, contingency = 0.18 * 90_000.0, 90_000.0
    assert asked(0.98) == pytest.approx((loss + 0.02 * contingency, 0.8 * loss + 1_350.0))
    assert asked(0.88) == pytest.approx((1.2 * loss + 0.02 * contingency, 0.8 * loss + 1_350.0))


def test_dollars_are_cash_that_buys_usdc_at_its_price():
    snapshot = market(usdc=0.95)
    coins = margin(perpetual(1.0), balances=[("USDC", 10_000.0)], snapshot=snapshot)
    dollars = margin(perpetual(1.0), balances=[("USD", 9_500.0)], snapshot=snapshot)
    assert dollars.excess_initial == pytest.approx(coins.excess_initial)
    assert dollars.equity.amount == pytest.approx(9_500.0)


def test_an_unpriced_usdc_is_taken_at_a_dollar_and_said_so():
    snapshot = replace(MARKET, prices=())
    result = margin(perpetual(1.0), snapshot=snapshot)
    assert any("USDC has no price" in warning for warning in result.warnings)
    assert result.initial.amount == margin(perpetual(1.0)).initial.amount
    with pytest.raises(MarketDataError, match="no price for USDC"):
        margin(perpetual(1.0), balances=[("USDC", 1.0)], snapshot=snapshot)


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


def test_a_liability_is_never_marked_up_beyond_its_undiscounted_value():
    years, rate = 0.6, 0.4
    long, short = static_discounts(years, rate, PUBLISHED)
    assert short == pytest.approx(1.04 * math.exp(0.6 * (0.4 * 0.5 + 0.08)))
    assert long == pytest.approx(0.95 * math.exp(-0.6 * 0.48))
    dear = replace(PUBLISHED, short_base_static_discount=2.0)
    assert static_discounts(years, rate, dear)[1] == pytest.approx(math.exp(0.24))
    assert static_discounts(0.0, rate, PUBLISHED)[1] == 1.0


def test_an_expired_option_is_worth_its_intrinsic_value_and_moves_nowhere():
    expiry = NOW
    snapshot = market(forwards=[(expiry, 1.02)])
    result = margin(option("call", 90_000, -1, seconds=0), snapshot=snapshot)
    value = -0.02 * 90_000.0
    assert result.equity.amount == pytest.approx(value)
    assert max(abs(pnl) for pnl in rows(result).values()) == pytest.approx(0.0, abs=1e-9)


def test_the_initial_requirement_adds_contingencies_on_top_of_the_loss():
    result = margin(perpetual(-2.0, entry=90_000.0))
    loss = 2.0 * 90_000.0 * 0.18
    assert result.maintenance.amount == pytest.approx(0.8 * loss + 0.015 * 180_000.0)
    assert result.initial.amount == pytest.approx(loss + 0.02 * 180_000.0)
    assert result.capital_to_open == pytest.approx(result.initial.amount)


def test_the_binding_line_opens_down_to_the_positions():
    call, put = option("call", 95_000, -1), option("put", 80_000, -2)
    result = margin(call, put, perpetual(0.3, entry=90_000.0), balances=[("BTC", 0.5)])
    (manager,) = (part for part in result.initial.parts if "Initial margin of BTC" in part.label)
    loss = manager.parts[0].parts[0]
    assert loss.rule == Rule.LARGEST
    labels = " ".join(leaf.label for leaf in leaves(binding(loss)))
    for name in (call.label, put.label, "BTC perpetual", "BTC collateral"):
        assert name in labels
    assert -binding(loss).amount == pytest.approx(result.worst_scenario.pnl)


def test_the_basis_contingency_binds_where_calendars_hedge_the_spot():
    dear = replace(PUBLISHED, basis_cont_add_factor=20.0)
    held = [option("call", 90_000, 1), option("call", 90_000, -1, seconds=5_000_000)]
    result = margin(*held, p=dear)
    assert result.worst_scenario.label == BASIS
    assert readd(result.initial) == pytest.approx(result.initial.amount)
    assert "forward" in " ".join(line.label for line in _every(result.initial))


def test_an_expiry_that_gains_either_way_has_no_basis_contingency():
    straddle = [option("call", 90_000, 1), option("put", 90_000, 1)]
    sold = option("call", 90_000, -1, seconds=5_000_000)
    assert rows(margin(*straddle))[BASIS] == 0.0
    assert rows(margin(*straddle, sold))[BASIS] == rows(margin(sold))[BASIS] < 0.0


def _every(line):
    return [line, *(inner for part in line.parts for inner in _every(part))]


def test_a_position_with_isolated_margin_is_margined_in_full_and_said_so():
    isolated = replace(perpetual(1.0), isolated_margin=5_000.0)
    result = margin(isolated)
    assert result.initial.amount == margin(perpetual(1.0)).initial.amount
    assert any("isolates nothing" in warning for warning in result.warnings)


def test_options_count_at_the_model_whatever_their_mark():
    call = option("call", 95_000, 1)
    marked = replace(MARKET, instruments=(InstrumentQuote(call.instrument, 50.0, volatility=0.5),))
    result = margin(call, snapshot=marked)
    assert result.equity.amount == pytest.approx(margin(call).equity.amount)
    assert result.net_liquidation_value == pytest.approx(50.0)
    own = by_manager(account(call), marked, PUBLISHED)
    assert option_value(own, PUBLISHED).amount == pytest.approx(result.equity.amount)


# --- what it does not cover -------------------------------------------------------------------

MARCH = datetime(2026, 3, 27, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instrument", "why"),
    [
        (Stock("BTC"), "collateral, not a position"),
        (Future("BTC", MARCH), "a dated future"),
        (Perpetual("BTC", 10.0, MarginType.INVERSE), "settled in coin"),
        (Option("BTC", Right.CALL, 9e4, MARCH, margin_type=MarginType.INVERSE), "settled in coin"),
        (Option("BTC", Right.CALL, 9e4, MARCH, Style.AMERICAN), "an American option"),
        (Perpetual("BTC", quote_currency="EUR"), "quoted in EUR"),
        (Perpetual("SOL"), "no manager of its coin"),
    ],
)
def test_what_derive_does_not_list_is_refused_by_name(instrument, why):
    with pytest.raises(NotCoveredError, match=why):
        margin(Position(instrument, 1.0))


def test_equities_other_money_and_coins_owed_are_refused():
    shares = Portfolio((Position(Stock("XYZ"), 1.0),), (), (Underlying("XYZ", AssetClass.EQUITY),))
    with pytest.raises(NotCoveredError, match="no coin"):
        METHODOLOGY(shares, MARKET)
    with pytest.raises(NotCoveredError, match="reports in EUR"):
        METHODOLOGY(Portfolio(currency="EUR"), MARKET)
    with pytest.raises(NotCoveredError, match="BTC: a debt"):
        margin(balances=[("BTC", -1.0)])
    assert margin(balances=[("USDC", -5.0)]).equity.amount == -5.0


@pytest.mark.parametrize(
    "row", [(1.1, "sideways", 1.0), (0.0, "up", 1.0), (1.1, "up", -1.0), (1.1, "up"), 5.0]
)
def test_a_faulty_scenario_is_refused(row):
    with pytest.raises(ParameterError, match="no scenario"):
        margin(perpetual(1.0), p=replace(PUBLISHED, scenarios=(row,)))


def test_another_grid_can_be_given_for_another_coin():
    p = overridden(
        PUBLISHED,
        {"managers": '["SOL"]', "scenarios": '[[1.27, "up", 1], [0.73, "up", 1]]'},
        "derive_pmrm",
    )
    solana = replace(MARKET, quotes=(Quote("SOL", 150.0),))
    result = METHODOLOGY(account(perpetual(10.0, "SOL")), solana, p)
    assert result.maintenance.amount == pytest.approx(1_500.0 * (0.8 * 0.27 + 0.015))


def test_the_deployed_profile_asks_more_for_perpetuals_and_far_tails():
    deployed = METHODOLOGY.profiles["deployed"]
    result = margin(perpetual(-1.0), p=deployed)
    assert result.initial.amount == pytest.approx(90_000.0 * (0.18 + 0.04))
    tail = margin(option("call", 250_000, -1), p=deployed)
    assert "of it" in tail.worst_scenario.label
    assert isinstance(deployed.haircut, Table)


def test_the_first_version_takes_no_coin_but_its_own():
    first = margin(perpetual(-1.0), balances=[("ETH", 10.0), ("BTC", 1.0)], p=FIRST)
    assert first.collateral_not_counted == pytest.approx(30_000.0)
    assert rows(first)["spot +20 %, vol up"] == pytest.approx(0.0, abs=1e-9)
    assert first.maintenance.amount == pytest.approx(0.06 * 90_000.0)
    assert first.initial.amount == pytest.approx(1.25 * 0.06 * 90_000.0)
