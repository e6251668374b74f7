"""What is covered, fractions given by the reader, and parameters of no use."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from margin_core.book.instruments import (
    AssetClass,
    Future,
    MarginType,
    Option,
    Perpetual,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import Portfolio, Position
from margin_core.errors import NotCoveredError, ParameterError
from margin_core.margin.parameters import Table, overridden
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies import onchain_cross
from margin_core.methodologies.onchain_cross import METHODOLOGY, PUBLISHED
from tests.methodologies.onchain_cross.accounts import CALL, DYDX, FAR, NOW, margin, perpetual


def with_one(instrument, coin="BTC", asset_class=AssetClass.CRYPTO):
    """Return an account of one contract."""
    quote = Quote(coin, 100.0, volatility=0.5)
    underlyings = (Underlying(coin, asset_class),)
    return Portfolio((Position(instrument, 1.0),), (), underlyings), Market(NOW, (quote,))


@pytest.mark.parametrize(
    ("instrument", "why"),
    [
        (Stock("BTC"), "coins held are collateral"),
        (Future("BTC", FAR), "a dated future"),
        (Perpetual("BTC", 10.0, MarginType.INVERSE), "settled in coin"),
        (Perpetual("BTC", quote_currency="EUR"), "quoted in EUR"),
        (Option("BTC", CALL, 100.0, FAR, Style.AMERICAN), "an American option"),
        (Option("BTC", CALL, 100.0, FAR, otc=True), "not a listed option"),
    ],
)
def test_what_the_venue_does_not_list_is_refused(instrument, why):
    with pytest.raises(NotCoveredError, match=why):
        METHODOLOGY(*with_one(instrument))


def test_what_is_no_coin_and_other_currencies_are_refused():
    with pytest.raises(NotCoveredError, match="on equity, no coin") as refused:
        METHODOLOGY(*with_one(Perpetual("META"), "META", AssetClass.EQUITY))
    assert "-p" not in str(refused.value)  # no fraction would help
    portfolio, market = with_one(Perpetual("BTC"))
    with pytest.raises(NotCoveredError, match="reports in EUR"):
        METHODOLOGY(replace(portfolio, currency="EUR"), market)


def test_a_coin_whose_fraction_could_not_be_read_takes_the_users():
    held = with_one(Perpetual("XMR"), "XMR")
    with pytest.raises(NotCoveredError, match=r"-p onchain_cross\.perp_imf\.other=") as refused:
        METHODOLOGY(*held)
    assert "BTC, ETH, HYPE, SOL, ZEC, NEAR" in str(refused.value)
    given_one = overridden(PUBLISHED, {"perp_imf.other": "0.25"}, "test")
    result = METHODOLOGY(*held, given_one)
    assert (result.initial.amount, result.maintenance.amount) == pytest.approx((25.0, 12.5))


def test_options_on_a_coin_without_fractions_take_the_users():
    contract = Option("XMR", CALL, 100.0, FAR)
    with pytest.raises(NotCoveredError) as refused:
        METHODOLOGY(*with_one(contract, "XMR"))
    paths = [
        f"-p onchain_cross.{name}.other=..." for name in ("long_itm", "short_itm", "short_otm")
    ]
    assert refused.value.fault.remedy.endswith(f"settled in USDC. Give {' '.join(paths)}")
    texts = {f"{name}.other": "0.01" for name in ("long_itm", "short_itm", "short_otm")}
    result = METHODOLOGY(*with_one(contract, "XMR"), overridden(PUBLISHED, texts, "test"))
    assert result.initial.amount == pytest.approx(1.0)


def test_dydx_has_no_options_and_no_perpetual_of_a_tier_that_is_not_known():
    with pytest.raises(NotCoveredError, match="not listed") as refused:
        METHODOLOGY(*with_one(Option("BTC", CALL, 100.0, FAR)), DYDX)
    assert "European options on no coin" in str(refused.value)
    with pytest.raises(NotCoveredError, match="no fraction of its coin could be read"):
        METHODOLOGY(*with_one(Perpetual("HYPE"), "HYPE"), DYDX)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"perp_imf.BTC": "1.5"}, r"perp_imf\.BTC"),
        ({"perp_imf.BTC": "-0.1"}, r"perp_imf\.BTC"),
        ({"mmf_factor.other": "2.0"}, r"mmf_factor\.other"),
        ({"liquidation_price": "soon"}, "liquidation_price"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(change, where):
    with pytest.raises(ParameterError, match=where):
        margin(perpetual(1), p=overridden(PUBLISHED, change, "test"))


def test_a_word_for_a_fraction_that_is_not_published_is_refused():
    p = overridden(PUBLISHED, {"perp_imf.other": "high"}, "test")
    with pytest.raises(ParameterError, match=r"perp_imf\.other"):
        METHODOLOGY(*with_one(Perpetual("XMR"), "XMR"), p)


@pytest.mark.parametrize("caps", [(5e6, 5e6), (5e6, 1e6), (1e6, 2e6, 3e6), (1e6,)])
def test_caps_of_open_interest_that_do_not_rise_are_refused(caps):
    p = replace(DYDX, open_interest_caps=Table((("LINK", caps),)))
    with pytest.raises(ParameterError, match=r"open_interest_caps\.LINK"):
        margin(perpetual(1, "LINK"), p=p)


def test_the_tables_of_dydx_name_the_same_coins():
    book = Path(onchain_cross.__file__).with_name("onchain_cross.toml")
    profile = tomllib.loads(book.read_text("utf-8"))["profiles"]["dydx_v4"]
    caps, interest, fractions = (
        set(profile[name]["value"]) for name in ("open_interest_caps", "open_notional", "perp_imf")
    )
    assert caps == interest == fractions - {"BTC", "ETH", "other"}
