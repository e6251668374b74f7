"""What is said of many spreads is said once."""

from pathlib import Path

import margin_core
from margin_core.files import read_path
from margin_core.methodologies.us_reg_t import margin
from tests.methodologies.us_reg_t.accounts import SPX, account, leg

SAMPLES = Path(margin_core.__file__).parents[1] / "sample_portfolios"


def told(result, words):
    return [warning for warning in result.warnings if words in warning]


def test_one_sentence_says_that_maximum_losses_hold_while_spreads_are_intact():
    result = margin(*read_path(SAMPLES / "volatility_book.json"))
    (sentence,) = told(result, "only while the spread is intact")
    count, _, rest = sentence.partition(" spreads, the first of them ")
    assert int(count) > 10
    assert rest.startswith("Spread of 4 series: -")


def test_one_sentence_says_that_brokers_ask_more_for_european_calendars():
    call = [leg(-1, "call", 100, 3.0, on=SPX, days=30), leg(1, "call", 100, 5.0, on=SPX, days=90)]
    put = [leg(-1, "put", 90, 1.0, on=SPX, days=30), leg(1, "put", 90, 2.0, on=SPX, days=90)]
    words = "brokers ask more for European options"
    (alone,) = told(margin(*account(*call, facts=(SPX,))), words)
    assert alone.startswith("Call calendar spread: -1 SPX 100 call 1 Feb 2026, ")
    (both,) = told(margin(*account(*call, *put, facts=(SPX,))), words)
    assert both.startswith("2 spreads, the first of them ")
