"""The worst cell of a bucket, and what is added for basis and for size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from margin_core.margin.figure import (
    Line,
    floored,
    given,
    largest,
    scaled,
    smallest,
    total,
    without_sign,
)
from margin_core.margin.last_bits import EQUAL, first_largest, sign
from margin_core.margin.result import Outcome
from margin_core.methodologies.deribit_pm.terms import extended_from

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from margin_core.methodologies.deribit_pm.book import Bucket
    from margin_core.methodologies.deribit_pm.contracts import Contract
    from margin_core.methodologies.deribit_pm.terms import Params
    from margin_core.pricing.black import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """A bucket's risk matrix margin; its lines are in the reporting currency.

    ``counted`` is Deribit's aggregated vector, in the account's currency; ``worst`` is the number
    of its lowest cell, the first of equals.
    """

    bucket: Bucket
    counted: FloatArray
    worst: int
    worst_case: Line
    roll_shock: Line
    delta_shock: Line
    line: Line

    def outcomes(self, p: Params) -> tuple[Outcome, ...]:
        """Return every cell; what counts is its P&L, positions stand before offset and dampener."""
        bucket, scenarios = self.bucket, self.bucket.scenarios
        by_holding = (bucket.vectors * bucket.price).tolist()
        return tuple(
            Outcome(
                _label(bucket, cell, p),
                ((bucket.symbol, scenarios.spot_moves[cell], scenarios.vol_moves[cell]),),
                float(self.counted[cell] * bucket.price),
                ((bucket.symbol, sum(row)),),
                bucket.name,
                tuple(zip(bucket.labels, row, strict=True)),
            )
            for cell, row in enumerate(by_holding)
        )


def matrix(bucket: Bucket, p: Params) -> Matrix:
    """Return a bucket's margin: worst cell, roll shock and delta shock.

    References
    ----------
    Deribit, private/pme/simulate: risk_matrix_margin = worst_case + roll_shock + delta_shock +
    correlation_contingency, which is 0 in every answer recorded.
    """
    counted = _counted(bucket, p)
    cell_lines = _cells(bucket, p)
    worst = floored(
        f"{bucket.name}, worst cell, at least none",
        largest(f"{bucket.name}, worst cell", *cell_lines),
    )
    worst = rounded(f"{bucket.name}, worst case", worst, bucket.price, p)
    roll, delta = roll_shock(bucket), delta_shock(bucket)
    line = total(
        f"{bucket.name}, risk matrix margin", worst, roll, delta, source="simulate#risk_matrix"
    )
    lowest = first_largest((-counted * bucket.price).tolist())
    return Matrix(bucket, counted, lowest, worst, roll, delta, line)


def rounded(label: str, line: Line, price: float, p: Params) -> Line:
    """Return a line rounded as the venue rounds, in a currency at ``price``."""
    exact = line.amount / price
    rest = (round(exact, int(p.decimals)) - exact) * price
    if not sign(line.amount) or abs(rest) <= EQUAL * abs(line.amount):
        return line
    rounding = given(f"Rounded to {p.decimals:g} decimals", rest, source="simulate#decimals")
    return total(label, line, rounding)


def roll_shock(bucket: Bucket) -> Line:
    """Return the charge on each expiry's net delta; perpetuals of one currency are an expiry.

    Expiries do not pay for one another, nor contracts that settle in different currencies.
    """
    groups: dict[tuple[str, datetime | None], list[Contract]] = {}
    for contract in bucket.contracts:
        groups.setdefault((contract.settlement, contract.expiry), []).append(contract)
    lines = []
    for (settlement, expiry), members in groups.items():
        years = 0.0 if expiry is None else members[0].market.years_to(expiry)
        rate = max(bucket.terms.min_annualised_move, bucket.terms.annualised_move_risk * years)
        name = "perpetual" if expiry is None else f"{expiry:%-d %b %Y}"
        label = f"{bucket.symbol} {name} in {settlement}"
        lines.append(scaled(label, without_sign(f"Delta, {label}", *_deltas(members)), rate))
    return total(f"{bucket.name}, roll shock", *lines, source="simulate#roll_shock")


def delta_shock(bucket: Bucket) -> Line:
    """Return the charge for size: none up to the threshold, then a rate that grows with delta.

    Long options may reduce the delta that counts, never create it.
    """
    label = f"{bucket.name}, delta shock"
    if not bucket.contracts:
        return given(label, 0.0)
    others = [contract for contract in bucket.contracts if not contract.long_option]
    short = sign(sum(line.amount for line in _deltas(others))) < 0
    counted = smallest(
        "Long options reduce it, never create it",
        _signed("All deltas", _deltas(bucket.contracts), negative=short),
        _signed("Futures and options sold", _deltas(others), negative=short),
    )
    size = floored("Delta that counts", counted, 0.0)
    first, terms = bucket.contracts[0], bucket.terms
    spot = first.market[first.symbol].spot
    excess = max(size.amount - terms.delta_total_liq_shock_threshold, 0.0) / spot
    rate = min(excess * terms.m_inc, terms.max_delta_shock)
    return scaled(label, size, rate, source="simulate#delta_total_liq_shock_threshold, m_inc")


def _counted(bucket: Bucket, p: Params) -> FloatArray:
    """Return the aggregated vector: gains in part, extended cells nearer to zero."""
    vector = bucket.vector
    gains = np.minimum(vector * bucket.terms.pnl_offset, _cap(bucket))
    counted = np.where(vector > 0.0, gains, vector)
    return np.asarray(counted - np.clip(counted, -_damped(bucket, p), _damped(bucket, p)))


def _cap(bucket: Bucket) -> FloatArray:
    """Return the most that a gain may count for in each cell, account's currency."""
    return np.asarray(bucket.terms.max_offsetable_pnl / (bucket.price * bucket.shocked))


def _damped(bucket: Bucket, p: Params) -> FloatArray:
    """Return how far each cell is pulled toward zero, account's currency."""
    move = np.abs(np.asarray(bucket.scenarios.spot_moves))
    steps = np.maximum(move / bucket.terms.price_range, 1.0) - 1.0
    steps[: extended_from(p)] = 0.0
    return np.asarray(steps * bucket.terms.extended_dampener / (bucket.price * bucket.shocked))


def _cells(bucket: Bucket, p: Params) -> Iterable[Line]:
    """Yield the loss of every cell in the reporting currency, down to the holdings."""
    caps, damped = _cap(bucket) * bucket.price, _damped(bucket, p) * bucket.price
    for cell, row in enumerate((-bucket.vectors * bucket.price).tolist()):
        label = _label(bucket, cell, p)
        leaves = (given(name, loss) for name, loss in zip(bucket.labels, row, strict=True))
        line = total(label, *leaves, source="simulate#risk_vectors")
        if sign(line.amount) < 0:
            line = scaled(
                f"{label}: share of the gain",
                line,
                bucket.terms.pnl_offset,
                source="simulate#pnl_offset",
            )
            line = floored(
                f"{label}: at most max_offsetable_pnl",
                line,
                -float(caps[cell]),
                source="simulate#max_offsetable_pnl",
            )
        pull = min(abs(line.amount), float(damped[cell]))
        if sign(pull):
            dampener = given("Dampener", -np.copysign(pull, line.amount), source="third_party")
            line = total(f"{label}, dampened", line, dampener)
        yield line


def _label(bucket: Bucket, cell: int, p: Params) -> str:
    label = bucket.scenarios.label(cell)
    if cell < extended_from(p):
        return label
    return f"{label}, {bucket.scenarios.weight(cell):.3g} of it"


def _deltas(members: Iterable[Contract]) -> list[Line]:
    """Return each contract's delta in the reporting currency."""
    return [
        given(
            contract.mark.label,
            contract.delta * (contract.market[contract.symbol].spot if contract.inverse else 1.0),
        )
        for contract in members
    ]


def _signed(label: str, lines: list[Line], *, negative: bool) -> Line:
    line = total(label, *lines)
    return scaled(f"{label}, the other way round", line, -1.0) if negative else line
