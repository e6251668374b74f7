"""What a combined commodity is made of: its tables of tiers, spreads, charges and credits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from margin_core.book.instruments import Right

SCENARIOS = 16


class MinimumMethod(StrEnum):
    """How short options are counted for their minimum."""

    SUM = "sum"  # short calls + short puts
    LARGER = "larger"  # the larger of the two


class CreditMethod(StrEnum):
    """What an inter-commodity credit takes as the price risk of one delta."""

    NORMAL = "normal"  # the futures price risk of the position
    SCAN_RANGE = "scan_range"  # the price scan range
    SCAN_RANGE_CAP = "scan_range_cap"  # the former, at most the latter


@dataclass(frozen=True, slots=True)
class Holding:
    """A net position in one contract: its losses, deltas and option value.

    ``losses`` holds one loss per scenario of the whole holding, weight included, loss positive;
    ``delta`` is its composite delta in the commodity's common unit; ``option_value`` is what it
    adds to the net option value. Amounts in the performance bond currency.
    """

    label: str
    underlying: str
    quantity: float
    losses: tuple[float, ...]
    delta: float
    month: str = ""  # contract month; empty for what has none
    right: Right | None = None
    option_value: float = 0.0


@dataclass(frozen=True, slots=True)
class Tier:
    """The contract months from ``first`` to ``last``."""

    name: str
    first: str
    last: str

    def holds(self, month: str) -> bool:
        """Return whether ``month`` belongs to this tier."""
        return self.first <= month <= self.last


@dataclass(frozen=True, slots=True)
class SpreadLeg:
    """A leg of a calendar spread: deltas of a month, or of any month of a tier.

    Legs of side A and of side B have opposite deltas, whichever way round.
    """

    side: str
    ratio: float = 1.0
    month: str | None = None
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class CalendarSpread:
    """Deltas of legs against one another, at ``rate`` for each spread formed."""

    priority: int
    rate: float
    legs: tuple[SpreadLeg, ...]
    name: str = ""

    @property
    def by_series(self) -> bool:
        """Whether every leg names a month: such spreads come first."""
        return all(leg.month is not None for leg in self.legs)

    @property
    def label(self) -> str:
        """The spread's name, or its legs in words."""
        return self.name or " / ".join(
            f"tier {leg.tier}" if leg.month is None else (leg.month or "spot") for leg in self.legs
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """The charge on deltas in a delivery month, within calendar spreads and outright."""

    month: str
    spread_rate: float
    outright_rate: float


@dataclass(frozen=True, slots=True)
class Commodity:
    """A combined commodity's own tables; amounts in its performance bond currency."""

    code: str
    currency: str
    tiers: tuple[Tier, ...] = ()
    calendar_spreads: tuple[CalendarSpread, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    minimum_rate: float = 0.0  # per short option
    minimum_method: MinimumMethod = MinimumMethod.SUM
    credit_method: CreditMethod = CreditMethod.NORMAL
    contract_value_factor: float = 1.0  # units of the price per delta
    price_scan_range: float | None = None  # per delta
    volatility_scan_range: float = 0.0  # points
    limit_option_value: bool = False  # its excess option value pays for nothing else


@dataclass(frozen=True, slots=True)
class CreditLeg:
    """One side of an inter-commodity spread; sides A and B must have opposite deltas."""

    commodity: str
    side: str
    ratio: float = 1.0


@dataclass(frozen=True, slots=True)
class CommoditySpread:
    """Deltas of several commodities against one another, and the share of risk they save."""

    priority: int
    rate: float
    legs: tuple[CreditLeg, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """The account as SPAN sees it: commodities with their holdings, and spreads between them.

    ``moves`` holds, per commodity code and scenario, (underlying, spot move, volatility points).
    """

    holdings: tuple[tuple[Commodity, tuple[Holding, ...]], ...]
    spreads: tuple[CommoditySpread, ...]
    moves: dict[str, tuple[tuple[tuple[str, float, float], ...], ...]]
