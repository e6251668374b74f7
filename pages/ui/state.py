"""The session's one Workspace, and the only code that touches ``st.session_state``.

The address is the save file: a text box bound to the query parameter ``p`` holds the workspace as
a link code. Reload restores it, Back undoes, a copied address opens the same figures elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from margin_core import InputError, MarginError, Market, Move, Portfolio, files, marks, moved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from margin_core import Fault

DEFAULT_SAMPLE = "equity_collar"
SAMPLES = Path(__file__).parents[2] / "sample_portfolios"

_WORKSPACE = "workspace"
_LINK = "p"  # also the name of the query parameter
_GIVEN = "link.given"  # the link code that the text box was last given
_NOTICE = "notice"
_MOVE_MARK = "!"  # between the portfolio and the move in a link code
_SAMPLE_MARK = "~"  # before a sample's name in a link code


@dataclass(frozen=True)
class Workspace:
    """What every page reads.

    ``portfolio`` and ``market`` are the last complete account; ``rows`` the position table as it
    stands, ``faults`` what is wrong with it. ``move`` is the what-if on top. ``revision`` grows
    whenever widgets must start anew from here.
    """

    portfolio: Portfolio
    market: Market
    rows: tuple[Mapping[str, Any], ...]
    faults: tuple[Fault, ...] = ()
    move: Move = Move()
    sample: str | None = None
    revision: int = 0
    baseline: tuple[Portfolio, Market] | None = None

    @property
    def account(self) -> tuple[Portfolio, Market]:
        """The account that figures are of: the last complete one, after the what-if."""
        if self.move == Move():
            return self.portfolio, self.market
        return moved(
            self.portfolio, self.market, marks(self.portfolio, self.market), self.move
        )


def current() -> Workspace:
    """Return this session's workspace, created on first use."""
    if _WORKSPACE not in st.session_state:
        st.session_state[_WORKSPACE] = _sample_workspace(DEFAULT_SAMPLE)
    return cast("Workspace", st.session_state[_WORKSPACE])


def commit(workspace: Workspace) -> None:
    """Make ``workspace`` the one every page sees, from the next run on."""
    st.session_state[_WORKSPACE] = workspace


def commit_and_rerun(workspace: Workspace) -> None:
    """Commit, and run again so that everything above this point shows it too."""
    commit(workspace)
    st.rerun()


def open_account(portfolio: Portfolio, market: Market, sample: str | None = None) -> None:
    """Replace the whole account, as a template, an import or a sample does."""
    workspace = current()
    commit(
        replace(
            workspace,
            portfolio=portfolio,
            market=market,
            rows=_rows(portfolio, market),
            faults=(),
            move=Move(),
            sample=sample,
            revision=workspace.revision + 1,
        )
    )


def open_sample(name: str) -> None:
    """Replace the account by a sample portfolio."""
    open_account(*_read_sample(name), sample=name)


def apply_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Take the position table as it stands; on faults the last complete account stays."""
    workspace = current()
    try:
        portfolio, market = files.from_rows(rows, (workspace.portfolio, workspace.market))
        marks(portfolio, market)
    except InputError as error:
        commit(replace(workspace, rows=tuple(rows), faults=error.faults))
    except MarginError as error:
        commit(replace(workspace, rows=tuple(rows), faults=(error.fault,)))
    else:
        sample = workspace.sample if _same(workspace, portfolio, market) else None
        commit(
            replace(
                workspace,
                portfolio=portfolio,
                market=market,
                rows=tuple(rows),
                faults=(),
                sample=sample,
            )
        )


def set_move(move: Move) -> None:
    """Set the what-if on top of the account."""
    commit(replace(current(), move=move))


def discard_move() -> None:
    """Go back to the account without the what-if."""
    workspace = current()
    commit(replace(workspace, move=Move(), revision=workspace.revision + 1))


def keep_move() -> None:
    """Make the account after the what-if the account."""
    open_account(*current().account)


def pin_baseline(pinned: bool) -> None:  # noqa: FBT001 - what a toggle gives
    """Pin the current account to compare with, or let it go."""
    workspace = current()
    commit(replace(workspace, baseline=workspace.account if pinned else None))


def samples() -> dict[str, str]:
    """Return the titles of the sample portfolios by file name, the default first."""
    names = sorted(path.stem for path in SAMPLES.glob("*.json"))
    names.sort(key=lambda name: name != DEFAULT_SAMPLE)
    return {name: _read_sample(name)[0].name for name in names}


def receive() -> None:
    """Load the account that the address names, where it is not the one already open.

    Called before anything is drawn; ``draw_link`` then shows the code of what is open.
    """
    code = st.session_state.get(_LINK, st.query_params.get(_LINK, ""))
    if code == st.session_state.get(_GIVEN, "") and _WORKSPACE in st.session_state:
        return
    try:
        loaded = _decode(code)
    except InputError as error:
        notify(f"That link could not be opened: {error} What was open stays.")
        return
    commit(replace(loaded, revision=current().revision + 1, baseline=current().baseline))


def draw_link() -> str:
    """Draw the text box bound to the address and return the link code in it; "" is too long."""
    code = link_code(current())
    if st.session_state.get(_LINK) != code:
        st.session_state[_LINK] = code
    st.session_state[_GIVEN] = code
    st.text_input(
        "Link code",
        key=_LINK,
        bind="query-params",
        help="The whole portfolio as text; paste another one here to open it.",
    )
    return code


def link_code(workspace: Workspace) -> str:
    """Return the workspace as a link code; "" for the default sample and where it is too long."""
    code = workspace.sample or ""
    if workspace.sample is None:
        try:
            code = files.encode(workspace.portfolio, workspace.market)
        except InputError:
            return ""
    elif workspace.sample == DEFAULT_SAMPLE and workspace.move == Move():
        return ""
    else:
        code = _SAMPLE_MARK + code
    return code + _move_code(workspace.move)


def notify(text: str) -> None:
    """Say one sentence at the next drawing."""
    st.session_state[_NOTICE] = text


def show_notice() -> None:
    """Show what was last notified, once."""
    if text := st.session_state.pop(_NOTICE, None):
        st.toast(text, duration="long")


def arriving(widget: str) -> bool:
    """Return whether ``widget`` is not alive: its page is newly opened, or its key is new."""
    return widget not in st.session_state


def remembered(key: str, default: Any) -> Any:  # noqa: ANN401 - a page's own choice
    """Return a page's choice that no widget holds, such as the cell last clicked."""
    return st.session_state.get(f"choice.{key}", default)


def remember(key: str, value: Any) -> None:  # noqa: ANN401 - a page's own choice
    """Keep a page's choice that no widget holds."""
    st.session_state[f"choice.{key}"] = value


def widget(key: str, default: Any = None) -> Any:  # noqa: ANN401 - whatever the widget holds
    """Return what the widget of ``key`` holds; for callbacks, which get no value."""
    return st.session_state.get(key, default)


def put(key: str, value: Any) -> None:  # noqa: ANN401 - whatever the widget holds
    """Set what the widget of ``key`` will show, before it is drawn or in a callback."""
    st.session_state[key] = value


def _decode(code: str) -> Workspace:
    """Return the workspace a link code stands for.

    Raises
    ------
    InputError
        If it is damaged, or names no sample.
    """
    account, _, move = code.partition(_MOVE_MARK)
    if account in ("", *(_SAMPLE_MARK + name for name in samples())):
        workspace = _sample_workspace(account.removeprefix(_SAMPLE_MARK) or DEFAULT_SAMPLE)
    else:
        portfolio, market = files.decode(account)
        workspace = Workspace(portfolio, market, _rows(portfolio, market))
    return replace(workspace, move=_decode_move(move))


def _move_code(move: Move) -> str:
    """Return a move as text: fields that differ from none, separated by ``_``."""
    fields = [f"s{move.spot!r}"] if move.spot else []
    fields += [f"x{symbol}={value!r}" for symbol, value in move.spots]
    fields += [f"v{move.vol_points!r}"] if move.vol_points else []
    fields += [f"t{move.valuation_time:%Y%m%dT%H%M}"] if move.valuation_time else []
    fields += [f"r{move.rate!r}"] if move.rate is not None else []
    return _MOVE_MARK + ";".join(fields) if fields else ""


def _decode_move(text: str) -> Move:
    move = Move()
    try:
        for field in filter(None, text.split(";")):
            move = _with_field(move, field[0], field[1:])
    except ValueError as error:
        raise InputError(
            f"its what-if {text[:40]!r} is damaged", remedy="Copy the whole link again."
        ) from error
    return move


def _with_field(move: Move, name: str, value: str) -> Move:
    match name:
        case "s":
            return replace(move, spot=_within(float(value), -0.99, 10.0))
        case "x":
            symbol, _, amount = value.rpartition("=")
            return replace(
                move, spots=(*move.spots, (symbol, _within(float(amount), -0.99, 10.0)))
            )
        case "v":
            return replace(move, vol_points=_within(float(value), -5.0, 5.0))
        case "t":
            time = datetime.strptime(value, "%Y%m%dT%H%M").replace(tzinfo=UTC)
            return replace(move, valuation_time=time)
        case "r":
            return replace(move, rate=_within(float(value), -1.0, 1.0))
        case _:
            raise ValueError(name)


def _within(value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise ValueError(value)
    return value


def _sample_workspace(name: str) -> Workspace:
    portfolio, market = _read_sample(name)
    return Workspace(portfolio, market, _rows(portfolio, market), sample=name)


@cache
def _read_sample(name: str) -> tuple[Portfolio, Market]:
    return files.read_path(SAMPLES / f"{name}.json")


def _rows(portfolio: Portfolio, market: Market) -> tuple[Mapping[str, Any], ...]:
    return tuple(files.to_rows(portfolio, market))


def _same(workspace: Workspace, portfolio: Portfolio, market: Market) -> bool:
    return (workspace.portfolio, workspace.market) == (portfolio, market)
