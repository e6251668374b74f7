"""The slow formula against the example that most textbooks print."""

from types import SimpleNamespace

import pytest

from tests.slow import black76, on_spot


@pytest.mark.parametrize(("call", "value"), [(True, 4.76), (False, 0.81)])
def test_the_textbook_option_is_worth_what_is_printed(call, value):
    # Hull, Options, Futures, and Other Derivatives, example 15.6: 42, strike 40, 10 %, 20 %, half
    option = SimpleNamespace(strike=40.0, call=call)
    assert on_spot(option, 42.0, 0.5, 0.2, 0.1) == pytest.approx(value, abs=0.005)


def test_an_option_at_its_expiry_is_worth_what_exercise_is():
    assert black76(42.0, 40.0, 0.0, 0.2, call=True) == 2.0
    assert black76(42.0, 40.0, 0.0, 0.2, call=False) == 0.0
