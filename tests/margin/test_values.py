"""Values as text: what is written is read again, and what has another form is refused."""

import math
from dataclasses import fields

import pytest

from margin_core.errors import ParameterError
from margin_core.margin.parameters import overridden
from margin_core.margin.values import (
    NOT_PUBLISHED,
    Table,
    count,
    differing,
    flat,
    replaced,
    written,
)
from margin_core.methodologies import METHODOLOGIES

RANGES = Table((("equity", (-0.15, 0.15)), ("index", (-0.08, 0.06))))


def parsed(text, like):
    return replaced(like, "", text, "toy")


@pytest.mark.parametrize("key", METHODOLOGIES)
def test_every_value_of_every_rule_book_is_read_again_from_its_text(key):
    methodology = METHODOLOGIES[key]
    for book in (methodology.published, *methodology.profiles.values()):
        for field in fields(book):
            for path, value in flat(getattr(book, field.name), field.name):
                assert overridden(book, {path: written(value)}, key) == book, path


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.15, "0.15"),
        (200.0, "200"),
        (0.1 + 0.2, "0.30000000000000004"),
        (True, "true"),
        ("pairwise", "pairwise"),
        ("2024-10-18", '"2024-10-18"'),
        ("true", '"true"'),
        ((1.0, "box", (0.5,)), '[1, "box", [0.5]]'),
        (Table((("equity", 1.0), ("0.99", math.inf))), '{equity = 1, "0.99" = inf}'),
        (Table(()), "{}"),
    ],
)
def test_a_value_is_written_as_toml_or_a_bare_word(value, text):
    assert written(value) == text
    assert parsed(text, value) == value


def test_a_table_is_flat_by_the_paths_that_replace_its_entries():
    nested = Table((("BTC", Table((("0.99", 1.0), ("0.995", 2.0)))), ("other", Table(()))))
    assert list(flat(nested, "factors")) == [
        ("factors.BTC.0.99", 1.0),
        ("factors.BTC.0.995", 2.0),
        ("factors.other", Table(())),
    ]
    changed = replaced(nested, "BTC.0.995", "3", "toy.factors")
    assert changed["BTC"]["0.995"] == 3.0
    assert changed["BTC"]["0.99"] == 1.0


def test_tables_with_other_entries_differ_as_a_whole():
    other = Table((("equity", (-0.2, 0.2)),))
    assert differing("ranges", other, RANGES) == [("ranges", other, RANGES)]
    wider = replaced(RANGES, "index", "[-0.1, 0.1]", "toy")
    assert differing("ranges", wider, RANGES) == [("ranges.index", (-0.1, 0.1), (-0.08, 0.06))]
    assert differing("ranges", RANGES, RANGES) == []


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ('["wide", 0.1]', (-0.15, 0.15)),
        ("[[0.1]]", (-0.15, 0.15)),
        ("{equity = 0.1}", RANGES),
        ("[nan, 0.1]", (-0.15, 0.15)),
        ("inf", 0.15),
        ("-inf", 0.15),
        ("1" + "0" * 400, 0.15),
        ("1" * 5_000, 0.15),
        ("[" * 900 + "]" * 900, (-0.15, 0.15)),
        ("[" * 60 + "]" * 60, Table(())),
        ("{a = [[[[1]]]]}", Table(())),
        ("{a = [nan]}", Table(())),
        ("2024-10-18", "pairwise"),
        ("2024-10-18", NOT_PUBLISHED),
        ("true", NOT_PUBLISHED),
        ("1\nvalue = 2", 0.15),
        ("", 0.15),
    ],
)
def test_a_value_of_another_form_is_refused_in_one_short_sentence(text, like):
    with pytest.raises(ParameterError, match="is not a value like") as caught:
        parsed(text, like)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def test_an_infinite_bound_stays_where_the_rule_book_has_one():
    tiers = ((250_000.0, 1.0), (math.inf, 12.0))
    assert parsed("[[1000, 2], [inf, 3]]", tiers) == ((1000.0, 2.0), (math.inf, 3.0))


def test_what_has_no_form_of_its_own_takes_numbers_words_lists_and_tables():
    assert parsed("{equity = [-0.25, 0.25]}", Table(())) == Table((("equity", (-0.25, 0.25)),))
    assert parsed("[[10, 0.9], [20, 0.8]]", NOT_PUBLISHED) == ((10.0, 0.9), (20.0, 0.8))
    assert parsed("both", NOT_PUBLISHED) == "both"
    assert parsed("[]", (1.0,)) == ()


def test_points_of_a_grid_are_counted_up_to_what_can_be_waited_for():
    assert count(10.0, "toy.points") == 10
    for points in (0.0, -1.0, 1e6, 1e300):
        with pytest.raises(ParameterError, match=r"toy\.points: .* points are no grid. Give 1 to"):
            count(points, "toy.points")


@pytest.mark.parametrize(
    ("text", "like"),
    [("-0.1", 0.3), ("-1", 0.0), ("[0.1, -0.2]", (0.1, 0.2)), ("-5", NOT_PUBLISHED)],
)
def test_what_the_rule_book_never_has_below_zero_is_never_given_below_it(text, like):
    with pytest.raises(ParameterError, match=r"is negative\. Give numbers of 0 or more"):
        parsed(text, like)


@pytest.mark.parametrize(
    ("text", "like", "value"),
    [("-0.5", -0.99, -0.5), ("[-0.3, 0.3]", (-0.15, 0.15), (-0.3, 0.3)), ("[-1]", (), (-1.0,))],
)
def test_a_number_below_zero_is_taken_where_the_rule_book_has_one(text, like, value):
    assert parsed(text, like) == value
