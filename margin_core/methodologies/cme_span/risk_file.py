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
- ``calendar_spreads``: ``priority``, ``rate``, two ``legs`` with ``month`` or ``tier`` and
  ``ratio`` (default 1).
- ``delivery``: ``month``, ``spread_rate``, ``outright_rate``.
- ``short_option_minimum``: ``rate``, ``method`` (sum, larger).

``inter_commodity_spreads``: ``priority``, ``rate`` (0.7 is 70 %), ``legs`` with ``commodity``,
``side`` (A, B) and ``ratio`` (default 1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from margin_core.book.instruments import Right
from margin_core.methodologies.cme_span.fields import Fields, parse
from margin_core.methodologies.cme_span.structure import (
    SCENARIOS,
    CalendarSpread,
    Commodity,
    CommoditySpread,
    CreditLeg,
    CreditMethod,
    Delivery,
    Holding,
    MinimumMethod,
    SpreadLeg,
    Tier,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    title, day = top.text("title"), top.text("date")
    extremes = [top.number(name, 0.0, least=0.0) for name in ("extreme_move", "extreme_cover")]
    rows = [_commodity(fields) for fields in top.objects("combined_commodities")]
    spreads = tuple(_commodity_spread(f) for f in top.objects("inter_commodity_spreads", []))
    commodities = tuple(commodity for commodity, _, _ in rows)
    contracts = tuple(contract for _, listed, _ in rows for contract in listed)
    _refuse_repeats(top, "combined_commodities", [c.code for c in commodities])
    _refuse_repeats(top, "contracts", [c.key for c in contracts])
    _refuse_unknown(top, commodities, spreads)
    top.finish()
    moved = tuple((c.code, since) for c, _, since in rows if since)
    move, cover = (extreme or None for extreme in extremes)
    return RiskFile(title, day, commodities, contracts, spreads, moved, move, cover)


def _commodity(fields: Fields) -> tuple[Commodity, list[Contract], str]:
    minimum = fields.object("short_option_minimum")
    commodity = Commodity(
        code=fields.text("code"),
        currency=fields.text("currency"),
        tiers=tuple(
            Tier(f.text("name"), _month(f, "first"), _month(f, "last"))
            for f in fields.objects("tiers", [])
        ),
        calendar_spreads=tuple(_calendar_spread(f) for f in fields.objects("calendar_spreads", [])),
        deliveries=tuple(
            Delivery(
                _month(f, "month"),
                f.number("spread_rate", least=0.0),
                f.number("outright_rate", least=0.0),
            )
            for f in fields.objects("delivery", [])
        ),
        minimum_rate=minimum.number("rate", 0.0, least=0.0),
        minimum_method=MinimumMethod(minimum.choice("method", MinimumMethod, "sum")),
        credit_method=CreditMethod(fields.choice("credit_method", CreditMethod, "normal")),
        price_scan_range=fields.number("price_scan_range", 0.0, least=0.0) or None,
        volatility_scan_range=fields.number("volatility_scan_range", 0.0, least=0.0),
        limit_option_value=fields.flag("limit_option_value"),
    )
    if commodity.credit_method is not CreditMethod.NORMAL and commodity.price_scan_range is None:
        fields.fault("price_scan_range", "the credit method needs it", "Give it per delta.")
    factor = fields.number("contract_value_factor", above=0.0)
    underlying = fields.text("underlying", commodity.code)
    contracts = [
        _contract(f, commodity.code, underlying, factor) for f in fields.objects("contracts")
    ]
    _refuse_unknown_tiers(fields, commodity)
    return commodity, contracts, fields.text("moved_to_span2", "")


def _contract(fields: Fields, code: str, underlying: str, factor: float) -> Contract:
    option = fields.choice("kind", ["future", "option"]) == "option"
    expiry = _day(fields)
    return Contract(
        commodity=code,
        underlying=fields.text("underlying", underlying),
        expiry=expiry,
        month=_month(fields, "month", f"{expiry:%Y%m}"),
        right=Right(fields.choice("right", Right)) if option else None,
        strike=fields.number("strike", above=0.0) if option else 0.0,
        price=fields.number("price"),
        factor=fields.number("contract_value_factor", factor, above=0.0),
        delta=fields.number("delta") * fields.number("delta_scale", 1.0, above=0.0),
        array=fields.numbers("array", SCENARIOS),
    )


def _calendar_spread(fields: Fields) -> CalendarSpread:
    legs = [
        SpreadLeg(
            f.number("ratio", 1.0, above=0.0),
            _month(f, "month") if f.has("month") else None,
            None if f.has("month") else f.text("tier"),
        )
        for f in fields.objects("legs")
    ]
    match legs:
        case [first, second]:
            pair = first, second
        case _:
            fields.fault("legs", f"{len(legs)} legs", "Give two.")
            pair = SpreadLeg(), SpreadLeg()
    priority = int(fields.number("priority"))
    return CalendarSpread(priority, fields.number("rate", least=0.0), pair)


def _commodity_spread(fields: Fields) -> CommoditySpread:
    legs = tuple(
        CreditLeg(
            f.text("commodity"), f.choice("side", ["A", "B"]), f.number("ratio", 1.0, above=0.0)
        )
        for f in fields.objects("legs")
    )
    if {leg.side for leg in legs} != {"A", "B"}:
        fields.fault("legs", "not both sides", "Give at least one leg of side A and one of side B.")
    rate = fields.number("rate", least=0.0, most=1.0)
    return CommoditySpread(int(fields.number("priority")), rate, legs)


def _day(fields: Fields) -> date:
    text = fields.text("expiry")
    try:
        return date.fromisoformat(text)
    except ValueError:
        fields.fault("expiry", f"{text!r} is no date", "Write it as 2025-12-29.")
        return date.min


def _month(fields: Fields, name: str, default: str | None = None) -> str:
    month = fields.text(name, default)
    if not re.fullmatch(r"\d{6}|", month):
        fields.fault(name, f"{month!r} is no contract month", "Write it as 202512.")
    return month


def _refuse_repeats(top: Fields, where: str, keys: Sequence[object]) -> None:
    for key in dict.fromkeys(keys):
        if keys.count(key) > 1:
            top.fault(where, f"{key} stands there twice", "Keep one.")


def _refuse_unknown(
    top: Fields, commodities: Sequence[Commodity], spreads: Sequence[CommoditySpread]
) -> None:
    codes = {commodity.code for commodity in commodities}
    for leg in (leg for spread in spreads for leg in spread.legs):
        if leg.commodity not in codes:
            top.fault(
                "inter_commodity_spreads",
                f"no combined commodity {leg.commodity!r}",
                f"The file has {', '.join(sorted(codes))}.",
            )


def _refuse_unknown_tiers(fields: Fields, commodity: Commodity) -> None:
    tiers = {tier.name for tier in commodity.tiers}
    for leg in (leg for spread in commodity.calendar_spreads for leg in spread.legs):
        if leg.tier is not None and leg.tier not in tiers:
            fields.fault("calendar_spreads", f"no tier {leg.tier!r}", "Define it under `tiers`.")
