"""What a check takes: counted a second time where the prices are made, and by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module

import numpy as np
import pytest

from margin_core.analysis.chain_cost import TERMS, Measured, Operations, Work, chain_cost
from margin_core.book.instruments import (
    AssetClass,
    LpRange,
    Option,
    Perpetual,
    Right,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies import METHODOLOGIES

NOW = datetime(2026, 1, 2, 21, tzinfo=UTC)
MARKET = Market(
    NOW,
    (
        Quote("IDX", 6_000.0, rate=0.03, volatility=0.2),
        Quote("BTC", 90_000.0, rate=0.04, volatility=0.55),
        Quote("ETH", 3_000.0, volatility=0.7),
    ),
)
UNDERLYINGS = (
    Underlying("IDX", AssetClass.INDEX_BROAD),
    Underlying("BTC", AssetClass.CRYPTO),
    Underlying("ETH", AssetClass.CRYPTO),
)


def option(symbol, right, strike, quantity, days=45, **facts):
    expiry = (NOW + timedelta(days=days)).replace(hour=8)
    return Position(Option(symbol, Right(right), strike, expiry, **facts), quantity)


def account(*positions):
    return Portfolio(positions, (Balance("USD", 500_000.0),), UNDERLYINGS)


COINS = account(
    option("BTC", "call", 100_000.0, -2.0),
    option("BTC", "call", 100_000.0, 1.0),  # the same instrument once more
    option("BTC", "put", 80_000.0, -1.0),
    option("BTC", "call", 95_000.0, 1.0, days=120),
    option("ETH", "put", 3_200.0, -20.0),
    Position(Perpetual("BTC"), 0.7),
    Position(Perpetual("ETH"), -8.0),
)
BITCOIN = account(*(p for p in COINS.positions if p.underlying == "BTC"))
INDEX = account(
    option("IDX", "call", 6_300.0, -3.0, multiplier=100.0),
    option("IDX", "put", 5_500.0, -2.0, days=120, multiplier=100.0),
)


def cost(key, portfolio, terms=TERMS):
    return chain_cost(METHODOLOGIES[key](portfolio, MARKET), portfolio, terms)


class Cells:
    """Stands in for ``revalue`` and keeps every price that is asked for, each once."""

    def __init__(self, module, monkeypatch):
        self.prices = set()
        self.revalue = module.revalue
        monkeypatch.setattr(module, "revalue", self)

    def __call__(self, marks, market, scenarios):
        days = scenarios.days or (0.0,) * len(scenarios)
        for mark in marks:
            if isinstance(mark.position.instrument, Option):
                for cell in zip(scenarios.spot_moves, scenarios.vol_moves, days, strict=True):
                    kind = scenarios.vol_rule.mode if cell[1] else ""
                    self.prices.add((mark.position.instrument, kind, *cell))
        return self.revalue(marks, market, scenarios)


@pytest.mark.parametrize(
    ("key", "place", "portfolio", "counted"),
    [
        ("scenario_pm", "scenario_pm.book", COINS, 4 * 31),
        ("scenario_pm", "scenario_pm.book", INDEX, 2 * 31),
        ("deribit_pm", "deribit_pm.contracts", COINS, 4 * 35),
        ("okx_pm", "okx_pm.stress", BITCOIN, 3 * 38),
        ("occ_tims", "occ_tims.smile", INDEX, 2 * 10),
    ],
)
def test_the_count_is_what_the_rule_book_prices(key, place, portfolio, counted, monkeypatch):
    module = import_module(f"margin_core.methodologies.{place}")
    cells = Cells(module, monkeypatch)
    found = cost(key, portfolio)
    assert found.prices == len(cells.prices) == counted


def test_span_prices_its_scenarios_and_seven_deltas(monkeypatch):
    made_here = import_module("margin_core.methodologies.cme_span.made_here")
    deltas = import_module("margin_core.methodologies.cme_span.composite_delta")
    cells, bumped = Cells(made_here, monkeypatch), []
    grid = deltas.option_grid

    def counted(options, market, spot, vol, days):
        values = grid(options, market, spot, vol, days)
        bumped.append(values.size)
        return values

    monkeypatch.setattr(deltas, "option_grid", counted)
    found = cost("cme_span", INDEX)
    # each delta is a difference of two prices here; a contract has it from one
    assert found.prices == len(cells.prices) + sum(bumped) / 2 == 2 * (16 + 7)


def test_paradex_prices_its_scenarios_and_one_delta(monkeypatch):
    cells = Cells(import_module("margin_core.methodologies.paradex_pm.scan"), monkeypatch)
    assert cost("paradex_pm", BITCOIN).prices == len(cells.prices) + 3 == 3 * (24 + 1)
    assert all(vol for _, _, _, vol, _ in cells.prices)  # none is today's, which has the delta


def test_derive_prices_each_scenario_once_and_its_basis_and_today_are_among_them(monkeypatch):
    book = import_module("margin_core.methodologies.derive_pmrm.book")
    priced, value = set(), book.black.value

    def kept(forward, strike, years, vol, *rates, call):
        rows = np.broadcast_arrays(forward, strike, years, vol, 1.0 * call)
        priced.update(zip(*(np.ravel(row).round(9).tolist() for row in rows), strict=True))
        return value(forward, strike, years, vol, *rates, call=call)

    monkeypatch.setattr(book.black, "value", kept)
    # strikes below the forward, where the two skews differ; above it they are one price, made twice
    low = account(*(option("BTC", "put", strike, -1.0) for strike in (60e3, 70e3, 80e3)))
    assert cost("derive_pmrm", low).prices == len(priced) == 3 * 31


def test_derives_standard_margin_prices_an_option_once_and_settles_it_at_every_strike(monkeypatch):
    srm = import_module("margin_core.methodologies.derive_srm.account")
    options = import_module("margin_core.methodologies.derive_srm.options")
    priced, settled = [], []
    black76, intrinsic = srm.black.black76, options._intrinsic

    def kept(*arguments, call):
        priced.append(call.size)
        return black76(*arguments, call=call)

    def looked(held, node):
        settled.append((held, node))
        return intrinsic(held, node)

    monkeypatch.setattr(srm.black, "black76", kept)
    monkeypatch.setattr(options, "_intrinsic", looked)
    found = cost("derive_srm", COINS)
    assert (found.work, found.scenarios, found.checked) == (Work.SETTLEMENT, 0, "by contracts")
    assert found.prices == sum(priced) == 4
    # by expiry: two options at two strikes and zero, one at one, and one at one
    assert found.payoffs == len({(held.label, node) for held, node in settled}) == 10
    assert found.operations.products == 4 * 12 + 2 * 2 + 10


def test_operations_and_gas_follow_from_the_prices_with_a_pocket_calculator():
    found = cost("derive_pmrm", BITCOIN)
    assert (found.scenarios, found.options, found.others, found.expiries) == (31, 3, 1, 2)
    assert found.prices == 93
    assert found.operations == Operations(
        ln=93, exp=2 * 93 + 2, sqrt=93, cdf=186, products=12 * 93 + 2 * 31
    )
    # a logarithm, two distributions with their exponentials; a discount factor for each expiry
    assert found.gas_of_functions == 93 * (670 + 2 * 1_800) + 2 * 500
    assert found.gas == (93 * 6_000.0, 93 * 8_000.0)
    assert found.checked == "by contracts"


def test_fewer_scenarios_are_fewer_prices():
    found = cost("okx_pm", BITCOIN)
    assert found.prices == 3 * (24 + 14)
    assert [found.prices_with(n) for n in (24, 10, 3)] == [114, 3 * 24, 3 * 17]
    assert cost("derive_srm", COINS).prices_with(1) == 4


def test_each_underlying_is_priced_in_its_own_list():
    result = METHODOLOGIES["derive_pmrm"](COINS, MARKET)
    halved = tuple(o for o in result.scenarios if o.group == "BTC" or "vol up" in o.label)
    ether = sum(o.group == "ETH" for o in halved)
    found = chain_cost(replace(result, scenarios=halved), COINS)
    assert 0 < ether < 31
    assert found.scenarios == 31
    assert found.prices == 3 * 31 + ether


def test_american_options_have_no_closed_form():
    american = account(
        option("IDX", "call", 6_300.0, -3.0, style=Style.AMERICAN),
        option("IDX", "put", 5_500.0, 1.0),
        Position(Stock("IDX"), 10.0),
    )
    found = cost("occ_tims", american)
    assert (found.prices, found.american, found.lists) == (10, 10, (10,))
    assert found.operations.ln == 10
    assert found.gas == (60_000.0, 80_000.0)
    assert found.measured == ()


@pytest.mark.parametrize(
    ("key", "portfolio", "work"),
    [("us_reg_t", INDEX, Work.OPTIMISATION), ("deribit_sm", COINS, Work.FORMULA)],
)
def test_what_prices_nothing_is_not_counted(key, portfolio, work):
    found = cost(key, portfolio)
    assert (found.work, found.prices, found.american, found.payoffs) == (work, 0, 0, 0)
    assert found.operations is None
    assert (found.gas_of_functions, found.gas, found.measured) == (0.0, (0.0, 0.0), ())
    assert found.checked == ""


def test_liquidity_in_a_range_takes_a_root_in_each_scenario():
    pool = account(Position(LpRange("ETH", 2_400.0, 3_750.0, 1_000.0), 1.0))
    found = cost("scenario_pm", pool)
    assert (found.options, found.others, found.ranges) == (0, 0, 1)
    assert found.operations == Operations(ln=0, exp=0, sqrt=31, cdf=0, products=4 * 31)


def test_perpetuals_alone_are_products():
    found = cost("derive_pmrm", account(Position(Perpetual("BTC"), 1.0)))
    assert found.operations == Operations(ln=0, exp=0, sqrt=0, cdf=0, products=2 * 31)
    assert found.measured == (Measured("PMRM, one perpetual", 0, 0, 1.74e6),)


def test_the_measured_cases_nearest_in_size_stand_beside():
    strikes = [option("BTC", "call", 50_000.0 + 1_000.0 * i, -0.1) for i in range(60)]
    many = cost("derive_pmrm", account(*strikes))
    assert [case.name for case in many.measured] == [
        "PMRM, 1 expiry, 64 options",
        "PMRM, 4 expiries, 64 options",
    ]
    assert [case.name for case in cost("derive_srm", account(*strikes[:30])).measured] == [
        "SRM, 1 expiry, 32 options",
        "SRM, 1 expiry, 16 options",
    ]


def test_every_rule_book_named_in_the_terms_is_there():
    tables = (TERMS.further_prices, TERMS.work, TERMS.checked)
    assert {name for table in tables for name, _ in table.entries} <= set(METHODOLOGIES)
    assert {what for _, what, *_ in TERMS.measured} == {"scenarios", "settlement"}
