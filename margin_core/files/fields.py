"""The kinds of value a portfolio file holds, and what a value may refer to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from margin_core.book.instruments import AssetClass
from margin_core.files import limits, moments


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rest of the file says, as far as it is readable, for one entry's checks."""

    valuation_time: datetime | None = None
    currency: str | None = "USD"  # None where it cannot be read
    asset_classes: Mapping[str, AssetClass | None] = field(default_factory=dict)
    volatile: frozenset[str] = frozenset()  # underlyings with a volatility of their own
    priced: frozenset[str] = frozenset()  # collateral assets with a price of their own

    def has_price(self, asset: str) -> bool:
        """Return whether the file says what ``asset`` is worth."""
        if self.currency is None:
            return True  # that is the currency's fault
        return asset == self.currency or asset in self.asset_classes or asset in self.priced


def surroundings(info: ValidationInfo) -> Surroundings:
    """Return what the reader knows of the rest of the file."""
    return cast("Surroundings", info.context or Surroundings())


def refusal(what: str, remedy: str) -> PydanticCustomError:
    """Return the error for a value; ``{field}`` and ``{value}`` in ``what`` stand for its own."""
    return PydanticCustomError("refused", "refused", {"what": what, "remedy": remedy})


class Entry(BaseModel):
    """What every object of the file has in common: exact types, no unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    noun: ClassVar[str] = "entry"


_SYMBOL = re.compile(r"[A-Za-z0-9.^/_][A-Za-z0-9.^/_-]*")
_CURRENCY = re.compile(r"[A-Za-z]{3,10}")


def _symbol(text: str) -> str:
    if not _SYMBOL.fullmatch(text) or len(text) > limits.MAX_SYMBOL:
        raise refusal(
            "{field} {value} is not a symbol",
            f"A symbol has 1 to {limits.MAX_SYMBOL} letters, digits or . _ / ^ - "
            "and does not begin with -.",
        )
    return text


def is_currency(text: str) -> bool:
    """Return whether a text can be a reporting currency."""
    return bool(_CURRENCY.fullmatch(text))


def _currency(text: str) -> str:
    if not is_currency(text):
        raise refusal(
            "{field} {value} is not a currency", "A currency has 3 to 10 letters, like USD."
        )
    return text


def _label(text: str) -> str:
    if not text.isprintable() or text != text.strip() or not 0 < len(text) <= limits.MAX_LABEL:
        raise refusal(
            "{field} {value} is not a label",
            f"A label has 1 to {limits.MAX_LABEL} printable characters, no blank at either end.",
        )
    return text


def _name(text: str) -> str:
    if not text.isprintable() or len(text) > limits.MAX_NAME:
        raise refusal(
            "{field} {value} is not a name",
            f"A name is one line of at most {limits.MAX_NAME} printable characters.",
        )
    return text


def _description(text: str) -> str:
    lines = text.split("\n")
    if not all(line.isprintable() for line in lines) or len(text) > limits.MAX_DESCRIPTION:
        raise refusal(
            "{field} {value} is not a description",
            f"A description has at most {limits.MAX_DESCRIPTION:,} printable characters.",
        )
    return text


def _moment(text: str) -> str:
    if moments.read_time(text) is None:
        raise refusal(
            "{field} {value} is not a time with an offset",
            "Write it like 2026-01-02T21:00:00Z, with Z or an offset such as -05:00.",
        )
    return text


def _day(text: str) -> str:
    if moments.read_date(text) is None:
        raise refusal("{field} {value} is not a date", "Write it like 2026-12-18.")
    return text


def _expiry(text: str) -> str:
    if moments.read_expiry(text, None) is None:
        raise refusal(
            "{field} {value} is not a date, nor a time with an offset",
            "Write it like 2026-12-18 or 2026-12-18T21:00:00Z.",
        )
    return text


def _form(pattern: str, length: int) -> Any:  # noqa: ANN401 (pydantic's own type)
    """Return what the published schema says of a text that a function above checks."""
    return Field(json_schema_extra={"pattern": f"^({pattern})$", "maxLength": length})


Symbol = Annotated[str, AfterValidator(_symbol), _form(_SYMBOL.pattern, limits.MAX_SYMBOL)]
Currency = Annotated[str, AfterValidator(_currency), _form(_CURRENCY.pattern, 10)]
Label = Annotated[str, AfterValidator(_label), _form(".+", limits.MAX_LABEL)]
Name = Annotated[str, AfterValidator(_name), _form(".*", limits.MAX_NAME)]
Description = Annotated[
    str,
    AfterValidator(_description),
    Field(json_schema_extra={"maxLength": limits.MAX_DESCRIPTION}),
]
Moment = Annotated[str, AfterValidator(_moment), _form(moments.TIME_PATTERN, 40)]
Day = Annotated[str, AfterValidator(_day), _form(moments.DATE_PATTERN, 10)]
Expiry = Annotated[
    str,
    AfterValidator(_expiry),
    _form(f"{moments.DATE_PATTERN}|{moments.TIME_PATTERN}", 40),
]

Amount = Annotated[float, Field(ge=-limits.MAX_NUMBER, le=limits.MAX_NUMBER, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0.0, le=limits.MAX_NUMBER, allow_inf_nan=False)]
Positive = Annotated[
    float, Field(ge=limits.MIN_POSITIVE, le=limits.MAX_NUMBER, allow_inf_nan=False)
]
Rate = Annotated[float, Field(ge=-limits.MAX_RATE, le=limits.MAX_RATE, allow_inf_nan=False)]
Volatility = Annotated[
    float, Field(ge=limits.MIN_POSITIVE, le=limits.MAX_VOLATILITY, allow_inf_nan=False)
]
Fraction = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]

RateByExpiry = Annotated[dict[Expiry, Rate], Field(max_length=limits.MAX_EXPIRIES)]
PriceByExpiry = Annotated[dict[Expiry, Positive], Field(max_length=limits.MAX_EXPIRIES)]
FractionByExpiry = Annotated[dict[Expiry, Fraction], Field(max_length=limits.MAX_EXPIRIES)]
