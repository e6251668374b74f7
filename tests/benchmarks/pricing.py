"""Pricing against fast-vollib, QuantLib and py_vollib_vectorized."""

import math
from importlib import import_module

import numpy as np
import QuantLib

from margin_core.pricing import american, black, implied_volatility
from tests.benchmarks.measure import Peer, Row, bounded, race
from tests.pricing import quantlib

MILLION = 1_000_000
POSITIONS, SPOTS, VOLS = 50, 41, 21
YEARS_LEFT = np.array([0.5, 0.4, 0.3])
RATE, DIVIDEND_YIELD = 0.03, 0.01
LEVELS = [0.0, 0.0005, 0.01, 0.05, 0.10, 0.15]


def european_with_greeks() -> list[Row]:
    """Value a million European options with delta, gamma, vega, theta and rho."""
    rng = np.random.default_rng(1)
    spot = rng.uniform(50.0, 150.0, MILLION)
    strike = spot * np.exp(0.2 * rng.standard_normal(MILLION))
    years, vol = rng.uniform(0.02, 2.0, MILLION), rng.uniform(0.1, 0.8, MILLION)
    rate, dividend_yield = rng.uniform(0.0, 0.08, MILLION), rng.uniform(0.0, 0.05, MILLION)
    call = rng.random(MILLION) < 0.5
    market = (spot, strike, years, vol, rate, dividend_yield)
    share = 0.01
    few = [part[: int(share * MILLION)] for part in (*market, call)]
    return race(
        "a. 10^6 European, value and Greeks",
        lambda: black.greeks(*market, call=call),
        Peer("fast-vollib, numba", _vollib("numba", market, call), 1.4, module="numba"),
        Peer("fast-vollib, numpy", _vollib("numpy", market, call), 3.0, module="fast_vollib"),
        Peer(
            "QuantLib BlackCalculator loop, 1 % scaled up", lambda: _calculators(few), 100.0, share
        ),
    )


def _vollib(backend, market, call):
    spot, strike, years, vol, rate, dividend_yield = market
    flag = np.where(call, "c", "p")

    def run():
        fast_vollib = import_module("fast_vollib")
        value = fast_vollib.fast_black_scholes_merton(
            flag, spot, strike, years, rate, vol, dividend_yield, return_as="numpy", backend=backend
        )
        greeks = fast_vollib.get_all_greeks(
            flag,
            spot,
            strike,
            years,
            rate,
            vol,
            dividend_yield,
            model="black_scholes_merton",
            return_as="dict",
            backend=backend,
        )
        return value, greeks

    return run


def _calculators(market):
    found = []
    for spot, strike, years, vol, rate, dividend_yield, call in zip(*market, strict=True):
        kind = QuantLib.Option.Call if call else QuantLib.Option.Put
        one = QuantLib.BlackCalculator(
            QuantLib.PlainVanillaPayoff(kind, strike),
            spot * math.exp((rate - dividend_yield) * years),
            vol * math.sqrt(years),
            math.exp(-rate * years),
        )
        found.append(
            (
                one.value(),
                one.delta(spot),
                one.gamma(spot),
                one.vega(years),
                one.theta(spot, years),
                one.rho(years),
            )
        )
    return found


def european_grid() -> list[Row]:
    """Value fifty European options at 41 spots, 21 vols and 3 dates."""
    spot, vol, strike, call = _grid_axes(POSITIONS)
    points = _points(spot, vol, strike, call)
    sample = [part[::13] for part in points]
    share = len(sample[0]) / len(points[0])
    flag = np.where(points[-1], "c", "p")

    def grid(positions=POSITIONS):
        _, _, strike, call = _grid_axes(positions)
        return black.grid(spot, strike, YEARS_LEFT, vol, RATE, DIVIDEND_YIELD, call=call)

    def vollib():
        fast_vollib = import_module("fast_vollib")
        return fast_vollib.fast_black_scholes_merton(
            flag,
            points[0],
            points[1],
            points[2],
            RATE,
            points[3],
            DIVIDEND_YIELD,
            return_as="numpy",
            backend="numba",
        )

    item = f"b. {POSITIONS} x {SPOTS} spots x {VOLS} vols x 3 dates"
    rows = race(
        item,
        grid,
        Peer("fast-vollib, numba", vollib, 1.2, module="numba"),
        Peer("QuantLib blackFormula loop, scaled up", lambda: _formulas(sample), 20.0, share),
        Peer("QuantLib engine loop, scaled up", lambda: _engines(sample), 50.0, share),
        runs=15,
    )
    linear = race(
        "b. the same, 200 positions",
        lambda: grid(4 * POSITIONS),
        Peer("50 positions, times 4", grid, 0.8, share=0.25, module="numpy"),
        runs=31,
    )
    return rows + linear


def _grid_axes(positions):
    strike = np.linspace(80.0, 120.0, positions)
    call = np.arange(positions) % 2 == 0
    return np.linspace(70.0, 130.0, SPOTS), np.linspace(0.1, 0.9, VOLS), strike, call


def _points(spot, vol, strike, call):
    """Spell the grid out, point by point: spot, strike, years, vol, call."""
    axes = (
        spot,
        strike[:, None, None, None],
        YEARS_LEFT[:, None, None],
        vol[:, None],
        call[:, None, None, None],
    )
    return [part.ravel() for part in np.broadcast_arrays(*axes)]


def _formulas(points):
    formula = QuantLib.blackFormula
    return [
        formula(
            QuantLib.Option.Call if call else QuantLib.Option.Put,
            strike,
            spot * math.exp((RATE - DIVIDEND_YIELD) * years),
            vol * math.sqrt(years),
            math.exp(-RATE * years),
        )
        for spot, strike, years, vol, call in zip(*points, strict=True)
    ]


def _engines(points):
    market = quantlib.Engine("AnalyticEuropeanEngine")
    return [
        market.value(spot, strike, 365 * years, vol, RATE, DIVIDEND_YIELD, call)
        for spot, strike, years, vol, call in zip(*points, strict=True)
    ]


def american_single() -> list[Row]:
    """Value a thousand different American options: error and time."""
    rows = []
    for name, options in (("normal set", _normal_set(1000)), ("hard set", _hard_set(1000))):
        reference = quantlib.Engine("QdFpAmericanEngine", "highPrecisionScheme")
        few = [part[::10] for part in options]
        exact = np.array([reference.value(100.0, *one) for one in zip(*few, strict=True)])
        error = np.abs(_american(few) - exact).max() / 100.0
        rows.append(bounded(f"c. American, {name}", error, "of spot", "QdFp, high precision", 1e-4))
        fast = quantlib.Engine("QdFpAmericanEngine", "fastScheme")
        rows += race(
            f"c. 1000 American, {name}",
            lambda options=options: _american(options),
            Peer(
                "QdFp, fast",
                lambda o=options, m=fast: [m.value(100.0, *x) for x in zip(*o, strict=True)],
                1.0,
            ),
        )
    return rows


def _american(options):
    strike, days, vol, rate, dividend_yield, call = options
    return american.value(100.0, strike, days / 365, vol, rate, dividend_yield, call=call)


def _normal_set(n):
    rng = np.random.default_rng(2)
    return (
        100.0 * np.exp(0.2 * rng.standard_normal(n)),
        rng.integers(5, 731, n),
        rng.uniform(0.1, 0.8, n),
        rng.uniform(0.005, 0.08, n),
        rng.uniform(0.0, 0.08, n),
        rng.random(n) < 0.5,
    )


def _hard_set(n):
    rng = np.random.default_rng(3)
    return (
        100.0 * np.exp(0.2 * rng.standard_normal(n)),
        np.exp(rng.uniform(0.0, math.log(1826), n)).astype(int),
        np.exp(rng.uniform(math.log(0.05), math.log(1.5), n)),
        rng.choice(LEVELS, n),
        rng.choice(LEVELS, n),
        rng.random(n) < 0.5,
    )


def american_grid() -> list[Row]:
    """Value fifty American options at 41 spots, 21 vols and 3 dates: error and time."""
    spot, vol, strike, call = _grid_axes(POSITIONS)
    years = np.round(YEARS_LEFT * 365) / 365
    points = _points(spot, vol, strike, call)
    points[2] = np.round(points[2] * 365) / 365

    def grid():
        return american.grid(spot, strike, years, vol, RATE, DIVIDEND_YIELD, call=call)

    def loop(market, step):
        return np.array(
            [
                market.value(spot, strike, round(365 * years), vol, RATE, DIVIDEND_YIELD, call)
                for spot, strike, years, vol, call in zip(*(p[::step] for p in points), strict=True)
            ]
        )

    exact = loop(quantlib.Engine("QdFpAmericanEngine", "highPrecisionScheme"), 1009)
    error = np.abs(grid().ravel()[::1009] - exact).max() / 100.0
    fast = quantlib.Engine("QdFpAmericanEngine", "fastScheme")
    share = len(points[0][::101]) / len(points[0])
    item = "c'. the grid of b., American"
    return [
        bounded(item, error, "of spot", "QdFp, high precision", 1e-4),
        *race(item, grid, Peer("QdFp, fast, scaled up", lambda: loop(fast, 101), 30.0, share)),
    ]


def implied_vols() -> list[Row]:
    """Imply a hundred thousand volatilities over a wide smile: error and time."""
    n = 100_000
    rng = np.random.default_rng(4)
    years = np.exp(rng.uniform(math.log(1 / 365), math.log(3.0), n))
    vol = np.exp(rng.uniform(math.log(0.05), math.log(2.0), n))
    rate, dividend_yield = rng.uniform(0.0, 0.08, n), rng.uniform(0.0, 0.05, n)
    strike = 100.0 * np.exp(rng.uniform(-4.0, 4.0, n) * vol * np.sqrt(years))
    call = rng.random(n) < 0.5
    made = black.greeks(100.0, strike, years, vol, rate, dividend_yield, call=call)
    flag = np.where(call, "c", "p")

    def ours():
        return implied_volatility.implied(
            made.value, 100.0, strike, years, rate, dividend_yield, call=call
        )

    def vectorized():
        py_vollib_vectorized = import_module("py_vollib_vectorized")
        return py_vollib_vectorized.vectorized_implied_volatility(
            made.value,
            100.0,
            strike,
            years,
            rate,
            flag,
            dividend_yield,
            model="black_scholes_merton",
            return_as="numpy",
            on_error="ignore",
        )

    def vollib():
        fast_vollib = import_module("fast_vollib")
        return fast_vollib.fast_implied_volatility(
            made.value,
            100.0,
            strike,
            years,
            rate,
            flag,
            dividend_yield,
            model="black_scholes_merton",
            return_as="numpy",
            on_error="ignore",
            backend="numba",
        )

    # What the last digit of a price is worth in vol, no method can undercut.
    carries = np.spacing(np.maximum(made.value, 100.0)) / made.vega < 1e-10
    error = np.abs(ours().vol - vol)[carries].max()
    item = "d. 10^5 implied volatilities"
    return [
        bounded(item, error, "of vol", "the vol of each price", 1e-9),
        *race(
            item,
            ours,
            Peer("py_vollib_vectorized", vectorized, 1.0, module="py_vollib_vectorized"),
            Peer("fast-vollib, numba", vollib, 1.0, module="numba"),
        ),
    ]


ITEMS = (european_with_greeks, european_grid, american_single, american_grid, implied_vols)
