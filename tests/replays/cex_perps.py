"""Perpetuals and their collateral: profit, brackets, liquidation and bankruptcy prices, haircuts.

A row's own rates are put into the parameters, so that a later table breaks no older example.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from margin_core.book.instruments import AssetClass, MarginType, Perpetual, Underlying
from margin_core.book.portfolio import Balance, Haircut, Portfolio, Position
from margin_core.margin.brackets import bracket_of, brackets
from margin_core.margin.parameters import Table
from margin_core.margin.result import LiquidationPrice
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies import METHODOLOGIES
from margin_core.risk.marks import marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core.margin.result import MarginResult

NOW = datetime(2026, 2, 15, tzinfo=UTC)
ISOLATED, CROSS = METHODOLOGIES["perps_isolated"], METHODOLOGIES["perps_cross"]
UNIFIED = METHODOLOGIES["binance_pm"]
IN_COINS = Market(NOW, prices=(("BTC", 1.0),))
AT_ENTRY = "bybit_2023"
IN_FULL = Haircut(0.0, 0.0)


def isolated_linear(inputs: dict) -> dict:
    """Return liquidation prices of both sides, exact and by the formula of most calculators."""
    found = {}
    for side, sign in (("long", 1.0), ("short", -1.0)):
        position = _linear(sign * inputs["qty"], inputs["entry"], isolated_margin=inputs["margin"])
        exact = _isolated(position, rate=inputs["mmr"], deduction=inputs["cum"])
        retail = _isolated(position, rate=inputs["mmr"], profile=AT_ENTRY)
        found |= {f"{side}_exact": _price(exact).price, f"{side}_retail": _price(retail).price}
    return found


def fixed_maintenance(inputs: dict) -> dict:
    """Return loss and margin ratio at a price, with the maintenance margin of the entry."""
    position = _linear(inputs["qty"], inputs["entry"], leverage=inputs["lev"])
    rate = inputs["mm"] / (inputs["qty"] * inputs["entry"])
    result = _isolated(position, rate=rate, profile=AT_ENTRY, mark=inputs["price"])
    return {"loss": -result.net_liquidation_value, "margin_ratio": result.margin_ratio}


def isolated_linear_long(inputs: dict) -> dict:
    """Return both margins at entry and the liquidation price."""
    position = _linear(inputs["qty"], inputs["entry"], leverage=inputs["lev"])
    result = _isolated(position, rate=inputs["mmr"], profile=AT_ENTRY)
    return {
        "IM": result.initial.amount,
        "MM": result.maintenance.amount,
        "liq": _price(result).price,
    }


def tiered_maintenance(inputs: dict) -> dict:
    """Return both margins of a tiered position, and what it can lose before liquidation."""
    position = _linear(1.0, inputs["position_value"], leverage=inputs["lev"])
    result = _isolated(position, rows=_bracket_rows(inputs["tiers"]), profile=AT_ENTRY)
    initial, maintenance = result.initial.amount, result.maintenance.amount
    return {"IM": initial, "MM": maintenance, "max_loss_before_liq": initial - maintenance}


def bankruptcy_inverse_long(inputs: dict) -> dict:
    """Return the bankruptcy price of an isolated inverse position."""
    position = _inverse(1.0, inputs["entry"], leverage=inputs["lev"])
    return {"bankruptcy": _price(_isolated(position, rate=0.005)).bankruptcy_price}


def isolated_inverse(inputs: dict) -> dict:
    """Return liquidation prices of both sides, with maintenance at entry (old) and at mark."""
    found = {}
    for side, sign in (("long", 1.0), ("short", -1.0)):
        position = _inverse(sign * inputs["qty_usd"], inputs["entry"], leverage=inputs["lev"])
        old = _isolated(position, rate=inputs["mmr"], profile=AT_ENTRY)
        new = _isolated(position, rate=inputs["mmr"])
        found |= {f"{side}_old": _price(old).price, f"{side}_2026": _price(new).price}
    return found


def cross_inverse_long(inputs: dict) -> dict:
    """Return both prices of an inverse position that a balance of coins pays for."""
    position = _inverse(inputs["qty_usd"], inputs["entry"])
    p = replace(
        CROSS.profiles["bybit_inverse_2020"],
        inverse_brackets=_table(_flat(inputs["mmr"])),
        closing_fee=inputs["fee"],
    )
    pool = (Balance("BTC", inputs["balance_btc"], IN_FULL),)
    price = _price(CROSS(*_account(position, inputs["entry"], pool), p))
    return {"bankruptcy": price.bankruptcy_price, "liquidation": price.price}


def unrealised(inputs: dict) -> dict:
    """Return profits since entry: linear ones in the quote currency, an inverse one in coin."""
    found = {}
    for quantity, entry, mark in inputs["um"]:
        (marked,) = marks(*_account(_linear(quantity, entry), mark))
        found["um_long" if quantity > 0.0 else "um_short"] = marked.value
    quantity, entry, mark = inputs["cm"]
    (marked,) = marks(*_account(_inverse(quantity, entry), mark))
    found["cm_long_btc" if quantity > 0.0 else "cm_short_btc"] = marked.value / mark
    return found


def fixed_rate(inputs: dict) -> dict:
    """Return what coins over several wallets, net of each other, count for, in coins."""
    held = inputs["btc"] if isinstance(inputs["btc"], list) else [inputs["btc"]]
    p = replace(UNIFIED.published, collateral_rate=Table((("BTC", inputs["rate"]),)))
    portfolio = Portfolio(balances=tuple(Balance("BTC", float(amount)) for amount in held))
    return {"effective_btc": UNIFIED(portfolio, IN_COINS, p).equity.amount}


def tiered_ratio(inputs: dict) -> dict:
    """Return what coins count for where the ratio falls with their number, in coins."""
    rows = [[1.0 - ratio, *_upper(upper)] for upper, ratio in _tiers(inputs["tiers"])]
    return {"effective_btc": _counted([inputs["btc"]], 1.0, rows)}


def tiered_value(inputs: dict) -> dict:
    """Return what coins count for where the ratio falls with their value."""
    rows = [
        [1.0 - ratio, *_upper(upper), *(["USD"] if upper is not None else [])]
        for upper, ratio in _tiers(inputs["tiers"])
    ]
    return {"collateral": _counted([inputs["btc"]], inputs["price"], rows)}


def progressive_borrowing(inputs: dict) -> dict:
    """Return the margin on loans whose rates step up with their size."""
    loans = ((inputs["btc_liab"], inputs["rates"]), (inputs["eth_liab"], inputs["eth_rates"]))
    asked = 0.0
    for amount, tiers in loans:
        table = brackets(_bracket_rows(tiers))
        asked += bracket_of(table, amount).maintenance(amount)
    return {"IM": asked}


TRANSLATORS = {
    ("Binance", "PM fixed rate over three wallets"): fixed_rate,
    ("Binance", "isolated linear: exact vs retail formula"): isolated_linear,
    ("Binance", "liquidation with MM fixed at entry"): fixed_maintenance,
    ("Binance", "progressive borrow IM"): progressive_borrowing,
    ("Binance", "tiered collateral value"): tiered_value,
    ("Binance", "unrealised P&L inputs of the uniMMR example"): unrealised,
    ("Bybit", "bankruptcy price, inverse long 50x"): bankruptcy_inverse_long,
    ("Bybit", "cross inverse long: bankruptcy and liquidation"): cross_inverse_long,
    ("Bybit", "isolated inverse, two published versions"): isolated_inverse,
    ("Bybit", "isolated liq. price, linear long"): isolated_linear_long,
    ("Bybit", "tiered MM, linear"): tiered_maintenance,
    ("Bybit", "tiered collateral ratio"): tiered_ratio,
}


def _linear(quantity: float, entry: float, **own: float) -> Position:
    return Position(Perpetual("BTC"), float(quantity), float(entry), **own)


def _inverse(quantity: float, entry: float, **own: float) -> Position:
    contract = Perpetual("BTC", margin_type=MarginType.INVERSE)
    return Position(contract, float(quantity), float(entry), **own)


def _account(position: Position, mark: float, balances: tuple[Balance, ...] = ()):
    portfolio = Portfolio((position,), balances, (Underlying("BTC", AssetClass.CRYPTO),))
    quotes = (InstrumentQuote(position.instrument, float(mark)),)
    return portfolio, Market(NOW, (Quote("BTC", float(mark)),), quotes)


def _isolated(
    position: Position,
    *,
    rate: float = 0.0,
    deduction: float = 0.0,
    rows: Sequence = (),
    profile: str = "",
    mark: float | None = None,
) -> MarginResult:
    """Return the isolated margin of a position at its own rate, at its entry price by default."""
    table = _table(rows or _flat(rate, deduction))
    published = ISOLATED.profiles[profile] if profile else ISOLATED.published
    p = replace(published, brackets=table, inverse_brackets=table)
    return ISOLATED(*_account(position, position.entry_price if mark is None else mark), p)


def _flat(rate: float, deduction: float = 0.0) -> tuple[tuple[float, float, float], ...]:
    """Return brackets of which a position of any usual size has this rate and deduction."""
    most = 1.0 / rate
    if deduction == 0.0:
        return ((0.0, rate, most),)
    least = rate * 1e-12
    return ((0.0, least, most), (deduction / (rate - least), rate, most))


def _table(rows: Sequence) -> Table:
    return Table((("other", tuple(rows)),))


def _price(result: MarginResult) -> LiquidationPrice:
    """Return the price of the one position; None in it where it has none."""
    return next(iter(result.liquidation_prices), LiquidationPrice("", None))


def _counted(amounts: Sequence[float], price: float, rows: Sequence) -> float:
    """Return the equity that coins make in a pool with these tiers of a haircut."""
    table = Table((("BTC", tuple(tuple(row) for row in rows)),))
    p = replace(CROSS.published, default_venue="binance", haircut_binance=table)
    portfolio = Portfolio(balances=tuple(Balance("BTC", float(amount)) for amount in amounts))
    return CROSS(portfolio, Market(NOW, prices=(("BTC", float(price)),)), p).equity.amount


def _bracket_rows(tiers: Sequence) -> list[tuple[float, float, float]]:
    """Return brackets by their floors from tiers by the size that they reach up to."""
    floors = [0.0, *(upper for upper, _ in _tiers(tiers)[:-1])]
    return [
        (float(floor), rate, 1.0 / rate)
        for floor, (_, rate) in zip(floors, _tiers(tiers), strict=True)
    ]


def _tiers(tiers: Sequence) -> list[tuple[float | None, float]]:
    """Return (reaches up to, ratio) of each tier, whether or not it repeats where it begins."""
    return [(row[-2], float(row[-1])) for row in tiers]


def _upper(upper: float | None) -> list[float]:
    return [] if upper is None else [float(upper)]
