"""The session's one Workspace, and the only code that touches ``st.session_state``.

The address is the save file: a text box bound to the query parameter ``p`` holds the workspace as
a link code. Reload restores it, Back undoes, a copied address opens the same figures elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn, cast
from uuid import uuid4

import streamlit as st

from margin_core import InputError, MarginError, Market, Move, Portfolio, files, marks
from pages.ui import compute, link
from pages.ui.link import NO_MOVE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from margin_core import Fault

LINK = "p"  # the text box, and the query parameter it is bound to

_WORKSPACE = "workspace"
_GIVEN = "link.given"  # the link codes that the text box was given, the last one open
_AGAIN = "link.again"  # set where the script runs again without word from the browser
_NOTICE = "notice"
_SESSION = "session"
_REMEMBERED = 50  # link codes; no browser lags further behind


@dataclass(frozen=True)
class Workspace:
    """What every page reads.

    ``portfolio`` and ``market`` are the last complete account; ``rows`` the position table as it
    stands, ``faults`` what is wrong with it. ``move`` is the what-if on top. ``revision`` grows
    whenever widgets must start anew from here. ``baseline`` is an account pinned to compare with.
    """

    portfolio: Portfolio
    market: Market
    rows: tuple[Mapping[str, Any], ...]
    faults: tuple[Fault, ...] = ()
    move: Move = NO_MOVE
    sample: str | None = None
    revision: int = 0
    baseline: tuple[Portfolio, Market] | None = None

    @property
    def account(self) -> tuple[Portfolio, Market]:
        """The account that figures are of: the last complete one, after the what-if."""
        return compute.after(self.portfolio, self.market, self.move)

    @property
    def link(self) -> str:
        """The workspace as a link code; "" for the default sample and where it is too long."""
        return link.code(link.Opened(self.portfolio, self.market, self.move, self.sample))


def current() -> Workspace:
    """Return this session's workspace, created on first use."""
    if _WORKSPACE not in st.session_state:
        st.session_state[_WORKSPACE] = _workspace(link.sample(link.DEFAULT_SAMPLE))
    return cast("Workspace", st.session_state[_WORKSPACE])


def commit(workspace: Workspace) -> None:
    """Make ``workspace`` the one every page sees.

    In a callback that is all; in a page's body follow it by ``rerun()``, so that the sidebar
    and the address show it too.
    """
    st.session_state[_WORKSPACE] = workspace


def open_account(
    portfolio: Portfolio, market: Market, sample: str | None = None, move: Move = NO_MOVE
) -> None:
    """Replace the whole account, as a template, an import or a sample does."""
    before = current()
    after = _workspace(link.Opened(portfolio, market, move, sample))
    commit(replace(after, revision=before.revision + 1, baseline=before.baseline))


def apply_account(portfolio: Portfolio, market: Market) -> None:
    """Take market and collateral as they stand; the position table stays and is read anew."""
    workspace = current()
    commit(replace(workspace, portfolio=portfolio, market=market, sample=None))
    apply_rows(workspace.rows)


def apply_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Take the position table as it stands; on faults the last complete account stays."""
    workspace = current()
    entered = replace(workspace, rows=tuple(rows), faults=())
    try:
        portfolio, market = files.from_rows(rows, (workspace.portfolio, workspace.market))
        marks(portfolio, market)
    except InputError as error:
        commit(replace(entered, faults=error.faults))
    except MarginError as error:
        commit(replace(entered, faults=(error.fault,)))
    else:
        same = (portfolio, market) == (workspace.portfolio, workspace.market)
        sample = workspace.sample if same else None
        commit(replace(entered, portfolio=portfolio, market=market, sample=sample))


def set_move(move: Move) -> None:
    """Set the what-if on top of the account."""
    commit(replace(current(), move=move))


def discard_move() -> None:
    """Go back to the account without the what-if."""
    workspace = current()
    commit(replace(workspace, move=NO_MOVE, revision=workspace.revision + 1))


def keep_move() -> None:
    """Make the account after the what-if the account."""
    open_account(*current().account)


def pin_baseline(*, pinned: bool) -> None:
    """Pin the account as it stands to compare with, or let it go."""
    workspace = current()
    commit(replace(workspace, baseline=workspace.account if pinned else None))


def receive() -> None:
    """Open what the address names, where it is not what is open already.

    Called before anything is drawn; ``draw_link`` then gives the address what is open.
    """
    text = _asked()
    before = current()
    if text == st.session_state.get(_GIVEN, [""])[-1]:
        return
    try:
        after = _workspace(link.opened(text))
        compute.after(after.portfolio, after.market, after.move)
    except MarginError as error:
        notify(f"That link could not be opened: {error} What was open stays.")
        return
    commit(replace(after, revision=before.revision + 1, baseline=before.baseline))


def draw_link() -> str:
    """Draw the text box bound to the address and return the link code in it."""
    text = current().link
    shown = st.session_state.get(LINK, st.query_params.get(LINK, ""))
    if shown != text:  # setting what already stands there would take it out of the address
        st.session_state[LINK] = text
    given = st.session_state.get(_GIVEN, [""])
    if given[-1] != text:
        st.session_state[_GIVEN] = [*given, text][-_REMEMBERED:]
    st.text_input(
        "Link code",
        key=LINK,
        bind="query-params",
        help="The whole portfolio as text. Paste another one here to open it.",
    )
    return text


def rerun() -> NoReturn:
    """Draw everything again, after a change in a page's body."""
    st.session_state[_AGAIN] = True
    st.rerun()


def notify(text: str) -> None:
    """Say one sentence at the next drawing."""
    st.session_state[_NOTICE] = text


def show_notice() -> None:
    """Show what was last notified, once."""
    if text := st.session_state.pop(_NOTICE, None):
        st.toast(text, duration="long")


def session() -> str:
    """Return a name of this session's own, for keys that must not outlive it in a browser."""
    if _SESSION not in st.session_state:
        st.session_state[_SESSION] = uuid4().hex[:8]
    return cast("str", st.session_state[_SESSION])


def arriving(widget: str) -> bool:
    """Return whether ``widget`` is not alive: its page is newly opened, or its key is new."""
    return widget not in st.session_state


def read(key: str, default: Any = None) -> Any:  # noqa: ANN401 - whatever the widget holds
    """Return what the widget of ``key`` holds, or what ``put`` put there."""
    return st.session_state.get(key, default)


def take(key: str) -> Any:  # noqa: ANN401 - whatever was put there
    """Return what ``put`` put there and forget it; None where nothing was."""
    return st.session_state.pop(key, None)


def put(key: str, value: Any) -> None:  # noqa: ANN401 - whatever the widget holds
    """Set what the widget of ``key`` will show; only in a callback or before it is drawn."""
    st.session_state[key] = value


def _asked() -> str:
    """Return the link code that the visitor asks for: what the text box or the address now says.

    What a browser sends tells of the past: box and address as they stood there when it was sent,
    the box often a change behind. A box at a code that was open earlier says nothing; both at
    one such code were sent before the last change arrived.
    """
    *earlier, given = st.session_state.get(_GIVEN, [""])
    address = str(st.query_params.get(LINK, ""))
    box = str(st.session_state.get(LINK, address))
    if st.session_state.pop(_AGAIN, False):
        return str(given)
    if box == given:
        return address
    if box in earlier:
        return str(given) if address == box else address
    return box


def _workspace(opened: link.Opened) -> Workspace:
    rows = tuple(files.to_rows(opened.portfolio, opened.market))
    return Workspace(opened.portfolio, opened.market, rows, move=opened.move, sample=opened.sample)
