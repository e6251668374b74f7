"""The payoff of the book: the page's headline, and the chart with its dates and its table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from margin_core import Basis, balance_value, expiries
from margin_core.present.charts import payoff as chart
from margin_core.present.charts import template
from pages.ui import compute, numbers, shell

if TYPE_CHECKING:
    from datetime import date

    from margin_core import Curve, Market, Portfolio, Range
    from pages.ui import state

BASES = {Basis.NOW: "From now", Basis.ENTRY: "Since entry", Basis.VALUE: "Value"}
PLOTTED = {
    Basis.NOW: "P&L from today's marks",
    Basis.ENTRY: "P&L since entry",
    Basis.VALUE: "Value of the positions",
}
TABLE_MOVES = tuple(percent / 100.0 for percent in range(-40, 41, 5))
NO_MOVE = numbers.percent(0.0)
MOST_RANGES = 2  # that a sentence names


@dataclass(frozen=True)
class Book:
    """What the words need: the account that figures are of, and its one spot if it has one."""

    portfolio: Portfolio
    market: Market

    @property
    def spot(self) -> float | None:
        """The spot of the one underlying held; None where there are several."""
        symbols = {position.underlying for position in self.portfolio.positions}
        return self.market[symbols.pop()].spot if len(symbols) == 1 else None

    @property
    def first(self) -> datetime | None:
        """The first expiry; None where nothing expires."""
        return next(iter(expiries(self.portfolio)), None)

    def curves(self, *days: datetime | None) -> list[Curve]:
        """Return today's curve and one for each of ``days`` that there is."""
        ahead = tuple(self.market.days_to(day) for day in days if day)
        return list(compute.payoff(self.portfolio, self.market, (0.0, *ahead)))

    def day(self, when: datetime) -> str:
        """Return a day as short as it can be."""
        same_year = when.year == self.market.valuation_time.year
        return f"{when:%-d %b}" if same_year else f"{when:%-d %b %y}"

    def money(self, amount: float) -> str:
        """Return an amount in the reporting currency."""
        return numbers.money(amount, self.portfolio.currency)

    def place(self, move: float) -> str:
        """Return where a spot move leads: a price, or the move where underlyings differ."""
        if self.spot is None:
            return f"a {numbers.percent(move, signed=True)} move"
        return numbers.price(self.spot * (1.0 + move))

    def words(self, move: float) -> tuple[str, ...]:
        """Return a spot move in words: the price it leads to, where there is one, and percent."""
        percent = numbers.percent(move, signed=True)
        return (percent,) if self.spot is None else (self.place(move), percent)


def headline(workspace: state.Workspace) -> None:
    """Say where the book makes money, what it is worth, and the worst of it."""
    book = Book(*workspace.account)
    if not book.portfolio.positions:
        shell.headline("No positions yet: start from a template, or paste your own.", _held(book))
        return
    curves = book.curves(book.first)
    move, loss = min((curve.worst for curve in curves), key=lambda point: point[1])
    details = [_held(book), f"worst in ±40 %: {book.money(loss)} at {book.place(move)}"]
    if book.first:
        details.append(f"first expiry {numbers.day(book.first, book.market.valuation_time)}")
    shell.headline(_sentence(curves[-1], book), " · ".join(details))


def card(workspace: state.Workspace) -> None:
    """Draw the payoff: today, the first expiry, and a date of the visitor's choice."""
    book = Book(*workspace.account)
    if book.portfolio.positions:
        with st.container(border=True, gap="xsmall"):
            _card(book)


@st.fragment
def _card(book: Book) -> None:
    top, switch = st.columns([2.4, 1], vertical_alignment="top")
    words, plot, below = top.container(), st.container(), st.container()
    with switch:
        basis = _basis()
    with below:
        chosen, as_table = _controls(book)
    offset = compute.payoff_start(basis, book.portfolio, book.market)
    today, *dated = (curve.raised(offset) for curve in book.curves(book.first, chosen))
    days = [day for day in (book.first, chosen) if day]
    lines = [chart.Labelled(book.day(d), c) for d, c in zip(days, dated, strict=True)]
    takeaway = _takeaway(dated[0] if dated else today, basis, book)
    with words:
        shell.card_title(takeaway, _what(basis, book, chosen))
    figure = chart.payoff(
        template.palette(shell.theme()),
        today,
        *lines,
        spot=book.spot,
        place=book.words,
        currency=book.portfolio.currency,
    )
    plot.plotly_chart(
        figure,
        theme=None,
        key="portfolio.payoff",
        config={"displayModeBar": False},
        alt=f"{PLOTTED[basis]} against the spot. {takeaway}.",
    )
    if as_table:
        with below:
            _table([chart.Labelled("Today", today), *lines], book)


def _basis() -> Basis:
    chosen = st.segmented_control(
        "What is counted",
        list(BASES),
        default=Basis.NOW,
        required=True,
        format_func=BASES.__getitem__,
        key="portfolio.basis",
        persist_state="session",
        label_visibility="collapsed",
    )
    return Basis(chosen)


def _controls(book: Book) -> tuple[datetime | None, bool]:
    """Draw date and table switch; return the date where it is another than the first expiry."""
    words, left, right = st.columns([0.8, 3, 1], vertical_alignment="center")
    chosen = None
    now, last = book.market.valuation_time, expiries(book.portfolio)[-1:]
    if book.first and last[0].date() > now.date():
        words.caption("Another date")
        with left:
            day = st.slider(
                "Another date",
                now.date(),
                last[0].date(),
                max(book.first.date(), now.date()),
                format="D MMM YYYY",
                key=f"portfolio.date.{now.date()}.{book.first.date()}.{last[0].date()}",
                label_visibility="collapsed",
            )
        chosen = _moment(day, book)
    with right:
        as_table = st.toggle("Show as table", key="portfolio.as_table", persist_state="session")
    return chosen, as_table


def _moment(day: date, book: Book) -> datetime | None:
    """Return when on ``day`` the book is drawn: at an expiry on that day, else at the same hour."""
    if book.first and day == book.first.date():
        return None
    now = book.market.valuation_time
    held = [expiry for expiry in expiries(book.portfolio) if expiry.date() == day]
    moment = held[0] if held else datetime.combine(day, now.timetz())
    return moment if moment > now else None


def _held(book: Book) -> str:
    portfolio, market = book.portfolio, book.market
    held = compute.marked(portfolio, market)
    count = "1 position" if len(held) == 1 else f"{len(held)} positions"
    parts = [f"{count} worth {book.money(sum(mark.value for mark in held))}"] if held else []
    if portfolio.balances:
        cash = {balance.asset for balance in portfolio.balances} == {portfolio.currency}
        values = (balance_value(b, market, portfolio.currency) for b in portfolio.balances)
        parts.append(
            f"{'cash' if cash else 'collateral'} {book.money(sum(v.amount for v in values))}"
        )
    words = " · ".join(parts) or "no collateral"
    return words[0].upper() + words[1:]


def _sentence(curve: Curve, book: Book) -> str:
    if book.money(curve.best[1]) == book.money(curve.worst[1]):
        return "The book does not move with the spot."
    ranges = curve.profitable
    subject = f"On {book.day(book.first)} the book" if book.first else "The book"
    if not ranges:
        return f"{subject} makes no money within ±40 % and loses most {_where(curve, book)}."
    if ranges[0].low is ranges[0].high is None:
        return f"{subject} makes money anywhere within ±40 %."
    return f"{subject} makes money {_ranges(ranges, book)} and loses most {_where(curve, book)}."


def _takeaway(curve: Curve, basis: Basis, book: Book) -> str:
    """Return the card's title: of the first expiry, or of today where nothing expires."""
    move, least = curve.worst
    at_worst = f"at worst {book.money(least)} at {book.place(move)}"
    if basis is Basis.VALUE:
        return f"The positions are worth {book.money(curve.at(0.0))} at this spot, {at_worst}"
    when = f" on {book.day(book.first)}" if book.first else ""
    ranges = curve.profitable
    profit = f"Profit {_ranges(ranges, book)}" if ranges else "No profit"
    return f"{profit}{when}; {at_worst}"


def _what(basis: Basis, book: Book, chosen: datetime | None) -> str:
    """Return what is plotted, and what became of the positions that have expired by then."""
    parts = [f"{PLOTTED[basis]}, {book.portfolio.currency}. Solid: today."]
    if book.first:
        parts.append(f"Dashed: {numbers.day(book.first)}, first expiry at intrinsic value.")
    if chosen:
        parts.append(f"Dotted: {numbers.day(chosen)}.")
        held = book.portfolio.positions
        gone = sum(getattr(p.instrument, "expiry", chosen) < chosen for p in held)
        if gone:
            words = "1 position has" if gone == 1 else f"{gone} positions have"
            parts.append(f"By then {words} expired, settled at the spot drawn.")
    return " ".join(parts)


def _ranges(ranges: tuple[Range, ...], book: Book) -> str:
    if len(ranges) > MOST_RANGES:
        return f"in {len(ranges)} ranges"
    return " and ".join(_range(one, book) for one in ranges)


def _range(one: Range, book: Book) -> str:
    unmoved = book.spot is None and NO_MOVE in map(numbers.percent, _ends(one))
    match one.low, one.high:
        case None, float() if unmoved:
            return "on a fall"
        case float(), None if unmoved:
            return "on a rise"
        case None, None:
            return "anywhere"
        case None, float(high):
            return f"below {book.place(high)}"
        case float(low), None:
            return f"above {book.place(low)}"
        case low, high:
            return f"from {book.place(low or 0.0)} to {book.place(high or 0.0)}"


def _ends(one: Range) -> list[float]:
    return [end for end in (one.low, one.high) if end is not None]


def _where(curve: Curve, book: Book) -> str:
    move = curve.worst[0]
    if move == curve.moves[0]:
        return "on a fall"
    return "on a rise" if move == curve.moves[-1] else f"near {book.place(move)}"


def _table(lines: list[chart.Labelled], book: Book) -> None:
    """Draw the chart's twin."""
    columns: dict[str, list[str]] = {"Move": [numbers.percent(m, signed=True) for m in TABLE_MOVES]}
    if book.spot is not None:
        columns["Spot"] = [book.place(move) for move in TABLE_MOVES]
    columns |= {
        line.label: [book.money(line.curve.at(move)) for move in TABLE_MOVES] for line in lines
    }
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        row_height=30,
        height="content",
        column_config={
            name: st.column_config.TextColumn(name, alignment="right") for name in columns
        },
        alt="The payoff as a table, by spot move",
    )
