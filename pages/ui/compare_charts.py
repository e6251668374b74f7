"""The Compare page's charts of one book: what it costs, against spot, and built up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from margin_core import Phase, Standing, crossings, ranked
from margin_core.margin.last_bits import CENT
from margin_core.present.charts import against_spot, compare, template
from pages.ui import compare_words as words
from pages.ui import compute, names, numbers, rule_settings, shell
from pages.ui.compare_book import Book, twin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from margin_core import BuildUp, Comparison, Crossing, MarginResult, SpotPoint

MOVES = tuple(percent / 100.0 for percent in range(-40, 41, 4))
COARSE = MOVES[::2]  # of a large book: the exact pairing of its options takes a while
LARGE = 20  # positions
TICKS = (-0.4, -0.2, 0.0, 0.2, 0.4)
LINES = 5  # more in one chart cannot be told apart
OFFSETS = 5  # changes in one build-up; the smaller ones become one
QUIET = {"displayModeBar": False}


def bars(book: Book, found: Comparison) -> None:
    """Draw what each rule book asks, most first, and who does not cover the book."""
    opening = book.phase is Phase.OPEN
    order = ranked(book.results, book.phase)
    worth = book.chosen.net_liquidation_value
    title = words.bars_title(book.results, book.phase, of_equity=book.of_equity)
    solid = " Solid: capital to keep." if opening else ""
    shell.card_title(
        numbers.plain(title),
        f"{words.WHAT[book.phase]}, {book.unit}.{solid} Dashed line: net liquidation value",
    )
    chart = compare.requirement_bars(
        [_bar(book, result) for result in order],
        worth,
        f"equity {book.amount(worth)}"
        if book.of_equity
        else f"net liquidation value {book.money(worth)}",
        template.palette(shell.theme()),
        selected=book.chosen.methodology,
        opening=opening,
    )
    st.plotly_chart(chart, theme=None, config=QUIET, key="compare.bars", alt=title)
    if found.not_covered:
        st.markdown(f":small[:gray[**Not covered:** {words.refusals(found.not_covered)}]]")
        rule_settings.offer(found.not_covered, "bars")
    note = "In percent of equity, the net liquidation value." if book.of_equity else ""
    twin("bars", lambda: _bars_table(book, order), found.not_covered, note)


def margin_against_spot(book: Book) -> None:
    """Draw what the rule books ask after every spot move, and where they would liquidate."""
    drawn = _drawn(book)
    moves = MOVES if len(book.portfolio.positions) <= LARGE else COARSE
    with st.skeleton(height=against_spot.HEIGHT):
        profiles = [
            compute.profile(
                result.methodology,
                book.portfolio,
                book.market,
                moves,
                book.settings.only(result.methodology),
            )
            for result in drawn
        ]
    by_name = dict(zip(map(names.short, drawn), profiles, strict=True))
    locked = {names.short(result) for result in drawn if result.methodology in names.LOCKS_UP}
    liquidating = {name: points for name, points in by_name.items() if name not in locked}
    undrawn = {
        names.short(result): Standing.of(result).liquidated
        for result in book.results
        if result not in drawn and result.methodology not in names.LOCKS_UP
    }
    title = words.profile_title(liquidating, book.place, undrawn)
    less = (
        ", which not every rule book counts in full"
        if any(result.collateral_not_counted > CENT for result in drawn)
        else ""
    )
    shell.card_title(
        numbers.plain(title),
        f"Capital to keep at each spot. Shaded: net liquidation value after the move{less}",
    )
    chart = against_spot.margin_against_spot(
        [_profile(book, result, points) for result, points in zip(drawn, profiles, strict=True)],
        template.palette(shell.theme()),
        selected=book.chosen.methodology,
        ticks=(TICKS, [_tick(book, move) for move in TICKS]),
        symbol=numbers.SYMBOLS.get(book.portfolio.currency, ""),
    )
    st.plotly_chart(chart, theme=None, config=QUIET, key="compare.profile", alt=title)
    twin("spot", lambda: _profile_table(book, by_name))


def build_up(book: Book) -> None:
    """Draw how the chosen requirement builds up from the positions on their own."""
    with st.skeleton(height=240):
        built = compute.built_up(
            book.chosen.methodology, book.portfolio, book.market, book.phase, book.own
        )
    title = words.build_up_title(built)
    shell.card_title(title, f"{names.short(book.chosen)} built up, {book.portfolio.currency}")
    beams = _beams(book, built)
    chart = compare.build_up(beams, template.palette(shell.theme()), key=book.chosen.methodology)
    st.plotly_chart(chart, theme=None, config=QUIET, key="compare.built", alt=title)
    twin("built", lambda: {"Step": [b.label for b in beams], "Amount": [b.text for b in beams]})


def _drawn(book: Book) -> list[MarginResult]:
    """Return the rule books drawn as lines: the chosen one, the headline's, the costliest."""
    pair = words.contrast(book.results, book.phase)
    first = [book.chosen, *((pair.chosen, pair.other) if pair else ())]
    asking = [r for r in book.results if r.methodology not in names.LOCKS_UP]
    wanted = {r.methodology: r for r in (*first, *ranked(asking, book.phase))}
    keys = set(list(wanted)[:LINES])
    return [result for result in book.results if result.methodology in keys]


def _bar(book: Book, result: MarginResult) -> compare.Bar:
    return compare.Bar(
        result.methodology,
        result.title,
        result.capital_to_open,
        result.capital_to_keep,
        book.amount(book.phase.capital(result)),
    )


def _profile(
    book: Book, result: MarginResult, points: tuple[SpotPoint, ...]
) -> against_spot.Profile:
    found = () if result.methodology in names.LOCKS_UP else crossings(points)
    marks = tuple((crossing, _mark(book, crossing)) for crossing in found)
    return against_spot.Profile(result.methodology, names.short(result), points, marks)


def _mark(book: Book, crossing: Crossing) -> str:
    move = numbers.percent(crossing.move, signed=True)
    if book.spot is None:
        return f"liquidation at {move}"
    return f"liquidation {book.place(crossing.move)} ({move})"


def _tick(book: Book, move: float) -> str:
    text = numbers.percent(move, signed=True)
    if book.spot is None:
        return text
    return f"{numbers.tick(book.spot * (1.0 + move)).removesuffix('.00')}<br>{text}"


def _beams(book: Book, built: BuildUp) -> list[compare.Beam]:
    return [
        compare.Beam(
            "Stand-alone sum", built.stand_alone_sum, book.money(built.stand_alone_sum), total=True
        ),
        *(
            compare.Beam(step.label, step.amount, book.money(step.amount, signed=True))
            for step in built.condensed(OFFSETS).offsets
        ),
        compare.Beam(
            words.WHAT[book.phase], built.requirement, book.money(built.requirement), total=True
        ),
    ]


def _bars_table(book: Book, order: Sequence[MarginResult]) -> dict[str, list[str]]:
    figures = {
        "Capital to open": [result.capital_to_open for result in order],
        "Capital to keep": [result.capital_to_keep for result in order],
        "Excess to open": [result.excess_initial for result in order],
        "Excess to keep": [result.excess_maintenance for result in order],
    }
    return {"Rule book": [result.title for result in order]} | {
        name: [book.amount(amount) for amount in amounts] for name, amounts in figures.items()
    }


def _profile_table(book: Book, profiles: Mapping[str, Sequence[SpotPoint]]) -> dict[str, list[str]]:
    worth = next(iter(profiles.values()))
    moves = [numbers.percent(point.move, signed=True) for point in worth]
    columns = {
        "Spot move": moves,
        "Net liquidation value": [book.money(point.net_liquidation_value) for point in worth],
    }
    for name, points in profiles.items():
        columns[name] = [book.money(point.capital_to_keep) for point in points]
    return columns
