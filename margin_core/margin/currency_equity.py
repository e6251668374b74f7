"""Equity of an account that nets each currency before it takes a haircut from what is left."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from margin_core.margin.equity import balance_value
from margin_core.margin.figure import Line, given, scaled, total
from margin_core.margin.haircuts import collateral
from margin_core.margin.last_bits import sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.haircuts import Tier
    from margin_core.market.snapshot import Market


@dataclass(frozen=True, slots=True)
class CurrencyEquity:
    """What an account's currencies count for, in the reporting currency.

    ``counted`` is the equity, one part per currency. ``nets`` holds each currency's net value
    before any haircut: a negative one is a liability. The charges belong to one phase alone, as
    those of ``haircuts.Collateral`` do.
    """

    counted: Line
    nets: tuple[tuple[str, Line], ...]
    not_counted: float
    initial_charge: Line
    maintenance_charge: Line
    warnings: tuple[str, ...] = ()

    @property
    def held(self) -> tuple[str, ...]:
        """The currencies with a positive net."""
        return tuple(currency for currency, net in self.nets if sign(net.amount) > 0)

    @property
    def liabilities(self) -> tuple[tuple[str, Line], ...]:
        """The currencies owed, each with what is owed of it as a positive line."""
        return tuple(
            (currency, scaled(f"{currency} owed", net, -1.0))
            for currency, net in self.nets
            if sign(net.amount) < 0
        )

    def borrowed(self, rate: float) -> tuple[Line, ...]:
        """Return a rate of what is owed in each currency."""
        return tuple(scaled(owed.label, owed, rate) for _, owed in self.liabilities)


def currency_equity(
    portfolio: Portfolio,
    market: Market,
    settled: Sequence[tuple[str, Line]],
    terms: Callable[[str], Sequence[Tier]],
    *,
    stressed: Mapping[str, float] = MappingProxyType({}),
    source: str = "",
) -> CurrencyEquity:
    """Return the account's equity, currency by currency.

    Parameters
    ----------
    portfolio : Portfolio
        Its balances; a positive one with a ``haircut`` of its own is cut by that alone and nets
        nothing.
    market : Market
        Prices the balances.
    settled : sequence of (str, Line)
        What each contract adds to the currency it settles in, reporting currency.
    terms : callable
        The tiers of a currency, by units of it and lowest first; what exceeds the last counts
        for nothing. A currency owed counts in full.
    stressed : mapping of str to float
        Value of a currency that the rule book's scenarios move, reporting currency: its risk is in
        the requirement, so it takes no haircut.
    source : str
        Cited by the haircuts.

    Raises
    ------
    MarketDataError
        If an asset has no price.
    """
    own = tuple(b for b in portfolio.balances if b.haircut is not None and b.amount > 0.0)
    apart = collateral(replace(portfolio, balances=own), market, lambda _: ())
    items: dict[str, list[Line]] = {}
    names: dict[str, str] = {}
    for balance in portfolio.balances:
        if balance not in own:
            value = balance_value(balance, market, portfolio.currency)
            items.setdefault(balance.asset.upper(), []).append(value)
            names[balance.asset.upper()] = balance.asset
    for currency, line in settled:
        items.setdefault(currency.upper(), []).append(line)
    nets = {currency: total(currency, *lines) for currency, lines in items.items()}
    cuts = {}
    for currency, net in nets.items():
        price = partial(market.price, names.get(currency, currency), portfolio.currency)
        free = _beyond(net, stressed.get(currency, 0.0))
        cuts[currency] = _cuts(free, terms(currency), price, source)
    counted = tuple(
        total(f"{currency} counted", net, *cuts[currency]) if cuts[currency] else net
        for currency, net in nets.items()
    )
    return CurrencyEquity(
        total("Equity by currency", *counted, *apart.counted.parts),
        tuple(nets.items()),
        apart.not_counted - sum(cut.amount for lines in cuts.values() for cut in lines),
        apart.initial_charge,
        apart.maintenance_charge,
        apart.warnings,
    )


def _beyond(net: Line, stressed: float) -> Line:
    if stressed <= 0.0:
        return net
    return total(f"{net.label} outside the stress", net, given("Moved in the stress", -stressed))


def _cuts(net: Line, tiers: Sequence[Tier], price: Callable[[], float], source: str) -> list[Line]:
    """Return what the haircuts take from a positive net, tier by tier, and what no tier takes."""
    lines, lower = [], 0.0
    for tier in tiers:
        upper = net.amount if math.isinf(tier.upper) else min(tier.upper * price(), net.amount)
        haircut = tier.haircut.maintenance
        if sign(upper - lower) > 0 and haircut:
            lines.append(_cut(net, (upper - lower) / net.amount, haircut, source))
        lower = max(lower, upper)
    if sign(net.amount - lower) > 0:
        lines.append(scaled("Not taken", net, lower / net.amount - 1.0, source=source))
    return lines


def _cut(net: Line, share: float, haircut: float, source: str) -> Line:
    label = f"Haircut {haircut * 100:.4g} %"
    if share < 1.0:
        label += f" on {share * 100:.4g} % of it"
    return scaled(label, net, -share * haircut, source=source)
