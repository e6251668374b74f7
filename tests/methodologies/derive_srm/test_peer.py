"""Derive's standard manager against a slow implementation, written from the rules anew."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import Perpetual
from margin_core.methodologies.derive_srm import METHODOLOGY, PUBLISHED
from tests.lines import readd
from tests.methodologies.derive_accounts import accounts
from tests.slow import black76

YEAR = 365 * 24 * 60 * 60


def slow_isolated(held, units, mtm, spot, p, *, initial):
    """Return the signed margin of one option; ``units`` and ``mtm`` are negative."""
    if units >= 0:
        return 0.0
    sign = 1 if held.call else -1
    otm = max(0.0, sign * (held.strike - spot) / spot)
    mult = max(p.min_spot_req, p.max_spot_req - otm)
    if held.call:
        return mtm + (mult if initial else p.mm_call_spot_req) * spot * units
    mm = mtm + min(p.mm_put_spot_req * spot * units, p.mm_put_mtm_req * mtm)
    return min(mtm + mult * spot * units, mm * p.mm_offset_scale) if initial else mm


def slow_max_loss(options, forward, scale):
    def payoff(price):
        return sum(
            units * max(0.0, price - o.strike if o.call else o.strike - price)
            for o, units in options.items()
        )

    loss = min(0.0, *(payoff(price) for price in [0.0, *(o.strike for o in options)]))
    net = sum(units for o, units in options.items() if o.call)
    return loss + scale * forward * min(net, 0.0)


def slow_distrust(confidence, threshold, notional, p):
    return (1 - confidence) * p.oc_factor * notional if confidence < threshold else 0.0


def slow_perpetuals(held, quote, marks, p, *, initial):
    """Return the signed margin of a coin's perpetual, its profit, and its size."""
    if not held:
        return 0.0, 0.0
    contract = Perpetual(quote.symbol)
    size, mark = sum(position.quantity for position in held), marks[contract].price
    profit = sum(q.quantity * (mark - q.entry_price) + q.accrued_funding for q in held)
    req = (p.im_perp_req if initial else p.mm_perp_req)[quote.symbol]
    total = profit - abs(size) * mark * req
    if initial:
        feed = min(quote.confidences.perpetual, quote.confidences.spot)
        total -= slow_distrust(feed, p.perp_threshold, quote.spot * abs(size), p)
    return total, abs(size)


def slow_expiry(own, expiry, quote, marks, now, p, *, initial):
    """Return the signed margin of an expiry, and the units sold in it."""
    forward, years = dict(quote.forwards)[expiry], (expiry - now).total_seconds() / YEAR
    isolated = 0.0
    for o, units in own.items():
        price = black76(forward, o.strike, years, marks[o].volatility, call=o.call)
        isolated += slow_isolated(o, units, units * price, quote.spot, p, initial=initial)
    scale = p.unpaired_im_scale if initial else p.unpaired_mm_scale
    total = max(isolated, slow_max_loss(own, forward, scale))
    short = sum(-units for units in own.values() if units < 0)
    if initial:
        sure = quote.confidences
        feed = min(sure.spot, dict(sure.forward)[expiry], dict(sure.volatility)[expiry])
        total -= slow_distrust(feed, p.option_threshold, quote.spot * short, p)
    return total, short


def slow_balances(portfolio, snapshot, p, *, initial):
    """Return what cash and collateral count for."""
    usdc, total = snapshot.price("USDC", "USD"), 0.0
    for balance in portfolio.balances:
        if balance.asset in {"USDC", "USD"}:
            total += balance.amount / (1.0 if balance.asset == "USDC" else usdc)
            continue
        value = balance.amount * snapshot.price(balance.asset, "USD")
        factor = p.margin_factor[balance.asset]
        total += value * factor * (p.im_scale[balance.asset] if initial else 1.0)
        feed = balance.confidence
        if snapshot.has(balance.asset):
            feed = min(feed, snapshot[balance.asset].confidences.spot)
        total -= slow_distrust(feed, p.base_threshold, value, p) if initial else 0.0
    return total


def slow_balance(portfolio, snapshot, p, *, initial):
    """Return Derive's margin, position by position; USDC."""
    usdc = snapshot.price("USDC", "USD")
    marks = {q.instrument: q for q in snapshot.instruments}
    depeg = max(p.depeg_threshold - usdc, 0.0) * p.depeg_factor if initial else 0.0
    total = slow_balances(portfolio, snapshot, p, initial=initial)
    for symbol in {q.underlying for q in portfolio.positions}:
        quote, options = snapshot[symbol], {}
        mine = [q for q in portfolio.positions if q.underlying == symbol]
        perpetuals = [q for q in mine if q.instrument == Perpetual(symbol)]
        for position in mine:
            if position not in perpetuals:
                held = options.setdefault(position.instrument.expiry, {})
                before = held.get(position.instrument, 0.0)
                held[position.instrument] = before + position.quantity
        parts = [slow_perpetuals(perpetuals, quote, marks, p, initial=initial)]
        now = snapshot.valuation_time
        parts += [
            slow_expiry(own, expiry, quote, marks, now, p, initial=initial)
            for expiry, own in options.items()
        ]
        total += sum(figure - depeg * quote.spot * size for figure, size in parts)
    return total


@settings(max_examples=50, deadline=None)
@given(accounts(symbols=("BTC", "ETH"), max_options=8), st.sampled_from((PUBLISHED, "far")))
def test_it_agrees_with_a_slow_implementation(drawn, p):
    portfolio, snapshot = drawn
    if p == "far":
        p = replace(PUBLISHED, mm_put_mtm_req=0.4, unpaired_im_scale=2.0, mm_offset_scale=2.0)
    result = METHODOLOGY(portfolio, snapshot, p)
    price = snapshot.price("USDC", "USD")
    scale = {"rel": 1e-9, "abs": 1e-6}
    for initial, excess in ((True, result.excess_initial), (False, result.excess_maintenance)):
        expected = slow_balance(portfolio, snapshot, p, initial=initial)
        assert excess / price == pytest.approx(expected, **scale)
    for line in (result.initial, result.maintenance, result.equity):
        assert readd(line) == pytest.approx(line.amount, **scale)
    assert result.initial.amount >= result.maintenance.amount - 1e-6
    assert result.maintenance.amount >= -1e-9
