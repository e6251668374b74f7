"""A ratio as a percentage in a label."""


def percent(ratio: float) -> str:
    """Return ``ratio`` in words, such as ``25 %``."""
    return f"{ratio * 100:.6g} %"
