"""Deribit: standard margin, the risk matrix and the prices beneath it.

Contracts of which a row gives the size in coin are held at an index and mark of 1, so that what
the code says in the reporting currency is coin to the last digit.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from margin_core.book.instruments import (
    AssetClass,
    Future,
    MarginType,
    Option,
    Perpetual,
    Right,
    Underlying,
)
from margin_core.book.portfolio import Balance, Portfolio, Position
from margin_core.margin.parameters import Table
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies import METHODOLOGIES
from margin_core.methodologies.deribit_pm.book import accounts
from margin_core.methodologies.deribit_pm.contracts import contracts
from margin_core.methodologies.deribit_pm.matrix import matrix
from margin_core.methodologies.deribit_pm.terms import NAMES
from margin_core.pricing import black
from margin_core.risk.marks import unsettled

if TYPE_CHECKING:
    from margin_core.methodologies.deribit_pm.matrix import Matrix
    from margin_core.methodologies.deribit_pm.terms import Params
    from margin_core.pricing.black import FloatArray

NOW = datetime(2026, 2, 15, 23, tzinfo=UTC)
PM, SM = METHODOLOGIES["deribit_pm"], METHODOLOGIES["deribit_sm"]
SEGREGATED = PM.profiles["segregated"]
ORDERS = ("spot_margin", "mmp_margin", "open_orders_margin")
ETH_INDEX = 1956.7  # of the account recorded on 2026-02-15, which its row leaves out
# of the one recorded on 2026-05-06: its total in USD over its margin balance in each currency
INDICES = {"BTC": 81_262.06, "ETH": 2_360.93, "USDT": 0.9999}


def risk_vector(symbol: str, size: float, **own: float) -> dict:
    """Return P&L in coin of an inverse perpetual; ``m16`` is -16 %, ``e_p500`` the far +500 %."""
    found = _perpetual(symbol, size, **own)
    return _cells(found, found.bucket.vector)


def recorded(document: dict) -> dict | None:
    """Return the figures of an answer of private/pme/simulate; None for anything else."""
    if "model_params" not in document:
        return None
    (symbol,) = (name.upper() for name in document["model_params"]["currency"] if name != "usd")
    p = _recorded_parameters(document, symbol)
    at = datetime.fromtimestamp(document["model_params"]["general"]["timestamp"] / 1e3, UTC)
    account = _recorded_account(document, symbol, at)
    found, result = _matrix(account, p), PM(*account, p)
    spot = account[1][symbol].spot
    first = found.worst
    edge = len(found.bucket.vector) - len(p.extended_moves)
    return {
        "worst_case": -float(min(found.counted)),
        "worst_case_bucket": {
            "bucket": first // 3 + 1,
            "side": "left" if found.bucket.scenarios.spot_moves[first] < 0.0 else "right",
            "source": "standard" if first < edge else "extended",
            "index": first + 1,
        },
        "roll_shock": found.roll_shock.amount / spot,
        "delta_shock": found.delta_shock.amount / spot,
        "correlation_contingency": 0.0,
        "risk_matrix_margin": found.line.amount / spot,
        **{name: document["expected"].get(name, 0.0) for name in ORDERS},
        "initial_margin": result.initial.amount / spot,
        "maintenance_margin": result.maintenance.amount / spot,
        "pre_aggregated_standard": found.bucket.vector[:edge].tolist(),
        "pre_aggregated_extended": found.bucket.vector[edge:].tolist(),
        "aggregated_standard": found.counted[:edge].tolist(),
        "aggregated_extended": found.counted[edge:].tolist(),
    }


def _aggregated(inputs: dict) -> dict:
    positions = [_inverse("BTC", inputs["perp"]), _inverse("BTC", inputs["future"], days=10.9)]
    own = {"price_range": inputs["R"], "pnl_offset": inputs["pnl_offset"]}
    found = _matrix(_account("BTC", positions), _with("BTC", **own))
    return _cells(found, found.counted)


def _gains(inputs: dict) -> dict:
    own = {"price_range": inputs["R"], "pnl_offset": inputs["pnl_offset"]}
    found = _perpetual("ETH", inputs["position_eth"], **own)
    return _cells(found, found.counted)


def _totals(inputs: dict) -> dict:
    """Return roll shock, risk matrix margin, IM and MM of a perpetual and a future on BTC."""
    names = ("min_annualised_move", "annualised_move_risk")
    p = replace(
        _with("BTC", **{name: inputs[name] for name in names}),
        mm_factor=inputs["mm_factor"],
        **{n: Table((("BTC", inputs[n]),)) for n in ("mmp_margin", "open_orders_margin")},
    )
    future = _inverse("BTC", inputs["future"], days=inputs["days_future"])
    return _figures(_account("BTC", [_inverse("BTC", inputs["perp"]), future]), p)


def _eth_totals(inputs: dict) -> dict:
    p = replace(
        _with("ETH", min_annualised_move=inputs["min_annualised_move"]),
        mm_factor=inputs["mm_factor"],
    )
    return _figures(_account("ETH", [_inverse("ETH", inputs["position_eth"])]), p)


def _figures(account: tuple[Portfolio, Market], p: Params) -> dict:
    found, result = _matrix(account, p), PM(*account, p)
    return {
        "roll_shock": found.roll_shock.amount,
        "risk_matrix_margin": found.line.amount,
        "IM": result.initial.amount,
        "MM": result.maintenance.amount,
    }


def _cross_with_perpetuals(inputs: dict) -> dict:
    """Return the maintenance of bitcoin held, a linear and an inverse perpetual on ether."""
    eth = inputs.get("eth_index", ETH_INDEX)
    held = inputs["total_equity_usd"] - inputs["usdc_equity"] - inputs["eth_equity"] * eth
    balances = (
        Balance("BTC", inputs["btc_equity"]),
        Balance("ETH", inputs["eth_equity"]),
        Balance("USDC", inputs["usdc_equity"]),
    )
    linear = Position(Perpetual("ETH"), inputs["eth_usdc_delta_usd"] / eth)
    inverse = Position(Perpetual("ETH", 1.0, MarginType.INVERSE), inputs["eth_usd_delta_eth"] * eth)
    return _cross(
        (linear, inverse), balances, inputs, (("BTC", held / inputs["btc_equity"]), ("ETH", eth))
    )


def _cross_of_collateral(inputs: dict) -> dict:
    """Return the maintenance of coins held.

    An asset is its value in USD, or its two balances: its own, and the whole account's margin
    balance in it, which gives its index. Amounts that do not add up to the total are coins.
    """
    total = inputs["total_equity_usd"]
    held = {name.upper(): inputs[name] for name in ("btc", "eth", "usdt") if name in inputs}
    values = {
        asset: own[0] / own[1] * total if isinstance(own, list) else own
        for asset, own in held.items()
    }
    if abs(sum(values.values()) - total) > 0.02 * abs(total):
        values = {asset: amount * INDICES[asset] for asset, amount in values.items()}
    balances = tuple(Balance(asset, value) for asset, value in values.items())
    return _cross((), balances, inputs, tuple((asset, 1.0) for asset in values))


def _cross(
    positions: tuple[Position, ...],
    balances: tuple[Balance, ...],
    inputs: dict,
    prices: tuple[tuple[str, float], ...],
) -> dict:
    ranges = (("BTC", inputs["R_btc"]), ("ETH", inputs["R_eth"]))
    p = replace(PM.published, price_range=Table(ranges))
    portfolio = Portfolio(positions, balances, tuple(_coin(symbol) for symbol, _ in ranges))
    quotes = tuple(Quote(asset, price) for asset, price in prices if asset in dict(ranges))
    dollars = tuple((asset, 1.0) for asset in ("USDC", "USDT"))
    return {
        "total_MM_usd": PM(portfolio, Market(NOW, quotes, prices=dollars), p).maintenance.amount
    }


def _margin_balances(inputs: dict) -> dict:
    """Return the index of each coin: every row states the whole account in its own currency."""
    portfolio = Portfolio((), (Balance("USDC", inputs["total_margin_balance_usd"]),))
    whole = PM(portfolio, Market(NOW, prices=(("USDC", 1.0),))).equity.amount
    names = ("eth", "btc", "usdt")
    return {f"{name}_index": whole / inputs[f"margin_balance_{name}"] for name in names}


def _mark(inputs: dict) -> dict:
    """Return mark in coin, forward delta and vega per point, on an index away from the forward."""
    expiry = NOW + timedelta(days=365 * inputs["T_years"])
    right = Right.CALL if inputs["type"] == "C" else Right.PUT
    option = Option("BTC", right, inputs["K"], expiry, margin_type=MarginType.INVERSE)
    index = 0.95 * inputs["F"]
    market = Market(
        NOW,
        (Quote("BTC", index, rate=0.04, forwards=((expiry, inputs["F"]),)),),
        (InstrumentQuote(option, volatility=inputs["iv"]),),
    )
    portfolio = Portfolio((Position(option, 1.0),), (), (_coin("BTC"),))
    (contract,) = contracts(portfolio, market, PM.published)
    facts = (inputs["F"], inputs["K"], inputs["T_years"], inputs["iv"], 0.0, 0.0)
    greeks = black.greeks(*facts, call=option.call)
    return {
        "mark_coin": contract.mark.price / index,
        "delta": float(greeks.delta),
        "vega": float(greeks.vega) / 100.0,
    }


def _standard_linear(inputs: dict) -> dict:
    symbol = inputs["underlying"]
    rates = {"initial_rate": "im0", "maintenance_rate": "mm0", "size_increment": "inc"}
    p = replace(
        SM.published, **{name: Table(((symbol, inputs[key]),)) for name, key in rates.items()}
    )
    account = _account(symbol, [Position(Perpetual(symbol), inputs["position_base"])])
    market = replace(account[1], quotes=(Quote(symbol, inputs["index"]),))
    result = SM(account[0], market, p)
    return {"IM_usdc": result.initial.amount, "MM_usdc": result.maintenance.amount}


def _standard_inverse(inputs: dict) -> dict:
    contract = Perpetual("BTC", 1.0, MarginType.INVERSE)
    position = Position(contract, inputs["size_usd"], inputs["entry"])
    mark, spot = inputs["mark"], inputs["index"]
    market = Market(NOW, (Quote("BTC", spot),), (InstrumentQuote(contract, mark),))
    result = SM(Portfolio((position,), (), (_coin("BTC"),)), market)
    (held,) = contracts(Portfolio((position,), (), (_coin("BTC"),)), market, PM.published)
    return {
        "size_currency": held.delta,
        "IM": result.initial.amount / spot,
        "MM": result.maintenance.amount / spot,
        "floating_pl": unsettled(position, inputs["settlement"], mark, spot) / spot,
        "total_pl": held.mark.value / spot,
    }


def _standard_option(inputs: dict) -> dict:
    expiry = NOW + timedelta(days=30)
    right = Right.CALL if inputs["type"] == "C" else Right.PUT
    option = Option("BTC", right, inputs["strike"], expiry, margin_type=MarginType.INVERSE)
    spot = inputs["underlying"]
    market = Market(NOW, (Quote("BTC", spot),), (InstrumentQuote(option, inputs["mark_coin"]),))
    result = SM(Portfolio((Position(option, inputs["side"]),), (), (_coin("BTC"),)), market)
    return {"IM_usd": result.initial.amount, "MM_usd": result.maintenance.amount}


def _perpetual(symbol: str, size: float, **own: float) -> Matrix:
    return _matrix(_account(symbol, [_inverse(symbol, size)]), _with(symbol, **own))


def _inverse(symbol: str, size: float, days: float | None = None) -> Position:
    """Return an inverse perpetual, or a future, of ``size`` coins at a mark of 1."""
    if days is None:
        return Position(Perpetual(symbol, 1.0, MarginType.INVERSE), size)
    return Position(Future(symbol, NOW + timedelta(days=days), 1.0, MarginType.INVERSE), size)


def _account(symbol: str, positions: list[Position]) -> tuple[Portfolio, Market]:
    return Portfolio(tuple(positions), (), (_coin(symbol),)), Market(NOW, (Quote(symbol, 1.0),))


def _matrix(account: tuple[Portfolio, Market], p: Params) -> Matrix:
    (part,) = accounts(*account, p)
    (bucket,) = part.buckets
    return matrix(bucket, p)


def _with(symbol: str, **own: float) -> Params:
    """Return the parameters of a segregated account with some of one coin's own."""
    tables = {name: dict(getattr(SEGREGATED, name).entries) for name in own}
    changed = {n: Table(tuple((t | {symbol: own[n]}).items())) for n, t in tables.items()}
    return replace(SEGREGATED, **changed)


def _cells(found: Matrix, vector: FloatArray) -> dict[str, float]:
    """Return the cells by name, volatility unchanged: ``m135`` is -13.5 %, ``e_m66`` -66 %."""
    scenarios = found.bucket.scenarios
    near = len(vector) - len(SEGREGATED.extended_moves)
    cells = {}
    for i, (move, vol) in enumerate(zip(scenarios.spot_moves, scenarios.vol_moves, strict=True)):
        side = "p" if move > 0.0 else "m"
        if i >= near:
            cells[f"e_{side}{abs(move) * 100:.6g}"] = float(vector[i])
        elif vol == 0.0:
            decimals = f"{abs(move):.6f}".rstrip("0").partition(".")[2]
            cells[f"{side}{decimals:0<2}"] = float(vector[i])
    return cells


def _recorded_parameters(document: dict, symbol: str) -> Params:
    given = document["model_params"]
    own = given["currency_pair"][f"{symbol.lower()}_usd"] | given["currency"][symbol.lower()]
    expected = document["expected"]
    return replace(
        _with(symbol, **{name: float(own[name]) for name in NAMES}),
        mm_factor=given["general"]["mm_factor"],
        buckets_count=given["general"]["buckets_count"],
        **{n: Table(((symbol, expected[n]),)) for n in ORDERS if expected.get(n)},
    )


def _recorded_account(document: dict, symbol: str, at: datetime) -> tuple[Portfolio, Market]:
    """Return positions of which the answer states the size in coin, and options in contracts.

    An expiry's forward is what an option's ticker says it is on, else the mark of its future.
    """
    positions, marked, forwards = [], [], {}
    for name, size in document["portfolio"]["position"].items():
        instrument, ticker = instrument_named(name), document["ticker"][name]
        option = isinstance(instrument, Option)
        positions.append(Position(instrument, size if option else size * ticker["mark_price"]))
        if option and "underlying_price" in ticker:
            forwards[instrument.expiry] = ticker["underlying_price"]
        elif isinstance(instrument, Future):
            forwards.setdefault(instrument.expiry, ticker["mark_price"])
        volatility = ticker["mark_iv"] / 100.0 if "mark_iv" in ticker else None
        marked.append(InstrumentQuote(instrument, ticker["mark_price"], volatility=volatility))
    index = document["index_price"][f"{symbol.lower()}_usd"]
    quote = Quote(symbol, index, forwards=tuple(forwards.items()))
    portfolio = Portfolio(tuple(positions), (), (_coin(symbol),))
    return portfolio, Market(at, (quote,), tuple(marked))


def instrument_named(name: str) -> Future | Perpetual | Option:
    """Return the inverse contract of a name such as BTC-PERPETUAL or BTC-27SEP24-40000-C."""
    symbol, when, *rest = name.split("-")
    if when == "PERPETUAL":
        return Perpetual(symbol, 1.0, MarginType.INVERSE)
    day = re.fullmatch(r"(\d{1,2})([A-Z]{3})(\d{2})", when).groups()
    expiry = datetime.strptime("{}{}{} 08:00 +0000".format(*day), "%d%b%y %H:%M %z")
    if not rest:
        return Future(symbol, expiry, 1.0, MarginType.INVERSE)
    right = Right.CALL if rest[1] == "C" else Right.PUT
    return Option(symbol, right, float(rest[0]), expiry, margin_type=MarginType.INVERSE)


def _coin(symbol: str) -> Underlying:
    return Underlying(symbol, AssetClass.CRYPTO)


TRANSLATORS = {
    ("Deribit", topic): translator
    for topic, translator in {
        "S:PM initial risk vector, inverse perp": lambda row: risk_vector(
            "BTC", row["position_btc"], price_range=row["R"]
        ),
        "S:PM ETH risk vector R=18%": lambda row: risk_vector(
            "ETH", row["position_eth"], price_range=row["R"]
        ),
        "S:PM extended table, inverse perp": lambda row: risk_vector(
            "BTC",
            row["position_btc"],
            price_range=row["R"],
            extended_table_factor=row["factor"],
        ),
        "S:PM extended, ETH short": lambda row: risk_vector(
            "ETH", row["position_eth"], price_range=row["R"]
        ),
        "S:PM aggregated vector, pnl_offset 0": _aggregated,
        "S:PM gains scaled by pnl_offset 0.6": _gains,
        "S:PM roll shock, margin, IM, MM": _totals,
        "S:PM ETH totals": _eth_totals,
        "X:PM account MM (BTC collateral + ETH perps)": _cross_with_perpetuals,
        "X:PM account MM (pure collateral)": _cross_of_collateral,
        "X: margin_balance per currency = total/index": _margin_balances,
        "inverse option mark = Black76/F": _mark,
        "S:SM linear perp": _standard_linear,
        "S:SM inverse perp position": _standard_inverse,
        "S:SM inverse option": _standard_option,
    }.items()
}
