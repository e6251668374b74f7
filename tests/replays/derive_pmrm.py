"""Derive's published cases of PMRM_2: each with its own market, parameters and expected figures.

A case says nothing of its coin, so that its manager is called MANAGER here, and collateral that
a case calls risk cancelling tracks it. Times are seconds to expiry. Figures are in units of the
cash asset, where a result is in dollars.

`test_67` sets a skew scenario that also moves spot, which the contract refuses and Derive's own
suite therefore skips; the manager's requirements do not hang on it, its loss rows are not asked.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from margin_core.book.instruments import AssetClass, Option, Perpetual, Right, Underlying
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.market.snapshot import Confidences, InstrumentQuote, Market, Quote
from margin_core.methodologies import METHODOLOGIES
from margin_core.methodologies.derive_pmrm.account import account as by_manager
from margin_core.methodologies.derive_pmrm.requirements import option_value
from tests.replays import UNREADABLE, Figure, why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from margin_core.methodologies.derive_pmrm.terms import Params

NOW = datetime(2025, 2, 19, tzinfo=UTC)
COIN = "MANAGER"
METHODOLOGY = METHODOLOGIES["derive_pmrm"]
RELATIVE, ABSOLUTE = 1e-9, 1e-6
BREAKS_THE_RULE = "test_67"
SKEWS = ("linear", "abs")
DIRECTIONS = {"up": 1, "none": 0, "down": -1}
QUANTITIES = ("IM", "MM", "PortfolioMTM", "OptionMTM", "CollateralMTM")
GROUPS = ("reg", "tail", "skew")
TRUTH = {"true": True, "false": False}


def figures(path: Path) -> Iterator[Figure]:
    """Yield every expected figure of the cases in ``path``, in the order of their numbers."""
    for file in sorted(path.glob("*.json"), key=_number):
        try:
            yield from case(file.stem, json.loads(file.read_text("utf-8")))
        except UNREADABLE as error:
            yield Figure(file.stem, "Result", math.nan, None, note=why(error))


def case(name: str, document: dict) -> Iterator[Figure]:
    """Yield every expected figure of one case."""
    facts = plain(document)
    wanted = expected(facts["Result"])
    if name == BREAKS_THE_RULE or name.startswith(f"{BREAKS_THE_RULE}_"):
        wanted = {quantity: wanted[quantity] for quantity in ("IM", "MM")}
    note, found = "the case has no such scenario", {}
    try:
        found = got(facts)
    except UNREADABLE as error:
        note = why(error)
    for quantity, figure in wanted.items():
        yield Figure(name, quantity, figure, found.get(quantity), RELATIVE, ABSOLUTE, note)


def plain(document: Any) -> Any:
    """Return a case with numbers that it writes as text as numbers, and without its nulls."""
    match document:
        case dict():
            return {key: plain(entry) for key, entry in document.items() if entry is not None}
        case list():
            return [plain(entry) for entry in document]
        case str() if document.lower() in TRUTH:
            return TRUTH[document.lower()]
        case str():
            try:
                return float(document)
            except ValueError:
                return document
        case _:
            return document


def expected(result: dict) -> dict[str, float]:
    """Return the expected figures of a case by quantity; what it does not give is not asked."""
    rows = {
        f"{group}_losses[{i}]": row[-1]
        for group in GROUPS
        for i, row in enumerate(result.get(f"{group}_losses", ()))
    }
    wanted = {quantity: result[quantity] for quantity in QUANTITIES if quantity in result} | rows
    if not wanted:
        raise ValueError(f"no figure is expected, none of {', '.join(QUANTITIES)}")
    return {quantity: float(figure) for quantity, figure in wanted.items()}


def got(document: dict) -> dict[str, float]:
    """Return what the code says of a case by quantity."""
    portfolio, market = account(document["Scenario"])
    p = parameters(document["Parameters"])
    result = METHODOLOGY(portfolio, market, p)
    own = by_manager(portfolio, market, p)
    counted = result.equity.amount + result.collateral_not_counted
    return {
        "IM": result.excess_initial / own.price,
        "MM": result.excess_maintenance / own.price,
        "PortfolioMTM": counted / own.price,
        "OptionMTM": option_value(own, p).amount,
        "CollateralMTM": sum(value.amount for value, _ in own.others) / own.price,
        **_rows(document, [outcome.pnl for outcome in result.scenarios]),
    }


def account(scenario: dict) -> tuple[Portfolio, Market]:
    """Return the account and the market of a case; what it does not hold may be left out."""
    options = [_option(row) for row in scenario.get("Options", ())]
    positions = [Position(option, row["Amount"]) for option, row in options]
    quotes = [InstrumentQuote(option, volatility=row["MarkVol"]) for option, row in options]
    if scenario.get("NumPerps"):
        perpetual = Perpetual(COIN)
        price, size = scenario["PerpPrice"], scenario["NumPerps"]
        profit, funding = _unsettled(scenario)
        quotes.append(InstrumentQuote(perpetual, price))
        entry = price - profit / size
        positions.append(Position(perpetual, size, entry, accrued_funding=funding))
    assets = [_balance(i, row) for i, row in enumerate(scenario.get("Collaterals", ()))]
    portfolio = Portfolio(
        tuple(positions),
        (Balance("USDC", float(scenario.get("Cash", 0.0))), *(balance for balance, _ in assets)),
        (Underlying(COIN, AssetClass.CRYPTO),),
    )
    prices = (("USDC", scenario["StablePrice"]), *((b.asset, price) for b, price in assets))
    quote = _quote(scenario)
    fed = {moment for moment, _ in quote.forwards}
    for option, row in options:
        if option.expiry not in fed:
            raise LookupError(f"no entry of OptionFeeds for the expiry in {row['Expiry']:g} s")
    return portfolio, Market(NOW, (quote,), tuple(quotes), prices)


def parameters(groups: dict) -> Params:
    """Return the parameters of a case."""
    skew, vol, factors = groups["SkewShock"], groups["VolShock"], groups["Margin"]
    basis, other = groups["BasisContingency"], groups["OtherContingency"]
    return replace(
        METHODOLOGY.published,
        managers=(COIN,),
        scenarios=tuple(
            (
                float(row["SpotShock"]),
                row["VolShockDirection"].lower(),
                float(row["DampeningFactor"]),
            )
            for row in groups["Scenarios"]
        ),
        vol_range_up=vol["VOLRANGEUP"],
        vol_range_down=vol["VOLRANGEDOWN"],
        short_term_power=vol["SHORTTERMPOWER"],
        long_term_power=vol["LONGTERMPOWER"],
        dte_floor=vol["DTE_FLOOR"],
        min_vol_up_shock=vol["MIN_VOL_EVAL_SHOCKED"],
        linear_base_cap=skew["LINEAR_SCALE_CAP"],
        linear_c_base=skew["LINEAR_CBASE"],
        abs_base_cap=skew["ABS_SCALE_CAP"],
        abs_c_base=skew["ABS_CBASE"],
        min_k_star=skew["MIN_K_STAR"],
        width_scale=skew["MIN_WIDTH_SCALE"],
        vol_param_static=skew["VOL_PARAM_STATIC"],
        vol_param_scale=skew["VOL_PARAM_SCALE"],
        long_base_static_discount=factors["BASE_STATIC_DISCOUNT"],
        long_rate_mult_scale=factors["LONG_RATE_MULTSCALE"],
        long_rate_add_scale=factors["LONG_RATE_ADDSCALE"],
        short_base_static_discount=factors["BASE_STATIC_DISCOUNT_NEG"],
        short_rate_mult_scale=factors["SHORT_RATE_MULTSCALE"],
        short_rate_add_scale=factors["SHORT_RATE_ADDSCALE"],
        im_factor=factors["IM_LOSS_FACTOR"],
        mm_factor=factors["MM_LOSS_FACTOR"],
        scenario_spot_up=basis["SCENARIO_SPOT_UP"],
        scenario_spot_down=basis["SCENARIO_SPOT_DOWN"],
        basis_cont_add_factor=basis["BASIS_CONT_ADD_FACTOR"],
        basis_cont_mult_factor=basis["BASIS_CONT_MULT_FACTOR"],
        peg_loss_threshold=other["PEG_LOSS_THRESHOLD"],
        peg_loss_factor=other["PEG_LOSS_FACTOR"],
        conf_threshold=other["CONF_THRESHOLD"],
        conf_margin=other["CONF_MARGIN"],
        mm_perp_percent=other["MM_PERP_PERCENT"],
        im_perp_percent=other["IM_PERP_PERCENT"],
        mm_option_percent=other["MM_OPTION_PERCENT"],
        im_option_percent=other["IM_OPTION_PERCENT"],
    )


def _rows(document: dict, pnl: list[float]) -> dict[str, float]:
    """Return the P&L of the scenario that each of the file's loss rows names.

    Of scenarios with the same shock each row takes the next one; a row whose shock no scenario
    has stands for the next one left.
    """
    result, rest, skews = document["Result"], [], {}
    for row, figure in zip(document["Parameters"]["Scenarios"], pnl, strict=False):
        kind = row["VolShockDirection"].lower()
        if kind in SKEWS:
            skews[kind] = figure
        else:
            rest.append((row["SpotShock"] - 1.0, DIRECTIONS[kind], figure))
    found = {}
    for group in ("reg", "tail"):
        for i, row in enumerate(result.get(f"{group}_losses", ())):
            if rest:
                found[f"{group}_losses[{i}]"] = rest.pop(_place(row, rest))[-1]
    for i, row in enumerate(result.get("skew_losses", ())):
        if str(row[0]).lower() in skews:
            found[f"skew_losses[{i}]"] = skews[str(row[0]).lower()]
    return found


def _place(row: list, rest: list[tuple[float, int, float]]) -> int:
    places = range(len(rest))
    return next((i for i in places if _same(row, rest[i])), 0)


def _same(row: list, scenario: tuple[float, int, float]) -> bool:
    move, direction, _ = scenario
    return len(row) > 2 and row[1] == direction and math.isclose(row[0], move, abs_tol=1e-9)


def _unsettled(scenario: dict) -> tuple[float, float]:
    """Return the profit and the funding of the perpetual, from prices where they are left out."""
    size, price = scenario["NumPerps"], scenario["PerpPrice"]
    profit, funding = scenario.get("UnrealisedPerpPNL"), scenario.get("UnrealisedFunding")
    if profit is None:
        profit = size * (price - scenario["LastEntryPrice"])
    if funding is None:
        funding = -size * (scenario["SystemFundingIndex"] - scenario["FundingIndex"])
    return profit, funding


def _option(row: dict) -> tuple[Option, dict]:
    right = Right.CALL if row["IsCall"] else Right.PUT
    return Option(COIN, right, row["Strike"], _moment(row["Expiry"])), row


def _balance(number: int, row: dict) -> tuple[Balance, float]:
    """Return a balance under a name of its own: a case may list one asset twice."""
    haircut = Haircut(row["MMHaircut"], row["MMHaircut"] + row["IMHaircut"])
    tracks = COIN if row["IsRiskCancelling"] else None
    name = f"{row.get('Name', 'collateral')} {number}"
    balance = Balance(name, row["Amount"], haircut, row.get("Confidence", 1.0), tracks)
    return balance, row["Price"]


def _quote(scenario: dict) -> Quote:
    feeds = [(_moment(feed["FeedExpiry"]), feed) for feed in scenario.get("OptionFeeds", ())]

    def by_expiry(name: str) -> tuple[tuple[datetime, float], ...]:
        return tuple((moment, feed[name]) for moment, feed in feeds)

    def sure(name: str) -> tuple[tuple[datetime, float], ...]:
        return tuple((moment, _lowest(feed.get(name, 1.0))) for moment, feed in feeds)

    return Quote(
        COIN,
        scenario["SpotPrice"],
        rates=by_expiry("Rate"),
        forwards=by_expiry("Forward"),
        confidences=Confidences(
            scenario.get("SpotConfidence", 1.0),
            scenario.get("PerpConfidence", 1.0),
            sure("ForwardConfidence"),
            sure("RateConfidence"),
            sure("OptionVolConfidences"),
        ),
    )


def _lowest(confidence: float | list[float]) -> float:
    """Return a confidence, the lowest of several: one feed may give one per strike."""
    return min(confidence) if isinstance(confidence, list) else confidence


def _moment(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def _number(file: Path) -> tuple[float, str]:
    """Return where a file stands: by the number in its name, those without one last."""
    number = re.search(r"\d+", file.stem)
    return (int(number[0]) if number else math.inf), file.stem
