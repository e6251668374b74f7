"""Requirements and collateral by phase, and what holds for any account."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import Stock
from margin_core.book.portfolio import Balance, Haircut, Position
from margin_core.methodologies.scenario_pm import METHODOLOGY, PUBLISHED, margin
from tests.lines import readd
from tests.methodologies.scenario_pm.accounts import (
    BALANCES,
    MARKET,
    MIXED,
    account,
    books,
    potential,
)


def test_an_empty_account_needs_nothing():
    result = margin(account(), MARKET)
    assert result.initial.amount == result.maintenance.amount == 0.0
    assert result.scenarios == ()
    assert result.worst_scenario is None


def test_the_part_of_a_haircut_that_one_phase_has_alone_is_added_to_its_requirement():
    balance = Balance("ABC", 1_000.0, haircut=Haircut(maintenance=0.1, initial=0.3))
    result = margin(account(balances=[balance]), MARKET)
    assert result.equity.amount == pytest.approx(3_600.0)
    assert result.initial.amount == pytest.approx(800.0)
    assert result.maintenance.amount == 0.0
    assert result.capital_to_open == pytest.approx(800.0)


def test_initial_margin_is_at_least_maintenance_whatever_the_haircuts_say():
    balance = Balance("ABC", 1_000.0, haircut=Haircut(maintenance=0.3, initial=0.1))
    result = margin(account(Position(Stock("AAA"), 1.0), balances=[balance]), MARKET)
    assert result.maintenance.amount == pytest.approx(816.0)
    assert result.initial.amount == result.maintenance.amount


def test_stablecoins_count_in_full_and_unlisted_assets_by_half_with_a_warning():
    market = replace(MARKET, prices=(("USDC", 1.0), ("ABC", 4.0)))
    result = margin(account(balances=[Balance("USDC", 100.0), Balance("ABC", 10.0)]), market)
    assert result.equity.amount == pytest.approx(120.0)
    assert any(
        warning.startswith("ABC is held at its haircut alone") for warning in result.warnings
    )


def test_a_changed_parameter_marks_the_result_as_modified():
    p = replace(PUBLISHED, initial_percentage=1.5)
    result = METHODOLOGY(account(Position(Stock("AAA"), 1.0)), MARKET, p)
    assert any("initial_percentage" in warning for warning in result.warnings)


coins = st.lists(
    st.builds(Balance, st.sampled_from(["BTC", "ETH", "USD"]), st.floats(-5.0, 5.0)), max_size=2
)


@settings(max_examples=25, deadline=None)
@given(books, coins, st.floats(0.01, 100.0))
def test_requirements_grow_in_proportion_with_the_account(book, balances, scale):
    once = margin(account(*book, balances=balances), MARKET)
    scaled = margin(
        account(
            *(replace(p, quantity=p.quantity * scale) for p in book),
            balances=[replace(b, amount=b.amount * scale) for b in balances],
        ),
        MARKET,
    )
    assert scaled.initial.amount == pytest.approx(scale * once.initial.amount, rel=1e-9, abs=1e-6)
    assert scaled.maintenance.amount == pytest.approx(
        scale * once.maintenance.amount, rel=1e-9, abs=1e-6
    )
    assert potential(once) >= 0.0
    assert once.initial.amount >= once.maintenance.amount >= 0.0


@settings(max_examples=30, deadline=None)
@given(books, coins)
def test_every_figure_follows_from_its_parts_and_every_scenario_from_its_positions(book, balances):
    result = margin(account(*book, balances=balances), MARKET)
    for line in (result.equity, result.initial, result.maintenance):
        assert readd(line) == pytest.approx(line.amount, rel=1e-12, abs=1e-6)
    for outcome in result.scenarios:
        by_position = sum(pnl for _, pnl in outcome.pnl_by_position)
        assert sum(pnl for _, pnl in outcome.pnl_by_underlying) == pytest.approx(
            by_position, abs=1e-6
        )
        assert outcome.pnl <= by_position + 1e-6  # gains count at their credit at most
    worst = {outcome.group: outcome.pnl for outcome in result.worst_by_group}
    assert sum(max(-pnl, 0.0) for pnl in worst.values()) == pytest.approx(
        potential(result), abs=1e-6
    )
    for group, pnl in worst.items():
        least = min(o.pnl for o in result.scenarios if o.group == group)
        assert pnl == pytest.approx(least, abs=1e-6)


def test_sources_cited_by_the_lines_are_named_in_the_parameter_file():
    known = {source.key for source in METHODOLOGY.sources}

    def cited(line):
        yield from ([line.source.split("#")[0]] if line.source else [])
        for part in line.parts:
            yield from cited(part)

    result = margin(account(*MIXED, balances=BALANCES), MARKET)
    for line in (result.equity, result.initial, result.maintenance):
        assert set(cited(line)) <= known
