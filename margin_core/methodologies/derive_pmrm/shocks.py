"""How volatilities move in each kind of scenario, and how a shocked value is discounted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from margin_core.market.snapshot import DAYS_PER_YEAR
from margin_core.methodologies.derive_pmrm.terms import Shock

if TYPE_CHECKING:
    from margin_core.methodologies.derive_pmrm.terms import Params
    from margin_core.pricing.black import FloatArray

TINY = 1e-300  # added to no width but zero, so that it needs no case of its own


def shocked_vol(
    shock: Shock,
    vol: FloatArray,
    years: FloatArray,
    moneyness: FloatArray,
    p: Params,
) -> FloatArray:
    """Return each option's volatility after ``shock``.

    Parameters
    ----------
    shock : Shock
    vol : ndarray of shape (n_options,)
        Annualised decimals.
    years : ndarray of shape (n_options,)
        To expiry.
    moneyness : ndarray of shape (n_options,)
        ln(strike / forward).
    p : Params

    Returns
    -------
    ndarray of shape (n_options,)
        Annualised decimals, not negative.
    """
    match shock:
        case Shock.NONE:
            return vol
        case Shock.UP:
            return np.maximum(p.min_vol_up_shock, vol * (1.0 + p.vol_range_up * term(years, p)))
        case Shock.DOWN:
            return vol * np.maximum(1.0 - p.vol_range_down * term(years, p), 0.0)
        case Shock.LINEAR:
            return vol * _skew(moneyness, years, p.linear_base_cap, p.linear_c_base, p)
        case Shock.ABS:
            return vol * _skew(np.abs(moneyness), years, p.abs_base_cap, p.abs_c_base, p)


def term(years: FloatArray, p: Params) -> FloatArray:
    """Return how much a range of volatility counts at each time to expiry.

    The floor under the days goes into the ratio; which power applies is asked of the days
    themselves. At expiry, where no volatility counts, the reference days stand for none, so that
    the floor may be zero.
    """
    days = np.where(years > 0.0, years * DAYS_PER_YEAR, p.reference_days)
    power = np.where(days <= p.reference_days, p.short_term_power, p.long_term_power)
    return np.asarray((p.reference_days / np.maximum(days, p.dte_floor)) ** power)


def static_discounts(years: float, rate: float, p: Params) -> tuple[float, float]:
    """Return what a positive and a negative shocked value of one expiry are multiplied by.

    A liability is never marked up beyond its value without discounting.
    """
    long_rate = rate * p.long_rate_mult_scale + p.long_rate_add_scale
    short_rate = rate * p.short_rate_mult_scale + p.short_rate_add_scale
    return (
        p.long_base_static_discount * math.exp(-years * long_rate),
        min(math.exp(rate * years), p.short_base_static_discount * math.exp(years * short_rate)),
    )


def _skew(
    moneyness: FloatArray, years: FloatArray, base_cap: float, c_base: float, p: Params
) -> FloatArray:
    """Return what volatilities are multiplied by: more the farther the strike, up to a cap.

    A negative cap, which long expiries may have, is taken as the formula has it.
    """
    root = np.sqrt(years)
    cap = c_base * root + base_cap
    width = np.maximum(
        p.min_k_star, root * p.width_scale * (p.vol_param_static + root * p.vol_param_scale)
    )
    slope = moneyness * cap / np.maximum(width, TINY)
    change = np.where(moneyness >= 0.0, np.minimum(cap, slope), np.maximum(-cap, slope))
    return np.maximum(1.0 + change, 0.0)
