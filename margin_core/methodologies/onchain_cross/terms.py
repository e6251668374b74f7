"""The parameters of on-chain cross margin, and which accounts they cover."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.errors import ParameterError
from margin_core.margin.cash_asset import not_settled_in_cash, refuse_other_money
from margin_core.margin.parameters import NOT_PUBLISHED, give
from margin_core.margin.refusal import refuse

if TYPE_CHECKING:
    from margin_core.book.portfolio import Portfolio, Position
    from margin_core.margin.parameters import Table

KEY = "onchain_cross"
OTHER = "other"
OF_PERPETUALS = ("perp_imf",)
OF_OPTIONS = ("long_itm", "short_itm", "short_otm")


class Phase(StrEnum):
    """The margin that is asked to open a position, and the one to keep it."""

    INITIAL = "initial"
    MAINTENANCE = "maintenance"


class Prices(StrEnum):
    """What a rule book says of the price that a perpetual is liquidated at."""

    NOT_DEFINED = "not defined"
    OTHERS_UNCHANGED = "others unchanged"


@dataclass(frozen=True, slots=True)
class Params:
    """See ``onchain_cross.toml`` for values, units and sources."""

    perp_imf: Table
    mmf_factor: Table
    open_interest_caps: Table
    open_notional: Table
    long_itm: Table
    short_itm: Table
    short_otm: Table
    premium_multiplier: float
    short_put_cap: float
    option_mmf_factor: float
    unpaired_scale_initial: float
    unpaired_scale_maintenance: float
    perp_fee: float
    option_fee: float
    option_fee_cap: float
    cash_asset: str
    liquidation_price: str
    documents: Table

    def fraction(self, name: str, coin: str) -> float:
        """Return the coin's entry of table ``name``, or that of coins not listed.

        Raises
        ------
        ParameterError
            If it is no ratio from 0 to 1.
        """
        table = self._table(name)
        key = _key(table, coin)
        found = table[key]
        if not isinstance(found, float) or not 0.0 <= found <= 1.0:
            raise ParameterError(
                f"{found!r} is no fraction",
                where=f"{KEY}.{name}.{key}",
                remedy="Give a ratio from 0 to 1.",
            )
        return found

    def maintenance_fraction(self, coin: str) -> float:
        """Return what a perpetual of the coin asks to be kept, ratio of its mark."""
        return self.fraction("perp_imf", coin) * self.fraction("mmf_factor", coin)

    def open_interest_increase(self, coin: str) -> float:
        """Return what the market's open interest adds to the coin's initial fraction.

        Raises
        ------
        ParameterError
            If the caps of open interest do not rise.
        """
        if coin not in self.open_interest_caps:
            return 0.0
        lower, upper = self.caps(coin)
        scaling: float = (self.open_notional[coin] - lower) / (upper - lower)
        return min(max(scaling, 0.0), 1.0) * (1.0 - self.fraction("perp_imf", coin))

    def caps(self, coin: str) -> tuple[float, float]:
        """Return the open interest from which the coin's fraction rises, and at which it is 1.

        Raises
        ------
        ParameterError
            If they do not rise.
        """
        match self.open_interest_caps[coin]:
            case (float(lower), float(upper)) if lower < upper:
                return lower, upper
            case found:
                raise ParameterError(
                    f"{found} is no open interest from which and up to which a fraction rises",
                    where=f"{KEY}.open_interest_caps.{coin}",
                    remedy="Write [20000000, 50000000].",
                )

    def lists(self, name: str, coin: str) -> bool:
        """Return whether table ``name`` has an entry for the coin, published or not."""
        table = self._table(name)
        return _key(table, coin) in table

    def lacking(self, name: str, coin: str) -> str:
        """Return the path of the coin's entry where it is not published; empty where it is."""
        table = self._table(name)
        key = _key(table, coin)
        return f"{KEY}.{name}.{key}" if key in table and table[key] == NOT_PUBLISHED else ""

    def _table(self, name: str) -> Table:
        table: Table = getattr(self, name)
        return table


def refuse_uncovered(portfolio: Portfolio, p: Params) -> None:
    """Raise ``NotCoveredError`` for positions and balances that no such account can hold."""
    refuse_other_money(portfolio, p.cash_asset)

    def reason(position: Position) -> str:
        if why := not_settled_in_cash(position, portfolio):
            return why
        if not all(p.lists(name, position.underlying) for name in _tables(position)):
            return "not listed"
        return "no fraction of its coin could be read" if _lacking(position, p) else ""

    options = ", ".join(coin for coin, _ in p.long_itm.entries if coin != OTHER) or "no coin"
    covered = (
        f"It margins perpetuals on coins and European options on {options}, settled in "
        f"{p.cash_asset}."
    )
    paths = dict.fromkeys(
        path
        for position in portfolio.positions
        if not not_settled_in_cash(position, portfolio)
        for path in _lacking(position, p)
    )
    refuse(portfolio, reason, f"{covered} {give(paths)}" if paths else covered)


def _tables(position: Position) -> tuple[str, ...]:
    return OF_OPTIONS if isinstance(position.instrument, Option) else OF_PERPETUALS


def _lacking(position: Position, p: Params) -> list[str]:
    """Return the paths of the position's fractions that are not published."""
    paths = (p.lacking(name, position.underlying) for name in _tables(position))
    return [path for path in paths if path]


def _key(table: Table, coin: str) -> str:
    return coin if coin in table else OTHER
