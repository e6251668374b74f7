"""Faulty parameters, and the profile of the worst days seen."""

import pytest

from margin_core.book.instruments import Perpetual, Stock
from margin_core.book.portfolio import Position
from margin_core.errors import ParameterError
from margin_core.margin import parameters
from margin_core.methodologies.scenario_pm import METHODOLOGY, PUBLISHED, margin
from tests.methodologies.scenario_pm.accounts import MARKET, account, potential


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"correlation": '{ "broad/broad" = "together" }'}, "no value for"),
        ({"correlation.broad/broad": '"sometimes"'}, "'sometimes' is no position of the switch"),
        ({"spot_steps": "[-1.0, 0.0, 0.5]"}, "do not mirror each other"),
        ({"vol_steps": "[-1.0, 0.0]"}, "lacks an unchanged volatility"),
        ({"tail_weights": "[1.0]"}, "2 tail_multiples have 1 tail_weights"),
    ],
)
def test_a_faulty_parameter_is_refused(changes, message):
    p = parameters.overridden(PUBLISHED, changes, "scenario_pm")
    with pytest.raises(ParameterError, match=message):
        margin(account(Position(Stock("SPY"), 1.0)), MARKET, p)


def test_the_profile_of_the_worst_days_seen_moves_coins_further():
    p = METHODOLOGY.profiles["worst_days_seen"]
    result = METHODOLOGY(account(Position(Perpetual("BTC"), 1.0)), MARKET, p)
    assert potential(result) == pytest.approx(0.44 * 90_000.0)
    assert result.warnings == ("Parameters are those of the profile 'worst_days_seen'.",)
    # three times 53 % down would be below zero: no price falls below a hundredth
    solana = METHODOLOGY(account(Position(Perpetual("SOL"), 1.0)), MARKET, p)
    assert min(spot for o in solana.scenarios for _, spot, _ in o.moves) == -0.99
