"""What Derive's portfolio manager does not cover, other grids and profiles."""

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
from margin_core.errors import NotCoveredError, ParameterError
from margin_core.margin.parameters import Table, overridden
from margin_core.market.snapshot import Quote
from margin_core.methodologies.derive_pmrm import METHODOLOGY, PUBLISHED
from tests.methodologies.derive_accounts import account, option, perpetual
from tests.methodologies.derive_pmrm.accounts import FIRST, MARKET, margin, rows

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
