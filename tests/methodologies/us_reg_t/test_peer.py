"""Against margin-estimator, a package that pairs greedily by expiry.

Its requirement mixes bases: uncovered and joined shorts with their premiums (gross), spreads less
them (net). So the two are compared where it is all of one: every short uncovered, or every short
spread. There the cheapest pairing is never above it, under the manual's expiry policy that it
follows, and these are all the ways in which it is below:

- a straddle or strangle of n pairs is charged n times too much there (the quantity enters twice);
- a spread is charged its loss even where uncovered is less, an uncovered put above its strike;
- shorts are joined to longs in order of expiry and strike, not for the least loss;
- a long box counts its certain gain as a loss (the least value's absolute amount).
"""

from datetime import date, timedelta
from decimal import Decimal

import margin_estimator as peer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.methodologies.us_reg_t import margin
from margin_core.methodologies.us_reg_t.account import DEPOSIT, GROSS, named
from tests.methodologies.us_reg_t.accounts import account, leg
from tests.methodologies.us_reg_t.test_examples import MANUAL

LONG_AGO = date(2020, 1, 1)  # it reads the clock: nothing here has more than 90 days
SPOT = 100.0
ROUNDING = 0.01  # it rounds each contract to a cent per share
EXAMPLES = settings(max_examples=50)

one_series = st.tuples(
    st.sampled_from(("call", "put")),
    st.sampled_from((85, 90, 95, 100, 105, 110)),
    st.sampled_from((30, 60)),
)


def price_of(right, strike, days):
    gain = SPOT - strike if right == "call" else strike - SPOT
    return round(max(gain, 0.0) + 3.0 * 0.85 ** (abs(gain) / 2) * days / 30, 2)


def ours(held):
    legs = [leg(n, *series[:2], price_of(*series), days=series[2]) for series, n in held.items()]
    return margin(*account(*legs, spot=SPOT), MANUAL).initial


def theirs(held):
    legs = [
        peer.Option(
            expiration=LONG_AGO + timedelta(days=days),
            price=Decimal(str(price_of(right, strike, days))),
            quantity=n,
            strike=Decimal(strike),
            type=peer.OptionType.CALL if right == "call" else peer.OptionType.PUT,
        )
        for (right, strike, days), n in held.items()
    ]
    asked = peer.calculate_margin(legs, peer.Underlying(price=Decimal(str(SPOT))))
    return float(asked.margin_requirement)


def rounding(held):
    return 100.0 * ROUNDING * sum(abs(n) for n in held.values())


@EXAMPLES
@given(st.dictionaries(one_series, st.integers(-4, -1), min_size=1, max_size=6))
def test_short_options_alone_never_ask_more_than_the_peer_says(held):
    assert named(ours(held), GROSS) <= theirs(held) + rounding(held)


@EXAMPLES
@given(st.dictionaries(one_series, st.just(-1), min_size=1, max_size=6), st.data())
def test_single_shorts_of_one_right_ask_exactly_what_the_peer_says(held, data):
    right = data.draw(st.sampled_from(("call", "put")))
    held = {series: n for series, n in held.items() if series[0] == right}
    assert named(ours(held), GROSS) == pytest.approx(
        theirs(held) if held else 0.0, abs=rounding(held)
    )


@EXAMPLES
@given(st.sampled_from((85, 90, 95)), st.sampled_from((100, 105, 110)), st.sampled_from((30, 60)))
def test_one_straddle_or_strangle_asks_exactly_what_the_peer_says(low, high, days):
    held = {("put", low, days): -1, ("call", high, days): -1}
    assert named(ours(held), GROSS) == pytest.approx(theirs(held), abs=rounding(held))


@EXAMPLES
@given(st.dictionaries(one_series, st.integers(1, 4), min_size=1, max_size=6), st.data())
def test_spreads_alone_never_ask_more_than_the_peer_says(longs, data):
    # a short for each long contract, no later and of the same right, so that the peer spreads all
    held = dict(longs)
    for (right, _, days), n in longs.items():
        strike = data.draw(st.sampled_from((87, 92, 97, 102, 107)))
        short = right, strike, 30 if days == 30 else data.draw(st.sampled_from((30, 60)))
        held[short] = held.get(short, 0) - n
    assert named(ours(held), DEPOSIT) <= theirs(held) + rounding(held)


@EXAMPLES
@given(st.sampled_from(("call", "put")), st.permutations((90, 95, 100, 105)), st.integers(1, 3))
def test_one_narrow_vertical_asks_exactly_what_the_peer_says(right, strikes, n):
    long, short = strikes[:2]
    held = {(right, long, 30): n, (right, short, 30): -n}
    assert named(ours(held), DEPOSIT) == pytest.approx(theirs(held), abs=rounding(held))


@pytest.mark.parametrize(
    ("held", "less"),
    [
        # two strangles: the peer squares the quantity
        ({("put", 90, 30): -2, ("call", 110, 30): -2}, 1_000.0),
        # a credit spread wider than the uncovered call's 10 %
        ({("call", 110, 30): -1, ("call", 130, 30): 1}, 500.0),
        # one long call at 100 for shorts at 95 and 110: the peer joins it to the first to expire,
        # and counts the other with its premium
        ({("call", 110, 30): -1, ("call", 95, 60): -1, ("call", 100, 60): 1}, 1_300.0),
        # a long box: 10 certain
        (
            {
                ("call", 95, 30): 1,
                ("call", 105, 30): -1,
                ("put", 105, 30): 1,
                ("put", 95, 30): -1,
            },
            1_000.0,
        ),
    ],
    ids=["quantity squared", "lesser of the two", "order", "certain gain"],
)
def test_each_way_in_which_the_peer_asks_more_is_known(held, less):
    spread = any(n > 0 for n in held.values())
    asked = named(ours(held), DEPOSIT if spread else GROSS)
    assert theirs(held) - asked >= less
