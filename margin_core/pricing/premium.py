"""What early exercise adds to a European put of strike 1, given the exercise boundary.

The premium is the interest earned less the carry forgone while spot is below the boundary,
integrated over the time to expiry. Options are rows, the spots of one option run along its row.
"""

from dataclasses import dataclass

import numpy as np

from margin_core.pricing.arrays import CHUNK, TINY, FloatArray, pieces
from margin_core.pricing.exercise import SMALLEST_VOL, Boundary, Rule, log_boundary
from margin_core.pricing.normal import cdf, cdf_and_density

# The value is an integral of probabilities, its slopes integrals of densities, which are narrow.
VALUE_RULE = Rule.of(16)
SLOPE_RULE = Rule.of(64)


def premium(boundary: Boundary, years: FloatArray, log_moneyness: FloatArray) -> FloatArray:
    """Return the early exercise premium, zero where exercise is due at once.

    Parameters
    ----------
    boundary : Boundary of shape (n_options,)
        Of options that may be exercised early.
    years : ndarray of shape (n_options,)
        Time to expiry, at most the boundary's.
    log_moneyness : ndarray of shape (n_options, n_spot)
        Logarithm of spot over strike.

    Returns
    -------
    ndarray of shape (n_options, n_spot)
        In strikes; never negative.

    References
    ----------
    Kim, The analytic valuation of American options, Review of Financial Studies 3 (1990).
    """
    integral = _Integral.of(boundary, years, VALUE_RULE)
    moneyness = np.exp(log_moneyness)
    n_options, n_spot = moneyness.shape
    out = np.empty_like(moneyness)
    for part in pieces(n_options, CHUNK // (n_spot * VALUE_RULE.weight.size)):
        spots = np.stack([log_moneyness[part], np.ones_like(log_moneyness[part])], axis=1)
        earned = integral.weight_earned[part] @ cdf(integral.minus_d2[part] @ spots)
        forgone = integral.weight_forgone[part] @ cdf(integral.minus_d1[part] @ spots)
        out[part] = earned[:, 0] - moneyness[part] * forgone[:, 0]
    return np.where(log_moneyness > integral.log_boundary, np.maximum(out, 0.0), 0.0)


def slopes(
    boundary: Boundary, years: FloatArray, log_moneyness: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the premium's first and second derivative in moneyness.

    Parameters are those of `premium`; where exercise is due at once the derivatives are not those
    of the option's value.
    """
    integral = _Integral.of(boundary, years, SLOPE_RULE)
    first, second = np.empty_like(log_moneyness), np.empty_like(log_moneyness)
    n_options, n_spot = first.shape
    for part in pieces(n_options, CHUNK // (n_spot * SLOPE_RULE.weight.size)):
        spots = np.stack([log_moneyness[part], np.ones_like(log_moneyness[part])], axis=1)
        moneyness = np.exp(log_moneyness[part])
        inverse = integral.inverse_deviation[part, :, None]
        earned, forgone = integral.weight_earned[part], integral.weight_forgone[part]
        minus_d2, minus_d1 = integral.minus_d2[part] @ spots, integral.minus_d1[part] @ spots
        _, density_2 = cdf_and_density(minus_d2)
        below, density_1 = cdf_and_density(minus_d1)
        density_2 *= inverse
        density_1 *= inverse
        steep = earned @ density_2 / moneyness[:, None] - forgone @ density_1
        first[part] = -(steep + forgone @ below)[:, 0]
        minus_d2 *= inverse
        minus_d1 *= inverse
        curved = earned @ (density_2 * (1.0 - minus_d2)) / moneyness[:, None]
        curved += forgone @ (density_1 * (1.0 + minus_d1))
        second[part] = curved[:, 0] / moneyness
    return first, second


@dataclass(frozen=True, slots=True, eq=False)
class _Integral:
    """What the premium's integral needs of each option at each node, whatever the spot.

    -d1 and -d2 are products of the two columns held here and the rows (log moneyness, 1).
    """

    minus_d1: FloatArray  # (n_options, n_nodes, 2)
    minus_d2: FloatArray  # (n_options, n_nodes, 2)
    inverse_deviation: FloatArray  # (n_options, n_nodes)
    weight_earned: FloatArray  # (n_options, 1, n_nodes)
    weight_forgone: FloatArray  # (n_options, 1, n_nodes)
    log_boundary: FloatArray  # (n_options, 1), at the date itself

    @classmethod
    def of(cls, boundary: Boundary, years: FloatArray, rule: Rule) -> "_Integral":
        """Take the boundary's values at the nodes between the date and expiry."""
        root = np.sqrt(years / boundary.years)[:, None]
        log_limits = log_boundary(boundary, root * np.append(rule.root_left, 1.0))
        gone = years[:, None] * rule.root_gone**2
        earned, forgone = boundary.earned[:, None], boundary.forgone[:, None]
        deviation = np.maximum(boundary.vol, SMALLEST_VOL)[:, None] * np.sqrt(gone) + TINY
        inverse = 1.0 / deviation
        offset = (log_limits[:, :-1] - (earned - forgone) * gone) * inverse
        half = 0.5 * deviation
        weight = years[:, None] * rule.weight
        return cls(
            np.stack([-inverse, offset - half], axis=-1),
            np.stack([-inverse, offset + half], axis=-1),
            inverse,
            (weight * earned * np.exp(-earned * gone))[:, None, :],
            (weight * forgone * np.exp(-forgone * gone))[:, None, :],
            log_limits[:, -1:],
        )
