"""The command line: ``python -m margin_core COMMAND``."""

from margin_core.cli import chain, reports  # noqa: F401 - their commands join the others
from margin_core.cli.commands import cli

__all__ = ["cli"]
