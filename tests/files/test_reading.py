"""A good portfolio file in, portfolio and market out, and back."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings

from margin_core.book.instruments import (
    AssetClass,
    Future,
    LpRange,
    MarginType,
    Option,
    Right,
    Settlement,
    Stock,
    Style,
)
from margin_core.book.portfolio import AccountType, Balance, Haircut, Portfolio
from margin_core.errors import InputError
from margin_core.files import read, read_path, write
from margin_core.files.limits import MAX_BYTES
from margin_core.market.snapshot import Dividend, InstrumentQuote, Market
from tests.files.documents import EVERYTHING, SMALL, changed
from tests.strategies import portfolios


@given(portfolios())
@settings(max_examples=50)
def test_what_was_written_reads_back_exactly(account):
    assert read(write(*account)) == account


@given(portfolios())
@settings(max_examples=25)
def test_reading_is_idempotent(account):
    once = write(*read(write(*account)))
    assert write(*read(once)) == once


@pytest.mark.parametrize("document", [SMALL, EVERYTHING])
def test_a_file_survives_writing(document):
    account = read(json.dumps(document))
    assert read(write(*account)) == account


def test_a_written_file_says_no_default():
    raw = json.loads(write(*read(json.dumps(SMALL))))
    assert raw == SMALL | {"currency": "USD"}


def test_every_field_of_an_option_arrives():
    portfolio, market = read(json.dumps(EVERYTHING))
    held = portfolio.positions[1]
    assert held.instrument == Option(
        "^SPX",
        Right.CALL,
        6900.0,
        datetime(2026, 12, 18, 14, 30, tzinfo=UTC),
        Style.AMERICAN,
        10.0,
        Settlement.PHYSICAL,
        otc=True,
        margin_type=MarginType.LINEAR,
    )
    assert (held.quantity, held.entry_price) == (-0.5, 0.0)
    assert InstrumentQuote(held.instrument, 150.0, None, 0.18) in market.instruments


def test_every_field_of_a_future_and_a_perpetual_arrives():
    portfolio, market = read(json.dumps(EVERYTHING))
    future, perpetual = portfolio.positions[3:5]
    assert future.instrument == Future(
        "ETH", datetime(2026, 12, 25, 8, tzinfo=UTC), 10.0, MarginType.INVERSE, "USD"
    )
    assert InstrumentQuote(future.instrument, 3050.0) in market.instruments
    assert perpetual.instrument.margin_type is MarginType.INVERSE
    assert (perpetual.funding_rate, perpetual.accrued_funding) == (-0.0001, -12.5)
    assert (perpetual.leverage, perpetual.isolated_margin) == (10.0, 500.0)


def test_every_field_of_a_liquidity_range_arrives():
    portfolio, _ = read(json.dumps(EVERYTHING))
    held = portfolio.positions[5]
    assert held.instrument == LpRange("ETH", 2400.0, 3750.0, 850.5, 0.5)
    assert (held.quantity, held.entry_price, held.price_currency) == (2.0, 10_000.0, "USDC")
    assert held.venue == "pool"


def test_every_field_of_an_underlying_arrives():
    portfolio, market = read(json.dumps(EVERYTHING))
    index, reduced = portfolio.underlyings[:2]
    assert (index.symbol, index.asset_class) == ("^SPX", AssetClass.INDEX_BROAD)
    assert (index.high_capitalization, index.marginable, index.leverage) == (False, False, -2.0)
    assert (index.class_group, index.product_group) == ("S&P 500", "broad")
    assert (reduced.index, reduced.index_ratio) == ("^SPX", 0.1)
    quote = market["^SPX"]
    assert (quote.spot, quote.rate, quote.dividend_yield) == (6800.5, -0.01, 0.013)
    close = datetime(2026, 12, 18, 21, tzinfo=UTC)  # 16:00 in New York, winter
    assert quote.rate_to(close) == 0.036
    assert quote.rate_to(datetime(2027, 6, 18, 20, tzinfo=UTC)) == 0.037  # summer
    assert quote.forward_given(close) == 6850.0
    assert quote.forward_given(datetime(2026, 12, 18, 15, tzinfo=UTC)) == 6849.0
    assert quote.dividends == (Dividend(date(2026, 3, 1), 0.0), Dividend(date(2026, 6, 1), 7.0))
    assert quote.volatility == 0.17
    confidences = market["ETH"].confidences
    eight = datetime(2026, 12, 25, 8, tzinfo=UTC)
    assert (confidences.spot, confidences.perpetual) == (0.99, 0.98)
    assert confidences.forward == ((eight, 0.9),)
    assert confidences.rate == ((eight, 0.8),)
    assert confidences.volatility == ((eight, 0.0),)


def test_every_field_of_collateral_arrives():
    portfolio, market = read(json.dumps(EVERYTHING))
    assert portfolio.balances == (
        Balance("EUR", -500_000.0),
        Balance("USDC", 100_000.0, Haircut(0.1, 0.2)),
        Balance("USDC", 5.0, Haircut(0.0, 0.0), venue="elsewhere"),
        Balance("stETH", 3.0, Haircut(0.15, 0.15), confidence=0.97, tracks="ETH"),
        Balance("ETH", 1.0),
    )
    assert market.prices == (("USDC", 0.91), ("stETH", 2990.0))


def test_the_header_arrives():
    portfolio, market = read(json.dumps(EVERYTHING))
    assert portfolio.name == "Everything — ünïcode"
    assert portfolio.description.endswith("On two lines.")
    assert (portfolio.currency, portfolio.account_type) == ("EUR", AccountType.CASH)
    assert market.valuation_time == datetime(2026, 1, 2, 21, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asset_class", "multiplier", "style", "settlement", "hour"),
    [
        ("equity", 100, "american", "physical", 21),
        ("etf_broad", 100, "american", "physical", 21),
        ("etf_narrow", 100, "american", "physical", 21),
        ("etn", 100, "american", "physical", 21),
        ("index_broad", 100, "european", "cash", 21),
        ("index_narrow", 100, "european", "cash", 21),
        ("index_volatility", 100, "european", "cash", 21),
        ("commodity", 100, "european", "cash", 21),
        ("crypto", 1, "european", "cash", 8),
    ],
)
def test_an_option_has_the_defaults_of_its_asset_class(
    asset_class, multiplier, style, settlement, hour
):
    portfolio, _ = read(json.dumps(changed(("underlyings", 0, "asset_class"), asset_class)))
    option = portfolio.positions[1].instrument
    assert (option.multiplier, option.style, option.settlement) == (multiplier, style, settlement)
    assert option.expiry == datetime(2026, 12, 18, hour, tzinfo=UTC)
    assert not option.otc
    assert option.margin_type is MarginType.LINEAR


def test_a_date_means_the_close_of_new_york_in_summer_too():
    portfolio, _ = read(json.dumps(changed(("positions", 1, "expiry"), "2026-07-17")))
    assert portfolio.positions[1].instrument.expiry == datetime(2026, 7, 17, 20, tzinfo=UTC)


def test_an_option_may_expire_at_the_valuation_time():
    portfolio, market = read(json.dumps(changed(("positions", 1, "expiry"), "2026-01-02")))
    assert portfolio.positions[1].instrument.expiry == market.valuation_time


def test_empty_lists_and_absent_ones_are_fine():
    nothing = {"format": "margin-portfolio/1", "valuation_time": "2026-01-02T21:00:00Z"}
    empty = nothing | {"underlyings": [], "positions": [], "collateral": []}
    moment = datetime(2026, 1, 2, 21, tzinfo=UTC)
    assert read(json.dumps(nothing)) == read(json.dumps(empty)) == (Portfolio(), Market(moment))


def test_a_mark_given_once_holds_for_every_position_in_the_instrument():
    twice = changed(("positions", 4), SMALL["positions"][1] | {"quantity": 3, "mark_price": 2.5})
    del twice["positions"][4]["implied_volatility"]
    account = read(json.dumps(twice))
    put = account[0].positions[1].instrument
    assert account[1].instruments == (InstrumentQuote(put, 2.5, None, 0.25),)
    assert read(write(*account)) == account


def test_a_mark_keeps_the_currency_of_the_position_that_gives_it():
    twice = changed(
        ("positions", 4),
        SMALL["positions"][3] | {"mark_price": 1.01, "price_currency": "BTC", "venue": "deribit"},
    )
    account = read(json.dumps(twice))
    perpetual = account[0].positions[3].instrument
    assert account[1].instruments[1] == InstrumentQuote(perpetual, 1.01, "BTC")
    assert read(write(*account)) == account


def test_a_price_of_collateral_given_once_holds_for_all_of_the_asset():
    usdc = [{"asset": "USDC", "amount": 1}, {"asset": "USDC", "amount": 2, "price": 0.99}]
    _, market = read(json.dumps(SMALL | {"collateral": usdc}))
    assert market.prices == (("USDC", 0.99),)


def test_bytes_with_a_byte_order_mark_are_read():
    assert read(b"\xef\xbb\xbf" + json.dumps(SMALL).encode()) == read(json.dumps(SMALL))


def test_a_file_is_read_from_its_path(tmp_path):
    file = tmp_path / "small.json"
    file.write_text(json.dumps(SMALL), encoding="utf-8")
    assert read_path(file) == read_path(str(file)) == read(json.dumps(SMALL))


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "absent.json", "a\0b"):
        with pytest.raises(InputError, match="cannot be read"):
            read_path(path)


def test_a_large_file_is_refused_before_it_is_parsed(tmp_path):
    file = tmp_path / "large.json"
    file.write_bytes(b'{"format": ' * 1_000_000)
    assert file.stat().st_size > 2 * MAX_BYTES
    with pytest.raises(InputError, match="larger than 5 MB"):
        read_path(file)


def test_writing_refuses_an_underlying_without_a_quote():
    portfolio, market = read(json.dumps(SMALL))
    with pytest.raises(InputError, match="XYZ has no quote"):
        write(portfolio, Market(market.valuation_time, market.quotes[1:]))


def test_writing_refuses_a_position_without_its_underlying():
    portfolio, market = read(json.dumps(SMALL))
    with pytest.raises(InputError, match="XYZ is not among the underlyings"):
        write(Portfolio(portfolio.positions, underlyings=portfolio.underlyings[1:]), market)


def test_writing_refuses_a_mark_in_a_currency_of_no_position():
    portfolio, market = read(json.dumps(SMALL))
    quote = InstrumentQuote(Stock("XYZ"), 1.0, "BTC")
    with pytest.raises(InputError, match="the mark of XYZ stock is in BTC"):
        write(portfolio, Market(market.valuation_time, market.quotes, (quote,)))


def test_quotes_of_what_is_not_held_are_no_part_of_the_file():
    portfolio, market = read(json.dumps(EVERYTHING))
    nothing = Portfolio(underlyings=portfolio.underlyings, currency="EUR")
    _, left = read(write(nothing, market))
    assert (left.instruments, left.prices, left.quotes) == ((), (), market.quotes)
