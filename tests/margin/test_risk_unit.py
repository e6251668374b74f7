"""A coin's unit: the coins that hedge it, and the worst of its scenarios opened to the holdings."""

import numpy as np
import pytest

from margin_core.book.instruments import Perpetual
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.margin.figure import Rule
from margin_core.margin.risk_unit import coins_held, hedging_coins, outcome, worst_loss
from margin_core.risk.marks import Mark
from tests.lines import readd

OWN = Haircut(0.5, 0.5)
PERPETUAL = Mark(Position(Perpetual("BTC"), -2.0), 50_000.0, 0.0, 0.0)


def test_coins_of_all_balances_count_but_those_with_a_haircut_of_their_own():
    balances = Balance("btc", 3.0), Balance("BTC", 5.0, OWN), Balance("BTC", -1.0, OWN)
    assert coins_held("BTC", Portfolio(balances=(*balances, Balance("ETH", 7.0)))) == 2.0


@pytest.mark.parametrize(("held", "hedged", "coins"), [(3.0, 2.0, 2.0), (1.0, 2.0, 1.0)])
def test_coins_hedge_as_far_as_they_reach_and_no_further(held, hedged, coins):
    mark = hedging_coins("BTC", held, hedged, 50_000.0)
    assert (mark.position.quantity, mark.value, mark.asset) == (coins, coins * 50_000.0, "BTC")


@pytest.mark.parametrize(("held", "hedged"), [(3.0, -2.0), (-1.0, 2.0), (3.0, 1e-17), (0.0, 2.0)])
def test_coins_do_not_hedge_what_is_long_nor_what_is_rounding_alone(held, hedged):
    assert hedging_coins("BTC", held, hedged, 50_000.0) is None


def test_the_worst_scenario_is_opened_and_a_gain_is_no_loss():
    coins = hedging_coins("BTC", 1.0, 2.0, 50_000.0)
    up, down = (
        outcome(
            "BTC", label, (move, 0.0), (PERPETUAL, coins), np.array([-2.0, 1.0]) * 50_000 * move
        )
        for label, move in (("up", 0.1), ("down", -0.1))
    )
    assert up.pnl == pytest.approx(-5_000.0)
    assert up.pnl_by_underlying == (("BTC", up.pnl),)
    assert [name for name, _ in up.pnl_by_position] == ["-2 BTC perpetual", "+1 BTC collateral"]
    line, worst = worst_loss("MR1", "Worst of the moves", (down, up), "rules#MR1")
    assert worst is up
    assert (line.label, line.source, line.amount) == ("MR1", "rules#MR1", pytest.approx(5_000.0))
    assert [part.rule for part in line.parts[0].parts] == [Rule.GIVEN, Rule.TOTAL]
    assert readd(line) == pytest.approx(line.amount)
    assert worst_loss("MR1", "Worst of the moves", (down,), "")[0].amount == 0.0
