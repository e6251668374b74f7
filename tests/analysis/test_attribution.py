"""Stand-alone, remove-one and the steps from one to the other."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings

from margin_core.analysis.attribution import BuildUp, Phase, Step, build_up, contributions
from margin_core.book.instruments import AssetClass, Option, Right, Stock, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from tests.strategies import accounts
from tests.toy import TOY

MARKET = Market(datetime(2026, 1, 2, 21, tzinfo=UTC), (Quote("XYZ", 100.0), Quote("ABC", 50.0)))
UNDERLYINGS = (
    Underlying("XYZ", AssetClass.EQUITY, product_group="all"),
    Underlying("ABC", AssetClass.EQUITY, product_group="all"),
)
# toy margin: 10 % of the net value, times 1.25 to open
PORTFOLIO = Portfolio(
    (Position(Stock("XYZ"), 10.0), Position(Stock("XYZ"), -4.0), Position(Stock("ABC"), -8.0)),
    (Balance("USD", 500.0),),
    UNDERLYINGS,
)


def test_a_position_that_hedges_saves_capital_and_the_hedged_one_costs_it():
    found = contributions(PORTFOLIO, MARKET, TOY)
    assert [c.stand_alone for c in found] == pytest.approx([125.0, 50.0, 50.0])
    # all together 10 % of 1,000 - 400 - 400 = 20, times 1.25 = 25
    # without the first 100, without either other 75
    assert [c.marginal for c in found] == pytest.approx([25 - 100, 25 - 75, 25 - 75])
    assert [c.position for c in found] == list(PORTFOLIO.positions)


def test_the_steps_lead_from_stand_alone_to_the_requirement():
    built = build_up(PORTFOLIO, MARKET, TOY)
    assert built.stand_alone_sum == pytest.approx(225.0)
    assert [(s.label, pytest.approx(s.amount)) for s in built.offsets] == [
        ("XYZ without expiry", -100.0),  # 75 for both, less 125 and 50
        ("Across all", -100.0),  # 25 for all, less 75 and 50
    ]
    assert built.requirement == pytest.approx(25.0)


def test_the_capital_to_keep_builds_up_too():
    built = build_up(PORTFOLIO, MARKET, TOY, Phase.KEEP)
    assert built.requirement == pytest.approx(20.0)
    assert contributions(PORTFOLIO, MARKET, TOY, Phase.KEEP)[0].stand_alone == pytest.approx(100.0)


def test_options_are_put_together_by_right_then_expiry_then_underlying():
    expiry = datetime(2026, 3, 20, 20, tzinfo=UTC)
    options = [
        Option("XYZ", right, strike, expiry)
        for right, strike in [
            (Right.PUT, 80.0),
            (Right.PUT, 90.0),
            (Right.CALL, 110.0),
            (Right.CALL, 120.0),
        ]
    ]
    market = replace(MARKET, instruments=tuple(InstrumentQuote(o, volatility=0.3) for o in options))
    quantities = [10.0, -10.0, -10.0, 10.0]
    condor = tuple(Position(o, q) for o, q in zip(options, quantities, strict=True))
    portfolio = Portfolio((*condor, Position(Stock("XYZ"), -1.0)), underlyings=UNDERLYINGS)
    built = build_up(portfolio, market, TOY)
    assert [step.label for step in built.offsets] == [
        "XYZ 20 Mar 2026 puts",
        "XYZ 20 Mar 2026 calls",
        "XYZ 20 Mar 2026",
        "Within XYZ",
    ]
    assert all(step.amount < 0.0 for step in built.offsets)


def test_an_empty_account_has_nothing_to_build_up():
    built = build_up(Portfolio(), MARKET, TOY)
    assert (built.stand_alone, built.offsets, built.requirement) == ((), (), 0.0)
    assert contributions(Portfolio(), MARKET, TOY) == ()


@settings(max_examples=20, suppress_health_check=[HealthCheck.filter_too_much])
@given(accounts(4))
def test_the_steps_add_up_to_the_figure_of_the_account(drawn):
    portfolio, market = drawn
    built = build_up(portfolio, market, TOY)
    amounts = [step.amount for step in (*built.stand_alone, *built.offsets)]
    largest = max((abs(amount) for amount in amounts), default=0.0)
    assert built.requirement == TOY(portfolio, market).capital_to_open
    assert sum(amounts) == pytest.approx(built.requirement, rel=1e-9, abs=1e-5 + 1e-9 * largest)


def test_small_steps_become_one_and_the_large_ones_keep_their_place():
    offsets = tuple(Step(str(amount), float(amount)) for amount in (-1, -50, 2, -30, -3))
    built = BuildUp((Step("alone", 100.0),), offsets, 18.0).condensed(3)
    assert [(step.label, step.amount) for step in built.offsets] == [
        ("-50", -50.0),
        ("-30", -30.0),
        ("3 more", -2.0),
    ]
    assert built.condensed(3) == built


def test_what_the_steps_save_is_a_share_of_the_stand_alone_sum():
    assert BuildUp((Step("a", 60.0), Step("b", 40.0)), (), 19.0).saved == pytest.approx(0.81)
    assert BuildUp((), (), 0.0).saved is None
