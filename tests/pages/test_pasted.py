"""Pasted lines judged with the book they come into: what passes is taken, what is not says why."""

import time

import pytest

from pages.ui import book, pasted, state

FILLS = "-5 XYZ 18DEC26 90 P @ 1.25\n-5 XYZ 18DEC26 90 P @ 1.31"
LIMIT = 2.0  # seconds for 300 lines


@pytest.fixture(autouse=True)
def workspace(monkeypatch):
    monkeypatch.setattr(state.st, "session_state", {})
    return state.current()


def judged(text, *, replacing=True, averaging=True):
    paste = pasted.read(text, state.current(), replacing=replacing)
    return pasted.judged(paste, averaging=averaging)


def averages(text, *, replacing=True):
    return pasted.averages(pasted.read(text, state.current(), replacing=replacing))


def verdicts(text, **modes):
    return [line.verdict for line in judged(text, **modes).lines]


def imported(text, **modes):
    """Import what is understood; the account takes every row of it."""
    found = judged(text, **modes)
    book.import_rows(found.rows, replacing=modes.get("replacing", True))
    assert state.current().faults == ()
    return state.current().portfolio.positions


def test_fills_of_one_option_are_marked_at_their_average_and_keep_their_prices():
    assert averages(FILLS) == ["XYZ 90 put 18 Dec 2026 at 1.28, the average of lines 1 and 2"]
    assert verdicts(FILLS) == ["ok, marked at 1.28, the average of its fills"] * 2
    assert [held.entry_price for held in imported(FILLS)] == [1.25, 1.31]
    (quote,) = state.current().market.instruments
    assert quote.price == pytest.approx(1.28)


def test_a_day_trade_weighs_what_was_sold_like_what_was_bought():
    (words,) = averages("30 XYZ 18DEC26 90 P @ 1\n-10 XYZ 18DEC26 90 P @ 2")
    assert "at 1.25," in words


def test_without_the_average_the_second_fill_is_at_fault_and_says_the_way_out():
    found = judged(FILLS, averaging=False)
    assert [line.understood for line in found.lines] == [True, False]
    assert pasted.problems(found) == [
        "Line 2: entry_price 1.31 USD of XYZ 90 put 18 Dec 2026 differs from 1.25 USD at Line 1. "
        + pasted.OTHERWISE
    ]
    assert [held.entry_price for held in imported(FILLS, averaging=False)] == [1.25]


def test_fills_in_two_options_are_averaged_apart():
    text = FILLS + "\n1 XYZ 18DEC26 95 P @ 2\n1 XYZ 18DEC26 95 P @ 3\n1 XYZ 18DEC26 100 P @ 4"
    assert len(averages(text)) == 2
    assert verdicts(text)[2:] == ["ok, marked at 2.50, the average of its fills"] * 2 + ["ok"]
    assert len(imported(text)) == 5


def test_a_fill_that_joins_one_in_the_book_shares_its_average():
    imported(FILLS.splitlines()[0])
    line = FILLS.splitlines()[1]
    assert averages(line) == []
    assert averages(line, replacing=False) == [
        "XYZ 90 put 18 Dec 2026 at 1.28, the average of line 1 and row 1 of the book"
    ]
    (alone,) = verdicts(line, replacing=False, averaging=False)
    assert "differs from 1.25 USD at row 1 of the book" in alone
    assert [held.entry_price for held in imported(line, replacing=False)] == [1.25, 1.31]
    assert [row["mark_price"] for row in state.current().rows] == [pytest.approx(1.28)] * 2


def test_a_fill_of_an_option_that_the_book_values_needs_no_average(workspace):
    held = next(row for row in workspace.rows if row["kind"] == "put")
    assert held["implied_volatility"]
    line = f"5 XYZ {held['expiry'][:10]} {held['strike']:g} P @ 0.5"
    assert averages(line, replacing=False) == []
    assert verdicts(line, replacing=False) == ["ok"]
    assert len(imported(line, replacing=False)) == len(workspace.rows) + 1


def test_an_option_without_a_price_takes_that_of_another_line_first():
    text = "3 XYZ 18DEC26 90 P\n" + FILLS.splitlines()[0]
    assert verdicts(text) == ["ok, entry price = mark", "ok"]
    assert len(imported(text)) == 2


def test_an_option_without_any_price_takes_the_book_s_volatility():
    (words,) = verdicts("3 XYZ 18DEC26 90 P")
    assert words.startswith("ok at the book's volatility of ")
    assert len(imported("3 XYZ 18DEC26 90 P\n1 XYZ stock")) == 2


def test_an_option_that_nothing_values_is_at_fault():
    book.import_rows([{"underlying": "XYZ", "kind": "stock", "quantity": 1.0}], replacing=True)
    words, other = verdicts("3 XYZ 18DEC26 90 P\n2 XYZ stock")
    assert "has neither a volatility nor a price" in words
    assert other.startswith("ok")


@pytest.mark.parametrize("replacing", [True, False])
def test_a_price_that_no_volatility_gives_is_at_fault_at_its_line(replacing):
    found = judged("1 XYZ stock\n5 XYZ 18DEC26 90 P @ 500", replacing=replacing)
    assert [line.understood for line in found.lines] == [True, False]
    (words,) = pasted.problems(found)
    assert words.startswith("Line 2: price 500 of XYZ 90 put 18 Dec 2026 is above")
    assert words.endswith("Check the price, its currency and the spot.")
    imported("1 XYZ stock\n5 XYZ 18DEC26 90 P @ 500", replacing=replacing)


def test_lines_that_join_a_faulty_book_are_judged_all_the_same():
    state.apply_rows([*state.current().rows, {"underlying": "QQQ", "kind": "stock"}])
    assert state.current().faults
    found = judged("1 XYZ stock\nnonsense", replacing=False)
    assert [line.understood for line in found.lines] == [True, False]
    assert pasted.problems(found)[0].startswith("Line 2: the line is in no notation known here. W")


def test_a_blank_row_in_the_table_moves_no_verdict():
    state.apply_rows([*state.current().rows, {"underlying": None}])
    found = judged("1 XYZ stock\n5 XYZ 18DEC26 90 P @ 500", replacing=False)
    assert [line.understood for line in found.lines] == [True, False]


def test_lines_with_the_same_fault_share_a_sentence():
    found = judged("foo\n1 XYZ stock\nbar\n1 QQQ stock")
    first, second = pasted.problems(found)
    assert first.startswith("Lines 1 and 3: the line is in no notation known here.")
    assert second.startswith("Line 4: QQQ is not among the underlyings. Add QQQ")
    assert found.understood == 1


def test_an_entry_price_that_is_no_number_is_told_and_not_tabled():
    found = judged("XYZ,stock,5,,,,dear\nXYZ,stock,5,,,,97.5\nnonsense")
    assert [line.entry for line in found.lines] == [None, 97.5, None]
    assert pasted.problems(found)[0].startswith('Line 1: entry_price "dear" is not a number.')


def test_many_fills_are_counted_not_listed():
    text = "\n".join(f"1 XYZ 18DEC26 90 P @ 1.{cents}" for cents in range(10, 17))
    (words,) = averages(text)
    assert words.endswith("the average of 7 lines")


def test_three_hundred_lines_are_judged_while_one_waits():
    """Half of them without a price, and every option in several fills."""
    text = "\n".join(
        f"{(-1) ** i * 5} XYZ 18DEC26 {60 + i % 40} {'PC'[i % 2]}"
        + (f" @ {9 + i / 99:.2f}" * (i < 150))
        for i in range(300)
    )
    began = time.perf_counter()
    found = judged(text)
    assert time.perf_counter() - began < LIMIT
    assert len(found.lines) == 300


@pytest.mark.parametrize("text", ["underlying,kind,quantity\r\n", "# none today\r\n\r\n", ",,\n;;"])
def test_nothing_to_import_is_no_line(text):
    assert judged(text).lines == ()
