"""What the reader of the portfolio manager's figure is told."""

from dataclasses import replace

import pytest

from margin_core.errors import MarketDataError
from tests.methodologies.derive_accounts import perpetual
from tests.methodologies.derive_pmrm.accounts import MARKET, margin


def test_an_unpriced_usdc_is_taken_at_a_dollar_and_said_so():
    snapshot = replace(MARKET, prices=())
    result = margin(perpetual(1.0), snapshot=snapshot)
    assert any("USDC has no price" in warning for warning in result.warnings)
    assert result.initial.amount == margin(perpetual(1.0)).initial.amount
    with pytest.raises(MarketDataError, match="no price for USDC"):
        margin(perpetual(1.0), balances=[("USDC", 1.0)], snapshot=snapshot)


def test_a_position_with_isolated_margin_is_margined_in_full_and_said_so():
    isolated = replace(perpetual(1.0), isolated_margin=5_000.0)
    result = margin(isolated)
    assert result.initial.amount == margin(perpetual(1.0)).initial.amount
    assert any("isolates nothing" in warning for warning in result.warnings)
