"""Accounts of coin venues: which contracts, which currency each settles in, the worst account."""

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
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.errors import ParameterError
from margin_core.margin.coin_account import (
    at_least,
    by_settlement,
    haircut_of,
    not_a_coin_contract,
    not_in_dollars,
    quoted_elsewhere,
    settlement,
    shortages,
    unread_haircuts,
    worst_ratio,
)
from margin_core.margin.figure import given
from margin_core.margin.parameters import NOT_PUBLISHED, Table
from margin_core.margin.result import MarginResult

JUNE = datetime(2026, 6, 26, 8, tzinfo=UTC)
COINS = (Underlying("BTC", AssetClass.CRYPTO), Underlying("XYZ", AssetClass.EQUITY))
INVERSE = Position(Perpetual("BTC", 10.0, MarginType.INVERSE), 100.0)
LINEAR = Position(Perpetual("BTC", quote_currency="USDT"), 1.0)
OPTION = Position(Option("BTC", Right.CALL, 9e4, JUNE), -1.0)


def test_a_contract_settles_in_its_coin_or_in_what_it_is_quoted_in():
    assert [settlement(p, "USDC") for p in (INVERSE, LINEAR, OPTION)] == ["BTC", "USDT", "USDC"]


def test_each_currency_gets_its_contracts_and_its_balances_in_order():
    balances = (Balance("usdc", 5.0), Balance("ETH", 1.0), Balance("USDC", 7.0))
    parts = by_settlement(
        Portfolio((OPTION, INVERSE, LINEAR), balances, COINS), lambda p: settlement(p, "USDC")
    )
    assert list(parts) == ["USDC", "BTC", "USDT", "ETH"]
    assert parts["USDC"].positions == (OPTION,)
    assert parts["USDC"].balances == (balances[0], balances[2])
    assert parts["ETH"].positions == ()
    assert parts["BTC"].underlyings == COINS


@pytest.mark.parametrize(
    ("instrument", "reason"),
    [
        (Stock("XYZ"), "on equity, no coin"),
        (Stock("BTC"), "coins held are collateral, not a position"),
        (Option("BTC", Right.PUT, 9e4, JUNE, Style.AMERICAN), "an American option"),
        (Option("BTC", Right.PUT, 9e4, JUNE, otc=True), "not a listed option"),
        (Option("BTC", Right.PUT, 9e4, JUNE), ""),
        (Future("BTC", JUNE), ""),
    ],
)
def test_what_is_no_listed_derivative_on_a_coin_has_a_reason(instrument, reason):
    portfolio = Portfolio((), (), COINS)
    assert not_a_coin_contract(Position(instrument, 1.0), portfolio) == reason


def test_options_settled_in_coin_and_other_money_are_not_in_dollars():
    portfolio = Portfolio((), (), COINS)
    coin = Position(Option("BTC", Right.CALL, 9e4, JUNE, margin_type=MarginType.INVERSE), 1.0)
    euros = Position(Perpetual("BTC", quote_currency="EUR"), 1.0)
    told = [not_in_dollars(held, portfolio) for held in (INVERSE, LINEAR, OPTION, coin, euros)]
    assert told == ["", "", "", "an option settled in coin", "quoted in EUR"]
    assert not_in_dollars(Position(Stock("XYZ"), 1.0), portfolio) == "on equity, no coin"


def test_the_worst_account_is_the_one_nearest_to_liquidation():
    assert worst_ratio([(100.0, 50.0), (10.0, 20.0), (-5.0, 0.0)]) == (2.0, False)
    assert worst_ratio([(100.0, 50.0), (0.0, 1.0)]) == (0.5, True)
    assert worst_ratio([(100.0, 0.0)]) == (None, False)


def test_initial_margin_is_at_least_maintenance_margin():
    small, large = given("Initial", 1.0), given("Maintenance", 2.0)
    assert at_least(large, small) is large
    assert at_least(small, large).amount == 2.0


@pytest.mark.parametrize(
    ("worst", "without", "ratio"), [(None, False, 0.5), (0.8, False, 0.8), (0.8, True, None)]
)
def test_the_margin_ratio_is_that_of_the_worst_pocket_and_none_where_one_holds_nothing(
    worst, without, ratio
):
    result = MarginResult(
        "toy",
        "Toy",
        "USD",
        100.0,
        0.0,
        given("Equity", 100.0),
        given("Initial", 60.0),
        given("Maintenance", 50.0),
        worst_pocket_ratio=worst,
        pocket_without_equity=without,
    )
    assert result.margin_ratio == ratio


def test_a_haircut_is_read_from_its_table_and_none_where_the_asset_is_not_taken():
    table = Table(
        (("BTC", 0.0), ("STETH", 0.075), ("XRP", 1.0), ("SOL", NOT_PUBLISHED), ("X", 2.0))
    )
    found = [
        haircut_of(asset, table, "toy.haircut") for asset in ("BTC", "STETH", "XRP", "SOL", "?")
    ]
    assert found == [0.0, 0.075, None, None, None]
    with pytest.raises(ParameterError, match=r"toy.haircut.X: 2.0 is no haircut"):
        haircut_of("X", table, "toy.haircut")
    balances = (Balance("sol", 1.0), Balance("SOL", 2.0), Balance("BTC", 1.0))
    assert list(unread_haircuts(balances, table, "toy.haircut")) == [
        "SOL: its haircut could not be read (-p toy.haircut.SOL=... gives one)"
    ]


def test_accounts_that_fall_short_are_named_where_there_are_others():
    poor, rich = ("USDC", given("", 10.0), given("", 25.0)), ("BTC", given("", 9.0), given("", 1.0))
    assert list(shortages([poor])) == []
    (told,) = shortages([poor, rich])
    assert told.startswith("The USDC account is short by 15;")


def test_a_quote_currency_in_small_letters_is_the_same_currency():
    small = Position(Perpetual("BTC", quote_currency="usdt"), 1.0)
    assert quoted_elsewhere(small, ("USDT",)) == ""
    assert settlement(small, "USDC") == "USDT"


def test_a_quote_currency_that_is_not_among_those_listed_is_named():
    assert quoted_elsewhere(LINEAR, ("USDC",)) == "quoted in USDT"
    assert quoted_elsewhere(LINEAR, ("USDT",)) == quoted_elsewhere(OPTION, ()) == ""


def test_no_account_owes_or_lacks_what_rounding_alone_leaves():
    dust = 0.1 + 0.2 - 0.3
    assert worst_ratio([(0.0, dust), (10.0, 5.0)]) == (0.5, False)
    assert worst_ratio([(dust, 5.0)]) == (None, True)
    initial, more = given("Initial", 0.3), given("Maintenance", 0.1 + 0.2)
    assert more.amount > initial.amount
    assert at_least(initial, more) is initial
    short = [("BTC", given("Equity", 0.3), given("Initial", 0.1 + 0.2)), ("ETH", initial, initial)]
    assert list(shortages(short)) == []
