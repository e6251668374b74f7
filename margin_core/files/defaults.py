"""What a contract is where the file leaves it unsaid."""

from __future__ import annotations

from margin_core.book.instruments import AssetClass, Settlement, Style

DELIVERED = frozenset(
    {AssetClass.EQUITY, AssetClass.ETF_BROAD, AssetClass.ETF_NARROW, AssetClass.ETN}
)  # options on these are American and settle in shares


def option_multiplier(asset_class: AssetClass) -> float:
    """Return the units per option: 100, for crypto 1."""
    return 1.0 if asset_class is AssetClass.CRYPTO else 100.0


def option_style(asset_class: AssetClass) -> Style:
    """Return the exercise style of options on shares and funds, or on anything else."""
    return Style.AMERICAN if asset_class in DELIVERED else Style.EUROPEAN


def option_settlement(asset_class: AssetClass) -> Settlement:
    """Return how options on shares and funds, or on anything else, settle."""
    return Settlement.PHYSICAL if asset_class in DELIVERED else Settlement.CASH
