"""The command line: ``python -m margin_core COMMAND``."""

from margin_core.cli import reports  # noqa: F401 - its commands join the others
from margin_core.cli.commands import cli

__all__ = ["cli"]
