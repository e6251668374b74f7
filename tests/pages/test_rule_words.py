"""What the pages make of sentences written for the command line."""

import pytest

from pages.ui import rule_words


@pytest.mark.parametrize(
    ("said", "here"),
    [
        (
            "positions: -1 BTC 100,000 call 25 Dec 2026: an option.",
            "positions: −1 BTC 100,000 call 25 Dec 2026: an option.",
        ),
        ("BTC-27DEC26-90000-C is at -0.5 % a year", "BTC-27DEC26-90000-C is at −0.5 % a year"),
        (
            "Give -p bybit_pm.contract_rate.BTC=...",
            "Give bybit_pm.contract_rate.BTC in Rule book settings",
        ),
        (
            "-p paradex_pm.unlisted_as=BTC lends others its tables.",
            "paradex_pm.unlisted_as=BTC in Rule book settings lends others its tables.",
        ),
    ],
)
def test_a_sentence_names_settings_and_has_a_true_minus_sign(said, here):
    assert rule_words.here(said) == here
