"""What Deribit's portfolio margin does not cover, and what is given."""

import re
from dataclasses import replace

import pytest

from margin_core.book.instruments import (
    AssetClass,
    Option,
    Perpetual,
    Right,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.errors import NotCoveredError, ParameterError
from margin_core.margin.parameters import overridden
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies.deribit_pm import METHODOLOGY, PUBLISHED
from tests.methodologies.deribit_pm.accounts import JUNE, MARCH, MARKET, NOW, linear, margin, option


@pytest.mark.parametrize(
    ("position", "message"),
    [
        (Position(Stock("BTC"), 1.0), r"\+1 BTC stock: coins held are collateral"),
        (
            Position(Option("BTC", Right.CALL, 7e4, MARCH, style=Style.AMERICAN), 1.0),
            "70,000 call 27 Mar 2026: an American option",
        ),
        (Position(Option("BTC", Right.CALL, 7e4, MARCH, otc=True), 1.0), "not a listed option"),
        (Position(Perpetual("BTC", quote_currency="EUR"), 2.0), "perpetual: quoted in EUR"),
        (
            Position(Perpetual("SOL"), 2.0),
            r"\+2 SOL perpetual: not all .* are known\. Give -p deribit_pm\.price_range\.SOL=",
        ),
    ],
)
def test_what_deribit_does_not_list_or_publish_is_refused_by_name(position, message):
    with pytest.raises(NotCoveredError, match=message):
        margin(linear("ETH", 1.0), position)


def test_other_asset_classes_and_currencies_are_refused():
    stock = Portfolio((Position(Stock("XYZ"), 5.0),), (), (Underlying("XYZ", AssetClass.EQUITY),))
    with pytest.raises(NotCoveredError, match=r"\+5 XYZ stock: on equity, no coin"):
        METHODOLOGY(stock, Market(NOW, (Quote("XYZ", 10.0),)))
    with pytest.raises(NotCoveredError, match="reports in EUR"):
        METHODOLOGY(Portfolio(currency="EUR"), MARKET)


SOL_GIVEN = {
    "price_range": "0.25",
    "extended_table_factor": "1",
    "m_inc": "0.0000005",
    "delta_total_liq_shock_threshold": "2000000",
    "max_delta_shock": "0.2",
    "annualised_move_risk": "0.1",
    "min_annualised_move": "0.01",
    "extended_dampener": "25000",
    "pnl_offset": "0",
    "max_offsetable_pnl": "0",
}


@pytest.mark.parametrize("entry", ["SOL", "other"])
def test_a_coin_is_covered_once_the_reader_gives_what_is_not_published(entry):
    symbol = {"SOL": "SOL", "other": "DOGE"}[entry]
    p = overridden(
        PUBLISHED, {f"{name}.{entry}": text for name, text in SOL_GIVEN.items()}, "deribit_pm"
    )
    portfolio = Portfolio(
        (Position(Perpetual(symbol), 100.0),), (), (Underlying(symbol, AssetClass.CRYPTO),)
    )
    result = METHODOLOGY(portfolio, Market(NOW, (Quote(symbol, 150.0),)), p)
    assert result.initial.amount == pytest.approx(15_000.0 * (0.25 + 0.01))
    modified = f"price_range.{entry} set to 0.25; the rule book says not published"
    assert any(modified in warning for warning in result.warnings)
    with_option = replace(
        portfolio,
        positions=(*portfolio.positions, option(symbol, "call", 150.0, 1.0, JUNE)),
    )
    asked = (
        f"Give -p deribit_pm.volatility_range_up.{entry}=... -p deribit_pm.volatility_range_down"
    )
    with pytest.raises(NotCoveredError, match=re.escape(asked)):
        METHODOLOGY(with_option, Market(NOW, (Quote(symbol, 150.0, volatility=0.8),)), p)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"collateral": "both"}, "'both' is no kind of collateral.*cross or segregated"),
        ({"price_range.BTC": "1.5"}, "a price range of 1.5 is none"),
        ({"buckets_count": "0"}, "0 points are no grid"),
        ({"extended_moves": "[-1.0]"}, "needs extended moves"),
        ({"haircut.BTC": "1.5"}, "1.5 is no haircut"),
        ({"equity_side_impact.BTC": "left"}, "'left' is no side impact"),
    ],
)
def test_an_impossible_parameter_is_refused_with_what_would_do(changes, message):
    p = overridden(PUBLISHED, changes, "deribit_pm")
    with pytest.raises(ParameterError, match=message):
        margin(linear("BTC", 1.0), p=p, balances=(Balance("BTC", 1.0),))


def test_a_word_in_place_of_a_number_is_refused():
    changes = {f"{name}.SOL": text for name, text in SOL_GIVEN.items()} | {"m_inc.SOL": "small"}
    p = overridden(PUBLISHED, changes, "deribit_pm")
    with pytest.raises(ParameterError, match="'small' is no number"):
        margin(linear("SOL", 1.0), p=p)
