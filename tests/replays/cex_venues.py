"""OKX portfolio margin and Bybit's options, by the figures that the venues print.

A row's own rates are put into the parameters; indices and the price of USDT follow from its
deltas and losses where it does not say them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from margin_core.book.instruments import AssetClass, Option, Perpetual, Right, Underlying
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.errors import NotCoveredError
from margin_core.margin.figure import given
from margin_core.margin.parameters import Table
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies import METHODOLOGIES
from margin_core.methodologies.bybit_pm import cross
from margin_core.methodologies.okx_pm import outside, unit_requirement
from margin_core.methodologies.okx_pm.charges import tiered
from margin_core.methodologies.okx_pm.notices import account_leverage
from margin_core.methodologies.okx_pm.unit import units
from margin_core.risk.exposures import exposures
from margin_core.risk.marks import marks
from tests.lines import starting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from margin_core.margin.result import MarginResult
    from margin_core.methodologies.okx_pm.terms import Params

NOW = datetime(2025, 1, 15, 10, 26, tzinfo=UTC)
OKX, BYBIT = METHODOLOGIES["okx_pm"], METHODOLOGIES["bybit_pm"]
MOVES = {"p04": 0.04, "p08": 0.08, "p12": 0.12}


def _okx_unit(coin: str, size: str, inputs: dict) -> dict:
    """Return the parts of a unit of one perpetual in USDT."""
    quantity, mark = inputs[size], inputs["mark"]
    move = OKX.published.of(OKX.published.extreme_move, coin)
    index = inputs["mr6_raw_loss"] / move / abs(quantity)
    tether = inputs["delta_usd"] / quantity / mark
    p = _with(
        basis_floor={coin: inputs["mr4_rate"]},
        reduction_rate={coin: inputs["mr7_rate"]},
        reduction_tiers={coin: OKX.published.reduction_tiers["majors"]},
    )
    result = _okx({coin: quantity}, p, index={coin: index}, mark=mark, tether=tether)
    unit = starting(result.maintenance, coin)
    parts = {f"mr{n}": starting(unit, f"MR{n}").amount for n in (4, 6, 7)}
    return parts | {"mmr": unit.amount, "imr": result.initial.amount}


def _okx_ladder(inputs: dict) -> dict:
    """Return P&L up the moves of a short perpetual that loses this much per unit of move."""
    result = _okx({"BTC": -1.0}, _with(), index={"BTC": inputs["loss_per_unit_move"]})
    ladder = {outcome.moves[0][1]: outcome.pnl for outcome in result.scenarios}
    return {name: ladder[move] for name, move in MOVES.items()}


def _okx_totals(inputs: dict) -> dict:
    """Return the totals of an account whose units and liability have these requirements."""
    owed = inputs["borrow_mmr"] / OKX.published.borrow_maintenance
    coins = tuple(f"C{number}" for number in range(len(inputs["unit_mmr"])))
    free = dict.fromkeys(coins, 0.0)
    p = replace(
        _with(basis_floor=free, reduction_rate=free),
        majors=coins,
        initial_factor=sum(inputs["unit_imr"]) / sum(inputs["unit_mmr"]),
    )
    if owed:
        p = replace(p, borrow_initial=inputs["borrow_imr"] / owed)
    most = max(OKX.published.spot_moves["majors"])
    quantities = {c: mmr / most for c, mmr in zip(coins, inputs["unit_mmr"], strict=True)}
    result = _okx(quantities, p, balances=[Balance("USDT", -owed)])
    return {
        "derivMmr": starting(result.maintenance, "Derivatives").amount,
        "totalMmr": result.maintenance.amount,
        "totalImr": result.initial.amount,
    }


def _okx_leverage(inputs: dict) -> dict:
    coins = [f"C{number}" for number in range(len(inputs["notional_usd"]))]
    portfolio, market = _account(dict(zip(coins, inputs["notional_usd"], strict=True)))
    found = units(portfolio, market, marks(portfolio, market))
    return {"acctLever": account_leverage(found, inputs["eq"])}


def _okx_borrowing(inputs: dict) -> dict:
    """Return what a liability is charged in each phase, at the price of USDT in it."""

    def owing(price: float) -> MarginResult:
        return _okx(
            {}, _with(), tether=price, balances=[Balance("USDT", -abs(inputs["liability_usdt"]))]
        )

    return {
        "borrow_imr": owing(inputs["usdt_usd_imr"]).initial.amount,
        "borrow_mmr": owing(inputs["mmr_implied_px"]).maintenance.amount,
    }


def _okx_minimum(inputs: dict) -> dict:
    minimum = tiered("MR7", given("Raw", inputs["raw"]), _tiers(inputs["tiers"]), "")
    unit = unit_requirement("BTC", [given("Stress", inputs["mr"])], [], minimum)
    return {"mr7_adj": minimum.amount, "unit_mmr": unit.amount}


def _okx_depeg(inputs: dict) -> dict:
    hedged = given("Hedged", inputs["hedged"])
    return {"mr9": tiered("MR9", hedged, _tiers(inputs["tiers"]), "").amount}


def _okx_short_option(inputs: dict) -> dict:
    """Return the margin of a contract of ``mult`` coins, and of an order for ``qty`` of them."""
    lot, p = inputs["mult"], replace(OKX.published, option_fee=inputs["fee"] / inputs["mult"])
    away = inputs["OTM"] / inputs["F"]
    terms = outside.OptionTerms(True, inputs["mark"], away, inputs["MF"])  # noqa: FBT003
    return {
        "position_per_contract": lot * outside.initial(terms, p),
        "order_margin": inputs["qty"] * lot * outside.to_sell(terms, inputs["order_price"], p),
    }


def _okx_buy_option(inputs: dict) -> dict:
    lot, p = inputs["mult"], replace(OKX.published, option_fee=inputs["fee"] / inputs["mult"])
    return {"cost": inputs["qty"] * lot * outside.to_buy(inputs["price"], p)}


def _okx_comparison(inputs: dict) -> dict:
    raise NotCoveredError(f"the positions of {inputs['date']} are not printed")


def _bybit_short_option(inputs: dict) -> dict:
    p = replace(BYBIT.published, option_liquidation_fee=inputs["liq_fee"])
    per_coin = cross.maintenance(inputs["index"], inputs["mark"], inputs["f_mm"], p)
    asked = abs(inputs["size"]) * per_coin
    return {"MM": asked, "mm_pct": asked / inputs["margin_balance"]}


def _bybit_buy_option(inputs: dict) -> dict:
    p = replace(BYBIT.published, option_fee_cap=inputs["cap"])
    per_coin = cross.to_buy(inputs["index"], inputs["price"], inputs["taker"], p)
    premium, fee = (abs(inputs["qty"]) * amount for amount in per_coin)
    return {"premium": premium, "fee": fee, "cost": premium + fee}


def _bybit_option(inputs: dict) -> dict:
    """Return mark, delta, vega per point and theta per day of a linear option on a forward."""
    expiry = NOW + timedelta(days=365 * inputs["T_years"])
    right = Right.PUT if "P" in inputs["instrument"].upper().split("-")[3:] else Right.CALL
    option = Option("BTC", right, inputs["K"], expiry)
    market = Market(
        NOW,
        (Quote("BTC", inputs["F"], forwards=((expiry, inputs["F"]),)),),
        (InstrumentQuote(option, volatility=inputs["iv"]),),
    )
    coin = Underlying("BTC", AssetClass.CRYPTO)
    portfolio = Portfolio((Position(option, 1.0),), underlyings=(coin,))
    (mark,) = marks(portfolio, market)
    (found,) = exposures((mark,), market)
    return {
        "mark": mark.price,
        "delta": found.delta_units,
        "vega": found.exposure.vega,
        "theta": found.exposure.theta,
    }


def _tiers(rows: Sequence) -> list[tuple[float, float]]:
    """Return (reaches up to, number) of each tier, whether or not it repeats where it begins."""
    return [(row[-2], row[-1]) for row in rows]


def _with(**tables: Mapping[str, object]) -> Params:
    """Return the published parameters with entries of tables replaced or added."""
    changes = {
        name: Table(tuple((dict(getattr(OKX.published, name).entries) | entries).items()))
        for name, entries in tables.items()
    }
    return replace(OKX.published, **changes)


def _account(
    quantities: Mapping[str, float],
    index: Mapping[str, float] | None = None,
    mark: float | None = None,
    tether: float = 1.0,
    balances: Sequence[Balance] = (),
) -> tuple[Portfolio, Market]:
    """Return perpetuals in USDT and their market, at an index of 1 by default."""
    index = index or dict.fromkeys(quantities, 1.0)
    contracts = {coin: Perpetual(coin, quote_currency="USDT") for coin in quantities}
    positions = tuple(Position(contracts[c], quantity) for c, quantity in quantities.items())
    coins = tuple(Underlying(coin, AssetClass.CRYPTO) for coin in quantities)
    quotes = tuple(
        InstrumentQuote(contract, mark, "USDT") for contract in contracts.values() if mark
    )
    spots = tuple(Quote(coin, spot) for coin, spot in index.items())
    market = Market(NOW, spots, quotes, (("USDT", tether),))
    return Portfolio(positions, tuple(balances), coins), market


def _okx(quantities: Mapping[str, float], p: Params, **account: object) -> MarginResult:
    return OKX(*_account(quantities, **account), p)


TRANSLATORS = {
    ("OKX", topic): translator
    for topic, translator in {
        "PM unit BTC: short 0.1 BTC swap": lambda row: _okx_unit("BTC", "qty_btc", row),
        "PM unit LTC: long 10 LTC swap": lambda row: _okx_unit("LTC", "qty", row),
        "PM MR1 ladder is linear in the move": _okx_ladder,
        "PM account totals": _okx_totals,
        "PM account leverage": _okx_leverage,
        "PM borrowing 10 % / 2 % of liability": _okx_borrowing,
        "MR7 marginal tiers (old table)": _okx_minimum,
        "MR9 tiers": _okx_depeg,
        "coin option short, position and order margin": _okx_short_option,
        "coin option buy-to-open order": _okx_buy_option,
        "multi-currency vs PM, delta-neutral book": _okx_comparison,
    }.items()
} | {
    ("Bybit", "short option MM"): _bybit_short_option,
    ("Bybit", "long option order cost"): _bybit_buy_option,
    ("Bybit", "linear option mark and greeks"): _bybit_option,
}
