"""Contracts at the venue's own price, up to their settlement."""

from dataclasses import replace
from datetime import timedelta

import pytest

from margin_core.book.instruments import Right
from margin_core.errors import NotCoveredError
from margin_core.market.snapshot import InstrumentQuote, Market
from margin_core.methodologies.deribit_pm import METHODOLOGY
from margin_core.methodologies.deribit_pm.book import accounts
from tests.methodologies.deribit_pm.accounts import (
    FORWARDS,
    JUNE,
    MARCH,
    MARKET,
    NOW,
    SEGREGATED,
    account,
    linear,
    margin,
    option,
    slow_black,
    slow_years,
)


def test_a_price_given_is_what_profit_counts_from_and_gives_the_volatility():
    held = option("BTC", "put", 60_000.0, -1.0, expiry=JUNE)
    forward, years = FORWARDS["BTC", JUNE], slow_years(JUNE)
    in_coin = slow_black(forward, 60_000.0, years, 0.6, Right.PUT) / forward
    quoted = replace(MARKET, instruments=(InstrumentQuote(held.instrument, in_coin),))
    (part,) = accounts(account(held), quoted, SEGREGATED)
    (contract,) = part.buckets[0].contracts
    assert contract.mark.volatility == pytest.approx(0.6, abs=1e-9)
    assert part.buckets[0].vector[13] == pytest.approx(0.0, abs=1e-12)


def test_a_contract_loses_its_risk_over_the_half_hour_before_its_expiry():
    def asked(minutes):
        market = replace(MARKET, valuation_time=MARCH - timedelta(minutes=minutes))
        quotes = tuple(replace(q, forwards=((MARCH, q.spot),)) for q in MARKET.quotes)
        future = linear("BTC", 1.0, MARCH)
        return margin(future, market=replace(market, quotes=quotes)).initial.amount

    assert asked(30) == pytest.approx(asked(60))
    assert asked(15) == pytest.approx(0.5 * asked(60))
    assert asked(0) == 0.0


def test_an_option_at_its_expiry_has_left_the_matrix_and_counts_in_equity():
    market = replace(MARKET, valuation_time=MARCH)
    result = margin(option("BTC", "call", 60_000.0, -1.0), market=market)
    assert result.initial.amount == 0.0
    assert result.equity.amount < -9_000.0


def test_a_price_that_no_volatility_gives_off_the_forward_is_refused_by_name():
    held = option("BTC", "call", 60_000.0, 1.0)
    cheap = replace(MARKET.quotes[0], forwards=((MARCH, 90_000.0),), rate=0.0)
    quoted = InstrumentQuote(held.instrument, 1.1)
    market = Market(NOW, (cheap,), (quoted,))
    with pytest.raises(NotCoveredError, match="Black-76 off the forward"):
        METHODOLOGY(account(held), market)
