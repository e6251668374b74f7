"""Paradex's portfolio margin against published figures.

Figures named as the engine's are those of ``compute_pm`` in paradex-py 0.8.2, which mirrors the
venue's calculator; its normal distribution is an approximation, hence the tolerance of 1e-5.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from margin_core.book.instruments import Option, Right
from margin_core.book.portfolio import Position
from tests.methodologies.paradex_pm.accounts import (
    ENGINE,
    FREE,
    PRO,
    SPRING,
    STRANGLE,
    STRANGLE_MARKET,
    line,
    margin,
    option,
    perpetual,
    requirement,
)


def test_the_client_library_s_own_account_loses_most_as_volatility_falls():
    # tests/margin/test_margin.py of paradex-py: marks of 22 April 2026, no fees, no rates
    call = Option("BTC", Right.CALL, 78_000.0, datetime(2026, 5, 8, 8, tzinfo=UTC))
    result = margin(
        perpetual(-0.0005, funding=-0.00017403),
        Position(call, 0.001),
        spot=77_939.768,
        vols=(None, 0.42746687),
        prices=((0, 77_888.84), (1, 2455.661)),
        balances=[("USDC", 10.25)],
        p=replace(SPRING, **FREE),
        at=datetime(2026, 4, 22, tzinfo=UTC),
    )
    assert result.worst_scenario.label == "spot unchanged, vol −22 %"
    assert requirement(result) == pytest.approx(
        (0.4226685153516464, 0.2147252221320832), rel=3e-5
    )  # the engine's
    assert line(result.initial, "BTC, funding provision").amount == pytest.approx(0.00678192891252)


@pytest.mark.parametrize(
    ("p", "worst", "expected"),
    [
        (PRO, "spot −14 %, vol +40 %", (12887.055992932617, 6467.158621466308)),
        (SPRING, "spot −66 %, vol +40 %, 18 % of it", (16829.63973975816, 8438.45049487908)),
    ],
)
def test_a_strangle_sold_is_margined_as_the_engine_does(p, worst, expected):
    result = margin(*STRANGLE, **STRANGLE_MARKET, p=p)
    assert result.worst_scenario.label == worst
    assert requirement(result) == pytest.approx(expected, rel=ENGINE)
    assert line(result.initial, "BTC, fee provision").amount == pytest.approx(43.76125, rel=1e-12)
    assert line(result.initial, "BTC, funding provision").amount == pytest.approx(3.5, rel=1e-12)


def test_a_spread_past_thirty_days_with_a_rate_is_margined_as_the_engine_does():
    result = margin(
        option("call", 3000, 60, 10, "ETH"),
        option("call", 3500, 60, -10, "ETH"),
        spot=3000.0,
        vols=(0.5, 0.55),
        prices=((0, 260.0),),
        rate=0.05,
    )
    assert requirement(result) == pytest.approx((1038.6360973636242, 522.3180486818121), rel=ENGINE)


def test_puts_and_a_perpetual_on_a_share_are_margined_as_the_engine_does():
    result = margin(
        option("put", 800, 20, -3, "MU"),
        perpetual(-2, funding=-3e-4, symbol="MU"),
        spot=900.0,
        vols=(0.9,),
        prices=((1, 899.0),),
    )
    assert requirement(result) == pytest.approx((1025.9920500633818, 513.805575031691), rel=ENGINE)
