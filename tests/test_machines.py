"""Everything but the last bits of a figure is the same on every machine."""

import re
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

import margin_core
from margin_core.book.instruments import AssetClass, Future, Option, Perpetual, Right, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.errors import MarginError, NotCoveredError
from margin_core.files import read_path
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies import METHODOLOGIES
from tests import machines
from tests.lines import every
from tests.strategies import CRYPTO_EXPIRIES, NOW, US_EXPIRIES

SAMPLES = sorted((Path(margin_core.__file__).parents[1] / "sample_portfolios").glob("*.json"))


def as_it_is(portfolio):
    """Return the account itself."""
    return portfolio


def bought_and_sold(portfolio):
    """Return an account that sold whatever it bought, so that sums are rounding alone."""
    sold = tuple(replace(p, quantity=-p.quantity) for p in portfolio.positions)
    return replace(portfolio, positions=portfolio.positions + sold)


def in_lots_that_cancel(portfolio):
    """Return an account whose lots add up to 0.1 + 0.2 - 0.3 of each position."""
    lots = tuple(
        replace(p, quantity=p.quantity * share)
        for p in portfolio.positions
        for share in (0.1, 0.2, -0.3)
    )
    return replace(portfolio, positions=lots)


def said(methodology, portfolio, market):
    """Return all that a methodology says of an account but the figures."""
    try:
        result = methodology(portfolio, market)
    except MarginError as error:
        return [str(error)]
    lines = [(line.label, line.rule, line.source) for line in every_line(result)]
    return [
        *lines,
        *((outcome.group, outcome.label) for outcome in result.worst_by_group),
        *((outcome.group, outcome.label) for outcome in result.scenarios),
        *(price.position for price in result.liquidation_prices),
        *result.warnings,
    ]


def every_line(result):
    """Yield each line of a result, those that others are made of too."""
    for line in (result.equity, result.initial, result.maintenance):
        yield from every(line)


@pytest.mark.parametrize("account", [as_it_is, bought_and_sold, in_lots_that_cancel])
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_another_machine_says_the_same_of_an_account(path, account, monkeypatch):
    portfolio, market = read_path(path)
    portfolio = account(portfolio)
    here = {key: said(each, portfolio, market) for key, each in METHODOLOGIES.items()}
    machines.become(monkeypatch, 1)
    there = {key: said(each, portfolio, market) for key, each in METHODOLOGIES.items()}
    for key in METHODOLOGIES:
        assert there[key] == here[key], key


def test_another_machine_differs_in_the_last_bits_alone(monkeypatch):
    x = np.linspace(0.5, 20.0, 50)
    here, one = np.exp(x), np.exp(2.0)
    machines.become(monkeypatch, 1)
    there = np.exp(x)
    assert 10 < np.count_nonzero(there != here) < 50
    assert there == pytest.approx(here, rel=4e-16, abs=0.0)
    assert np.exp(2.0) == pytest.approx(one, rel=4e-16)
    assert np.array_equal(np.exp(x), there)


COIN = Underlying("BTC", AssetClass.CRYPTO)
FUND = Underlying("SPY", AssetClass.ETF_BROAD)
QUOTES = (Quote("BTC", 60_000.0, volatility=0.5), Quote("SPY", 600.0, volatility=0.2))
HELD = {
    "perpetual": (COIN, Perpetual("BTC")),
    "future": (COIN, Future("BTC", CRYPTO_EXPIRIES[-1])),
    "call": (COIN, Option("BTC", Right.CALL, 70_000.0, CRYPTO_EXPIRIES[-1])),
    "put": (FUND, Option("SPY", Right.PUT, 580.0, US_EXPIRIES[-1], multiplier=100.0)),
}
DUST = re.compile(r"e-1\d")  # a size of 5.6e-17


@pytest.mark.parametrize("name", HELD)
def test_lots_that_cancel_have_no_direction_in_any_order(name):
    underlying, instrument = HELD[name]
    seen = {}
    for sizes in permutations((0.1, 0.2, -0.3)):
        lots = tuple(Position(instrument, size) for size in sizes)
        account = Portfolio(lots, (Balance("USD", 1e5),), (underlying,))
        for key, methodology in METHODOLOGIES.items():
            try:
                result = methodology(account, Market(NOW, QUOTES))
            except NotCoveredError:
                continue
            lines = list(every_line(result))
            turned = [x.label for x in lines if x.parts and x.label.endswith("without its sign")]
            labels = sorted(line.label for line in lines)
            assert turned + [label for label in labels if DUST.search(label)] == [], key
            assert seen.setdefault(key, labels) == labels, key
    assert len(seen) > 2
