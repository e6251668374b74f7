"""The Collateral page's map: the margin ratio as collateral and spot fall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from margin_core import movable
from margin_core.present.charts import collateral, template
from pages.ui import collateral_words as words
from pages.ui import compute, names, numbers, shell
from pages.ui.compare_book import Book, twin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core import Standing

DROPS = (0.0, -0.1, -0.2, -0.4, -0.6)
COIN_MOVES = (-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6)
LISTED_MOVES = (-0.4, -0.2, -0.1, 0.0, 0.1, 0.2, 0.4)
QUIET = {"displayModeBar": False}


def falling(book: Book) -> None:
    """Draw the ratio after collateral and spot fall; without collateral, by rule book."""
    assets = movable(book.portfolio)
    spots = COIN_MOVES if _has_coins(book) else LISTED_MOVES
    following = any(book.market.has(b.tracks or b.asset) for b in book.portfolio.balances)
    together = True
    if following:
        together = st.toggle(
            "Coins held move with spot",
            value=True,
            key="collateral.together",
            persist_state="session",
            help="Off: a spot move leaves the price of what is held as it is.",
        )
    if assets:
        key = book.chosen.methodology
        moves = (DROPS, spots)
        cells = compute.ratios(key, book.portfolio, book.market, moves, book.own, together=together)
        rows = [f"coll. {numbers.percent(drop, signed=True)}" for drop in DROPS]
        now = cells[0][spots.index(0.0)]
        itself = "itself" if len(assets) == 1 else "themselves"
        what = (
            f"{names.short(book.chosen)}. Down: {', '.join(assets)} by {itself}. Across: "
            f"spot of every underlying{', coins held included' if following and together else ''}, "
            "percent."
        )
    else:
        cells = tuple(
            compute.ratios(
                r.methodology,
                book.portfolio,
                book.market,
                ((0.0,), spots),
                book.settings.only(r.methodology),
                together=True,
            )[0]
            for r in book.results
        )
        rows = [names.short(result) for result in book.results]
        now = cells[book.results.index(book.chosen)][spots.index(0.0)]
        what = "by rule book. Across: spot of every underlying, percent."
    _map(cells, rows, spots, now, what)


def _map(
    cells: Sequence[Sequence[Standing]],
    rows: Sequence[str],
    spots: Sequence[float],
    now: Standing,
    what: str,
) -> None:
    title = words.map_title([cell for row in cells for cell in row], now)
    shell.card_title(
        numbers.plain(title),
        numbers.plain(
            f"Margin ratio, percent, {what} Orange, beyond the line: 100 or more, or no equity"
        ),
    )
    columns = [numbers.percent(spot, signed=True) for spot in spots]
    drawn = [[collateral.RatioCell(c.ratio, c.liquidated, _cell(c)) for c in row] for row in cells]
    short = [column.removesuffix(" %") for column in columns]
    chart = collateral.ratio_map(drawn, rows, short, template.palette(shell.theme()))
    st.plotly_chart(chart, theme=None, config=QUIET, key="collateral.map", alt=title)
    twin(
        "map",
        lambda: (
            {"Moved": list(rows)}
            | {column: [words.of(row[i]) for row in cells] for i, column in enumerate(columns)}
        ),
    )


def _cell(standing: Standing) -> str:
    if standing.ratio is None:
        return "none" if standing.liquidated else "0"
    return ">1k" if standing.ratio > words.MOST else numbers.number(100.0 * standing.ratio, 0)


def _has_coins(book: Book) -> bool:
    return any(u.asset_class == "crypto" for u in book.portfolio.underlyings)
