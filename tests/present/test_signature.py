"""EIP-712 against the example of the standard, and what no signature may look like."""

import pytest

from margin_core.present.commitment import keccak256
from margin_core.present.signature import address, digest, sign, signer

# EIP-712, assets/eip-712/Example.js: "Ether Mail", signed with keccak256("cow")
TYPES = {
    "EIP712Domain": [
        ("string", "name"),
        ("string", "version"),
        ("uint256", "chainId"),
        ("address", "verifyingContract"),
    ],
    "Person": [("string", "name"), ("address", "wallet")],
    "Mail": [("Person", "from"), ("Person", "to"), ("string", "contents")],
}
DOMAIN = {
    "name": "Ether Mail",
    "version": "1",
    "chainId": 1,
    "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
}
COW, BOB = (
    "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826",
    "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB",
)
MAIL = {
    "from": {"name": "Cow", "wallet": COW},
    "to": {"name": "Bob", "wallet": BOB},
    "contents": "Hello, Bob!",
}
DIGEST = "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"
R = "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d"
S = "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562"
KEY = keccak256(b"cow")
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def test_the_mail_of_the_standard_has_its_digest():
    assert digest(TYPES, "Mail", DOMAIN, MAIL).hex() == DIGEST


def test_the_mail_of_the_standard_has_its_signature():
    assert sign(bytes.fromhex(DIGEST), KEY) == f"0x{R}{S}1c"


def test_the_signer_of_the_mail_is_the_cow():
    assert signer(bytes.fromhex(DIGEST), f"0x{R}{S}1c") == COW == address(KEY)


def test_a_changed_message_has_another_signer():
    changed = digest(TYPES, "Mail", DOMAIN, MAIL | {"contents": "Hello, Bob?"})
    assert signer(changed, f"0x{R}{S}1c") != COW


def test_the_other_form_of_a_signature_is_refused():
    upper = f"{ORDER - int(S, 16):064x}"  # the same point, and another text
    with pytest.raises(ValueError, match="lower one"):
        signer(bytes.fromhex(DIGEST), f"0x{R}{upper}1b")


@pytest.mark.parametrize("text", [f"0x{R}{S}1d", f"0x{R}{S}", f"0x{'00' * 64}1b"])
def test_what_is_no_signature_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        signer(bytes.fromhex(DIGEST), text)


def test_negative_amounts_are_signed_as_signed_integers():
    types = {"EIP712Domain": [], "A": [("int256", "amount"), ("bytes32", "hash")]}
    one, other = (
        digest(types, "A", {}, {"amount": amount, "hash": b"1" * 32}) for amount in (-1, 1)
    )
    assert one != other


def test_a_type_that_is_not_written_here_is_refused():
    with pytest.raises(ValueError, match="bool"):
        digest({"EIP712Domain": [], "A": [("bool", "flag")]}, "A", {}, {"flag": True})
