"""The one error family: what is wrong, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: its place, the fact and the remedy."""

    where: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}.{advice}"


class MarginError(Exception):
    """Base of every error a user may see.

    ``what`` states the fact, ``where`` points at the input, ``remedy`` says what to do;
    ``faults`` holds everything wrong with it, ``fault`` first.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.fault = Fault(where, what, remedy)
        self.faults: tuple[Fault, ...] = (self.fault,)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class _SeveralError(MarginError):
    """An error that may carry many faults."""

    def __init__(
        self, what: str, *, where: str = "", remedy: str = "", faults: tuple[Fault, ...] = ()
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.faults = faults or self.faults

    @classmethod
    def of(cls, faults: tuple[Fault, ...]) -> Self:
        """Return one error that carries every one of ``faults``."""
        first = faults[0]
        return cls(first.what, where=first.where, remedy=first.remedy, faults=faults)


class InputError(_SeveralError):
    """Input that the user can correct; ``faults`` holds everything wrong with it."""


class MarketDataError(_SeveralError):
    """A quote the calculation needs is absent or impossible."""


class ParameterError(MarginError):
    """A methodology's parameter file, or a value given for one, is faulty."""


class NotCoveredError(MarginError):
    """A methodology does not margin an account; ``positions`` says which, each with its reason."""

    def __init__(
        self, what: str, *, where: str = "", remedy: str = "", positions: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.positions = positions

    def at(self, where: str) -> NotCoveredError:
        """Return the same refusal with another place, which the first is a part of."""
        fault = self.fault
        place = f"{where}: {fault.where}" if fault.where else where
        return NotCoveredError(
            fault.what, where=place, remedy=fault.remedy, positions=self.positions
        )


class ConvergenceError(MarginError):
    """A numerical search found no answer to the accuracy asked."""
