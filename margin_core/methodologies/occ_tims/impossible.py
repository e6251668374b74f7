"""Values of parameters that no rule could have; what is held decides about the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from margin_core.errors import ParameterError
from margin_core.methodologies.occ_tims.terms import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from margin_core.methodologies.occ_tims.terms import Params

SHARES = ("product_offsets", "portfolio_offsets")
FIGURES = ("shares_outstanding", "daily_deviations", "small_company_shares")
MOVES = ("concentrated_move", "other_move", "house_volatility_move")


def refuse_impossible(p: Params) -> None:
    """Raise ``ParameterError`` for an impossible value.

    An offset is a share of a gain, the reader's own figures are above 0, and no price moves by
    all of itself.
    """
    for where in SHARES:
        _refuse_entries(p, where, lambda share: 0.0 <= share <= 1.0, "a number from 0 to 1")
    for where in FIGURES:
        _refuse_entries(p, where, lambda figure: figure > 0.0, "a number above 0")
    for where in MOVES:
        if not 0.0 <= getattr(p, where) < 1.0:
            _refuse(where, getattr(p, where), "a number from 0 to less than 1")
    if p.concentrated_names < 0.0 or p.concentrated_names % 1.0:
        _refuse("concentrated_names", p.concentrated_names, "a whole number, 0 or more")
    for kind, _ in p.house_ranges.entries:
        if kind not in KINDS:
            _refuse("house_ranges", kind, f"ranges of {', '.join(KINDS)}")


def _refuse_entries(p: Params, where: str, possible: Callable[[float], bool], asked: str) -> None:
    for name, value in getattr(p, where).entries:
        if not (isinstance(value, float) and possible(value)):
            _refuse(f"{where}.{name}", value, asked)


def _refuse(where: str, value: object, asked: str) -> NoReturn:
    raise ParameterError(f"{value!r} is impossible", where=where, remedy=f"Give {asked}.")
