"""The pairing is the cheapest: against brute force on small books, and by its properties."""

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.book.instruments import AssetClass, Style, Underlying
from margin_core.methodologies.us_reg_t import margin, pairings, simple_pairing
from margin_core.methodologies.us_reg_t.account import DEPOSIT, named
from tests.lines import readd
from tests.methodologies.us_reg_t.accounts import PROVEN, SPX, XYZ, account, leg, stock

SPOT = 100.0
EXPIRIES = (30, 60)
LONG_DATED = (60, 400)
NINE_MONTHS = 273  # days, from the date of these accounts
EXAMPLES = settings(max_examples=40)
LESS = 1e-4  # of rounding


def price_of(right, strike, days):
    """Return a plausible price, on a cent: intrinsic and a time value that falls away from spot."""
    gain = SPOT - strike if right == "call" else strike - SPOT
    return round(max(gain, 0.0) + 4.0 * 0.9 ** (abs(gain) / 2) * (days / 30) ** 0.5, 2)


STRIKES = (85.0, 90.0, 95.0, 100.0, 105.0, 110.0)
SEEDS = (  # what random contracts seldom make
    (),
    (),
    ((1, "stock"), (1, "put", 95.0, 60), (-1, "call", 105.0, 60)),
    ((1, "stock"), (1, "put", 95.0, 60), (-1, "call", 105.0, 30)),
    ((1, "stock"), (1, "put", 100.0, 60), (-1, "call", 100.0, 60)),
    ((-1, "stock"), (1, "call", 95.0, 60), (-1, "put", 95.0, 60)),
    ((-1, "stock"), (1, "call", 105.0, 60), (-1, "put", 105.0, 30)),
)
TWO_SPREADS = (  # one spread pairwise, two by the nearest long option
    (-1, "call", 100.0, 30),
    (1, "call", 105.0, 30),
    (-1, "put", 100.0, 60),
    (1, "put", 95.0, 60),
)
BOX = ((1, "call", 90.0, 60), (-1, "put", 90.0, 60), (-1, "call", 105.0, 60), (1, "put", 105.0, 60))


@st.composite
def contracts(draw, most=6, days=EXPIRIES, seeds=SEEDS):
    """Draw single contracts and lots, netted: (side, right, strike, days), or (side, "stock")."""
    one = st.tuples(
        st.sampled_from((-1, 1)),
        st.sampled_from(("call", "put")),
        st.sampled_from(STRIKES),
        st.sampled_from(days),
    )
    seed = draw(st.sampled_from(seeds))
    options = draw(st.lists(one, min_size=0 if seed else 1, max_size=most - len(seed)))
    counted = Counter()
    for side, *series in (*seed, *options):
        counted[tuple(series)] += side
    return tuple(
        (1 if n > 0 else -1, *series)
        for series, n in sorted(counted.items())
        for _ in range(abs(n))
    )


def built(items, on=XYZ, style=None):
    """Build the account of such contracts."""
    legs = []
    for side, kind, *rest in items:
        if kind == "stock":
            legs.append(stock(100 * side, on=on))
        else:
            strike, days = rest
            price = price_of(kind, strike, days)
            legs.append(leg(side, kind, strike, price, days=days, on=on, style=style))
    return account(*legs, spot=SPOT, facts=(on,))


# A second implementation: every way to split the contracts into groups, each at the rule's price.
# Requirements are on the net liquidation basis, per 100 shares, as the rules read for a stock.


def brute_force(items, phase, *, european=False, policy="nearest_long"):
    """Return the least that any split into lawful groups asks."""

    @cache
    def least(left):
        if not left:
            return 0.0
        first, rest = left[0], left[1:]
        best = float("inf")
        for size in range(len(rest) + 1):
            for others in combinations(range(len(rest)), size):
                group = (first, *(rest[i] for i in others))
                asked = group_cost(tuple(sorted(group, key=str)), phase, european, policy)
                if asked < float("inf"):
                    remaining = tuple(rest[i] for i in range(len(rest)) if i not in others)
                    best = min(best, asked + least(remaining))
        return best

    return least(tuple(sorted(items, key=str)))


@cache
def group_cost(group, phase, european, policy):
    """Return what a group asks; infinite if the rules know no such group."""
    stocks = [item for item in group if item[1] == "stock"]
    options = [item for item in group if item[1] != "stock"]
    value = sum(side * price_of(*rest) for side, *rest in options)
    if not stocks:
        return 100.0 * (options_cost(options, european, policy) + value)
    if len(stocks) > 1 or (european and any(side > 0 for side, *_ in options)):
        return float("inf")
    return 100.0 * (stock_cost(stocks[0][0], options, phase) + value)


def options_cost(options, european, policy):
    """Return the requirement on short options, per share, before the value of all options."""
    shorts = [item for item in options if item[0] < 0]
    naked = sum(uncovered(*rest) for _, *rest in shorts)
    if len(options) == 1:
        (_, *series) = options[0]
        lent = 0.25 * price_of(*series) if not shorts and series[-1] > NINE_MONTHS else 0.0
        return naked - lent
    if len(options) == len(shorts) == 2 and {item[1] for item in options} == {"call", "put"}:
        (one, p1), (two, p2) = ((uncovered(*x[1:]), price_of(*x[1:])) for x in options)
        return max(one + p2, two + p1)
    costs = [naked, maximum_loss(options)] if is_spread(options, policy) else []
    if european and is_long_box(options):
        (low, high) = sorted({item[2] for item in options})
        costs.append(0.5 * (high - low) - (high - low))
    return min(costs, default=float("inf"))


def uncovered(right, strike, days):
    away = max(strike - SPOT, 0.0) if right == "call" else max(SPOT - strike, 0.0)
    least = 0.1 * (SPOT if right == "call" else strike)
    asked = price_of(right, strike, days) + max(0.2 * SPOT - away, least)
    return asked if right == "call" else min(asked, strike)


def is_spread(options, policy):
    if len({item[0] for item in options}) != 2:
        return False
    balanced = all(
        sum(side for side, kind, *_ in options if kind == right) == 0 for right in ("call", "put")
    )
    dates = {days for *_, days in options}
    if policy == "single":
        return balanced and len(dates) == 1
    if policy == "cboe_pairwise":  # each short has a long of its right that lives as long
        return balanced and all(
            sum(side for side, kind, _, days in options if kind == right and days >= date) >= 0
            for right in ("call", "put")
            for date in dates
        )
    last_short = max(days for side, *_, days in options if side < 0)
    return balanced and all(days >= last_short for side, *_, days in options if side > 0)


def maximum_loss(options):
    losses = []
    for price in {item[2] for item in options}:
        worth = 0.0
        for side, right, strike, _ in options:
            worth += side * max(price - strike if right == "call" else strike - price, 0.0)
        losses.append(-worth)
    return max(0.0, *losses)


def is_long_box(options):
    strikes = sorted({item[2] for item in options})
    if len(options) != 4 or len(strikes) != 2 or len({item[3] for item in options}) != 1:
        return False
    low, high = strikes
    wanted = {(1, "call", low), (-1, "put", low), (-1, "call", high), (1, "put", high)}
    return {item[:3] for item in options} == wanted


def stock_cost(side, options, phase):
    """Return the requirement on a share hedged by the options, or infinity."""
    legs = {(sign, right): (strike, days) for sign, right, strike, days in options}
    kinds = frozenset(legs)
    if len(legs) != len(options):
        return float("inf")
    plain = 0.5 * SPOT if phase == "initial" else (0.25 if side > 0 else 0.3) * SPOT
    if not options:
        return plain
    rules = LONG_RULES if side > 0 else SHORT_RULES
    return rules[kinds](legs, phase, plain) if kinds in rules else float("inf")


def covered_call(legs, phase, plain):
    strike, _ = legs[-1, "call"]
    excess = max(SPOT - strike, 0.0)
    return plain if phase == "initial" else 0.25 * min(SPOT, strike) + excess


def protective_put(legs, phase, plain):
    strike, _ = legs[1, "put"]
    return plain if phase == "initial" else min(0.1 * strike + max(SPOT - strike, 0.0), plain)


def collar_or_conversion(legs, phase, plain):
    (put, put_days), (call, call_days) = legs[1, "put"], legs[-1, "call"]
    if put > call or put_days < call_days:
        return float("inf")
    hedged = 0.1 * put + max(SPOT - put, 0.0)
    base = 0.1 * put if put == call else min(hedged, 0.25 * call)
    return plain if phase == "initial" else base + max(SPOT - call, 0.0)


def covered_put(legs, phase, plain):
    strike, _ = legs[-1, "put"]
    return plain if phase == "initial" else plain + max(strike - SPOT, 0.0)


def protective_call(legs, phase, plain):
    strike, _ = legs[1, "call"]
    if phase == "initial":
        return 0.0 if strike <= SPOT else plain
    return min(0.1 * strike + max(strike - SPOT, 0.0), plain)


def reverse_conversion(legs, phase, plain):
    (call, call_days), (put, put_days) = legs[1, "call"], legs[-1, "put"]
    if call != put or call_days < put_days:
        return float("inf")
    if phase == "initial":
        return 0.1 * call if call <= SPOT else plain
    return 0.1 * call + max(put - SPOT, 0.0)


LONG_RULES = {
    frozenset({(-1, "call")}): covered_call,
    frozenset({(1, "put")}): protective_put,
    frozenset({(1, "put"), (-1, "call")}): collar_or_conversion,
}
SHORT_RULES = {
    frozenset({(-1, "put")}): covered_put,
    frozenset({(1, "call")}): protective_call,
    frozenset({(1, "call"), (-1, "put")}): reverse_conversion,
}


@EXAMPLES
@given(contracts())
def test_no_split_into_lawful_groups_asks_less(items):
    result = margin(*built(items), PROVEN)
    assert result.maintenance.amount == pytest.approx(brute_force(items, "maintenance"), abs=LESS)
    assert named(result.initial, DEPOSIT) == pytest.approx(brute_force(items, "initial"), abs=LESS)


@pytest.mark.parametrize("policy", ["single", "cboe_pairwise"])
@EXAMPLES
@given(items=contracts(most=5, days=(30, 60, 90), seeds=((), TWO_SPREADS)))
def test_no_split_asks_less_under_the_other_expiry_policies_either(policy, items):
    result = margin(*built(items), replace(PROVEN, expiry_policy=policy))
    least = brute_force(items, "maintenance", policy=policy)
    assert result.maintenance.amount == pytest.approx(least, abs=LESS)


@EXAMPLES
@given(contracts(days=LONG_DATED))
def test_no_split_asks_less_where_long_options_have_loan_value_either(items):
    result = margin(*built(items), PROVEN)
    assert result.maintenance.amount == pytest.approx(brute_force(items, "maintenance"), abs=LESS)
    assert named(result.initial, DEPOSIT) == pytest.approx(brute_force(items, "initial"), abs=LESS)


@EXAMPLES
@given(contracts(days=(60,), seeds=((), BOX, BOX)))
def test_no_split_asks_less_for_european_index_options_either(items):
    narrow = Underlying("IDX", AssetClass.INDEX_NARROW)
    result = margin(*built(items, on=narrow), PROVEN)
    least = brute_force(items, "maintenance", european=True)
    assert result.maintenance.amount == pytest.approx(least, abs=LESS)


@EXAMPLES
@given(contracts())
def test_a_simple_pairing_never_asks_less_than_the_cheapest(items):
    for legs in (2, 4):
        simple = simple_pairing(*built(items), PROVEN, legs=legs)
        assert simple.more_initial.amount >= -LESS
        assert simple.more_maintenance.amount >= -LESS
        for line in (simple.initial, simple.maintenance, simple.more_maintenance):
            assert readd(line) == pytest.approx(line.amount, abs=LESS)


@st.composite
def books(draw):
    """Draw series with quantities, some stock: a book of ordinary size."""
    series = st.tuples(
        st.sampled_from(("call", "put")),
        st.sampled_from(tuple(80.0 + 2.5 * n for n in range(17))),
        st.sampled_from((30, 60, 90)),
    )
    held = draw(st.dictionaries(series, st.integers(-5, 5).filter(bool), max_size=10))
    shares = draw(st.sampled_from((0, 0, 100, 250, -300)))
    return held, shares


def account_of(held, shares=0, scale=1):
    legs = [
        leg(scale * n, right, strike, price_of(right, strike, days), days=days)
        for (right, strike, days), n in held.items()
    ]
    if shares:
        legs.append(stock(scale * shares))
    return account(*legs, spot=SPOT)


def added(one, two):
    return {series: one.get(series, 0) + two.get(series, 0) for series in (*one, *two)}


def asked(held, shares=0, scale=1):
    result = margin(*account_of(held, shares, scale), PROVEN)
    return result.initial.amount, result.maintenance.amount


@EXAMPLES
@given(books(), books())
def test_merging_two_accounts_never_costs_more(one, two):
    # a long and a short of one series close each other, so they can no longer hedge anything else
    second = {series: n for series, n in two[0].items() if n * one[0].get(series, n) > 0}
    shares = two[1] if one[1] * two[1] >= 0 else 0
    together = asked(added(one[0], second), one[1] + shares)
    apart = [sum(pair) for pair in zip(asked(*one), asked(second, shares), strict=True)]
    assert together[1] <= apart[1] + LESS
    assert together[0] <= apart[0] + LESS


@EXAMPLES
@given(books(), st.integers(2, 4))
def test_a_multiple_of_an_account_costs_at_most_the_multiple(drawn, times):
    once, often = asked(*drawn), asked(*drawn, scale=times)
    assert often[0] <= times * once[0] + LESS
    assert often[1] <= times * once[1] + LESS


@EXAMPLES
@given(books(), st.sampled_from(("call", "put")), st.sampled_from((82.5, 100.0, 117.5)))
def test_a_further_long_option_never_raises_what_the_short_side_asks(drawn, right, strike):
    held, shares = drawn
    series = right, strike, 120  # outlives every short, so it joins any spread
    before, after = asked(held, shares), asked(held | {series: 1}, shares)
    cost = 100.0 * price_of(*series)
    assert after[1] <= before[1] + cost + LESS
    assert after[0] <= before[0] + cost + LESS


@EXAMPLES
@given(
    st.lists(st.tuples(st.sampled_from((85.0, 90.0, 95.0, 100.0)), st.integers(1, 4)), max_size=4)
)
def test_a_book_of_debit_spreads_costs_its_debit(spreads):
    legs, debit = [], 0.0
    for low, n in dict(spreads).items():
        high = low + 12.5
        long, short = price_of("call", low, 60), price_of("call", high, 30)
        legs += [leg(n, "call", low, long), leg(-n, "call", high, short, days=30)]
        debit += 100.0 * n * (long - short)
    result = margin(*account(*legs, spot=SPOT), PROVEN)
    assert result.initial.amount == pytest.approx(debit, abs=LESS)
    assert result.maintenance.amount == pytest.approx(debit, abs=LESS)


@EXAMPLES
@given(books())
def test_the_pairing_holds_every_position_once_and_adds_up_to_the_requirement(drawn):
    portfolio, market = account_of(*drawn)
    result = margin(portfolio, market, PROVEN)
    paired = pairings(portfolio, market, PROVEN)
    assert sum(p.maintenance for p in paired) == pytest.approx(result.maintenance.amount, abs=LESS)
    assert sum(p.uncovered - p.saving for p in paired) == pytest.approx(
        result.maintenance.amount, abs=LESS
    )
    assert all(p.saving >= -LESS for p in paired)
    held = sum(abs(position.quantity) for position in portfolio.positions)
    assert sum(abs(quantity) for p in paired for _, quantity in p.legs) == pytest.approx(held)
    for line in (result.initial, result.maintenance, result.equity):
        assert readd(line) == pytest.approx(line.amount, abs=LESS)


@EXAMPLES
@given(books())
def test_policies_that_allow_more_never_cost_more(drawn):
    single, nearest, pairwise = (
        margin(*account_of(*drawn), replace(PROVEN, expiry_policy=policy)).maintenance.amount
        for policy in ("single", "nearest_long", "cboe_pairwise")
    )
    assert pairwise - LESS <= nearest <= single + LESS


@EXAMPLES
@given(books())
def test_a_grouping_that_is_not_allowed_is_not_used_and_never_missed_for_free(drawn):
    portfolio, market = account_of(*drawn)
    alone = replace(PROVEN, strategies=())
    for pairing in pairings(portfolio, market, alone):
        assert len(pairing.legs) == 1
    all_allowed = margin(portfolio, market, PROVEN).maintenance.amount
    assert all_allowed <= margin(portfolio, market, alone).maintenance.amount + LESS


def test_an_european_style_option_relieves_no_stock():
    put = leg(1, "put", 95.0, 1.0, style=Style.EUROPEAN)
    assert margin(*account(stock(100), put), PROVEN).maintenance.amount == 2_500.0 + 100.0
    american = leg(1, "put", 95.0, 1.0)
    relieved = margin(*account(stock(100), american), PROVEN)
    assert relieved.maintenance.amount == 950.0 + 500.0 + 100.0


def test_index_options_are_margined_at_the_broad_index_percentage():
    result = margin(*account(leg(-1, "call", 100.0, 4.0, on=SPX), facts=(SPX,)), PROVEN)
    assert result.maintenance.amount == 1_500.0
