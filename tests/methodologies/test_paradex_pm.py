"""Paradex's portfolio margin: published figures, a slow second implementation, the rule's edges.

Figures named as the engine's are those of ``compute_pm`` in paradex-py 0.8.2, which mirrors the
venue's calculator; its normal distribution is an approximation, hence the tolerance of 1e-5.
"""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import (
    AssetClass,
    Future,
    MarginType,
    Option,
    Perpetual,
    Right,
    Settlement,
    Stock,
    Style,
    Underlying,
)
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.errors import MarketDataError, NotCoveredError, ParameterError
from margin_core.margin.parameters import NOT_PUBLISHED, Table, overridden
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.paradex_pm import METHODOLOGY
from margin_core.methodologies.paradex_pm import PUBLISHED as RETAIL
from margin_core.methodologies.paradex_pm.terms import asset, listed
from margin_core.risk.marks import marks
from tests.lines import named
from tests.methodologies.derive_accounts import accounts

NOW = datetime(2026, 10, 8, 7, 50, tzinfo=UTC)
ENGINE = 1e-5
PRO = METHODOLOGY.profiles["paradex_pro"]  # with fees, as the engine has them
FEES = {"perpetual_taker_fee": 0.00045, "option_taker_fee": 0.0001}
SEPTEMBER, SPRING, FIRST = (
    replace(METHODOLOGY.profiles[name], **FEES)
    for name in ("september_2026", "spring_2026", "first_version")
)
FREE = {"perpetual_taker_fee": 0.0, "option_taker_fee": 0.0}


def option(right, strike, days, quantity, symbol="BTC"):
    expiry = NOW + timedelta(days=days)
    return Position(Option(symbol, Right(right), float(strike), expiry), float(quantity))


def perpetual(quantity, funding=0.0, symbol="BTC", **facts):
    return Position(Perpetual(symbol), float(quantity), funding_rate=funding, **facts)


def margin(*positions, spot=70_000.0, vols=(), prices=(), balances=(), p=PRO, rate=0.0, at=NOW):
    """Return the margin of positions, volatilities and prices given in their order."""
    symbols = dict.fromkeys(position.underlying for position in positions)
    quoted = [
        InstrumentQuote(
            position.instrument,
            dict(prices).get(i),
            volatility=vols[i] if i < len(vols) else None,
        )
        for i, position in enumerate(positions)
    ]
    coins = tuple(Underlying(symbol, AssetClass.CRYPTO) for symbol in symbols or ("BTC",))
    quotes = tuple(Quote(coin.symbol, spot, rate=rate, volatility=0.5) for coin in coins)
    known = tuple(q for q in quoted if q.price is not None or q.volatility is not None)
    market = Market(at, quotes, known, (("USDC", 1.0), ("DOGE", 0.2)))
    held = tuple(Balance(*balance) for balance in balances)
    return METHODOLOGY(Portfolio(tuple(positions), held, coins), market, p)


def line(tree, label):
    """Return the first line of a tree that has ``label``."""
    found = named(tree, label)
    assert found is not None, label
    return found


def requirement(result):
    return result.initial.amount, result.maintenance.amount


# --- published figures ------------------------------------------------------------------------


def of_delta(quantity, delta, spot, days=30.0, vol=0.5):
    """Return a position in calls with the given delta at a rate of zero."""
    deviation = vol * math.sqrt(days / 365.0)
    distance = NormalDist().inv_cdf(delta) * deviation - deviation**2 / 2.0
    return option("call", spot * math.exp(-distance), days, quantity)


@pytest.mark.parametrize(("p", "expected"), [(PRO, 140.0), (SEPTEMBER, 1400.0)])
def test_the_minimum_on_delta_is_that_of_the_page_s_example(p, expected):
    # Portfolio Margin, Example calculation: one perpetual, five calls of delta 0.3 sold
    result = margin(perpetual(1.0), of_delta(-5.0, 0.3, 70_000.0), p=p)
    floor = line(result.initial, "BTC, minimum delta requirement")
    assert floor.amount == pytest.approx(expected, rel=1e-12)
    assert line(floor, "BTC, hedged delta at spot").amount == pytest.approx(70_000.0, rel=1e-12)


@pytest.mark.parametrize("p", [SPRING, FIRST])
def test_the_earlier_pages_give_the_same_example_at_two_and_one_percent(p):
    result = margin(perpetual(1.0), of_delta(-5.0, 0.3, 70_000.0), p=p)
    floor = line(result.initial, "BTC, minimum delta requirement")
    assert floor.amount == pytest.approx(1400.0, rel=1e-12)


def test_scenarios_are_the_page_s_in_its_order():
    near = asset("NEAR", PRO).scenarios
    up, down = 0.64, -0.352
    assert list(zip(near.spot_moves, near.vol_moves, near.weights, strict=True)) == [
        *((0.32, up, 1.0), (0.24, up, 1.0), (0.24, down, 1.0), (0.16, up, 1.0), (0.16, down, 1.0)),
        *((0.08, up, 1.0), (0.08, down, 1.0), (0.0, up, 1.0), (0.0, down, 1.0)),
        *((-0.08, up, 1.0), (-0.08, down, 1.0), (-0.16, up, 1.0), (-0.16, down, 1.0)),
        *((-0.24, up, 1.0), (-0.24, down, 1.0), (-0.32, up, 1.0)),
        *((-0.66, up, 0.2424), (-0.33, up, 0.4848), (0.5, up, 0.32), (1.0, up, 0.16)),
        *((2.0, up, 0.04), (3.0, up, 0.0178), (4.0, up, 0.01), (5.0, up, 0.0064)),
    ]


def test_every_asset_of_the_page_has_24_scenarios_and_its_tails_stay_below_the_ladder():
    assert listed(PRO) == (
        *("BTC", "ETH", "HYPE", "NEAR", "SOL", "ZEC", "US500", "US100", "XAU"),
        *("CL", "META", "SPCX", "MU", "MSTR"),
    )
    for name in listed(PRO):
        terms = asset(name, PRO)
        assert len(terms.scenarios) == 24
        moves, weights = terms.scenarios.spot_moves, terms.scenarios.weights
        # the ladder's reach times the weight of the page: 0.14 / 0.66 x 1/2, 0.14 / 0.33 x 1/2 ...
        reach = [abs(move) * weight / moves[0] for move, weight in zip(moves, weights, strict=True)]
        assert reach[16:20] == pytest.approx([0.5, 0.5, 0.5, 0.5], rel=0.012)
        assert terms.unhedged == pytest.approx(2.0 * terms.hedged)


@pytest.mark.parametrize(
    ("p", "names"),
    [
        (SEPTEMBER, ("BTC", "ETH", "HYPE", "SOL", "ZEC", "US500")),
        (SPRING, ("BTC", "ETH", "HYPE")),
        (FIRST, ("BTC",)),
    ],
)
def test_a_profile_lists_the_assets_of_its_page(p, names):
    assert listed(p) == names


def test_the_client_library_s_own_account_loses_most_as_volatility_falls():
    # tests/margin/test_margin.py of paradex-py: marks of 22 April 2026, no fees, no rates
    call = Option("BTC", Right.CALL, 78_000.0, datetime(2026, 5, 8, 8, tzinfo=UTC))
    result = margin(
        perpetual(-0.0005, funding=-0.00017403),
        Position(call, 0.001),
        spot=77_939.768,
        vols=(None, 0.42746687),
        prices=((0, 77_888.84), (1, 2455.661)),
        balances=[("USDC", 10.25)],
        p=replace(SPRING, **FREE),
        at=datetime(2026, 4, 22, tzinfo=UTC),
    )
    assert result.worst_scenario.label == "spot unchanged, vol −22 %"
    assert requirement(result) == pytest.approx(
        (0.4226685153516464, 0.2147252221320832), rel=3e-5
    )  # the engine's
    assert line(result.initial, "BTC, funding provision").amount == pytest.approx(0.00678192891252)


STRANGLE = (
    option("call", 80_000, 14, -2),
    option("put", 60_000, 14, -2),
    perpetual(0.5, funding=1e-4),
)
STRANGLE_MARKET = {"vols": (0.6, 0.7), "prices": ((2, 70_050.0),)}


@pytest.mark.parametrize(
    ("p", "worst", "expected"),
    [
        (PRO, "spot −14 %, vol +40 %", (12887.055992932617, 6467.158621466308)),
        (SPRING, "spot −66 %, vol +40 %, 18 % of it", (16829.63973975816, 8438.45049487908)),
    ],
)
def test_a_strangle_sold_is_margined_as_the_engine_does(p, worst, expected):
    result = margin(*STRANGLE, **STRANGLE_MARKET, p=p)
    assert result.worst_scenario.label == worst
    assert requirement(result) == pytest.approx(expected, rel=ENGINE)
    assert line(result.initial, "BTC, fee provision").amount == pytest.approx(43.76125, rel=1e-12)
    assert line(result.initial, "BTC, funding provision").amount == pytest.approx(3.5, rel=1e-12)


def test_a_spread_past_thirty_days_with_a_rate_is_margined_as_the_engine_does():
    result = margin(
        option("call", 3000, 60, 10, "ETH"),
        option("call", 3500, 60, -10, "ETH"),
        spot=3000.0,
        vols=(0.5, 0.55),
        prices=((0, 260.0),),
        rate=0.05,
    )
    assert requirement(result) == pytest.approx((1038.6360973636242, 522.3180486818121), rel=ENGINE)


def test_puts_and_a_perpetual_on_a_share_are_margined_as_the_engine_does():
    result = margin(
        option("put", 800, 20, -3, "MU"),
        perpetual(-2, funding=-3e-4, symbol="MU"),
        spot=900.0,
        vols=(0.9,),
        prices=((1, 899.0),),
    )
    assert requirement(result) == pytest.approx((1025.9920500633818, 513.805575031691), rel=ENGINE)


def test_a_volatility_shocked_up_is_at_least_the_floor():
    # the engine takes Min Vol Shock Up as a floor under the volatility, not under the shock
    result = margin(option("call", 70_000, 10, -1), vols=(0.05,))
    assert requirement(result) == pytest.approx((9620.301502321541, 4813.650751160771), rel=ENGINE)
    floored = result.worst_scenario.pnl
    bare = margin(
        option("call", 70_000, 10, -1),
        vols=(0.05,),
        p=overridden(PRO, {"min_vol_shock_up.BTC": "0"}, "paradex_pm"),
    )
    assert bare.worst_scenario.pnl > floored


def test_in_the_settlement_average_only_the_open_part_counts():
    # 15 of the 30 minutes are left: test_live_frac_inside_twap_window of paradex-py, one half
    result = margin(option("call", 70_000, 15 / 1440, -1), vols=(0.4,))
    assert requirement(result) == pytest.approx((4877.162943950541, 2442.0814719752707), rel=ENGINE)


def test_a_book_without_risk_still_pays_for_its_delta():
    # a synthetic future against a perpetual: nothing to scan, one unit of delta each way
    result = margin(
        option("call", 70_000, 20, 1),
        option("put", 70_000, 20, -1),
        perpetual(-1, funding=3e-4),
        vols=(0.5, 0.5),
    )
    assert requirement(result) == pytest.approx((115.5, 80.5), rel=1e-12)  # the engine's
    assert line(result.initial, "BTC, SCAN risk").amount == pytest.approx(0.0, abs=1e-6)


def test_funding_is_provided_for_as_the_mechanism_s_example_pays_it():
    # Funding Mechanism, Example: half a coin at 60,000 and 0.03 % pays 9 in eight hours
    result = margin(perpetual(0.5, funding=3e-4), spot=60_000.0)
    assert line(result.initial, "BTC, funding provision").amount == pytest.approx(9.0, rel=1e-12)
    assert line(result.maintenance, "BTC, funding provision").amount == pytest.approx(9.0)
    received = margin(perpetual(-0.5, funding=3e-4), spot=60_000.0)
    assert named(received.initial, "BTC, funding provision") is None


def test_retail_accounts_pay_no_fee_and_those_of_the_interface_do():
    assert replace(RETAIL, **FEES) == PRO
    assert named(margin(perpetual(1.0), p=RETAIL).initial, "BTC, fee provision") is None
    fee = line(margin(perpetual(1.0), p=PRO).initial, "BTC, fee provision").amount
    assert fee == pytest.approx(0.00045 * 70_000.0)


def test_the_first_version_provides_for_fees_alone():
    result = margin(perpetual(0.5, funding=3e-4), spot=60_000.0, p=FIRST)
    assert requirement(result) == pytest.approx((4800.0 + 13.5, 2400.0 + 13.5), rel=1e-12)


def test_fees_are_those_of_the_client_library_s_tests():
    # test_fee_provision_perp and test_fee_provision_option_capped, at 0.03 %
    p = replace(PRO, perpetual_taker_fee=3e-4, option_taker_fee=3e-4)
    result = margin(perpetual(0.01), spot=80_000.0, p=p)
    assert line(result.initial, "BTC, fee provision").amount == pytest.approx(0.24, rel=1e-12)
    result = margin(
        option("call", 78_000, 16, 0.001), spot=77_939.768, prices=((0, 2455.661),), p=p
    )
    fee = line(result.initial, "BTC, fee provision").amount
    assert fee == pytest.approx(3e-4 * 77_939.768 * 0.001, rel=1e-12)
    cheap = margin(option("call", 78_000, 16, 0.001), spot=77_939.768, prices=((0, 20.0),), p=p)
    fee = line(cheap.initial, "BTC, fee provision").amount
    assert fee == pytest.approx(0.125 * 20.0 * 0.001, rel=1e-12)


def test_equity_is_the_account_value_of_the_liquidation_example():
    # Liquidations, Example: 1,000 USDC, a long that lost 520 and a short that lost 400
    coins = (Underlying("BTC", AssetClass.CRYPTO), Underlying("ETH", AssetClass.CRYPTO))
    held = (
        Position(Perpetual("BTC"), 0.1, 60_000.0, funding_rate=0.0),
        Position(Perpetual("ETH"), -1.0, 3_000.0, funding_rate=0.0),
    )
    quotes = (Quote("BTC", 54_800.0), Quote("ETH", 3_400.0))
    market = Market(NOW, quotes, (), (("USDC", 1.0),))
    result = METHODOLOGY(Portfolio(held, (Balance("USDC", 1000.0),), coins), market)
    assert result.equity.amount == pytest.approx(80.0, rel=1e-12)
    assert result.net_liquidation_value == pytest.approx(80.0, rel=1e-12)


# --- a second implementation ------------------------------------------------------------------

NORMAL = NormalDist()
TABLES = {  # copied from the page once more: ladder, tails, vol up and down, floor, factors
    "BTC": ((14, 10.5, 7, 3.5), (10.61, 21.21, 14, 7, 1.75, 0.78, 0.44, 0.28)),
    "ETH": ((16, 12, 8, 4), (12.12, 24.24, 16, 8, 2, 0.89, 0.5, 0.32)),
}
TAILS = (-66, -33, 50, 100, 200, 300, 400, 500)


def black_scholes(market, contract, spot_ratio, vol):
    """Return (value, delta in units of spot) of an option on the forward times ``spot_ratio``."""
    years = (contract.expiry - market.valuation_time).total_seconds() / (365 * 86400)
    quote = market[contract.underlying]
    forward = market.forward(contract.underlying, contract.expiry) if years else quote.spot
    discount = math.exp(-quote.rate_to(contract.expiry) * years)
    moved = forward * spot_ratio
    sign = 1.0 if contract.right is Right.CALL else -1.0
    if years == 0.0:
        step = 0.5 if moved == contract.strike else float(sign * (moved - contract.strike) > 0.0)
        return max(sign * (moved - contract.strike), 0.0), sign * step * forward / quote.spot
    deviation = vol * math.sqrt(years)
    d1 = math.log(moved / contract.strike) / deviation + deviation / 2.0
    first, second = NORMAL.cdf(sign * d1), NORMAL.cdf(sign * (d1 - deviation))
    value = discount * sign * (moved * first - contract.strike * second)
    return value, sign * discount * first * forward / quote.spot


def slow(portfolio, market):
    """Return initial and maintenance margin, one number at a time."""
    initial = maintenance = 0.0
    held = marks(portfolio, market)
    for symbol in {mark.position.underlying for mark in held}:
        mine = [mark for mark in held if mark.position.underlying == symbol]
        spot = market[symbol].spot
        net = max(slow_scan(symbol, mine, market), slow_delta(mine, spot, market))
        provisions = slow_provisions(mine, spot)
        initial += net + provisions
        maintenance += 0.5 * net + provisions
    return initial, maintenance


def slow_scan(symbol, mine, market):
    ladder, tails = TABLES[symbol]
    cells = [(0.0, 40.0, 100.0), (0.0, -22.0, 100.0)]
    for number, step in enumerate(ladder):
        for move in (step, -step):
            cells.append((move, 40.0, 100.0))
            if number:
                cells.append((move, -22.0, 100.0))
    cells += [(move, 40.0, weight) for move, weight in zip(TAILS, tails, strict=True)]
    return max(0.0, *(-slow_pnl(mine, market, *cell) for cell in cells))


def slow_pnl(mine, market, move, shock, weight):
    pnl = 0.0
    for mark in mine:
        contract, units = mark.position.instrument, mark.position.units
        if isinstance(contract, Perpetual):
            pnl += units * mark.price * move / 100.0
            continue
        days = (contract.expiry - market.valuation_time).total_seconds() / 86400
        power = 0.3 if days < 30 else 0.13
        vol = mark.volatility * (1.0 + shock / 100.0 * (30.0 / max(1.0, days)) ** power)
        vol = max(vol, 0.4) if shock > 0.0 else vol
        value, _ = black_scholes(market, contract, 1.0 + move / 100.0, vol)
        pnl += units * (value - mark.price) * min(days * 1440 / 30, 1.0)
    return pnl * weight / 100.0


def slow_delta(mine, spot, market):
    by_market = {}
    for mark in mine:
        contract = mark.position.instrument
        delta = mark.price / spot
        if isinstance(contract, Option):
            _, delta = black_scholes(market, contract, 1.0, mark.volatility)
        by_market[contract] = by_market.get(contract, 0.0) + mark.position.units * delta
    net, gross = abs(sum(by_market.values())), sum(map(abs, by_market.values()))
    return (0.002 * net + 0.001 * (gross - net) / 2.0) * spot


def slow_provisions(mine, spot):
    funding, sizes, prices = 0.0, {}, {}
    for mark in mine:
        contract, units = mark.position.instrument, mark.position.units
        funding += units * spot * (mark.position.funding_rate or 0.0)
        sizes[contract] = sizes.get(contract, 0.0) + units
        prices[contract] = mark.price
    fees = sum(
        abs(size) * min(0.0001 * spot, 0.125 * prices[contract])
        if isinstance(contract, Option)
        else abs(size) * 0.00045 * prices[contract]
        for contract, size in sizes.items()
    )
    return max(funding, 0.0) + fees


def at_rates(portfolio, rate):
    """Return the account with every perpetual at a funding rate."""
    positions = tuple(
        replace(held, funding_rate=rate) if isinstance(held.instrument, Perpetual) else held
        for held in portfolio.positions
    )
    return replace(portfolio, positions=positions)


@settings(max_examples=50, deadline=None)
@given(accounts(symbols=("BTC", "ETH")), st.floats(-0.001, 0.001))
def test_requirements_are_those_of_a_slow_implementation(drawn, rate):
    portfolio, market = at_rates(drawn[0], rate), drawn[1]
    result = METHODOLOGY(portfolio, market, PRO)
    initial, maintenance = slow(portfolio, market)
    assert result.initial.amount == pytest.approx(initial, rel=1e-9, abs=1e-5)
    assert result.maintenance.amount == pytest.approx(maintenance, rel=1e-9, abs=1e-5)


# --- properties -------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(accounts(symbols=("BTC", "ETH")), st.sampled_from((0.25, 2.0, 10.0)))
def test_requirements_grow_with_the_size_of_the_account(drawn, times):
    portfolio, market = drawn
    larger = replace(
        portfolio,
        positions=tuple(replace(p, quantity=p.quantity * times) for p in portfolio.positions),
    )
    result, grown = METHODOLOGY(portfolio, market), METHODOLOGY(larger, market)
    assert grown.initial.amount == pytest.approx(times * result.initial.amount, abs=1e-5)
    assert grown.maintenance.amount == pytest.approx(times * result.maintenance.amount, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(accounts())
def test_scan_risk_is_the_largest_weighted_loss_and_maintenance_is_at_most_initial(drawn):
    result = METHODOLOGY(*drawn)
    assert result.maintenance.amount <= result.initial.amount + 1e-9
    if not result.scenarios:
        return
    losses = [-outcome.pnl for outcome in result.scenarios]
    scan = line(result.initial, "BTC, SCAN risk").amount
    assert scan == pytest.approx(max(0.0, *losses), rel=1e-9, abs=1e-6)
    for outcome in result.scenarios:
        assert sum(pnl for _, pnl in outcome.pnl_by_position) == pytest.approx(outcome.pnl)


@settings(max_examples=30, deadline=None)
@given(accounts())
def test_two_accounts_are_never_margined_below_one(drawn):
    portfolio, market = drawn
    parts = [
        replace(portfolio, positions=portfolio.positions[:2]),
        replace(portfolio, positions=portfolio.positions[2:]),
    ]
    apart = sum(METHODOLOGY(part, market).initial.amount for part in parts)
    assert METHODOLOGY(portfolio, market).initial.amount <= apart + 1e-5


def test_a_hedge_lowers_scan_risk():
    bare = margin(option("call", 70_000, 20, -1), p=replace(PRO, **FREE))
    hedged = margin(option("call", 70_000, 20, -1), perpetual(0.5), p=replace(PRO, **FREE))
    spread = margin(
        option("call", 70_000, 20, -1),
        option("call", 72_000, 20, 1),
        p=replace(PRO, **FREE),
    )
    assert spread.initial.amount < hedged.initial.amount < bare.initial.amount


def test_positions_in_one_market_are_one_position():
    whole = margin(perpetual(3.0, funding=1e-4), option("call", 70_000, 20, -2))
    whole_call = option("call", 70_000, 20, -2).instrument
    split = margin(
        perpetual(5.0, funding=1e-4),
        Position(Perpetual("BTC", quote_currency="USDC"), -2.0, funding_rate=1e-4),
        Position(replace(whole_call, multiplier=0.5), -6.0),
        option("call", 70_000, 20, 1),
    )
    assert requirement(split) == pytest.approx(requirement(whole), rel=1e-12)


def test_underlyings_add_and_the_largest_comes_first():
    coins = margin(perpetual(1.0), perpetual(-1.0, symbol="ETH"), spot=1000.0)
    apart = [
        margin(perpetual(1.0), spot=1000.0),
        margin(perpetual(-1.0, symbol="ETH"), spot=1000.0),
    ]
    assert coins.initial.amount == pytest.approx(sum(r.initial.amount for r in apart))
    assert [outcome.group for outcome in coins.worst_by_group] == ["ETH", "BTC"]
    assert len(coins.scenarios) == 48
    assert any("nothing is published on offsets" in warning for warning in coins.warnings)


# --- the rule's edges -------------------------------------------------------------------------


def test_what_the_binding_scenario_costs_can_be_followed_to_the_positions():
    result = margin(*STRANGLE, **STRANGLE_MARKET, p=SPRING)
    opened = line(result.initial, "spot −66 %, vol +40 %, 18 % of it")
    assert opened.factor == 0.18
    (before,) = opened.parts
    assert [leaf.label for leaf in before.parts] == [p.label for p in STRANGLE]
    counted = dict(result.worst_scenario.pnl_by_position)
    for leaf in before.parts:
        assert counted[leaf.label] == pytest.approx(-0.18 * leaf.amount)
    assert result.worst_scenario.moves == (("BTC", -0.66, 0.4),)


def test_an_expired_option_has_nothing_left_to_lose():
    result = margin(option("call", 60_000, 0, 1), p=replace(PRO, **FREE))
    assert line(result.initial, "BTC, SCAN risk").amount == 0.0
    assert result.initial.amount == pytest.approx(0.002 * 70_000.0)


def test_only_dollars_and_usdc_are_collateral():
    result = margin(perpetual(1.0), balances=[("USDC", 1e4), ("USD", 1e3), ("DOGE", 50.0)])
    assert result.equity.amount == pytest.approx(11_000.0)
    assert result.collateral_not_counted == pytest.approx(10.0)
    assert "+50 DOGE is not taken as collateral here" in result.warnings


def test_usdc_counts_at_its_price_and_a_haircut_of_its_own_replaces_the_rule():
    coins = (Underlying("BTC", AssetClass.CRYPTO),)
    haircut = Haircut(0.5, 0.6)
    held = (Balance("USDC", 1000.0), Balance("BTC", 1.0, haircut))
    market = Market(NOW, (Quote("BTC", 100.0),), (), (("USDC", 0.9),))
    result = METHODOLOGY(Portfolio((), held, coins), market)
    assert result.equity.amount == pytest.approx(900.0 + 50.0)
    assert result.initial.amount == pytest.approx(10.0)
    assert result.maintenance.amount == 0.0


def test_a_long_option_counts_at_its_mark():
    result = margin(
        option("call", 70_000, 20, 1), prices=((0, 3000.0),), balances=[("USDC", 500.0)]
    )
    assert result.equity.amount == pytest.approx(3500.0)
    assert line(result.equity, "Options at their marks").amount == pytest.approx(3000.0)


def test_a_volatility_that_the_shock_takes_below_zero_is_taken_at_zero():
    sold, soon = option("put", 400, 5, 1, "ZEC"), option("put", 400, 2, 1, "ZEC")
    calm = margin(sold, spot=500.0, vols=(1.0,), p=RETAIL)
    assert not calm.warnings
    result = margin(soon, spot=500.0, vols=(1.0,), p=RETAIL)
    (warning,) = result.warnings
    assert warning.startswith(f"{soon.label}: so near to expiry the shock takes volatility below")
    down = {outcome.moves[0][1:]: outcome.pnl for outcome in result.scenarios}
    value = marks_of(soon, 500.0, 1.0)
    assert down[-0.42, -0.528] == pytest.approx(400.0 - 500.0 * 0.58 - value, rel=1e-9)


def marks_of(position, spot, vol):
    market = Market(NOW, (Quote(position.underlying, spot, volatility=vol),))
    value, _ = black_scholes(market, position.instrument, 1.0, vol)
    return value


def test_what_is_assumed_of_perpetuals_is_said():
    result = margin(Position(Perpetual("BTC"), 1.0, isolated_margin=100.0), p=RETAIL)
    assert result.warnings == (
        "+1 BTC perpetual: no funding rate is given, none is provided for",
        "+1 BTC perpetual: portfolio margin isolates nothing, it is margined in full",
    )
    first = METHODOLOGY.profiles["first_version"]
    unprovided = margin(Position(Perpetual("BTC"), 1.0), p=first)
    assert unprovided.warnings == ("Parameters are those of the profile 'first_version'.",)


def test_an_unlisted_underlying_is_covered_where_an_asset_is_named_for_it():
    assert PRO.unlisted_as == NOT_PUBLISHED
    with pytest.raises(NotCoveredError, match="no scenarios of its underlying published") as raised:
        margin(perpetual(1.0, symbol="DOGE"), spot=1.0)
    assert "-p paradex_pm.unlisted_as=BTC" in raised.value.fault.remedy
    p = overridden(PRO, {"unlisted_as": "ZEC"}, "paradex_pm")
    result = margin(perpetual(1.0, symbol="DOGE"), spot=1.0, p=p)
    assert result.initial.amount == pytest.approx(0.56 + 0.00045)
    assert result.warnings[0] == "DOGE has no tables here; those of ZEC are taken, as asked"


EXPIRY = NOW + timedelta(days=20)


@pytest.mark.parametrize(
    ("instrument", "why"),
    [
        (Stock("BTC"), "neither an option nor a perpetual"),
        (Future("BTC", EXPIRY), "neither an option nor a perpetual"),
        (Perpetual("BTC", margin_type=MarginType.INVERSE), "settled in coin"),
        (Perpetual("BTC", quote_currency="EUR"), "quoted in EUR"),
        (Option("BTC", Right.CALL, 1.0, EXPIRY, Style.AMERICAN), "an American option"),
        (Option("BTC", Right.CALL, 1.0, EXPIRY, otc=True), "not a listed option"),
        (
            Option("BTC", Right.CALL, 1.0, EXPIRY, settlement=Settlement.PHYSICAL),
            "an option that delivers",
        ),
        (Option("BTC", Right.CALL, 1.0, EXPIRY, margin_type=MarginType.INVERSE), "settled in coin"),
    ],
)
def test_what_paradex_does_not_list_is_not_covered(instrument, why):
    position = Position(instrument, 1.0)
    with pytest.raises(NotCoveredError) as raised:
        margin(position)
    assert raised.value.fault.what == f"{position.label}: {why}"


def test_debts_in_coin_and_other_reporting_currencies_are_not_covered():
    with pytest.raises(NotCoveredError, match="-1 DOGE: a debt"):
        margin(balances=[("DOGE", -1.0)])
    with pytest.raises(NotCoveredError, match="EUR"):
        METHODOLOGY(Portfolio(currency="EUR"), Market(NOW))


def test_a_balance_without_a_price_is_refused():
    with pytest.raises(MarketDataError, match="no price for XYZ"):
        margin(balances=[("XYZ", 1.0)])


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"standard_spot_shocks": (0.1, "a")}, "is no list of numbers"),
        ({"standard_spot_shocks": (-0.1,)}, "is no list of numbers"),
        ({"tail_weights": (math.nan,) * 8}, "is no list of numbers"),
        ({"standard_spot_shocks": ()}, "0 standard shocks and 8 tail weights"),
        ({"tail_weights": (0.1,)}, "4 standard shocks and 1 tail weights"),
        ({"standard_spot_shocks": (1.0, 0.5)}, "leaves no price"),
    ],
)
def test_faulty_tables_are_named(changes, what):
    tables = {name: Table((("BTC", value),)) for name, value in changes.items()}
    with pytest.raises(ParameterError, match=what) as raised:
        margin(perpetual(1.0), p=replace(PRO, **tables))
    assert "paradex_pm." in raised.value.fault.where


def test_a_table_of_the_user_s_own_is_taken_and_named():
    p = overridden(PRO, {"standard_spot_shocks.BTC": "[0.3, 0.1]"}, "paradex_pm")
    result = margin(perpetual(1.0), p=p)
    assert len(result.scenarios) == 8 + 8
    assert result.worst_scenario.pnl == pytest.approx(-0.3 * 70_000.0)
    assert any("standard_spot_shocks.BTC" in warning for warning in result.warnings)
