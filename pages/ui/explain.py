"""Draws a tree of lines: as a few rows, and step by step down to positions and rules."""

from __future__ import annotations

import re
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from margin_core import Rule, binding, cite, how, outline
from margin_core.margin.figure import CHOICES
from margin_core.margin.values import cut, written
from pages.ui import numbers, rule_words, rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from margin_core import Line, MarginResult, Parameter, Settings

LISTED = 12  # rows of a table; a longer one scrolls
LONG = 420  # px
SHORT = 64  # characters of a name in the few rows; the derivation has all of it
SOLD = re.compile(r"(?<!\S)-(?=\d)")
TOGETHER = "\u2060"  # word joiner: no line ends between a minus sign and its amount
ICONS = {
    Rule.GIVEN: ":material/fiber_manual_record:",
    Rule.TOTAL: ":material/functions:",
    Rule.LARGEST: ":material/vertical_align_top:",
    Rule.SMALLEST: ":material/vertical_align_bottom:",
    Rule.SCALED: ":material/close:",
    Rule.FLOORED: ":material/download:",
}


def why(line: Line, currency: str, rows: int = 8) -> None:
    """Draw where a figure comes from in at most ``rows`` rows, the figure itself last."""
    labels, amounts = [], []
    drawn = outline(line, rows)
    for row in drawn:
        text = name(shorten(row.label, SHORT, placeholder="…"))
        if row.weighty and not row.depth:
            text = f"**{text}**"
        if row.how:
            text += f" ({row.how})"
        labels.append(f":gray[{'&emsp;' * (row.depth - 1)}└ {text}]" if row.depth else text)
        amounts.append(row.amount)
    heavy = [i for i, row in enumerate(drawn) if row.weighty and not row.depth]
    said = f"{line.label} is {numbers.exact(line.amount, currency)}"
    _amounts(labels, amounts, currency, said, bold=heavy)


def open_derivation(line: Line, result: MarginResult, settings: Settings) -> None:
    """Open the dialog that derives ``line``, one of ``result``'s figures, down to positions.

    ``settings`` are those that the result was computed under.
    """
    amount = numbers.exact(line.amount, result.currency)
    title = f"Why {numbers.plain(amount)}? {numbers.plain(result.title)}"
    st.dialog(title, width="large")(_derivation)(line, result, settings)


def warnings(result: MarginResult, most: int = 3) -> None:
    """Draw what the reader of a result must know, at most ``most`` sentences of it."""
    for warning in result.warnings[:most]:
        sentence = numbers.plain(rule_words.here(warning))
        st.markdown(f":small[:yellow[:material/warning:] :gray[{sentence}]]")
    if more := result.warnings[most:]:
        st.markdown(f":small[:gray[{len(more)} more in the full derivation]]")


def name(label: str) -> str:
    """Return a line's name as Markdown text, quantities sold with a true minus sign."""
    return numbers.plain(_signed(label))


def _signed(label: str) -> str:
    return SOLD.sub(numbers.MINUS, label)


def _derivation(line: Line, result: MarginResult, settings: Settings) -> None:
    money = [
        numbers.plain(numbers.exact(amount, result.currency))
        for amount in (result.net_liquidation_value, result.equity.amount)
    ]
    st.markdown(
        f":gray[Net liquidation value {money[0]}, of which the rule book counts {money[1]} as "
        "equity. Each step is made of the lines in its table; the next step opens one of them. "
        "Losses and charges count as positive.]"
    )
    step: Line | None = line
    place = "explain"
    while step is not None and step.parts:
        step, place = _step(step, result, settings, place)
    with st.expander("Equity", type="step", icon=":material/account_balance_wallet:"):
        _parts(result.equity, result, settings)
    if result.warnings:
        with st.expander("Warnings", type="step", icon=":material/warning:"):
            warnings(result, len(result.warnings))
    with st.expander("Documents", type="step", icon=":material/description:"):
        for source in result.sources:
            title = numbers.plain(source.title)
            st.markdown(f"{_linked(title, source.href)}, retrieved {source.retrieved}")


def _step(
    line: Line, result: MarginResult, settings: Settings, place: str
) -> tuple[Line | None, str]:
    """Draw one step; return the part that the next step opens, and its place in the tree."""
    openable = [i for i, part in enumerate(line.parts) if part.parts]
    label = f"{name(line.label)} · **{numbers.plain(_money(line, result))}**"
    with st.expander(label, type="step", icon=ICONS[line.rule], expanded=not openable):
        _parts(line, result, settings)
        chosen = _choice(line, openable, result, place) if openable else None
    return (None if chosen is None else line.parts[chosen]), f"{place}.{chosen}"


def _choice(line: Line, openable: Sequence[int], result: MarginResult, place: str) -> int:
    """Return which part the next step opens: what binds, or weighs most, unless chosen."""
    weights = [abs(line.parts[i].amount) for i in openable]
    heaviest = weights.index(max(weights))
    if line.rule in CHOICES and binding(line).parts:
        heaviest = openable.index(line.parts.index(binding(line)))
    if len(openable) == 1:
        return openable[0]
    return st.selectbox(
        "The next step opens",
        openable,
        index=heaviest,
        format_func=lambda i: f"{_signed(line.parts[i].label)} · {_money(line.parts[i], result)}",
        key=place,
    )


def _parts(line: Line, result: MarginResult, settings: Settings) -> None:
    """Draw the parts of a line, their result, the rule and where it is published."""
    parts = line.parts
    if line.rule in CHOICES:
        parts = tuple(sorted(parts, key=lambda p: p.amount, reverse=line.rule is Rule.LARGEST))
    labels = [*(name(part.label) for part in parts), f"**{name(line.label)}**"]
    amounts = [*(part.amount for part in parts), line.amount]
    said = f"The parts of {line.label}"
    _amounts(labels, amounts, result.currency, said, bold=[len(parts)], cents=True)
    told = (_rule(line), _sources(line, result, settings))
    st.caption("  \n".join(filter(None, told)))


def _rule(line: Line) -> str:
    match line.rule:
        case Rule.GIVEN:
            return "Given."
        case Rule.TOTAL:
            return f"Rule: the sum of its {len(line.parts)} parts."
        case Rule.SCALED:
            return f"Rule: {how(line) or 'less'} its part."
        case Rule.FLOORED | Rule.LARGEST | Rule.SMALLEST:
            return f"Rule: {how(line)}."


def _sources(line: Line, result: MarginResult, settings: Settings) -> str:
    """Return where the rule is published, Markdown with links; empty where no source is named."""
    told = []
    setting = settings.of(result.methodology)
    replaced = {path.partition(".")[0] for path, _ in setting.changes} if setting else set()
    for found in cite(line.source, rules.document(result.methodology, settings)):
        place = f", {numbers.plain(found.place)}" if found.place else ""
        number = ""
        if found.parameter:
            here = ", replaced here" if found.parameter.name in replaced else ""
            number = f" ({_number(found.parameter)}{here})"
        source = found.source
        title = _linked(numbers.plain(source.title), source.href)
        told.append(f"Source: {title}{place}{number}, retrieved {source.retrieved}.")
    return "  \n".join(told)


def _number(parameter: Parameter) -> str:
    value = cut(written(parameter.value))
    return numbers.plain(f"parameter {parameter.name} = {value}, {parameter.unit}")


def _amounts(
    labels: Sequence[str],
    amounts: Sequence[float],
    currency: str,
    alt: str,
    *,
    bold: Sequence[int],
    cents: bool = False,
) -> None:
    """Draw names with amounts to their right; a long list scrolls in place."""

    def text(amount: Any) -> str:  # noqa: ANN401 - pandas hands over what the column holds
        said = numbers.number(amount) if cents else numbers.money(amount, currency)
        return said.replace(numbers.MINUS, numbers.MINUS + TOGETHER)

    frame = pd.DataFrame({"line": list(labels), "amount": list(amounts)})
    heavy = pd.IndexSlice[list(bold), ["amount"]]
    st.table(
        frame.style.format(text, subset=["amount"]).set_properties(heavy, **{"font-weight": "600"}),
        border="horizontal",
        hide_index=True,
        hide_header=True,
        height=LONG if len(labels) > LISTED else "content",
        alt=alt,
    )


def _money(line: Line, result: MarginResult) -> str:
    return numbers.exact(line.amount, result.currency)


def _linked(title: str, href: str) -> str:
    """Return a title as a link, or with the file that holds what no web page does."""
    return f"[{title}]({href})" if href.startswith("http") else f"{title} ({numbers.plain(href)})"
