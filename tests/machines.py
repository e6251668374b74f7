"""Another machine: its exponentials, logarithms and normal probabilities end in other bits."""

import math

import numpy as np

from margin_core.pricing import inversion, normal

BIT = 2.3e-16  # relative: enough to move a float to its neighbour
MIX, SPREAD = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


def become(monkeypatch, number):
    """Turn this machine into another one, until ``monkeypatch`` is undone; ``number`` names it."""
    for module, names in {
        math: ("exp", "log"),
        np: ("exp", "log"),
        normal: ("ndtr",),
        inversion: ("ndtr", "erfcx"),
    }.items():
        for name in names:
            bent = _scalar if module is math else _array
            monkeypatch.setattr(module, name, bent(getattr(module, name), number))


def _scalar(function, number):
    return lambda x: float(_bend(np.array([function(x)]), number)[0])


def _array(function, number):
    def bent(*values, out=None, **options):
        result = np.asarray(function(*values, **options))
        result = _bend(np.atleast_1d(result), number).reshape(result.shape)
        if out is None:
            return result if result.shape else result[()]
        out[...] = result
        return out

    return bent


def _bend(values, number):
    """Return each value, its neighbour above or below: the same value always the same way."""
    bits = np.ascontiguousarray(values).view(np.uint64)
    with np.errstate(over="ignore"):
        drawn = (bits * MIX + np.uint64(number)) * SPREAD >> np.uint64(60)
    return values * (1.0 + BIT * (drawn % np.uint64(3)).astype(float) - BIT)
