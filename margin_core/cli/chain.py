"""The command on checks on a chain: what they take, and what fewer scenarios miss."""

from __future__ import annotations

import click

from margin_core.analysis.chain_cost import chain_cost
from margin_core.analysis.comparison import compare
from margin_core.analysis.scenario_subsets import scenario_subsets
from margin_core.cli import commands
from margin_core.methodologies import METHODOLOGIES
from margin_core.present.chain import chain_document, chain_text


@commands.cli.command()
@click.argument("file")
@commands.with_json
def chain(file: str, *, as_json: bool) -> None:
    """Show what a check on a chain takes, and what fewer scenarios miss."""
    portfolio, market = commands.read_file(file)
    comparison = compare(portfolio, market, METHODOLOGIES)
    costs = [chain_cost(result, portfolio) for result in comparison.results]
    found = (scenario_subsets(result) for result in comparison.results)
    subsets = [each for each in found if each is not None]
    if as_json:
        document = chain_document(portfolio, costs, subsets, comparison.not_covered)
        commands.print_json(document)
    else:
        click.echo(chain_text(portfolio, costs, subsets, comparison.not_covered))
