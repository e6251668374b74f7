"""What the reader of Deribit's portfolio margin is told."""

from dataclasses import replace

from tests.methodologies.deribit_pm.accounts import JUNE, linear, margin, option


def test_every_result_says_how_old_its_parameters_are_and_what_is_inferred():
    result = margin(option("BTC", "call", 70_000.0, 1.0, JUNE), linear("ETH", 1.0))
    told = " ".join(result.warnings)
    assert "BTC as of 2024-06-17" in told
    assert "ETH as of 2026-02-15" in told
    assert "option gains become coin" in told
    assert "roll shock of an expiry grows" in told
    plain = " ".join(margin(linear("ETH", 1.0)).warnings)
    assert "Inferred" not in plain
    assert "third parties" not in plain


def test_isolated_margin_is_said_to_be_no_concept_of_deribit():
    isolated = replace(linear("BTC", 1.0), isolated_margin=5_000.0)
    assert any("no isolated margin" in warning for warning in margin(isolated).warnings)
