"""Derive's portfolio manager against a slow implementation, written from the rules anew."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import Option, Perpetual
from margin_core.methodologies.derive_pmrm import METHODOLOGY, PUBLISHED
from tests.lines import readd
from tests.methodologies.derive_accounts import COINS, accounts
from tests.methodologies.derive_pmrm.accounts import balances_of
from tests.slow import black76

YEAR = 365 * 24 * 60 * 60


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
        self.quoted = {quote.symbol: quote.confidences.spot for quote in snapshot.quotes}
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
                worth += units * black76(
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
            own = min(balance.confidence, self.quoted.get(balance.asset, 1.0))
            total += self.penalty(min(self.c_spot, own), value)
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
