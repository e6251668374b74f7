"""Reads a risk parameter file, ``margin-span/1``: arrays, deltas, tiers and spread tables.

A JSON object. Amounts are in the performance bond currency of the commodity, array values are the
loss of one long contract with the weights of the extreme scenarios in them, deltas are composite.

``format`` "margin-span/1"; ``title``; ``date``; optional ``extreme_move`` and ``extreme_cover``
(of the scenarios 15 and 16: they name them); ``combined_commodities``: objects with ``code``,
``currency``, ``contract_value_factor``, optional ``underlying`` (default: the code),
``price_scan_range`` (per delta), ``volatility_scan_range`` (points, 0.04), ``credit_method``
(normal, scan_range, scan_range_cap), ``limit_option_value``, ``moved_to_span2`` (since when), and

- ``contracts``: ``kind`` (future, option), ``expiry`` (date), ``month`` (default: the expiry's,
  "202512"), ``price``, ``delta``, ``array`` (16 numbers), options also ``right`` and ``strike``;
  optional ``underlying``, ``contract_value_factor`` and ``delta_scale`` where they differ.
  Options are paid up front; futures-style ones have no place in the file.
- ``tiers``: ``name``, ``first``, ``last`` month.
- ``calendar_spreads``: ``priority``, ``rate``, two or more ``legs`` with ``month`` or ``tier``,
  ``ratio`` (default 1) and ``side`` (A, B; default A for the first leg, B for the others). Spreads
  of months come before those of tiers.
- ``delivery``: ``month``, ``spread_rate``, ``outright_rate``.
- ``short_option_minimum``: ``rate``, ``method`` (sum, larger).

``inter_commodity_spreads``: ``priority``, ``rate`` (0.7 is 70 %), ``legs`` with ``commodity``,
``side`` (A, B) and ``ratio`` (default 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from margin_core.book.instruments import Right
from margin_core.methodologies.cme_span.fields import Fields, note_repeats, parse
from margin_core.methodologies.cme_span.spread_tables import (
    calendar_spreads,
    commodity_spreads,
    deliveries,
    tiers,
)
from margin_core.methodologies.cme_span.structure import (
    SCENARIOS,
    Commodity,
    CommoditySpread,
    CreditMethod,
    Holding,
    MinimumMethod,
)

if TYPE_CHECKING:
    from datetime import date

FORMAT = "margin-span/1"


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract of the file: what it is, and what one long of it may lose."""

    commodity: str
    underlying: str
    expiry: date
    month: str
    right: Right | None  # None: a future
    strike: float
    price: float  # per unit
    factor: float  # units of the price per contract
    delta: float  # composite, in the commodity's common unit
    array: tuple[float, ...]

    @property
    def key(self) -> tuple[str, date, Right | None, float]:
        """What tells this contract from every other one in the file."""
        return self.underlying, self.expiry, self.right, self.strike

    def holding(self, label: str, quantity: float) -> Holding:
        """Return ``quantity`` of this contract, its option value at the file's price."""
        premium = quantity * self.price * self.factor if self.right else 0.0
        return Holding(
            label,
            self.underlying,
            quantity,
            tuple(quantity * loss for loss in self.array),
            quantity * self.delta,
            self.month,
            self.right,
            premium,
        )


@dataclass(frozen=True, slots=True)
class RiskFile:
    """One clearing organisation's parameters on one day."""

    title: str
    day: str
    commodities: tuple[Commodity, ...]
    contracts: tuple[Contract, ...]
    spreads: tuple[CommoditySpread, ...]
    moved_to_span2: tuple[tuple[str, str], ...] = ()  # (commodity, since when)
    extreme_move: float | None = None
    extreme_cover: float | None = None


def load_data(text: str) -> RiskFile:
    """Return the risk parameters in ``text``.

    Raises
    ------
    InputError
        With everything that is wrong with the file.
    """
    top = parse(text)
    top.choice("format", [FORMAT])
    title, day = top.text("title"), top.day("date")
    move = top.number("extreme_move", 0.0, least=0.0)
    cover = top.number("extreme_cover", 0.0, least=0.0, most=1.0)
    rows = [_row(fields) for fields in top.objects("combined_commodities")]
    codes = [row.commodity.code for row in rows]
    spreads = commodity_spreads(top, codes)
    if not top.faults:  # a fault may make two alike that are not
        note_repeats((row.fields, row.commodity.code) for row in rows)
        note_repeats((f, contract.key) for row in rows for f, contract in row.contracts)
    top.finish()
    return RiskFile(
        title,
        f"{day}",
        tuple(row.commodity for row in rows),
        tuple(contract for row in rows for _, contract in row.contracts),
        spreads,
        tuple((row.commodity.code, row.since) for row in rows if row.since),
        move or None,
        cover or None,
    )


@dataclass(frozen=True, slots=True)
class _Row:
    fields: Fields
    commodity: Commodity
    contracts: tuple[tuple[Fields, Contract], ...]
    since: str  # when it moved to SPAN 2, if it has


def _row(fields: Fields) -> _Row:
    commodity = _commodity(fields)
    underlying = fields.text("underlying", commodity.code)
    contracts = tuple((f, _contract(f, commodity, underlying)) for f in fields.objects("contracts"))
    return _Row(fields, commodity, contracts, fields.text("moved_to_span2", ""))


def _commodity(fields: Fields) -> Commodity:
    minimum = fields.object("short_option_minimum")
    known = tiers(fields)
    commodity = Commodity(
        code=fields.text("code"),
        currency=fields.text("currency"),
        tiers=known,
        calendar_spreads=calendar_spreads(fields, known),
        deliveries=deliveries(fields),
        minimum_rate=minimum.number("rate", 0.0, least=0.0),
        minimum_method=MinimumMethod(minimum.choice("method", MinimumMethod, "sum")),
        credit_method=CreditMethod(fields.choice("credit_method", CreditMethod, "normal")),
        contract_value_factor=fields.number("contract_value_factor", above=0.0),
        price_scan_range=fields.number("price_scan_range", 0.0, least=0.0) or None,
        volatility_scan_range=fields.number("volatility_scan_range", 0.0, least=0.0),
        limit_option_value=fields.flag("limit_option_value"),
    )
    if commodity.credit_method is not CreditMethod.NORMAL and commodity.price_scan_range is None:
        fields.fault("price_scan_range", "the credit method needs it", "Give it per delta.")
    return commodity


def _contract(fields: Fields, commodity: Commodity, underlying: str) -> Contract:
    option = fields.choice("kind", ["future", "option"]) == "option"
    expiry = fields.day("expiry")
    factor = commodity.contract_value_factor
    return Contract(
        commodity=commodity.code,
        underlying=fields.text("underlying", underlying),
        expiry=expiry,
        month=fields.month("month", f"{expiry:%Y%m}"),
        right=Right(fields.choice("right", Right)) if option else None,
        strike=fields.number("strike", above=0.0) if option else 0.0,
        price=fields.number("price", least=0.0) if option else fields.number("price"),
        factor=fields.number("contract_value_factor", factor, above=0.0),
        delta=fields.number("delta") * fields.number("delta_scale", 1.0, above=0.0),
        array=fields.numbers("array", SCENARIOS),
    )
