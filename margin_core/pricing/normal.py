"""The normal distribution on large arrays, in half the time of `scipy.special.ndtr`."""

import math

import numpy as np
from scipy.special import ndtr

from margin_core.pricing.arrays import FloatArray

ROOT_TWO_PI = math.sqrt(2.0 * math.pi)
# The tail beyond this many deviations, 1e-299, stands for all that lies further out.
FURTHEST = 37.0
# Below this size the calls into numpy cost more than the arithmetic saves.
SMALL = 1024
# Hart et al., Computer Approximations (1968), no. 5666, as printed in West, Better approximations
# to cumulative normal functions, Wilmott (2005): highest power first.
NUMERATOR = (
    3.52624965998911e-02,
    0.700383064443688,
    6.37396220353165,
    33.912866078383,
    112.079291497871,
    221.213596169931,
    220.206867912376,
)
DENOMINATOR = (
    8.83883476483184e-02,
    1.75566716318264,
    16.064177579207,
    86.7807322029461,
    296.564248779674,
    637.333633378831,
    793.826512519948,
    440.413735824752,
)


# With both polynomials divided by their leading coefficients, two multiplications become one.
LEADING = ROOT_TWO_PI * NUMERATOR[0] / DENOMINATOR[0]
NUMERATOR_REST = tuple(coefficient / NUMERATOR[0] for coefficient in NUMERATOR[1:])
DENOMINATOR_REST = tuple(coefficient / DENOMINATOR[0] for coefficient in DENOMINATOR[1:])


def cdf(x: FloatArray) -> FloatArray:
    """Return the probability that a standard normal variable is at most x.

    The absolute error is below 1e-15; relative to a tail it is 1e-10 at x = -5, 1e-7 at -10.
    """
    return np.asarray(ndtr(x)) if x.size < SMALL else cdf_and_density(x)[0]


def cdf_and_density(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return `cdf` and the density at x, which share their exponential."""
    # Beyond FURTHEST the exponential would be subnormal or zero, which processors take slowly;
    # the bound is an array because numpy's minimum is slow against a single number.
    distance = np.abs(x)
    np.minimum(distance, np.full_like(distance, FURTHEST), out=distance)
    density = np.multiply(distance, distance)
    density *= -0.5
    np.exp(density, out=density)
    density /= ROOT_TWO_PI
    if x.size < SMALL:
        return np.asarray(ndtr(x)), density
    probability = _polynomial(NUMERATOR_REST, distance)
    probability /= _polynomial(DENOMINATOR_REST, distance)
    probability *= density
    probability *= LEADING
    # 1 - tail on the right side, written without a branch: |tail - 1|.
    probability -= x > 0.0
    return np.abs(probability, out=probability), density


def _polynomial(rest: tuple[float, ...], x: FloatArray) -> FloatArray:
    """Horner's rule in place, the highest power's coefficient being 1.

    A temporary per power would cost more than the arithmetic.
    """
    total = x + rest[0]
    for coefficient in rest[1:]:
        total *= x
        total += coefficient
    return total
