"""The import dialog: pasted lines with a verdict each, or a file that replaces the account."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from margin_core import InputError, MarginError, files
from pages.ui import book, compute, editor, numbers, pasted, state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from margin_core import Market, Portfolio

MOST_FAULTS = 10  # listed of a file
MOST_PROBLEMS, MOST_AVERAGES = 6, 4  # listed of a paste
MEGABYTES = 2  # as the server is set
EXAMPLE = "XYZ 18DEC26 95 P 5 @ 1.31\n-10 XYZ 15JAN27 115 C @ 0.23\nBTC-27DEC26-90000-C 5 @ 0.042"
NOTHING = "No position stands here yet, only a header or comments. Paste positions below it."
WHY_AVERAGE = (
    "Fills at several prices do not say what the option is worth now. The average weighs each "
    "price by its contracts, bought or sold alike; every fill keeps its own entry price."
)


@st.dialog("Paste or import positions", width="large")
def dialog() -> None:
    """Let the visitor paste positions or choose a file; nothing is taken before a click."""
    st.markdown(
        ":gray[One position per line: CSV, TSV, a broker's line, or a venue's name such as] "
        "`BTC-27DEC26-90000-C 5 @ 0.042`:gray[. Nothing is added before you confirm.]"
    )
    text = st.text_area(
        "Positions",
        key="importer.text",
        height=132,
        placeholder=EXAMPLE,
        label_visibility="collapsed",
        help="Press Ctrl and Enter to read it.",
    )
    upload = st.file_uploader(
        "Or open a file: JSON, or CSV with the field names as header. It replaces the account.",
        type=["json", "csv"],
        max_upload_size=MEGABYTES,
        key="importer.file",
    )
    if upload is not None:
        _whole_account(upload.getvalue(), upload.name)
    elif text and text.lstrip().startswith("{"):
        _whole_account(text, "pasted.json")
    elif text and text.strip():
        _lines(text)


def _whole_account(content: str | bytes, name: str) -> None:
    """Say what a file holds, or everything that is wrong with it."""
    try:
        portfolio, market = files.read(content, name=name)
        worth = compute.worth(portfolio, market)
    except InputError as error:
        _faults(error, name)
        return
    except MarginError as error:
        st.error(numbers.plain(f"{name} was not opened. {error}"))
        return
    title = numbers.plain(portfolio.name or name)
    st.markdown(
        f"**{title}**  \n:small[:gray[{len(portfolio.positions)} positions, "
        f"{len(portfolio.balances)} balances, worth "
        f"{numbers.money(worth, portfolio.currency)}, valued "
        f"{numbers.moment(market.valuation_time)}]]"
    )
    if st.button("Open it in place of the account"):
        _open(portfolio, market)


def _open(portfolio: Portfolio, market: Market) -> None:
    state.open_account(portfolio, market)
    state.rerun()


def _faults(error: InputError, name: str) -> None:
    faults = error.faults
    words = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    lines = [f"- {numbers.plain(str(fault))}" for fault in faults[:MOST_FAULTS]]
    lines += [f"- and {len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
    st.error(
        f"{numbers.plain(name)} was not opened: {words}. What was open stays.\n\n"
        + "\n".join(lines)
    )


def _lines(text: str) -> None:
    """Say what is read of each line and with the others, and import those understood."""
    workspace = state.current()
    verdicts = st.container()
    choice, act = st.columns([1, 1], vertical_alignment="bottom")
    replacing = _replacing(choice)
    with verdicts:
        try:
            paste = pasted.read(text, workspace, replacing=replacing)
        except InputError as error:
            st.error(numbers.plain(str(error)))
            return
        if not paste.verdicts:
            st.info(NOTHING)
            return
        above = st.container()
        found = pasted.judged(paste, averaging=_averaging(pasted.averages(paste)))
        with above:
            _summary(found.understood, len(found.lines))
            _verdicts(found.lines)
            _problems(pasted.problems(found))
    if replacing and (words := book.fate_of_collateral(workspace)):
        st.caption(words)
    count = "1 position" if found.understood == 1 else f"{found.understood} positions"
    with act.container(horizontal=True, horizontal_alignment="right"):
        if st.button(f"Import {count}", disabled=not found.understood):
            book.import_rows(found.rows, replacing=replacing)
            editor.reseed()
            state.rerun()


def _replacing(column: st.delta_generator.DeltaGenerator) -> bool:
    return bool(
        column.segmented_control(
            "What becomes of the book",
            list(book.MODES),
            default=True,
            required=True,
            format_func=book.MODES.__getitem__,
            key="importer.mode",
            label_visibility="collapsed",
        )
    )


def _averaging(averages: Sequence[str]) -> bool:
    """Ask, where fills leave the mark of an option open, whether their average shall be it."""
    if not averages:
        return False
    if len(averages) == 1:
        label = f"Mark {averages[0]}"
    else:
        label = f"Mark the fills of {len(averages)} options each at their average price"
    chosen = st.checkbox(numbers.plain(label), value=True, key="importer.average")
    if len(averages) > 1:
        listed = [*averages[:MOST_AVERAGES]]
        listed += [f"and {len(averages) - MOST_AVERAGES} more"] * (len(averages) > MOST_AVERAGES)
        st.caption("  \n".join(map(numbers.plain, listed)))
    st.caption(WHY_AVERAGE)
    return chosen


def _summary(understood: int, lines: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        noun = "line" if lines == 1 else "lines"
        st.markdown(f"**{understood} of {lines} {noun} understood**", width="content")
        if understood < lines:
            missed = lines - understood
            words = "1 needs you" if missed == 1 else f"{missed} need you"
            st.badge(words, icon=":material/warning:", color="yellow")


def _problems(sentences: Sequence[str]) -> None:
    listed = [f"- :small[{numbers.plain(sentence)}]" for sentence in sentences[:MOST_PROBLEMS]]
    if len(sentences) > MOST_PROBLEMS:
        listed.append(f"- :small[and {len(sentences) - MOST_PROBLEMS} more, in the table]")
    if listed:
        st.markdown("\n".join(listed))


def _verdicts(lines: Sequence[pasted.Line]) -> None:
    table = pd.DataFrame(
        {
            "line": [line.number for line in lines],
            "read": [_read_as(line.row) if line.row else "—" for line in lines],
            "entry": [line.entry for line in lines],
            "verdict": [line.verdict for line in lines],
        }
    ).astype({"entry": "Float64"})
    column = st.column_config
    st.dataframe(
        table,
        hide_index=True,
        row_height=32,
        placeholder="–",
        column_config={
            "line": column.NumberColumn("Line", width=60),
            "read": column.TextColumn("Read as", width=260),
            "entry": column.NumberColumn("Entry", width=100),
            "verdict": column.TextColumn("Verdict", width=540),
        },
        alt="What was read of each line",
    )


def _read_as(row: Mapping[str, Any]) -> str:
    quantity = row.get("quantity")
    words = [
        numbers.number(quantity, 10, signed=True).rstrip("0").rstrip(".")
        if isinstance(quantity, float)
        else "?",
        str(row.get("underlying", "?")),
    ]
    if isinstance(row.get("strike"), float):
        words.append(f"{row['strike']:,.10g}")
    words.append(str(row.get("kind", "?")))
    if expiry := row.get("expiry"):
        words.append(_day(str(expiry)))
    return " ".join(words)


def _day(text: str) -> str:
    try:
        return numbers.day(datetime.fromisoformat(text))
    except ValueError:
        return text
