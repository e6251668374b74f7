"""What Derive's standard manager does not list."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

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
from margin_core.book.portfolio import Portfolio, Position
from margin_core.errors import NotCoveredError
from margin_core.market.snapshot import Quote
from margin_core.methodologies.derive_srm import METHODOLOGY
from tests.methodologies.derive_accounts import account, perpetual
from tests.methodologies.derive_srm.accounts import MARKET, margin


def test_a_perpetual_on_a_coin_without_options_is_covered():
    solana = replace(MARKET, quotes=(Quote("SOL", 150.0),))
    result = METHODOLOGY(account(perpetual(10.0, "SOL")), solana)
    assert result.maintenance.amount == pytest.approx(0.067 * 1_500.0)


MARCH = datetime(2026, 3, 27, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instrument", "why"),
    [
        (Stock("BTC"), "collateral, not a position"),
        (Future("BTC", MARCH), "a dated future"),
        (Perpetual("BTC", 10.0, MarginType.INVERSE), "settled in coin"),
        (Option("BTC", Right.CALL, 9e4, MARCH, margin_type=MarginType.INVERSE), "settled in coin"),
        (Option("BTC", Right.CALL, 9e4, MARCH, Style.AMERICAN), "an American option"),
        (Option("SOL", Right.CALL, 200.0, MARCH), "no options on its coin"),
        (Perpetual("DOGE"), "no margin of its perpetual"),
    ],
)
def test_what_derive_does_not_list_is_refused_by_name(instrument, why):
    coins = tuple(Underlying(s, AssetClass.CRYPTO) for s in ("BTC", "SOL", "DOGE"))
    with pytest.raises(NotCoveredError, match=why):
        METHODOLOGY(Portfolio((Position(instrument, 1.0),), (), coins), MARKET)


def test_other_money_and_coins_owed_are_refused():
    with pytest.raises(NotCoveredError, match="reports in EUR"):
        METHODOLOGY(Portfolio(currency="EUR"), MARKET)
    with pytest.raises(NotCoveredError, match="BTC: a debt"):
        margin(balances=[("BTC", -1.0)])
    assert margin(balances=[("USD", -5.0)]).equity.amount == -5.0
