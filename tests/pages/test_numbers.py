"""Numbers as people read them."""

from datetime import UTC, datetime

import pytest

from pages.ui import numbers


def test_money_is_whole_from_a_hundred_and_in_millions_from_one():
    assert numbers.money(12_330.4) == "$12,330"
    assert numbers.money(99.5) == "$99.50"
    assert numbers.money(1_234_567.0) == "$1.23 m"
    assert numbers.exact(7_048_400.0) == "$7,048,400"
    assert numbers.money(50.0, "EUR") == "€50"
    assert numbers.money(5_000.0, "CHF") == "CHF 5,000"


def test_a_loss_has_a_true_minus_sign_and_nothing_has_none():
    assert numbers.money(-6_120.0) == "−$6,120"
    assert numbers.money(-0.001) == "$0"
    assert numbers.money(261.0, signed=True) == "+$261"
    assert numbers.number(-0.0004) == "0.00"


def test_what_no_float_tells_digit_by_digit_is_told_by_its_power_of_ten():
    assert numbers.money(2e36) == "$2e+36"
    assert numbers.exact(-2e36) == "−$2e+36"
    assert numbers.percent(2.7e27) == "2.7e+29 %"
    assert [numbers.thousands(x) for x in (-1.25e9, 3e12)] == ["−1.2bn", "+3.0e+12"]


def test_a_share_has_one_decimal_also_where_it_is_whole():
    assert numbers.share(60.0, 60.0) == "100.0 %"
    assert numbers.share(1_234.56, 10_000.0) == "12.3 %"
    assert numbers.share(-2.0, 300.0) == "−0.7 %"
    assert numbers.share(-0.01, 300.0) == "0.0 %"
    assert numbers.share(1e30, 0.01) == "1e+34 %"


def test_moves_say_what_they_are_counted_in():
    assert numbers.percent(-0.15, signed=True) == "−15 %"
    assert numbers.percent(0.828) == "82.8 %"
    assert numbers.points(0.12) == "+12 pts"
    assert numbers.points(0.0) == "0 pts"


def test_small_cells_hold_thousands():
    assert [numbers.thousands(x) for x in (-12_240.0, 49.0, 1_310.0, 2.5e6)] == [
        *("−12k", "0", "+1.3k", "+2.5m")
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (97.73, "97.73"), (1450.6, "1,451"), (64_612.0, "64.61k"), (2.5e6, "2.5m")],
)
def test_a_price_on_an_axis_is_short(value, text):
    assert numbers.tick(value) == text


def test_prices_have_the_decimals_their_size_asks_for():
    assert [numbers.price(x) for x in (97.73, 1451.19, 65_000.0, 0.04211)] == [
        *("97.73", "1,451.19", "65,000", "0.04211")
    ]


def test_dates_say_how_far_off_they_are():
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert numbers.day(datetime(2026, 12, 18, 21, tzinfo=UTC), now) == "18 Dec 2026 (26 d)"


def test_a_users_text_cannot_format():
    assert numbers.plain("a*b [c](d) $x$") == r"a\*b \[c\]\(d\) \$x\$"
