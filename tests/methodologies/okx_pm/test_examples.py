"""OKX portfolio margin against its published examples."""

from dataclasses import replace

import pytest

from margin_core.margin.parameters import Table
from margin_core.methodologies.okx_pm import PUBLISHED, margin
from tests.lines import starting
from tests.methodologies.okx_pm.accounts import amount, published_account

LTC_TIERS = replace(
    PUBLISHED, reduction_tiers=Table((*PUBLISHED.reduction_tiers.entries, ("LTC", 1.0)))
)


def test_the_position_builder_s_example_comes_out_to_the_last_digits():
    result = margin(*published_account(), LTC_TIERS)
    exact = {"rel": 1e-12}
    assert amount(result, "Derivatives") == pytest.approx(1375.4837063088003, **exact)
    assert result.maintenance.amount == pytest.approx(2946.5480841048, **exact)
    assert result.initial.amount == pytest.approx(9643.45070718144, **exact)
    assert result.equity.amount == pytest.approx(-78553.21888979999, **exact)
    assert amount(result, "MR8") == pytest.approx(1571.064377796, **exact)
    assert starting(result.initial, "MR8").amount == pytest.approx(7855.32188898, **exact)
    for coin, mr1, mr4, mr6, mr7, mmr in (
        (
            "BTC",
            1164.4109244719994,
            19.4098073796,
            1164.4109244720003,
            43.6720666041,
            1183.82073185,
        ),
        ("LTC", 183.50672805719995, 8.1562464, 183.5067280572, 7.1367156, 191.6629744572),
    ):
        unit = starting(result.maintenance, coin)
        assert starting(unit, "MR1").amount == pytest.approx(mr1, **exact)
        assert starting(unit, "MR4").amount == pytest.approx(mr4, **exact)
        assert starting(unit, "MR6").amount == pytest.approx(mr6, **exact)
        assert starting(unit, "MR7").amount == pytest.approx(mr7, **exact)
        assert unit.amount == pytest.approx(mmr, rel=1e-11)


def test_the_example_s_ladder_of_moves_comes_out():
    result = margin(*published_account(), LTC_TIERS)
    ladder = {o.moves[0][1]: o.pnl for o in result.scenarios if o.group == "BTC"}
    assert ladder[0.12] == pytest.approx(-1164.4109244719994, rel=1e-12)
    assert ladder[-0.08] == pytest.approx(776.2739496480004, rel=1e-12)
    assert ladder[0.04] == pytest.approx(-388.1369748240002, rel=1e-12)
    assert ladder[0.24] == pytest.approx(-2328.8218489440005 / 2, rel=1e-12)
    assert [outcome.group for outcome in result.worst_by_group] == ["BTC", "LTC"]


def test_initial_margin_is_a_factor_of_maintenance_as_printed():
    # OKX help, Multi-currency vs portfolio margin, 2025-02-06: 129,959 to keep, 168,947 to open
    assert PUBLISHED.initial_factor * 129_959 == pytest.approx(168_947, abs=0.5)
