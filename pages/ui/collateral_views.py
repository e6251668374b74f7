"""The cards of the Collateral page."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

import streamlit as st

from margin_core import CALL, LIQUIDATION, WATCH, NotCovered, Standing, by_venue, in_coins, movable
from margin_core.margin.last_bits import CENT
from margin_core.present.charts import collateral, template
from pages.ui import collateral_words as words
from pages.ui import compute, names, numbers, shell, state
from pages.ui.collateral_steps import reasons
from pages.ui.compare_book import Book, table, twin
from pages.ui.compare_views import PHASES
from pages.ui.compare_words import WHAT, refusals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from margin_core import Comparison, Counted, MarginResult, Rung

COINS = ("perps_isolated", "perps_cross", "deribit_sm", "deribit_pm")
LISTED = ("us_reg_t", "occ_tims")
FALL = -0.2  # of a coin, to tell which positions fall with it
QUIET = {"displayModeBar": False}


def headline(workspace: state.Workspace, found: Comparison) -> tuple[Book, tuple[Rung, ...]]:
    """Draw the answer and its controls; return what the cards read, and the ladder."""
    portfolio, market = workspace.account
    left, right = st.columns([4.7, 1], vertical_alignment="bottom")
    label = right.segmented_control(
        "Requirement",
        list(PHASES),
        default="To open",
        required=True,
        key="collateral.phase",
        persist_state="session",
        label_visibility="collapsed",
        width="stretch",
    )
    phase = PHASES[label]
    climb = compute.ladder(_steps(workspace), portfolio, market, phase, workspace.settings)
    by_name = {names.short(result): result for result in found.results}
    top = [rung.result for rung in climb if rung.result is not None]
    mildest = min(found.results, key=lambda r: (r.collateral_not_counted, phase.capital(r)))
    default = names.short(top[-1] if top else mildest)
    name = right.selectbox(
        "Rule book",
        list(by_name),
        index=list(by_name).index(default),
        key=f"collateral.rulebook.{default}.{'.'.join(by_name)}",
        persist_state="session",
        label_visibility="collapsed",
        help="Whose ratio, haircuts and venues are shown.",
    )
    settings = workspace.settings
    book = Book(portfolio, market, settings, found.results, phase, by_name[name])
    held = compute.counted(book.chosen.methodology, portfolio, market, book.own)
    with left:
        shell.headline(
            words.sentence(climb, book.chosen),
            words.detail(len(portfolio.positions), held, book.chosen),
        )
    return book, climb


def ladder(book: Book, climb: tuple[Rung, ...]) -> None:
    """Draw the ladder, what each step frees and why, and other rule books under it."""
    title = words.ladder_title(climb)
    steps = [rung for rung in climb if rung.result is not None]
    others = [r for r in book.results if r.methodology not in {rung.key for rung in climb}]
    shell.card_title(
        numbers.plain(title),
        f"{WHAT[book.phase]}, {book.portfolio.currency}. Brackets: from step to step"
        + (". Below the line: other rule books" if others and steps else ""),
    )
    bars = [
        collateral.Rung(
            rung.key,
            _name(rung.key, rung.title),
            rung.capital or 0.0,
            book.money(rung.capital or 0.0),
            words.step(above, book.portfolio.currency) if above else "",
        )
        for rung, above in zip_longest(steps, steps[1:])
    ] + [
        collateral.Rung(
            result.methodology,
            names.short(result),
            book.phase.capital(result),
            book.money(book.phase.capital(result)),
        )
        for result in others
    ]
    chart = collateral.ladder(bars, len(steps), template.palette(shell.theme()))
    st.plotly_chart(chart, theme=None, config=QUIET, key="collateral.ladder", alt=title)
    why = reasons(climb, book.phase, len(book.portfolio.positions))
    for rung in steps[1:]:
        told = f"**{numbers.plain(_name(rung.key, rung.title))}:** {numbers.plain(why[rung.key])}"
        st.markdown(f":small[:gray[{told}]]")
    missing = [NotCovered(r.key, r.title, r.refusal) for r in climb if r.result is None]
    if missing:
        st.markdown(f":small[:gray[**Not covered:** {refusals(missing)}]]")
    twin("ladder", lambda: _ladder_table(book, steps, others, why), missing)


def ratio(book: Book) -> None:
    """Draw each rule book's margin ratio against its thresholds."""
    now = Standing.of(book.chosen)
    title = words.ratio_title(book.chosen, liquidated=now.liquidated)
    shell.card_title(numbers.plain(title), words.thresholds())
    rows = [
        collateral.Bullet(
            result.methodology,
            names.short(result),
            result.margin_ratio,
            words.of(Standing.of(result)),
        )
        for result in sorted(book.results, key=lambda result: result is not book.chosen)
    ]
    chart = collateral.bullets(rows, (WATCH, CALL, LIQUIDATION), template.palette(shell.theme()))
    st.plotly_chart(chart, theme=None, config=QUIET, key="collateral.ratios", alt=title)
    twin("ratios", lambda: _ratio_table(book))
    _coins(book)


def balances(book: Book) -> None:
    """Draw what each balance counts for under the chosen rule book, and what it backs."""
    held = compute.counted(book.chosen.methodology, book.portfolio, book.market, book.own)
    shell.card_title(
        numbers.plain(words.balances_title(held, book.chosen)),
        f"By {names.short(book.chosen)}, {book.portfolio.currency}"
        + (". What one phase alone cuts is in its requirement" if movable(book.portfolio) else ""),
    )
    if held:
        table(_balance_table(book, held))
    elsewhere = book.chosen.collateral_not_counted - sum(c.value - c.counted for c in held)
    if elsewhere >= CENT:
        amount = numbers.plain(book.money(elsewhere))
        st.markdown(f"Another {amount} of what positions settle in does not count.")
    for found in compute.backing(book.portfolio, book.market, FALL):
        st.markdown(words.backing(found, FALL, book.portfolio.currency))


def in_venues(book: Book) -> bool:
    """Return whether the book is held at more than one venue."""
    return len(by_venue(book.portfolio)) > 1


def venues(book: Book) -> None:
    """Draw what each venue asks alone, what segregation costs, and what cures a shortfall."""
    found = compute.segregated(
        book.chosen.methodology, book.portfolio, book.market, book.phase, book.settings
    )
    currency = book.portfolio.currency
    shell.card_title(
        numbers.plain(words.venues_title(found, currency)),
        f"{WHAT[book.phase]}, {currency}: each venue alone by its own rule book where that covers "
        f"it, else by {names.short(book.chosen)}, against one account that nets all. What each "
        "venue costs by being apart overlaps",
    )
    short = [(v.name, v.shortfall) for v in found.venues]
    table(
        {
            "Venue": [*(v.name or "no venue" for v in found.venues), "All apart", "One account"],
            "Rule book": [
                *(names.short(v.result) for v in found.venues),
                "–",
                names.short(found.unified),
            ],
            "Requirement": [
                *(book.money(v.capital) for v in found.venues),
                book.money(found.capital),
                book.money(found.unified_capital),
            ],
            "Short by": [*(book.money(x) if x else "–" for _, x in short), "–", "–"],
            "Being apart costs": [
                *(book.money(v.cost) for v in found.venues),
                book.money(found.cost),
                "–",
            ],
        }
    )
    for each in found.transfers:
        st.markdown(words.transfer(each, currency))
    for name, left in found.uncured:
        amount = numbers.plain(numbers.money(left, currency))
        st.markdown(f"{numbers.plain(name or 'No venue')} stays short by {amount}.")


def _coins(book: Book) -> None:
    """Draw requirement and equity in the coins that positions settle in, where there are any."""
    chosen = book.chosen
    lines = {
        "Initial": chosen.initial.amount,
        "Maintenance": chosen.maintenance.amount,
        "Equity": chosen.equity.amount,
    }
    told = {name: in_coins(amount, book.portfolio, book.market) for name, amount in lines.items()}
    if not told["Equity"]:
        return
    st.markdown(f"**In coin** :small[:gray[by {names.short(chosen)}, at spot, all in one coin]]")
    columns = {"": list(lines), book.portfolio.currency: [book.money(x) for x in lines.values()]}
    for i, (coin, _) in enumerate(told["Equity"]):
        columns[coin] = [numbers.number(amounts[i][1], 4) for amounts in told.values()]
    table(columns)


def _balance_table(book: Book, held: Sequence[Counted]) -> dict[str, list[str]]:
    columns = {"Asset": [each.balance.asset for each in held]}
    if any(each.balance.venue for each in held):
        columns["Venue"] = [each.balance.venue or "–" for each in held]
    return columns | {
        "Amount": [_amount(each.balance.amount) for each in held],
        "Price": [numbers.price(each.price) for each in held],
        "Market value": [book.money(each.value) for each in held],
        "Haircut": [
            "–" if each.haircut is None else numbers.percent(each.haircut) for each in held
        ],
        "Counts": [book.money(each.counted) for each in held],
    }


def _amount(amount: float) -> str:
    """Return how much of an asset is held: coins to six decimals, however many there are."""
    text = numbers.number(amount, 6)
    return text.rstrip("0").rstrip(".")


def _ladder_table(
    book: Book, steps: Sequence[Rung], others: Sequence[MarginResult], why: Mapping[str, str]
) -> dict[str, list[str]]:
    currency = book.portfolio.currency
    capitals = [rung.capital or 0.0 for rung in steps]
    return {
        "Rule book": [r.title for r in steps] + [r.title for r in others],
        WHAT[book.phase]: [book.money(x) for x in capitals]
        + [book.money(book.phase.capital(result)) for result in others],
        "Step": [words.step(r, currency) if r.freed is not None else "–" for r in steps]
        + ["–"] * len(others),
        "Why": [why[r.key] for r in steps] + ["For comparison"] * len(others),
    }


def _ratio_table(book: Book) -> dict[str, list[str]]:
    standings = [Standing.of(result) for result in book.results]
    return {
        "Rule book": [result.title for result in book.results],
        "Maintenance": [book.money(s.maintenance) for s in standings],
        "Equity": [book.money(s.equity) for s in standings],
        "Ratio": [words.of(s) for s in standings],
        "Stands": [words.verdict(s) for s in standings],
    }


def _name(key: str, title: str) -> str:
    return names.SHORT.get(key, title)


def _steps(workspace: state.Workspace) -> tuple[str, ...]:
    classes = {underlying.asset_class for underlying in workspace.portfolio.underlyings}
    return COINS if "crypto" in classes else LISTED
