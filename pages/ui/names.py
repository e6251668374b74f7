"""Short names of rule books for sentences and the ends of lines; titles stand everywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core import DOCUMENTS

if TYPE_CHECKING:
    from margin_core import MarginResult

SHORT = {key: document.short for key, document in DOCUMENTS.items()}

# what each is set against in a sentence: the older or simpler book of the same market
PAIRS = (
    ("occ_tims", "us_reg_t"),
    ("deribit_pm", "deribit_sm"),
    ("derive_pmrm", "derive_srm"),
    ("paradex_pm", "onchain_cross"),
    ("perps_cross", "perps_isolated"),
)
LOCKS_UP = ("full_collateral",)  # what it asks is locked up, so it liquidates nobody
HOUSE = ("scenario_pm", "tail_risk", "full_collateral")  # what no venue asks

_TINTS = {"occ_tims": "violet", "deribit_pm": "green", "deribit_sm": "green"}


def short(result: MarginResult) -> str:
    """Return the rule book's short name."""
    return SHORT.get(result.methodology, result.title)


def tinted(text: str, key: str) -> str:
    """Return Markdown of ``text`` in the rule book's colour, where the theme has that colour."""
    return f":{_TINTS[key]}[{text}]" if key in _TINTS else text
