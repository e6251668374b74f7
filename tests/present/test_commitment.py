"""Hashes against published vectors, and the Merkle tree against OpenZeppelin's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from margin_core.present.commitment import (
    from_hex,
    keccak256,
    leaf,
    proof,
    root_of,
    salt,
    sha256,
    tree,
)

# Keccak team, KeccakKAT (ShortMsgKAT_256, Len 0 and 8); Ethereum yellow paper, H of nothing
KECCAK = [
    (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
    (b"\xcc", "eead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a"),
    # the topic of an ERC-20 transfer (EIP-20)
    (
        b"Transfer(address,address,uint256)",
        "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
    ),
]
# FIPS 180-4 examples, SHA-256 of "abc"
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
# OpenZeppelin merkle-tree, README: values (address, uint256) and their root
README_VALUES = [("11" * 20, 5 * 10**18), ("22" * 20, 25 * 10**17)]
README_ROOT = "d4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77"
# OpenZeppelin merkle-tree, test/standard: the letters a to f as (string)
LETTERS_ROOT = "6deb52b5da8fd108f79fab00341f38d2587896634c646ee52e49f845680a70c8"
LEAVES = st.sets(st.binary(min_size=32, max_size=32), min_size=1, max_size=20)


@pytest.mark.parametrize(("data", "expected"), KECCAK)
def test_keccak_gives_the_published_hashes(data, expected):
    assert keccak256(data).hex() == expected


def test_sha256_gives_the_published_hash():
    assert sha256(b"abc").hex() == ABC


def test_the_root_of_the_readme_of_openzeppelin_comes_out():
    words = [
        bytes.fromhex(account).rjust(32, b"\0") + amount.to_bytes(32)
        for account, amount in README_VALUES
    ]
    assert tree(keccak256(keccak256(word)) for word in words)[0].hex() == README_ROOT


def test_the_root_of_six_letters_is_that_of_openzeppelin():
    head = (32).to_bytes(32) + (1).to_bytes(32)  # a string of one byte in the Ethereum ABI
    words = [head + letter.encode().ljust(32, b"\0") for letter in "abcdef"]
    assert tree(keccak256(keccak256(word)) for word in words)[0].hex() == LETTERS_ROOT


@given(LEAVES)
@settings(max_examples=50)
def test_the_proof_of_every_leaf_leads_to_the_root_and_of_no_other_does(leaves):
    nodes = tree(leaves)
    for member in leaves:
        path = proof(nodes, member)
        assert root_of(member, path) == nodes[0]
        assert root_of(keccak256(member), path) != nodes[0]
    assert tree(sorted(leaves, reverse=True)) == nodes


def test_a_leaf_changes_with_account_report_and_salt():
    one, other = keccak256(b"1"), keccak256(b"2")
    leaves = {
        leaf("a", one, one),
        leaf("b", one, one),
        leaf("a", other, one),
        leaf("a", one, other),
    }
    assert len(leaves) == 4


def test_salts_differ_by_account_and_by_secret():
    salts = {salt(secret, name) for secret in (b"1" * 32, b"2" * 32) for name in "ab"}
    assert len(salts) == 4


def test_a_tree_of_nothing_or_of_a_leaf_twice_is_refused():
    with pytest.raises(ValueError, match="a leaf"):
        tree([])
    with pytest.raises(ValueError, match="once"):
        tree([b"1" * 32, b"1" * 32])


def test_what_is_not_in_the_tree_has_no_proof():
    with pytest.raises(ValueError, match=r"."):
        proof(tree([b"1" * 32, b"2" * 32]), b"3" * 32)


@pytest.mark.parametrize("text", ["ab" * 32, "0x" + "AB" * 32, "0x" + "ab" * 31, "0xzz", "0x a"])
def test_hexadecimal_text_has_one_form(text):
    with pytest.raises(ValueError, match=r"."):
        from_hex(text)
