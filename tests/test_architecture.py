"""What holds for every module, parameter file and methodology, written once."""

import subprocess
import sys
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings
from hypothesis import strategies as st

import margin_core
from margin_core import methodologies
from margin_core.analysis.comparison import compare
from margin_core.book.portfolio import Portfolio
from margin_core.errors import MarketDataError, NotCoveredError
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.parameters import overridden
from margin_core.market.snapshot import Market
from margin_core.methodologies import DOCUMENTS
from margin_core.methodologies import METHODOLOGIES as PUBLISHED
from margin_core.risk.marks import marks
from tests.lines import readd
from tests.strategies import NOW, accounts, pools

CORE = Path(margin_core.__file__).parent
BOOKS = sorted(Path(methodologies.__file__).parent.rglob("*.toml"))
# what Bybit asks its reader for, given, so that what follows holds it to something
GIVEN = {
    f"{name}.{coin}": rate
    for name, rate in {
        "initial_factor": "1.2",
        "contract_rate": "0.002",
        "short_option_rate": "0.01",
        "basis_rate": "0.45",
    }.items()
    for coin in ("BTC", "ETH", "other")
} | {"stable_spread_rate": "0.005", "borrow_maintenance": "0.04", "borrow_initial": "0.1"}
BYBIT = PUBLISHED["bybit_pm"]
METHODOLOGIES = PUBLISHED | {
    "bybit_pm": replace(BYBIT, published=overridden(BYBIT.published, GIVEN, BYBIT.key))
}
EXAMPLES = settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])


@pytest.fixture(params=METHODOLOGIES, ids=str)
def methodology(request):
    return METHODOLOGIES[request.param]


def result_of(methodology, portfolio, market):
    """Return the methodology's result, None where it does not cover the account."""
    try:
        return methodology(portfolio, market)
    except NotCoveredError:
        return None


def test_every_methodology_covers_some_account(methodology):
    # so that what follows is not true of nothing
    find(
        accounts(),
        lambda drawn: bool(drawn[0].positions) and result_of(methodology, *drawn) is not None,
        settings=settings(max_examples=500, database=None, phases=[Phase.generate]),
    )


@EXAMPLES
@given(accounts())
def test_every_figure_follows_from_its_parts(drawn):
    for methodology in METHODOLOGIES.values():
        result = result_of(methodology, *drawn)
        for line in (result.initial, result.maintenance, result.equity) if result else ():
            assert readd(line) == pytest.approx(line.amount, rel=1e-9, abs=1e-6), methodology.key


@EXAMPLES
@given(accounts())
def test_results_are_finite_and_count_the_same_account(drawn):
    portfolio, market = drawn
    value = net_liquidation_value(portfolio, market, marks(portfolio, market)).amount
    for methodology in METHODOLOGIES.values():
        result = result_of(methodology, portfolio, market)
        if result is None:
            continue
        assert abs(result.capital_to_open) < float("inf")
        assert abs(result.capital_to_keep) < float("inf")
        assert result.net_liquidation_value == pytest.approx(value, rel=1e-9, abs=1e-6)
        assert result.methodology == methodology.key
        assert result.title
        assert result.currency == portfolio.currency
        assert result.sources


@EXAMPLES
@given(accounts())
def test_opening_takes_at_least_as_much_as_keeping(drawn):
    # but for haircuts of the account's own, which no rule book orders
    portfolio, market = drawn
    balances = tuple(replace(balance, haircut=None) for balance in portfolio.balances)
    portfolio = replace(portfolio, balances=balances)
    for key, methodology in METHODOLOGIES.items():
        result = result_of(methodology, portfolio, market)
        if result is not None:
            assert result.initial.amount >= result.maintenance.amount - 1e-6, key


@EXAMPLES
@given(accounts(), st.randoms(use_true_random=False))
def test_the_order_of_positions_is_irrelevant(drawn, random):
    portfolio, market = drawn
    shuffled = list(portfolio.positions)
    random.shuffle(shuffled)
    reordered = replace(portfolio, positions=tuple(shuffled))
    for methodology in METHODOLOGIES.values():
        result = result_of(methodology, portfolio, market)
        if result is None:
            assert result_of(methodology, reordered, market) is None
            continue
        again = methodology(reordered, market)
        scale = {"rel": 1e-9, "abs": 1e-4}
        assert again.initial.amount == pytest.approx(result.initial.amount, **scale)
        assert again.maintenance.amount == pytest.approx(result.maintenance.amount, **scale)
        assert again.equity.amount == pytest.approx(result.equity.amount, **scale)


@EXAMPLES
@given(accounts())
def test_the_worst_scenario_is_one_of_those_listed_and_adds_up_by_underlying(drawn):
    for methodology in METHODOLOGIES.values():
        result = result_of(methodology, *drawn)
        for outcome in result.worst_by_group if result else ():
            assert outcome.label, methodology.key
            if outcome.pnl_by_underlying and not outcome.group:
                assert outcome in result.scenarios, methodology.key


def test_an_empty_portfolio_costs_nothing(methodology):
    result = methodology(Portfolio(), Market(NOW))
    assert (result.initial.amount, result.maintenance.amount) == (0.0, 0.0)
    assert (result.equity.amount, result.net_liquidation_value) == (0.0, 0.0)
    assert (result.capital_to_open, result.capital_to_keep) == (0.0, 0.0)
    assert result.margin_ratio is None


def test_a_methodology_is_called_as_its_module(methodology):
    assert PUBLISHED[methodology.key].margin is methodology.margin
    assert methodology.title
    assert methodology.covers


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.stem)
def test_every_number_of_a_rule_book_has_a_unit_and_a_dated_source(book):
    raw = tomllib.loads(book.read_text("utf-8"))
    assert raw["title"]
    assert raw["effective"]
    for source in raw["sources"].values():
        assert source["title"]
        assert source["href"].startswith("https://") or (CORE.parent / source["href"]).is_file()
        date.fromisoformat(str(source["retrieved"]))
    for entries in (raw["parameters"], *raw.get("profiles", {}).values()):
        for name, entry in entries.items():
            assert entry["unit"], name
            assert entry["source"].split("#")[0] in raw["sources"], name


def test_a_rule_book_is_recognised_by_its_short_name():
    shorts = {key: document.short for key, document in DOCUMENTS.items()}
    assert len(set(shorts.values())) == len(shorts)
    for key, short in shorts.items():
        known = {*DOCUMENTS[key].title.replace(",", "").split(), *key.upper().split("_")}
        assert short
        assert set(short.split()) <= known, key


def test_every_rule_book_is_beside_its_methodology():
    assert {path.stem for path in BOOKS} == set(METHODOLOGIES)


def test_the_core_works_where_streamlit_and_plotly_are_absent():
    program = (
        "import sys, pkgutil, importlib\n"
        "sys.modules['streamlit'] = sys.modules['plotly'] = None\n"
        "import margin_core\n"
        "[getattr(margin_core, name) for name in margin_core.__all__]\n"
        "names = [m.name for m in pkgutil.walk_packages(margin_core.__path__, 'margin_core.')]\n"
        "for name in names:\n"
        "    if '.charts' not in name and not name.endswith('__main__'):\n"
        "        importlib.import_module(name)\n"
        "print(len(names))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30


def test_the_core_reads_no_clock_and_opens_no_connection():
    forbidden = (
        "datetime.now(",
        "date.today(",
        "time.time(",
        "import socket",
        "urllib",
        "requests",
    )
    for path in CORE.rglob("*.py"):
        text = path.read_text("utf-8")
        assert not [word for word in forbidden if word in text], path


@EXAMPLES
@given(pools(3))
def test_liquidity_in_a_range_is_margined_whole_or_refused_by_name(drawn):
    portfolio, market = replace(drawn[0], balances=()), drawn[1]
    try:
        marks(portfolio, market)
    except MarketDataError:  # prices that no one volatility gives
        assume(condition=False)
    compared = compare(portfolio, market, METHODOLOGIES)
    for refusal in compared.not_covered:
        named = [p.label for p in portfolio.positions if p.label in refusal.reason]
        assert named, refusal.methodology
    answering = {result.methodology for result in compared.results}
    assert {"scenario_pm"} <= answering <= {"scenario_pm", "full_collateral"}
    for result in compared.results:
        for line in (result.initial, result.maintenance, result.equity):
            assert readd(line) == pytest.approx(line.amount, rel=1e-9, abs=1e-6)
