"""Equity by currency: netting first, then the haircut, on what no stress moves."""

import math
from datetime import UTC, datetime

import pytest

from margin_core.book.portfolio import Balance, Haircut, Portfolio
from margin_core.errors import MarketDataError
from margin_core.margin.currency_equity import currency_equity
from margin_core.margin.figure import given
from margin_core.margin.haircuts import Tier, flat
from margin_core.market.snapshot import Market

MARKET = Market(datetime(2026, 1, 2, tzinfo=UTC), prices=(("ABC", 10.0), ("stABC", 8.0)))
TIERS = (Tier(Haircut(0.1, 0.1), 100.0), Tier(Haircut(0.5, 0.5), 200.0))


def equity(*balances, settled=(), tiers=TIERS, stressed=None):
    portfolio = Portfolio(balances=tuple(balances))
    lines = [(currency, given("Contract", amount)) for currency, amount in settled]
    return currency_equity(portfolio, MARKET, lines, lambda _: tiers, stressed=stressed or {})


def test_tiers_cut_what_is_left_after_profits_and_losses():
    found = equity(Balance("ABC", 300.0), settled=[("ABC", -1_500.0), ("ABC", 200.0)])
    # 170 coins are left: 100 at 90 %, 70 at 50 %
    assert found.counted.amount == pytest.approx(1_000.0 * 0.9 + 700.0 * 0.5)
    assert found.not_counted == pytest.approx(100.0 + 350.0)


def test_what_exceeds_the_last_tier_counts_nothing():
    found = equity(Balance("ABC", 250.0))
    assert found.counted.amount == pytest.approx(900.0 + 500.0)
    assert "Not taken" in {part.label for part in found.counted.parts[0].parts}


def test_a_net_debt_counts_in_full_and_is_a_liability():
    found = equity(Balance("ABC", 100.0), settled=[("abc", -1_500.0)])
    assert found.counted.amount == -500.0
    assert [(currency, line.amount) for currency, line in found.liabilities] == [("ABC", 500.0)]
    assert [(line.label, line.amount) for line in found.borrowed(0.04)] == [("ABC owed", 20.0)]
    assert found.held == ()
    both = equity(Balance("ABC", 100.0), settled=[("EUR", -1.0)], tiers=flat(0.2))
    assert both.held == ("ABC",)
    assert found.not_counted == 0.0


def test_what_the_stress_moves_takes_no_haircut():
    found = equity(Balance("ABC", 100.0), tiers=flat(0.2), stressed={"ABC": 600.0})
    assert found.counted.amount == pytest.approx(600.0 + 400.0 * 0.8)


def test_one_rate_for_any_amount_needs_no_price():
    assert equity(settled=[("EUR", 100.0)], tiers=flat(0.25)).counted.amount == 75.0
    with pytest.raises(MarketDataError, match="no price for EUR"):
        equity(settled=[("EUR", 100.0)])


def test_a_balance_with_its_own_haircut_nets_nothing():
    own = Balance("stABC", 100.0, Haircut(0.1, 0.3))
    found = equity(own, settled=[("STABC", -100.0)], tiers=())
    assert found.counted.amount == pytest.approx(0.9 * 800.0 - 100.0)
    assert found.initial_charge.amount == pytest.approx(0.2 * 800.0)
    assert found.not_counted == pytest.approx(80.0)


def test_equity_and_what_it_leaves_out_are_all_there_is():
    balances = Balance("ABC", 500.0), Balance("stABC", 3.0, Haircut(0.5, 0.5))
    found = equity(*balances, settled=[("ABC", 77.0)])
    assert found.counted.amount + found.not_counted == pytest.approx(5_000.0 + 24.0 + 77.0)


@pytest.mark.parametrize("amounts", [(0.01, 0.02, -0.03), (-0.01, -0.02, 0.03)])
def test_a_net_of_rounding_alone_is_no_liability_and_takes_no_haircut(amounts):
    found = equity(*(Balance("ABC", amount) for amount in amounts))
    assert found.liabilities == ()
    assert found.counted.parts == (found.nets[0][1],)


def test_what_the_stress_moves_but_for_rounding_takes_no_haircut():
    found = equity(Balance("ABC", 0.3), tiers=flat(0.2), stressed={"ABC": math.nextafter(3.0, 0.0)})
    assert found.counted.parts == (found.nets[0][1],)
