"""The session's one Workspace, and the only code that touches ``st.session_state``.

The address is the save file: text boxes bound to its query parameters hold the account as a link
code (``p``) and the rule book settings (``with``). Reload restores them, Back undoes, a copied
address opens the same figures elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import shorten
from typing import TYPE_CHECKING, Any, NoReturn, cast
from uuid import uuid4

import streamlit as st

from margin_core import InputError, MarginError, Market, Move, Portfolio, files, marks
from pages.ui import compute, link, numbers, rules
from pages.ui.link import NO_MOVE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from margin_core import Fault, Settings

LINK, SETTINGS = "p", "with"  # the text boxes, and the query parameters they are bound to

_WORKSPACE = "workspace"
_GIVEN = "given."  # and a box: the texts that it was given, the last one open
_SEEN = "seen."  # and a box: whether the browser has shown the last text that it was given
_DRAWN = "drawn."  # and a box: the page that it was last drawn with
_PAGE = "page"
_AGAIN = "link.again"  # set where the script runs again without word from the browser
_NOTICE = "notice"
_SESSION = "session"
LONGEST = 400  # characters of an error in a sentence
_REMEMBERED = 50  # texts; no browser lags further behind


@dataclass(frozen=True)
class Workspace:
    """What every page reads.

    ``portfolio`` and ``market`` are the last complete account; ``rows`` the position table as it
    stands, ``faults`` what is wrong with it. ``move`` is the what-if on top. ``revision`` grows
    whenever widgets must start anew from here. ``settings`` are the parameters that rule books run
    with where not the published ones. ``baseline`` is an account pinned to compare with, and the
    settings then.
    """

    portfolio: Portfolio
    market: Market
    rows: tuple[Mapping[str, Any], ...]
    faults: tuple[Fault, ...] = ()
    move: Move = NO_MOVE
    sample: str | None = None
    revision: int = 0
    settings: Settings = rules.PUBLISHED
    baseline: tuple[Portfolio, Market, Settings] | None = None

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
    _succeed(_workspace(link.Opened(portfolio, market, move, sample)))


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
    baseline = (*workspace.account, workspace.settings) if pinned else None
    commit(replace(workspace, baseline=baseline))


def set_settings(settings: Settings) -> None:
    """Let the rule books run under ``settings``."""
    commit(replace(current(), settings=settings))


def receive(page: str) -> None:
    """Open what the address names, where it is not what is open already.

    Called before anything is drawn; ``draw_link`` and ``draw_settings`` then give the address
    what is open. ``page`` is the page that will be drawn.
    """
    again = bool(st.session_state.pop(_AGAIN, False))
    st.session_state[_PAGE] = page
    _receive(LINK, _open_link, again=again)
    _receive(SETTINGS, _open_settings, again=again)


def draw_link() -> str:
    """Draw the text box that holds the account and return the link code in it."""
    text = current().link
    _give(LINK, text)
    st.text_input(
        "Link code",
        key=LINK,
        bind="query-params",
        help="The whole portfolio as text. Paste another one here to open it.",
    )
    return text


def draw_settings() -> str:
    """Draw the text box that holds the rule book settings and return the text in it."""
    text = current().settings.text
    _give(SETTINGS, text)
    st.text_input(
        "Rule book settings",
        key=SETTINGS,
        bind="query-params",
        placeholder="as published",
        help="Profiles and replaced parameters as text, as the command line takes them: "
        "occ_tims:stock_stress, occ_tims.contract_minimum=0. Empty: all as published.",
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


def _receive(box: str, open_text: Callable[[str], None], *, again: bool) -> None:
    text = _asked(box, again=again)
    if text == _given(box)[-1]:
        return
    if box not in st.session_state:  # a new box will say once more what the address says now
        st.session_state[_GIVEN + box] = [text, *_given(box)]
    try:
        open_text(text)
    except MarginError as error:
        notify(_told(box, error))


def _open_link(text: str) -> None:
    after = _workspace(link.opened(text))
    compute.after(after.portfolio, after.market, after.move)
    _succeed(after)


def _open_settings(text: str) -> None:
    settings = rules.read(text)
    rules.check(settings, *current().account)
    set_settings(settings)


def _told(box: str, error: MarginError) -> str:
    if box == LINK:
        return f"That link could not be opened: {error} What was open stays."
    rest = "What was set stays." if current().settings.chosen else "Rule books are as published."
    sentence = shorten(str(error), LONGEST, placeholder=" …")
    return numbers.plain(f"Those rule book settings could not be taken: {sentence} {rest}")


def _asked(box: str, *, again: bool) -> str:
    """Return what the visitor asks for: what a text box or the address now says.

    What a browser sends tells of the past: box and address as they stood there when it was sent,
    the box often a change behind. Until the last change has arrived there, a box at a text that
    was open earlier says nothing; both at one such text were sent before it arrived. A page
    opened by a click that came before the browser had drawn the box is asked for without its
    text: that says nothing either.
    """
    *earlier, given = _given(box)
    address = str(st.query_params.get(box, given if _turned(box) else ""))
    shown = str(st.session_state.get(box, address))
    if again:
        return given
    if shown == given:
        st.session_state[_SEEN + box] = True
        return address
    if shown in earlier and not st.session_state.get(_SEEN + box):
        return given if address == shown else address
    return shown


def _give(box: str, text: str) -> None:
    """Let a text box, and with it the address, hold what is open."""
    shown = st.session_state.get(box, st.query_params.get(box, ""))
    lost = bool(text) and _turned(box) and box not in st.query_params
    st.session_state[_DRAWN + box] = st.session_state.get(_PAGE)
    if shown != text or lost:  # setting what already stands there would take it out of the address
        if box in st.session_state:
            st.session_state[box] = text
        elif text:  # a new box takes what the address says, whatever it is given
            st.query_params[box] = text
        else:
            del st.query_params[box]
    given = _given(box)
    if given[-1] != text:
        st.session_state[_GIVEN + box] = [*given, text][-_REMEMBERED:]
        st.session_state[_SEEN + box] = shown == text


def _turned(box: str) -> bool:
    """Return whether ``box`` was last drawn with another page than the one to be drawn now."""
    page = st.session_state.get(_PAGE)
    return bool(st.session_state.get(_DRAWN + box, page) != page)


def _given(box: str) -> list[str]:
    return cast("list[str]", st.session_state.get(_GIVEN + box, [""]))


def _workspace(opened: link.Opened) -> Workspace:
    rows = tuple(files.to_rows(opened.portfolio, opened.market))
    return Workspace(opened.portfolio, opened.market, rows, move=opened.move, sample=opened.sample)


def _succeed(after: Workspace) -> None:
    """Make another account the one that is open; settings and baseline stay."""
    before = current()
    commit(
        replace(
            after,
            revision=before.revision + 1,
            settings=before.settings,
            baseline=before.baseline,
        )
    )
