"""What becomes of the account when positions are pasted."""

import pytest

from pages.ui import link, state

PASTED = {"underlying": "XYZ", "kind": "stock", "quantity": 100.0}


@pytest.fixture
def workspace(monkeypatch):
    monkeypatch.setattr(state.st, "session_state", {})
    return state.current()


def test_pasted_positions_take_nothing_over_from_the_sample_that_they_replace(workspace):
    assert workspace.sample == link.DEFAULT_SAMPLE
    assert workspace.portfolio.balances
    state.import_rows([PASTED], replacing=True)
    after = state.current()
    assert (len(after.portfolio.positions), after.portfolio.balances) == (1, ())
    assert (after.portfolio.name, after.sample) == ("", None)
    assert after.market["XYZ"] == workspace.market["XYZ"]


def test_pasted_positions_join_the_book_and_its_collateral(workspace):
    state.import_rows([PASTED], replacing=False)
    after = state.current().portfolio
    assert len(after.positions) == len(workspace.portfolio.positions) + 1
    assert after.balances == workspace.portfolio.balances


def test_collateral_of_ones_own_stays_when_positions_are_replaced(workspace):
    state.import_rows([PASTED], replacing=False)
    state.import_rows([PASTED], replacing=True)
    after = state.current().portfolio
    assert (len(after.positions), after.balances) == (1, workspace.portfolio.balances)


def test_faulty_positions_in_place_of_a_sample_leave_none_of_it(workspace):
    state.import_rows([PASTED | {"quantity": "many"}], replacing=True)
    after = state.current()
    assert len(after.faults) == 1
    assert (after.portfolio.positions, after.portfolio.balances) == ((), ())
    assert workspace.portfolio.positions
