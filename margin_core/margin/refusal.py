"""Why an account is not covered: its positions by the reason, the first few of each by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.errors import NotCoveredError
from margin_core.margin.parameters import give

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from margin_core.book.portfolio import Balance, Portfolio, Position

NAMED = 3  # of many names a sentence has so many, and counts the rest


def refuse(portfolio: Portfolio, reason: Callable[[Position], str], remedy: str) -> None:
    """Raise ``NotCoveredError`` where ``reason`` gives one for a position.

    The message has the positions by reason, ``positions`` of the error every one of them.
    """
    reasons = dict.fromkeys((position.label, reason(position)) for position in portfolio.positions)
    refused = [(label, why) for label, why in reasons if why]
    found: dict[str, list[str]] = {}
    for label, why in refused:
        found.setdefault(why, []).append(label)
    if found:
        raise NotCoveredError(
            "; ".join(f"{listed(labels)}: {why}" for why, labels in found.items()),
            where="positions",
            remedy=remedy,
            positions=tuple(f"{label}: {why}" for label, why in refused),
        )


def refuse_currency(portfolio: Portfolio, currency: str, counted: str) -> None:
    """Raise ``NotCoveredError`` unless the account reports in ``currency``.

    ``counted`` says what is counted in it, with its verb: "its tiers are".
    """
    if portfolio.currency != currency:
        raise NotCoveredError(
            f"{counted} in {currency}, the portfolio reports in {portfolio.currency}",
            where="currency",
            remedy=f"Report in {currency}.",
        )


def refuse_unpublished(needed: Mapping[str, str]) -> None:
    """Raise ``NotCoveredError`` for parameters, from path to use, that nobody published or gave."""
    if needed:
        raise NotCoveredError(
            f"{'; '.join(needed.values())} (not published)",
            where="parameters",
            remedy=give(needed),
        )


def refuse_debts(owed: Iterable[Balance], remedy: str) -> None:
    """Raise ``NotCoveredError`` naming what is owed, if anything is."""
    debts = [f"{balance.amount:+,.12g} {balance.asset}" for balance in owed]
    if debts:
        raise NotCoveredError(f"{listed(debts)}: a debt", where="collateral", remedy=remedy)


def listed(names: Sequence[str], most: int = NAMED) -> str:
    """Return the names in a sentence; of many the first ``most``, and how many more there are."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
