"""Which families move together, against each other or singly."""

import pytest

from margin_core.book.instruments import Perpetual, Stock
from margin_core.book.portfolio import Position
from margin_core.margin import parameters
from margin_core.methodologies.scenario_pm import PUBLISHED, margin
from tests.methodologies.scenario_pm.accounts import MARKET, account, call, potential, put

PAIR = (Position(Perpetual("BTC"), 1.0), Position(Perpetual("ETH"), -30.0))


def switched(**changes):
    names = {f"correlation.{k.replace('__', '/')}": v for k, v in changes.items()}
    return parameters.overridden(PUBLISHED, names, "scenario_pm")


def test_coins_that_move_together_pay_for_one_another_at_the_credit():
    together = potential(margin(account(*PAIR), MARKET))
    assert together == pytest.approx(0.18 * 90_000.0 * (1 - 0.4))


def test_each_looser_switch_asks_at_least_as_much():
    book = account(*PAIR, call("BTC", 95_000.0, 3.0), put("ETH", 2_700.0, -80.0))
    losses = [
        potential(
            margin(
                book,
                MARKET,
                switched(major_coin__major_coin=f'"{position}"', major_coin__coin='"independent"'),
            )
        )
        for position in ("together", "against", "independent")
    ]
    assert losses[0] < losses[1] <= losses[2]


def test_against_takes_the_same_size_of_move_and_independent_any():
    long_and_short = (
        call("AAA", 100.0, 1.0, multiplier=100.0),
        put("AAA", 100.0, 1.0, multiplier=100.0),
        call("BBB", 50.0, -1.0, multiplier=100.0),
        put("BBB", 50.0, -1.0, multiplier=100.0),
    )
    apart = potential(margin(account(*long_and_short), MARKET))
    tied = potential(margin(account(*long_and_short), MARKET, switched(single__single='"against"')))
    alone = [
        potential(margin(account(*p), MARKET)) for p in (long_and_short[:2], long_and_short[2:])
    ]
    assert apart == pytest.approx(sum(alone))
    assert tied < 0.98 * apart  # the long straddle loses where nothing moves, the short one far out


def test_families_tied_to_a_third_are_tied_and_the_account_is_told():
    p = switched(broad__single='"against"')
    book = account(Position(Stock("AAA"), 1.0), Position(Stock("SPY"), 1.0))
    assert "single and single count as against, as both are tied to a third family" in (
        margin(book, MARKET, p).warnings
    )
    assert margin(book, MARKET).warnings == ()
