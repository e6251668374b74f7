"""Links: what goes in comes out, and nothing else is believed."""

import base64
import json
import zlib

import pytest
from hypothesis import given, settings

from margin_core.errors import InputError
from margin_core.files import decode, encode, read
from margin_core.files.limits import MAX_TOKEN, MAX_UNPACKED
from tests.files.documents import EVERYTHING, SMALL, changed
from tests.strategies import portfolios

TOKEN = encode(*read(json.dumps(SMALL)))


def packed(data):
    return "1." + base64.urlsafe_b64encode(zlib.compress(data)).decode().rstrip("=")


@given(portfolios())
@settings(max_examples=20)
def test_a_link_carries_a_portfolio_exactly(account):
    assert decode(encode(*account)) == account


def test_a_link_carries_every_field():
    account = read(json.dumps(EVERYTHING))
    assert decode(encode(*account)) == account


def test_a_link_is_short_and_safe_in_an_address():
    assert len(TOKEN) < 450
    assert TOKEN.startswith("1.")
    assert set(TOKEN) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_a_link_holds_some_hundred_positions_and_no_more():
    put = SMALL["positions"][1]
    many = [put | {"strike": strike, "quantity": strike % 7 - 3.5} for strike in range(50, 200)]
    assert len(encode(*read(json.dumps(SMALL | {"positions": many})))) < MAX_TOKEN
    many = [put | {"strike": 50 + n / 97, "quantity": n % 89} for n in range(1500)]
    with pytest.raises(InputError, match="more than 6,000"):
        encode(*read(json.dumps(SMALL | {"positions": many})))


@pytest.mark.parametrize(
    ("token", "fact"),
    [
        ("", "not of a version this program reads"),
        ("2" + TOKEN[1:], "not of a version this program reads"),
        ("1.", "characters that no link has"),
        (TOKEN + "é", "characters that no link has"),
        (TOKEN + "==", "characters that no link has"),
        (TOKEN[:-5], "damaged"),
        ("1.A", "damaged"),
        (TOKEN[:40] + TOKEN[41:], "damaged"),
        (TOKEN + packed(b"{}")[2:], "damaged"),
        ("1." + "A" * MAX_TOKEN, "longer than 6,000 characters"),
        (packed(b" " * (MAX_UNPACKED + 1)), "holds too much"),
        (packed(b"\xff"), "not UTF-8"),
        (packed(b"kind\nstock"), "not valid JSON"),
        (packed(b"[1]"), "not an object"),
        (packed(b"[" * 100_000), "too deeply"),
    ],
)
def test_a_link_that_is_not_whole_is_refused_in_a_sentence(token, fact):
    with pytest.raises(InputError, match=fact) as error:
        decode(token)
    (fault,) = error.value.faults
    assert fault.remedy


def test_a_link_to_a_faulty_portfolio_names_its_faults():
    document = changed(("positions", 1, "strike"), -5)
    with pytest.raises(InputError, match=r"positions\[1\].strike: strike -5 is not positive"):
        decode(packed(json.dumps(document).encode()))
