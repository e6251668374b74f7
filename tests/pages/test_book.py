"""What becomes of the account when its book is emptied, replaced or added to."""

import pytest

from margin_core import TEMPLATES, Inputs, offered_expiries
from pages.ui import book, link, state

PASTED = {"underlying": "XYZ", "kind": "stock", "quantity": 100.0}


@pytest.fixture
def workspace(monkeypatch):
    monkeypatch.setattr(state.st, "session_state", {})
    return state.current()


def added():
    book.import_rows([*state.current().rows, PASTED], replacing=False)
    return state.current()


def covered_call(workspace, *, replacing):
    portfolio, market = workspace.portfolio, workspace.market
    held = portfolio.underlying("XYZ")
    near, far = offered_expiries(portfolio, market, held)[:2]
    inputs = Inputs(held, market["XYZ"].spot, 5.0, near, far)
    template = next(t for t in TEMPLATES if t.key == "covered_call")
    return book.with_template(workspace, template, inputs, replacing=replacing)


def test_pasted_positions_take_nothing_over_from_the_sample_that_they_replace(workspace):
    assert workspace.sample == link.DEFAULT_SAMPLE
    assert workspace.portfolio.balances
    assert book.fate_of_collateral(workspace) == book.GOES
    book.import_rows([PASTED], replacing=True)
    after = state.current()
    assert (len(after.portfolio.positions), after.portfolio.balances) == (1, ())
    assert (after.portfolio.name, after.portfolio.description, after.sample) == ("", "", None)
    assert after.market["XYZ"] == workspace.market["XYZ"]
    assert book.fate_of_collateral(after) == ""


def test_pasted_positions_join_the_book_and_its_collateral(workspace):
    after = added().portfolio
    assert len(after.positions) == len(workspace.portfolio.positions) + 1
    assert after.balances == workspace.portfolio.balances


def test_collateral_of_ones_own_stays_when_positions_are_replaced(workspace):
    assert book.fate_of_collateral(added()) == book.STAYS
    book.import_rows([PASTED], replacing=True)
    after = state.current().portfolio
    assert (len(after.positions), after.balances) == (1, workspace.portfolio.balances)


def test_faulty_positions_in_place_of_a_sample_leave_none_of_it(workspace):
    book.import_rows([PASTED | {"quantity": "many"}], replacing=True)
    after = state.current()
    assert len(after.faults) == 1
    assert (after.portfolio.positions, after.portfolio.balances) == ((), ())
    assert workspace.portfolio.positions


def test_clearing_a_sample_leaves_its_market_alone(workspace):
    portfolio, market = book.cleared(workspace)
    assert (portfolio.name, portfolio.description) == ("", "")
    assert (portfolio.positions, portfolio.balances) == ((), ())
    assert portfolio.underlyings == workspace.portfolio.underlyings
    assert market["XYZ"].spot == workspace.market["XYZ"].spot


def test_clearing_ones_own_book_takes_the_positions_alone(workspace):
    portfolio, _ = book.cleared(added())
    assert portfolio.positions == ()
    assert portfolio.balances == workspace.portfolio.balances
    assert portfolio.name == workspace.portfolio.name


def test_a_template_in_place_of_a_sample_takes_nothing_over(workspace):
    portfolio, _ = covered_call(workspace, replacing=True)
    assert (len(portfolio.positions), portfolio.balances, portfolio.name) == (2, (), "")


def test_a_template_in_place_of_ones_own_book_keeps_the_collateral(workspace):
    portfolio, _ = covered_call(added(), replacing=True)
    assert (len(portfolio.positions), portfolio.balances) == (2, workspace.portfolio.balances)


def test_a_template_added_to_a_sample_keeps_it_all(workspace):
    portfolio, _ = covered_call(workspace, replacing=False)
    assert len(portfolio.positions) == len(workspace.portfolio.positions) + 2
    assert portfolio.balances == workspace.portfolio.balances
    assert portfolio.name == workspace.portfolio.name
