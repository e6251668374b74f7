"""The position entries of a portfolio file, one pydantic model per kind."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from margin_core.book.instruments import MarginType, Right, Settlement, Style
from margin_core.files import limits, moments
from margin_core.files.fields import (
    Amount,
    Entry,
    Expiry,
    Label,
    NonNegative,
    Positive,
    Symbol,
    Volatility,
    refusal,
    surroundings,
)


class PositionEntry(Entry):
    """What a position of every kind has."""

    noun = "position"
    kind: str
    underlying: Symbol = Field(description="the symbol of the underlying")
    quantity: Amount = Field(description="the number of contracts or shares, negative if short")
    entry_price: Positive | None = Field(None, description="the price paid per unit, above 0")
    mark_price: Positive | None = Field(None, description="the market price per unit, above 0")
    price_currency: Symbol | None = Field(
        None, description="the currency or coin that the prices are in"
    )
    multiplier: Positive | None = Field(
        None, description="the units of the underlying per contract, above 0"
    )
    venue: Label | None = Field(None, description="the place where it is held")

    @field_validator("underlying")
    @classmethod
    def _known(cls, symbol: str, info: ValidationInfo) -> str:
        if symbol not in surroundings(info).asset_classes:
            raise refusal(
                f"{symbol} is not among the underlyings",
                f"Add {symbol} to the underlyings, with its asset class and spot.",
            )
        return symbol

    @field_validator("price_currency")
    @classmethod
    def _convertible(cls, asset: str | None, info: ValidationInfo) -> str | None:
        around = surroundings(info)
        if asset is not None and not around.has_price(asset):
            raise refusal(
                f"price_currency {asset} has no price in the file",
                f"Enter {around.currency}, the symbol of an underlying, or a collateral asset "
                "that has a price.",
            )
        return asset


class StockEntry(PositionEntry):
    """A share, a fund share or a coin."""

    noun = "stock position"
    kind: Literal["stock"]


class DatedEntry(PositionEntry):
    """A position that expires."""

    expiry: Expiry = Field(description="the expiry, a date like 2026-12-18 or a time with offset")

    @field_validator("expiry")
    @classmethod
    def _alive(cls, text: str, info: ValidationInfo) -> str:
        around = surroundings(info)
        symbol = info.data.get("underlying")
        now = around.valuation_time
        expiry = moments.read_expiry(text, around.asset_classes.get(symbol or ""))
        if now is None or expiry is None or symbol is None:
            return text  # another field is at fault, and says so
        accepted = f"Accepted is an expiry from {moments.time_text(now)} on"
        if expiry < now:
            raise refusal(
                f"the {symbol} {cls.noun} expired on {moments.time_text(expiry)}, before the "
                "valuation time",
                f"{accepted}; take the position out if it has settled.",
            )
        if expiry.year - now.year > limits.MAX_YEARS:
            raise refusal(
                f"expiry {text} is more than {limits.MAX_YEARS} years away",
                f"{accepted}, at most {limits.MAX_YEARS} years later.",
            )
        return text


class OptionEntry(DatedEntry):
    """A call or a put."""

    noun = "option"
    kind: Literal["option"]
    right: Annotated[Right, Field(strict=False)] = Field(description="the right, call or put")
    strike: Positive = Field(description="the strike in the quote currency, above 0")
    entry_price: NonNegative | None = Field(None, description="the price paid per unit")
    mark_price: NonNegative | None = Field(None, description="the market price per unit")
    style: Annotated[Style, Field(strict=False)] | None = Field(
        None, description="the style, american or european"
    )
    settlement: Annotated[Settlement, Field(strict=False)] | None = Field(
        None, description="the settlement, physical or cash"
    )
    otc: bool = Field(default=False, description="true or false: whether it is unlisted")
    margin_type: Annotated[MarginType, Field(strict=False)] = Field(
        MarginType.LINEAR, description="the margin type, linear or inverse"
    )
    implied_volatility: Volatility | None = Field(
        None, description="the implied volatility per year (0.25 is 25 %), above 0"
    )


class FutureEntry(DatedEntry):
    """A dated future."""

    noun = "future"
    kind: Literal["future"]
    margin_type: Annotated[MarginType, Field(strict=False)] = Field(
        MarginType.LINEAR, description="the margin type, linear or inverse"
    )
    quote_currency: Symbol | None = Field(None, description="the currency it is quoted in")


class PerpetualEntry(PositionEntry):
    """A perpetual swap."""

    noun = "perpetual"
    kind: Literal["perpetual"]
    funding_rate: Amount | None = Field(None, description="the funding rate per 8 hours")
    accrued_funding: Amount = Field(
        0.0, description="the funding received and not yet settled, negative if owed"
    )
    margin_type: Annotated[MarginType, Field(strict=False)] = Field(
        MarginType.LINEAR, description="the margin type, linear or inverse"
    )
    quote_currency: Symbol | None = Field(None, description="the currency it is quoted in")
    leverage: Positive | None = Field(None, description="the leverage chosen, above 0")
    isolated_margin: Positive | None = Field(
        None, description="the margin set aside for it, in the reporting currency, above 0"
    )


class LpRangeEntry(PositionEntry):
    """Liquidity of an automated market maker between two prices."""

    noun = "liquidity range"
    kind: Literal["lp_range"]
    mark_price: Positive | None = Field(
        None, description="left out: the range and the spot say what it is worth"
    )
    lower_price: Positive = Field(description="the lower end of the range, above 0")
    upper_price: Positive = Field(description="the upper end of the range, above the lower end")
    liquidity: Positive = Field(
        description="the liquidity of one position, in square roots of coins times money, above 0"
    )

    @field_validator("mark_price")
    @classmethod
    def _unmarked(cls, price: float | None) -> float | None:
        if price is not None:
            raise refusal(
                "mark_price {value} is not needed: the range and the spot say what it is worth",
                "Leave mark_price out.",
            )
        return price

    @field_validator("upper_price")
    @classmethod
    def _above(cls, upper: float, info: ValidationInfo) -> float:
        lower = info.data.get("lower_price", 0.0)
        if upper <= lower:
            raise refusal(
                f"upper_price {upper:g} is not above lower_price {lower:g}",
                "Enter the lower end of the range first, then a higher one.",
            )
        return upper


POSITIONS: dict[str, type[PositionEntry]] = {
    "stock": StockEntry,
    "option": OptionEntry,
    "future": FutureEntry,
    "perpetual": PerpetualEntry,
    "lp_range": LpRangeEntry,
}
