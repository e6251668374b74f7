"""Faults in words: what pydantic found, as place, fact and remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from margin_core.errors import Fault, InputError
from margin_core.files import limits
from margin_core.files.models import ConfidencesEntry, DividendEntry, HaircutEntry
from margin_core.files.positions import POSITIONS, PositionEntry
from margin_core.files.wording import Unusable, a, near, printable, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from margin_core.files.fields import Entry

Path = tuple[str | int, ...]  # ("positions", 3, "strike")
Place = Callable[[Path], str]

NESTED: dict[str | int, type[Entry]] = {
    "dividends": DividendEntry,
    "confidences": ConfidencesEntry,
    "haircut": HaircutEntry,
}
INNER = {"one", "by_phase", "[key]"}  # steps of pydantic's paths that no file has
TYPE_FACTS = {
    "float_type": "is not a number",
    "finite_number": "is not a finite number",
    "bool_type": "is not true or false",
    "string_type": "is not text",
    "list_type": "is not a list",
    "dict_type": "is not an object",
    "model_type": "is not an object",
}


def json_place(path: Path) -> str:
    """Return a path as people write it: ``positions[3].strike``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + printable(step)
    return text


def error_of(faults: Sequence[Fault]) -> InputError:
    """Return one error with the first ``MAX_FAULTS`` faults, saying so if there are more."""
    listed = tuple(faults[: limits.MAX_FAULTS])
    if len(faults) > len(listed):
        listed += (Fault("", "more faults follow and are not listed", "Correct these first."),)
    return InputError.of(listed)


def faults_of(error: ValidationError, model: type[Entry], path: Path, place: Place) -> list[Fault]:
    """Return a fault for each thing that ``model`` found wrong with the entry at ``path``."""
    return [
        _fault(detail, model, path, place)
        for detail in error.errors(include_url=False)[: limits.MAX_FAULTS]
    ]


def _fault(detail: ErrorDetails, model: type[Entry], path: Path, place: Place) -> Fault:
    steps: Path = tuple(step for step in detail["loc"] if step not in INNER)
    if len(steps) > 1:
        model = NESTED.get(steps[0], model)
    what, remedy = _words(detail, steps, model)
    return Fault(place(path + steps), what, remedy)


def _words(detail: ErrorDetails, steps: Path, model: type[Entry]) -> tuple[str, str]:
    """Return fact and remedy."""
    value, kind, context = detail["input"], detail["type"], detail.get("ctx", {})
    name, enter = _name(steps, model, key="[key]" in detail["loc"])
    if kind == "missing":
        return f"{name} missing", enter
    if isinstance(value, Unusable):
        return f"{name} {value.what}".strip(), value.remedy
    if kind == "extra_forbidden":
        return _unknown(str(steps[-1]), model)
    if kind == "refused":
        what = context["what"].replace("{field}", name).replace("{value}", shown(value))
        return what, context["remedy"]
    return f"{name} {_fact(kind, context, value)}".strip(), enter


def _unknown(name: str, model: type[Entry]) -> tuple[str, str]:
    what = f"{printable(name)} is not a field of {a(model.noun)}"
    others = [a(other.noun) for other in POSITIONS.values() if name in other.model_fields]
    if issubclass(model, PositionEntry) and others:
        return what, f"Leave it out; only {' and '.join(others)} may have it."
    return what, near(name, list(model.model_fields))


def _name(steps: Path, model: type[Entry], *, key: bool) -> tuple[str, str]:
    """Return what to call the value at ``steps``, and the advice to enter it."""
    if not steps:
        return "", f"Write {a(model.noun)} as an object, in braces."
    last = steps[-1]
    if isinstance(last, int):  # an entry of a list
        return f"{steps[-2]} entry", f"Write {a(model.noun)} as an object, in braces."
    if last in model.model_fields:
        return str(last), f"Enter {model.model_fields[str(last)].description}."
    if len(steps) > 1:  # an expiry, in an object of expiry -> figure
        name = str(steps[-2])
        field = model.model_fields.get(name)
        advice = f"Enter {field.description}." if field else ""
        return (name if key else f"{name} of {printable(str(last))}"), advice
    return printable(str(last)), "Enter a value."


def _fact(kind: str, context: dict[str, Any], value: object) -> str:
    """Return what is wrong with a value of the wrong type or size."""
    text = shown(value)
    match kind:
        case "enum" | "literal_error":
            return f"{text} is not {context['expected']}".replace("'", "")
        case "greater_than_equal":
            return f"{text} {_too_small(value, context['ge'])}"
        case "less_than_equal":
            return f"{text} is more than {context['le']:,g}"
        case "too_long":
            return f"has more than {context['max_length']:,} entries"
        case "float_type" if isinstance(value, int) and not isinstance(value, bool):
            return f"{text} is too large"
        case _:
            return f"{text} {TYPE_FACTS.get(kind, 'cannot be used')}"


def _too_small(value: object, least: float) -> str:
    if least == limits.MIN_POSITIVE and isinstance(value, int | float) and value <= 0:
        return "is not positive"
    return "is negative" if least == 0 else f"is less than {least:,g}"
