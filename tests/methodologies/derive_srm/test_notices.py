"""What the reader of the standard manager's figure is told."""

from dataclasses import replace

from tests.methodologies.derive_accounts import perpetual
from tests.methodologies.derive_srm.accounts import MARKET, margin


def test_an_unpriced_usdc_is_taken_at_a_dollar_and_said_so():
    result = margin(perpetual(1.0), snapshot=replace(MARKET, prices=()))
    assert any("USDC has no price" in warning for warning in result.warnings)


def test_a_position_with_isolated_margin_is_margined_with_the_rest_and_said_so():
    isolated = replace(perpetual(1.0), isolated_margin=5_000.0)
    result = margin(isolated)
    assert result.initial.amount == margin(perpetual(1.0)).initial.amount
    assert any("isolates no position" in warning for warning in result.warnings)
