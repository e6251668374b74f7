"""The parameters of the standard manager, and which accounts it covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.margin.cash_asset import not_settled_in_cash, refuse_other_money
from margin_core.margin.refusal import refuse

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.margin.parameters import Table


@dataclass(frozen=True, slots=True)
class Params:
    """See ``derive_srm.toml`` for values, units and sources; the names are Derive's own."""

    mm_perp_req: Table
    im_perp_req: Table
    option_markets: tuple[str, ...]
    max_spot_req: float
    min_spot_req: float
    mm_call_spot_req: float
    mm_put_spot_req: float
    mm_put_mtm_req: float
    mm_offset_scale: float
    unpaired_im_scale: float
    unpaired_mm_scale: float
    perp_threshold: float
    option_threshold: float
    base_threshold: float
    oc_factor: float
    depeg_threshold: float
    depeg_factor: float
    margin_factor: Table
    im_scale: Table
    cash_asset: str


def refuse_uncovered(portfolio: Portfolio, p: Params) -> None:
    """Raise ``NotCoveredError`` for positions and balances that no account of Derive can hold."""
    refuse_other_money(portfolio, p.cash_asset)

    def reason(position: Position) -> str:
        if why := not_settled_in_cash(position, portfolio):
            return why
        if isinstance(position.instrument, Option):
            listed = position.underlying in p.option_markets
            return "" if listed else "no options on its coin"
        listed = position.underlying in p.mm_perp_req and position.underlying in p.im_perp_req
        return "" if listed else "no margin of its perpetual published"

    refuse(
        portfolio,
        reason,
        f"It margins European options on {', '.join(p.option_markets)} and perpetuals on "
        f"{', '.join(symbol for symbol, _ in p.mm_perp_req.entries)}, settled in {p.cash_asset}.",
    )
