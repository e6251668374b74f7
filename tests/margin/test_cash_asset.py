"""Accounts kept in a stablecoin: what is cash, what is refused, and dollars of it."""

from datetime import UTC, datetime

import pytest

from margin_core.book.instruments import Option, Perpetual, Right
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.errors import NotCoveredError
from margin_core.margin.cash_asset import (
    cash_price,
    in_dollars,
    is_cash,
    net_units,
    refuse_other_money,
)
from margin_core.margin.figure import given
from margin_core.market.snapshot import Market
from margin_core.risk.marks import Mark

NOW = datetime(2026, 1, 2, tzinfo=UTC)
MARCH = datetime(2026, 3, 27, 8, tzinfo=UTC)


def test_the_stablecoin_and_dollars_are_cash():
    assert [is_cash(Balance(a, 1.0), "USDC") for a in ("USDC", "usdc", "USD", "USDT")] == [
        True,
        True,
        True,
        False,
    ]


def test_a_figure_is_given_back_at_the_price_under_its_own_label():
    line = in_dollars(given("Loss", 200.0), 0.9, "USDC")
    assert line.amount == pytest.approx(180.0)
    assert line.label == "Loss, USDC at 0.9 USD"
    assert in_dollars(given("Loss", 200.0), 1.0, "USDC") == given("Loss", 200.0)


def test_a_price_is_assumed_only_where_none_is_given():
    portfolio = Portfolio()
    assert cash_price("USDC", portfolio, Market(NOW, prices=(("USDC", 0.97),))) == (0.97, "")
    price, warning = cash_price("USDC", portfolio, Market(NOW))
    assert price == 1.0
    assert "USDC has no price" in warning


def test_a_debt_in_cash_is_no_reason_to_refuse():
    refuse_other_money(Portfolio(balances=(Balance("USDC", -5.0), Balance("USD", -5.0))), "USDC")
    with pytest.raises(NotCoveredError, match="ETH: a debt"):
        refuse_other_money(Portfolio(balances=(Balance("ETH", -5.0),)), "USDC")


def test_positions_in_one_option_net():
    call = Option("BTC", Right.CALL, 9e4, MARCH, multiplier=0.1)
    put = Option("BTC", Right.PUT, 9e4, MARCH)
    held = [
        Mark(Position(contract, quantity), 1.0, 0.5, 0.0)
        for contract, quantity in ((call, 5.0), (put, 1.0), (call, -15.0))
    ]
    assert net_units(held) == {call: pytest.approx(-1.0), put: 1.0}
    assert net_units([Mark(Position(Perpetual("BTC"), 1.0), 1.0, 0.0, 0.0)]) == {}
