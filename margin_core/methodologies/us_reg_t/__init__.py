"""US Reg T with the exchanges' strategy-based rules, in the cheapest lawful pairing."""

from margin_core.margin.result import Methodology
from margin_core.methodologies.us_reg_t.account import margin
from margin_core.methodologies.us_reg_t.explanation import (
    Pairing,
    SimplePairing,
    pairings,
    simple_pairing,
)
from margin_core.methodologies.us_reg_t.params import DOCUMENT, PROFILES, PUBLISHED, Params

METHODOLOGY = Methodology(
    "us_reg_t",
    DOCUMENT.title,
    covers=(
        "US stocks, funds and exchange-traded notes, and listed and OTC options on them and on "
        "stock and volatility indices, in margin and cash accounts. Not futures, perpetuals, "
        "coins, options on coins or commodities, convertibles, warrants, FLEX options or baskets "
        "of stock"
    ),
    margin=margin,
    published=PUBLISHED,
    sources=DOCUMENT.sources,
    profiles=PROFILES,
)

__all__ = [
    "METHODOLOGY",
    "PROFILES",
    "PUBLISHED",
    "Pairing",
    "Params",
    "SimplePairing",
    "margin",
    "pairings",
    "simple_pairing",
]
