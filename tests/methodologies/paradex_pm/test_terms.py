"""Scenario tables, what is not covered, and faulty tables."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from margin_core.book.instruments import (
    Future,
    MarginType,
    Option,
    Perpetual,
    Right,
    Settlement,
    Stock,
    Style,
)
from margin_core.book.portfolio import Portfolio, Position
from margin_core.errors import MarketDataError, NotCoveredError, ParameterError
from margin_core.margin.parameters import NOT_PUBLISHED, Table, overridden
from margin_core.market.snapshot import Market
from margin_core.methodologies.paradex_pm import METHODOLOGY
from margin_core.methodologies.paradex_pm.terms import asset, listed
from tests.methodologies.paradex_pm.accounts import (
    FIRST,
    NOW,
    PRO,
    SEPTEMBER,
    SPRING,
    margin,
    perpetual,
)


def test_scenarios_are_the_page_s_in_its_order():
    near = asset("NEAR", PRO).scenarios
    up, down = 0.64, -0.352
    assert list(zip(near.spot_moves, near.vol_moves, near.weights, strict=True)) == [
        *((0.32, up, 1.0), (0.24, up, 1.0), (0.24, down, 1.0), (0.16, up, 1.0), (0.16, down, 1.0)),
        *((0.08, up, 1.0), (0.08, down, 1.0), (0.0, up, 1.0), (0.0, down, 1.0)),
        *((-0.08, up, 1.0), (-0.08, down, 1.0), (-0.16, up, 1.0), (-0.16, down, 1.0)),
        *((-0.24, up, 1.0), (-0.24, down, 1.0), (-0.32, up, 1.0)),
        *((-0.66, up, 0.2424), (-0.33, up, 0.4848), (0.5, up, 0.32), (1.0, up, 0.16)),
        *((2.0, up, 0.04), (3.0, up, 0.0178), (4.0, up, 0.01), (5.0, up, 0.0064)),
    ]


def test_every_asset_of_the_page_has_24_scenarios_and_its_tails_stay_below_the_ladder():
    assert listed(PRO) == (
        *("BTC", "ETH", "HYPE", "NEAR", "SOL", "ZEC", "US500", "US100", "XAU"),
        *("CL", "META", "SPCX", "MU", "MSTR"),
    )
    for name in listed(PRO):
        terms = asset(name, PRO)
        assert len(terms.scenarios) == 24
        moves, weights = terms.scenarios.spot_moves, terms.scenarios.weights
        # the ladder's reach times the weight of the page: 0.14 / 0.66 x 1/2, 0.14 / 0.33 x 1/2 ...
        reach = [abs(move) * weight / moves[0] for move, weight in zip(moves, weights, strict=True)]
        assert reach[16:20] == pytest.approx([0.5, 0.5, 0.5, 0.5], rel=0.012)
        assert terms.unhedged == pytest.approx(2.0 * terms.hedged)


@pytest.mark.parametrize(
    ("p", "names"),
    [
        (SEPTEMBER, ("BTC", "ETH", "HYPE", "SOL", "ZEC", "US500")),
        (SPRING, ("BTC", "ETH", "HYPE")),
        (FIRST, ("BTC",)),
    ],
)
def test_a_profile_lists_the_assets_of_its_page(p, names):
    assert listed(p) == names


def test_an_unlisted_underlying_is_covered_where_an_asset_is_named_for_it():
    assert PRO.unlisted_as == NOT_PUBLISHED
    with pytest.raises(NotCoveredError, match="no scenarios of its underlying published") as raised:
        margin(perpetual(1.0, symbol="DOGE"), spot=1.0)
    assert "-p paradex_pm.unlisted_as=BTC" in raised.value.fault.remedy
    p = overridden(PRO, {"unlisted_as": "ZEC"}, "paradex_pm")
    result = margin(perpetual(1.0, symbol="DOGE"), spot=1.0, p=p)
    assert result.initial.amount == pytest.approx(0.56 + 0.00045)
    assert result.warnings[0] == "DOGE has no tables here; those of ZEC are taken, as asked"


EXPIRY = NOW + timedelta(days=20)


@pytest.mark.parametrize(
    ("instrument", "why"),
    [
        (Stock("BTC"), "neither an option nor a perpetual"),
        (Future("BTC", EXPIRY), "neither an option nor a perpetual"),
        (Perpetual("BTC", margin_type=MarginType.INVERSE), "settled in coin"),
        (Perpetual("BTC", quote_currency="EUR"), "quoted in EUR"),
        (Option("BTC", Right.CALL, 1.0, EXPIRY, Style.AMERICAN), "an American option"),
        (Option("BTC", Right.CALL, 1.0, EXPIRY, otc=True), "not a listed option"),
        (
            Option("BTC", Right.CALL, 1.0, EXPIRY, settlement=Settlement.PHYSICAL),
            "an option that delivers",
        ),
        (Option("BTC", Right.CALL, 1.0, EXPIRY, margin_type=MarginType.INVERSE), "settled in coin"),
    ],
)
def test_what_paradex_does_not_list_is_not_covered(instrument, why):
    position = Position(instrument, 1.0)
    with pytest.raises(NotCoveredError) as raised:
        margin(position)
    assert raised.value.fault.what == f"{position.label}: {why}"


def test_debts_in_coin_and_other_reporting_currencies_are_not_covered():
    with pytest.raises(NotCoveredError, match="-1 DOGE: a debt"):
        margin(balances=[("DOGE", -1.0)])
    with pytest.raises(NotCoveredError, match="EUR"):
        METHODOLOGY(Portfolio(currency="EUR"), Market(NOW))


def test_a_balance_without_a_price_is_refused():
    with pytest.raises(MarketDataError, match="no price for XYZ"):
        margin(balances=[("XYZ", 1.0)])


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"standard_spot_shocks": (0.1, "a")}, "is no list of numbers"),
        ({"standard_spot_shocks": (-0.1,)}, "is no list of numbers"),
        ({"tail_weights": (math.nan,) * 8}, "is no list of numbers"),
        ({"standard_spot_shocks": ()}, "0 standard shocks and 8 tail weights"),
        ({"tail_weights": (0.1,)}, "4 standard shocks and 1 tail weights"),
        ({"standard_spot_shocks": (1.0, 0.5)}, "leaves no price"),
    ],
)
def test_faulty_tables_are_named(changes, what):
    tables = {name: Table((("BTC", value),)) for name, value in changes.items()}
    with pytest.raises(ParameterError, match=what) as raised:
        margin(perpetual(1.0), p=replace(PRO, **tables))
    assert "paradex_pm." in raised.value.fault.where


def test_a_table_of_the_user_s_own_is_taken_and_named():
    p = overridden(PRO, {"standard_spot_shocks.BTC": "[0.3, 0.1]"}, "paradex_pm")
    result = margin(perpetual(1.0), p=p)
    assert len(result.scenarios) == 8 + 8
    assert result.worst_scenario.pnl == pytest.approx(-0.3 * 70_000.0)
    assert any("standard_spot_shocks.BTC" in warning for warning in result.warnings)
