"""The payoff chart: what is drawn, and that loss is told by more than colour."""

from __future__ import annotations

import pytest

from margin_core.analysis.payoff import Curve
from margin_core.present.charts import template
from margin_core.present.charts.payoff import Labelled, payoff

MOVES = (-0.4, -0.2, 0.0, 0.2, 0.4)
TODAY = Curve(0.0, MOVES, (-300.0, -150.0, 0.0, 150.0, 300.0))
EXPIRY = Labelled("18 Dec", Curve(28.0, MOVES, (-200.0, -200.0, 50.0, 50.0, 50.0)))
LATER = Labelled("15 Jan", Curve(56.0, MOVES, (-100.0, -100.0, 60.0, 60.0, 60.0)))


def place(move):
    return f"{100 * (1 + move):.2f}", f"{100 * move:.1f} %"


def drawn(*lines, **options):
    return payoff(template.LIGHT, TODAY, *lines, place=place, **options)


def lines_of(figure):
    return [trace for trace in figure.data if trace.mode == "lines"]


def test_today_is_solid_the_first_expiry_dashed_and_another_date_dotted():
    lines = lines_of(drawn(EXPIRY, LATER))
    assert [line.name for line in lines] == ["today", "18 Dec", "15 Jan"]
    assert [line.line.dash for line in lines] == [None, "dash", "dot"]
    assert tuple(lines[1].y) == EXPIRY.curve.pnl


def test_each_line_is_named_at_its_end():
    labels = [note.text for note in drawn(EXPIRY).layout.annotations if note.xref == "paper"]
    assert labels == ["today", "18 Dec"]


def test_loss_is_hatched_and_profit_is_not():
    areas = [trace for trace in drawn(EXPIRY).data if trace.fill == "tozeroy"]
    gain, loss = areas
    assert min(gain.y) == 0.0
    assert max(loss.y) == 0.0
    assert loss.fillpattern.shape == "/"
    assert gain.fillpattern.shape is None


def test_break_evens_are_ringed_and_named_by_price_and_percent():
    figure = drawn(EXPIRY, spot=100.0)
    rings = [trace for trace in figure.data if trace.mode == "markers"]
    assert [ring.x[0] for ring in rings] == pytest.approx([-0.04])
    assert "96.00<br>-4.0 %" in [note.text for note in figure.layout.annotations]


@pytest.mark.parametrize(
    ("moves", "pnl", "anchors"),
    [
        ((-0.4, -0.12, 0.0, 0.12, 0.4), (-1.0, -1.0, 1.0, -1.0, -1.0), ["right", "left"]),
        (MOVES, (-1.0, 1.0, 1.0, 1.0, -1.0), ["center", "center"]),
        (
            (-0.4, -0.15, -0.05, 0.05, 0.15, 0.4),
            (-1.0, -1.0, 1.0, -1.0, 1.0, 1.0),
            ["right", "center", "left"],
        ),
    ],
)
def test_the_words_of_near_break_evens_stand_apart(moves, pnl, anchors):
    notes = payoff(template.LIGHT, Curve(0.0, moves, pnl), place=place).layout.annotations
    assert [note.xanchor for note in notes if note.bgcolor] == anchors


def test_the_axis_shows_prices_only_of_one_underlying():
    assert drawn(spot=100.0).layout.xaxis.ticktext[0] == "60<br>−40 %"
    assert drawn().layout.xaxis.ticktext[0] == "−40 %"


def test_zero_is_on_the_axis_of_a_book_that_only_earns():
    rich = Curve(0.0, MOVES, (100.0,) * 5)
    low, high = payoff(template.LIGHT, rich, place=place).layout.yaxis.range
    assert low < 0.0
    assert high > 100.0


def test_millions_are_no_powers_of_ten_on_the_axis():
    millions = Curve(0.0, MOVES, (-2e6, -1e6, 0.0, 1e6, 2e6))
    assert payoff(template.LIGHT, millions, place=place).layout.yaxis.tickformat == "$~s"
    francs = payoff(template.LIGHT, millions, place=place, currency="CHF").layout.yaxis
    assert (francs.tickformat, francs.ticksuffix) == ("~s", " CHF")


def test_long_prices_fit_a_narrow_axis():
    assert drawn(spot=90_000.0).layout.xaxis.ticktext[0] == "54k<br>−40 %"


def test_amounts_carry_their_currency():
    assert drawn().layout.yaxis.tickformat.startswith("$")
    assert drawn(currency="EUR").layout.yaxis.ticksuffix == " EUR"
