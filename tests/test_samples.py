"""Every sample portfolio opens, every methodology that covers it answers, and its text is true."""

import math
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from margin_core.analysis.comparison import compare
from margin_core.analysis.venues import by_venue, segregation
from margin_core.book.instruments import MarginType, Option, Style
from margin_core.book.portfolio import Balance
from margin_core.files import read, write
from margin_core.methodologies import METHODOLOGIES
from margin_core.risk.marks import marks
from tests.lines import readd

FOLDER = Path(__file__).parents[1] / "sample_portfolios"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@cache
def sample(name):
    return read((FOLDER / f"{name}.json").read_bytes(), name=name)


@cache
def compared(name):
    return compare(*sample(name), METHODOLOGIES)


def capital(name, methodology):
    """Return what a methodology asks to open the sample's account."""
    results = {result.methodology: result for result in compared(name).results}
    return results[methodology].capital_to_open


def refused_by(name):
    return {refusal.methodology for refusal in compared(name).not_covered}


def test_there_are_at_least_ten_samples_and_the_first_one_opened_is_the_collar():
    assert len(NAMES) >= 10
    assert "hedged_equity_collar" in NAMES
    assert len({sample(name)[0].name for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_has_a_plain_file_name_a_title_and_one_sentence(name):
    portfolio, _ = sample(name)
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name)
    assert portfolio.name
    assert portfolio.description.endswith(".")
    assert ". " not in portfolio.description


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_survives_being_written_and_read(name):
    portfolio, market = sample(name)
    assert read(write(portfolio, market)) == (portfolio, market)


@pytest.mark.parametrize("name", NAMES)
def test_every_methodology_that_covers_a_sample_explains_finite_figures(name):
    results = compared(name).results
    assert "scenario_pm" in {result.methodology for result in results}
    assert len({round(result.net_liquidation_value, 4) for result in results}) == 1
    for result in results:
        for line in (result.equity, result.initial, result.maintenance):
            assert math.isfinite(line.amount)
            assert readd(line) == pytest.approx(line.amount, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_the_scenario_margin_leaves_a_sample_in_good_standing(name):
    result = METHODOLOGIES["scenario_pm"](*sample(name))
    assert result.excess_initial > 0.0


@pytest.mark.parametrize("name", ["hedged_equity_collar", "protective_put"])
def test_reg_t_asks_more_than_portfolio_margin_for_a_hedged_stock(name):
    assert capital(name, "us_reg_t") > 2.0 * capital(name, "occ_tims")


def test_the_collar_holds_six_to_eight_positions_of_two_stocks():
    portfolio, _ = sample("hedged_equity_collar")
    assert 6 <= len(portfolio.positions) <= 8
    assert {position.underlying for position in portfolio.positions} == {"XYZ", "ABC"}


@pytest.mark.parametrize(
    ("name", "portfolio_margin", "reg_t"),
    [
        ("ibm_protective_put_2007", 37_538.0, 498_850.0),
        ("spx_synthetic_long_2007", 1_162_261.0, 2_393_385.0),
        ("spx_calls_against_spy_2007", 948_342.0, 7_048_400.0),
    ],
)
def test_the_examples_of_2007_give_the_published_figures_of_their_text(
    name, portfolio_margin, reg_t
):
    description = sample(name)[0].description
    assert f"{portfolio_margin:,.0f}" in description
    assert f"{reg_t:,.0f}" in description
    assert capital(name, "occ_tims") == pytest.approx(portfolio_margin, rel=0.01)
    assert capital(name, "us_reg_t") == pytest.approx(reg_t, rel=1e-6)


def test_the_strangle_on_a_cheap_stock_costs_more_under_portfolio_margin_than_under_reg_t():
    assert capital("short_strangle_cheap_stock", "occ_tims") == pytest.approx(200 * 37.50)
    worst = METHODOLOGIES["occ_tims"](*sample("short_strangle_cheap_stock")).worst_scenario
    assert -worst.pnl < 200 * 37.50
    assert capital("short_strangle_cheap_stock", "occ_tims") > capital(
        "short_strangle_cheap_stock", "us_reg_t"
    )


def test_the_covered_calls_lower_what_the_stock_needs_by_their_premium_under_reg_t():
    portfolio, market = sample("covered_call")
    premium = -marks(portfolio, market)[1].value
    assert capital("covered_call", "us_reg_t") == pytest.approx(0.5 * 250_000.0 - premium)


def test_the_protective_put_costs_a_little_more_than_the_way_down_to_the_strike():
    way_down = 5_000 * (50.0 - 47.5)
    assert way_down < capital("protective_put", "occ_tims") < 2.0 * way_down


def test_no_us_methodology_asks_for_more_than_one_side_of_the_condor():
    asked = [
        result.capital_to_open
        for result in compared("iron_condor").results
        if result.methodology in {"us_reg_t", "occ_tims", "scenario_pm"}
    ]
    assert max(asked) <= 10 * 100 * 100.0


def test_the_doubled_leg_costs_at_least_three_times_the_condor():
    plain, doubled = sample("iron_condor")[0], sample("iron_condor_doubled_leg")[0]
    changed = [(p, d) for p, d in zip(plain.positions, doubled.positions, strict=True) if p != d]
    assert [(d.quantity, d.instrument == p.instrument) for p, d in changed] == [(-20.0, True)]
    for result in compared("iron_condor").results:
        assert capital("iron_condor_doubled_leg", result.methodology) >= (
            3.0 * result.capital_to_open
        )


def test_the_box_costs_next_to_nothing_but_for_reg_t_that_asks_half_its_price():
    price = sum(mark.value for mark in marks(*sample("box")))
    assert capital("box", "occ_tims") < 0.01 * price
    assert capital("box", "us_reg_t") == pytest.approx(0.5 * price, rel=0.1)


def test_the_calendar_costs_its_premium_under_reg_t_and_more_under_the_scenarios():
    premium = sum(mark.value for mark in marks(*sample("calendar")))
    assert capital("calendar", "scenario_pm") > premium
    assert capital("calendar", "us_reg_t") == pytest.approx(premium)


def test_the_deep_call_before_the_dividend_is_worth_a_point_more_than_a_european_one():
    portfolio, market = sample("dividends_and_early_exercise")
    position = next(p for p in portfolio.positions if getattr(p.instrument, "strike", 0) == 60.0)
    european = replace(position, instrument=replace(position.instrument, style=Style.EUROPEAN))
    quote = next(q for q in market.instruments if q.instrument == position.instrument)
    quoted = replace(
        market,
        instruments=(*market.instruments, replace(quote, instrument=european.instrument)),
    )
    pair = replace(portfolio, positions=(position, european))
    american_price, european_price = (mark.price for mark in marks(pair, quoted))
    assert american_price - european_price == pytest.approx(1.05, abs=0.1)
    spot = market["XYZ"].spot
    assert american_price == pytest.approx(spot - 60.0, abs=0.2)


def test_the_index_book_nets_each_index_with_its_fund_and_offsets_the_two_in_part():
    portfolio, market = sample("index_product_groups")
    together = capital("index_product_groups", "occ_tims")
    apart = replace(
        portfolio, underlyings=tuple(replace(u, product_group=None) for u in portfolio.underlyings)
    )
    loose = replace(
        apart, underlyings=tuple(replace(u, class_group=None) for u in apart.underlyings)
    )
    tims = METHODOLOGIES["occ_tims"]
    assert together < tims(apart, market).capital_to_open < tims(loose, market).capital_to_open


def test_the_volatility_book_has_forty_positions_short_near_and_long_far():
    portfolio, market = sample("volatility_book")
    assert len(portfolio.positions) == 40
    options = [p for p in portfolio.positions if isinstance(p.instrument, Option)]
    expiries = sorted({p.instrument.expiry for p in options})
    assert len(expiries) == 4
    at_the_money = {
        e: sum(
            p.quantity
            for p in options
            if p.instrument.expiry == e and abs(p.instrument.strike / market["XYZ"].spot - 1) < 0.08
        )
        for e in expiries
    }
    assert [quantity < 0.0 for quantity in at_the_money.values()] == [True, True, False, False]


def test_coins_and_hedge_together_need_about_a_quarter_of_the_hedge_against_cash():
    portfolio, market = sample("btc_hedged_with_calls_and_perpetual")
    coins = next(b for b in portfolio.balances if b.asset == "BTC")
    cash = Balance("USD", coins.amount * market["BTC"].spot)
    against_cash = METHODOLOGIES["scenario_pm"](replace(portfolio, balances=(cash,)), market)
    asked = capital("btc_hedged_with_calls_and_perpetual", "scenario_pm")
    assert asked == pytest.approx(0.25 * against_cash.initial.amount, rel=0.1)


def test_the_coin_settled_book_is_hurt_by_a_fall_and_pays_in_coin():
    portfolio, market = sample("inverse_crypto_book")
    assert all(p.instrument.margin_type is MarginType.INVERSE for p in portfolio.positions)
    worst = METHODOLOGIES["scenario_pm"](portfolio, market).worst_scenario
    assert all(spot < 0.0 for _, spot, _ in worst.moves)


def test_cash_and_carry_is_left_with_the_basis():
    result = METHODOLOGIES["scenario_pm"](*sample("cash_and_carry"))
    spot = sample("cash_and_carry")[1]["BTC"].spot
    assert result.initial.amount < 0.03 * 3 * spot
    assert -result.worst_scenario.pnl < 0.005 * 3 * spot


def test_one_of_the_perpetuals_is_isolated():
    portfolio, _ = sample("perpetuals_with_leverage")
    assert [p.isolated_margin is not None for p in portfolio.positions] == [False, False, True]


def test_neither_us_rule_books_nor_coin_venues_cover_shares_and_coins_in_one_account():
    general = {"scenario_pm", "cme_span"}
    assert refused_by("shares_and_coins") == METHODOLOGIES.keys() - general
    result = METHODOLOGIES["scenario_pm"](*sample("shares_and_coins"))
    assert {outcome.group for outcome in result.worst_by_group} == {"XYZ", "IDX", "ETH, BTC"}
    worst = -sum(outcome.pnl for outcome in result.worst_by_group)
    assert result.initial.amount == pytest.approx(worst, rel=0.05)


def test_the_recorded_quotes_imply_about_the_volatilities_that_were_published_with_them():
    # Deribit, public/get_book_summary_by_currency, 2025-01-17: mark_iv off each option's forward;
    # ours are implied from prices turned into dollars at the index, 1 to 3 % above those forwards
    implied = [mark.volatility for mark in marks(*sample("deribit_quotes_2025"))]
    assert implied == pytest.approx([0.6013, 0.6086, 0.7414], abs=0.02)


def test_the_recorded_quotes_cost_less_together_than_alone():
    together = capital("deribit_quotes_2025", "deribit_pm")
    assert together < 0.5 * capital("deribit_quotes_2025", "deribit_sm")


def test_a_hedge_on_two_venues_costs_more_than_in_one_account_and_leaves_one_short():
    portfolio, market = sample("two_venues")
    rules = METHODOLOGIES["deribit_pm"]
    apart = segregation(portfolio, market, dict.fromkeys(by_venue(portfolio), rules), rules)
    assert apart.cost > 0.5 * apart.unified_capital
    (move,) = apart.transfers
    assert not apart.uncured
    assert (move.source, move.target) == ("deribit", "bybit")


def test_the_covered_call_vault_ties_up_every_coin_for_a_risk_of_little_more_than_one():
    portfolio, market = sample("covered_call_vault")
    spot, premium = market["BTC"].spot, -marks(portfolio, market)[0].value
    full = capital("covered_call_vault", "full_collateral")
    assert full == pytest.approx(10 * spot - premium)
    assert spot < capital("covered_call_vault", "scenario_pm") < 1.5 * spot


def test_the_put_vault_ties_up_every_strike_for_a_sixth_of_their_risk():
    full = capital("cash_secured_put_vault", "full_collateral")
    assert full == pytest.approx(100 * 2700.0 + marks(*sample("cash_secured_put_vault"))[0].value)
    assert capital("cash_secured_put_vault", "scenario_pm") == pytest.approx(full / 6, rel=0.05)


def test_hedges_of_liquidity_halve_its_net_risk_and_raise_its_full_collateral():
    portfolio, market = sample("hedged_liquidity")
    alone = replace(portfolio, positions=portfolio.positions[:1])
    net, full = METHODOLOGIES["scenario_pm"], METHODOLOGIES["full_collateral"]
    halved = 0.5 * net(alone, market).capital_to_open
    assert capital("hedged_liquidity", "scenario_pm") == pytest.approx(halved, rel=0.05)
    assert capital("hedged_liquidity", "full_collateral") > full(alone, market).capital_to_open
