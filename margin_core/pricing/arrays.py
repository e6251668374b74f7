"""What every formula does with its arguments: check, broadcast, cut into chunks."""

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from margin_core.errors import MarketDataError

FloatArray = NDArray[np.float64]
BoolLike = bool | NDArray[np.bool_]

# Temporaries of this many elements stay in the processor's cache.
CHUNK = 16384
# Added to what is divided by or logged, so that zero needs no case of its own; too small to
# change any other number, and large enough for the normal distribution to take its inverse.
TINY = 1e-40


def require_valid(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    vol: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
) -> None:
    """Refuse what no option formula can take, naming the argument.

    Raises
    ------
    MarketDataError
        If spot, strike, years or vol is negative, or anything is not finite.
    """
    named = {"spot": spot, "strike": strike, "years": years, "vol": vol}
    for name, given in named.items():
        require_not_negative(name, given)
    for name, given in {"rate": rate, "dividend yield": dividend_yield}.items():
        lowest, highest = _range(given)
        if not (lowest > -math.inf and highest < math.inf):
            _refuse(name, lowest if not lowest > -math.inf else highest, "a finite decimal")


def require_not_negative(name: str, given: ArrayLike) -> None:
    """Refuse a negative or unbounded number.

    Raises
    ------
    MarketDataError
        If an element is negative or not finite.
    """
    lowest, highest = _range(given)
    if not (lowest >= 0.0 and highest < math.inf):
        _refuse(name, lowest if not lowest >= 0.0 else highest, "a number of zero or more")


def _range(given: ArrayLike) -> tuple[float, float]:
    """Smallest and largest element, NaN if there is one; zeros for an empty array."""
    array = floats(given)
    return (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)


def _refuse(name: str, number: float, accepted: str) -> None:
    raise MarketDataError(
        f"an option can't be valued with {name} {number:g}",
        remedy=f"Give a {name} that is {accepted}.",
    )


def floats(given: ArrayLike) -> FloatArray:
    """Return what is given as an array of floats."""
    return np.asarray(given, dtype=np.float64)


def payoff_sign(call: BoolLike) -> FloatArray:
    """+1 for a call, -1 for a put: payoff is max(sign * (spot - strike), 0)."""
    return np.where(call, 1.0, -1.0)


def by_chunks(
    kernel: Callable[..., None], n_out: int, *arguments: ArrayLike
) -> tuple[FloatArray, ...]:
    """Broadcast the arguments and run the kernel over cache-sized pieces of them."""
    arrays = [floats(argument) for argument in arguments]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    outputs = tuple(np.empty(shape) for _ in range(n_out))
    flat_outputs = [output.reshape(-1) for output in outputs]
    # A single number is left as it is: broadcasting it would only cost memory.
    flat = [a.reshape(-1) if a.size == 1 else np.broadcast_to(a, shape).reshape(-1) for a in arrays]
    for part in pieces(math.prod(shape), CHUNK):
        kernel(
            *(output[part] for output in flat_outputs),
            *(piece if piece.size == 1 else piece[part] for piece in flat),
        )
    return outputs


def pieces(size: int, length: int) -> Iterator[slice]:
    """Cut a range into slices of a length, at least 1."""
    length = max(1, length)
    return (slice(start, start + length) for start in range(0, size, length))
