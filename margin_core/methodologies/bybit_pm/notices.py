"""What the reader of a Bybit figure must know: what was assumed, what does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.margin.coin_account import DOLLAR
from margin_core.margin.haircuts import NOT_TAKEN
from margin_core.margin.last_bits import sign
from margin_core.methodologies.bybit_pm.terms import KEY, collateral_tiers, ratio_entry
from margin_core.risk.exposures import PERCENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.margin.currency_equity import CurrencyEquity
    from margin_core.margin.figure import Line
    from margin_core.methodologies.bybit_pm.terms import Params
    from margin_core.methodologies.bybit_pm.unit import Unit

EXAMPLE = ("BTC", "USDT")  # whose ratios are those of the help page's example


def notices(
    units: Sequence[Unit], contingencies: Sequence[Line], assets: CurrencyEquity, p: Params
) -> Iterator[str]:
    """Yield the sentences of one result; ``contingencies`` holds one line per unit."""
    if any(unit.options for unit in units):
        yield (
            f"The stress is assumed: {p.spot_points:g} even prices, volatilities up "
            f"{p.vol_up:.0%} and down {p.vol_down:.0%}; Bybit's own factors could not be read."
        )
    if any(line.amount for line in contingencies):
        yield "The contingency follows formulas as a mirror rewrites them; their terms may differ."
    yield from _on_coins(units, assets, p)


def _on_coins(units: Sequence[Unit], assets: CurrencyEquity, p: Params) -> Iterator[str]:
    held = assets.held
    short = [
        u.coin for u in units if sign(sum(c.exposure.delta for c in u.contracts) / PERCENT) < 0
    ]
    unused = [coin for coin in short if coin in held]
    if unused and not p.spot_hedging:
        yield (
            f"{_listed(unused)} held does not hedge: spot hedging is off, as it is unless turned "
            f"on (-p {KEY}.spot_hedging=true)."
        )
    unknown = [a for a in held if a != DOLLAR and collateral_tiers(a, p) == NOT_TAKEN]
    if unknown:
        yield (
            f"{_listed(unknown)}: no collateral ratio could be read, so it counts only as far as "
            "it hedges. Give its haircut with the balance, or "
            + " ".join(
                dict.fromkeys(f"-p {KEY}.collateral_ratio.{ratio_entry(a, p)}=..." for a in unknown)
            )
        )
    examples = [asset for asset in held if asset in EXAMPLE]
    if examples:
        yield f"{_listed(examples)} counts at the ratios of an example on the help page."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
