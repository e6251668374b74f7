"""Strategies put into an account: volatilities, expiries to choose from, sketches."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from margin_core.analysis.placement import (
    emptied,
    offered_expiries,
    placed,
    sketch,
    with_volatility,
)
from margin_core.book.instruments import AssetClass, Option, Right, Stock, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.book.strategies import Inputs, Strategy
from margin_core.book.templates import TEMPLATES, template
from margin_core.errors import MarketDataError
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.risk.marks import marks

NOW = datetime(2026, 11, 20, 21, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 18, 21, tzinfo=UTC)
XYZ = Underlying("XYZ", AssetClass.EQUITY)
PUT = Option("XYZ", Right.PUT, 90.0, DECEMBER, multiplier=100.0)
HELD = Portfolio((Position(PUT, -1),), (Balance("USD", 5_000.0),), (XYZ,))
MARKET = Market(NOW, (Quote("XYZ", 100.0),), (InstrumentQuote(PUT, volatility=0.31),))
INPUTS = Inputs(XYZ, 100.0, 5.0, DECEMBER, datetime(2027, 1, 15, 21, tzinfo=UTC))


def test_a_strategy_added_keeps_what_is_held_and_takes_its_volatility():
    portfolio, market = placed(HELD, MARKET, template("collar").builder(INPUTS))
    assert portfolio.positions[0] == HELD.positions[0]
    assert len(portfolio.positions) == 4
    assert portfolio.balances == HELD.balances
    vols = {quote.instrument: quote.volatility for quote in market.instruments}
    new = [p.instrument for p in portfolio.positions[1:] if isinstance(p.instrument, Option)]
    assert [vols[option] for option in new] == pytest.approx([0.31, 0.31])
    assert len(marks(portfolio, market)) == 4


def test_a_strategy_in_place_of_the_book_keeps_cash_unless_it_brings_its_own():
    collar, _ = placed(HELD, MARKET, template("collar").builder(INPUTS), replacing=True)
    assert [type(p.instrument) for p in collar.positions] == [Stock, Option, Option]
    assert collar.balances == HELD.balances
    secured, _ = placed(HELD, MARKET, template("cash_secured_put").builder(INPUTS), replacing=True)
    assert secured.balances == (Balance("USD", 9_500.0),)


def test_an_option_already_quoted_keeps_its_quote():
    _, market = placed(HELD, MARKET, Strategy((Position(PUT, 5),)))
    assert market.instruments == MARKET.instruments


def test_the_flat_volatility_of_the_underlying_is_not_written_to_each_option():
    market = Market(NOW, (Quote("XYZ", 100.0, volatility=0.2),))
    empty = replace(HELD, positions=())
    _, after = placed(empty, market, template("long_straddle").builder(INPUTS))
    assert after.instruments == ()


def test_without_any_volatility_the_refusal_says_so():
    empty = replace(HELD, positions=())
    with pytest.raises(MarketDataError, match="volatility"):
        placed(empty, Market(NOW, (Quote("XYZ", 100.0),)), template("long_put").builder(INPUTS))


def test_expiries_offered_are_third_fridays_and_those_held():
    weekly = datetime(2026, 11, 27, 21, tzinfo=UTC)
    held = replace(HELD, positions=(Position(replace(PUT, expiry=weekly), 1),))
    offered = offered_expiries(held, MARKET, XYZ)
    assert offered[:3] == (weekly, DECEMBER, datetime(2027, 1, 15, 21, tzinfo=UTC))
    assert all(expiry > NOW for expiry in offered)  # 20 November is itself a third Friday


def test_expiries_of_coins_are_last_fridays_at_their_hour():
    bitcoin = Underlying("BTC", AssetClass.CRYPTO)
    offered = offered_expiries(HELD, MARKET, bitcoin)
    assert offered[:2] == (
        datetime(2026, 11, 27, 8, tzinfo=UTC),
        datetime(2026, 12, 25, 8, tzinfo=UTC),
    )


@pytest.mark.parametrize("key", [entry.key for entry in TEMPLATES])
def test_every_template_can_be_sketched(key):
    pnl = sketch(template(key))
    assert len(pnl) >= 81
    assert all(abs(value) < 1e5 for value in pnl)


def test_the_sketch_of_a_long_put_falls_to_its_premium():
    pnl = sketch(template("long_put"))
    assert pnl[0] > 0.0 > pnl[-1]
    assert pnl[-1] == min(pnl)


def test_a_row_without_a_price_takes_the_volatility_of_the_book():
    row = {"underlying": "XYZ", "kind": "put", "strike": 80.0, "quantity": 1.0}
    row["expiry"] = "2026-12-18"
    assert with_volatility(row, (HELD, MARKET)) == row | {"implied_volatility": 0.31}


@pytest.mark.parametrize(
    "change",
    [
        {"entry_price": 1.0},
        {"implied_volatility": 0.5},
        {"underlying": "ABC"},
        {"expiry": "2020-01-01"},
        {"kind": "stock", "strike": None, "expiry": None},
    ],
)
def test_a_row_that_needs_no_volatility_or_is_at_fault_is_left_alone(change):
    row = {"underlying": "XYZ", "kind": "put", "strike": 80.0, "quantity": 1.0}
    row |= {"expiry": "2026-12-18"} | change
    assert with_volatility(row, (HELD, MARKET)) is row


def test_an_emptied_account_can_still_value_a_new_option():
    empty, market = emptied(HELD, MARKET)
    assert empty.positions == ()
    assert empty.balances == HELD.balances
    assert market["XYZ"].volatility == 0.31
    again, _ = placed(empty, market, template("collar").builder(INPUTS))
    assert len(again.positions) == 3


def test_emptying_keeps_a_volatility_that_was_given():
    market = replace(MARKET, quotes=(Quote("XYZ", 100.0, volatility=0.2),))
    assert emptied(HELD, market)[1]["XYZ"].volatility == 0.2
    bare = Market(NOW, (Quote("XYZ", 100.0),))
    assert emptied(replace(HELD, positions=()), bare)[1]["XYZ"].volatility is None
