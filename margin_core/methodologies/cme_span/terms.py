"""The parameters of the method: its scenarios, weights, scan ranges and rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.errors import ParameterError

if TYPE_CHECKING:
    from margin_core.margin.parameters import Table

THIRDS = 3.0
REGULAR = 14  # scenarios, without the two extreme ones
THREE = 3


@dataclass(frozen=True, slots=True)
class Params:
    """See ``cme_span.toml`` for values, units and sources."""

    scenarios: tuple[tuple[float, float, float], ...]
    extreme_move: float
    extreme_cover: float
    delta_weights: tuple[tuple[float, float], ...]
    look_ahead_days: float
    price_scan_ranges: Table
    volatility_scan_ranges: Table
    lowest_move: float
    calendar_rate: float
    short_option_rate: float
    short_option_method: str
    commodity_spreads: tuple[tuple[str, float, str, float, float], ...]
    credit_method: str
    limit_option_value: bool
    initial_factor: float
    span2_products: Table
    span2_outrights: Table

    @property
    def sixteen(self) -> tuple[tuple[float, float, float], ...]:
        """All scenarios: (price scan ranges up, volatility scan ranges up, weight).

        Raises
        ------
        ParameterError
            If ``scenarios`` are not fourteen rows of three numbers.
        """
        if [len(row) for row in self.scenarios] != [THREE] * REGULAR:
            raise ParameterError(
                "not 14 rows of price, volatility and weight",
                where="scenarios",
                remedy="Give the scenarios 1 to 14; 15 and 16 follow from extreme_move.",
            )
        regular = tuple((thirds / THIRDS, vol, weight) for thirds, vol, weight in self.scenarios)
        extreme, cover = self.extreme_move, self.extreme_cover
        return (*regular, (extreme, 0.0, cover), (-extreme, 0.0, cover))

    @property
    def weights(self) -> tuple[tuple[float, float], ...]:
        """The prices of the composite delta: (price scan ranges up, weight).

        Raises
        ------
        ParameterError
            If ``delta_weights`` are not rows of two numbers.
        """
        if {len(row) for row in self.delta_weights} != {2}:
            raise ParameterError(
                "not rows of a price and its weight",
                where="delta_weights",
                remedy="Write [[0, 0.27], [1, 0.217]]: thirds of the price scan range, weight.",
            )
        return tuple(
            (side * thirds / THIRDS, weight)
            for thirds, weight in self.delta_weights
            for side in ((1.0, -1.0) if thirds else (1.0,))
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for each of the sixteen scenarios."""
        return tuple(_label(n, *scenario) for n, scenario in enumerate(self.sixteen, start=1))


def _label(number: int, price: float, vol: float, weight: float) -> str:
    thirds = round(abs(price) * THIRDS)
    size = f"{thirds}/3" if abs(price) <= 1.0 else f"{abs(price):g} x"
    moved = f"{'+' if price > 0 else '−'}{size} range" if price else "unchanged"
    volatility = {1.0: ", volatility up", -1.0: ", volatility down"}.get(vol, "")
    counted = f", {weight * 100:.4g} % of it" if weight != 1.0 else ""
    return f"Scenario {number}: price {moved}{volatility}{counted}"
