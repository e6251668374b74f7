"""What every card of the Compare page reads, and the table twin of its charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pages.ui import numbers, rule_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from margin_core import MarginResult, Market, NotCovered, Phase, Portfolio, Settings


OF_EQUITY = "% of equity"


@dataclass(frozen=True)
class Book:
    """What every card reads: the account, what each rule book asks of it, and what is chosen.

    ``of_equity`` is whether the rule books are compared in percent of the net liquidation value,
    which is then positive.
    """

    portfolio: Portfolio
    market: Market
    settings: Settings
    results: tuple[MarginResult, ...]
    phase: Phase
    chosen: MarginResult
    of_equity: bool = False

    @property
    def own(self) -> Settings:
        """The settings of the chosen rule book alone."""
        return self.settings.only(self.chosen.methodology)

    def covers(self, key: str) -> bool:
        """Return whether rule book ``key`` covers the account."""
        return any(result.methodology == key for result in self.results)

    def money(self, amount: float, *, signed: bool = False) -> str:
        """Return an amount in the reporting currency."""
        return numbers.money(amount, self.portfolio.currency, signed=signed)

    @property
    def unit(self) -> str:
        """What the rule books are compared in: the reporting currency, or percent of equity."""
        return OF_EQUITY if self.of_equity else self.portfolio.currency

    def amount(self, amount: float) -> str:
        """Return an amount in ``unit``."""
        if self.of_equity:
            return numbers.share(amount, self.chosen.net_liquidation_value)
        return self.money(amount)

    def place(self, move: float) -> str:
        """Return where a spot move leads: a price, or a percent where underlyings differ."""
        spot = self.spot
        if spot is None:
            return numbers.percent(move, signed=True)
        return numbers.price(spot * (1.0 + move))

    @property
    def spot(self) -> float | None:
        """The spot of the one underlying held; None where there are several."""
        symbols = {position.underlying for position in self.portfolio.positions}
        return self.market[symbols.pop()].spot if len(symbols) == 1 else None


def twin(
    key: str,
    columns: Callable[[], dict[str, list[str]]],
    not_covered: Sequence[NotCovered] = (),
    note: str = "",
) -> None:
    """Draw what opens a chart's figures as a table; they are made when it is open."""
    opened = st.expander(
        "Show as table",
        icon=":material/table:",
        type="compact",
        on_change="rerun",
        key=f"compare.{key}.table",
    )
    if opened.open:
        with opened:
            table(columns())
            if note:
                st.caption(note)
            for refusal in not_covered:
                st.caption(
                    f"**{numbers.plain(refusal.title)}** does not cover this book: "
                    f"{numbers.plain(rule_words.here(refusal.reason))}"
                )


def table(columns: dict[str, list[str]]) -> None:
    """Draw columns of text under their names, all but the first to the right."""
    _, *others = columns
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        row_height=30,
        column_config={
            name: st.column_config.TextColumn(name, alignment="right") for name in others
        },
    )
