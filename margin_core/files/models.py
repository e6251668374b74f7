"""The portfolio file ``margin-portfolio/1`` as pydantic models; they stand here and nowhere else.

Descriptions are noun phrases: the schema publishes them and a fault's remedy says "Enter ...".
Checks that look at the rest of the file find it in the validation context (``Surroundings``).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator

from margin_core.book.instruments import AssetClass
from margin_core.book.portfolio import AccountType
from margin_core.files import limits, moments
from margin_core.files.fields import (
    Amount,
    Currency,
    Day,
    Description,
    Entry,
    Fraction,
    FractionByExpiry,
    Label,
    Moment,
    Name,
    NonNegative,
    Positive,
    PriceByExpiry,
    Rate,
    RateByExpiry,
    Symbol,
    Volatility,
    refusal,
    surroundings,
)
from margin_core.files.positions import (
    FutureEntry,
    LpRangeEntry,
    OptionEntry,
    PerpetualEntry,
    StockEntry,
)


class DividendEntry(Entry):
    """A discrete cash dividend."""

    noun = "dividend"
    ex_date: Day = Field(description="the ex-dividend date")
    amount: NonNegative = Field(description="the cash per share, in the reporting currency")


class ConfidencesEntry(Entry):
    """Oracle confidences of one underlying."""

    noun = "confidences object"
    spot: Fraction = Field(1.0, description="the confidence of the spot, from 0 to 1")
    perpetual: Fraction = Field(1.0, description="the confidence of the perpetual, from 0 to 1")
    forward: FractionByExpiry = Field({}, description="confidences of forwards by expiry")
    rate: FractionByExpiry = Field({}, description="confidences of rates by expiry")
    volatility: FractionByExpiry = Field({}, description="confidences of volatilities by expiry")


class UnderlyingEntry(Entry):
    """An underlying and its market."""

    noun = "underlying"
    symbol: Symbol = Field(description="the symbol that positions name")
    asset_class: Annotated[AssetClass, Field(strict=False)] = Field(
        description="the asset class of the underlying"
    )
    high_capitalization: bool = Field(
        default=True, description="true or false: whether a broad index has a high capitalization"
    )
    spot: Positive = Field(description="the spot price, in the reporting currency, above 0")
    rate: Rate = Field(0.0, description="the interest rate, continuous, per year (0.04 is 4 %)")
    dividend_yield: Rate = Field(0.0, description="the dividend yield, continuous, per year")
    rates: RateByExpiry = Field({}, description="interest rates by expiry")
    dividends: list[DividendEntry] = Field(
        [], max_length=limits.MAX_DIVIDENDS, description="the list of cash dividends"
    )
    volatility: Volatility | None = Field(
        None, description="the volatility per year (0.25 is 25 %), above 0"
    )
    forwards: PriceByExpiry = Field({}, description="forward prices by expiry")
    leverage: float = Field(
        1.0,
        ge=-limits.MAX_LEVERAGE,
        le=limits.MAX_LEVERAGE,
        allow_inf_nan=False,
        description="the factor of a leveraged fund, such as 2 or -1",
    )
    marginable: bool = Field(default=True, description="true or false: whether it may be margined")
    index: Symbol | None = Field(None, description="the symbol of the index it follows")
    index_ratio: Positive | None = Field(
        None, description="the units of the index per unit, above 0"
    )
    class_group: Label | None = Field(
        None, description="the group whose members have the same deliverable"
    )
    product_group: Label | None = Field(
        None, description="the group whose class groups offset one another"
    )
    confidences: ConfidencesEntry | None = Field(None, description="the oracle confidences")

    @field_validator("leverage")
    @classmethod
    def _leverage(cls, leverage: float) -> float:
        if leverage == 0.0:
            raise refusal("leverage 0 is not a factor", "Enter 1 for a fund without leverage.")
        return leverage

    @field_validator("index")
    @classmethod
    def _index(cls, index: str | None, info: ValidationInfo) -> str | None:
        if index is not None and index == info.data.get("symbol"):
            raise refusal(
                f"{index} cannot follow itself", "Leave index out, or name another symbol."
            )
        return index

    @field_validator("index_ratio")
    @classmethod
    def _index_ratio(cls, ratio: float | None, info: ValidationInfo) -> float | None:
        if ratio is not None and info.data.get("index", ratio) is None:
            raise refusal(
                "index_ratio stands without index", "Name the index too, or leave both out."
            )
        return ratio

    @field_validator("rates", "forwards")
    @classmethod
    def _one_figure_per_moment(
        cls, figures: dict[str, float], info: ValidationInfo
    ) -> dict[str, float]:
        _refuse_two_for_one_moment(figures, info, str(info.field_name))
        return figures

    @field_validator("confidences")
    @classmethod
    def _one_confidence_per_moment(
        cls, given: ConfidencesEntry | None, info: ValidationInfo
    ) -> ConfidencesEntry | None:
        if given is not None:
            _refuse_two_for_one_moment(given.forward, info, "confidences.forward")
            _refuse_two_for_one_moment(given.rate, info, "confidences.rate")
            _refuse_two_for_one_moment(given.volatility, info, "confidences.volatility")
        return given


def _refuse_two_for_one_moment(
    figures: Mapping[str, float], info: ValidationInfo, name: str
) -> None:
    """Refuse a date and a time that mean the same expiry of the underlying."""
    asset_class = info.data.get("asset_class")
    seen: dict[object, str] = {}
    for text in figures:
        other = seen.setdefault(moments.read_expiry(text, asset_class), text)
        if other != text:
            raise refusal(
                f"{name} has two figures for one moment, {other} and {text}",
                "Leave one of them out.",
            )


class HaircutEntry(Entry):
    """A haircut by phase."""

    noun = "haircut"
    maintenance: Fraction = Field(description="the haircut for maintenance, from 0 to 1")
    initial: Fraction = Field(description="the haircut for initial margin, from 0 to 1")


def _haircut_form(value: object) -> str:
    return "by_phase" if isinstance(value, dict | HaircutEntry) else "one"


class CollateralEntry(Entry):
    """Cash or another asset held."""

    noun = "collateral asset"
    asset: Symbol = Field(description="the asset, such as USD or BTC")
    amount: Amount = Field(description="the amount held, negative for a debit or a loan")
    price: Positive | None = Field(
        None,
        validate_default=True,
        description="the price of one unit in the reporting currency, above 0",
    )
    haircut: (
        Annotated[
            Annotated[Fraction, Tag("one")] | Annotated[HaircutEntry, Tag("by_phase")],
            Discriminator(_haircut_form),
        ]
        | None
    ) = Field(None, description="the haircut, from 0 to 1, or one for each phase")
    confidence: Fraction | None = Field(None, description="the oracle confidence, from 0 to 1")
    tracks: Symbol | None = Field(
        None, description="the symbol of the underlying whose moves it follows"
    )
    venue: Label | None = Field(None, description="the place where it is held")

    @field_validator("price")
    @classmethod
    def _priced(cls, price: float | None, info: ValidationInfo) -> float | None:
        around = surroundings(info)
        asset = info.data.get("asset")
        if price is None and asset is not None and not around.has_price(asset):
            raise refusal(
                f"price of {asset} missing",
                f"Enter its price in {around.currency}, or add {asset} to the underlyings.",
            )
        if price is not None and asset == around.currency and price != 1.0:
            raise refusal(
                f"price {price:g} of {asset} contradicts that it is the reporting currency",
                "Leave the price out, or choose another currency.",
            )
        return price

    @field_validator("tracks")
    @classmethod
    def _tracked(cls, symbol: str | None, info: ValidationInfo) -> str | None:
        if symbol is not None and symbol not in surroundings(info).asset_classes:
            raise refusal(
                f"{symbol} is not among the underlyings",
                f"Add {symbol} to the underlyings, with its asset class and spot, or leave "
                "tracks out.",
            )
        return symbol


class Header(Entry):
    """The file but for its lists, whose entries are checked one by one."""

    noun = "file"
    format: Literal["margin-portfolio/1"] = Field(description=f'the format "{limits.FORMAT}"')
    name: Name = Field("", description="the portfolio's name")
    description: Description = Field("", description="what the portfolio shows")
    valuation_time: Moment = Field(
        description="the time that the market fields describe, like 2026-01-02T21:00:00Z"
    )
    currency: Currency = Field("USD", description="the reporting currency, such as USD")
    account_type: Annotated[AccountType, Field(strict=False)] = Field(
        AccountType.MARGIN, description="the account type, margin or cash"
    )
    underlyings: list[Any] = Field(
        [], max_length=limits.MAX_UNDERLYINGS, description="the list of underlyings"
    )
    positions: list[Any] = Field(
        [], max_length=limits.MAX_POSITIONS, description="the list of positions"
    )
    collateral: list[Any] = Field(
        [], max_length=limits.MAX_COLLATERAL, description="the list of collateral"
    )


class Document(Header):
    """A portfolio file, whole: what the published schema describes."""

    underlyings: list[UnderlyingEntry] = Field(
        [],
        max_length=limits.MAX_UNDERLYINGS,
        description="the underlyings, one per symbol that a position names",
    )
    positions: list[
        Annotated[
            StockEntry | OptionEntry | FutureEntry | PerpetualEntry | LpRangeEntry,
            Discriminator("kind"),
        ]
    ] = Field([], max_length=limits.MAX_POSITIONS, description="the positions, by their kind")
    collateral: list[CollateralEntry] = Field(
        [], max_length=limits.MAX_COLLATERAL, description="the balances of cash and other assets"
    )
