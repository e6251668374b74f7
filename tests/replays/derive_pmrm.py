"""Derive's published cases of PMRM_2: each with its own market, parameters and expected figures.

A case says nothing of its coin, so that its manager is called MANAGER here, and collateral that
a case calls risk cancelling tracks it. Times are seconds to expiry. Figures are in units of the
cash asset, where a result is in dollars.

`test_67` sets a skew scenario that also moves spot, which the contract refuses and Derive's own
suite therefore skips; the manager's requirements do not hang on it, its loss rows are not asked.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from margin_core.book.instruments import AssetClass, Option, Perpetual, Right, Underlying
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.errors import NotCoveredError
from margin_core.market.snapshot import Confidences, InstrumentQuote, Market, Quote
from margin_core.methodologies import METHODOLOGIES
from margin_core.methodologies.derive_pmrm.account import account as by_manager
from margin_core.methodologies.derive_pmrm.requirements import option_value
from tests.replays import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from margin_core.methodologies.derive_pmrm.terms import Params

NOW = datetime(2025, 2, 19, tzinfo=UTC)
COIN = "MANAGER"
METHODOLOGY = METHODOLOGIES["derive_pmrm"]
RELATIVE, ABSOLUTE = 1e-9, 1e-6
BREAKS_THE_RULE = "test_67"
SKEWS = ("LINEAR", "ABS")


def figures(path: Path) -> Iterator[Figure]:
    """Yield every expected figure of the cases in ``path``, in the order of their numbers."""
    for file in sorted(path.glob("*.json"), key=_number):
        yield from case(file.stem, json.loads(file.read_text("utf-8")))


def case(name: str, document: dict) -> Iterator[Figure]:
    """Yield every expected figure of one case."""
    wanted = expected(document["Result"])
    if name.startswith(f"{BREAKS_THE_RULE}_"):
        wanted = {quantity: wanted[quantity] for quantity in ("IM", "MM")}
    note, found = "", {}
    try:
        found = got(document)
    except NotCoveredError as error:
        note = str(error)
    for quantity, figure in wanted.items():
        yield Figure(name, quantity, figure, found.get(quantity), RELATIVE, ABSOLUTE, note)


def expected(result: dict) -> dict[str, float]:
    """Return the expected figures of a case by quantity."""
    quantities = ("IM", "MM", "PortfolioMTM", "OptionMTM", "CollateralMTM")
    rows = {
        f"{kind}_losses[{i}]": float(row[-1])
        for kind in ("reg", "tail", "skew")
        for i, row in enumerate(result[f"{kind}_losses"])
    }
    return {quantity: float(result[quantity]) for quantity in quantities} | rows


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
    """Return the account and the market of a case."""
    options = [_option(row) for row in scenario["Options"]]
    positions = [Position(option, row["Amount"]) for option, row in options]
    quotes = [InstrumentQuote(option, volatility=row["MarkVol"]) for option, row in options]
    if scenario["NumPerps"]:
        perpetual = Perpetual(COIN)
        price, size = scenario["PerpPrice"], scenario["NumPerps"]
        quotes.append(InstrumentQuote(perpetual, price))
        entry = price - scenario["UnrealisedPerpPNL"] / size
        funding = scenario["UnrealisedFunding"]
        positions.append(Position(perpetual, size, entry, accrued_funding=funding))
    assets = [_balance(row) for row in scenario["Collaterals"]]
    portfolio = Portfolio(
        tuple(positions),
        (Balance("USDC", float(scenario["Cash"])), *(balance for balance, _ in assets)),
        (Underlying(COIN, AssetClass.CRYPTO),),
    )
    prices = (("USDC", scenario["StablePrice"]), *((b.asset, price) for b, price in assets))
    return portfolio, Market(NOW, (_quote(scenario),), tuple(quotes), prices)


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
    """Return the P&L of each scenario by its place in the file's groups of loss rows."""
    kinds = [row["VolShockDirection"] for row in document["Parameters"]["Scenarios"]]
    plain = [pnl[i] for i, kind in enumerate(kinds) if kind not in SKEWS]
    edge = len(document["Result"]["reg_losses"])
    skews = [
        pnl[kinds.index(row[0])] for row in document["Result"]["skew_losses"] if row[0] in kinds
    ]
    groups = {"reg": plain[:edge], "tail": plain[edge:], "skew": skews}
    return {
        f"{group}_losses[{i}]": figure
        for group, losses in groups.items()
        for i, figure in enumerate(losses)
    }


def _option(row: dict) -> tuple[Option, dict]:
    right = Right.CALL if row["IsCall"] else Right.PUT
    return Option(COIN, right, row["Strike"], _moment(row["Expiry"])), row


def _balance(row: dict) -> tuple[Balance, float]:
    haircut = Haircut(row["MMHaircut"], row["MMHaircut"] + row["IMHaircut"])
    tracks = COIN if row["IsRiskCancelling"] else None
    balance = Balance(row["Name"], row["Amount"], haircut, row["Confidence"], tracks)
    return balance, row["Price"]


def _quote(scenario: dict) -> Quote:
    feeds = [(_moment(feed["FeedExpiry"]), feed) for feed in scenario["OptionFeeds"]]

    def by_expiry(name: str) -> tuple[tuple[datetime, float], ...]:
        return tuple((moment, feed[name]) for moment, feed in feeds)

    return Quote(
        COIN,
        scenario["SpotPrice"],
        rates=by_expiry("Rate"),
        forwards=by_expiry("Forward"),
        confidences=Confidences(
            scenario["SpotConfidence"],
            scenario["PerpConfidence"],
            by_expiry("ForwardConfidence"),
            by_expiry("RateConfidence"),
            by_expiry("OptionVolConfidences"),
        ),
    )


def _moment(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def _number(file: Path) -> tuple[int, str]:
    return int(file.stem.split("_")[1]), file.stem
