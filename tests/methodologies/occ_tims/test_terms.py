"""Ranges by kind of underlying, what is not margined, and impossible parameters."""

from dataclasses import replace
from itertools import pairwise

import pytest

from margin_core.book.instruments import (
    AssetClass,
    Future,
    MarginType,
    Perpetual,
    Stock,
    Underlying,
)
from margin_core.book.portfolio import Portfolio, Position
from margin_core.errors import NotCoveredError, ParameterError
from margin_core.margin.parameters import Table
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies.occ_tims import METHODOLOGY, PUBLISHED
from margin_core.methodologies.occ_tims.terms import points
from tests.methodologies.occ_tims.accounts import APRIL, CLOSE, required, stocks


def test_stocks_move_at_every_point_by_the_ranges_of_the_rule():
    kinds = {
        AssetClass.INDEX_BROAD: (-0.08, 0.06),
        AssetClass.ETF_NARROW: (-0.15, 0.15),
        AssetClass.ETN: (-0.15, 0.15),
    }
    for kind, (low, high) in kinds.items():
        result = METHODOLOGY.margin(*stocks(("X", kind, 1.0)))
        moves = [outcome.moves[0][1] for outcome in result.scenarios]
        assert moves == pytest.approx(
            [low * k / 5 for k in (5, 4, 3, 2, 1)] + [high * k / 5 for k in (1, 2, 3, 4, 5)]
        )


def test_a_small_cap_index_moves_ten_percent_and_a_fund_moves_as_the_index_it_follows():
    small = stocks(("RUT", AssetClass.INDEX_BROAD, 10.0), high_capitalization=False)
    assert required(small) == pytest.approx(100.0)
    portfolio, market = stocks(("NOTE", AssetClass.ETN, 10.0), index="RUT")
    index = Underlying("RUT", AssetClass.INDEX_BROAD, high_capitalization=False)
    portfolio = replace(portfolio, underlyings=(*portfolio.underlyings, index))
    assert required((portfolio, market)) == pytest.approx(100.0)


def test_a_leveraged_fund_moves_its_leverage_times_as_far_and_says_that_this_is_remembered():
    result = METHODOLOGY.margin(*stocks(("SDS", AssetClass.ETF_BROAD, 10.0), leverage=-2.0))
    assert result.maintenance.amount == pytest.approx(160.0)
    assert any("leveraged" in warning for warning in result.warnings)


def test_the_even_grid_has_ten_equal_steps_from_end_to_end():
    even = points(-0.08, 0.06, replace(PUBLISHED, grid="even"))
    assert len(even) == 10
    assert even[0] == -0.08
    assert even[-1] == pytest.approx(0.06)
    assert {round(b - a, 12) for a, b in pairwise(even)} == {round(0.14 / 9, 12)}


@pytest.mark.parametrize(
    "change",
    [
        {"grid": "odd"},
        {"smile": "none"},
        {"ranges": Table((("equity", (-1.2, 0.1)),))},
        {"ranges": Table((("equity", (0.1, 0.2)),))},
        {"ranges": Table((("equity", (-0.1,)),))},
        {"ranges": Table((("equity", 0.1),))},
        {"product_offsets": Table((("oil", 1.5),))},
        {"portfolio_offsets": Table((("US", "half"),))},
        {"shares_outstanding": Table((("XYZ", 0.0),))},
        {"daily_deviations": Table((("XYZ", "much"),))},
        {"concentrated_names": 1.5},
        {"concentrated_names": -1.0},
        {"concentrated_move": 1.0},
        {"house_volatility_move": -0.1},
        {"house_ranges": Table((("stocks", (-0.3, 0.3)),))},
    ],
)
def test_an_impossible_parameter_is_refused(change):
    account = stocks(("XYZ", AssetClass.EQUITY, 1.0))
    with pytest.raises(ParameterError):
        METHODOLOGY.margin(*account, replace(PUBLISHED, **change))


@pytest.mark.parametrize(
    ("instrument", "kind", "reason"),
    [
        (Perpetual("BTC"), AssetClass.CRYPTO, "perpetual"),
        (Stock("BTC"), AssetClass.CRYPTO, "crypto"),
        (Future("BTC", APRIL), AssetClass.COMMODITY, "commodity"),
        (Future("BTC", APRIL, margin_type=MarginType.INVERSE), AssetClass.EQUITY, "inverse"),
        (Stock("BTC"), AssetClass.INDEX_VOLATILITY, "volatility_index_range"),
    ],
)
def test_what_it_does_not_margin_is_named(instrument, kind, reason):
    portfolio = Portfolio((Position(instrument, 2.0),), underlyings=(Underlying("BTC", kind),))
    with pytest.raises(NotCoveredError, match=reason) as error:
        METHODOLOGY.margin(portfolio, Market(CLOSE, (Quote("BTC", 100.0),)))
    assert "+2 BTC" in str(error.value)


def test_a_volatility_index_is_margined_once_a_range_is_given():
    account = stocks(("VIX", AssetClass.INDEX_VOLATILITY, 10.0))
    given_range = replace(PUBLISHED, volatility_index_range=(-0.3, 0.5))
    assert required(account, given_range) == pytest.approx(300.0)


def test_an_account_in_another_currency_is_not_covered():
    portfolio, market = stocks(("XYZ", AssetClass.EQUITY, 1.0))
    with pytest.raises(NotCoveredError, match="EUR"):
        METHODOLOGY.margin(replace(portfolio, currency="EUR"), market)
