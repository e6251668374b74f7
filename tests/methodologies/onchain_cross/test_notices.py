"""What the reader of an on-chain figure is told."""

from dataclasses import replace

import pytest

from margin_core.margin.parameters import overridden
from tests.methodologies.onchain_cross.accounts import DYDX, margin, perpetual


def test_a_leverage_that_the_market_does_not_allow_is_said():
    result = margin(perpetual(1, leverage=80.0))
    assert result.initial.amount == pytest.approx(2_000.0)
    assert result.warnings == ("BTC perpetual: 80x is more than its market allows; 50x is taken",)


def test_open_interest_taken_as_none_is_said():
    result = margin(perpetual(1, "LINK"), p=DYDX)
    assert result.warnings[0].startswith("LINK perpetual: the market's open interest is taken as")
    assert "20,000,000 dollars" in result.warnings[0]
    known = overridden(DYDX, {"open_notional.LINK": "1e6"}, "test")
    assert not [each for each in margin(perpetual(1, "LINK"), p=known).warnings if "none" in each]
    assert margin(perpetual(1), p=DYDX).warnings == (
        "Parameters are those of the profile 'dydx_v4'.",
    )


def test_margin_that_is_isolated_in_the_file_is_in_the_pool():
    position, _ = perpetual(1)
    held = (replace(position, isolated_margin=500.0), None)
    assert margin(held, held).warnings == (
        "+1 BTC perpetual: its isolated margin is no limit here, all is one pool",
    )
