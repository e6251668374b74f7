"""The whole book at once: emptied, replaced, imported. What was a sample's goes with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from margin_core import emptied, placed
from pages.ui import state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from margin_core import Inputs, Market, Portfolio, Template

MODES = {True: "Replace the book", False: "Add to it"}
STAYS = "Collateral stays as it is."
GOES = "The sample's collateral goes with its positions; enter yours under Collateral."


def base(workspace: state.Workspace, *, replacing: bool) -> tuple[Portfolio, Market]:
    """Return the account that new positions come into, its own positions still there.

    In place of a sample they are somebody's own: its name and collateral are not taken over.
    """
    if replacing and workspace.sample is not None:
        own = replace(workspace.portfolio, name="", description="", balances=())
        return own, workspace.market
    return workspace.portfolio, workspace.market


def fate_of_collateral(workspace: state.Workspace) -> str:
    """Return what becomes of the collateral where the book is replaced; "" if there is none."""
    if not workspace.portfolio.balances:
        return ""
    return GOES if drops_collateral(workspace) else STAYS


def drops_collateral(workspace: state.Workspace) -> bool:
    """Return whether collateral goes where the book is replaced, since it is a sample's."""
    return workspace.sample is not None and bool(workspace.portfolio.balances)


def cleared(workspace: state.Workspace) -> tuple[Portfolio, Market]:
    """Return the account without positions."""
    portfolio, _ = base(workspace, replacing=True)
    return emptied(portfolio, workspace.market)


def with_template(
    workspace: state.Workspace, template: Template, inputs: Inputs, *, replacing: bool
) -> tuple[Portfolio, Market]:
    """Return the account with a template added, or in place of its positions."""
    account = base(workspace, replacing=replacing)
    return placed(*account, template.builder(inputs), replacing=replacing)


def import_rows(rows: Sequence[Mapping[str, Any]], *, replacing: bool) -> None:
    """Make ``rows`` the position table: the book's own and pasted ones, or these in their place.

    What a sample brought goes with its positions also where the rows are faulty, so that no figure
    mixes the two.
    """
    workspace = state.current()
    if replacing and workspace.sample is not None:
        portfolio, _ = base(workspace, replacing=True)
        state.commit(replace(workspace, portfolio=replace(portfolio, positions=()), sample=None))
    state.apply_rows(rows)
