"""Which coins a risk unit holds beside its contracts."""

from margin_core.book.portfolio import Balance
from margin_core.methodologies.okx_pm import margin
from tests.methodologies.okx_pm.accounts import MARKET, account, perpetual


def test_coins_hedge_no_delta_that_is_rounding_alone():
    lots = [perpetual(size) for size in (-0.123, -0.456, 0.579)]
    result = margin(account(*lots, balances=[Balance("BTC", 1.0)]), MARKET)
    assert len(result.worst_scenario.pnl_by_position) == 3
