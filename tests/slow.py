"""Black's formula on scalars, written apart from the program's own, for second implementations."""

import math
from statistics import NormalDist

DAYS = 365 * 86_400  # seconds


def years(now, expiry):
    """Return the time to expiry, ACT/365."""
    return (expiry - now).total_seconds() / DAYS


def black76(forward, strike, years_left, vol, rate=0.0, *, call):
    """Return the value of a European option on a forward, discounted at ``rate``."""
    discount, width = math.exp(-rate * years_left), vol * math.sqrt(years_left)
    sign = 1.0 if call else -1.0
    if width == 0.0:
        return discount * max(sign * (forward - strike), 0.0)
    d1 = math.log(forward / strike) / width + width / 2
    normal = NormalDist().cdf
    return discount * sign * (forward * normal(sign * d1) - strike * normal(sign * (d1 - width)))


def on_spot(option, spot, years_left, vol, rate):
    """Return the value of a European option on a spot that earns ``rate`` and pays nothing."""
    forward = spot * math.exp(rate * years_left)
    return black76(forward, option.strike, years_left, vol, rate, call=option.call)
