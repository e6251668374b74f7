"""Black's formula solved for the deviation, for options out of the money on a forward.

In units of the root of forward times strike, all discounted, such an option's value depends on
two numbers alone: its distance (absolute log moneyness) and its deviation (vol x root of years).
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, ndtr, ndtri

from margin_core.pricing.arrays import TINY, FloatArray

# Each step multiplies the correct digits by four, and three take the guess to the last (tests).
STEPS = 3
# The guess counts an option as near the money if its value is over this share of its distance
# from the money (about one deviation away) and under this number.
NEAR_THE_MONEY = 0.08
SMALL_VALUE = 0.1

ROOT_TWO = math.sqrt(2.0)
ROOT_TWO_PI = math.sqrt(2.0 * math.pi)
ROOT_TWO_OVER_PI = math.sqrt(2.0 / math.pi)


def deviation(distance: FloatArray, time_value: FloatArray, room: FloatArray) -> FloatArray:
    """Solve for the deviation of options out of the money.

    Below the inflection of the value in the deviation, the objective is the logarithm of the
    value; above it, that of the room left to the value's bound. Both are smooth and close to
    their own tangents, and keep their digits where the value has lost them.

    Parameters
    ----------
    distance : ndarray
        Absolute log moneyness against the forward.
    time_value, room : ndarray
        Value, and its bound less the value; both positive.

    Returns
    -------
    ndarray
        Vol times the root of years.

    References
    ----------
    Jaeckel, Let's be rational, Wilmott (2015): the objectives and their regions; the guesses are
    simpler than there, and one step more makes up for it.
    """
    inflection = np.sqrt(2.0 * distance)
    bound = np.exp(-0.5 * distance)
    value_there = 0.5 * bound * (1.0 - erfcx(np.sqrt(distance)))
    above = time_value > value_there
    side = np.where(above, 1.0, -1.0)
    target = np.log(np.where(above, room, time_value))
    result = _guess(distance, time_value, room, inflection, value_there, bound, above)
    for _ in range(STEPS):
        result += _householder_step(distance, result, side, target)
    return result


def _guess(
    distance: FloatArray,
    time_value: FloatArray,
    room: FloatArray,
    inflection: FloatArray,
    value_there: FloatArray,
    bound: FloatArray,
    above: NDArray[np.bool_],
) -> FloatArray:
    """First deviation: exact at the inflection and in the limits far above and far below it.

    Near the money the value is linear in the deviation, and so is its inverse.
    """
    share_of_room = np.minimum(room / (bound - value_there), 1.0)
    high = -2.0 * ndtri(share_of_room * ndtr(-0.5 * inflection))
    share = np.cbrt(np.minimum(time_value / (value_there + TINY), 1.0))
    quantile = ndtri(share * ndtr(-np.sqrt(distance / 6.0)))
    low = -distance / math.sqrt(3.0) / (quantile - TINY)
    near = (time_value > NEAR_THE_MONEY * distance) & (~above | (time_value < SMALL_VALUE))
    linear = ROOT_TWO_PI * (time_value + 0.5 * distance)
    return np.where(near, linear, np.where(above, high, low))


def _householder_step(
    distance: FloatArray, deviation: FloatArray, side: FloatArray, target: FloatArray
) -> FloatArray:
    """Third-order step of Householder towards the target of the objective.

    The value (side -1) or the room above it (side 1) is exp(-(h^2 + t^2) / 2) times half of
    erfcx(side (h + t) / root 2) + side erfcx((t - h) / root 2), with h = -distance / deviation
    and t = deviation / 2; its derivative is -side times the normal density of both.
    """
    h = -distance / deviation
    t = 0.5 * deviation
    shape = erfcx(side * (h + t) / ROOT_TWO) + side * erfcx((t - h) / ROOT_TWO)
    miss = np.log(0.5 * shape) - 0.5 * (h * h + t * t) - target
    slope = ROOT_TWO_OVER_PI / shape
    newton = side * miss / slope
    bend = h * h / deviation - 0.5 * t
    second = bend + side * slope
    twist = -3.0 * (h / deviation) ** 2 - 0.25
    third = bend * bend + twist + 3.0 * side * bend * slope + 2.0 * slope * slope
    return newton * (1.0 + 0.5 * second * newton) / (1.0 + newton * (second + third * newton / 6.0))
