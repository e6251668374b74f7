"""A methodology small enough to check by hand, for tests of what uses methodologies."""

from dataclasses import dataclass, replace

from margin_core.book.instruments import Perpetual
from margin_core.errors import InputError, NotCoveredError
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.figure import floored, given, largest, scaled, total
from margin_core.margin.parameters import Source, Table
from margin_core.margin.result import MarginResult, Methodology, Outcome
from margin_core.risk.marks import marks
from margin_core.risk.revaluation import revalue
from margin_core.risk.scenarios import grid

CHARGE = Table((("equity", 0.0), ("crypto", 1.0)))


@dataclass(frozen=True, slots=True)
class Params:
    """The book's two numbers and a table."""

    spot_range: float = 0.1
    initial_factor: float = 1.25
    charge: Table = CHARGE


@dataclass(frozen=True, slots=True)
class OtherParams:
    """A parameter that only one of the methodologies has."""

    spot_range: float = 0.1
    deposit: float = 0.5


PUBLISHED = Params()
OTHER = OtherParams()
SOURCE = Source("handbook", "Toy handbook", "https://example.com/handbook", "2026-01-01")


def load_data(text):
    """Return the number that the text is; it stands in for the spot range."""
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"{text!r} is not a range", where="line 1") from error


def margin(portfolio, market, p=PUBLISHED, data=None):
    """Return the largest loss over spot down, still and up by the range, all moving alike."""
    p = p if data is None else replace(p, spot_range=data)
    marked = marks(portfolio, market)
    cube = revalue(marked, market, grid((-p.spot_range, 0.0, p.spot_range)))
    symbols = list(dict.fromkeys(mark.position.underlying for mark in marked))
    outcomes = tuple(
        Outcome(
            cube.scenarios.label(s),
            tuple((symbol, cube.scenarios.spot_moves[s], 0.0) for symbol in symbols),
            float(pnl),
            tuple((symbol, float(cube.by(symbol)[s])) for symbol in symbols),
            pnl_by_position=tuple(
                (mark.label, float(value))
                for mark, value in zip(marked, cube.values[s], strict=True)
            ),
        )
        for s, pnl in enumerate(cube.total())
    )
    losses = [given(outcome.label, -outcome.pnl, source="handbook#1") for outcome in outcomes]
    scan = floored("Scan loss", largest("Largest loss", *losses), 0.0)
    maintenance = total("Maintenance margin", scan, source="handbook#2")
    value = net_liquidation_value(portfolio, market, marked)
    return MarginResult(
        "toy",
        "Toy margin",
        portfolio.currency,
        value.amount,
        0.0,
        value,
        scaled("Initial margin", maintenance, p.initial_factor, source="handbook#3"),
        maintenance,
        (SOURCE,),
        outcomes,
        (min(outcomes, key=lambda outcome: outcome.pnl),),
    )


def spot_only(portfolio, market, p=OTHER):
    """Return half of the gross value; refuse perpetuals."""
    for index, position in enumerate(portfolio.positions):
        if isinstance(position.instrument, Perpetual):
            raise NotCoveredError(f"{position.label} is a perpetual", where=f"positions[{index}]")
    marked = marks(portfolio, market)
    value = net_liquidation_value(portfolio, market, marked)
    gross = total("Gross value", *(given(mark.label, abs(mark.value)) for mark in marked))
    asked = scaled("Deposit", gross, p.deposit)
    return MarginResult(
        "spot", "Spot margin", portfolio.currency, value.amount, 0.0, value, asked, asked
    )


TOY = Methodology(
    "toy",
    "Toy margin",
    "everything",
    margin,
    PUBLISHED,
    (SOURCE,),
    {"wide": Params(spot_range=0.3)},
    load_data,
)
SPOT = Methodology("spot", "Spot margin", "stock and options", spot_only, OTHER)
METHODOLOGIES = {"toy": TOY, "spot": SPOT}
