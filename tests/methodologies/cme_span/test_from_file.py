"""Positions on the arrays and tables of a data file."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from margin_core.book.instruments import AssetClass, Future, Option, Right, Stock, Underlying
from margin_core.book.portfolio import Portfolio, Position
from margin_core.errors import InputError, NotCoveredError
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.cme_span import METHODOLOGY
from tests.methodologies.cme_span.accounts import JUNE, MARCH, NOW, document, read

GC = (Underlying("GC", AssetClass.COMMODITY),)


def gold(*held):
    """Build an account of (quantity, future or call, expiry) in the file's contracts."""
    positions, marked = [], []
    for quantity, kind, expiry in held:
        if kind == "future":
            instrument, price = Future("GC", expiry, 100.0), 3_600.0
        else:
            instrument = Option("GC", Right.CALL, 3_700.0, expiry, multiplier=100.0)
            price = 50.0
        positions.append(Position(instrument, quantity))
        marked.append(InstrumentQuote(instrument, price))
    portfolio = Portfolio(tuple(positions), underlyings=GC)
    return portfolio, Market(NOW, (Quote("GC", 3_600.0),), tuple(marked))


def test_positions_take_the_arrays_deltas_and_tables_of_the_file():
    held = gold((2.0, "future", MARCH), (-2.0, "future", JUNE), (-1.0, "call", MARCH))
    result = METHODOLOGY(*held, data=read())
    # arrays of the futures cancel; the call's 0.4 deltas leave 1.6 against 2, then 0.4 outright
    spread_charge, delivery = 1.6 * 300.0, 1.6 * 1.0
    assert result.maintenance.amount == pytest.approx(spread_charge + delivery)
    assert result.title == "SPAN on Test exchange of 2026-01-02"
    assert result.warnings == ()
    assert result.equity.parts[0].amount == -5_000.0
    moved = result.scenarios[12].moves
    assert moved == (("GC", pytest.approx(-12_000 / 100 / 3_600), 0.05),)


def test_a_file_says_how_far_its_extremes_reach_and_what_counts_of_them():
    held = gold((1.0, "future", MARCH))
    result = METHODOLOGY(*held, data=read(extreme_move=2, extreme_cover=0.35))
    assert result.scenarios[15].label == "Scenario 16: price −2 x range, 35 % of it"
    assert METHODOLOGY(*held, data=read()).scenarios[15].label.endswith("−3 x range, 33 % of it")


def test_months_that_net_at_no_charge_are_named_in_a_warning():
    held = gold((1.0, "future", MARCH), (-1.0, "future", JUNE))
    [warning] = METHODOLOGY(*held, data=read(commodity={"calendar_spreads": []})).warnings
    assert "202603, 202606" in warning


def test_moves_are_those_of_the_commodity_whatever_the_size_of_its_last_contract():
    mini = {"kind": "future", "expiry": "2026-12-18", "price": 3_600, "delta": 1, "array": [0] * 16}
    mini |= {"contract_value_factor": 10, "delta_scale": 0.1}
    [*contracts] = document()["combined_commodities"][0]["contracts"]
    data = read(commodity={"contracts": [*contracts, mini]})
    moved = METHODOLOGY(*gold((1.0, "future", MARCH)), data=data).scenarios[12].moves
    assert moved == (("GC", pytest.approx(-12_000 / 100 / 3_600), 0.05),)


def test_two_lots_of_one_contract_are_one_position():
    split = gold((5.0, "call", MARCH), (-2.0, "call", MARCH))
    result = METHODOLOGY(*split, data=read())
    assert (
        result.maintenance.amount
        == METHODOLOGY(*gold((3.0, "call", MARCH)), data=read()).maintenance.amount
    )


def test_a_position_that_the_file_lacks_is_named():
    expiry = datetime(2026, 12, 18, 21, tzinfo=UTC)
    with pytest.raises(NotCoveredError, match="GC future 18 Dec 2026"):
        METHODOLOGY(*gold((1.0, "future", MARCH), (1.0, "future", expiry)), data=read())
    stock = Portfolio((Position(Stock("GC"), 1.0),), underlyings=GC)
    with pytest.raises(NotCoveredError, match="GC stock"):
        METHODOLOGY(stock, Market(NOW, (Quote("GC", 3_600.0),)), data=read())


def test_a_multiplier_that_is_not_the_contracts_is_refused():
    portfolio, market = gold((1.0, "future", MARCH))
    mini = replace(portfolio.positions[0], instrument=Future("GC", MARCH, 10.0))
    with pytest.raises(InputError, match="multiplier 10"):
        METHODOLOGY(replace(portfolio, positions=(mini,)), market, data=read())


def test_another_performance_bond_currency_is_converted_at_its_price():
    portfolio, market = gold((1.0, "call", MARCH))
    market = replace(market, prices=(("EUR", 1.2),))
    result = METHODOLOGY(portfolio, market, data=read(commodity={"currency": "EUR"}))
    assert result.maintenance.amount == pytest.approx(1.2 * (50.0 + 0.4 * 2.0))
    assert result.scenarios[0].pnl == pytest.approx(-60.0)


def test_commodities_of_a_file_that_moved_to_span_2_are_named():
    data = read(commodity={"moved_to_span2": "2024-10-18"})
    [warning] = METHODOLOGY(*gold((1.0, "future", MARCH)), data=data).warnings
    assert "not authoritative" in warning
