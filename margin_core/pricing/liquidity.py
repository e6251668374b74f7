"""Liquidity in a price range of an automated market maker: what it is worth, in closed form.

A position of liquidity L between the prices ``lower`` and ``upper`` holds coins and cash by the
price alone: coins only below the range, cash only above it, and inside it less coin the higher
the price. With p the price held within the range, it holds ``L * (1/sqrt(p) - 1/sqrt(upper))``
coins and ``L * (sqrt(p) - sqrt(lower))`` in cash.

Source: Uniswap v3 Core, Adams, Zinsmeister, Salem, Keefer and Robinson, March 2021, section 2,
equations 2.1 and 2.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from margin_core.pricing.black import FloatArray


def coins(spot: FloatArray, lower: float, upper: float, liquidity: float) -> FloatArray:
    """Return the coins held at each spot, which is also the delta of the value.

    Parameters
    ----------
    spot : ndarray
        Positive prices of one coin.
    lower, upper : float
        Ends of the range, ``0 < lower < upper``.
    liquidity : float
        L, in square roots of coins times money.

    Returns
    -------
    ndarray
        Of the shape of ``spot``; from 0 above the range to its greatest below it.
    """
    inside = np.clip(spot, lower, upper)
    return np.asarray(liquidity * (1.0 / np.sqrt(inside) - 1.0 / np.sqrt(upper)))


def cash(spot: FloatArray, lower: float, upper: float, liquidity: float) -> FloatArray:
    """Return the money held at each spot; parameters and shape as in ``coins``."""
    inside = np.clip(spot, lower, upper)
    return np.asarray(liquidity * (np.sqrt(inside) - np.sqrt(lower)))


def value(spot: FloatArray, lower: float, upper: float, liquidity: float) -> FloatArray:
    """Return what the position is worth at each spot, fees left out; as in ``coins``."""
    held = coins(spot, lower, upper, liquidity)
    return np.asarray(held * spot + cash(spot, lower, upper, liquidity))


def gamma(spot: FloatArray, lower: float, upper: float, liquidity: float) -> FloatArray:
    """Return how fast the coins held change with spot: never above zero.

    Nothing outside the range; at an end, where it jumps, that of the inside.
    """
    inside = (lower <= spot) & (spot <= upper)
    return np.asarray(np.where(inside, -0.5 * liquidity / np.sqrt(spot) ** 3, 0.0))
