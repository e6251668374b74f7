"""SPAN: scan risk over sixteen scenarios, charges, credits, a minimum for short options.

It runs on the risk arrays of a data file, or on arrays that it makes itself from scan ranges; the
latter are SPAN-style and no clearing organisation's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from margin_core.book.instruments import Option
from margin_core.margin import parameters
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.figure import Line, nonzero, scaled, total
from margin_core.margin.haircuts import NOT_TAKEN, collateral, flat
from margin_core.margin.last_bits import by_size
from margin_core.margin.result import MarginResult, Methodology, Outcome
from margin_core.methodologies.cme_span.commodity_credits import commodity_credits
from margin_core.methodologies.cme_span.commodity_risk import commodity_risk, requirement
from margin_core.methodologies.cme_span.from_file import from_file
from margin_core.methodologies.cme_span.made_here import made_here
from margin_core.methodologies.cme_span.risk_file import RiskFile, load_data
from margin_core.methodologies.cme_span.terms import Params
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.market.snapshot import Market
    from margin_core.methodologies.cme_span.commodity_risk import CommodityRisk
    from margin_core.methodologies.cme_span.structure import Book
    from margin_core.risk.marks import Mark

DOCUMENT = parameters.read(__file__)
PUBLISHED = parameters.load(Params, __file__)


def margin(
    portfolio: Portfolio, market: Market, p: Params = PUBLISHED, data: RiskFile | None = None
) -> MarginResult:
    """Return the SPAN requirement of an account, net option value counted in its equity.

    Parameters
    ----------
    portfolio : Portfolio
    market : Market
    p : Params
        Of the arrays made here; with ``data`` only the initial factor and the scenarios' names.
    data : RiskFile, optional
        Risk arrays and tables of a clearing organisation, as ``load_data`` reads them. Without
        it, arrays are made here for any portfolio.

    Returns
    -------
    MarginResult
        Requirements are the scan risk plus charges less credits, at least the short-option
        minimum, per combined commodity.

    Raises
    ------
    NotCoveredError
        If the file has no array for a position; without a file, for liquidity in a range.
    InputError
        If a position's multiplier is not that of its contract in the file.
    ParameterError
        If an asset class has no range, or a parameter no such value.

    References
    ----------
    CME, SPAN: components of the requirement; public SPAN wiki.
    """
    if data is not None:
        p = _named_as(data, p)
    held = marks(portfolio, market)
    worth = net_liquidation_value(portfolio, market, held)
    cash = collateral(
        portfolio, market, lambda b: flat(0.0) if b.asset == portfolio.currency else NOT_TAKEN
    )
    book = (
        made_here(portfolio, market, held, p) if data is None else from_file(held, market, data, p)
    )
    risks = [commodity_risk(commodity, holdings, p.labels) for commodity, holdings in book.holdings]
    saved = commodity_credits(risks, book.spreads)
    lines = {
        risk.commodity.code: _converted(
            requirement(risk, saved[risk.commodity.code]), risk, portfolio, market
        )
        for risk in risks
    }
    owed = total("SPAN requirement", *lines.values(), source="span#requirement")
    outcomes = {r.commodity.code: _outcomes(r, book, portfolio, market, p) for r in risks}
    ranked = by_size(risks, lambda risk: lines[risk.commodity.code].amount)
    return MarginResult(
        methodology=METHODOLOGY.key,
        title="SPAN-style margin" if data is None else f"SPAN on {data.title} of {data.day}",
        currency=portfolio.currency,
        net_liquidation_value=worth.amount,
        collateral_not_counted=cash.not_counted,
        equity=_equity(held, worth.parts[: len(held)], cash.counted),
        initial=_initial(owed, cash.initial_charge, p),
        maintenance=_charged("Maintenance margin", owed, cash.maintenance_charge),
        sources=DOCUMENT.sources,
        scenarios=tuple(outcome for rows in outcomes.values() for outcome in rows),
        worst_by_group=tuple(outcomes[risk.commodity.code][risk.active] for risk in ranked),
        warnings=(
            *(mark.warning for mark in held if mark.warning),
            *cash.warnings,
            *_warnings(portfolio, risks, data, p),
        ),
    )


def _named_as(data: RiskFile, p: Params) -> Params:
    """Return the parameters with the file's extreme scenarios, where it tells them."""
    return replace(
        p,
        extreme_move=data.extreme_move or p.extreme_move,
        extreme_cover=data.extreme_cover or p.extreme_cover,
    )


def _equity(held: Sequence[Mark], values: Sequence[Line], cash: Line) -> Line:
    """Return everything at its marks, the net option value in one line."""
    options = [isinstance(mark.position.instrument, Option) for mark in held]
    return total(
        "Equity",
        total(
            "Net option value",
            *(value for value, option in zip(values, options, strict=True) if option),
            source="span#net option value",
        ),
        *(value for value, option in zip(values, options, strict=True) if not option),
        cash,
    )


def _initial(owed: Line, charge: Line, p: Params) -> Line:
    if p.initial_factor != 1.0:
        owed = scaled(
            f"{p.initial_factor:.4g} x maintenance",
            owed,
            p.initial_factor,
            source="span#initial_factor",
        )
    return _charged("Initial margin", owed, charge)


def _charged(label: str, owed: Line, charge: Line) -> Line:
    """Return what is owed with the collateral charge of that phase, where there is one."""
    return total(label, owed, *nonzero(charge))


def _converted(line: Line, risk: CommodityRisk, portfolio: Portfolio, market: Market) -> Line:
    """Return a commodity's requirement in the reporting currency."""
    currency = risk.commodity.currency
    if currency == portfolio.currency:
        return line
    rate = market.price(currency, portfolio.currency)
    return scaled(f"{risk.commodity.code}, {currency} at {rate:.6g}", line, rate)


def _outcomes(
    risk: CommodityRisk, book: Book, portfolio: Portfolio, market: Market, p: Params
) -> tuple[Outcome, ...]:
    """Return every scenario of one commodity, in the reporting currency, weights included."""
    code = risk.commodity.code
    rate = market.price(risk.commodity.currency, portfolio.currency)
    symbols = dict.fromkeys(holding.underlying for holding in risk.holdings)
    return tuple(
        Outcome(
            label=label,
            moves=book.moves[code][s],
            pnl=-risk.losses[s] * rate,
            pnl_by_underlying=tuple(
                (symbol, -rate * sum(h.losses[s] for h in risk.holdings if h.underlying == symbol))
                for symbol in symbols
            ),
            group=code,
            pnl_by_position=tuple((h.label, -rate * h.losses[s]) for h in risk.holdings),
        )
        for s, label in enumerate(p.labels)
    )


def _warnings(
    portfolio: Portfolio, risks: Sequence[CommodityRisk], data: RiskFile | None, p: Params
) -> Iterator[str]:
    """Yield whose arrays these are, and which products their exchange margins otherwise."""
    if data is not None:
        yield from _warnings_of_file(risks, data)
        return
    if risks:
        yield (
            "SPAN-style: the risk arrays are this program's own, made from its scan ranges; they "
            "are not CME's"
        )
    held = {position.underlying for position in portfolio.positions}
    for symbol, since in p.span2_products.entries:
        if symbol in held:
            outright = ""
            if symbol in p.span2_outrights:
                long, short = p.span2_outrights[symbol]
                outright = f"; CME asked {long:,.0f} for a long and {short:,.0f} for a short future"
            yield (
                f"CME margins {symbol} by SPAN 2 (since {since}), on simulated and historical "
                f"losses that no sixteen scenarios give{outright}"
            )


def _warnings_of_file(risks: Sequence[CommodityRisk], data: RiskFile) -> Iterator[str]:
    moved = dict(data.moved_to_span2)
    for risk in risks:
        code = risk.commodity.code
        if code in moved:
            yield f"{code} moved to SPAN 2 ({moved[code]}): these arrays are not authoritative"
        if risk.unspread:
            yield (
                f"{code}: opposite deltas of {', '.join(risk.unspread)} net without a calendar "
                "charge, since no calendar spread of the file takes them"
            )


METHODOLOGY = Methodology(
    "cme_span",
    DOCUMENT.title,
    covers="any instrument on arrays made here (SPAN-style); listed futures and options on a "
    "file's arrays",
    margin=margin,
    published=PUBLISHED,
    sources=DOCUMENT.sources,
    profiles=parameters.load_profiles(PUBLISHED, __file__),
    load_data=load_data,
)
