"""When to exercise: the boundary of American options by spectral collocation in time.

Exercising a put of strike 1 starts to earn interest on the strike and forgoes what the asset
would have cost to carry. A call is that put with spot and strike, rate and dividend yield
exchanged (McDonald and Schroder), so one equation serves both, written in the rates *earned* and
*forgone*. The boundary depends on neither spot nor strike, and the one up to a date covers every
earlier date.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import chebvander
from numpy.polynomial.legendre import leggauss
from numpy.typing import ArrayLike, NDArray

from margin_core.errors import MarketDataError
from margin_core.pricing.arrays import CHUNK, TINY, BoolLike, FloatArray, pieces, require_valid
from margin_core.pricing.normal import cdf

# Collocation nodes in time, quadrature nodes of the integrals, fixed-point iterations: values stay
# within 3e-5 of spot of QuantLib's high-precision scheme (tests).
NODES = 8
QUADRATURE = 12
ITERATIONS = 8
# Below this the option is as good as certain, and the equation has nothing to resolve.
SMALLEST_VOL = 1e-6

# Chebyshev points in the square root of time, latest first; the last one is expiry itself.
POINTS = np.cos(np.pi * np.arange(NODES + 1) / NODES)
# Squared depths at the points (zero at expiry) -> Chebyshev coefficients.
TO_COEFFICIENTS = np.linalg.inv(chebvander(POINTS, NODES)).T[:NODES]


@dataclass(frozen=True, slots=True, eq=False)
class Boundary:
    """Where American options of strike 1 are exercised, up to `years` before expiry.

    All arrays have one shape, the options'; `coefficients` has one more axis.

    Attributes
    ----------
    years, vol, earned, forgone : ndarray
        Time covered; volatility; rate that exercise earns (a put's interest rate, a call's
        dividend yield) and the one it forgoes.
    call, early : ndarray of bool
        Right; whether exercise before expiry can ever pay.
    log_limit : ndarray
        Logarithm of the put's boundary just before expiry.
    coefficients : ndarray of shape (..., NODES + 1)
        Chebyshev series, in the square root of time to expiry, of the squared logarithm of the
        limit over the boundary.
    """

    years: FloatArray
    vol: FloatArray
    earned: FloatArray
    forgone: FloatArray
    call: NDArray[np.bool_]
    early: NDArray[np.bool_]
    log_limit: FloatArray
    coefficients: FloatArray

    @property
    def rate(self) -> FloatArray:
        """Interest rate of each option."""
        return np.where(self.call, self.forgone, self.earned)

    @property
    def dividend_yield(self) -> FloatArray:
        """Dividend yield of each option."""
        return np.where(self.call, self.earned, self.forgone)

    def rows(self, chosen: NDArray[np.bool_]) -> "Boundary":
        """Return the boundaries of the options chosen from a shape to broadcast to, one a row."""
        n_axes = self.years.ndim
        return Boundary(
            *(
                np.broadcast_to(part, chosen.shape + part.shape[n_axes:])[chosen]
                for part in self._parts()
            )
        )

    def part(self, rows: slice | NDArray[np.intp]) -> "Boundary":
        """Return some options of the first axis."""
        return Boundary(*(part[rows] for part in self._parts()))

    def _parts(self) -> tuple[NDArray[Any], ...]:
        return tuple(getattr(self, field.name) for field in fields(self))


def boundary(
    years: ArrayLike, vol: ArrayLike, rate: ArrayLike, dividend_yield: ArrayLike, *, call: BoolLike
) -> Boundary:
    """Solve for the exercise boundary of options of strike 1.

    Parameters
    ----------
    years, vol, rate, dividend_yield : array_like
        As in `black.value`; all arguments broadcast to the options' shape.
    call : bool or ndarray of bool
        True for a call, False for a put.

    Returns
    -------
    Boundary

    Raises
    ------
    MarketDataError
        If years or vol is negative, anything is not finite, or a negative rate and dividend yield
        give the option two boundaries.

    References
    ----------
    Andersen, Lake and Offengenden, High performance American option pricing, Journal of
    Computational Finance 20 (2016): fixed-point system B.
    """
    require_valid(0.0, 0.0, years, vol, rate, dividend_yield)
    solved = solve(years, vol, rate, dividend_yield, call=call)
    twice = (solved.forgone < solved.earned) & (solved.earned < 0.0)
    if twice.any():
        right, upper, lower = (
            ("call", "dividend yield", "rate")
            if solved.call[twice][0]
            else ("put", "rate", "dividend yield")
        )
        raise MarketDataError(
            f"an American {right} with {lower} {solved.forgone[twice][0]:g} below {upper} "
            f"{solved.earned[twice][0]:g}, both negative, has two exercise boundaries, "
            "which is not covered",
            remedy=f"Give a {upper} of zero or more, or value the option as European.",
        )
    return solved


def solve(
    years: ArrayLike, vol: ArrayLike, rate: ArrayLike, dividend_yield: ArrayLike, *, call: BoolLike
) -> Boundary:
    """Solve as `boundary` does, taking an option with two boundaries as never exercised early."""
    call, *market = np.broadcast_arrays(call, years, vol, rate, dividend_yield)
    years, vol, rate, dividend_yield = (part.astype(np.float64) for part in market)
    earned = np.where(call, dividend_yield, rate)
    forgone = np.where(call, rate, dividend_yield)
    early = (earned > 0.0) | ((earned == 0.0) & (forgone < 0.0))
    # Exercise pays while earned > forgone x spot: below 1 only where more is forgone than earned.
    ratio = np.divide(earned, forgone, out=np.ones_like(earned), where=early & (forgone > earned))
    log_limit = np.log(ratio)
    coefficients = np.zeros((*years.shape, NODES + 1))
    worth_solving = early & (years > 0.0)
    facts = [part[worth_solving] for part in (years, vol, earned, forgone, log_limit)]
    found = np.empty((facts[0].size, NODES + 1))
    for part in pieces(len(found), CHUNK // (NODES * GONE.size)):
        found[part] = _squared_depths(*(fact[part] for fact in facts)).T @ TO_COEFFICIENTS
    coefficients[worth_solving] = found
    return Boundary(years, vol, earned, forgone, call, early, log_limit, coefficients)


def log_boundary(solved: Boundary, root: FloatArray) -> FloatArray:
    """Return the logarithm of the put's boundary.

    Parameters
    ----------
    solved : Boundary
        Of shape s.
    root : ndarray of shape (*s, any)
        Square root of the time to expiry as a fraction of the boundary's.

    Returns
    -------
    ndarray of the shape of root
    """
    x = 2.0 * root - 1.0
    double = 2.0 * x
    later = np.zeros_like(x)
    total = np.zeros_like(x)
    # Clenshaw's recurrence, highest coefficient first.
    for k in range(NODES, 0, -1):
        later, total = total, solved.coefficients[..., k, None] + double * total - later
    squared = solved.coefficients[..., 0, None] + x * total - later
    return np.asarray(solved.log_limit[..., None] - np.sqrt(np.abs(squared)))


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """Gauss-Legendre nodes for an integral over the time since a date, denser near the date.

    The time u that an integral from a date back to expiry has covered is taken as
    the square of a uniform variable, which removes the root in the integrand.
    """

    root_gone: FloatArray
    root_left: FloatArray
    weight: FloatArray

    @classmethod
    def of(cls, n_nodes: int) -> "Rule":
        """Return the rule for the unit interval."""
        y, weight = leggauss(n_nodes)
        root_gone = 0.5 * (1.0 + y)
        return cls(root_gone, np.sqrt(1.0 - root_gone**2), weight * root_gone)


RULE = Rule.of(QUADRATURE)
# One node more than the rule's, at expiry, for the European part of the equation.
GONE, LEFT = np.append(RULE.root_gone, 1.0), np.append(RULE.root_left, 0.0)
SHARE = (0.5 * (1.0 + POINTS[:NODES])) ** 2
# Squared depths at the points -> at each point's nodes: (QUADRATURE + 1, NODES, NODES).
SPREAD = chebvander(2.0 * np.outer(LEFT, np.sqrt(SHARE)) - 1.0, NODES) @ TO_COEFFICIENTS.T


def _squared_depths(
    years: FloatArray,
    vol: FloatArray,
    earned: FloatArray,
    forgone: FloatArray,
    log_limit: FloatArray,
) -> FloatArray:
    """Solve for the squared log of limit over boundary, of shape (NODES, n), at the points.

    Axes are quadrature, point, option: the longest is innermost, sums run over whole arrays.
    """
    vol = np.maximum(vol, SMALLEST_VOL)
    tau = years * SHARE[:, None]
    gone = tau * (GONE**2)[:, None, None]
    left = tau - gone
    weight = tau * RULE.weight[:, None, None]
    # The last node is the European value: its weight is 1, its boundary the strike.
    weight_earned, weight_forgone = np.ones_like(gone), np.ones_like(gone)
    weight_earned[:-1] = weight * earned * np.exp(earned * left[:-1])
    weight_forgone[:-1] = weight * forgone * np.exp(forgone * left[:-1])
    deviation = vol * np.sqrt(gone)
    inverse = 1.0 / (deviation + TINY)
    drift = (earned - forgone) * gone * inverse - 0.5 * deviation
    drift[-1] += log_limit * inverse[-1]
    depth = log_limit - _guess(tau, vol, earned, forgone, np.exp(log_limit))
    for _ in range(ITERATIONS):
        d2 = np.sqrt(np.abs(SPREAD @ (depth * depth)))
        d2 -= depth
        d2 *= inverse
        d2 += drift
        kept = np.einsum("qpn,qpn->pn", weight_earned, cdf(d2))
        d2 += deviation
        lost = np.einsum("qpn,qpn->pn", weight_forgone, cdf(d2))
        log_new = np.log(np.abs(kept) + TINY) - np.log(np.abs(lost) + TINY)
        depth = np.maximum(log_limit - log_new + (earned - forgone) * tau, 0.0)
    return depth * depth


def _guess(
    tau: FloatArray, vol: FloatArray, earned: FloatArray, forgone: FloatArray, limit: FloatArray
) -> FloatArray:
    """Return the logarithm of a first boundary, between its limit and the perpetual option's.

    References
    ----------
    Bjerksund and Stensland, Closed-form approximation of American options, Scandinavian Journal
    of Management 9 (1993).
    """
    variance = vol * vol
    drift = (earned - forgone) / variance - 0.5
    root = -drift - np.sqrt(drift * drift + 2.0 * earned / variance)
    perpetual = np.minimum(root / (root - 1.0), limit)
    speed = (earned - forgone) * tau - 2.0 * vol * np.sqrt(tau)
    reached = 1.0 - np.exp(np.minimum(speed * limit / (limit - perpetual + TINY), 0.0))
    return np.asarray(np.log(limit + (perpetual - limit) * reached + TINY))
