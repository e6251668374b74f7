"""The sentences of the Collateral page."""

import pytest

from margin_core import Backing
from pages.ui import collateral_words as words


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            Backing(("BTC",), "BTC", 1, -500.0, ("-1 BTC 90,000 put",)),
            "**Wrong-way: BTC** backs −1 BTC 90,000 put, which loses \\$500 if it falls 20 %.",
        ),
        (
            Backing(("BTC",), "BTC", 2, -500.0, ("-1 BTC 90,000 put",)),
            ("**Wrong-way: BTC** backs −1 BTC 90,000 put. All positions on BTC lose \\$500 if it "
            "falls 20 %."),
        ),
        (
            Backing(("ETH", "STETH"), "ETH", 3, -500.0, ("-1 a", "-2 b", "-3 c")),
            ("**Wrong-way: ETH and STETH** back −1 a, −2 b and 1 more. All positions on ETH "
            "lose \\$500 if they fall 20 %."),
        ),
        (
            Backing(("BTC",), "BTC", 2, 500.0, ("-1 a",)),
            "**BTC** backs −1 a, but all positions on BTC together make \\$500 if it falls 20 %.",
        ),
        (
            Backing(("BTC",), "BTC", 1, 500.0, ()),
            ("**BTC** backs nothing that loses with it: the position on BTC makes \\$500 if it "
            "falls 20 %."),
        ),
        (
            Backing(("ETH", "STETH"), "ETH", 2, 500.0, ()),
            ("**ETH and STETH** back nothing that loses with them: the positions on ETH make "
            "\\$500 if they fall 20 %."),
        ),
    ],
)  # fmt: skip
def test_a_coin_is_set_against_what_it_backs_in_the_singular_and_the_plural(found, said):
    assert words.backing(found, -0.2, "USD") == said
