"""Published examples, one module per set; each has ``figures(path)``, which yields ``Figure``s."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from margin_core.errors import MarginError

VECTORS = Path(__file__).parents[3] / "shared" / "vectors"  # beside the repository, where it is

# an example of a form that its translator doesn't read must not hide the others
UNREADABLE = (
    MarginError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


def why(error: Exception) -> str:
    """Return why an example is not covered, for its line of the replay."""
    return str(error) if isinstance(error, MarginError) else f"{type(error).__name__}: {error}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One expected figure of an example and what the public code says.

    It agrees within ``relative`` of the expected figure or within ``absolute``, whichever is more.
    ``got`` None: not covered, ``note`` says why. ``counts`` False: for the reader only.
    """

    id: str
    quantity: str
    expected: float
    got: float | None
    relative: float = 0.0
    absolute: float = 1e-9
    note: str = ""
    counts: bool = True

    @property
    def error(self) -> float:
        """The relative error; the absolute one where zero is expected."""
        assert self.got is not None
        return (self.got - self.expected) / (abs(self.expected) or 1.0)

    @property
    def agrees(self) -> bool:
        """Whether the figure is within its tolerance."""
        if self.got is None:
            return False
        allowed = max(self.relative * abs(self.expected), self.absolute)
        return abs(self.got - self.expected) <= allowed

    @property
    def verdict(self) -> str:
        """``ok``, ``FAIL``, ``not covered: why`` or ``for the reader``."""
        if not self.counts:
            return "for the reader"
        if self.got is None:
            return f"not covered: {self.note}"
        return "ok" if self.agrees else "FAIL"
