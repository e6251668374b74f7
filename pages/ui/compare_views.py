"""The cards of the Compare page."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from margin_core import MarginError, Phase, changes, explained_capital
from margin_core.margin.last_bits import CENT
from pages.ui import compare_words as words
from pages.ui import (
    compute,
    explain,
    link,
    names,
    numbers,
    rule_settings,
    rule_words,
    shell,
    state,
)
from pages.ui.compare_book import OF_EQUITY, Book, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlit.delta_generator import DeltaGenerator

    from margin_core import Comparison, Market, Portfolio, Settings

SPLIT = (1.43, 1.0)  # of the page, between two cards
PHASES = {"To open": Phase.OPEN, "To keep": Phase.KEEP}
BEGINNINGS = (link.DEFAULT_SAMPLE, "iron_condor", "btc_hedged_with_calls_and_perpetual")
RULE_BOOK = "rulebook"  # the widget, and the query parameter it is bound to
DEFAULT = "compare.default"


def empty() -> None:
    """Say what is missing, and offer three books and a place to paste one's own."""
    shell.headline(
        "The book is empty.",
        "Open one of these, or paste your own positions on the Portfolio page.",
    )
    with st.container(horizontal=True):
        for name in BEGINNINGS:
            title = link.samples()[name]
            st.button(title, key=f"compare.begin.{name}", on_click=_begin, args=(name,))
    st.page_link("pages/portfolio.py", label="Paste positions", icon=":material/content_paste:")


def headline(found: Comparison, *, sample: bool) -> tuple[Phase, bool]:
    """Draw the answer and, at its right, what it is of; return that.

    It is one of the two requirements, and whether the bars say it as a percentage of equity; the
    headline is always money. Where what is open is an untouched ``sample``, a link leads to where
    one's own is entered.
    """
    left, right = st.columns([4.7, 1], vertical_alignment="bottom")
    controls = right.container(gap="xxsmall")
    if sample:
        controls.page_link("pages/portfolio.py", label=":small[A sample: start your own]")
    label = controls.segmented_control(
        "Requirement",
        list(PHASES),
        default="To open",
        required=True,
        key="phase",
        bind="query-params",
        label_visibility="collapsed",
        width="stretch",
    )
    phase = PHASES[label]
    of_equity = _of_equity(controls, found)
    with left:
        shell.headline(words.sentence(found.results, phase), words.detail(found.results, phase))
    return phase, of_equity


@contextmanager
def card(place: DeltaGenerator) -> Iterator[None]:
    """Stand a card in ``place``; what it cannot show is said in it, and the others stay."""
    with place.container(border=True, gap="xsmall", height="stretch"):
        try:
            yield
        except MarginError as error:
            st.markdown(f":gray[{numbers.plain(str(error))}]")


def uncovered(found: Comparison) -> None:
    """Say that no rule book covers the whole book, and each one's reason."""
    shell.headline(words.sentence((), Phase.OPEN), words.detail((), Phase.OPEN))
    with st.container(border=True, gap="xsmall"):
        st.markdown("**Why not**")
        for refusal in found.not_covered:
            reason = numbers.plain(rule_words.here(refusal.reason))
            st.markdown(f"**{numbers.plain(refusal.title)}:** {reason}")
        rule_settings.offer(found.not_covered, "uncovered")


def chosen(workspace: state.Workspace, found: Comparison, phase: Phase, *, of_equity: bool) -> Book:
    """Draw the choice of the rule book to explain and return what the cards read."""
    portfolio, market = workspace.account
    by_name = {names.short(result): result for result in found.results}
    pair = words.contrast(found.results, Phase.OPEN)
    default = names.short(pair.chosen if pair else found.results[0])
    _follow(default)
    left, right = st.columns([1, 1.25], vertical_alignment="center")
    left.markdown("**Why this number?**")
    name = right.selectbox(
        "Rule book",
        list(by_name),
        index=list(by_name).index(default),
        key=RULE_BOOK,
        bind="query-params",
        label_visibility="collapsed",
    )
    settings, results = workspace.settings, found.results
    return Book(portfolio, market, settings, results, phase, by_name[name], of_equity)


def _follow(default: str) -> None:
    """Let the choice of rule book follow the book's default where nobody made another."""
    before = state.read(DEFAULT)
    if before != default and state.read(RULE_BOOK) == before:
        state.put(RULE_BOOK, default)
    state.put(DEFAULT, default)


def why(book: Book) -> None:
    """Draw where the chosen rule book's figure comes from, and what to know about it."""
    line = explained_capital(book.chosen, book.phase)
    explain.why(line, book.portfolio.currency)
    with st.container(horizontal=True, gap="medium"):
        if st.button("Open the full derivation", icon=":material/account_tree:", type="tertiary"):
            explain.open_derivation(line, book.chosen, book.own)
        rule_settings.opener("Change its parameters", book.chosen.methodology, "rules.why")
    explain.warnings(book.chosen)


def since_baseline(book: Book, before: tuple[Portfolio, Market, Settings]) -> None:
    """Draw what each rule book asked of the pinned book, asks now, and the difference."""
    found = changes(compute.comparison(*before).results, book.results, book.phase)
    shell.card_title(
        numbers.plain(words.change_title(found, book.chosen)),
        f"{words.WHAT[book.phase]}, {book.portfolio.currency}, of the pinned book and of this one",
    )
    table(
        {
            "Rule book": [change.title for change in found],
            "Baseline": [_or_dash(book, change.before) for change in found],
            "Now": [_or_dash(book, change.after) for change in found],
            "Change": [_or_dash(book, change.difference, signed=True) for change in found],
        }
    )


def _of_equity(place: DeltaGenerator, found: Comparison) -> bool:
    """Draw the choice between money and percent of equity; return whether it is percent."""
    first = found.results[0]
    options = [first.currency, OF_EQUITY]
    if first.net_liquidation_value < CENT:  # shows as nothing: there is no percentage of it
        place.segmented_control(
            "Unit",
            options,
            default=first.currency,
            required=True,
            disabled=True,
            key="unit.none",
            help="This account's equity, its net liquidation value, is zero or negative: nothing "
            "is a percentage of it.",
            width="stretch",
        )
        return False
    unit = place.segmented_control(
        "Unit",
        options,
        default=first.currency,
        required=True,
        key="unit",
        bind="query-params",
        label_visibility="collapsed",
        width="stretch",
    )
    return unit == OF_EQUITY


def _begin(name: str) -> None:
    sample = link.sample(name)
    state.open_account(sample.portfolio, sample.market, name)


def _or_dash(book: Book, amount: float | None, *, signed: bool = False) -> str:
    return "–" if amount is None else book.money(amount, signed=signed)
