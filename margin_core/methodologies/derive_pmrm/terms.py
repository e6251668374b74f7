"""The parameters of the risk manager, its scenarios, and which accounts it covers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from margin_core.book.instruments import AssetClass
from margin_core.errors import ParameterError
from margin_core.margin.cash_asset import not_settled_in_cash, refuse_other_money
from margin_core.margin.refusal import refuse

if TYPE_CHECKING:
    from typing import Any

    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.margin.parameters import Table


@dataclass(frozen=True, slots=True)
class Params:
    """See ``derive_pmrm.toml`` for values, units and sources; the names are Derive's own."""

    managers: tuple[str, ...]
    scenarios: tuple[tuple[float, str, float], ...]
    vol_range_up: float
    vol_range_down: float
    reference_days: float
    short_term_power: float
    long_term_power: float
    dte_floor: float
    min_vol_up_shock: float
    linear_base_cap: float
    linear_c_base: float
    abs_base_cap: float
    abs_c_base: float
    min_k_star: float
    width_scale: float
    vol_param_static: float
    vol_param_scale: float
    long_base_static_discount: float
    long_rate_mult_scale: float
    long_rate_add_scale: float
    short_base_static_discount: float
    short_rate_mult_scale: float
    short_rate_add_scale: float
    scenario_spot_up: float
    scenario_spot_down: float
    basis_cont_add_factor: float
    basis_cont_mult_factor: float
    im_factor: float
    mm_factor: float
    peg_loss_threshold: float
    peg_loss_factor: float
    conf_threshold: float
    conf_margin: float
    mm_perp_percent: float
    im_perp_percent: float
    mm_option_percent: float
    im_option_percent: float
    base_percent: float
    settlement_minutes: float
    cash_asset: str
    tracks: Table
    risk_cancelling_haircut: Table
    haircut: Table
    discounted_prices: bool
    scaled_contingencies: bool
    pooled_confidence: bool


class Shock(StrEnum):
    """What a scenario does to volatilities."""

    NONE = "none"
    UP = "up"
    DOWN = "down"
    LINEAR = "linear"
    ABS = "abs"

    @property
    def skews(self) -> bool:
        """Whether each option's volatility moves by its strike, and the forward does not move."""
        return self in {Shock.LINEAR, Shock.ABS}


WORDS = {
    Shock.NONE: "",
    Shock.UP: "vol up",
    Shock.DOWN: "vol down",
    Shock.LINEAR: "linear skew",
    Shock.ABS: "absolute skew",
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """``spot`` multiplies prices; ``dampening`` is the share of the change that counts."""

    spot: float
    shock: Shock
    dampening: float = 1.0

    @property
    def move(self) -> float:
        """The relative move of prices."""
        return self.spot - 1.0

    @property
    def forward(self) -> float:
        """What the part of a forward that is not yet fixed is multiplied by."""
        return 1.0 if self.shock.skews else self.spot

    @property
    def label(self) -> str:
        """A short name such as ``spot −33 %, vol up, 10.9 % of it``."""
        sign = "+" if self.move > 0.0 else "−"
        spot = f"spot {sign}{abs(self.move) * 100:.4g} %" if self.move else "spot unchanged"
        share = f"{self.dampening * 100:.3g} % of it" if self.dampening != 1.0 else ""
        return ", ".join(part for part in (spot, WORDS[self.shock], share) if part)


def scenarios(p: Params) -> tuple[Scenario, ...]:
    """Return the scenarios of every manager; ``ParameterError`` if a row of them is faulty."""
    return tuple(_scenario(row) for row in p.scenarios)


def refuse_uncovered(portfolio: Portfolio, p: Params) -> None:
    """Raise ``NotCoveredError`` for positions and balances that no account of Derive can hold."""
    refuse_other_money(portfolio, p.cash_asset)

    def reason(position: Position) -> str:
        if why := not_settled_in_cash(position, portfolio):
            return why
        return "" if position.underlying in p.managers else "no manager of its coin"

    refuse(
        portfolio,
        reason,
        f"It margins European options and perpetuals on {', '.join(p.managers)}, settled in "
        f"{p.cash_asset}.",
    )


def markets(portfolio: Portfolio, p: Params) -> tuple[str, ...]:
    """Return the coins whose managers margin the account, each its own part of it.

    They are those of the positions; without positions, every coin listed that has a manager.
    """
    held = dict.fromkeys(position.underlying for position in portfolio.positions)
    if held:
        return tuple(held)
    return tuple(
        underlying.symbol
        for underlying in portfolio.underlyings
        if underlying.asset_class is AssetClass.CRYPTO and underlying.symbol in p.managers
    )


def _scenario(row: Any) -> Scenario:  # noqa: ANN401 - as the file or the user gave it
    match row:
        case (float(spot), str(shock), float(dampening)) if (
            shock in list(Shock) and spot > 0.0 and math.isfinite(spot) and dampening >= 0.0
        ):
            return Scenario(spot, Shock(shock), dampening)
        case _:
            raise ParameterError(
                f"{row!r} is no scenario",
                where="derive_pmrm.scenarios",
                remedy=f"Give [spot multiplier, one of {', '.join(Shock)}, dampening].",
            )
