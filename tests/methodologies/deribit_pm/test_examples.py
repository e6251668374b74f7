"""Deribit's risk matrix against recorded answers: those of private/pme/simulate.

The one in its documentation (docs.deribit.com, 2024-06-17) and one recorded for ETH on 2026-02-15;
the cross collateral accounts are recorded summaries of 2026-02-15 and 2026-05-06 (NautilusTrader's
test data).
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from margin_core.book.instruments import Future, Perpetual
from margin_core.book.portfolio import Balance, Position
from margin_core.margin.parameters import Table
from margin_core.market.snapshot import InstrumentQuote, Market, Quote
from margin_core.methodologies.deribit_pm import METHODOLOGY
from margin_core.methodologies.deribit_pm.book import accounts
from margin_core.methodologies.deribit_pm.matrix import matrix
from tests.methodologies.deribit_pm.accounts import (
    INVERSE,
    NOW,
    SEGREGATED,
    account,
    margin,
    matrices,
)
from tests.replays import VECTORS
from tests.replays.cex import figures


def test_the_documented_answer_for_bitcoin_is_met_to_the_digit():
    index, perpetual, future = 65_666.19, 65_910.57, 67_371.75
    held = {
        Perpetual("BTC", 10.0, INVERSE): (0.314538364, perpetual),
        Future("BTC", datetime(2024, 6, 28, 8, tzinfo=UTC), 10.0, INVERSE): (-0.001187534, future),
    }
    portfolio = account(
        *(Position(instrument, size * mark / 10.0) for instrument, (size, mark) in held.items())
    )
    market = Market(
        datetime(2024, 6, 17, 10, 22, 20, 501_000, tzinfo=UTC),
        (Quote("BTC", index),),
        tuple(InstrumentQuote(instrument, mark) for instrument, (_, mark) in held.items()),
    )
    p = replace(
        SEGREGATED,
        mmp_margin=Table((("BTC", 0.06),)),
        open_orders_margin=Table((("BTC", 1.8212e-05),)),
    )
    (part,) = accounts(portfolio, market, p)
    found = matrix(part.buckets[0], p)
    assert -min(found.counted) == pytest.approx(0.05968587238095239, abs=1e-15)
    assert found.worst == 0
    assert found.counted[27:].tolist() == [0.0] * 8
    assert found.roll_shock.amount / index == pytest.approx(0.00315725898, abs=1e-15)
    assert found.line.amount / index == pytest.approx(0.06284313098, abs=1e-15)
    result = METHODOLOGY(portfolio, market, p)
    assert result.initial.amount / index == pytest.approx(0.122861343, abs=1e-15)
    assert result.maintenance.amount / index == pytest.approx(0.050274504784, abs=1e-15)


def test_the_recorded_vector_for_ether_is_met_in_every_cell():
    recorded = [
        *(0.21939959699999997, 0.15598930884971107, 0.09885036787912074, 0.04709624857068062, 0.0),
        *(-0.04304011233014343, -0.08252645391743126, -0.11888171996035246, -0.1524641267288135),
    ]
    size, mark = -0.999487053, 1_949.49
    contract = Perpetual("ETH", 1.0, INVERSE)
    market = Market(NOW, (Quote("ETH", 1_949.34),), (InstrumentQuote(contract, mark),))
    (found,) = matrices(Position(contract, size * mark), market=market)
    each = [value for value in recorded for _ in range(3)]
    assert found.bucket.vector[:27].tolist() == pytest.approx(each, abs=1e-15)
    # a future alone shows the ends of its range in the whole extended table
    far = [recorded[0]] * 2 + [recorded[-1]] * 6
    assert found.bucket.vector[27:].tolist() == pytest.approx(far, abs=1e-15)
    assert found.worst == 24
    assert found.counted[0] == pytest.approx(0.6 * recorded[0], abs=1e-15)


def test_a_recorded_account_of_coins_and_ether_perpetuals_is_met_to_its_rounding():
    eth, total, usdc = 1_956.7, 2.531977059, 0.14729577
    coins = Balance("BTC", 3.48e-5)
    price = (total - usdc + 1e-6 * eth) / coins.amount
    market = Market(NOW, (Quote("BTC", price), Quote("ETH", eth)), prices=(("USDC", 1.0),))
    result = margin(
        Position(Perpetual("ETH"), -1.95833 / eth),
        Position(Perpetual("ETH", 1.0, INVERSE), 0.99999),
        balances=(coins, Balance("ETH", -1e-6), Balance("USDC", usdc)),
        market=market,
    )
    assert result.equity.amount == pytest.approx(total)
    assert result.maintenance.amount == pytest.approx(0.4557215916, abs=5e-4)


def test_a_recorded_account_of_coins_alone_is_met_to_its_rounding():
    total = 25.710502678
    spots = {"BTC": total / 3.1639e-4, "ETH": total / 0.01089}
    market = Market(
        NOW, tuple(Quote(s, spot) for s, spot in spots.items()), prices=(("USDT", 0.9999),)
    )
    balances = (Balance("BTC", 2.288e-5), Balance("ETH", 8.6e-5), Balance("USDT", 23.61869))
    result = margin(balances=balances, market=market)
    assert result.maintenance.amount == pytest.approx(0.2671726792, rel=3e-4)


@pytest.mark.skipif(not (VECTORS / "cex").is_dir(), reason="the published set is not here")
def test_every_figure_of_the_published_set_is_met():
    found = [f for f in figures(VECTORS / "cex") if f.id.startswith(("DB-PM", "DB-X", "DB-PX"))]
    found += [f for f in figures(VECTORS / "cex") if f.id.startswith("pme_")]
    assert len(found) > 60
    assert [figure for figure in found if not figure.agrees] == []
