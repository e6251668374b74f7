"""Reading and writing the portfolio file."""

from hypothesis import given

from margin_core.files import read, write
from tests.strategies import portfolios


@given(portfolios())
def test_what_was_written_reads_back_exactly(account):
    assert read(write(*account)) == account


@given(portfolios())
def test_reading_is_idempotent(account):
    once = write(*read(write(*account)))
    assert write(*read(once)) == once
