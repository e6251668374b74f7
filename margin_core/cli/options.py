"""What the commands' options mean: number axes, and the parameters a methodology runs with."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from margin_core.errors import InputError, MarginError
from margin_core.margin.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from margin_core.errors import Fault
    from margin_core.margin.result import Methodology
    from margin_core.margin.settings import Setting

MAX_STEPS = 1_001  # of one axis
SPOT_RANGE = (-0.999, 100.0)  # a spot stays above zero
VOL_RANGE = (-100.0, 100.0)  # points as decimals; a volatility stays above zero by its floor
DAYS_RANGE = (0.0, 36_500.0)


class Axis(click.ParamType[tuple[float, ...]]):
    """``LO:HI:N``: N evenly spaced numbers from LO to HI."""

    name = "LO:HI:N"

    def __init__(self, bounds: tuple[float, float]) -> None:
        self.bounds = bounds

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """Return the numbers, lowest first."""
        if isinstance(value, tuple):
            return value
        try:
            low, high, count = str(value).split(":")
            start, stop, steps = float(low), float(high), int(count)
        except ValueError:
            self.fail(f"{value!r} is not LO:HI:N, such as -0.3:0.3:7.", param, ctx)
        lowest, highest = self.bounds
        if not lowest <= start <= stop <= highest:
            self.fail(f"{value!r} does not rise within {lowest:g} to {highest:g}.", param, ctx)
        if not 1 <= steps <= MAX_STEPS or (steps == 1) != (start == stop):
            accepted = f"2 to {MAX_STEPS:,}, or 1 where LO and HI are the same"
            self.fail(f"{value!r}: N must be {accepted}.", param, ctx)
        gap = (stop - start) / max(steps - 1, 1)
        # rounded, so that an axis through zero has a zero on it
        return tuple(round(start + i * gap, 12) + 0.0 for i in range(steps))


class Days(click.ParamType[tuple[float, ...]]):
    """``D,D,...``: days ahead."""

    name = "D,..."

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """Return the days in order, each once."""
        if isinstance(value, tuple):
            return value
        low, high = DAYS_RANGE
        try:
            days = {float(day) for day in str(value).split(",")}
        except ValueError:
            days = {math.nan}
        if len(days) > MAX_STEPS or not all(low <= day <= high for day in days):
            accepted = f"a list of days from {low:g} to {high:,g}, such as 0,7,30"
            self.fail(f"{value!r} is not {accepted}.", param, ctx)
        return tuple(sorted(days))


def chosen_parameters(
    methodologies: Mapping[str, Methodology],
    changes: Sequence[str],
    profile: str | None,
) -> dict[str, Any]:
    """Return the parameters that each of ``methodologies`` runs with.

    Parameters are those of `margin.settings.settings`, ``changes`` its items.

    Raises
    ------
    InputError
        With every item that is at fault, not only the first.
    """
    chosen, faults = _tried(changes, methodologies, profile)
    if faults:
        raise InputError.of(_every_fault(changes, methodologies, profile))
    published = {key: methodology.published for key, methodology in methodologies.items()}
    return published | {each.methodology: each.parameters for each in chosen}


def _tried(
    items: Sequence[str], methodologies: Mapping[str, Methodology], profile: str | None
) -> tuple[tuple[Setting, ...], tuple[Fault, ...]]:
    """Return the settings that items stand for, or why they stand for none."""
    try:
        return settings(items, methodologies, profile, "-p").chosen, ()
    except MarginError as error:
        return (), error.faults


def _every_fault(
    items: Sequence[str], methodologies: Mapping[str, Methodology], profile: str | None
) -> tuple[Fault, ...]:
    """Return the faults of the profile and of each item, put to those that are sound."""
    faults = _tried((), methodologies, profile)[1]
    known = None if faults else profile
    sound: tuple[str, ...] = ()
    for item in items:
        found = _tried((*sound, item), methodologies, known)[1]
        faults += found
        sound += () if found else (item,)
    return faults


def chosen_data(methodologies: Mapping[str, Methodology], data: Iterable[str]) -> dict[str, object]:
    """Return the data files given as ``KEY=FILE``, each as its methodology reads it.

    Raises
    ------
    InputError
        If KEY is not among ``methodologies`` or takes no data, or the file is at fault.
    """
    found: dict[str, object] = {}
    for text in data:
        key, file = _assignment(text, "--data", "KEY=FILE")
        if key not in methodologies:
            raise InputError(
                f"{key!r} is not a methodology asked",
                where="--data",
                remedy=f"Those asked are {', '.join(methodologies)}.",
            )
        load_data = methodologies[key].load_data
        if load_data is None:
            raise InputError(f"{key} takes no data", where="--data", remedy="Leave it out.")
        try:
            found[key] = load_data(_text_of(file))
        except InputError as error:
            faults = (
                replace(f, where=": ".join(filter(None, (file, f.where)))) for f in error.faults
            )
            raise InputError.of(tuple(faults)) from error
    return found


def _assignment(text: str, option: str, form: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name.strip():
        raise InputError(f"{text!r} is not {form}", where=option, remedy=f"Write it as {form}.")
    return name.strip(), value.strip()


def _text_of(file: str) -> str:
    try:
        return Path(file).read_text("utf-8-sig")
    except OSError as error:
        reason = error.strerror or "not a path"
        remedy = "Check the name and its permissions."
        raise InputError(f"cannot be read: {reason}", remedy=remedy) from error
    except ValueError as error:  # bytes that are no text, or a name that is no path
        raise InputError("is no text", remedy="Give a file in UTF-8.") from error
