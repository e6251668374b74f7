"""On-chain cross margin against published examples."""

from dataclasses import replace

import pytest

from margin_core.methodologies.onchain_cross import PUBLISHED
from tests.lines import named
from tests.methodologies.onchain_cross.accounts import (
    CALL,
    FAR,
    PRO,
    PUT,
    asked,
    margin,
    option,
    perpetual,
)


def test_three_bitcoin_at_two_percent_ask_5400():
    """Paradex, Cross margin requirement, net IMR: -1 with 3 to buy and 2 to sell is -3 at most."""
    assert asked(perpetual(-3), spots={"BTC": 90_000.0})[0] == pytest.approx(5_400.0)


def test_fees_are_provided_in_both_margins():
    """paradex-py, tests/margin: at a fee of 0.03 %, 81 on three coins and 900 + 27 on one."""
    p = replace(PUBLISHED, perp_fee=0.0003)
    initial, _ = asked(perpetual(-3), spots={"BTC": 90_000.0}, p=p)
    _, maintenance = asked(perpetual(-1), spots={"BTC": 90_000.0}, p=p)
    assert initial == pytest.approx(5_400.0 + 81.0)
    assert maintenance == pytest.approx(927.0)


def test_a_call_spread_asks_what_it_can_lose():
    """Paradex, Option spread margin, example; a capped spread asks as much to keep."""
    result = margin(option(CALL, 100_000, 1, 4_000.0), option(CALL, 110_000, -1, 1_500.0))
    assert result.initial.amount == pytest.approx(2_500.0)
    assert result.maintenance.amount == pytest.approx(2_500.0)
    alone = named(result.initial, "BTC 29 Apr 2026, each by itself")
    assert [part.amount for part in alone.parts] == pytest.approx([4_000.0, 10_000.0])
    cap = named(result.initial, "BTC 29 Apr 2026, largest loss at settlement")
    assert [part.label for part in cap.parts] == ["BTC 29 Apr 2026, loss"]  # no call is unpaired


def test_the_account_of_the_liquidation_page():
    """Paradex, Liquidations, example: 80 of account value against 88.8."""
    held = perpetual(0.1, entry=60_000.0), perpetual(-1, "ETH", entry=3_000.0)
    spots = {"BTC": 54_800.0, "ETH": 3_400.0}
    result = margin(*held, spots=spots, balances=[("USDC", 1_000.0)])
    markets = {part.label: part.amount for part in result.maintenance.parts}
    assert markets == pytest.approx(
        {"Maintenance margin of BTC": 54.8, "Maintenance margin of ETH": 34.0}
    )
    assert result.equity.amount == pytest.approx(80.0)
    assert result.margin_ratio == pytest.approx(88.8 / 80.0)


@pytest.mark.parametrize(("mark", "requirement", "value"), [(100.0, 100.0, 100.0), (98, 98.0, 80)])
def test_the_account_of_the_risk_checks_page(mark, requirement, value):
    """Paradex, Risk checks, example: ten units at an initial fraction of 10 %."""
    result = margin(
        perpetual(10, "ARB", entry=100.0), spots={"ARB": mark}, balances=[("USDC", 100.0)]
    )
    assert result.initial.amount == pytest.approx(requirement)
    assert result.equity.amount == pytest.approx(value)


@pytest.mark.parametrize(
    ("held", "initial", "maintenance"),
    [
        (option(CALL, 100, 1, 10.0), 10.0, 5.0),
        (option(CALL, 100, 1, 30.0), 20.0, 10.0),
        (option(CALL, 106, -1, 3.0), 10.0, 5.0),
        (option(PUT, 106, -1, 9.0), 15.0, 7.5),
        (option(PUT, 40, -1, 25.0), 10.0, 5.0),
    ],
)
def test_the_examples_of_the_page_on_perpetual_options(held, initial, maintenance):
    """Paradex, Perpetual options, margin requirements, end of 2024; spot 100."""
    assert asked(held, spots={"BTC": 100.0}) == pytest.approx((initial, maintenance))


def test_an_account_that_the_exchange_margined():
    """paradex-py, tests/margin: 3.2504 and 1.6339 of 2026-04-22, fees of up to 0.02 included."""
    held = (
        perpetual(-0.0005, mark=77_888.84),
        option(CALL, 78_000, 0.001, 2_455.661, expiry=FAR),
    )
    spots = {"BTC": 77_939.768}
    initial, maintenance = asked(*held, spots=spots)
    assert initial == pytest.approx(0.7788884 + 2.455661, abs=1e-6)
    assert maintenance == pytest.approx(0.3894442 + 1.2278305, abs=1e-6)
    assert asked(*held, spots=spots, p=PRO) == pytest.approx((3.2504, 1.6339), abs=0.02)


def test_a_deep_option_bought_asks_a_share_of_spot():
    """paradex-py, tests/margin: mark 20,000 at spot 95,000, hundredth of a contract."""
    held = option(CALL, 50_000, 0.01, 20_000.0)
    assert asked(held, spots={"BTC": 95_000.0}) == pytest.approx((190.0, 95.0))
