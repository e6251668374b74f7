"""Parameter files: every value cited, replaced by name, departures said."""

from dataclasses import dataclass, replace

import pytest

from margin_core.errors import ParameterError
from margin_core.margin.parameters import (
    NOT_PUBLISHED,
    Table,
    load,
    load_profiles,
    modifications,
    overridden,
    read,
)

BOOK = """
title = "Toy margin"
effective = "2026-01-01"
[sources.handbook]
title = "Toy handbook"
href = "https://example.com/handbook"
retrieved = "2026-01-01"
[parameters]
rate = { value = 0.15, unit = "ratio of spot", source = "handbook#1" }
range = { value = { equity = 0.15, index = 0.08 }, unit = "ratio of spot", source = "handbook#2" }
rule = { value = "pairwise", unit = "word", source = "handbook#3" }
steps = { value = [0, 1], unit = "1", source = "handbook#4" }
strict = { value = true, unit = "yes or no", source = "handbook#5" }
[profiles.stressed]
rate = { value = 0.3, unit = "ratio of spot", source = "handbook#6" }
"""


@dataclass(frozen=True, slots=True)
class Params:
    """A parameter of every form."""

    rate: float
    range: Table
    rule: str
    steps: tuple[float, ...]
    strict: bool


@pytest.fixture
def book(tmp_path):
    """Return a function that writes a parameter file and returns its module's path."""

    def write(text: str = BOOK) -> str:
        (tmp_path / "toy.toml").write_text(text, "utf-8")
        read.cache_clear()
        return str(tmp_path / "toy.py")

    return write


def test_a_file_loads_into_its_class_with_tables_frozen(book):
    published = load(Params, book())
    assert published.rate == 0.15
    assert published.range["index"] == 0.08
    assert published.steps == (0.0, 1.0)
    hash(published)


def test_a_short_name_is_the_file_s_own_or_its_title(book):
    assert read(book()).short == "Toy margin"
    assert read(book('short = "Toy"' + BOOK)).short == "Toy"


@pytest.mark.parametrize("lacking", ["unit", "source"])
def test_a_value_without_unit_or_source_is_refused_by_name(book, lacking):
    entry = {"unit": 'unit = "ratio of spot", ', "source": ', source = "handbook#1"'}[lacking]
    with pytest.raises(ParameterError, match=f"rate lacks {lacking}"):
        read(book(BOOK.replace(entry, "", 1)))


def test_a_value_citing_a_source_that_is_not_listed_is_refused(book):
    with pytest.raises(ParameterError, match="rate cites the unknown source 'hearsay#1'"):
        read(book(BOOK.replace("handbook#1", "hearsay#1")))


def test_a_missing_and_an_extra_parameter_are_refused(book):
    with pytest.raises(ParameterError, match="rule"):
        load(Params, book(BOOK.replace("rule =", "ruling =")))


def test_values_are_replaced_by_name_and_by_table_entry(book):
    published = load(Params, book())
    changed = overridden(
        published,
        {
            "rate": "1",
            "range.equity": "0.2",
            "rule": "net",
            "steps": "[0, 0.5]",
            "strict": "false",
        },
        "toy",
    )
    assert changed == Params(
        1.0, Table((("equity", 0.2), ("index", 0.08))), "net", (0.0, 0.5), strict=False
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("ratio", "1", "no parameter 'ratio'.*rate, range"),
        ("rate", "nan", "'nan' is not a value like 0.15"),
        ("rate", "high", "'high' is not a value like 0.15"),
        ("strict", "1", "'1' is not a value like true"),
        ("range.bond", "1", "no value for 'bond'.*equity, index"),
        ("range", "1", "is not a value like"),
        ("rate.equity", "1", "a single value has no entry 'equity'"),
    ],
)
def test_a_faulty_replacement_is_refused_with_what_would_do(book, name, text, message):
    with pytest.raises(ParameterError, match=message):
        overridden(load(Params, book()), {name: text}, "toy")


def test_departures_from_the_book_are_said_entry_by_entry(book):
    published = load(Params, book())
    changed = overridden(published, {"range.index": "0.1"}, "toy")
    assert modifications(changed, published, {}) == (
        "Modified: parameter range.index set to 0.1; the rule book says 0.08.",
    )
    assert modifications(published, published, {}) == ()


def test_a_profile_is_named_and_only_what_departs_from_it_is_said(book):
    path = book()
    published = load(Params, path)
    profiles = load_profiles(published, path)
    named = "Parameters are those of the profile 'stressed'."
    assert modifications(profiles["stressed"], published, profiles) == (named,)
    changed = replace(profiles["stressed"], rule="net")
    assert modifications(changed, published, profiles) == (
        named,
        "Modified: parameter rule set to net; the rule book says pairwise.",
    )


def test_what_is_not_published_takes_a_number_or_a_word_from_the_reader(book):
    gap = BOOK.replace("index = 0.08", 'index = "not published"')
    published = load(Params, book(gap))
    assert published.range["index"] == NOT_PUBLISHED
    given = overridden(published, {"range.index": "0.2"}, "toy")
    assert given.range["index"] == 0.2
    assert overridden(published, {"range.index": "both"}, "toy").range["index"] == "both"
    assert modifications(given, published, {}) == (
        "Modified: parameter range.index set to 0.2; the rule book says not published.",
    )
    with pytest.raises(ParameterError, match="'inf' is not a value like"):
        overridden(published, {"range.index": "inf"}, "toy")
