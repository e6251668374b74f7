"""Whatever the text, the door answers with a portfolio or with InputError."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.errors import InputError
from margin_core.files import decode, encode, from_rows, parse_lines, read, to_rows, write_csv
from tests.files.documents import EVERYTHING, SMALL, changed, faults

TEXTS = (json.dumps(SMALL), json.dumps(EVERYTHING), write_csv(*read(json.dumps(SMALL))))
ODD = [
    *(None, True, 0, -1, 1e308, float("nan"), float("inf"), 10**30, [], {}, [[]], {"a": {}}),
    *("", "x", "2026-12-18", "\ud800", "\0", "call", "stock", {"2026-12-18": 1}),
]
JSON = st.recursive(
    st.sampled_from(ODD) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def paths(node, path=()):
    """Yield the path of every value of a document."""
    yield path
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from paths(value, (*path, key))


@given(st.binary(max_size=200))
@settings(max_examples=50)
def test_random_bytes_are_refused(data):
    with pytest.raises(InputError):
        read(data)


@given(st.text(max_size=200), st.sampled_from(["", "a.json", "a.csv"]))
@settings(max_examples=50)
def test_random_text_is_refused(text, name):
    with pytest.raises(InputError):
        read(text, name=name)


@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False), st.binary(max_size=4))
@settings(max_examples=50)
def test_damaged_files_raise_nothing_else(text, rng, patch):
    data = text.encode()
    start = rng.randrange(len(data))
    stop = start + rng.choice((0, 1, 5, 50))
    with contextlib.suppress(InputError):
        read(data[:start] + patch + data[stop:])


@given(st.sampled_from([path for path in paths(EVERYTHING) if path]), JSON)
@settings(max_examples=50)
def test_documents_with_a_random_value_raise_nothing_else(path, value):
    with contextlib.suppress(InputError):
        read(json.dumps(changed(path, value, EVERYTHING)))


def test_any_value_of_a_document_may_be_any_odd_one():
    refused = 0
    for path in (path for path in paths(EVERYTHING) if path):
        for value in ODD:
            refused += bool(faults(changed(path, value, EVERYTHING)))
    assert refused > 2000


@given(st.dictionaries(st.sampled_from(["underlying", "kind", "quantity", "strike"]), JSON))
@settings(max_examples=50)
def test_odd_rows_raise_nothing_else(row):
    base = read(json.dumps(SMALL))
    with contextlib.suppress(InputError):
        from_rows([*to_rows(*base), row], base)


@given(st.text(max_size=60) | st.from_regex(r"[+-]?\d+ XYZ \d\d[A-Z]{3}\d\d \d+[CP] ?@?.*"))
@settings(max_examples=50)
def test_odd_lines_get_a_verdict(text):
    for verdict in parse_lines(text, read(json.dumps(SMALL))):
        assert verdict.fault or verdict.row


@given(st.randoms(use_true_random=False), st.characters())
@settings(max_examples=50)
def test_damaged_links_raise_nothing_else(rng, character):
    token = encode(*read(json.dumps(SMALL)))
    place = rng.randrange(len(token))
    with contextlib.suppress(InputError):
        decode(token[:place] + character + token[place + 1 :])
