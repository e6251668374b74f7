"""Every kind of published row on perpetuals and their collateral, with figures of their sources."""

import pytest

from tests.replays import VECTORS
from tests.replays.cex import figures
from tests.replays.cex_perps import TRANSLATORS

MINE = ("BY-PERP", "BN-PERP", "BN-COL", "BN-MGN", "BN-PM-01")

# (venue, topic): inputs, expected; figures printed by the source unless a comment derives them
KINDS = {
    ("Binance", "PM fixed rate over three wallets"): (
        {"btc": [1, 1, 1], "rate": 0.95},
        {"effective_btc": 2.85},
    ),
    # (W + c - s q E) / (q (m - s)) with 30 x 90,000 in the bracket of 0.65 % and 1,500
    ("Binance", "isolated linear: exact vs retail formula"): (
        {"qty": 30, "entry": 90_000, "margin": 270_000, "mmr": 0.0065, "cum": 1_500},
        {
            "long_exact": (270_000 + 1_500 - 2_700_000) / (30 * (0.0065 - 1)),
            "short_exact": (270_000 + 1_500 + 2_700_000) / (30 * (0.0065 + 1)),
            "long_retail": 90_000 * (1 - 0.1 + 0.0065),
            "short_retail": 90_000 * (1 + 0.1 - 0.0065),
        },
    ),
    ("Binance", "liquidation with MM fixed at entry"): (
        {"qty": 1, "entry": 100_000, "lev": 20, "mm": 500, "price": 95_500},
        {"loss": 4_500, "margin_ratio": 1.0},
    ),
    ("Binance", "progressive borrow IM"): (
        {
            "btc_liab": 390_000,
            "eth_liab": 39_000,
            "rates": [[50_000, 0.1112], [100_000, 0.1429], [None, 0.2]],
            "eth_rates": [[30_000, 0.1112], [None, 0.1429]],
        },
        {"IM": 75_327.1},
    ),
    ("Binance", "tiered collateral value"): (
        {"btc": 6_000, "price": 20_000, "tiers": [[1e8, 1], [1.2e8, 0.975], [1.5e8, 0.95]]},
        {"collateral": 119_500_000},
    ),
    ("Binance", "unrealised P&L inputs of the uniMMR example"): (
        {"um": [[-0.05, 52_000, 40_000], [0.04, 52_350, 42_000]], "cm": [10_000, 50_000, 40_000]},
        {"um_short": 600, "um_long": -414, "cm_long_btc": -0.05},
    ),
    ("Bybit", "bankruptcy price, inverse long 50x"): (
        {"entry": 7_890.08, "lev": 50},
        {"bankruptcy": 7_735.372549},
    ),
    # the page prints 5,739.50; its formula gives 5,739.083
    ("Bybit", "cross inverse long: bankruptcy and liquidation"): (
        {"qty_usd": 10_000, "entry": 8_000, "balance_btc": 0.5, "mmr": 0.005, "fee": 0.00075},
        {"bankruptcy": 5_718.571, "liquidation": 5_739.083},
    ),
    ("Bybit", "isolated inverse, two published versions"): (
        {"qty_usd": 60_000, "entry": 50_000, "lev": 10, "mmr": 0.005},
        {
            "long_old": 45_662.100457,
            "short_old": 55_248.618785,
            "long_2026": 45_681.818182,
            "short_2026": 55_277.777778,
        },
    ),
    ("Bybit", "isolated liq. price, linear long"): (
        {"qty": 1, "entry": 20_000, "lev": 50, "mmr": 0.005},
        {"IM": 400, "MM": 100, "liq": 19_700},
    ),
    ("Bybit", "tiered MM, linear"): (
        {
            "position_value": 3_500,
            "tiers": [[1_000, 0.02], [2_000, 0.025], [3_000, 0.03], [4_000, 0.035]],
            "lev": 10,
        },
        {"IM": 350, "MM": 92.5, "max_loss_before_liq": 257.5},
    ),
    ("Bybit", "tiered collateral ratio"): (
        {"btc": 25, "tiers": [[10, 0.98], [20, 0.95], [30, 0.9], [None, 0]]},
        {"effective_btc": 23.8},
    ),
}


def test_every_kind_is_translated():
    assert set(KINDS) == set(TRANSLATORS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[1])
def test_each_kind_of_row_gives_what_its_source_says(kind):
    inputs, expected = KINDS[kind]
    assert TRANSLATORS[kind](inputs) == pytest.approx(expected, rel=2e-7)


def test_wallets_net_before_the_rate():
    # Binance: min(x * rate, x) of x, the sum of a coin over the wallets
    translate = TRANSLATORS["Binance", "PM fixed rate over three wallets"]
    assert translate({"btc": [1, 2, -0.5], "rate": 0.95})["effective_btc"] == pytest.approx(2.375)
    assert translate({"btc": [1, -3], "rate": 0.95})["effective_btc"] == pytest.approx(-2.0)


def test_a_position_that_no_price_liquidates_leaves_its_figure_out():
    # 1x short in coin: W - Q / E = 0
    row = {"qty_usd": 60_000, "entry": 50_000, "lev": 1, "mmr": 0.005}
    found = TRANSLATORS["Bybit", "isolated inverse, two published versions"](row)
    assert found["short_2026"] is None
    assert found["long_2026"] == pytest.approx(60_000 * 1.005 / 2.4)


@pytest.mark.skipif(not (VECTORS / "cex").is_dir(), reason="the published set is not here")
def test_every_figure_of_the_published_set_on_perpetuals_is_met():
    rows = [f for f in figures(VECTORS / "cex") if f.id.startswith(MINE)]
    assert len(rows) >= 15
    assert {f.id: f.verdict for f in rows if f.counts and not f.agrees} == {}
