"""The rule book's parameters; values, units and sources stand in ``us_reg_t.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from margin_core.margin import parameters

if TYPE_CHECKING:
    from margin_core.margin.parameters import Table


@dataclass(frozen=True, slots=True)
class Params:
    """See ``us_reg_t.toml`` for values, units and sources."""

    initial_long: float
    initial_short: float
    maintenance_long: float
    maintenance_short: float
    short_floor: float
    low_price: float
    low_price_short: float
    low_price_floor: float
    not_marginable: float
    leveraged_most: float
    long_dated_months: float
    long_dated_classes: tuple[str, ...]
    long_dated_requirement: float
    uncovered_share: Table
    uncovered_minimum: float
    uncovered_house_minimum: float
    otc_share: Table
    otc_minimum: float
    short_sale_share: float
    box_share: float
    hedge_share: float
    collar_share: float
    strategies: tuple[str, ...]
    expiry_policy: str
    minimum_equity: float
    exact_size: float
    search_nodes: float


_FILE = str(Path(__file__).with_name("__init__.py"))
DOCUMENT = parameters.read(_FILE)
PUBLISHED = parameters.load(Params, _FILE)
PROFILES = parameters.load_profiles(PUBLISHED, _FILE)
