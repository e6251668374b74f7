"""Groups of legs that the rules recognise, by name and paragraph."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from margin_core.methodologies.us_reg_t.legs import Series, Shares
from margin_core.methodologies.us_reg_t.losses import strike
from margin_core.methodologies.us_reg_t.shapes import shape

if TYPE_CHECKING:
    from margin_core.methodologies.us_reg_t.legs import Leg
    from margin_core.methodologies.us_reg_t.params import Params


class Phase(StrEnum):
    """When a requirement is asked: to open, or to keep."""

    INITIAL = "initial"
    MAINTENANCE = "maintenance"


class Kind(StrEnum):
    """What the rules recognise a group of legs as."""

    UNCOVERED = "uncovered short option"
    CASH_SECURED = "cash-secured put"
    LONG_OPTION = "long option"
    LONG_STOCK = "long stock"
    SHORT_STOCK = "short stock"
    STRADDLE = "short straddle or strangle"
    SPREAD = "spread"
    BOX = "European long box"
    COVERED_CALL = "covered call"
    COVERED_PUT = "covered put"
    PROTECTIVE_PUT = "protective put"
    PROTECTIVE_CALL = "short stock with a long call"
    CONVERSION = "conversion"
    REVERSE_CONVERSION = "reverse conversion"
    COLLAR = "collar"
    INDEX_AGAINST_FUND = "short index call against a fund"


RULES = {
    Kind.UNCOVERED: "finra_4210#(f)(2)(E)",
    Kind.CASH_SECURED: "reg_t#220.8",
    Kind.LONG_OPTION: "finra_4210#(f)(2)(D)",
    Kind.LONG_STOCK: "finra_4210#(c)(1)",
    Kind.SHORT_STOCK: "finra_4210#(c)(2)-(3)",
    Kind.STRADDLE: "finra_4210#(f)(2)(G)",
    Kind.SPREAD: "finra_4210#(f)(2)(H)(i)",
    Kind.BOX: "finra_4210#(f)(2)(H)(v)e",
    Kind.COVERED_CALL: "finra_4210#(f)(2)(F)(ii)",
    Kind.COVERED_PUT: "finra_4210#(f)(2)(F)(ii)",
    Kind.PROTECTIVE_PUT: "finra_4210#(f)(2)(H)(v)a",
    Kind.PROTECTIVE_CALL: "finra_4210#(f)(2)(H)(v)a",
    Kind.CONVERSION: "finra_4210#(f)(2)(H)(v)b",
    Kind.REVERSE_CONVERSION: "finra_4210#(f)(2)(H)(v)c",
    Kind.COLLAR: "finra_4210#(f)(2)(H)(v)d",
    Kind.INDEX_AGAINST_FUND: "finra_4210#(f)(2)(H)(v)f",
}
LONG_STOCK_AND_SHORT_CALL = frozenset({Kind.COVERED_CALL, Kind.CONVERSION, Kind.COLLAR})


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms a group is margined: phase, parameters, kind of account."""

    phase: Phase
    p: Params
    cash: bool = False

    @property
    def initial(self) -> bool:
        """Whether the requirement is the one to open."""
        return self.phase is Phase.INITIAL


@dataclass(frozen=True, slots=True)
class Group:
    """Legs that are margined together; each leg carries its quantity in this group."""

    kind: Kind
    legs: tuple[Leg, ...]

    @property
    def name(self) -> str:
        """What the rule book, or the trade, calls it."""
        match self.kind:
            case Kind.SPREAD:
                return shape(self.options)
            case Kind.STRADDLE:
                call, put = self.options
                same = strike(call) == strike(put) and call.option.expiry == put.option.expiry
                return "short straddle" if same else "short strangle"
            case _:
                return str(self.kind)

    @property
    def label(self) -> str:
        """The name and the legs in words."""
        name = self.name[0].upper() + self.name[1:]
        return f"{name}: {', '.join(leg.label for leg in self.legs)}"

    @property
    def options(self) -> tuple[Series, ...]:
        """The option legs."""
        return tuple(leg for leg in self.legs if isinstance(leg, Series))

    @property
    def lot(self) -> Shares:
        """The stock leg of a group that has one."""
        return next(leg for leg in self.legs if isinstance(leg, Shares))

    @property
    def call(self) -> Series:
        """The call of a group that has one."""
        return next(leg for leg in self.options if leg.option.call)

    @property
    def put(self) -> Series:
        """The put of a group that has one."""
        return next(leg for leg in self.options if not leg.option.call)
