"""The choice of a portfolio, as browsers that are behind may send it."""

import pytest

from pages.ui import link, sidebar, state


@pytest.fixture
def opened(monkeypatch):
    accounts = []
    monkeypatch.setattr(state, "open_account", lambda *account: accounts.append(account))
    return accounts


@pytest.mark.parametrize("chosen", [sidebar.OWN, "Yours: a name that it had before"])
def test_an_own_book_is_not_opened_anew(opened, monkeypatch, chosen):
    monkeypatch.setattr(state, "read", {"box": chosen}.get)
    sidebar._open_chosen("box")
    assert not opened


def test_a_sample_is_opened_under_its_name(opened, monkeypatch):
    monkeypatch.setattr(state, "read", {"box": "iron_condor"}.get)
    sidebar._open_chosen("box")
    sample = link.sample("iron_condor")
    assert opened == [(sample.portfolio, sample.market, "iron_condor")]
