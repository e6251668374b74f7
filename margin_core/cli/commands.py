"""The commands: margin, comparison, Greeks, scenarios and validation of portfolio files."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from margin_core.analysis.comparison import compare
from margin_core.cli.options import (
    SPOT_RANGE,
    VOL_RANGE,
    Axis,
    Days,
    chosen_data,
    chosen_parameters,
)
from margin_core.errors import InputError, MarginError, NotCoveredError
from margin_core.files import limits, read, read_path
from margin_core.margin.configured import blamed_on, finite
from margin_core.margin.equity import net_liquidation_value
from margin_core.margin.settings import FORM
from margin_core.methodologies import METHODOLOGIES
from margin_core.present import report, text
from margin_core.risk.exposures import exposures
from margin_core.risk.marks import collateral_marks, marks
from margin_core.risk.revaluation import revalue
from margin_core.risk.scenarios import VolMode, VolRule, grid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from margin_core.book.portfolio import Portfolio
    from margin_core.margin.result import MarginResult, Methodology
    from margin_core.market.snapshot import Market

INPUT_AT_FAULT = 2
MAX_VALUES = 5_000_000  # cells times positions of a grid


class Commands(click.Group):
    """Turns input that is at fault into sentences on standard error and exit status 2."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except MarginError as error:
            click.echo(str(error), err=True)
        except OSError as error:
            if error.filename is not None:
                raise  # a file's, which its own code should have told
            # what is left in the buffer goes nowhere, or Python would complain at its exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            click.echo(_unwritten(error), err=True)
        return ctx.exit(INPUT_AT_FAULT)


def with_json(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--json`` to a command."""
    option = click.option("--json", "as_json", is_flag=True, help="One JSON document, no tables.")
    return option(command)


def with_parameters(command: Callable[..., None]) -> Callable[..., None]:
    """Add to a command the options that change parameters."""
    for option in (
        click.option("--data", multiple=True, metavar="KEY=FILE", help="A methodology's data."),
        click.option("--profile", metavar="NAME", help="A published set of parameters."),
        click.option(
            "-p",
            "--parameter",
            "changes",
            multiple=True,
            metavar=FORM,
            help="Replace a parameter; NAME.ENTRY is one entry of a table. KEY:PROFILE is one "
            "methodology's profile.",
        ),
    ):
        command = option(command)
    return command


@click.group(cls=Commands)
def cli() -> None:
    """Show the margin of a portfolio under published rule books.

    FILE is JSON or CSV; - is standard input.
    """


@cli.command()
@with_json
def methodologies(*, as_json: bool) -> None:
    """List the methodologies: key, title, what each covers."""
    if as_json:
        listed = [report.methodology_document(m) for m in METHODOLOGIES.values()]
        print_json({"methodologies": listed})
    else:
        click.echo(text.methodologies_text(METHODOLOGIES))


@cli.command()
@click.argument("file")
@click.option("-m", "--methodology", "keys", multiple=True, required=True, metavar="KEY")
@with_parameters
@with_json
def margin(
    file: str,
    *,
    keys: Sequence[str],
    changes: Sequence[str],
    profile: str | None,
    data: Sequence[str],
    as_json: bool,
) -> None:
    """Show what the chosen methodologies ask, in the order given."""
    chosen = {key: methodology_of(key) for key in keys}
    parameters = chosen_parameters(chosen, changes, profile)
    files = chosen_data(chosen, data)
    portfolio, market = read_file(file)
    with blamed_on(changes):
        results = [
            finite(_margin(chosen[key], portfolio, market, parameters[key], files.get(key)))
            for key in keys
        ]
    if as_json:
        documents = [report.result_document(result) for result in results]
        print_json({"portfolio": portfolio.name, "results": documents})
    else:
        click.echo(text.results_text(results))


@cli.command("compare")
@click.argument("file")
@with_parameters
@with_json
def compare_all(
    file: str,
    *,
    changes: Sequence[str],
    profile: str | None,
    data: Sequence[str],
    as_json: bool,
) -> None:
    """Show every methodology that covers the portfolio, and why the others don't."""
    parameters = chosen_parameters(METHODOLOGIES, changes, profile)
    files = chosen_data(METHODOLOGIES, data)
    portfolio, market = read_file(file)
    with blamed_on(changes):
        comparison = compare(portfolio, market, METHODOLOGIES, parameters, files)
        for result in comparison.results:
            finite(result)
    if as_json:
        print_json(report.comparison_document(comparison, portfolio))
    else:
        click.echo(text.comparison_text(comparison, portfolio))


@cli.command()
@click.argument("file")
@with_json
def greeks(file: str, *, as_json: bool) -> None:
    """Show Greeks per position, expiry and underlying and in total."""
    portfolio, market = read_file(file)
    positions = exposures(marks(portfolio, market), market)
    coins = exposures(collateral_marks(portfolio, market), market)
    if as_json:
        print_json(report.greeks_document(portfolio, market, positions, coins))
    else:
        click.echo(text.greeks_text(portfolio, market, positions, coins))


@cli.command()
@click.argument("file")
@click.option(
    "--spot",
    type=Axis(SPOT_RANGE),
    required=True,
    help="Relative moves of every spot: -0.3:0.3:7 is down 30 % to up 30 %.",
)
@click.option(
    "--vol",
    type=Axis(VOL_RANGE),
    required=True,
    help="Volatility moves in points, as decimals: 0.05 is up 5 points.",
)
@click.option("--days", type=Days(), default=(0.0,), help="Days ahead, today (0) by default.")
@click.option("--by", type=click.Choice(["position"]), help="Show each position's share too.")
@with_json
def scenarios(
    file: str,
    *,
    spot: tuple[float, ...],
    vol: tuple[float, ...],
    days: tuple[float, ...],
    by: str | None,
    as_json: bool,
) -> None:
    """Show the P&L grid of all positions and of coins held as collateral."""
    portfolio, market = read_file(file)
    held = marks(portfolio, market) + collateral_marks(portfolio, market)
    if len(spot) * len(vol) * len(days) * max(len(held), 1) > MAX_VALUES:
        raise InputError(
            f"the grid has more than {MAX_VALUES:,} values",
            where="--spot, --vol, --days",
            remedy="Ask for fewer points.",
        )
    cube = revalue(held, market, grid(spot, vol, days, vol_rule=VolRule(VolMode.POINTS)))
    by_position = by == "position"
    if as_json:
        print_json(report.scenarios_document(portfolio, market, cube, by_position=by_position))
    else:
        click.echo(text.scenarios_text(portfolio, cube, by_position=by_position))


@cli.command()
@click.argument("file")
@with_json
def validate(file: str, *, as_json: bool) -> None:
    """Check a file and say everything that is wrong with it."""
    try:
        portfolio, market = read_file(file)
        valued = marks(portfolio, market)
        value = net_liquidation_value(portfolio, market, valued).amount
    except MarginError as error:
        if as_json:
            print_json({"valid": False, "faults": [asdict(fault) for fault in error.faults]})
        raise
    warnings = [mark.warning for mark in valued if mark.warning]
    if as_json:
        print_json(
            {
                "valid": True,
                "faults": [],
                "warnings": warnings,
                "portfolio": portfolio.name,
                "positions": len(portfolio.positions),
                "collateral": len(portfolio.balances),
                "currency": portfolio.currency,
                "net_liquidation_value": value,
            }
        )
        return
    held = " and ".join(
        f"{len(each):,} {word}{'' if len(each) == 1 else 's'}"
        for each, word in ((portfolio.positions, "position"), (portfolio.balances, "balance"))
    )
    click.echo(f"Valid: {held}, worth {value:,.2f} {portfolio.currency}.")
    for warning in warnings:
        click.echo(f"Warning: {warning}")


def read_file(file: str) -> tuple[Portfolio, Market]:
    """Return what the file holds; a portfolio without a name is called as its file."""
    if file == "-":
        return read(sys.stdin.buffer.read(limits.MAX_BYTES + 1))
    portfolio, market = read_path(file)
    return replace(portfolio, name=portfolio.name or Path(file).stem), market


def methodology_of(key: str) -> Methodology:
    """Return the methodology of that key, or say which there are."""
    if key not in METHODOLOGIES:
        raise InputError(
            f"{key!r} is not a methodology",
            where="-m",
            remedy=f"There are {', '.join(METHODOLOGIES)}.",
        )
    return METHODOLOGIES[key]


def _unwritten(error: OSError) -> str:
    if isinstance(error, BrokenPipeError):
        return "Standard output was closed before everything was written."
    return f"standard output: cannot be written: {error.strerror}. Write to another place."


def _margin(
    methodology: Methodology,
    portfolio: Portfolio,
    market: Market,
    parameters: object,
    data: object,
) -> MarginResult:
    try:
        return methodology(portfolio, market, parameters, data)
    except NotCoveredError as error:
        raise error.at(f"not covered by {methodology.key}") from error


def print_json(document: dict[str, Any]) -> None:
    """Print one document, indented."""
    click.echo(json.dumps(document, indent=2, allow_nan=False))
