"""Link codes: an account and its what-if as the text in the address.

``~name`` stands for a sample portfolio, "" for the default one, anything else is the account
itself; what follows ``!`` is the what-if.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from margin_core import InputError, Market, Move, Portfolio, files

DEFAULT_SAMPLE = "hedged_equity_collar"
NO_MOVE = Move()
SAMPLES = Path(__file__).parents[2] / "sample_portfolios"

# what a what-if may move: spots relative, volatility and rate absolute
SPOT_LIMITS = (-0.99, 10.0)
VOL_LIMIT = 3.0
RATE_LIMIT = 1.0

_SAMPLE_MARK = "~"
_MOVE_MARK = "!"
_SEPARATOR = ";"
_TIME = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class Opened:
    """What a link code stands for; ``sample`` names an untouched sample portfolio."""

    portfolio: Portfolio
    market: Market
    move: Move = NO_MOVE
    sample: str | None = None


def code(opened: Opened) -> str:
    """Return the link code; "" also where the account is too large for one."""
    what_if = _move_code(opened.move)
    if opened.sample is not None:
        if opened.sample == DEFAULT_SAMPLE and not what_if:
            return ""
        return f"{_SAMPLE_MARK}{opened.sample}{what_if}"
    try:
        return files.encode(opened.portfolio, opened.market) + what_if
    except InputError:
        return ""


def opened(text: str) -> Opened:
    """Return what a link code stands for.

    Raises
    ------
    InputError
        If it is damaged, or names no sample.
    """
    account, _, what_if = text.partition(_MOVE_MARK)
    move = _move(what_if)
    name = account.removeprefix(_SAMPLE_MARK) or DEFAULT_SAMPLE
    if not account or account.startswith(_SAMPLE_MARK):
        return replace(sample(name), move=move)
    return Opened(*files.decode(account), move)


@cache
def sample(name: str) -> Opened:
    """Return a sample portfolio; ``InputError`` if there is none of that name."""
    if name not in _names():
        raise InputError(
            f"there is no sample portfolio {name[:40]!r}", remedy="Choose one from the list."
        )
    return Opened(*files.read_path(SAMPLES / f"{name}.json"), sample=name)


@cache
def samples() -> dict[str, str]:
    """Return the titles of the sample portfolios by name, the default first."""
    names = sorted(_names(), key=lambda name: (name != DEFAULT_SAMPLE, name))
    return {name: sample(name).portfolio.name for name in names}


@cache
def _names() -> tuple[str, ...]:
    return tuple(path.stem for path in SAMPLES.glob("*.json"))


def is_sane(move: Move) -> bool:
    """Return whether a what-if is one that a link code can bring back."""
    spots = (move.spot, *(value for _, value in move.spots))
    return (
        all(SPOT_LIMITS[0] <= spot <= SPOT_LIMITS[1] for spot in spots)
        and abs(move.vol_points) <= VOL_LIMIT
        and (move.rate is None or abs(move.rate) <= RATE_LIMIT)
    )


def _move_code(move: Move) -> str:
    fields = [f"s{move.spot!r}"] if move.spot else []
    fields += [f"x{symbol}={value!r}" for symbol, value in move.spots]
    fields += [f"v{move.vol_points!r}"] if move.vol_points else []
    fields += [f"t{move.valuation_time:{_TIME}}"] if move.valuation_time else []
    fields += [f"r{move.rate!r}"] if move.rate is not None else []
    return _MOVE_MARK + _SEPARATOR.join(fields) if fields else ""


def _move(text: str) -> Move:
    move = NO_MOVE
    try:
        for field in filter(None, text.split(_SEPARATOR)):
            move = _with_field(move, field[0], field[1:])
    except ValueError as error:
        raise InputError(
            f"its what-if {text[:40]!r} is damaged", remedy="Copy the whole link again."
        ) from error
    return move


def _with_field(move: Move, name: str, value: str) -> Move:
    match name:
        case "s":
            return replace(move, spot=_within(float(value), *SPOT_LIMITS))
        case "x":
            symbol, _, amount = value.rpartition("=")
            spots = (*move.spots, (symbol, _within(float(amount), *SPOT_LIMITS)))
            return replace(move, spots=spots)
        case "v":
            return replace(move, vol_points=_within(float(value), -VOL_LIMIT, VOL_LIMIT))
        case "t":
            time = datetime.strptime(value, _TIME).replace(tzinfo=UTC)
            return replace(move, valuation_time=time)
        case "r":
            return replace(move, rate=_within(float(value), -RATE_LIMIT, RATE_LIMIT))
        case _:
            raise ValueError(name)


def _within(value: float, low: float, high: float) -> float:
    if not low <= value <= high:  # also catches NaN
        raise ValueError(value)
    return value
