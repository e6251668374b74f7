"""The normal distribution against scipy's."""

import numpy as np
from scipy.special import ndtr
from scipy.stats import norm

from margin_core.pricing import normal

EVERYWHERE = np.linspace(-37.0, 37.0, 20_001)


def test_cdf_is_exact_to_the_last_digits():
    np.testing.assert_allclose(normal.cdf(EVERYWHERE), ndtr(EVERYWHERE), rtol=0.0, atol=1e-15)


def test_tails_keep_their_relative_accuracy():
    for furthest, relative in ((-5.0, 1e-10), (-10.0, 1e-7)):
        tail = EVERYWHERE[(furthest <= EVERYWHERE) & (EVERYWHERE < 0.0)]
        np.testing.assert_allclose(normal.cdf(tail), ndtr(tail), rtol=relative)


def test_density_comes_with_it():
    _, density = normal.cdf_and_density(EVERYWHERE)
    np.testing.assert_allclose(density, norm.pdf(EVERYWHERE), rtol=1e-12, atol=1e-300)


def test_few_numbers_and_many_give_the_same():
    few = np.array([-2.0, 0.0, 0.5])
    many = np.resize(few, normal.SMALL + 1)
    for one, other in zip(normal.cdf_and_density(few), normal.cdf_and_density(many), strict=True):
        np.testing.assert_allclose(one, other[:3], rtol=1e-14)


def test_far_out_it_is_certain():
    far = np.resize([-1e43, -50.0, 50.0, 1e43], 2048)
    np.testing.assert_allclose(normal.cdf(far)[:4], [0.0, 0.0, 1.0, 1.0], rtol=0.0, atol=1e-298)
