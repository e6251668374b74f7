"""What stands on top of the loss in each phase, and the value it is taken from."""

from dataclasses import replace

import pytest

from margin_core.market.snapshot import InstrumentQuote
from margin_core.methodologies.derive_pmrm import PUBLISHED
from margin_core.methodologies.derive_pmrm.account import account as by_manager
from margin_core.methodologies.derive_pmrm.requirements import option_value
from tests.methodologies.derive_accounts import account, market, option, perpetual
from tests.methodologies.derive_pmrm.accounts import MARKET, margin


def test_below_the_peg_the_initial_loss_counts_for_more():
    def asked(price):
        result = margin(perpetual(1.0, entry=90_000.0), snapshot=market(usdc=price))
        return result.initial.amount / price, result.maintenance.amount / price

    loss, contingency = 0.18 * 90_000.0, 90_000.0
    assert asked(0.98) == pytest.approx((loss + 0.02 * contingency, 0.8 * loss + 1_350.0))
    assert asked(0.88) == pytest.approx((1.2 * loss + 0.02 * contingency, 0.8 * loss + 1_350.0))


def test_the_initial_requirement_adds_contingencies_on_top_of_the_loss():
    result = margin(perpetual(-2.0, entry=90_000.0))
    loss = 2.0 * 90_000.0 * 0.18
    assert result.maintenance.amount == pytest.approx(0.8 * loss + 0.015 * 180_000.0)
    assert result.initial.amount == pytest.approx(loss + 0.02 * 180_000.0)
    assert result.capital_to_open == pytest.approx(result.initial.amount)


def test_options_count_at_the_model_whatever_their_mark():
    call = option("call", 95_000, 1)
    marked = replace(MARKET, instruments=(InstrumentQuote(call.instrument, 50.0, volatility=0.5),))
    result = margin(call, snapshot=marked)
    assert result.equity.amount == pytest.approx(margin(call).equity.amount)
    assert result.net_liquidation_value == pytest.approx(50.0)
    own = by_manager(account(call), marked, PUBLISHED)
    assert option_value(own, PUBLISHED).amount == pytest.approx(result.equity.amount)
