"""The names of groups, the explanation of a spread's loss, and the simple pairing."""

from dataclasses import replace

import pytest

from margin_core.book.instruments import AssetClass, Underlying
from margin_core.margin.figure import binding
from margin_core.methodologies.us_reg_t import margin, pairings, simple_pairing
from margin_core.methodologies.us_reg_t.groups import Phase
from tests.lines import every
from tests.methodologies.us_reg_t.accounts import PROVEN, SPX, XSP, account, leg, stock

IDX = Underlying("IDX", AssetClass.INDEX_NARROW)


def c(n, strike, price=0.01, **facts):
    return leg(n, "call", strike, price, **facts)


def p(n, strike, price=0.01, **facts):
    return leg(n, "put", strike, price, **facts)


NAMES = [
    ((c(1, 95), c(-1, 100)), "call debit spread"),
    ((c(-1, 95), c(1, 100)), "call credit spread"),
    ((p(1, 100), p(-1, 95)), "put debit spread"),
    ((p(-1, 100), p(1, 95)), "put credit spread"),
    ((c(-1, 100, days=30), c(1, 100)), "call calendar spread"),
    ((p(-1, 100, days=30), p(1, 95)), "put diagonal spread"),
    ((c(1, 95), c(-2, 100), c(1, 105)), "call butterfly"),
    ((p(-1, 95), p(2, 100), p(-1, 105)), "put short butterfly"),
    ((c(1, 95), c(-1, 100), c(-1, 105), c(1, 110)), "call condor"),
    ((p(-1, 95), p(1, 100), p(1, 105), p(-1, 110)), "put short condor"),
    ((p(1, 95), p(-1, 100), c(-1, 100), c(1, 105)), "short iron butterfly"),
    ((p(1, 90), p(-1, 95), c(-1, 105), c(1, 110)), "short iron condor"),
    ((c(-1, 95), c(1, 105), p(-1, 105), p(1, 95)), "short box"),
    ((c(1, 95), c(-1, 105), p(1, 105), p(-1, 95)), "long box"),
    ((p(-1, 95), p(1, 100), c(1, 100), c(-1, 105)), "long iron butterfly"),
    ((p(-1, 90), p(1, 95), c(1, 105), c(-1, 110)), "long iron condor"),
    ((c(-1, 100), p(-1, 100)), "short straddle"),
    ((c(-1, 105), p(-1, 95)), "short strangle"),
    ((stock(100), c(-1, 105)), "covered call"),
    ((stock(-100), p(-1, 95)), "covered put"),
    ((stock(100), p(1, 95)), "protective put"),
    ((stock(-100), c(1, 105)), "short stock with a long call"),
    ((stock(100), p(1, 95), c(-1, 105)), "collar"),
    ((stock(100), p(1, 95), c(-1, 95)), "conversion"),
    ((stock(-100), p(-1, 95), c(1, 95)), "reverse conversion"),
    ((c(-1, 105),), "uncovered short option"),
    ((c(1, 105),), "long option"),
    ((stock(100),), "long stock"),
    ((stock(-100),), "short stock"),
]


@pytest.mark.parametrize(("legs", "name"), NAMES, ids=[name for _, name in NAMES])
def test_a_group_is_called_what_the_rule_book_or_the_trade_calls_it(legs, name):
    paired = pairings(*account(*legs), PROVEN)
    assert [pairing.strategy for pairing in paired] == [name]
    assert paired[0].rule.startswith(("finra_4210#", "reg_t#"))


def test_a_european_box_and_a_reduced_value_spread_have_their_names():
    box = [leg(n, r, k, 5.0, on=IDX) for n, r, k in BOX]
    assert [x.strategy for x in pairings(*account(*box, facts=(IDX,)), PROVEN)] == [
        "European long box"
    ]
    reduced = c(10, 9.5, on=XSP), c(-1, 100, on=SPX)
    made = account(*reduced, facts=(SPX, XSP), spots={"SPX": 100.0, "XSP": 10.0})
    assert [x.strategy for x in pairings(*made, PROVEN)] == ["call debit spread"]


BOX = ((1, "call", 95), (-1, "call", 105), (1, "put", 105), (-1, "put", 95))


def test_a_pairing_states_what_each_group_saves():
    # two strangles: each asks its greater side and the other's premium
    legs = p(-1, 140, 0.8), p(-1, 145, 2), c(-1, 155, 2), c(-1, 160, 0.8)
    made = account(*legs, spot=150.0)
    near, far = pairings(*made, PROVEN)
    assert (near.uncovered, near.maintenance, near.saving) == pytest.approx((5_000, 2_500, 2_500))
    assert (far.uncovered, far.maintenance, far.saving) == pytest.approx((4_000, 2_000, 2_000))
    assert dict(near.legs) == {
        "-1 XYZ 155 call 3 Mar 2026": -1.0,
        "-1 XYZ 145 put 3 Mar 2026": -1.0,
    }


def test_each_phase_has_its_own_pairing():
    # initially a collar saves nothing over the covered call
    made = account(stock(100), p(1, 95), c(-1, 105))
    opening = pairings(*made, PROVEN, Phase.INITIAL)
    assert [x.strategy for x in opening] == ["covered call", "long option"]
    assert sum(x.initial for x in opening) == pytest.approx(5_000.0)
    assert opening[0].saving == pytest.approx(opening[0].uncovered - opening[0].initial)


def test_a_block_of_many_spreads_is_shown_in_the_small_ones_that_make_it_up():
    # one spread to the rule: it can lose 1,500, on the put side
    legs = (*(p(3, 85), p(-3, 90), c(-3, 110), c(3, 115)), *(c(2, 95), c(-2, 100)))
    paired = pairings(*account(*legs), PROVEN)
    assert sum(x.maintenance for x in paired) == pytest.approx(1_500.0)
    assert [x.strategy for x in paired] == ["put credit spread", "short iron condor", "call condor"]


def test_a_spread_of_no_common_shape_is_explained_by_its_loss_at_every_price():
    # 1 x 90, -3 x 100, 2 x 107: balanced, in no pair of two-leg spreads
    legs = c(1, 90), c(-3, 100), c(2, 107)
    made = account(*legs)
    (pairing,) = pairings(*made, PROVEN)
    assert pairing.strategy == "call spread of 3 series"
    keep = margin(*made, PROVEN).maintenance
    loss = next(x for x in every(keep) if x.label == "Loss at each exercise price")
    assert {x.label: x.amount for x in loss.parts} == {"At 90": 0, "At 100": -1_000, "At 107": 400}
    assert [x.amount for x in binding(loss).parts] == [-1_700, 2_100, 0]


def test_a_wide_spread_shows_its_legs_at_the_binding_price_only():
    legs = c(1, 87), c(2, 98), c(-4, 100), c(1, 111), c(-3, 112), c(3, 115)
    made = account(*legs)
    assert "call spread of 6 series" in [x.strategy for x in pairings(*made, PROVEN)]
    keep = margin(*made, PROVEN).maintenance
    losses = [x for x in every(keep) if x.label == "Loss at each exercise price"]
    wide = next(x for x in losses if len(x.parts) == 6)
    assert [len(x.parts) for x in wide.parts if x.parts] == [6]


def test_a_simple_pairing_misses_a_butterfly_and_says_what_that_costs():
    legs = c(1, 95, 7), c(-2, 100, 4), c(1, 105, 2)
    made = account(*legs)
    two = simple_pairing(*made, PROVEN)
    assert [x.strategy for x in two.pairings] == ["call debit spread", "call credit spread"]
    assert two.maintenance.amount == pytest.approx(100.0 + 500.0)
    assert two.more_maintenance.amount == two.more_initial.amount == pytest.approx(500.0)
    four = simple_pairing(*made, PROVEN, legs=4)
    assert [x.strategy for x in four.pairings] == ["call butterfly"]
    assert four.more_maintenance.amount == 0.0


def test_a_simple_pairing_covers_with_stock_first():
    # the debit spread would free the stock for the other call
    legs = stock(100), c(-1, 100, 4), c(-1, 110, 1), c(1, 95, 7)
    simple = simple_pairing(*account(*legs), PROVEN)
    assert [x.strategy for x in simple.pairings] == ["covered call", "call debit spread"]


def test_a_simple_pairing_joins_two_credit_spreads_to_an_iron_one():
    legs = p(2, 85, 1), p(-2, 90, 2), c(-3, 110, 2), c(3, 115, 1)
    four = simple_pairing(*account(*legs), PROVEN, legs=4)
    found = {x.strategy: x.legs[0][1] for x in four.pairings}
    assert sorted(found) == ["call credit spread", "short iron condor"]
    assert four.more_maintenance.amount == pytest.approx(0.0)


def test_the_parameters_can_forbid_groups_to_the_simple_pairing_too():
    legs = stock(100), c(-1, 110, 1), p(-1, 90, 1), p(1, 85, 1)
    alone = simple_pairing(*account(*legs), replace(PROVEN, strategies=()))
    assert all(len(x.legs) == 1 for x in alone.pairings)


@pytest.mark.parametrize(
    ("policy", "names"),
    [
        ("nearest_long", ["call calendar spread"]),
        ("single", ["uncovered short option", "long option"]),
    ],
)
def test_a_simple_pairing_mixes_only_the_expiries_that_the_policy_allows(policy, names):
    made = account(c(-1, 105, days=30), c(1, 105, days=60))
    simple = simple_pairing(*made, replace(PROVEN, expiry_policy=policy))
    assert sorted(x.strategy for x in simple.pairings) == sorted(names)
