"""What OKX does not cover, and parameters of no use."""

from dataclasses import replace

import pytest

from margin_core.book.instruments import AssetClass, Perpetual, Underlying
from margin_core.book.portfolio import Balance
from margin_core.errors import MarketDataError, NotCoveredError, ParameterError
from margin_core.margin import parameters
from margin_core.market.snapshot import Quote
from margin_core.methodologies.okx_pm import PUBLISHED, margin
from tests.methodologies.okx_pm.accounts import COINS, MARKET, account, inverse, perpetual


@pytest.mark.parametrize(
    ("position", "message"),
    [
        (
            perpetual(1.0, coin="ETH"),
            r"-p okx_pm\.basis_floor\.ETH=\.\.\. -p okx_pm\.reduction_rate\.ETH",
        ),
        (perpetual(1.0, "EUR"), "quoted in EUR"),
        (replace(perpetual(1.0), instrument=Perpetual("AAA")), "no coin"),
    ],
)
def test_what_it_does_not_cover_is_said_in_one_sentence(position, message):
    stock = Underlying("AAA", AssetClass.EQUITY)
    portfolio = replace(account(position), underlyings=(*COINS, stock))
    with pytest.raises(NotCoveredError, match=message):
        margin(portfolio, replace(MARKET, quotes=(*MARKET.quotes, Quote("AAA", 10.0))))


def test_a_coin_is_covered_once_its_numbers_are_given():
    p = parameters.overridden(
        PUBLISHED, {"basis_floor.ETH": "0.003", "reduction_rate.ETH": "0.005"}, "okx_pm"
    )
    result = margin(account(perpetual(100.0, coin="ETH")), MARKET, p)
    assert result.maintenance.amount == pytest.approx(100.0 * 3_000.0 * (0.12 + 0.003))


def test_an_account_in_another_currency_is_not_covered():
    with pytest.raises(NotCoveredError, match="Report in USD"):
        margin(replace(account(), currency="EUR"), MARKET)


def test_a_coin_without_a_price_is_named():
    with pytest.raises(MarketDataError, match="no price for SOL"):
        margin(account(balances=[Balance("SOL", 1.0)]), MARKET)


def test_a_stablecoin_without_a_price_is_asked_for_where_it_hedges():
    market = replace(MARKET, prices=())
    with pytest.raises(MarketDataError, match="no price for USDT"):
        margin(account(perpetual(1.0), inverse(-50_000.0)), market)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vol_days", "[0, 30]"),
        ("extreme_move.majors", "1.5"),
        ("option_initial", "[0.1]"),
        ("discount_rate.USDT", "1.5"),
        ("discount_rate.USDT", "much"),
        ("reduction_tiers.majors", "[[5, 1], [4, 2]]"),
    ],
)
def test_a_parameter_of_no_use_is_refused(name, value):
    p = parameters.overridden(PUBLISHED, {name: value}, "okx_pm")
    with pytest.raises(ParameterError):
        margin(account(perpetual(1.0), balances=[Balance("USDT", 1.0)]), MARKET, p)
