"""Cached calls into margin_core, keyed by the frozen inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from margin_core import (
    METHODOLOGIES,
    Comparison,
    Mark,
    Market,
    Move,
    PnlCube,
    Portfolio,
    PositionExposure,
    ScenarioSet,
    SpotPoint,
    against_spot,
    collateral_marks,
    compare,
    exposures,
    marks,
    moved,
    revalue,
)
from margin_core import surface as build_surface

if TYPE_CHECKING:
    from collections.abc import Callable

# Streamlit hashes a dataclass by its fields alone, so a perpetual and a stock on one underlying
# would share a cache entry; ``repr`` carries the class name and every field exactly.
_BY_REPR: dict[str | type[Any], Callable[[Any], Any]] = {
    kind: repr for kind in (Portfolio, Market, Move, ScenarioSet)
}


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=_BY_REPR)
def marked(portfolio: Portfolio, market: Market) -> tuple[Mark, ...]:
    """Return the mark of every position."""
    return marks(portfolio, market)


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=_BY_REPR)
def compared(portfolio: Portfolio, market: Market) -> Comparison:
    """Return every methodology's answer."""
    return compare(portfolio, market, METHODOLOGIES)
