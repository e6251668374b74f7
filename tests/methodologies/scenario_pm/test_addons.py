"""What options sold cost at least."""

import pytest

from margin_core.methodologies.scenario_pm import margin
from tests.lines import named
from tests.methodologies.scenario_pm.accounts import MARKET, account, call, put


def test_an_option_sold_costs_its_minimum_where_the_scenarios_see_less():
    box = (
        call("BTC", 80_000.0, 1.0),
        call("BTC", 100_000.0, -1.0),
        put("BTC", 100_000.0, 1.0),
        put("BTC", 80_000.0, -1.0),
    )
    result = margin(account(*box), MARKET)
    assert result.initial.amount == pytest.approx(2 * 0.005 * 90_000.0)
    netted = margin(account(*box, call("BTC", 100_000.0, 1.0), put("BTC", 80_000.0, 1.0)), MARKET)
    assert named(netted.initial, "Minimum for options sold").amount == 0.0
