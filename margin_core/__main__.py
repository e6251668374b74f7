"""``python -m margin_core``."""

import io
import sys

from margin_core.cli import cli

if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may lack a sign such as U+2212
    cli(prog_name="python -m margin_core")
