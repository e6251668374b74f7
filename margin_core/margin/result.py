"""MarginResult: what one methodology asks of one account; Methodology: who asks it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from margin_core.margin.last_bits import sign
from margin_core.margin.parameters import modifications

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.figure import Line
    from margin_core.margin.parameters import Source
    from margin_core.market.snapshot import Market


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one scenario of a methodology does to one group.

    ``moves`` holds (underlying, spot move, volatility move), relative; ``pnl_by_underlying`` and
    ``pnl_by_position`` sum to the P&L before any offset between groups. ``beside`` marks a charge
    that competes with the scenarios without being one of their list.
    """

    label: str
    moves: tuple[tuple[str, float, float], ...]
    pnl: float
    pnl_by_underlying: tuple[tuple[str, float], ...] = ()
    group: str = ""
    pnl_by_position: tuple[tuple[str, float], ...] = ()
    beside: bool = False


@dataclass(frozen=True, slots=True)
class LiquidationPrice:
    """At which price a position is liquidated, and at which its margin is gone.

    Both are above 0, per unit of the underlying in the currency that it is quoted in: of the
    contract itself or of its index, as the rule book states it, all else as it is today. A long
    position's lies below today's price and a short one's above, unless others or the collateral
    that moves with it outweigh it. ``bankruptcy_price`` is None where the rule book states none
    and where no price empties the account. A position that no price liquidates has no entry.
    """

    position: str
    price: float
    bankruptcy_price: float | None = None


@dataclass(frozen=True, slots=True)
class MarginResult:
    """What one methodology asks of one account, in the reporting currency.

    Requirements are positive and stand against ``equity``; ``capital_*`` are the figures that
    compare across methodologies.
    """

    methodology: str
    title: str
    currency: str
    net_liquidation_value: float
    collateral_not_counted: float
    equity: Line
    initial: Line
    maintenance: Line
    sources: tuple[Source, ...] = ()
    scenarios: tuple[Outcome, ...] = ()
    worst_by_group: tuple[Outcome, ...] = ()  # the largest group first
    liquidation_prices: tuple[LiquidationPrice, ...] = ()
    warnings: tuple[str, ...] = ()
    worst_pocket_ratio: float | None = None  # with several pockets: the worst one's
    pocket_without_equity: bool = False  # one of several pockets owes margin and holds nothing

    @property
    def worst_scenario(self) -> Outcome | None:
        """The binding scenario of the largest group; None for rule-based methodologies."""
        return self.worst_by_group[0] if self.worst_by_group else None

    @property
    def excess_initial(self) -> float:
        """Equity above the initial requirement; negative is a shortfall."""
        return self.equity.amount - self.initial.amount

    @property
    def excess_maintenance(self) -> float:
        """Equity above the maintenance requirement; negative is a shortfall."""
        return self.equity.amount - self.maintenance.amount

    @property
    def capital_to_open(self) -> float:
        """Net liquidation value at which the initial excess would be exactly zero."""
        return self.net_liquidation_value - self.collateral_not_counted - self.excess_initial

    @property
    def capital_to_keep(self) -> float:
        """Net liquidation value at which the maintenance excess would be exactly zero."""
        return self.net_liquidation_value - self.collateral_not_counted - self.excess_maintenance

    @property
    def margin_ratio(self) -> float | None:
        """Maintenance over equity, the worst pocket's; None where equity is not positive."""
        if self.pocket_without_equity:
            return None
        if self.worst_pocket_ratio is not None:
            return self.worst_pocket_ratio
        equity = self.equity.amount
        return self.maintenance.amount / equity if sign(equity) > 0 else None


@dataclass(frozen=True, slots=True)
class Methodology:
    """A published margin methodology: its name, its parameters and its one pure function."""

    key: str
    title: str
    covers: str  # the instruments, in words
    margin: Callable[..., MarginResult]  # (portfolio, market, parameters) -> result
    published: Any  # the frozen parameter class with its published values
    sources: tuple[Source, ...] = ()
    profiles: Mapping[str, Any] = field(default_factory=dict)  # name -> parameters
    load_data: Callable[[str], object] | None = None  # a data file's text -> ``data`` of the call

    def __call__(
        self, portfolio: Portfolio, market: Market, parameters: object = None, data: object = None
    ) -> MarginResult:
        """Return the margin of ``portfolio``, at the published parameters by default.

        ``data`` is what ``load_data`` returned, for a methodology that takes a data file.
        Warnings name every parameter that departs from the rule book.
        """
        margin = self.margin if data is None else partial(self.margin, data=data)
        if parameters is None:
            return margin(portfolio, market, self.published)
        result = margin(portfolio, market, parameters)
        modified = modifications(parameters, self.published, self.profiles)
        return replace(result, warnings=result.warnings + modified)
