"""What a check on a chain takes, as a document and as text; the command that prints both."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from margin_core import files
from margin_core.analysis.chain_cost import TERMS, chain_cost
from margin_core.analysis.comparison import compare
from margin_core.analysis.scenario_subsets import scenario_subsets
from margin_core.book.instruments import (
    AssetClass,
    LpRange,
    Option,
    Right,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.cli import cli
from margin_core.market.snapshot import Market, Quote
from margin_core.methodologies import METHODOLOGIES
from margin_core.present.chain import chain_document, chain_text

COINS = "sample_portfolios/btc_hedged_with_calls_and_perpetual.json"
SHARES = "sample_portfolios/hedged_equity_collar.json"


def parts(portfolio, market):
    compared = compare(portfolio, market, METHODOLOGIES)
    subsets = (scenario_subsets(result) for result in compared.results)
    return (
        portfolio,
        [chain_cost(result, portfolio) for result in compared.results],
        [each for each in subsets if each is not None],
        compared.not_covered,
    )


@pytest.fixture(scope="module")
def coins():
    return parts(*files.read_path(COINS))


def row(text, key):
    """Return the cells of the first row of ``key``."""
    return next(line for line in text.splitlines() if line.startswith(key)).split()


def test_the_document_tells_counted_measured_and_estimated_apart(coins):
    document = chain_document(*coins)
    (derive,) = (cost for cost in document["costs"] if cost["methodology"] == "derive_pmrm")
    assert derive["option_prices"] == 31
    assert derive["operations"]["ln"] == 31
    assert derive["gas_of_functions"] == 31 * 4_270 + 500
    assert derive["gas_estimate"] == {"from": 186_000.0, "to": 248_000.0}
    assert [case["gas"] for case in derive["measured"]] == [17.0e6, 25.0e6]
    (simple,) = (cost for cost in document["costs"] if cost["methodology"] == "deribit_sm")
    assert (simple["work"], simple["operations"], simple["measured"]) == ("formula", None, [])
    assert "estimate" in document["notes"]["gas_estimate"]
    assert document["transaction_gas_cap"] == TERMS.transaction_gas_cap
    assert json.loads(json.dumps(document, allow_nan=False)) == json.loads(json.dumps(document))


def test_the_document_holds_every_number_of_scenarios(coins):
    document = chain_document(*coins)
    (derive,) = (each for each in document["subsets"] if each["methodology"] == "derive_pmrm")
    counts = derive["by_count"]
    assert [count["scenarios"] for count in counts] == list(range(1, 32))
    assert counts[-1]["average_share"] == pytest.approx(1.0)
    assert counts[0]["worst_share"] <= counts[0]["average_share"] < 1.0
    assert derive["chosen"][0] == {
        "name": "All",
        "scenarios": 31,
        "requirement": pytest.approx(derive["requirement"]),
        "share": pytest.approx(1.0),
    }
    assert derive["binding"] == [{"group": "BTC", "scenario": "spot −18 %, vol up"}]


def test_the_text_counts_what_the_document_counts(coins):
    text = chain_text(*coins)
    cells = row(text, "derive_pmrm")
    assert cells[1:3] == ["by", "contracts"]
    assert cells[3:7] == ["31", "1", "1", "31"]
    assert "PMRM, 1 expiry, 16 options: 17 million gas" in text
    assert "Enough by themselves, known afterwards: BTC spot −18 %, vol up." in text
    assert "Picked blindly, on average: 90% with 17, 99% with 30, 100% with 31 of 31." in text
    assert "Gas of a price: An estimate, not measured" in text
    assert "Measured: Whole tests of the first version" in text
    assert "not countable" not in text
    assert "american" not in text


def test_american_options_and_the_pairing_are_said_to_have_no_formula():
    text = chain_text(*parts(*files.read_path(SHARES)))
    assert "not countable: an optimisation, not a formula" in row_text(text, "us_reg_t")
    assert "American options have no closed form" in text
    assert row(text, "occ_tims")[1:5] == ["10", "5", "2", "50"]
    assert "Gas of" not in text
    assert "Measured" not in text
    assert "Averages of House margin by scenarios take each group by itself" in text


def row_text(text, key):
    return next(line for line in text.splitlines() if line.startswith(key))


def small(*positions):
    underlyings = (Underlying("XYZ", AssetClass.EQUITY), Underlying("ETH", AssetClass.CRYPTO))
    now = datetime(2026, 1, 2, 21, tzinfo=UTC)
    market = Market(
        now, (Quote("XYZ", 10.0, volatility=0.3), Quote("ETH", 3_000.0, volatility=0.6))
    )
    return Portfolio(positions, (Balance("USD", 1_000.0),), underlyings), market


def test_where_a_minimum_decides_no_scenario_has_a_say():
    expiry = datetime(2026, 3, 20, 20, tzinfo=UTC)
    far = Option("XYZ", Right.CALL, 30.0, expiry, Style.AMERICAN, 100.0)
    portfolio, costs, subsets, refusals = parts(*small(Position(far, -1.0)))
    tims = [each for each in subsets if each.methodology == "occ_tims"]
    text = chain_text(portfolio, costs, tims, refusals)
    assert "No scenario has a say: a minimum or another charge decides." in text
    assert "Picked blindly" not in text


def test_liquidity_in_a_range_has_a_column_and_a_nameless_book_a_name():
    text = chain_text(*parts(*small(Position(LpRange("ETH", 2_400.0, 3_750.0, 10.0), 1.0))))
    assert text.startswith("Portfolio: what one check takes on a chain")
    assert "ranges" in text


def test_without_lists_of_scenarios_nothing_is_said_of_them(coins):
    portfolio, costs, _, refusals = coins
    text = chain_text(portfolio, costs, [], refusals)
    assert "scenarios kept" not in text
    assert "Nearest moves" not in text


def test_a_requirement_of_nothing_has_no_shares():
    portfolio, costs, subsets, refusals = parts(*small(Position(Stock("XYZ"), 10.0)))
    (tims,) = (each for each in subsets if each.methodology == "occ_tims")
    text = chain_text(portfolio, costs, [replace(tims, full=0.0)], refusals)
    assert "Picked blindly" not in text
    assert "%" not in row_text(text, "All")


def test_the_command_prints_text_or_one_document():
    done = CliRunner().invoke(cli, ["chain", COINS])
    assert done.exit_code == 0
    assert done.stdout.startswith("BTC hedged with calls and a perpetual: what one check takes")
    done = CliRunner().invoke(cli, ["chain", COINS, "--json"])
    document = json.loads(done.stdout)
    assert document["portfolio"] == "BTC hedged with calls and a perpetual"
    assert {cost["methodology"] for cost in document["costs"]} >= {"derive_pmrm", "deribit_pm"}
    assert {refusal["methodology"] for refusal in document["not_covered"]} >= {"us_reg_t"}


def test_the_command_refuses_a_file_that_is_none():
    done = CliRunner().invoke(cli, ["chain", "no_such_file.json"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "no_such_file.json" in done.stderr
