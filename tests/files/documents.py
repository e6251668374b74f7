"""Portfolio files that the tests of the door begin from."""

import copy
import json

from margin_core.errors import InputError
from margin_core.files import read

SMALL = {
    "format": "margin-portfolio/1",
    "valuation_time": "2026-01-02T21:00:00Z",
    "underlyings": [
        {"symbol": "XYZ", "asset_class": "equity", "spot": 97.73},
        {"symbol": "BTC", "asset_class": "crypto", "spot": 95000, "volatility": 0.6},
    ],
    "positions": [
        {"kind": "stock", "underlying": "XYZ", "quantity": 500},
        {
            "kind": "option",
            "underlying": "XYZ",
            "quantity": -10,
            "right": "put",
            "strike": 90,
            "expiry": "2026-12-18",
            "implied_volatility": 0.25,
        },
        {"kind": "future", "underlying": "BTC", "quantity": 2, "expiry": "2026-12-25"},
        {"kind": "perpetual", "underlying": "BTC", "quantity": -2.5},
    ],
    "collateral": [{"asset": "USD", "amount": -1000}],
}

# Every field of the format, each away from its default.
EVERYTHING = {
    "format": "margin-portfolio/1",
    "name": "Everything — ünïcode",
    "description": "Every field of the format.\nOn two lines.",
    "valuation_time": "2026-01-02T16:00:00.250-05:00",
    "currency": "EUR",
    "account_type": "cash",
    "underlyings": [
        {
            "symbol": "^SPX",
            "asset_class": "index_broad",
            "high_capitalization": False,
            "spot": 6800.5,
            "rate": -0.01,
            "dividend_yield": 0.013,
            "rates": {"2026-12-18": 0.036, "2027-06-18T20:00:00Z": 0.037},
            "dividends": [
                {"ex_date": "2026-03-01", "amount": 0.0},
                {"ex_date": "2026-06-01", "amount": 7},
            ],
            "volatility": 0.17,
            "forwards": {"2026-12-18": 6850, "2026-12-18T15:00:00Z": 6849},
            "leverage": -2,
            "marginable": False,
            "class_group": "S&P 500",
            "product_group": "broad",
        },
        {
            "symbol": "XSP/W",
            "asset_class": "index_broad",
            "spot": 680,
            "index": "^SPX",
            "index_ratio": 0.1,
        },
        {
            "symbol": "ETH",
            "asset_class": "crypto",
            "spot": 3000,
            "confidences": {
                "spot": 0.99,
                "perpetual": 0.98,
                "forward": {"2026-12-25": 0.9},
                "rate": {"2026-12-25": 0.8},
                "volatility": {"2026-12-25T08:00:00+00:00": 0},
            },
        },
    ],
    "positions": [
        {
            "kind": "stock",
            "underlying": "ETH",
            "quantity": 0,
            "entry_price": 2500.25,
            "mark_price": 3001,
            "price_currency": "USDC",
            "multiplier": 2,
            "venue": "cold store",
        },
        {
            "kind": "option",
            "underlying": "^SPX",
            "quantity": -0.5,
            "right": "call",
            "strike": 6900,
            "expiry": "2026-12-18T14:30:00Z",
            "style": "american",
            "implied_volatility": 0.18,
            "entry_price": 0,
            "mark_price": 150,
            "multiplier": 10,
            "settlement": "physical",
            "otc": True,
            "margin_type": "linear",
        },
        {
            "kind": "option",
            "underlying": "ETH",
            "quantity": 3,
            "right": "put",
            "strike": 2800,
            "expiry": "2026-12-25",
            "margin_type": "inverse",
            "entry_price": 0.05,
            "price_currency": "ETH",
        },
        {
            "kind": "future",
            "underlying": "ETH",
            "quantity": 5,
            "expiry": "2026-12-25",
            "margin_type": "inverse",
            "quote_currency": "USD",
            "multiplier": 10,
            "mark_price": 3050,
        },
        {
            "kind": "perpetual",
            "underlying": "ETH",
            "quantity": -7,
            "funding_rate": -0.0001,
            "accrued_funding": -12.5,
            "margin_type": "inverse",
            "quote_currency": "USD",
            "leverage": 10,
            "isolated_margin": 500,
            "entry_price": 2900,
        },
        {
            "kind": "lp_range",
            "underlying": "ETH",
            "quantity": 2,
            "lower_price": 2400,
            "upper_price": 3750,
            "liquidity": 850.5,
            "entry_price": 10_000,
            "price_currency": "USDC",
            "multiplier": 0.5,
            "venue": "pool",
        },
    ],
    "collateral": [
        {"asset": "EUR", "amount": -5e5},
        {
            "asset": "USDC",
            "amount": 1e5,
            "price": 0.91,
            "haircut": {"maintenance": 0.1, "initial": 0.2},
        },
        {"asset": "USDC", "amount": 5, "haircut": 0, "venue": "elsewhere"},
        {
            "asset": "stETH",
            "amount": 3,
            "price": 2990,
            "haircut": 0.15,
            "confidence": 0.97,
            "tracks": "ETH",
        },
        {"asset": "ETH", "amount": 1},
    ],
}


def changed(path, value, document=SMALL):
    """Return the document with the value at a path replaced, added, or (with ``...``) deleted."""
    result = copy.deepcopy(document)
    node = result
    for step in path[:-1]:
        node = node[step]
    if value is ...:
        del node[path[-1]]
    elif isinstance(node, list) and path[-1] == len(node):
        node.append(value)
    else:
        node[path[-1]] = value
    return result


def faults(document):
    """Return the faults that reading a document, a text or bytes reports, each as text."""
    text = document if isinstance(document, str | bytes) else json.dumps(document)
    try:
        read(text)
    except InputError as error:
        return [str(fault) for fault in error.faults]
    return []
