"""The riskiest names far out and all others a little."""

import pytest

from margin_core.book.instruments import AssetClass, Stock, Underlying
from margin_core.book.portfolio import Portfolio, Position
from margin_core.market.snapshot import Market, Quote
from tests.methodologies.occ_tims.accounts import CLOSE, profile, stocks


def test_the_two_riskiest_names_move_thirty_percent_and_the_rest_five():
    account = stocks(
        ("A", AssetClass.EQUITY, 100.0),
        ("B", AssetClass.EQUITY, -300.0),
        ("C", AssetClass.EQUITY, 200.0),
    )
    result = profile("two_riskiest_names", account)
    assert result.maintenance.amount == pytest.approx(0.30 * 50_000.0 + 0.05 * 10_000.0)
    assert {u: move for u, move, _ in result.worst_scenario.moves} == {
        "A": -0.05,
        "B": 0.30,
        "C": -0.30,
    }
    assert result.worst_scenario.pnl == pytest.approx(-result.maintenance.amount)
    # spread over many names the rule itself asks for more
    many = stocks(*((f"N{i}", AssetClass.EQUITY, 100.0) for i in range(10)))
    assert profile("two_riskiest_names", many).maintenance.amount == pytest.approx(15_000.0)


def test_an_inverse_fund_moves_against_the_rest_of_its_name():
    funds = (
        Underlying("SPY", AssetClass.ETF_BROAD, class_group="SPX"),
        Underlying("SH", AssetClass.ETF_BROAD, class_group="SPX", leverage=-1.0),
    )
    positions = Position(Stock("SPY"), 100.0), Position(Stock("SH"), -100.0)
    market = Market(CLOSE, (Quote("SPY", 100.0), Quote("SH", 100.0)))
    result = profile("two_riskiest_names", (Portfolio(positions, underlyings=funds), market))
    assert result.maintenance.amount == pytest.approx(2 * 3_000.0)
    assert {u: move for u, move, _ in result.worst_scenario.moves} == {
        "SPY": -0.30,
        "SH": 0.30,
    }
