"""Portfolio: what is held, its market and its collateral; every cell can be changed."""

from __future__ import annotations

from pages.ui import editor, inputs, payoff, problems, shell, templates, toolbar

with shell.page("portfolio") as workspace:
    payoff.headline(workspace)
    toolbar.draw(workspace)
    templates.offer(workspace)
    editor.draw(workspace)
    problems.of_positions(workspace)
    payoff.card(workspace)
    inputs.draw(workspace)
