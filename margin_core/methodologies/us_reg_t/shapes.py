"""The names of option spreads, by their shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from margin_core.methodologies.us_reg_t.losses import signed_units, strike

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.methodologies.us_reg_t.legs import Series


def shape(legs: Sequence[Series]) -> str:
    """Return the name of a spread's shape, such as ``short iron condor``; else its size."""
    rights = {leg.option.right for leg in legs}
    right = f"{next(iter(rights))} " if len(rights) == 1 else ""
    return f"{right}{common_name(legs) or f'spread of {len(legs)} series'}"


def common_name(legs: Sequence[Series]) -> str:
    """Return the name of a spread's shape, without its right; empty if it has none."""
    legs = sorted(legs, key=lambda leg: (strike(leg), leg.option.call, leg.option.expiry))
    name = ""
    one_expiry = len({leg.option.expiry for leg in legs}) == 1
    match [leg.option.call for leg in legs]:
        case [a, b] if a == b:
            name = _two(legs)
        case [a, b, c] if a == b == c and one_expiry:
            name = _butterfly(legs)
        case [a, b, c, d] if a == b == c == d and one_expiry:
            name = _wings(legs, "condor")
        case [False, False, True, True] if one_expiry:
            body = "iron butterfly" if strike(legs[1]) == strike(legs[2]) else "iron condor"
            name = _wings(legs, body)
            name = f"short {body}" if name == body else name.replace("short", "long")
        case [False, True, False, True] if one_expiry:
            name = _box(legs)
    return name


def _two(legs: list[Series]) -> str:
    long, short = sorted(legs, key=lambda leg: -leg.quantity)
    opposite = signed_units(long) == -signed_units(short)
    if not opposite:
        return ""
    gap = strike(short) - strike(long)
    if long.option.expiry != short.option.expiry:
        return "diagonal spread" if gap else "calendar spread"
    debit = gap > 0.0 if long.option.call else gap < 0.0
    return "debit spread" if debit else "credit spread"


def _butterfly(legs: list[Series]) -> str:
    low, middle, high = (signed_units(leg) for leg in legs)
    if not low == high == -middle / 2.0:
        return ""
    return "butterfly" if low > 0.0 else "short butterfly"


def _wings(legs: list[Series], name: str) -> str:
    first, second, third, fourth = (signed_units(leg) for leg in legs)
    if not first == fourth == -second == -third:
        return ""
    return name if first > 0.0 else f"short {name}"


def _box(legs: list[Series]) -> str:
    low_put, low_call, high_put, high_call = (signed_units(leg) for leg in legs)
    two_strikes = strike(legs[0]) == strike(legs[1]) and strike(legs[2]) == strike(legs[3])
    if not two_strikes or not low_call == -low_put == high_put == -high_call:
        return ""
    return "long box" if low_call > 0.0 else "short box"
