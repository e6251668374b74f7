"""The replay of OKX and Bybit: the kinds of rows, each with a figure that its venue printed."""

import pytest

from tests.replays.cex_venues import TRANSLATORS

# OKX API, position builder's example of 2025-01-15, its unit of LTC
LITECOIN = {
    "mark": 102,
    "qty": 10,
    "delta_usd": 1019.5308,
    "mr1": 183.50672805719995,
    "mr6_raw_loss": 367.0134561144,
    "mr4_rate": 0.008,
    "mr7_rate": 0.007,
}


@pytest.mark.parametrize(
    ("kind", "inputs", "expected"),
    [
        (
            ("OKX", "PM unit LTC: long 10 LTC swap"),
            LITECOIN,
            {
                "mr4": 8.1562464,
                "mr6": 183.5067280572,
                "mr7": 7.1367156,
                "mmr": 191.6629744572,
                "imr": 249.16186679436,
            },
        ),
        (
            ("OKX", "PM borrowing 10 % / 2 % of liability"),
            {"liability_usdt": 78589.37, "usdt_usd_imr": 0.99954, "mmr_implied_px": 0.99954},
            {"borrow_imr": 7855.32188898, "borrow_mmr": 1571.064377796},
        ),
        (
            # the rule: units add up, whatever their number, and so does what is owed
            ("OKX", "PM account totals"),
            {
                "unit_mmr": [10.0, 20.0, 5.0],
                "unit_imr": [13.0, 26.0, 6.5],
                "borrow_mmr": 0.0,
                "borrow_imr": 0.0,
            },
            {"derivMmr": 35.0, "totalMmr": 35.0, "totalImr": 45.5},
        ),
        (
            # OKX, 2024-11-25
            ("OKX", "MR9 tiers"),
            {"hedged": 10e6, "tiers": [[1e6, 0.0075], [5e6, 0.0175], [10e6, 0.025]]},
            {"mr9": 202_500.0},
        ),
        (
            # the rule: price and fee of each contract
            ("OKX", "coin option buy-to-open order"),
            {"price": 0.05, "mult": 0.1, "fee": 2e-5, "qty": 100},
            {"cost": 100 * (0.05 * 0.1 + 2e-5)},
        ),
        (
            # Bybit help, 2023-12-04
            ("Bybit", "short option MM"),
            {
                "index": 30000,
                "mark": 300,
                "f_mm": 0.03,
                "liq_fee": 0.002,
                "size": -1,
                "margin_balance": 10000,
            },
            {"MM": 1260.0, "mm_pct": 0.126},
        ),
        (
            # the rule: the fee is the taker's of the index, at most the cap of the price
            ("Bybit", "long option order cost"),
            {"index": 30000, "price": 20, "qty": 2, "taker": 0.0003, "cap": 0.125},
            {"premium": 40.0, "fee": 5.0, "cost": 45.0},
        ),
    ],
    ids=lambda case: case[1] if isinstance(case, tuple) else "",
)
def test_a_kind_of_row_gives_what_its_venue_printed(kind, inputs, expected):
    assert TRANSLATORS[kind](inputs) == pytest.approx(expected, rel=1e-11)


def test_a_linear_option_is_marked_on_its_forward():
    # recorded on Deribit, 2023-11-10, in coin: mark 0.2168, delta 0.59621, vega 141.90146
    row = {"instrument": "BTC-27SEP24-40000-C", "F": 38992.71, "K": 40000}
    found = TRANSLATORS["Bybit", "linear option mark and greeks"](
        row | {"iv": 0.6127, "T_years": 0.88297349}
    )
    assert found["mark"] / 38992.71 == pytest.approx(0.2168, abs=5e-5)
    assert found["delta"] == pytest.approx(0.59621, rel=5e-5)
    assert found["vega"] == pytest.approx(141.90146, rel=5e-5)
    assert found["theta"] < 0.0


def test_a_put_is_told_by_its_name():
    row = {"F": 100.0, "K": 100.0, "iv": 0.5, "T_years": 0.5}
    translate = TRANSLATORS["Bybit", "linear option mark and greeks"]
    call, put = (translate(row | {"instrument": f"BTC-1JAN27-100-{side}-USDT"}) for side in "CP")
    assert call["delta"] - put["delta"] == pytest.approx(1.0)
