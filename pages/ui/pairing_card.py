"""The card that shows how Reg T paired the positions, and what a simple pairing would ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from margin_core import Phase
from pages.ui import compute, explain, numbers, shell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core import Pairing, SimplePairing
    from pages.ui.compare_book import Book

KEY = "us_reg_t"
NAMED = 2  # uncovered groups in the takeaway
LONG, HEIGHT = 14, 420  # rows of a table from which it scrolls, px
SAME = 0.005  # reporting currency


def draw(book: Book) -> None:
    """Draw each group of the cheapest pairing, uncovered options first, and the alternative."""
    own = book.settings.only(KEY)
    paired = compute.reg_t_pairings(book.portfolio, book.market, book.phase, own)
    simple = compute.reg_t_simple_pairing(book.portfolio, book.market, own)
    shell.card_title(
        _takeaway(book, paired),
        "How Reg T paired the positions: the cheapest grouping that the rules allow. "
        f"{book.portfolio.currency}, the value of options sold credited",
    )
    _groups(book, paired)
    st.markdown(f":small[:gray[{_alternative(book, simple)}]]")
    opened = st.expander(
        "Show the simple pairing",
        icon=":material/table:",
        type="compact",
        on_change="rerun",
        key="compare.simple.table",
    )
    if opened.open:
        with opened:
            _groups(book, simple.pairings)


def _takeaway(book: Book, paired: Sequence[Pairing]) -> str:
    naked = [pairing for pairing in _ordered(book, paired) if pairing.naked]
    if not naked:
        return "Every short option is covered"
    told = [
        f"{' and '.join(explain.name(label) for label, _ in pairing.legs)} "
        f"{'costs' if len(pairing.legs) == 1 else 'cost'} "
        f"{numbers.plain(book.money(_asks(book, pairing)))}"
        for pairing in naked[:NAMED]
    ]
    more = f"; {len(naked) - NAMED} more below" if len(naked) > NAMED else ""
    return f"Uncovered: {'; '.join(told)}{more}"


def _alternative(book: Book, simple: SimplePairing) -> str:
    opening = book.phase is Phase.OPEN
    asked = simple.initial if opening else simple.maintenance
    more = simple.more_initial if opening else simple.more_maintenance
    told = "A broker that pairs positions only two at a time, the dearest short option first, "
    if more.amount < SAME:
        return f"{told}asks the same."
    return f"{told}asks {book.money(asked.amount)}: **{book.money(more.amount)} more**."


def _groups(book: Book, paired: Sequence[Pairing]) -> None:
    """Draw each group with what it asks and what pairing spares, and its legs under it."""
    ordered = _ordered(book, paired)
    rows: list[tuple[str, float | None, float | None]] = []
    for pairing in ordered:
        rows.append((_strategy(pairing), _asks(book, pairing), pairing.saving))
        rows += [(f":gray[└ {explain.name(label)}]", None, None) for label, _ in pairing.legs]

    def money(amount: Any) -> str:  # noqa: ANN401 - pandas hands over what the column holds
        return book.money(amount)

    frame = pd.DataFrame(rows, columns=["Paired as", "Asks", "Pairing spares"])
    st.table(
        frame.style.format(money, subset=["Asks", "Pairing spares"], na_rep=""),
        border="horizontal",
        hide_index=True,
        height=HEIGHT if len(rows) > LONG else "content",
        alt=f"How the positions are paired, {len(ordered)} groups",
    )


def _ordered(book: Book, paired: Sequence[Pairing]) -> list[Pairing]:
    """Return the uncovered groups first, of either kind those that ask most."""
    return sorted(paired, key=lambda pairing: (not pairing.naked, -_asks(book, pairing)))


def _strategy(pairing: Pairing) -> str:
    text = numbers.plain(pairing.strategy.capitalize())
    return f"**:orange[{text}]**" if pairing.naked else text


def _asks(book: Book, pairing: Pairing) -> float:
    return pairing.initial if book.phase is Phase.OPEN else pairing.maintenance
